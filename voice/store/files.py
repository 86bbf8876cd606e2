"""The files of a SQLite store: made before the first connection, and known again after it.

A program that has a file open goes on writing into it when it was moved away or deleted, and all
seems well until the next start finds another file, or none. So it is asked here whether what is
open is what is there.
"""

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_LOG: Final = ("-wal", "-shm")
"""What SQLite keeps beside the file: what was written last, and where in it each page is."""
_OPEN: Final = Path("/dev/fd")
"""Where Linux and macOS show what a process has open."""

MOVED: Final = "moved or deleted"
REPLACED: Final = "another is in its place"
LOG_MOVED: Final = "the log beside it was moved or deleted"

_Known = tuple[int, int]
"""What a file is known by, whatever it is called: its disk, and its number there."""


class Files:
    """The file of a store and its log, and which of them this process has open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: dict[str, _Known] = {}
        self._made = False

    def make(self) -> None:
        """See to it that there is a file to open; OSError where there can be none.

        It is readable by its owner only, as SQLite's log then is. A file that is there is never
        opened here: closing it would drop every lock this process holds on it (POSIX), and the
        next process to leave would take the log with it. One that was there before is not made
        again: SQLite would throw away the log that belongs to it.
        """
        log = self._at(_LOG[0])  # looked for first: who makes the file just now makes its log later
        if not self._path.exists():
            if self._made or log:
                raise OSError(errno.ENOENT, MOVED)
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        self._made = True
        if why := self.gone():
            raise OSError(errno.ESTALE, why)

    def gone(self) -> str:
        """What became of the open files; "" if they are where they were."""
        known, found = self._open, {name: self._at(name) for name in ("", *_LOG)}
        lost = {name for name, was in known.items() if was != found[name]}
        if lost:
            # A number that is free again is soon another file's, often one of these.
            held = _held().difference(found.values())
            lost = {name for name in lost if known[name] in held}
        kept = {name: known[name] for name in lost}
        self._open = {name: at for name, at in found.items() if at} | kept
        return _told(found, lost)

    def there(self) -> tuple[int, ...]:
        """Marks of the file that is there: they change if it is replaced or grows; () for none."""
        try:
            now = self._path.stat()
        except OSError:
            return ()
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns

    def tidy(self) -> None:
        """Take away the empty log of a file that was moved: it is not that of the one there now.

        Only where nothing of it is open any more, and all of it was taken in.
        """
        if self._at("") == self._open.get(""):
            return  # SQLite sees to its log itself
        for name in _LOG:
            if self._at(name) == self._open.get(name):
                with suppress(OSError):
                    Path(f"{self._path}{name}").unlink()

    def _at(self, name: str) -> _Known | None:
        try:
            found = os.stat(f"{self._path}{name}")
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _told(found: Mapping[str, _Known | None], lost: set[str]) -> str:
    """What is said of it."""
    if not lost:
        return ""
    if "" not in lost:
        return LOG_MOVED
    return REPLACED if found[""] else MOVED


def _held() -> set[_Known]:
    """All files that this process has open; none if the system does not tell."""
    held = set[_Known]()
    with suppress(OSError):
        for name in os.listdir(_OPEN):
            with suppress(OSError):  # closed meanwhile
                found = os.fstat(int(name))
                held.add((found.st_dev, found.st_ino))
    return held
