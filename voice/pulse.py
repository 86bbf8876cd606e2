"""The sign of life a worker gives each second, and who of several gave none for too long.

A worker that hangs still takes its share of the callers, and answers none of them. It counts up a
number in memory that it shares with the process in front, by a thread of its own: a thread stands
still where the process does, and where something holds Python's lock and does not let go. Where
each of the threads that answer has been at one request for too long, it counts no further, either.
"""

import faulthandler
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from signal import SIGUSR1
from typing import TYPE_CHECKING, Final, TypeVar

from voice.rounds import Rounds

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EVERY: Final = 1.0
"""Seconds between two signs of a worker, and between two looks for them."""
LOOKS: Final = 10
"""So many looks without a sign, and a worker hangs: 9 to 11 seconds. Twilio waits 15, nginx 13 for
another machine to take over. Looks are counted, and not the time: while a whole machine stands
still nobody looks, either."""

TOO_LONG: Final = 150.0
"""Seconds after which nobody waits for an answer: the proxies give staff 120, Twilio 15."""
TRACE: Final = SIGUSR1
"""What has a worker write to standard error where each of its threads is, even if it hangs."""

Who = TypeVar("Who")


class Pulse:
    """A number that a process shares with its forks: one counts it up, the other reads it.

    Beside it stands whether there is an app yet to answer with.
    """

    def __init__(self) -> None:
        self._memory = mmap(-1, 2)

    def beat(self) -> None:
        """Give a sign of life."""
        self._memory[0] = (self._memory[0] + 1) % 256

    def read(self) -> int:
        """The number: another one than before wherever there was a sign since, 0 to 255."""
        return self._memory[0]

    def can_answer(self) -> None:
        """Say that from now on there is an app."""
        self._memory[1] = 1

    @property
    def answers(self) -> bool:
        """Whether there is an app."""
        return self._memory[1] == 1


def beating(pulse: Pulse, threads: int, load: "Callable[[], WSGIApplication]") -> "WSGIApplication":
    """The app that `load` makes, for so many `threads` to answer by.

    From before it is made this process gives its signs of life, and heeds TRACE.
    """
    faulthandler.register(TRACE)
    work = Work()

    def sign() -> None:
        if not stuck(work.begun.values(), threads, time.monotonic()):
            pulse.beat()

    sign()
    Rounds(sign, lambda: EVERY).start()
    app = work.of(load())
    pulse.can_answer()
    return app


class Work:
    """Since when each thread is at the request it answers."""

    def __init__(self) -> None:
        self.begun: dict[int, float] = {}
        """By a thread's number, in seconds of the clock that only goes on."""

    def of(self, app: "WSGIApplication") -> "WSGIApplication":
        """An app that answers as this one does, and 0.2 microseconds later."""
        begun = self.begun

        def counted(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            thread = threading.get_ident()
            begun[thread] = time.monotonic()
            try:
                return app(environ, start_response)
            finally:
                del begun[thread]

        return counted


def stuck(begun: Collection[float], threads: int, now: float) -> bool:
    """Whether each of so many threads began what it is at too long ago, in seconds."""
    since = tuple(begun)
    return len(since) >= threads and now - max(since) > TOO_LONG


@dataclass(frozen=True)
class Sight:
    """The number a worker showed last, and how many looks since found no other."""

    number: int
    looks: int = 0


def looked(before: Mapping[Who, Sight], numbers: Mapping[Who, int]) -> dict[Who, Sight]:
    """What is known of each worker after one more look, which found these numbers."""
    return {who: _again(before.get(who), number) for who, number in numbers.items()}


def _again(before: Sight | None, number: int) -> Sight:
    if before is None or before.number != number:
        return Sight(number)
    return Sight(number, before.looks + 1)


def hanging(sights: Mapping[Who, Sight], looks: int) -> Who | None:
    """Whoever gave no sign in so many looks: one of them, the others are found by the next look.

    granian forgets to replace one of two workers that end within the same few microseconds.
    """
    return next((who for who, sight in sights.items() if sight.looks >= looks), None)


def state_of(pid: int) -> str:
    """What the system says a process does, such as "T (stopped)"; "unknown" where it says nothing.

    R is one that computes, S and D wait, for anything and for a disk.
    """
    try:
        told = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return "unknown"
    rows = dict(row.split(":\t", 1) for row in told.splitlines() if ":\t" in row)
    return rows.get("State", "unknown")
