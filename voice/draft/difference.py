"""What changed: field by field between two sets of scripts, word by word between two texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

from voice.draft.field import Field, Value
from voice.draft.fields import Files, fields, read

Sort = Literal["same", "gone", "new"]

MOST_WORDS = 2_000
"""Words that are compared; more count as changed throughout, but for how they begin and end."""

_WORD = re.compile(r"\s+|\{\w+\}|[^\W_]+(?:['’-][^\W_]+)*|.", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """Words, with the white space around them, that are in both texts or in one alone."""

    sort: Sort
    words: str


@dataclass(frozen=True)
class Change:
    """A field that differs; `old` or `new` is None where the field is not there.

    A file that differs in nothing staff edit has a field without path, and no values.
    """

    field: Field
    old: Value | None
    new: Value | None


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return what stays, goes and comes, word by word.

    "same" and "gone" together are the old text, "same" and "new" the new one.
    """
    if old == new:  # most of a page, and a hundred times as quick
        return (Piece("same", old),) if old else ()
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return tuple(_joined(_of_long(before, after)))
    return tuple(_joined(_pieces(before, after)))


def changes(old: Files, new: Files) -> tuple[Change, ...]:
    """Return every field that is not the same in two sets of scripts, in the order of files."""
    before, after = {one.id: one for one in fields(old)}, {one.id: one for one in fields(new)}
    found = []
    for name, field in {**before, **after}.items():
        was = read(old, field) if name in before else None
        now = read(new, field) if name in after else None
        if was != now:
            found.append(Change(field, was, now))
    told = {change.field.file for change in found}
    others = sorted(name for name in {*old, *new} - told if old.get(name) != new.get(name))
    found += [Change(Field(name, (), "", "text"), None, None) for name in others]
    return tuple(sorted(found, key=lambda change: change.field.file))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for step, start, end, first, last in steps:
        if step == "equal":
            yield Piece("same", "".join(before[start:end]))
        else:
            yield Piece("gone", "".join(before[start:end]))
            yield Piece("new", "".join(after[first:last]))


def _of_long(before: list[str], after: list[str]) -> Iterator[Piece]:
    """Compare only what is between the words that both texts begin and end with."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if start:
        yield Piece("same", "".join(before[:start]))
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = ["".join(old)], ["".join(new)]
    yield from _pieces(old, new)
    if end:
        yield Piece("same", "".join(before[len(before) - end :]))


def _alike(before: list[str], after: list[str]) -> int:
    """How many words both begin with."""
    pairs = zip(before, after, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Leave empty pieces out, and take a lone space between two changes into both."""
    gone = new = ""
    for piece in pieces:
        if piece.sort == "same" and not (piece.words.isspace() and (gone or new)):
            yield from _changed(gone, new)
            gone = new = ""
            yield piece
        elif piece.sort == "same":
            gone, new = gone + piece.words, new + piece.words
        elif piece.sort == "gone":
            gone += piece.words
        else:
            new += piece.words
    yield from _changed(gone, new)


def _changed(gone: str, new: str) -> Iterator[Piece]:
    """Yield what went and came; the space both end in stays."""
    end = 0
    while (
        end < min(len(gone), len(new))
        and gone[-1 - end] == new[-1 - end]
        and gone[-1 - end].isspace()
    ):
        end += 1
    if gone[: len(gone) - end]:
        yield Piece("gone", gone[: len(gone) - end])
    if new[: len(new) - end]:
        yield Piece("new", new[: len(new) - end])
    if end:
        yield Piece("same", gone[len(gone) - end :])
