"""What a served file really is: format, level, peak, offset, silence at the edges, pace.

Everything here is read from the bytes of the file, nothing from what the maker believed.
"""

import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from voice.script import Pace
from voice.speech.clips import Clip
from voice.speech.engine import SpeechError
from voice.speech.mastering import CALL, HOP, PAUSES, Samples, speech_level
from voice.speech.wording import count, lines

SILENCE = -50.0
"""dBFS: what is quieter is silence at an edge."""


class MeasureError(SpeechError):
    """A file is not sound. `name` is the file's."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is not sound: {problem.rstrip('.')}.", "Run `python -m voice audio`."
        )


@dataclass(frozen=True)
class Measured:
    """The numbers of one file."""

    format: str
    """Container and encoding, as libsndfile names them: `WAV ULAW`."""
    rate: int
    """Samples a second."""
    channels: int
    seconds: float
    level: float
    """Active level, dBov."""
    peak: float
    """dBFS."""
    offset: float
    """DC, as a fraction of full scale."""
    head: int
    """Milliseconds of silence before the first sound."""
    tail: int
    """Milliseconds of silence after the last."""
    clipped: int
    """Samples at full scale."""

    def pace(self, words: str) -> float:
        """Words a minute from the first sound to the last, pauses included (rule 63)."""
        spoken = self.seconds - (self.head + self.tail) / 1000
        return 60 * count(words) / spoken if spoken > 0 else 0.0


def measure(content: bytes, name: str = "the file") -> Measured:
    """The numbers of a file's bytes. Raises MeasureError if it cannot be decoded."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            kind = f"{file.format} {file.subtype}"
            rate, channels = int(file.samplerate), int(file.channels)
            samples: Samples = file.read(dtype="float32", always_2d=True)[:, 0]
    except soundfile.LibsndfileError as error:
        raise MeasureError(name, str(error)) from error
    head, tail = _edges(samples, rate)
    loudest = float(np.abs(samples).max(initial=0.0))
    return Measured(
        format=kind,
        rate=rate,
        channels=channels,
        seconds=len(samples) / rate,
        level=speech_level(samples, rate),
        peak=20 * float(np.log10(max(loudest, 1e-6))),
        offset=abs(float(np.mean(samples, dtype=np.float64))) if len(samples) else 0.0,
        head=head,
        tail=tail,
        clipped=int(np.count_nonzero(np.abs(samples) >= 0.98)),
    )


def measure_file(path: Path) -> Measured:
    """The numbers of a file. Raises MeasureError if it is not there or cannot be decoded."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MeasureError(path.name, str(error)) from error
    return measure(content, path.name)


def _edges(samples: Samples, rate: int) -> tuple[int, int]:
    """Milliseconds of silence at the two ends, in steps of 5."""
    hop = int(rate * HOP)
    size = len(samples) // hop
    peaks = np.abs(samples[: size * hop]).reshape(size, hop).max(axis=1, initial=0.0)
    loud = np.flatnonzero(peaks > 10 ** (SILENCE / 20))
    if not len(loud):
        return round(1000 * len(samples) / rate), 0
    return int(loud[0]) * 5, int(size - 1 - loud[-1]) * 5


LONG_ENOUGH = 25
"""Words from which a length means something."""


def odd_lengths(clips: Iterable[Clip]) -> tuple[tuple[Clip, float], ...]:
    """Clips that last under 0.8 or over 1.25 times what their words take (rule 75), and how many
    times: a cut file, or a recording of other words.

    What words take is the median of the same speaker's other clips, so it holds for any engine
    and any person. Our 384 clips that are long enough lie between 0.93 and 1.21.
    """
    by_speaker: dict[tuple[str, str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        if count(clip.words) >= LONG_ENOUGH:
            by_speaker[clip.locale, clip.pace, clip.speaker].append(clip)
    found: list[tuple[Clip, float]] = []
    for those in by_speaker.values():
        usual = median(_seconds_a_letter(clip) for clip in those)
        found += [(clip, _seconds_a_letter(clip) / usual) for clip in those]
    return tuple((clip, times) for clip, times in found if not 0.8 <= times <= 1.25)


def _seconds_a_letter(clip: Clip) -> float:
    """How long a letter takes, the pauses we made left out."""
    silence = clip.lead + CALL.tail + pauses_in(clip.words, clip.pace)
    return (clip.seconds - silence / 1000) / letters_in(clip.words)


def pauses_in(words: str, pace: Pace) -> int:
    """Milliseconds of the pauses made inside words: at commas, between sentences and lines."""
    pauses, said = PAUSES[pace], lines(words)
    commas = sum(words.count(mark) for mark in ",;:")
    sentences = sum(len(line) - 1 for line in said)
    return commas * pauses.clause + sentences * pauses.sentence + (len(said) - 1) * pauses.line


def letters_in(words: str) -> int:
    """How long words are: a digit is as long as four letters, a short word as one more."""
    return sum(4 if sign.isdigit() else sign.isalpha() for sign in words) + count(words)
