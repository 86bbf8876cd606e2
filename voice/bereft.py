"""Workers whose process in front is gone: they go on answering, and the next start takes over.

Whoever starts the line again finds them at the port. Only Linux tells who listens where.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_LISTENS: Final = "0A"
"""How the system writes that a socket listens."""
_WHOSE: Final = b"INSTANCE="
_TAKEN: Final = "taken-over"
"""Locked by whoever takes over, in the instance folder."""
_GONE: Final = (
    "the process in front, %d, is gone: this worker goes on, but nobody looks after it; "
    "start the line again, and it is taken over"
)

_log = logging.getLogger(__name__)


class Front:
    """The process that looks after this one."""

    def __init__(self) -> None:
        parent = parent_process()  # known before the fork: it may be gone since
        self._process = parent.pid if parent and parent.pid else os.getppid()
        self._said = False

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return os.getppid() != self._process

    def look(self) -> None:
        """Say once that it is gone."""
        if self.gone and not self._said:
            self._said = True
            _log.error(_GONE, self._process)

    def wanted(self) -> None:
        """End here where it is gone: a start after it does not look for who does not listen yet."""
        if self.gone:
            raise SystemExit(f"the process in front, {self._process}, is gone: nobody waits for me")


def bereft(port: int) -> tuple[int, ...]:
    """The workers at a port whose process in front is gone, if this is their line started again.

    None where anybody else listens there too, or nobody knows who.
    """
    try:
        listening = _listening(port)
        holders = _holders(listening)
        if listening <= set().union(*holders.values()) and all(map(_is_bereft, holders)):
            return tuple(sorted(holders))
    except (OSError, ValueError):  # one ended just now, or this is no Linux
        pass
    return ()


def claimed(instance: Path) -> bool:
    """Whether this process may take over here: one at a time, until it ends.

    Another front, whose own workers do not listen yet, is not seen at the port.
    """
    try:
        # A lock of this kind is the process's alone: its workers have no part in it.
        file = os.open(instance / _TAKEN, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def lives(process: int) -> bool:
    """Whether a process, of whomever, still runs: one that only waits to be buried does not."""
    try:
        return _stat(process)[0] not in ("Z", "X")
    except OSError:
        return False


def _listening(port: int) -> set[str]:
    """What the system calls the sockets that listen at a port of any address."""
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):  # a system without IPv6
            rows = map(str.split, (_PROC / "net" / table).read_text("utf-8").splitlines()[1:])
            found |= {f"socket:[{row[9]}]" for row in rows if _is_at(row, port)}
    return found


def _is_at(row: Sequence[str], port: int) -> bool:
    return row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port


def _holders(sockets: set[str]) -> Mapping[int, set[str]]:
    """Who has any of these open, as far as this user may know."""
    others = (int(one) for one in os.listdir(_PROC) if one.isdigit() and int(one) != os.getpid())
    found = {one: sockets & set(_opened(one)) for one in others}
    return {one: has for one, has in found.items() if has}


def _opened(process: int) -> Iterable[str]:
    with suppress(OSError):  # another user's, or it ends just now
        for entry in os.scandir(_PROC / str(process) / "fd"):
            with suppress(OSError):
                yield os.readlink(entry)


def _is_bereft(process: int) -> bool:
    """Whether a process was begun as this one was, and its parent was not."""
    own, parent = os.getpid(), int(_stat(process)[1])
    alike = _words(process) == _words(own) and _whose(process) == _whose(own)
    return alike and _words(parent) != _words(own)


def _words(process: int) -> bytes:
    """What a process was told when it was begun, but for the program's own name."""
    return (_PROC / str(process) / "cmdline").read_bytes().partition(b"\0")[2]


def _whose(process: int) -> tuple[int, Sequence[bytes]]:
    """Of which user a process is, and of which instance: if it was not told, that of its folder."""
    folder = _PROC / str(process)
    given = (folder / "environ").read_bytes().split(b"\0")
    told = [one for one in given if one.startswith(_WHOSE)]
    return folder.stat().st_uid, told or [os.readlink(os.fsencode(folder / "cwd"))]


def _stat(process: int) -> Sequence[str]:
    """What the system tells of a process after its name: its state, its parent."""
    return (_PROC / str(process) / "stat").read_text("utf-8").rpartition(")")[2].split()
