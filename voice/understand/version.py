"""A text as one language of the line reads it."""

from collections.abc import Set
from dataclasses import dataclass

from voice.understand.fold import Heard
from voice.understand.found import Edges, Possible, edges_of, possible
from voice.understand.reading import Reading, read
from voice.understand.signs import Danger
from voice.understand.tongue import Tongue


@dataclass(frozen=True)
class Version:
    """A text in one language, with its sentences, and its dangers once they are asked for."""

    locale: str
    tongue: Tongue
    reading: Reading
    here: Possible
    edges: Edges
    danger: Danger


def in_language(locale: str, tongue: Tongue, known: Set[str], heard: Heard) -> Version:
    """Read a text in the language of `tongue`; `known` words are known to one of the line's."""
    reading = read(tongue.reader, known, heard)
    here = possible(tongue.patterns, reading)
    edges = edges_of(here)
    return Version(locale, tongue, reading, here, edges, Danger(here, edges))
