"""Patterns of words that staff write, and where a text has them.

    chest pain              these words, one after the other, in any form and with typos
    [legs] ... [numb]       a word of each list, with up to four other words between
    =pare                   this word in just this form: "pare", but not "para"
    .stop them.             a full stop is where a sentence or the message begins or ends
    what if ...             at either end, dots say that more words may stand there
    in ####                 a number of so many figures
    this is [name]          [name] is any word that no language of the line knows

In lists of signs, nothing more is meant by dots at an end; where words take a sign back ("what if
... "), they tell on which side of the sign the words stand, and that others may be between.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from voice.understand.reading import STRANGER, Phrase, Reading

GAP = 4
"""How many other words may stand between two of a pattern."""
FIGURES = re.compile(r"#+")
NAME = "name"
LIST = re.compile(r"\[([^\]]*)\]")
PIECES = re.compile(r"\.\.\.|\.|\[[^\]]*\]|#+|[^\s.\[\]#]+")


class PatternError(ValueError):
    """A pattern can not be read; `line` is the pattern and `name` the list it has in vain."""

    def __init__(self, line: str, name: str) -> None:
        self.line, self.name = line, name
        super().__init__(f"{line!r}: there is no list {name!r}")


class Phrases(dict[str, tuple[Phrase, ...]]):
    """Phrases by their first word. Patterns share them: a list of words is in hundreds."""

    @cached_property
    def words(self) -> frozenset[str]:
        """The first words."""
        return frozenset(self)


@lru_cache(maxsize=4096)
def _just(word: str) -> Phrases:
    return Phrases({word: ((word,),)})


@dataclass(frozen=True)
class Step:
    """One element: any of these phrases, by their first word; `gap` words may stand before it."""

    phrases: Phrases
    gap: int = 0


@dataclass(frozen=True)
class Pattern:
    """A line that staff wrote, ready to be looked for."""

    line: str
    steps: tuple[Step, ...]
    begins: bool
    ends: bool
    before: bool
    """Whether dots stand at the end: other words may stand between it and what follows."""
    after: bool
    """Whether dots stand at the beginning."""

    @cached_property
    def later(self) -> tuple[frozenset[str], ...]:
        """The words of every step but the first, the shortest list first."""
        return tuple(sorted((step.phrases.words for step in self.steps[1:]), key=len))


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


@dataclass(frozen=True)
class Patterns:
    """Many patterns, by every word they can begin with."""

    by_first: Mapping[str, tuple[Pattern, ...]]


Lists = Mapping[str, Phrases]
"""Lists of words by name, each as phrases by their first word."""


def lists_of(lists: Mapping[str, Iterable[str]], stems: Callable[[str], Phrase]) -> Lists:
    """Make lists of words ready for `compiled`."""
    return {name: _by_first(_item(item, stems) for item in items) for name, items in lists.items()}


def _item(item: str, stems: Callable[[str], Phrase]) -> Phrase:
    """Return the stems of a phrase, but words after "=" and so many figures as they are."""
    if FIGURES.fullmatch(item):
        return (item,)
    if "=" not in item:
        return stems(item)
    pieces = item.split()
    return tuple(
        stem for piece in pieces for stem in ((piece,) if piece[0] == "=" else stems(piece))
    )


def _by_first(phrases: Iterable[Phrase]) -> Phrases:
    found: dict[str, dict[Phrase, None]] = {}
    for phrase in filter(None, phrases):
        found.setdefault(phrase[0], {})[phrase] = None
    return Phrases({first: tuple(same) for first, same in found.items()})


def compiled(
    lines: Iterable[str],
    lists: Lists,
    stems: Callable[[str], Phrase],
) -> Patterns:
    """Make `lines` ready; `stems` turns a phrase into stems, as texts are read.

    Raises PatternError where a line names a list that is not there.
    """
    by_first: dict[str, list[Pattern]] = {}
    for line in dict.fromkeys(lines):
        pattern = _pattern(line, lists, stems)
        for first in pattern.steps[0].phrases if pattern.steps else ():
            by_first.setdefault(first, []).append(pattern)
    return Patterns({first: tuple(found) for first, found in by_first.items()})


def _pattern(line: str, lists: Lists, stems: Callable[[str], Phrase]) -> Pattern:
    pieces = PIECES.findall(line)
    steps: list[Step] = []
    gap = 0
    for piece in pieces:
        if piece == "...":
            gap += GAP if steps else 0
        elif piece != ".":
            steps += _steps(line, piece, lists, stems, gap)
            gap = 0
    return Pattern(
        line,
        tuple(steps),
        begins=pieces[:1] == ["."],
        ends=pieces[-1:] == ["."],
        after=pieces[:1] == ["..."],
        before=pieces[-1:] == ["..."],
    )


def _steps(
    line: str,
    piece: str,
    lists: Lists,
    stems: Callable[[str], Phrase],
    gap: int,
) -> list[Step]:
    if FIGURES.fullmatch(piece):
        return [Step(_just(piece), gap)]
    if not piece.startswith("["):
        words = _item(piece, stems)
        return [Step(_just(word), 0 if place else gap) for place, word in enumerate(words)]
    name = piece.strip("[]").strip()
    if name == NAME:
        return [Step(_just(STRANGER), gap)]
    if name not in lists:
        raise PatternError(line, name)
    return [Step(lists[name], gap)]


def find(known: Patterns, reading: Reading, edges: Edges) -> Iterator[Found]:
    """Yield every place where `reading` has one of the patterns, from left to right."""
    present = reading.present
    possible = {
        first: tuple(p for p in known.by_first[first] if _possible(p, present))
        for first in present & known.by_first.keys()
    }
    if not any(possible.values()):
        return
    for start, names in enumerate(reading.called):
        for first in names:
            for pattern in possible.get(first, ()):
                yield from _found(pattern, reading, edges, start)


def _possible(pattern: Pattern, present: frozenset[str]) -> bool:
    """Tell whether a text has a word for every later step: most patterns are put aside here."""
    return not any(map(present.isdisjoint, pattern.later))


def _found(pattern: Pattern, reading: Reading, edges: Edges, start: int) -> Iterator[Found]:
    """Yield the pattern if it begins at `start`, once, with its nearest end that is allowed."""
    if pattern.begins and start not in edges.begins:
        return
    for end in _ends(pattern.steps, 0, reading, start):
        if not pattern.ends or end in edges.ends:
            yield Found(start, end, pattern)
            return


def edges_of(reading: Reading, polite: Patterns) -> Edges:
    """Find where sentences begin and end, courtesies at either end not counted."""
    count = len(reading.stems)
    anywhere = Edges(frozenset(), frozenset(), frozenset())
    courtesies = {(found.start, found.end) for found in find(polite, reading, anywhere)}
    begins = {place for place, pause in enumerate(reading.breaks) if pause}
    ends = {count, *(place for place in begins if place)}
    for start, end in sorted(courtesies):
        if start in begins:
            begins.add(end)
    for start, end in sorted(courtesies, reverse=True):
        if end in ends:
            ends.add(start)
    polite_places = frozenset(at for start, end in courtesies for at in range(start, end))
    return Edges(frozenset(begins), frozenset(ends), polite_places)


def _ends(steps: tuple[Step, ...], number: int, reading: Reading, at: int) -> Iterator[int]:
    """Yield where the steps from `number` on may end if the first of them stands at `at`."""
    if number == len(steps):
        yield at
        return
    for place in _places(reading, at, steps[number].gap if number else 0, number > 0):
        for first in reading.called[place]:
            for phrase in steps[number].phrases.get(first, ()):
                if _stands(phrase, reading, place):
                    yield from _ends(steps, number + 1, reading, place + len(phrase))


def _stands(phrase: Phrase, reading: Reading, place: int) -> bool:
    """Tell whether the words after the first, which was looked up, are there too."""
    end = place + len(phrase)
    if len(phrase) > 1 and (end > len(reading.stems) or "." in reading.breaks[place + 1 : end]):
        return False
    return all(
        word in (reading.stems[at], f"={reading.words[at]}")
        for at, word in enumerate(phrase[1:], place + 1)
    )


def _places(reading: Reading, at: int, gap: int, going_on: bool) -> Iterator[int]:
    """Yield where the next word may stand: not in the next sentence."""
    for place in range(at, min(at + gap + 1, len(reading.stems))):
        if going_on and reading.breaks[place] == ".":
            return
        yield place
