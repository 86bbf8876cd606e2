"""Patterns of words that staff write.

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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from sys import intern
from typing import NamedTuple

from voice.understand.index import STRANGER
from voice.understand.reading import Phrase

GAP = 4
"""How many other words may stand between two words of a pattern."""
FIGURES = re.compile(r"#+")
NAME = "name"
LIST = re.compile(r"\[([^\]]*)\]")
END = "\0"
PIECES = re.compile(r"\.\.\.|\.|\[[^\]]*\]|#+|[^\s.\[\]#]+")


class PatternError(ValueError):
    """A pattern cannot be read; `line` is the pattern, and `name` a list that does not exist."""

    def __init__(self, line: str, name: str) -> None:
        self.line, self.name = line, name
        super().__init__(f"{line!r}: there is no list {name!r}")


Phrases = Mapping[str, tuple[Phrase, ...]]
"""The phrases of a list, by their first word: the words that follow it."""
ALONE: tuple[Phrase, ...] = ((),)
"""A word that is a phrase by itself."""


@dataclass(frozen=True, eq=False)
class Written:
    """All lines of patterns in one piece, each with END behind it: thousands take half the room."""

    text: str


class Kind(NamedTuple):
    """What a pattern shares with others, often dozens: held once, which takes half the room."""

    written: Written
    group: str
    """What it is a pattern of: "emergency", "denied", "stop" ..."""
    gaps: tuple[int, ...]
    """How many other words may stand before each step."""
    begins: bool
    ends: bool
    before: bool
    """Whether dots stand at the end: other words may stand between it and what follows."""
    after: bool
    """Whether dots stand at the beginning."""


class Pattern(NamedTuple):
    """A line that staff wrote, ready to be looked for."""

    kind: Kind
    number: int
    """Its place among all patterns: where its line begins."""
    steps: Phrase
    """What stands there, one after the other: "[name of a list]", or all a word may be called."""

    @property
    def line(self) -> str:
        """What staff wrote."""
        text = self.kind.written.text
        return text[self.number : text.index(END, self.number)]


@dataclass(frozen=True)
class Patterns:
    """All patterns of one language."""

    lists: Mapping[str, Phrases]
    listed: Mapping[str, Phrase]
    """The lists that have a phrase beginning with a word, by the word."""
    by_rarest: Mapping[str, tuple[Pattern, ...]]
    """Patterns by the step of theirs that texts most rarely have."""


Stems = Callable[[str], Phrase]
"""Turns a phrase into stems, as texts are read."""
Lines = Mapping[str, Iterable[str]]
"""Lines that staff wrote, by the name of their group or list."""


def compiled(groups: Lines, lists: Lines, stems: Stems) -> Patterns:
    """Make the patterns of each group ready.

    Raises PatternError where a line names a list that is not there.
    """
    lines = [(group, line) for group, lines in groups.items() for line in dict.fromkeys(lines)]
    written = Written("".join(f"{line}{END}" for _, line in lines))
    begins = accumulate((len(line) + len(END) for _, line in lines), initial=0)
    found = (
        _pattern((written, group, number), line, lists, stems)
        for (group, line), number in zip(lines, begins, strict=False)
    )
    patterns = _sharing(pattern for pattern in found if pattern.steps)
    uses = Counter(step for pattern in patterns for step in set(pattern.steps))
    named = {_key(name): items for name, items in lists.items()}
    used = {name: _phrases(items, stems) for name, items in named.items() if name in uses}
    common = {step: (len(used.get(step, (step,))), many) for step, many in uses.items()}
    return Patterns(used, _listed(used), _by_rarest(patterns, common))


def _key(name: str) -> str:
    return intern(f"[{name}]")


def _phrases(items: Iterable[str], stems: Stems) -> Phrases:
    found: dict[str, dict[Phrase, None]] = {}
    for phrase in filter(None, (_item(item, stems) for item in items)):
        found.setdefault(phrase[0], {})[phrase[1:]] = None
    return {first: ALONE if same.keys() == {()} else tuple(same) for first, same in found.items()}


def _item(item: str, stems: Stems) -> Phrase:
    """Return the stems of a phrase, but words after "=" and so many figures as they are."""
    if FIGURES.fullmatch(item):
        return (item,)
    if "=" not in item:
        return stems(item)
    pieces = item.split()
    return tuple(
        stem for piece in pieces for stem in ((intern(piece),) if piece[0] == "=" else stems(piece))
    )


def _listed(lists: Mapping[str, Phrases]) -> Mapping[str, Phrase]:
    found: dict[str, list[str]] = {}
    for name, phrases in lists.items():
        for first in phrases:
            found.setdefault(first, []).append(name)
    shared: dict[Phrase, Phrase] = {}
    return {
        word: shared.setdefault(names, names)
        for word, names in ((word, tuple(names)) for word, names in found.items())
    }


def _by_rarest(
    patterns: Iterable[Pattern], common: Mapping[str, tuple[int, int]]
) -> Mapping[str, tuple[Pattern, ...]]:
    """Order patterns by the step that the fewest words begin; of two, the fewest patterns have."""
    found: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        found.setdefault(min(pattern.steps, key=common.__getitem__), []).append(pattern)
    return {step: tuple(same) for step, same in found.items()}


def _pattern(of: tuple[Written, str, int], line: str, lists: Lines, stems: Stems) -> Pattern:
    pieces = PIECES.findall(line)
    steps: list[str] = []
    gaps: list[int] = []
    gap = 0
    for piece in pieces:
        if piece == "...":
            gap += GAP if steps else 0
        elif piece != ".":
            words = _steps(line, piece, lists, stems)
            gaps += [0 if place else gap for place, _ in enumerate(words)]
            steps += words
            gap = 0
    written, group, number = of
    kind = Kind(
        written,
        group,
        tuple(gaps),
        begins=pieces[:1] == ["."],
        ends=pieces[-1:] == ["."],
        before=pieces[-1:] == ["..."],
        after=pieces[:1] == ["..."],
    )
    return Pattern(kind, number, tuple(steps))


def _sharing(patterns: Iterable[Pattern]) -> list[Pattern]:
    """Return the patterns with one value for equal kinds, and one for equal steps."""
    kinds: dict[Kind, Kind] = {}
    steps: dict[Phrase, Phrase] = {}
    return [
        Pattern(kinds.setdefault(kind, kind), number, steps.setdefault(said, said))
        for kind, number, said in patterns
    ]


def _steps(line: str, piece: str, lists: Lines, stems: Stems) -> Phrase:
    if FIGURES.fullmatch(piece):
        return (piece,)
    if not piece.startswith("["):
        return _item(piece, stems)
    name = piece.strip("[]").strip()
    if name == NAME:
        return (STRANGER,)
    if name not in lists:
        raise PatternError(line, name)
    return (_key(name),)
