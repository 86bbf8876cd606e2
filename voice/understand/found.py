"""Where a text has patterns.

Thousands of patterns are known; a text has words for a few of them, and only these are looked for.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from voice.understand.patterns import Pattern, Patterns, Phrases
from voice.understand.reading import Phrase, Reading


@dataclass(frozen=True)
class Possible:
    """A reading, and the patterns that it has a word for at every step."""

    reading: Reading
    lists: Mapping[str, Phrases]
    patterns: Mapping[str, Sequence[Pattern]]
    """By their group."""


@dataclass(frozen=True)
class Found:
    """Where a text has a pattern: words[start:end]."""

    start: int
    end: int
    pattern: Pattern


@dataclass(frozen=True)
class Edges:
    """Where sentences begin (the place of a word) and end (the place after one)."""

    begins: frozenset[int]
    ends: frozenset[int]
    polite: frozenset[int]
    """The places of courtesies."""


def possible(known: Patterns, reading: Reading) -> Possible:
    """Put aside the patterns that a reading cannot have, which are nearly all of them."""
    left = within(known, reading.present)
    groups: dict[str, list[Pattern]] = {}
    for pattern in sorted(left, key=lambda pattern: pattern.number):
        groups.setdefault(pattern.kind.group, []).append(pattern)
    return Possible(reading, known.lists, groups)


def within(known: Patterns, present: Set[str]) -> list[Pattern]:
    """Return, in no order, the patterns for whose every step there is a word.

    `present` is all that patterns may call any of them.
    """
    steps = set(present)
    for word in known.listed.keys() & present:
        steps.update(known.listed[word])
    return [
        pattern
        for step in known.by_rarest.keys() & steps
        for pattern in known.by_rarest[step]
        if steps.issuperset(pattern.steps)
    ]


def find(here: Possible, group: str, edges: Edges) -> Iterator[Found]:
    """Yield every place where a text has a pattern of a group, from left to right."""
    if group not in here.patterns:
        return
    present = here.reading.present
    beginning: dict[str, list[Pattern]] = {}
    for pattern in here.patterns[group]:
        first = pattern.steps[0]
        for name in here.lists[first].keys() & present if first in here.lists else (first,):
            beginning.setdefault(name, []).append(pattern)
    for start, names in enumerate(here.reading.called):
        for name in names:
            for pattern in beginning.get(name, ()):
                yield from _found(here, pattern, edges, start)


def _found(here: Possible, pattern: Pattern, edges: Edges, start: int) -> Iterator[Found]:
    """Yield the pattern if it begins at `start`, once, with its nearest end that is allowed."""
    if pattern.kind.begins and start not in edges.begins:
        return
    for end in _ends(here, pattern, 0, start):
        if not pattern.kind.ends or end in edges.ends:
            yield Found(start, end, pattern)
            return


def edges_of(here: Possible) -> Edges:
    """Find where sentences begin and end, courtesies at either end not counted."""
    anywhere = Edges(frozenset(), frozenset(), frozenset())
    courtesies = {(found.start, found.end) for found in find(here, "polite", anywhere)}
    begins = {place for place, pause in enumerate(here.reading.breaks) if pause}
    ends = {len(here.reading.stems), *(place for place in begins if place)}
    for start, end in sorted(courtesies):
        if start in begins:
            begins.add(end)
    for start, end in sorted(courtesies, reverse=True):
        if end in ends:
            ends.add(start)
    polite_places = frozenset(at for start, end in courtesies for at in range(start, end))
    return Edges(frozenset(begins), frozenset(ends), polite_places)


def _ends(here: Possible, pattern: Pattern, number: int, at: int) -> Iterator[int]:
    """Yield where the steps from `number` on may end if the first of them stands at `at`."""
    if number == len(pattern.steps):
        yield at
        return
    for place in _places(here.reading, at, pattern.kind.gaps[number], number > 0):
        for end in _after(here, pattern.steps[number], place):
            yield from _ends(here, pattern, number + 1, end)


def _after(here: Possible, step: str, place: int) -> Iterator[int]:
    """Yield where a step may end that begins at a place."""
    names = here.reading.called[place]
    if step in names:
        yield place + 1
    elif step in here.lists:
        phrases = here.lists[step]
        for name in names:
            for rest in phrases.get(name, ()):
                if _stands(rest, here.reading, place + 1):
                    yield place + 1 + len(rest)


def _stands(rest: Phrase, reading: Reading, at: int) -> bool:
    """Tell whether the rest of a phrase follows its first word."""
    if not rest:
        return True
    end = at + len(rest)
    if end > len(reading.stems) or "." in reading.breaks[at:end]:
        return False
    return all(word in reading.called[place] for place, word in enumerate(rest, at))


def _places(reading: Reading, at: int, gap: int, going_on: bool) -> Iterator[int]:
    """Yield where the next word may stand: not in the next sentence."""
    for place in range(at, min(at + gap + 1, len(reading.stems))):
        if going_on and reading.breaks[place] == ".":
            return
        yield place
