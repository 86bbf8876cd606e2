"""One index over all languages of the line: which of them have a use for each word.

A text is looked at only in the languages that its words lead to, however many there are.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from voice.understand.fold import Heard
from voice.understand.slips import Slips, near
from voice.understand.sounds import SHORTEST_WORD, end_silent, spoken

Locales = tuple[str, ...]
STRANGER = "?"
"""What patterns call a word that no language knows."""


class Uses(NamedTuple):
    """The locales in which a word is of use, by what the use is."""

    known: Locales = ()
    """Those that know it."""
    stem: Locales = ()
    """Those in which it is the stem of a known word."""
    named: Locales = ()
    """Those in which a whole message has it, other than a sample question."""
    respelled: Locales = ()
    """Those in which another spelling of something begins with it."""
    telling: Locales = ()
    """Those in which a deciding pattern may have it; no such pattern fits a text without them."""


NO_USE = Uses()


@dataclass(frozen=True)
class Index:
    """Every word of the line, and what patterns call figures and strangers, with its uses."""

    uses: Mapping[str, Uses]
    slips: Slips
    """Of all words that any language knows."""
    sounds: Mapping[str, str]
    """The same words by how they sound, with a space between those that sound alike."""
    stemmers: tuple[str, ...]
    """Of all languages."""

    def of(self, word: str) -> Uses:
        """Return the uses of a word."""
        return self.uses.get(word, NO_USE)


@dataclass(frozen=True)
class Said:
    """A text's words, before any language has read them."""

    heard: Heard
    index: Index
    uses: Mapping[str, Uses]
    """By each of its words."""
    known: Set[str]
    """The words that some language knows."""
    called: frozenset[str]
    """What patterns of any language may call figures, and words that nobody knows."""
    _near: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _heard: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _spoken: dict[str, str] = field(default_factory=dict)

    def near(self, word: str) -> Mapping[str, int]:
        """Return the words a letter or two off, of any language, and how far off each is."""
        found = self._near.get(word)
        if found is None:
            found = self._near[word] = near(self.index.slips, word)
        return found

    def sounding(self, word: str) -> tuple[str, ...]:
        """Return the words that one written by ear may be, in any language."""
        if len(word) < SHORTEST_WORD:
            return ()
        found = self._heard.get(word)
        if found is None:
            alike = self.index.sounds.get(self._as_spoken(word), "")
            found = self._heard[word] = tuple(alike.split())
        return found

    def sound(self, word: str) -> str:
        """Return how a word sounds to somebody who writes by ear."""
        return end_silent(self._as_spoken(word))

    def _as_spoken(self, word: str) -> str:
        found = self._spoken.get(word)
        if found is None:
            found = self._spoken[word] = spoken(word)
        return found

    @cached_property
    def main(self) -> Set[str]:
        """The locales that know the most of the text's words; none, if nobody knows any."""
        counts = Counter(chain.from_iterable(self.uses[word].known for word in self.heard.words))
        most = max(counts.values(), default=0)
        return {name for name, many in counts.items() if many == most}


def said_in(heard: Heard, index: Index) -> Said:
    """Look every word of a text up, once for all languages."""
    uses = {word: index.of(word) for word in heard.words}
    known = {word for word, use in uses.items() if use.known}
    called = {"#" * len(word) for word in uses if word.isdecimal()}
    if len(known) < len(uses):
        called.add(STRANGER)
    return Said(heard, index, uses, known, frozenset(called))
