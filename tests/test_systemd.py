"""What systemd is told by the process in front, heard by a socket that stands in for its own."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_server import local, start
from tests.test_unit import end
from voice.server import front
from voice.settings import read
from voice.systemd import Manager

WAITS = {"WATCHDOG_USEC": "60000000"}


@dataclass
class Told:
    """The socket of whoever started a service."""

    hears: socket.socket

    def next(self, within: float = 30) -> tuple[bytes, int]:
        """What is told next, and the number of the process that tells it."""
        self.hears.settimeout(within)
        said, more, _, _ = self.hears.recvmsg(100, 100)
        return said, struct.unpack("iII", more[0][2])[0]

    def nothing_more(self) -> bool:
        """Whether all that was told was heard."""
        self.hears.setblocking(False)
        try:
            return not self.hears.recv(100)
        except BlockingIOError:
            return True


def told_at(address: str) -> Told:
    """One that listens there."""
    hears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    hears.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    hears.bind(address)
    return Told(hears)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = told_at(str(tmp_path / "notify"))
    with closing(made.hears):
        yield made


def test_who_waits_for_a_sign_of_life_gets_it(tmp_path: Path, told: Told) -> None:
    manager = Manager({"NOTIFY_SOCKET": f"{tmp_path}/notify", **WAITS})
    manager.begun()
    manager.lives()
    assert [told.next()[0] for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="nobody waits"),
        pytest.param({**WAITS, "WATCHDOG_PID": "1"}, id="for another process"),
    ],
)
def test_who_waits_for_none_gets_none(tmp_path: Path, told: Told, more: dict[str, str]) -> None:
    manager = Manager({"NOTIFY_SOCKET": f"{tmp_path}/notify", **more})
    manager.lives()
    assert told.nothing_more()
    manager.begun()
    assert told.next()[0] == b"READY=1"


def test_a_socket_without_a_file_is_found_by_its_name() -> None:
    name = f"kypholine-{os.getpid()}"
    with closing((told := told_at(f"\0{name}")).hears):
        Manager({"NOTIFY_SOCKET": f"@{name}"}).begun()
        assert told.next()[0] == b"READY=1"


def test_that_nobody_listens_ends_nothing(tmp_path: Path) -> None:
    for environ in ({}, WAITS, {"NOTIFY_SOCKET": f"{tmp_path}/nobody", **WAITS}):
        manager = Manager(environ)
        manager.begun()
        manager.lives()


def test_a_front_lives_while_one_thread_waits_and_the_other_looks(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", f"{tmp_path}/notify")
    monkeypatch.setenv("WATCHDOG_USEC", WAITS["WATCHDOG_USEC"])
    line = front(read(local(tmp_path)), "127.0.0.1")
    line._live()
    assert told.next()[0] == b"WATCHDOG=1"
    line._live()
    assert told.nothing_more(), "nobody looked since"
    line._look()
    assert told.nothing_more(), "the main thread may stand still"
    line._live()
    assert told.next()[0] == b"WATCHDOG=1"


def test_what_granian_was_told_and_missed_is_done_a_second_later(tmp_path: Path) -> None:
    line = front(read(local(tmp_path)), "127.0.0.1")
    line._live()
    assert not line.main_loop_interrupt.is_set()
    line.interrupt_children.append(0)
    line._live()
    assert line.main_loop_interrupt.is_set()


def test_a_line_that_runs_says_when_it_began_and_that_it_lives(tmp_path: Path, told: Told) -> None:
    """By its first process alone: systemd hears no other."""
    process = start(local(tmp_path) | {"NOTIFY_SOCKET": f"{tmp_path}/notify", **WAITS})
    try:
        heard = [told.next() for _ in range(4)]
    finally:
        end(process)
    assert [said for said, _ in heard] == [b"READY=1", *[b"WATCHDOG=1"] * 3]
    assert {who for _, who in heard} == {process.pid}
