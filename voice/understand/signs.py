"""Signs of danger in a text: what happens now, not what is asked about, denied, or long past."""

from dataclasses import dataclass
from functools import cached_property

from voice.understand.found import Edges, Found, Possible, find

NEAR = 1
"""Words that may stand between a sign and the words that take it back..."""
FAR = 5
"""... and where the pattern says so with dots."""


@dataclass(frozen=True)
class Danger:
    """What a text holds: signs that count, and what takes signs back; each looked for once."""

    here: Possible
    edges: Edges

    def sign(self, group: str) -> Found | None:
        """Return the first sign of a group that nothing takes back; one is enough (rule 90)."""
        signs = find(self.here, group, self.edges)
        return next((sign for sign in signs if not self.takes_back(sign)), None)

    @property
    def doubted(self) -> bool:
        """Whether the text has words that take signs back: no other rule raises an alarm then."""
        return bool(self._idioms or self._denials or self._others)

    def _all(self, group: str) -> tuple[Found, ...]:
        return tuple(find(self.here, group, self.edges))

    @cached_property
    def _idioms(self) -> tuple[Found, ...]:
        return self._all("idiom")

    @cached_property
    def _denials(self) -> tuple[Found, ...]:
        return self._all("denied")

    @cached_property
    def _stated(self) -> frozenset[int]:
        return frozenset(found.start for found in self._all("stated"))

    @cached_property
    def _buts(self) -> tuple[Found, ...]:
        return self._all("but")

    @cached_property
    def _others(self) -> tuple[Found, ...]:
        """What asks about a sign or puts it in the past, unless "now" is said."""
        return () if self._all("now") else (*self._all("asking"), *self._all("past"))

    def takes_back(self, sign: Found) -> bool:
        """Tell whether a text takes a sign of danger back."""
        if any(other.start < sign.end and sign.start < other.end for other in self._idioms):
            return True
        if any(self._denies(denial, sign) for denial in self._denials):
            return True
        return any(self._touches(other, sign) for other in self._others)

    def _denies(self, denial: Found, sign: Found) -> bool:
        """ "No chest pain", but not "no, chest pain" and not "no I can't breathe"."""
        if denial.end != sign.start or sign.start in self._stated:
            return False
        return not any(self.here.reading.breaks[denial.start + 1 : sign.start + 1])

    def _touches(self, other: Found, sign: Found) -> bool:
        if other.pattern.kind.after:
            return 0 <= other.start - sign.end <= FAR
        reach = FAR if other.pattern.kind.before else NEAR
        near = other.start < sign.start and sign.start - other.end <= reach
        if any(other.end <= but.start < sign.start for but in self._buts):
            return False
        return near and "." not in self.here.reading.breaks[other.start + 1 : sign.start + 1]
