"""Phrases that may stand around other words, or in a row, folded: courtesies, ways to say yes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voice.understand.fold import normal
from voice.understand.patterns import LIST


@dataclass(frozen=True)
class Around:
    """Phrases that may stand around other words, and the words they begin and end with."""

    phrases: frozenset[str]
    firsts: frozenset[str]
    lasts: frozenset[str]

    def begin(self, words: str) -> bool:
        """Whether a text may begin with one of them: most cannot."""
        return words.partition(" ")[0] in self.firsts

    def end(self, words: str) -> bool:
        """Whether a text may end with one of them."""
        return words.rpartition(" ")[2] in self.lasts

    def may_stand(self, words: str) -> bool:
        """Whether one of them may stand at either end of a text."""
        return self.begin(words) or self.end(words)


@dataclass(frozen=True)
class Answers:
    """Ways to say yes, or ways to say no; several in a row mean the same."""

    phrases: tuple[str, ...]
    """The longest first."""
    begun: Mapping[str, tuple[str, ...]]
    """The same by their first word: a text begins with few of them."""
    words: frozenset[str]
    """Every word in them or in courtesies: a text with other words is not such an answer."""


def around_of(phrases: Iterable[str]) -> Around:
    """Fold phrases; lines with a list of patterns in them are left out."""
    folded = _folded(phrases)
    split = [phrase.split() for phrase in folded]
    return Around(
        folded, frozenset(words[0] for words in split), frozenset(words[-1] for words in split)
    )


def answers_of(phrases: Iterable[str], polite: Around) -> Answers:
    """Fold ways to answer, among which courtesies may stand."""
    folded = _folded(phrases)
    words = frozenset(word for phrase in folded | polite.phrases for word in phrase.split())
    begun: dict[str, tuple[str, ...]] = {}
    for phrase in longest_first(folded):
        first = phrase.partition(" ")[0]
        begun[first] = (*begun.get(first, ()), phrase)
    return Answers(longest_first(folded), begun, words)


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(normal(phrase) for phrase in phrases if not LIST.search(phrase)) - {""}


def longest_first(phrases: Iterable[str]) -> tuple[str, ...]:
    """Put folded phrases in order, the longest first."""
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
