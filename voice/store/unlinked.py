"""Answers that no row links to anybody any more, counted in memory against a flood, for a day.

Who asks to be forgotten is forgotten. But a machine that asks for it again and again would be
answered for ever, if nothing knew how many answers it got. So the process that unlinked them keeps
when they were given, under a number that it alone can make of a contact's key. Nothing of it is
ever written.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

KEPT: Final = timedelta(days=1)
EACH: Final = 200
"""Answers of one contact that are known; a guard lets fewer pass in a day."""
MOST: Final = 5000
"""Answers of all, half a megabyte."""


class Given(NamedTuple):
    """An answer: when it was given, and the hash of its words."""

    at: datetime
    words: int


@dataclass(frozen=True)
class Unlinked:
    """The unlinked answers of each contact; of nobody in particular, as of one. For any thread."""

    _known: dict[int, Sequence[Given]] = field(default_factory=dict)
    """Whoever got one last comes last."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, keys: Sequence[str], at: datetime) -> Sequence[Given]:
        """Those to this contact, some of which may be older than a day."""
        if not self._known:
            return ()
        with self._lock:
            self._drop_old(at)
            return self._known.get(_number(keys), ())

    def add(self, keys: Sequence[str], given: Iterable[Given], at: datetime) -> None:
        """Count these from now on."""
        number = _number(keys)
        with self._lock:
            every = sorted((*self._known.pop(number, ()), *given))
            latest = [one for one in every if _counts(one, at)][-EACH:]
            if latest:
                self._known[number] = latest
            self._drop_old(at)
            while sum(map(len, self._known.values())) > MOST:
                del self._known[next(iter(self._known))]

    def _drop_old(self, at: datetime) -> None:
        while self._known:
            number, given = next(iter(self._known.items()))
            if _counts(given[-1], at):
                return
            del self._known[number]


def _number(keys: Sequence[str]) -> int:
    """Python makes it with a secret of the process."""
    return hash(keys[0] if keys else "")


def _counts(given: Given, at: datetime) -> bool:
    """Whether it is of the last day. What lies further ahead was given by a wrong clock."""
    return -KEPT < given.at - at <= KEPT
