"""What a served file really is: format, level, peak, offset, silence at the edges, pace.

Everything here is read from the bytes of the file, nothing from what the maker believed.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from voice.speech.clips import Clip, Manifest, Mp3
from voice.speech.engine import SpeechError
from voice.speech.mastering import CALL, HOP, PAGE, PAUSES, Mastering, Samples, speech_level
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
    size: int
    """Bytes."""

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
        size=len(content),
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


@dataclass(frozen=True)
class Problem:
    """One number of one file that is not as it must be."""

    name: str
    """The file's."""
    locale: str
    words: str
    rule: int
    message: str
    """What was measured and what it must be."""


LARGEST_MP3 = 600_000
"""Bytes: what carriers take in a multimedia message."""
LONG_ENOUGH = 25
"""Words from which a pace means something."""
PACE = {"normal": (105.0, 165.0), "slow": (80.0, 150.0)}
"""Words a minute, pauses included (rule 63; the slow pace in proportion)."""


def problems(folder: Path, manifest: Manifest) -> tuple[Problem, ...]:
    """Everything wrong with the served files of a manifest, measured from their bytes."""
    found = [problem for row in manifest.rows for problem in _file_problems(folder, row)]
    return tuple(sorted([*found, *_length_problems(manifest.clips.values())], key=_order))


def _order(problem: Problem) -> tuple[str, str, int, str]:
    return problem.locale, problem.words, problem.rule, problem.name


def _file_problems(folder: Path, row: Clip | Mp3) -> Iterator[Problem]:
    words = row.words if isinstance(row, Clip) else "\n".join(row.parts)
    try:
        found = measure_file(folder / row.name)
    except MeasureError as error:
        yield Problem(row.name, row.locale, words, 71, str(error))
        return
    how, lead = (CALL, row.lead) if isinstance(row, Clip) else (PAGE, 150)
    complaints = [*_form(found, how), *_sound(found, how), *_edge_silence(found, lead)]
    if isinstance(row, Clip):
        complaints += _pace(found, row)
    for rule, message in complaints:
        yield Problem(row.name, row.locale, words, rule, message)


def _form(found: Measured, how: Mastering) -> Iterator[tuple[int, str]]:
    kind = "WAV ULAW" if how is CALL else "MP3 MPEG_LAYER_III"
    if (found.format, found.rate, found.channels) != (kind, how.rate, 1):
        is_now = f"{found.format}, {found.rate} Hz, {found.channels} channels"
        yield 71, f"The file is {is_now}; it must be {kind}, {how.rate} Hz, 1 channel."
    if how is PAGE and found.size > LARGEST_MP3:
        yield 71, f"The file has {found.size} bytes; a message takes {LARGEST_MP3}."


def _sound(found: Measured, how: Mastering) -> Iterator[tuple[int, str]]:
    if abs(found.level - how.level) > 1:
        yield 68, f"The level is {found.level:.1f} dBov; it must be {how.level:g} and 1 either way."
    if found.peak > -1:
        yield 70, f"The peak is {found.peak:.1f} dBFS; it must be at most -1."
    if found.clipped:
        yield 70, f"{found.clipped} samples are clipped; none may be."
    if found.offset > 0.005:
        yield 70, f"The offset is {found.offset:.1%} of full scale; it must be under 0.5 %."


def _edge_silence(found: Measured, lead: int) -> Iterator[tuple[int, str]]:
    if not lead - 25 <= found.head <= lead + 100:
        yield 74, f"Speech starts after {found.head} ms; it must after {lead} to {lead + 100}."
    if not 300 <= found.tail <= 500:
        yield 74, f"{found.tail} ms of silence follow; it must be 300 to 500."


def _pace(found: Measured, clip: Clip) -> Iterator[tuple[int, str]]:
    least, most = PACE[clip.pace]
    pace = found.pace(clip.words)
    if count(clip.words) >= LONG_ENOUGH and not least <= pace <= most:
        yield 63, f"{pace:.0f} words a minute; it must be {least:.0f} to {most:.0f}."


def _length_problems(clips: Iterable[Clip]) -> Iterator[Problem]:
    """Clips whose length does not fit their words, beside all others of the same speaker: a cut
    or a wrong recording (rule 75)."""
    by_speaker: dict[tuple[str, str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        if count(clip.words) >= LONG_ENOUGH:
            by_speaker[clip.locale, clip.pace, clip.speaker].append(clip)
    for those in by_speaker.values():
        usual = median(_seconds_a_sign(clip) for clip in those)
        for clip in those:
            times = _seconds_a_sign(clip) / usual
            if not 0.8 <= times <= 1.25:
                message = f"{clip.seconds:.1f} s is {times:.2f} times what its words take."
                yield Problem(clip.name, clip.locale, clip.words, 75, message)


def _seconds_a_sign(clip: Clip) -> float:
    """How long a letter takes, the pauses we made left out; a digit is as long as four, and
    short words are longer than their letters."""
    pauses = PAUSES[clip.pace]
    ends = [
        pauses.line if sentence is line[-1] else pauses.sentence
        for line in lines(clip.words)
        for sentence in line
    ]
    commas = pauses.clause * sum(clip.words.count(mark) for mark in ",;:")
    silence = clip.lead + CALL.tail + sum(ends[:-1]) + commas
    letters = sum(4 if sign.isdigit() else sign.isalpha() for sign in clip.words)
    return (clip.seconds - silence / 1000) / (letters + count(clip.words))
