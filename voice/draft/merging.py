"""Two people's changes of the same words put together, sentence by sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from voice.draft.field import LISTS, Kind, Value, tidy
from voice.plain.sentences import sentences

Pieces = tuple[str, ...]

_LINE, _PART = "\n", "\n\n"
"""What stands between the lines of a part, and between parts, when they are laid out."""


@dataclass(frozen=True)
class _Step:
    """One change: the pieces of the base from `start` to `end` give way to `new`."""

    start: int
    end: int
    new: Pieces

    def meets(self, other: "_Step") -> bool:
        """Say whether two changes touch the same pieces, or the same gap between two."""
        if self.start == other.start:
            return True
        return self.start < other.end and other.start < self.end


def merged(kind: Kind, base: Value, yours: Value, theirs: Value) -> Value | None:
    """Return words with both changes in them; None where both changed the same sentence.

    In lists of lines what both added at one place is all kept, theirs first.
    """
    before = _laid(kind, base)
    ours, others = _steps(before, _laid(kind, yours)), _steps(before, _laid(kind, theirs))
    steps = list(others)
    for step in ours:
        clash = [other for other in others if step.meets(other)]
        if step in clash:
            continue
        if clash and not _both_add(kind, step, clash):
            return None
        steps.append(step)
    return _gathered(kind, tuple(_made(before, sorted(steps, key=lambda one: one.start))))


def _both_add(kind: Kind, step: _Step, clash: list[_Step]) -> bool:
    added = kind in ("lines", "dates") and all(one.start == one.end for one in (step, *clash))
    return added and all(one.start == step.start for one in clash)


def _laid(kind: Kind, value: Value) -> Pieces:
    """Lay a value out as sentences, or as the items of a list of lines."""
    if isinstance(value, str):
        return sentences(value)
    return value if kind in ("lines", "dates") else tuple(_sentences_of(value))


def _sentences_of(parts: Pieces) -> Iterator[str]:
    for number, part in enumerate(parts):
        if number:
            yield _PART
        for place, line in enumerate(part.split("\n")):
            if place:
                yield _LINE
            yield from sentences(line)


def _steps(before: Pieces, after: Pieces) -> tuple[_Step, ...]:
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple(
        _Step(start, end, after[first:last])
        for step, start, end, first, last in codes
        if step != "equal"
    )


def _made(before: Pieces, steps: list[_Step]) -> Iterator[str]:
    place = 0
    for step in steps:
        yield from before[place : step.start]
        yield from step.new
        place = max(place, step.end)
    yield from before[place:]


def _gathered(kind: Kind, pieces: Pieces) -> Value:
    """Put pieces together again as the value they are laid out from."""
    if kind in ("lines", "dates"):
        return tidy(kind, tuple(dict.fromkeys(pieces)))
    joined = "".join(piece if piece in (_LINE, _PART) else f" {piece}" for piece in pieces)
    return tidy(kind, tuple(joined.split(_PART)) if kind in LISTS else joined)
