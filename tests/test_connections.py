"""Which connections are cut off, and that they are."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from select import select
from typing import NamedTuple

import pytest

from voice.connections import Connection, cut, hurry, stalled


def connection(
    name: int, silent: float, answered: bool = False, sender: str = "a", spoke: bool = True
) -> Connection:
    return Connection(name, name, sender, answered, spoke, silent)


@pytest.mark.parametrize(
    ("ages", "numbers"),
    [
        pytest.param([2.0], [3], id="who never got an answer and waits for longest"),
        pytest.param([2.0, 2.5], [3, 2], id="as many as are late"),
        pytest.param([2.0] * 3, [3, 2, 4], id="then who got one before"),
        pytest.param([2.0] * 5, [3, 2, 4, 6], id="who never sent anything last of all"),
        pytest.param([5.0], [], id="nobody who got one since"),
    ],
)
def test_of_those_who_may_have_sent_the_likeliest_are_cut_off(
    ages: list[float], numbers: list[int]
) -> None:
    known = [
        connection(1, 1.9),
        connection(2, 2.6),
        connection(3, 3.1),
        connection(4, 4.0, answered=True),
        connection(5, 9.0, sender="b"),
        connection(6, 4.5, spoke=False),
    ]
    assert [one.number for one in stalled(known, "a", ages)] == numbers


class Line(NamedTuple):
    """One connection, by both its ends."""

    theirs: socket.socket
    ours: socket.socket


class Door:
    """A port that takes connections."""

    def __init__(self, host: str, family: int, stack: ExitStack) -> None:
        self._stack = stack
        self._door = stack.enter_context(socket.create_server((host, 0), family=family))
        self.host, self.port = host, self._door.getsockname()[1]

    def close(self) -> None:
        """Take no more of them."""
        self._door.close()

    def line(self, said: bytes = b"POST") -> Line:
        """A connection that somebody makes to it, and what has come by it."""
        theirs = self._stack.enter_context(socket.create_connection((self.host, self.port)))
        ours = self._stack.enter_context(self._door.accept()[0])
        theirs.sendall(said)
        assert ours.recv(len(said)) == said
        return Line(theirs, ours)


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["4", "6"])
def doors(request: pytest.FixtureRequest) -> Iterator[tuple[Door, Door]]:
    family, host = request.param
    with ExitStack() as stack:
        yield Door(host, family, stack), Door(host, family, stack)


def is_open(theirs: socket.socket) -> bool:
    theirs.settimeout(0)
    try:
        return theirs.recv(1) != b""
    except BlockingIOError:
        return True


def test_who_is_silent_at_this_port_for_so_long_is_cut_off_and_nobody_else(
    doors: tuple[Door, Door],
) -> None:
    here, elsewhere = doors
    sender, other = here.line().theirs, elsewhere.line().theirs
    assert cut(here.port, "192.0.2.1", [0.0]) == 0
    assert cut(here.port, here.host, [60.0]) == 0
    assert is_open(sender)
    assert cut(here.port, here.host, [0.0, 0.0]) == 1
    assert (is_open(sender), is_open(other)) == (False, True)


def test_of_two_who_wait_the_one_is_cut_off_who_never_got_an_answer(
    doors: tuple[Door, Door],
) -> None:
    here = doors[0]
    answered = here.line()
    answered.ours.sendall(b"an answer")
    assert answered.theirs.recv(9) == b"an answer"
    fresh = here.line()  # the other one is silent for longer
    assert cut(here.port, here.host, [0.0]) == 1
    assert (is_open(answered.theirs), is_open(fresh.theirs)) == (True, False)


WRITE = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0).execute("BEGIN IMMEDIATE")
"""


def refused_elsewhere(file: Path) -> str:
    """What another process is told that wants to write to a store; "" where it may."""
    command = [sys.executable, "-c", WRITE, str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.stderr.strip().rpartition("\n")[2]


def test_who_never_said_anything_is_not_taken_for_one_who_does_not_finish(
    doors: tuple[Door, Door],
) -> None:
    here = doors[0]
    idle, sender = here.line(said=b""), here.line()
    assert cut(here.port, here.host, [0.0]) == 1
    assert (is_open(idle.theirs), is_open(sender.theirs)) == (True, False)


def test_who_is_cut_off_costs_the_store_none_of_its_locks(
    tmp_path: Path, doors: tuple[Door, Door]
) -> None:
    """A process that closes any file of its own of a store gives up all it has locked there."""
    here, file = doors[0], tmp_path / "line.db"
    sender = here.line().theirs
    with closing(sqlite3.connect(file)) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("BEGIN IMMEDIATE")
        assert cut(here.port, here.host, [0.0]) == 1
        assert not is_open(sender)
        assert refused_elsewhere(file).endswith("database is locked")
        store.rollback()
        assert refused_elsewhere(file) == ""


def waits(ours: socket.socket) -> int:
    """How many milliseconds the system lets somebody not read; 0 for ever."""
    return ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def fill(ours: socket.socket) -> None:
    """Send as much as the system keeps for somebody who does not read."""
    ours.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            ours.send(bytes(65536))


def test_who_reads_nothing_of_an_answer_for_so_long_is_cut_off_and_nobody_else(
    doors: tuple[Door, Door],
) -> None:
    here, elsewhere = doors
    elsewhere.close()
    before = here.line()
    assert hurry(2)
    assert waits(before.ours) == 0
    reads, reads_not = here.line(), here.line()
    fill(reads.ours)
    fill(reads_not.ours)
    for _ in range(100):
        if select([], [reads_not.ours], [], 0.1)[1]:
            break
        reads.theirs.recv(65536)
        fill(reads.ours)
    with pytest.raises(TimeoutError):
        reads_not.ours.send(b"more")
    reads.theirs.settimeout(0)
    assert reads.theirs.recv(1) == b"\0"
    fill(reads.ours)
