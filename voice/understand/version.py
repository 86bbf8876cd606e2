"""A text as one language of the line reads it."""

from collections.abc import Iterable
from dataclasses import dataclass

from voice.understand.fold import Heard
from voice.understand.patterns import Edges, edges_of
from voice.understand.reading import Reader, Reading, read
from voice.understand.signs import Danger, danger
from voice.understand.tongue import Tongue


@dataclass(frozen=True)
class Version:
    """A text in one language, with its sentences and its dangers found."""

    locale: str
    tongue: Tongue
    reading: Reading
    edges: Edges
    danger: Danger


def in_language(locale: str, tongue: Tongue, others: Iterable[Reader], heard: Heard) -> Version:
    """Read a text in the language of `tongue`; `others` are the line's other languages."""
    reading = read(tongue.reader, others, heard)
    edges = edges_of(reading, tongue.polite)
    return Version(locale, tongue, reading, edges, danger(tongue.signs, reading, edges))
