"""A text read in one language: spellings settled, slips of the finger mended, words to stems.

Short words must be right; longer ones may be a letter or two off, if one known word alone is
nearest. A word that any language of the line knows is never mended into another.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from sys import intern
from typing import NamedTuple

from Stemmer import Stemmer  # type: ignore[import-not-found]

from voice.understand.fold import Heard, hear, normal
from voice.understand.index import STRANGER, Said

Phrase = tuple[str, ...]
Spellings = Mapping[str, tuple[tuple[Phrase, Phrase], ...]]
"""By its first word: another way to write something, and the usual way; the longest first."""
FOREIGN = "~"
"""Stands before the stem of a word that only another language knows: it matches nothing."""
LONG_DRAWN = re.compile(r"(.)\1{2,}")
LONGEST_WORD = 24
KEPT = 0
"""Words of people's that a stemmer remembers; its own figure is 10,000."""


@dataclass(frozen=True)
class Reader:
    """What is known of one language's words; built once for a release."""

    locale: str
    """Where the index has its words; of several locales that share them, the first."""
    stemmer: str
    """The name of a Snowball algorithm, or "" for a language without one."""
    spellings: Spellings
    stems: Mapping[str, str]
    """Every known word with its stem."""

    def knows(self, words: Phrase) -> int:
        """Count the words of a text that this language knows."""
        return sum(map(self.stems.__contains__, words))

    def spelled(self, heard: Heard) -> Heard:
        """Write every word of a text the usual way."""
        return spelled_as(self.spellings, heard)


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

    def slipped(self, words: Phrase, slips: Mapping[str, Phrase]) -> "Reading":
        """Let a pattern call some words, as they were written, by what they are slips of, too."""
        called = tuple(
            [
                (*names, *slips[word]) if word in slips else names
                for word, names in zip(words, self.called, strict=True)
            ]
        )
        present = self.present.union(*[slips[word] for word in set(words) & slips.keys()])
        return replace(self, words=words, called=called, present=present)


def reader(locale: str, stemmer: str, spellings: Spellings, words: Iterable[str]) -> Reader:
    """Learn a language's words, which are spelled the usual way already."""
    stem = stems(stemmer)
    known = sorted(set(map(intern, words)))
    return Reader(locale, stemmer, spellings, {word: intern(stem(word)) for word in known})


def stems(name: str) -> Callable[[str], str]:
    """Return a function from a word to its stem; a stemmer of one's own, as it is not shared."""
    try:
        stem: Callable[[str], str] = Stemmer(name, KEPT).stemWord
    except KeyError:
        return str
    return stem


def read(known: Reader, said: Said, spelled: Heard) -> Reading:
    """Read what is said, spelled the language's way; words only others know stay as they are."""
    seen = {word: _token(known, said, word) for word in spelled.words}
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
    return spelled_as(spellings, hear(phrase)).words


def _token(known: Reader, said: Said, word: str) -> Token:
    """Read a word: as this language knows it, or another one does, or what it must be."""
    stem = known.stems.get(word)
    if stem is not None:
        return _as(word, stem)
    return _as(word, f"{FOREIGN}{word}") if word in said.known else mended(known, word, said)


def calls(word: str, stem: str) -> Phrase:
    """Return what a pattern may call a word: its stem, just itself, so many figures."""
    return (stem, f"={word}", "#" * len(stem)) if stem.isdecimal() else (stem, f"={word}")


def _as(word: str, stem: str) -> Token:
    return Token(word, stem, False, calls(word, stem))


def _stranger(word: str, stem: str) -> Token:
    return Token(word, stem, True, (stem, f"={word}", STRANGER))


def mended(known: Reader, word: str, said: Said) -> Token:
    """Find the known word that one nobody knows must be; else it stands for itself."""
    short = _shortened(word)
    for written in short:
        if written in known.stems:
            return _as(written, known.stems[written])
    if not _has_forms(word):
        return _as(word, word) if word.isdecimal() else _stranger(word, word)
    stem = stems(known.stemmer)(word)
    if known.locale in said.index.of(stem).stem:
        return _as(word, stem)
    near = heard(known, short[-1], said) or nearest(known, said.near(short[-1]))
    return _as(near, known.stems[near]) if near else _stranger(word, stem)


def _shortened(word: str) -> Phrase:
    """Return a word with its long-drawn letters written twice, and once; else as it is."""
    if not LONG_DRAWN.search(word):
        return (word,)
    return LONG_DRAWN.sub(r"\1\1", word), LONG_DRAWN.sub(r"\1", word)


def _has_forms(word: str) -> bool:
    """Whether a word has endings, and may be written wrong, as figures do not."""
    return word.isalpha() and len(word) <= LONGEST_WORD


def may_mend(word: str, said: Said) -> set[str]:
    """Return the locales whose language may mend a word that nobody knows: some too many."""
    index, short = said.index, _shortened(word)
    found = {*index.of(word).stem}.union(*[index.of(one).known for one in short])
    if _has_forms(word):
        found.update(*[index.of(stems(name)(word)).stem for name in index.stemmers])
        found.update(*[index.of(one).known for one in said.near(short[-1])])
        heard = {name for one in said.sounding(short[-1]) for name in index.of(one).known}
        found |= heard & said.main if said.main else heard
    return found


def heard(known: Reader, word: str, said: Said) -> str:
    """Return the known word that one written by ear must be; "" where several may be meant.

    Only the language of the text is written by ear: "choque" is no "choke".
    """
    if said.main and known.locale not in said.main:
        return ""
    own = [one for one in said.sounding(word) if one in known.stems]
    return min(own) if len({known.stems[one] for one in own}) == 1 else ""


def nearest(known: Reader, near: Mapping[str, int]) -> str:
    """Return the known word that another must be a slip of; "" where several may be meant."""
    own = {one: distance for one, distance in near.items() if one in known.stems}
    least = min(own.values(), default=0)
    found = [one for one, distance in own.items() if distance == least]
    return min(found) if len({known.stems[one] for one in found}) == 1 else ""


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


def spelled_as(ways: Spellings, heard: Heard) -> Heard:
    """Write every word the usual way."""
    if ways.keys().isdisjoint(heard.words):
        return heard
    words: list[str] = []
    breaks: list[str] = []
    asks: list[bool] = []
    done = 0
    for at, usual, end in _found(ways, heard.words):
        words += (*heard.words[done:at], *usual)
        breaks += (*heard.breaks[done : at + 1], *[""] * (len(usual) - 1))
        asks += (*heard.asks[done:at], *[heard.asks[at]] * len(usual))
        done = end
    rest = heard.words[done:], heard.breaks[done:], heard.asks[done:]
    return Heard((*words, *rest[0]), (*breaks, *rest[1]), (*asks, *rest[2]))


def _found(ways: Spellings, words: Phrase) -> Iterator[tuple[int, Phrase, int]]:
    """Yield where words are written another way, the usual way, and where they end."""
    done = 0
    for at, word in enumerate(words):
        for written, usual in ways.get(word, ()) if at >= done else ():
            if words[at : at + len(written)] == written:
                done = at + len(written)
                yield at, usual, done
                break
