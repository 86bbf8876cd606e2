"""A text read in one language: spellings settled, slips of the finger mended, words to stems.

Short words must be right; longer ones may be a letter or two off, if one known word alone is
nearest. A word that any language of the line knows is never mended into another.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]
from rapidfuzz import process
from rapidfuzz.distance import OSA

from voice.understand.fold import Heard, hear, normal

Phrase = tuple[str, ...]
Spellings = Mapping[str, tuple[tuple[Phrase, Phrase], ...]]
"""By its first word: another way to write something, and the usual way; the longest first."""
FOREIGN = "~"
"""Stands before the stem of a word that only another language knows: it matches nothing."""
STRANGER = "?"
"""What a word that no language knows is called in a pattern."""
LONG_DRAWN = re.compile(r"(.)\1{2,}")
LONGEST_WORD = 24


@dataclass(frozen=True)
class Reader:
    """What is known of one language's words; built once for a release."""

    stemmer: str
    """The name of a Snowball algorithm, or "" for a language without one."""
    spellings: Spellings
    stems: Mapping[str, str]
    """Every known word with its stem."""
    known_stems: frozenset[str]
    by_length: Mapping[int, tuple[str, ...]]

    def reads(self, words: Set[str]) -> bool:
        """Whether this language knows any of the words, or another way to write one."""
        return not all(one.keys().isdisjoint(words) for one in (self.stems, self.spellings))


class Token(NamedTuple):
    """A word as read: mended, with its stem; strange if no language knows it."""

    word: str
    stem: str
    strange: bool
    called: Phrase
    """What a pattern may call it."""


@dataclass(frozen=True)
class Reading:
    """A text in one language. The tuples run side by side."""

    words: Phrase
    stems: Phrase
    breaks: Phrase
    """The punctuation before each word: "", "," or "." (a sentence begins)."""
    asks: tuple[bool, ...]
    """Whether a question mark ends the sentence of each word."""
    own: int
    """How many words this language knows."""
    strange: tuple[bool, ...]
    """Whether no language knows a word, nor mending helped: often a name."""
    called: tuple[Phrase, ...]
    """What a pattern may call each word: its stem, just itself, a stranger, so many figures."""
    present: frozenset[str]
    """All that a pattern may call any of the words."""


def reader(stemmer: str, spellings: Spellings, words: Iterable[str]) -> Reader:
    """Learn a language's words, which are spelled the usual way already."""
    known = sorted(set(map(intern, words)))
    stem = stems(stemmer)
    stemmed = {word: intern(stem(word)) for word in known}
    lengths = {len(word) for word in known}
    return Reader(
        stemmer,
        spellings,
        stemmed,
        frozenset(stemmed.values()),
        {n: tuple(word for word in known if len(word) == n) for n in lengths},
    )


def stems(name: str) -> Callable[[str], str]:
    """Return a function from a word to its stem; a stemmer of one's own, as it is not shared."""
    if name not in snowballstemmer.algorithms():
        return str
    stem: Callable[[str], str] = snowballstemmer.stemmer(name).stemWord
    return stem


def read(known: Reader, elsewhere: Set[str], heard: Heard) -> Reading:
    """Read a text in one language; words known only `elsewhere` are left as they are."""
    spelled = _spelled(known.spellings, heard)
    seen = {word: _token(known, elsewhere, word) for word in spelled.words}
    words, stems, strange, called = zip(*[seen[word] for word in spelled.words], strict=True)
    return Reading(
        words=words,
        stems=stems,
        breaks=spelled.breaks,
        asks=spelled.asks,
        own=sum(map(known.stems.__contains__, words)),
        strange=strange,
        called=called,
        present=frozenset().union(*called),
    )


def usual(spellings: Spellings, phrase: str) -> Phrase:
    """Return the words of a phrase that staff wrote, spelled the usual way."""
    words = tuple(normal(phrase).split())
    if spellings.keys().isdisjoint(words):
        return words
    return _spelled(spellings, hear(phrase)).words


def _token(known: Reader, elsewhere: Set[str], word: str) -> Token:
    """Read a word: as this language knows it, or another one does, or what it must be."""
    stem = known.stems.get(word)
    if stem is not None:
        return _as(word, stem)
    return _as(word, f"{FOREIGN}{word}") if word in elsewhere else _mended(known, word)


def _as(word: str, stem: str) -> Token:
    called = (stem, f"={word}", "#" * len(stem)) if stem.isdecimal() else (stem, f"={word}")
    return Token(word, stem, False, called)


def _stranger(word: str, stem: str) -> Token:
    return Token(word, stem, True, (stem, f"={word}", STRANGER))


def _mended(known: Reader, word: str) -> Token:
    """Find the known word that one nobody knows must be; else it stands for itself."""
    written = word
    if LONG_DRAWN.search(word):
        for written in (LONG_DRAWN.sub(r"\1\1", word), LONG_DRAWN.sub(r"\1", word)):
            if written in known.stems:
                return _as(written, known.stems[written])
    if not word.isalpha() or len(word) > LONGEST_WORD:
        return _as(word, word) if word.isdecimal() else _stranger(word, word)
    stem = _stem(known.stemmer, word)
    if stem in known.known_stems:
        return _as(word, stem)
    near = nearest(known, written)
    return _as(near, known.stems[near]) if near else _stranger(word, stem)


@lru_cache(maxsize=2048)
def _stem(stemmer: str, word: str) -> str:
    return stems(stemmer)(word)


def nearest(known: Reader, word: str) -> str:
    """Return the one known word at the least distance, by letters lost, added, changed, swapped."""
    reach = 0 if len(word) < 5 else 1 if len(word) < 9 else 2
    for distance in range(1, reach + 1):
        lengths = range(max(4, len(word) - distance), len(word) + distance + 1)
        near = [found for length in lengths for found in _near(known, word, length, distance)]
        if near:
            alike = {known.stems[found] for found in near}
            return min(near) if len(alike) == 1 else ""
    return ""


def _near(known: Reader, word: str, length: int, distance: int) -> Iterable[str]:
    """Return known words of a length that begin with the same letter, at most so far away.

    They are few, so they are asked first. Of all words the nearest four are looked at.
    """
    words = known.by_length.get(length, ())
    first = word[0]
    same = words[bisect_left(words, first) : bisect_left(words, chr(ord(first) + 1))]
    if not process.extractOne(word, same, scorer=OSA.distance, score_cutoff=distance):
        return ()
    near = process.extract(word, words, scorer=OSA.distance, score_cutoff=distance, limit=4)
    return [found for found, _, _ in near if found[0] == first]


def spellings_of(table: Mapping[str, Iterable[str]]) -> Spellings:
    """Make other ways to write something ready for reading; the keys are the usual ways."""
    ways: dict[str, list[tuple[Phrase, Phrase]]] = {}
    for usual, others in table.items():
        right = hear(usual).words
        for written in (hear(other).words for other in others):
            if right and written:
                ways.setdefault(written[0], []).append((written, right))
    return {
        first: tuple(sorted(found, key=lambda way: -len(way[0]))) for first, found in ways.items()
    }


def _spelled(ways: Spellings, heard: Heard) -> Heard:
    """Write every word the usual way."""
    if ways.keys().isdisjoint(heard.words):
        return heard
    pieces = tuple(_pieces(ways, heard))
    return Heard(
        tuple(word for phrase, _ in pieces for word in phrase),
        tuple(
            heard.breaks[at] if place == 0 else ""
            for phrase, at in pieces
            for place in range(len(phrase))
        ),
        tuple(heard.asks[at] for phrase, at in pieces for _ in phrase),
    )


def _pieces(ways: Spellings, heard: Heard) -> Iterator[tuple[Phrase, int]]:
    """Yield the usual way of each stretch of words, and where the stretch begins."""
    at = 0
    while at < len(heard.words):
        word = heard.words[at]
        written: Phrase = (word,)
        usual = written
        for way, other in ways.get(word, ()):
            if heard.words[at : at + len(way)] == way:
                written, usual = way, other
                break
        yield usual, at
        at += len(written)
