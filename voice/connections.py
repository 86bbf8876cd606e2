"""The connections of this process, which the server keeps to itself; Linux shows them.

Nothing tells by which of its connections a request came. One whose body stays away has been silent
at least since the waiting for it began, and requests are begun in the order they come.
"""

import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)
_LAST_DATA_SENT: Final = slice(44, 48)
"""Where Linux's `struct tcp_info` has the milliseconds since something was last sent."""
_BYTES_ACKED: Final = slice(120, 128)
"""Where it has how many bytes the other side got, since Linux 4.1; the first of all may count."""
_BYTES_RECEIVED: Final = slice(128, 136)
"""Where it has how many came from there."""


def hurry(seconds: int) -> bool:
    """Have the system end whoever reads nothing of an answer for so long.

    A connection takes this over from its port when it is made. False while no port is open yet.
    """
    ports = [number for number in _files() if _hurried(number, seconds)]
    return bool(ports)


def _hurried(number: int, seconds: int) -> bool:
    """Whether it is a port, and now has the system do so."""
    try:
        with _socket(number) as (found, _):
            if found.family not in _INTERNET or not _listens(found):
                return False
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)
            return True
    except OSError:
        return False


def _listens(found: socket.socket) -> bool:
    return found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


class Connection(NamedTuple):
    """A connection somebody made to this process."""

    number: int
    """Of its file."""
    inode: int
    """By which it is told from a later one that gets the same number."""
    sender: str
    """The other side's IP address."""
    answered: bool
    """Whether anything was ever sent to it."""
    spoke: bool
    """Whether anything ever came from it."""
    silent: float
    """Seconds since something last was, or since it came."""


def cut(port: int, sender: str, ages: Sequence[float]) -> int:
    """Shut the connections of a sender to our `port` whose requests stay away for so many seconds.

    Returns how many; none on another system than Linux.
    """
    return sum(map(_shut, stalled(_made_to(port), sender, ages)))


def stalled(
    connections: Iterable[Connection], sender: str, ages: Sequence[float]
) -> list[Connection]:
    """As many connections of a sender as there are `ages`, in seconds: the likeliest.

    Those that were never answered come first, then those that are silent for longest. Whoever never
    sent anything comes last: nobody waits for them, and the server cuts them off itself.
    """
    may = (one for one in connections if one.sender == sender and one.silent >= min(ages))
    return sorted(may, key=lambda one: (not one.spoke, one.answered, -one.silent))[: len(ages)]


def _made_to(port: int) -> Iterator[Connection]:
    for number in _files():
        try:
            with _socket(number) as (found, inode):
                if found.family in _INTERNET and found.getsockname()[1] == port:
                    yield _described(number, inode, found)
        except OSError:
            continue  # it is no connection, or was closed meanwhile


def _files() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return []  # another system


@contextmanager
def _socket(number: int) -> Iterator[tuple[socket.socket, int]]:
    """The socket that a file of the process is, and its inode. OSError if it is none.

    No copy of the file is made: closing one of a store's file would give up every lock that SQLite
    holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    found = socket.socket(fileno=number)
    try:
        yield found, os.fstat(number).st_ino
    finally:
        found.detach()


def _described(number: int, inode: int, found: socket.socket) -> Connection:
    told = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED.stop)
    silent, acked, received = (
        int.from_bytes(told[at], sys.byteorder)
        for at in (_LAST_DATA_SENT, _BYTES_ACKED, _BYTES_RECEIVED)
    )
    sender = found.getpeername()[0]
    return Connection(number, inode, sender, acked > 1, received > 0, silent / 1000)


def _shut(connection: Connection) -> bool:
    """Whether it was still there to be shut."""
    try:
        with _socket(connection.number) as (found, inode):
            if inode != connection.inode:
                return False
            found.shutdown(socket.SHUT_RDWR)
            return True
    except OSError:
        return False
