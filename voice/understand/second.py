"""A second look at a text that shows no danger: its words may be slips of the line's own.

A word that nobody knows may be one in any pattern. One that the language knows may be only in a
phrase of the line's own, all other words of which are right: "heat attack". What takes a sign of
danger back does so here, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from voice.understand.found import Found, Possible, find, possible, within
from voice.understand.index import Said
from voice.understand.lessons import ALARMS
from voice.understand.reading import Phrase, calls
from voice.understand.tongue import Tongue
from voice.understand.version import Spelled, Version, in_language, version_of

ALONE = 6
"""Letters from which a slip that nobody knows may say something by itself."""

Slips = Mapping[str, Phrase]
"""Words that may be slips, and what patterns call the words they may be slips of."""


@dataclass(frozen=True)
class Look:
    """A text as it was read first, and as it reads with slips."""

    first: Version
    second: Version
    known: bool
    """Whether the slips are words that the language knows."""
    alone: frozenset[str]
    """Slips that say something by themselves."""

    def danger(self, group: str) -> Found | None:
        """Return the first sign of a group that only slips show, and that nothing takes back."""
        signs = chain(self.own(group), () if self.known else self._anywhere(group))
        return next((one for one in signs if not self.second.danger.takes_back(one)), None)

    def own(self, group: str) -> Iterator[Found]:
        """Yield the line's own words that only slips show."""
        patterns = self.second.tongue.own.patterns
        first, second = (possible(patterns, one.reading) for one in (self.first, self.second))
        for found in self._shown(first, second, group):
            if not _is_word(found) or self.second.reading.words[found.start] in self.alone:
                yield found

    def _anywhere(self, group: str) -> Iterator[Found]:
        shown = self._shown(self.first.here, self.second.here, group)
        return (found for found in shown if not _is_word(found))

    def _shown(self, first: Possible, second: Possible, group: str) -> Iterator[Found]:
        before = tuple(find(first, group, self.first.edges))
        return (one for one in find(second, group, self.second.edges) if one not in before)


def _is_word(found: Found) -> bool:
    return found.end - found.start == 1


def second_looks(
    tongues: Mapping[str, Tongue], versions: tuple[Version, ...], said: Said, written: Spelled
) -> Iterator[Look]:
    """Yield a text with slips, in each language in which it may have some.

    In one that knows most words, others' are strange as well: "pan" is bread in Spanish.
    """
    most = max([version.reading.own for version in versions])
    read = {version.locale: version for version in versions}
    nobodys = said.uses.keys() - said.known
    for name in tongues if nobodys else read:
        tongue, spelled = tongues[name], written.get(name, said.heard)
        main = name in read and read[name].reading.own == most
        stems = tongue.reader.stems
        strange = [word for word in spelled.words if word not in stems] if main else nobodys
        slips = _slips(tongue, said, strange) if strange else {}
        if slips:
            first = read.get(name) or in_language(name, tongue, said, spelled)
            alone = frozenset(word for word in slips if _says_it(tongue, said, word, slips[word]))
            yield Look(first, _with(first, spelled.words, slips), False, alone)
        if main:
            yield from _misread(read[name], spelled.words)


def _slips(tongue: Tongue, said: Said, words: Iterable[str]) -> Slips:
    unlike = dict.fromkeys(words)
    return {word: names for word in unlike if (names := tongue.own.meant(word, said.sound))}


def _says_it(tongue: Tongue, said: Said, word: str, meant: Phrase) -> bool:
    """Tell whether a long word is a slip of these, and as near to no other but danger too."""
    if len(word) < ALONE:
        return False
    stems = tongue.reader.stems
    others = {one: stems[one] for one in said.near(word) if one in stems}
    return all(stem in meant or _is_danger(tongue, one, stem) for one, stem in others.items())


def _is_danger(tongue: Tongue, word: str, stem: str) -> bool:
    patterns = within(tongue.patterns, frozenset(calls(word, stem)))
    return any(pattern.kind.group in ALARMS for pattern in patterns)


def _misread(first: Version, words: Phrase) -> Iterator[Look]:
    """Yield looks in which one word that the language knows is a slip."""
    misread = first.tongue.own.misread
    for word in dict.fromkeys([word for word in words if word in misread]):
        called, others = misread[word]
        if any(beside <= first.reading.present for beside in others):
            yield Look(first, _with(first, words, {word: called}), True, frozenset())


def _with(version: Version, words: Phrase, slips: Slips) -> Version:
    slipped = version.reading.slipped(words, slips)
    return version_of(version.locale, version.tongue, slipped)
