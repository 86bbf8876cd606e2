"""Slips of the finger: the known word that is a letter or two off.

One slip leaves the first two letters of a word right or its last two, so words are kept by both and
few have to be compared. Long words may have two slips. The first letter must be right.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters of the shortest known word that others may be slips of."""
ONE = 5
"""Letters from which a word may be one letter off..."""
TWO = 9
"""... and two."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class Slips:
    """Known words, where those that a word may be a slip of are soon found."""

    begun: Mapping[str, Words]
    """By their first two letters."""
    ended: Mapping[str, Words]
    """By their first letter and the last two."""
    long: Mapping[str, Words]
    """Those that may be two letters off, by their first letter."""


def slips(known: Iterable[str]) -> Slips:
    """Keep known words by their letters."""
    words = [word for word in known if len(word) >= SHORTEST]
    return Slips(
        _by((word[:2], word) for word in words),
        _by((_ends(word), word) for word in words),
        _by((word[0], word) for word in words if len(word) >= TWO - 2),
    )


def _by(named: Iterable[tuple[str, str]]) -> Mapping[str, Words]:
    found: dict[str, list[str]] = {}
    for name, word in named:
        found.setdefault(name, []).append(word)
    return {name: tuple(words) for name, words in found.items()}


def _ends(word: str) -> str:
    return word[0] + word[-2:]


def near(known: Slips, word: str) -> frozenset[str]:
    """Return the known words at the least distance: letters lost, added, changed, swapped."""
    reach = 0 if len(word) < ONE else 1 if len(word) < TWO else 2
    for distance in range(1, reach + 1):
        found = frozenset(_within(_like(known, word, distance), word, distance))
        if found:
            return found
    return frozenset()


def _like(known: Slips, word: str, distance: int) -> Iterator[Words]:
    """Yield words among which all are that begin with the same letter and are so far off."""
    if distance == 1:
        yield known.begun.get(word[:2], ())
        yield known.ended.get(_ends(word), ())
    else:
        yield known.long.get(word[0], ())


def _within(those: Iterable[Words], word: str, distance: int) -> Iterator[str]:
    for words in filter(None, those):
        found = process.extract(word, words, scorer=OSA.distance, score_cutoff=distance, limit=None)
        yield from (one for one, _, _ in found)
