"""The embedded engine: espeak-ng from its wheel, offline, in worker processes of its own.

espeak-ng is GPL-3-or-later. It is not part of this program: it is installed as a package and
driven as another process, `espeak_worker.py`.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from queue import Empty, LifoQueue
from subprocess import PIPE, Popen
from typing import IO, Any, Literal, cast

import numpy as np

from voice.script import Pace
from voice.speech.engine import (
    SLOW,
    Engine,
    SpeechError,
    SpeechSettings,
    of_locale,
    voice_at,
)
from voice.speech.mastering import Samples

# Locale or language -> voice@rate. The rate is espeak's own count, pauses left out. Over all
# topics and with our pauses, 125 in English and 145 in Spanish come to 135 and 136 real words a
# minute, and to 3.4 and 4.8 syllables a second (rules 63 and 64); 110 and 130 came to 122 and 124.
# klatt4 is the variant a recogniser understood best. Languages not measured have Spanish's rate.
VOICES: Mapping[str, str] = {
    "en": "en-us+klatt4@125",
    "en-GB": "en-gb-x-rp+klatt4@125",
    "es": "es-419+klatt4@145",
    "es-ES": "es+klatt4@145",
    "pt": "pt-br+klatt4@145",
    "pt-PT": "pt+klatt4@145",
    "fr": "fr+klatt4@145",
    "ht": "ht+klatt4@145",
}
Trace = Literal["", "ipa", "espeak"]
"""What is asked for: sound, or phonemes in a notation."""
WORKER = Path(__file__).with_name("espeak_worker.py")


class EspeakError(SpeechError):
    """espeak-ng did not speak. `text` is what it was given."""

    def __init__(self, text: str, problem: str) -> None:
        self.text = text
        super().__init__(
            f"espeak-ng could not say {text!r}: {problem}.",
            "Check the locale's row in ESPEAK_VOICES and the word's in scripts/lexicon.toml.",
        )


class Worker:
    """One process that speaks: text in, samples out. It ends with its standard input."""

    def __init__(self, library: Path, data: Path) -> None:
        command = [sys.executable, "-I", "-S", str(WORKER), str(library), str(data)]
        self.process: Popen[bytes] = Popen(command, stdin=PIPE, stdout=PIPE)  # noqa: S603
        # Popen's own types say that a pipe may be missing; these two were asked for.
        self.requests = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout)

    def ask(
        self, text: str, speaker: str, rate: int, trace: Trace = ""
    ) -> tuple[dict[str, Any], bytes]:
        """One request and its answer: the header, the samples."""
        request = {"text": text, "voice": speaker, "rate": rate, "trace": trace}
        with suppress(BrokenPipeError):  # its end shows in the answer
            self.requests.write(json.dumps(request).encode() + b"\n")
            self.requests.flush()
        line = self.answers.readline()
        header: dict[str, Any] = json.loads(line or '{"error": "its process ended"}')
        if "error" in header:
            raise EspeakError(text, header["error"])
        samples = self.answers.read(header["bytes"])
        if len(samples) != header["bytes"]:
            raise EspeakError(text, "its process ended half-way")
        return header, samples

    def close(self) -> None:
        """End the process."""
        self.process.terminate()
        with suppress(BrokenPipeError):  # what was not yet sent to it is of no use now
            self.requests.close()
        self.answers.close()
        self.process.wait()


class Workers:
    """As many workers as are asked at once, started when first needed, used again after."""

    def __init__(self, library: Path, data: Path) -> None:
        self.library = library
        self.data = data
        self.idle: LifoQueue[Worker] = LifoQueue()

    @contextmanager
    def one(self) -> Iterator[Worker]:
        """A worker for one request. After an error it is not used again."""
        try:
            worker = self.idle.get_nowait()
        except Empty:
            worker = Worker(self.library, self.data)
        try:
            yield worker
        except BaseException:
            worker.close()
            raise
        self.idle.put(worker)

    def close(self) -> None:
        """End every worker."""
        with suppress(Empty):
            while True:
                self.idle.get_nowait().close()


@contextmanager
def opened(settings: SpeechSettings, jobs: int) -> Iterator[Engine]:
    """espeak-ng, ready to speak `jobs` sentences at once."""
    library, data = _installed()
    workers = Workers(library, data)
    voices = {**VOICES, **settings.espeak_voices}

    def speak(text: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        with workers.one() as worker:
            header, raw = worker.ask(text, *_voice(voices, locale, pace))
        return np.frombuffer(raw, np.int16).astype(np.float32) / np.float32(32768), header["rate"]

    try:
        yield Engine(
            name="espeak-ng",
            fingerprint=_fingerprint(library, data),
            notation="espeak",
            at_once=jobs,
            speaker=lambda locale: "{}@{}".format(*_voice(voices, locale, "normal")),
            speak=speak,
        )
    finally:
        workers.close()


def phonemes(
    text: str, locale: str, settings: SpeechSettings, notation: Literal["ipa", "espeak"] = "ipa"
) -> str:
    """What espeak-ng makes of a text (lexicon applied or not), in IPA or in its own letters."""
    worker = Worker(*_installed())
    try:
        voice = _voice({**VOICES, **settings.espeak_voices}, locale, "normal")
        header, _ = worker.ask(text, *voice, notation)
    finally:
        worker.close()
    return str(header["phonemes"])


def _installed() -> tuple[Path, Path]:
    """Where the wheel keeps the library and its data."""
    try:
        import espeakng_loader
    except ImportError as missing:
        raise SpeechError(
            "espeak-ng is not installed.", "Run `make install`, or choose another SPEECH_ENGINE."
        ) from missing
    return Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())


def _fingerprint(library: Path, data: Path) -> str:
    """Of the library and all its dictionaries: it says "1.52.0" of many different builds."""
    digest = sha256()
    for path in (library, *sorted(path for path in data.rglob("*") if path.is_file())):
        digest.update(path.relative_to(library.parent).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _voice(voices: Mapping[str, str], locale: str, pace: Pace) -> tuple[str, int]:
    """A locale's voice and its rate at a pace, in espeak's words a minute."""
    row = of_locale(voices, locale)
    if row is None:
        raise SpeechError(
            f"espeak-ng has no voice set for {locale}.",
            f"Name one in ESPEAK_VOICES, like {locale}=fr+klatt4@145.",
        )
    voice, rate = voice_at(row)
    return voice, round(rate * (SLOW if pace == "slow" else 1))
