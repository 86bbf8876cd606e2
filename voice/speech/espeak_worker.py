"""The espeak-ng library in a process of its own: text in, samples or phonemes out.

Run as a program by ``espeak.py``, never imported, and standard library only, so that it starts at
once and stays small to fork. espeak-ng keeps state between utterances: the same sentence spoken
twice by one process gives different bytes. So each sentence is spoken by a fork of a process that
has never spoken.

Arguments: the library, the folder that holds its data.
Standard input: a JSON object a line, ``{"text", "voice", "rate", "trace"}``; ``trace`` is "ipa" or
"espeak" for phonemes in that notation, "" for sound.
Standard output: for each a JSON line, ``{"rate", "bytes", "phonemes"}`` and then that many bytes
of 16-bit samples in the machine's order; or ``{"error": what went wrong}``.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

# From espeak-ng's speak_lib.h, version 1.52.
SYNCHRONOUS = 2
DO_NOT_EXIT = 0x8000
UTF8_TEXT = 1
PHONEMES_IN_BRACKETS = 0x100
POSITION_CHARACTER = 1
RATE = 1
VOLUME = 2
TRACES = {"espeak": 0x01, "ipa": 0x02}
# At the usual 100 the klatt voices reach full scale and are clipped (133 samples in one sentence);
# at 50 the loudest of them stays 3.6 dB below it. Mastering sets the level.
QUIET_ENOUGH = 50
LONGEST_SECONDS = 60
SAMPLE_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def load(library: str, data: str) -> tuple[ctypes.CDLL, int]:
    """The library made ready, and its sample rate in Hz."""
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), DO_NOT_EXIT)
    if rate <= 0:
        raise RuntimeError(f"espeak-ng cannot start with the data in {data}")
    return espeak, rate


def speak(espeak: ctypes.CDLL, text: str, voice: str, words_a_minute: int) -> bytes:
    """The samples of one sentence, 16-bit, in the machine's order."""
    heard = bytearray()

    def collect(samples: Any, count: int, _events: Any) -> int:
        if samples and count:
            heard.extend(ctypes.string_at(samples, count * 2))
        return 0

    callback = SAMPLE_CALLBACK(collect)  # kept in a name: ctypes does not hold on to it
    espeak.espeak_ng_SetRandSeed(1)  # some voices take their breath from the clock otherwise
    espeak.espeak_SetSynthCallback(callback)
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise LookupError(f"espeak-ng has no voice {voice!r}")
    espeak.espeak_SetParameter(RATE, words_a_minute, 0)
    espeak.espeak_SetParameter(VOLUME, QUIET_ENOUGH, 0)
    raw = text.encode() + b"\0"
    flags = UTF8_TEXT | PHONEMES_IN_BRACKETS
    espeak.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, POSITION_CHARACTER, 0, flags, None, None)
    espeak.espeak_Synchronize()
    return bytes(heard)


def trace_to(espeak: ctypes.CDLL, notation: str) -> tuple[ctypes.CDLL, ctypes.c_void_p, int]:
    """Have the library write its phonemes to a pipe; what to close, and where to read them."""
    libc = ctypes.CDLL(None)
    libc.fdopen.restype = ctypes.c_void_p
    read, write = os.pipe()
    stream = ctypes.c_void_p(libc.fdopen(write, b"w"))
    espeak.espeak_SetPhonemeTrace(TRACES[notation], stream)
    return libc, stream, read


def phonemes(espeak: ctypes.CDLL, notation: str, text: str, voice: str, words_a_minute: int) -> str:
    """What one sentence is said as. A pipe holds 64 kB: a sentence's trace and more."""
    libc, stream, read = trace_to(espeak, notation)
    speak(espeak, text, voice, words_a_minute)
    libc.fclose(stream)
    with open(read, encoding="utf-8") as traced:
        return " ".join(traced.read().split())


def answer(espeak: ctypes.CDLL, sample_rate: int, request: dict[str, Any]) -> bytes:
    """The reply to one request, complete."""
    wanted = (request["text"], request["voice"], request["rate"])
    try:
        trace = request["trace"]
        said = phonemes(espeak, trace, *wanted) if trace else ""
        samples = b"" if trace else speak(espeak, *wanted)
    except LookupError as error:
        return json.dumps({"error": str(error.args[0])}).encode() + b"\n"
    header = {"rate": sample_rate, "bytes": len(samples), "phonemes": said}
    return json.dumps(header).encode() + b"\n" + samples


def answer_afresh(espeak: ctypes.CDLL, sample_rate: int, line: str) -> None:
    """Answer from a fork that ends when it has spoken."""
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST_SECONDS)  # a fork that hangs is ended
        sys.stdout.buffer.write(answer(espeak, sample_rate, json.loads(line)))
        sys.stdout.buffer.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        error = {"error": f"espeak-ng stopped with status {status}"}
        sys.stdout.write(json.dumps(error) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Answer until standard input ends, which it does however the parent process goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when the parent was killed
    espeak, sample_rate = load(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        answer_afresh(espeak, sample_rate, line)


if __name__ == "__main__":
    main()
