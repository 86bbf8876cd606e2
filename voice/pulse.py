"""The sign of life a worker gives each second, and who of several gave none for too long.

A worker that hangs still takes its share of the callers, and answers none of them. It counts up a
number in memory that it shares with the process in front, by a thread of its own: a thread stands
still where the process does, and where something holds Python's lock and does not let go.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Final, TypeVar

from voice.rounds import Rounds

EVERY: Final = 1.0
"""Seconds between two signs of a worker, and between two looks for them."""
LOOKS: Final = 10
"""So many looks without a sign, and a worker hangs: 9 to 11 seconds. Twilio waits 15, nginx 13 for
another machine to take over. Looks are counted, and not the time: while a whole machine stands
still nobody looks, either."""

Who = TypeVar("Who")
Loaded = TypeVar("Loaded")


class Pulse:
    """A number that a process shares with its forks: one counts it up, the other reads it."""

    def __init__(self) -> None:
        self._memory = mmap(-1, 1)

    def beat(self) -> None:
        """Give a sign of life."""
        self._memory[0] = (self._memory[0] + 1) % 256

    def read(self) -> int:
        """The number: another one than before wherever there was a sign since, 0 to 255."""
        return self._memory[0]


def beating(pulse: Pulse, load: Callable[[], Loaded]) -> Loaded:
    """What `load` makes; from before it begins this process gives its signs of life."""
    pulse.beat()
    Rounds(pulse.beat, lambda: EVERY).start()
    return load()


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
