"""Signs of danger in a text: what happens now, not what is asked about, denied, or long past."""

from collections.abc import Iterator
from dataclasses import dataclass

from voice.understand.patterns import Edges, Found, Patterns, find
from voice.understand.reading import Reading

NEAR = 1
"""Words that may stand between a sign and the words that take it back..."""
FAR = 5
"""... and where the pattern says so with dots."""


@dataclass(frozen=True)
class Signs:
    """One language's signs of danger, and what takes them back."""

    emergency: Patterns
    despair: Patterns
    asking: Patterns
    past: Patterns
    denied: Patterns
    idiom: Patterns
    now: Patterns
    but: Patterns


@dataclass(frozen=True)
class Danger:
    """What a reading holds: signs that count, and whether anything was taken back."""

    despair: Found | None
    emergency: Found | None
    doubted: bool
    """Whether the text has words that take signs back, so that no other rule raises an alarm."""


def danger(signs: Signs, reading: Reading, edges: Edges) -> Danger:
    """Look for signs; one that nothing takes back is enough (rule 90)."""
    doubts = _Doubts(signs, reading, edges)
    return Danger(
        despair=next(doubts.standing(signs.despair), None),
        emergency=next(doubts.standing(signs.emergency), None),
        doubted=doubts.any,
    )


class _Doubts:
    """What a reading has that may take a sign back, looked for once."""

    def __init__(self, signs: Signs, reading: Reading, edges: Edges) -> None:
        self.reading, self.edges = reading, edges
        self.idioms = tuple(find(signs.idiom, reading, edges))
        self.buts = tuple(find(signs.but, reading, edges))
        self.denials = tuple(find(signs.denied, reading, edges))
        self.others = (*find(signs.asking, reading, edges), *find(signs.past, reading, edges))
        if any(find(signs.now, reading, edges)):
            self.others = ()
        self.any = bool(self.idioms or self.denials or self.others)

    def standing(self, patterns: Patterns) -> Iterator[Found]:
        """Yield the signs that stand."""
        for sign in find(patterns, self.reading, self.edges):
            if not self._taken_back(sign):
                yield sign

    def _taken_back(self, sign: Found) -> bool:
        if any(other.start < sign.end and sign.start < other.end for other in self.idioms):
            return True
        if any(self._denies(denial, sign) for denial in self.denials):
            return True
        return any(self._touches(other, sign) for other in self.others)

    def _denies(self, denial: Found, sign: Found) -> bool:
        """ "No chest pain", but not "no, chest pain" and not "no I can't breathe"."""
        pauses = self.reading.breaks[denial.start + 1 : sign.start + 1]
        return denial.end == sign.start and not any(pauses)

    def _touches(self, other: Found, sign: Found) -> bool:
        if other.pattern.after:
            return 0 <= other.start - sign.end <= FAR
        reach = FAR if other.pattern.before else NEAR
        near = other.start < sign.start and sign.start - other.end <= reach
        if any(other.end <= but.start < sign.start for but in self.buts):
            return False
        return near and "." not in self.reading.breaks[other.start + 1 : sign.start + 1]
