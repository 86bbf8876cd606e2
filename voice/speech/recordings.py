"""Human recordings: preferred to any engine, and bound to the exact words that were read.

A recording's name is a digest of its words, locale and pace. When the words change, so does the
name that is looked for, and the old recording is not used any more.
"""

from pathlib import Path

import soundfile

from voice.script import Pace
from voice.speech.clips import digest_of
from voice.speech.engine import SpeechError
from voice.speech.mastering import CALL, Samples, trimmed
from voice.speech.wording import tidy

ENDINGS = (".wav", ".flac", ".ogg", ".mp3")


class RecordingError(SpeechError):
    """A recording cannot be used. `path` is its file."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The recording {path} cannot be used: {problem}.",
            "Save it again as WAV, FLAC, OGG or MP3, or take it away.",
        )


def name_of(words: str, locale: str, pace: Pace) -> str:
    """What a recording of these words is called, without its ending: 16 hex digits."""
    return digest_of({"words": tidy(words), "locale": locale, "pace": pace})


def find(folder: Path, words: str, locale: str, pace: Pace) -> Path | None:
    """The recording of exactly these words: `<folder>/<locale>/<name>.<ending>`."""
    name = name_of(words, locale, pace)
    for ending in ENDINGS:
        path = folder / locale / f"{name}{ending}"
        if path.is_file():
            return path
    return None


def read(path: Path) -> tuple[Samples, int]:
    """A recording as mono samples, the silence at its edges cut, and its samples a second."""
    try:
        found, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise RecordingError(path, str(error)) from error
    samples = trimmed(found.mean(axis=1), rate, CALL)
    if not len(samples):
        raise RecordingError(path, "it is silent")
    return samples, int(rate)
