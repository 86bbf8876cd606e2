"""A text read in one language: spellings settled, slips of the finger mended, words to stems.

Short words must be right; longer ones may be a letter or two off, if one known word alone is
nearest. A word that any language of the line knows is never mended into another.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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

    locale: str
    stemmer: str
    """The name of a Snowball algorithm, or "" for a language without one."""
    spellings: Spellings
    stems: Mapping[str, str]
    """Every known word with its stem."""
    known_stems: frozenset[str]
    by_length: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True)
class Token:
    """A word as read: mended, with its stem; strange if no language knows it."""

    word: str
    stem: str
    strange: bool = False


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

    @cached_property
    def called(self) -> tuple[Phrase, ...]:
        """What a pattern may call each word: its stem, just itself, a stranger, so many figures."""
        return tuple(map(_called, self.stems, self.words, self.strange))

    @cached_property
    def present(self) -> frozenset[str]:
        """All that a pattern may call any of the words."""
        return frozenset(name for names in self.called for name in names)


def _called(stem: str, word: str, strange: bool) -> Phrase:
    if strange:
        return (stem, f"={word}", STRANGER)
    return (stem, f"={word}", "#" * len(stem)) if stem.isdecimal() else (stem, f"={word}")


def reader(locale: str, stemmer: str, spellings: Spellings, words: Iterable[str]) -> Reader:
    """Learn a language's words, which are spelled the usual way already."""
    known = sorted(set(words))
    stem = stems(stemmer)
    stemmed = {word: stem(word) for word in known}
    lengths = {len(word) for word in known}
    return Reader(
        locale,
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


def read(known: Reader, others: Iterable[Reader], heard: Heard) -> Reading:
    """Read a text in one language; words only the `others` know are left as they are."""
    spelled = _spelled(known.spellings, heard)
    elsewhere = tuple(other.stems for other in others)
    seen: dict[str, Token] = {}
    for word in spelled.words:
        if word not in seen:
            foreign = word not in known.stems and any(word in words for words in elsewhere)
            seen[word] = Token(word, f"{FOREIGN}{word}") if foreign else _token(known, word)
    tokens = tuple(seen[word] for word in spelled.words)
    return Reading(
        words=tuple(token.word for token in tokens),
        stems=tuple(token.stem for token in tokens),
        breaks=spelled.breaks,
        asks=spelled.asks,
        own=sum(token.word in known.stems for token in tokens),
        strange=tuple(token.strange for token in tokens),
    )


def usual(spellings: Spellings, phrase: str) -> Phrase:
    """Return the words of a phrase that staff wrote, spelled the usual way."""
    words = tuple(normal(phrase).split())
    if spellings.keys().isdisjoint(words):
        return words
    return _spelled(spellings, hear(phrase)).words


def _stem(known: Reader, word: str) -> str:
    return stems(known.stemmer)(word)


def _token(known: Reader, word: str) -> Token:
    """Find the known word that `word` must be; else it stands for itself."""
    for written in (word, LONG_DRAWN.sub(r"\1\1", word), LONG_DRAWN.sub(r"\1", word)):
        if written in known.stems:
            return Token(written, known.stems[written])
    if not word.isalpha() or len(word) > LONGEST_WORD:
        return Token(word, word, strange=not word.isdecimal())
    stem = _stem(known, word)
    if stem in known.known_stems:
        return Token(word, stem)
    nearest = _nearest(known, written)
    return Token(nearest, known.stems[nearest]) if nearest else Token(word, stem, strange=True)


def _nearest(known: Reader, word: str) -> str:
    """Return the one known word at the least distance, by letters lost, added, changed, swapped."""
    reach = 0 if len(word) < 5 else 1 if len(word) < 9 else 2
    for distance in range(1, reach + 1):
        near = [
            found[0]
            for length in range(max(4, len(word) - distance), len(word) + distance + 1)
            for found in process.extract(
                word,
                known.by_length.get(length, ()),
                scorer=OSA.distance,
                score_cutoff=distance,
                limit=4,
            )
        ]
        near = [found for found in near if found[0] == word[0]]
        if near:
            alike = {known.stems[found] for found in near}
            return min(near) if len(alike) == 1 else ""
    return ""


def spellings_of(table: Mapping[str, Iterable[str]]) -> Spellings:
    """Make other ways to write something ready for reading; the keys are the usual ways."""
    ways: dict[str, list[tuple[Phrase, Phrase]]] = {}
    for usual, others in table.items():
        for written in filter(None, (hear(other).words for other in others)):
            ways.setdefault(written[0], []).append((written, hear(usual).words))
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
        here = heard.words[at : at + 1]
        written, usual = next(
            (way for way in ways.get(here[0], ()) if heard.words[at : at + len(way[0])] == way[0]),
            (here, here),
        )
        yield usual, at
        at += len(written)
