"""Phrases that may stand around other words, or in a row, folded: courtesies, ways to say yes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from voice.understand.fold import normal
from voice.understand.patterns import LIST


@dataclass(frozen=True)
class Around:
    """Phrases that may stand around other words."""

    phrases: frozenset[str]
    begun: Mapping[str, tuple[str, ...]]
    """The same by their first word: a text has few of them."""
    lasts: frozenset[str]
    """The words they end with."""

    def begin(self, words: str) -> bool:
        """Whether a text may begin with one of them: most cannot."""
        return words.partition(" ")[0] in self.begun

    def end(self, words: str) -> bool:
        """Whether a text may end with one of them."""
        return words.rpartition(" ")[2] in self.lasts

    def may_stand(self, words: str) -> bool:
        """Whether one of them may stand at either end of a text."""
        return self.begin(words) or self.end(words)

    def within(self, words: str) -> tuple[str, ...]:
        """Return those a text has anywhere, the longest first."""
        known = chain.from_iterable(self.begun.get(word, ()) for word in {*words.split()})
        return longest_first(phrase for phrase in known if phrase in words)


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
    return Around(folded, _begun(folded), frozenset(one.rpartition(" ")[2] for one in folded))


def answers_of(phrases: Iterable[str], polite: Around) -> Answers:
    """Fold ways to answer, among which courtesies may stand."""
    folded = _folded(phrases)
    words = frozenset(word for phrase in folded | polite.phrases for word in phrase.split())
    return Answers(longest_first(folded), _begun(folded), words)


def _begun(phrases: Iterable[str]) -> dict[str, tuple[str, ...]]:
    begun: dict[str, tuple[str, ...]] = {}
    for phrase in longest_first(phrases):
        first = phrase.partition(" ")[0]
        begun[first] = (*begun.get(first, ()), phrase)
    return begun


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(normal(phrase) for phrase in phrases if not LIST.search(phrase)) - {""}


def longest_first(phrases: Iterable[str]) -> tuple[str, ...]:
    """Put folded phrases in order, the longest first."""
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
