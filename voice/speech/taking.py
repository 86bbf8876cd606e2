"""Listens to a take: decodes it, says what is wrong with it, and brings it to the line's level.

Run as a program by ``take.py``. Standard input: a line of JSON, what was to be read, and then the
file as it came. Standard output: see ``take.written``.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from voice.check.sound import PACE_FROM, PACES, wrong
from voice.script import Utterance
from voice.speech.mastering import (
    CALL,
    PAGE,
    Samples,
    between_silences,
    mastered,
    speech_level,
    trimmed,
    wav,
)
from voice.speech.measure import Measured, letters_in, measure, pauses_in
from voice.speech.take import MOST_SECONDS, Remark, Take, Wanted, written
from voice.speech.wording import count

MARKS: Final = (b"RIFF", b"fLaC", b"OggS", b"ID3")
"""How WAV, FLAC and OGG begin, and MP3 with a title; one without begins with eleven ones."""
OTHERS: Final = (b"\x1aE\xdf\xa3", b"FORM", b"caff")
"""How sound begins that is of no kind taken here: WebM, AIFF, CAF."""
RATES: Final = (8_000, 96_000)
SILENT: Final = 0.002
"""The loudest sample of what nobody can hear: -54 dBFS."""
QUIET, FAINT = -45.0, -36.0
"""dBov: below the first nothing good comes of turning it up; below the second it is told."""
FULL: Final = 0.99
"""A sample as large as this is at the end of the scale."""
CLIPPED: Final = 5
"""Times that three samples in a row are at the end of the scale."""
NOISY, HISS = 18.0, 28.0
"""dB between speech and the noise in its pauses: too little, and little."""
CUT: Final = 18.0
"""dB below speech: who is louder than that in the first 20 ms was cut off there."""
LETTER: Final = {"normal": 0.075, "slow": 0.086}
"""Seconds a letter takes, pauses left out: what the engine's clips need in both languages."""
SHORTEST, LONGEST, ROOM = 0.5, 2.0, 1.5
"""How many times the usual length a take may last, and seconds more."""
COLUMNS: Final = 240
MEMORY, SECONDS = 2_000_000_000, 25


class Refused(Exception):
    """A file that is no take at all; `remark` says why."""

    def __init__(self, kind: str, number: float = 0.0) -> None:
        self.remark = Remark(kind, number)
        super().__init__(kind)


def take(content: bytes, wanted: Wanted) -> Take:
    """Listen to a file as it came."""
    try:
        samples, rate = decoded(content)
        return judged(samples, rate, wanted)
    except Refused as refused:
        return Take((refused.remark,))


def decoded(content: bytes) -> tuple[Samples, int]:
    """A file's sound as mono samples, and how many a second. Refused."""
    _look(content)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate, channels = int(file.samplerate), int(file.channels)
            if not (RATES[0] <= rate <= RATES[1] and channels <= 2):
                raise Refused("format")
            found = file.read(MOST_SECONDS * rate + 1, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, ValueError, TypeError, MemoryError) as error:
        raise Refused("not-sound") from error
    if len(found) > MOST_SECONDS * rate:
        raise Refused("minutes", MOST_SECONDS)
    if not np.isfinite(found).all():
        raise Refused("not-sound")
    return found.mean(axis=1), rate


def _look(content: bytes) -> None:
    """Refuse what is no file of those kinds, before anything decodes it."""
    if not content:
        raise Refused("empty")
    mpeg = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0
    if mpeg or content.startswith(MARKS):
        return
    other = content[4:8] == b"ftyp" or content.startswith(OTHERS)
    raise Refused("format" if other else "not-sound")


def judged(samples: Samples, rate: int, wanted: Wanted) -> Take:
    """Say what there is to say of sound, and make it ready. Refused where nothing is heard."""
    loudest = float(np.abs(samples).max(initial=0.0))
    speech = trimmed(samples, rate, CALL)
    if loudest < SILENT or len(speech) < rate // 10:
        raise Refused("silent")
    level = speech_level(speech, rate)
    ready = mastered(speech, rate, PAGE)
    heard = wav(between_silences(mastered(ready, PAGE.rate, CALL), 150, CALL))
    found = measure(heard)
    faults = (*_sound(samples, speech, rate, level), *_length(found, wanted))
    told = faults or tuple(_unusable(found, wanted))
    return Take(
        told,
        tuple(_notes(samples, speech, rate, level)),
        found.seconds,
        level,
        _picture(ready),
        b"" if told else _flac(ready),
        b"" if told else heard,
    )


def _sound(samples: Samples, speech: Samples, rate: int, level: float) -> Iterator[Remark]:
    """How it was recorded."""
    if level < QUIET:
        yield Remark("quiet", level, FAINT)
    if _clips(samples) >= CLIPPED:
        yield Remark("clipped", _clips(samples))
    above = level - _noise(samples, rate)
    if len(speech) >= rate and above < NOISY:
        yield Remark("noisy", above, HISS)


def _notes(samples: Samples, speech: Samples, rate: int, level: float) -> Iterator[Remark]:
    """What might be better, and does not matter much."""
    if QUIET <= level < FAINT:
        yield Remark("faint", level, FAINT)
    above = level - _noise(samples, rate)
    if len(speech) >= rate and NOISY <= above < HISS:
        yield Remark("hiss", above, HISS)
    if len(samples) - len(speech) > 2 * rate:
        yield Remark("edges", (len(samples) - len(speech)) / rate)
    first = _frames(samples[: rate // 50], rate)
    if len(first) and first[0] > level - CUT:
        yield Remark("cut")


def _length(found: Measured, wanted: Wanted) -> Iterator[Remark]:
    """Whether it is as long as its words."""
    usual = usual_seconds(wanted)
    spoken = found.seconds - (found.head + found.tail) / 1000
    pace = found.pace(wanted.words)
    low, high = PACES[wanted.pace]
    paced = len(wanted.words.split()) >= PACE_FROM
    if spoken < SHORTEST * usual:
        yield Remark("short", spoken, usual)
    elif spoken > LONGEST * usual + ROOM:
        yield Remark("long", spoken, usual)
    elif paced and pace > high:
        yield Remark("fast", spoken, count(wanted.words) * 60 / high)
    elif paced and pace < low:
        yield Remark("slow", spoken, count(wanted.words) * 60 / low)
    elif wanted.longest is not None and found.seconds > wanted.longest:
        yield Remark("over", found.seconds, wanted.longest)


def _unusable(found: Measured, wanted: Wanted) -> Iterator[Remark]:
    """What the check of clips would find in it: no take is to keep words from going live."""
    clip = Utterance(wanted.words, wanted.locale, wanted.pace, 150)
    if any(severity == "fail" for _, _, severity in wrong(clip, found)):
        yield Remark("unusable")


def usual_seconds(wanted: Wanted) -> float:
    """How long the words usually take, from the first to the last."""
    pauses = pauses_in(wanted.words, wanted.pace)
    return pauses / 1000 + LETTER[wanted.pace] * letters_in(wanted.words)


def _clips(samples: Samples) -> int:
    """How often three samples in a row are at the end of the scale."""
    full = np.abs(samples) >= FULL
    runs = full[:-2] & full[1:-1] & full[2:]
    return int(np.count_nonzero(runs[1:] & ~runs[:-1]) + (runs[0] if len(runs) else 0))


def _noise(samples: Samples, rate: int) -> float:
    """The level of the quietest fifth of a second, in dBov: what is there when nobody speaks."""
    return float(np.sort(_frames(samples, rate))[:10].mean())


def _frames(samples: Samples, rate: int) -> NDArray[np.float64]:
    """The level of every 20 ms, dBov."""
    size = rate // 50
    rows = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    power: NDArray[np.float64] = (rows**2).mean(axis=1)
    return 10 * np.log10(np.maximum(power, 1e-10))


def _picture(samples: Samples) -> tuple[int, ...]:
    """The loudest of each of up to 240 stretches, of 100."""
    stretches = np.array_split(np.abs(samples), min(COLUMNS, len(samples)))
    return tuple(round(100 * min(float(one.max()), 1.0)) for one in stretches)


def _flac(samples: Samples) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, PAGE.rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def _hold_back() -> None:
    """Take no more memory, time or files than a take needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Listen to standard input, tell standard output."""
    _hold_back()
    wanted = Wanted(**json.loads(sys.stdin.buffer.readline()))
    sys.stdout.buffer.write(written(take(sys.stdin.buffer.read(), wanted)))


if __name__ == "__main__":
    main()
