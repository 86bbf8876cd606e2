"""Human recordings: preferred to any engine, and bound to the exact words that were read."""

import io
from hashlib import sha256
from pathlib import Path

import soundfile

from voice.script import Pace
from voice.speech.engine import SpeechError
from voice.speech.mastering import CALL, Samples, trimmed
from voice.speech.reading import Finder, Reading, name_of

ENDINGS = (".wav", ".flac", ".ogg", ".mp3")
SPEAKER = "recording"
"""Who speaks a file nobody put a name to."""


class RecordingError(SpeechError):
    """A recording cannot be used. `path` is its file."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The recording {path} cannot be used: {problem}.",
            "Save it again as WAV, FLAC, OGG or MP3, or take it away.",
        )


def in_folder(folder: Path) -> Finder:
    """Find the recordings of a folder, called `<folder>/<locale>/<name>.<ending>`."""

    def found(words: str, locale: str, pace: Pace) -> Reading | None:
        path = find(folder, words, locale, pace)
        if path is None:
            return None
        digest = sha256(path.read_bytes()).hexdigest()
        return Reading(digest, SPEAKER, lambda: read(path))

    return found


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


def decoded(content: bytes, name: str) -> tuple[Samples, int]:
    """A recording that was made ready before: its samples, and how many a second."""
    try:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise RecordingError(Path(name), str(error)) from error
    return samples, int(rate)
