"""Checkpoints: SQLite's write-ahead log, copied into the file by a thread of its own.

SQLite itself does this inside some commit, which then waits for the disk: one text in five
hundred took 20 ms and held up all behind it. SQLite's own limit (LOG_PAGES), set far higher, still
holds for programs without this thread.
"""

import logging
from functools import partial
from pathlib import Path
from typing import Final

from voice.store.connection import Store, StoreError, in_turn
from voice.store.straight import Straight, asked

EVERY: Final = 0.5
"""Seconds between two looks."""
LONG: Final = 500
"""Pages (2 MB): a longer log is emptied while writers wait, as it might otherwise grow for ever."""

WHILE: Final = 0.1
"""Seconds for which writers may be held up until readers are done with the log."""

_log = logging.getLogger(__name__)


def checkpoint(store: Store) -> None:
    """Copy the log into the file: most of it while others write, the rest of a long one in turn.

    Raises StoreError where the disk is full or the file gone: all that was committed is in the log.
    """
    if asked(store, _taken_in) > LONG:
        with in_turn(store):
            asked(store, _taken_in)


def _taken_in(connection: Straight) -> int:
    """Copy what no reader needs any more; how many pages the log has. Nobody waits for it."""
    row = connection.connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(row[1])


def cut(store: Store) -> bool:
    """Copy all of the log into the file and leave it empty: it keeps no copy of what was deleted.

    False where somebody reads or writes all the while, which a later time will find done: nobody
    else can write while SQLite waits for them.
    """
    with in_turn(store):
        return not asked(store, partial(_cut, wait=store.wait))


def _cut(connection: Straight, wait: float) -> int:
    """1 where SQLite could not have the log for itself soon; then it waits for others as before."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WHILE * 1000:.0f}")
    try:
        row = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {wait * 1000:.0f}")
    return int(row[0])


class Checkpoints:
    """Copies the log of a SQLite store into its file soon after something was written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path = Path(f"{store.engine.url.database}-wal")
        self._taken: int | None = None

    def look(self) -> None:
        """Copy the log if anything was written since the last time."""
        written = self._written()
        if written != self._taken:
            try:
                checkpoint(self._store)
                self._taken = written
            except StoreError as problem:
                _log.debug("the log waits for the store: %s", problem)

    def _written(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None
