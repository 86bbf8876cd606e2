"""Slips of the finger: the known words that are a letter or two off.

One slip leaves the first two letters of a word right or its last two; two slips leave the middle
right where they leave neither. So words are kept by all three, and few have to be compared. Long
words may have two slips. The first letter must be right.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from voice.understand.strokes import one_off, two_off

SHORTEST = 4
"""Letters of the shortest known word that others may be slips of."""
ONE = 5
"""Letters from which a word may be one letter off..."""
TWO = 9
"""... and two."""
MIDDLE = 3
"""Letters before the two that are a word's middle; a slip before them moves them by one."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class Slips:
    """Known words, where those that a word may be a slip of are soon found."""

    begun: Mapping[str, Words]
    """By their first two letters."""
    ended: Mapping[str, Words]
    """By their first letter and the last two."""
    middle: Mapping[str, Words]
    """Those that may be two letters off, by their first letter and the middle."""


def slips(known: Iterable[str]) -> Slips:
    """Keep known words by their letters."""
    words = [word for word in known if len(word) >= SHORTEST]
    return Slips(
        _by((word[:2], word) for word in words),
        _by((_ends(word), word) for word in words),
        _by((_middle(word, MIDDLE), word) for word in words if len(word) >= TWO - 2),
    )


def _by(named: Iterable[tuple[str, str]]) -> Mapping[str, Words]:
    found: dict[str, list[str]] = {}
    for name, word in named:
        found.setdefault(name, []).append(word)
    return {name: tuple(words) for name, words in found.items()}


def _ends(word: str) -> str:
    return word[0] + word[-2:]


def _middle(word: str, at: int) -> str:
    return word[0] + word[at : at + 2]


def near(known: Slips, word: str) -> Mapping[str, int]:
    """Return the words within reach, and how far off: letters lost, added, changed, swapped."""
    reach = 0 if len(word) < ONE else 1 if len(word) < TWO else 2
    if not reach:
        return {}
    like = set().union(*_like(known, word, reach))
    return two_off(word, like) if reach > 1 else one_off(word, like)


def _like(known: Slips, word: str, reach: int) -> Iterator[Words]:
    """Yield words among which all are that begin with the same letter and are within reach."""
    yield known.begun.get(word[:2], ())
    yield known.ended.get(_ends(word), ())
    for at in range(MIDDLE - 1, MIDDLE + 2) if reach > 1 else ():
        yield known.middle.get(_middle(word, at), ())
