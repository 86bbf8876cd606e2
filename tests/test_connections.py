"""Which connections are cut off, and that they are."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from voice.connections import Connection, cut, stalled


def connection(name: int, silent: float, answered: bool = False, sender: str = "a") -> Connection:
    return Connection(name, name, sender, answered, silent)


@pytest.mark.parametrize(
    ("ages", "numbers"),
    [
        pytest.param([2.0], [3], id="who never got an answer and waits for longest"),
        pytest.param([2.0, 2.5], [3, 2], id="as many as are late"),
        pytest.param([2.0] * 4, [3, 2, 4], id="then who got one before"),
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

    def line(self) -> Line:
        """A connection that somebody makes to it."""
        theirs = self._stack.enter_context(socket.create_connection((self.host, self.port)))
        return Line(theirs, self._stack.enter_context(self._door.accept()[0]))


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
    answered, fresh = here.line(), here.line()
    answered.ours.sendall(b"an answer")
    assert answered.theirs.recv(9) == b"an answer"
    assert cut(here.port, here.host, [0.0]) == 1
    assert (is_open(answered.theirs), is_open(fresh.theirs)) == (True, False)
