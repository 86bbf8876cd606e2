"""A reading: a person's recording of exact words, and where one is found. Light.

Its name is a digest of its words, locale and pace. When the words change, so does the name that is
looked for, and the old reading is heard no more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.script import Pace
from voice.speech.clips import digest_of
from voice.speech.wording import tidy

if TYPE_CHECKING:
    from voice.speech.mastering import Samples


@dataclass(frozen=True)
class Reading:
    """A recording that clips are made of."""

    digest: str
    """SHA-256 of its bytes: another take is another clip."""
    speaker: str
    sound: "Callable[[], tuple[Samples, int]]"
    """Its mono samples, the silence at its edges cut, and how many a second; may raise
    SpeechError."""


Finder = Callable[[str, str, Pace], Reading | None]
"""Finds the reading of exactly these words, in a locale, at a pace."""


def name_of(words: str, locale: str, pace: Pace) -> str:
    """What a recording of these words is called, without its ending: 16 hex digits."""
    return digest_of({"words": tidy(words), "locale": locale, "pace": pace})


def nobody(words: str, locale: str, pace: Pace) -> Reading | None:
    """Find no reading: the engine says everything."""
    return None


def first_of(*finders: Finder) -> Finder:
    """Ask one after another; the first that has a reading decides."""

    def find(words: str, locale: str, pace: Pace) -> Reading | None:
        found = (finder(words, locale, pace) for finder in finders)
        return next((reading for reading in found if reading), None)

    return find
