"""The sign of life a worker gives each second, and who of several gave none for too long.

A worker that hangs still takes its share of the callers, and answers none of them. It counts up a
number in memory that it shares with the process in front, by a thread of its own: a thread stands
still where the process does, and where something holds Python's lock and does not let go. Where
each of the threads that answer has been at one request for too long, it counts no further, either.

How often the process in front replaced one is told by the workers themselves: /metrics asks them.
"""

import faulthandler
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from queue import Empty, SimpleQueue
from signal import SIGUSR1, Signals
from typing import TYPE_CHECKING, Final, TypeVar

from voice import intake
from voice.bereft import Front
from voice.intake import Intake
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

WHY: Final = ("died", "hung")
"""Why a worker is replaced: it ended by itself or was killed, or it gave no sign of life."""
_BYTES: Final = 8

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


class Replaced:
    """How often workers were replaced: a process counts it, and its forks read it."""

    def __init__(self) -> None:
        self._memory = mmap(-1, _BYTES * len(WHY))

    def count(self, why: str) -> None:
        """Count one."""
        at = WHY.index(why) * _BYTES
        self._memory[at : at + _BYTES] = (self.read()[why] + 1).to_bytes(_BYTES, "little")

    def read(self) -> dict[str, int]:
        """How many there were, by why."""
        found = (self._memory[at : at + _BYTES] for at in range(0, _BYTES * len(WHY), _BYTES))
        return dict(zip(WHY, (int.from_bytes(one, "little") for one in found), strict=True))


replaced: Final = Replaced()
"""Those of this line: it is here before any worker is, so each has it from the process in front."""


class Bell(threading.Event):
    """An event; who waits for it does something meanwhile, again and again.

    It may be set by what a signal has done, also while the same thread waits: Event keeps a lock
    then, and would wait for itself.
    """

    def __init__(self, meanwhile: Callable[[], None], every: float) -> None:
        super().__init__()
        self._meanwhile, self._every = meanwhile, every
        self._is_set = False
        self._changed = SimpleQueue[None]()

    def is_set(self) -> bool:
        """Whether it is."""
        return self._is_set

    def set(self) -> None:
        """Wake who waits."""
        self._is_set = True
        self._changed.put(None)

    def clear(self) -> None:
        """Have it wait again."""
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, however long a `timeout` is given."""
        while not self._is_set:
            try:
                self._changed.get(timeout=self._every)
            except Empty:
                self._meanwhile()
        return True


def beating(
    pulse: Pulse, threads: int, more: int, load: "Callable[[], WSGIApplication]"
) -> "WSGIApplication":
    """The app that `load` makes, for so many `threads` to answer by, while `more` take in.

    From before it is made this process gives its signs of life, and heeds TRACE.
    """
    faulthandler.register(TRACE)
    work, taking, front = Work(), Intake(threads, more), Front()

    def sign() -> None:
        if not stuck(work.begun.values(), threads, time.monotonic()):
            pulse.beat()
        if pulse.answers:
            front.look()

    sign()
    Rounds(sign, lambda: EVERY).start()
    app = taking.of(work.of(load()))
    Rounds(taking.look, lambda: intake.EVERY).start()
    front.wanted()
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


def end_of(code: int | None) -> str:
    """How a process ended: the name of the signal that killed it, else its status."""
    if code is not None and code < 0:
        return Signals(-code).name
    return f"status {code}"


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
