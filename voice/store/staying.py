"""Whether SQLite's file and log stay where they were opened; if not, nothing is asked of them.

What is written into a file that was moved away or deleted is lost with the next start. While it is
so, everybody is told that the store is away, and all that was written is taken into the file,
wherever it is. It goes on by itself when the file is back, or another stays in its place.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from voice.store.connection import Store, StoreError, in_turn
from voice.store.files import Files
from voice.store.straight import Straight, lent

EVERY: Final = 0.5
"""Seconds between two looks."""
SETTLED: Final = 1.0
"""Seconds that a new file must stay unchanged: somebody may still be copying it."""
TOGETHER: Final = 3.0
"""Seconds from closing the old file to opening the new one. All workers look as often, so nobody
has the old one open any more when the first opens the new: they would share a log."""

_log = logging.getLogger(__name__)


class Staying:
    """Looks after the files of an open store on SQLite."""

    def __init__(
        self, store: Store, files: Files, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._there: tuple[int, ...] = ()
        self._since = 0.0
        self._closed: float | None = None

    def look(self) -> None:
        """Bar the store if its files are gone; open it again once that is safe."""
        gone, patience = self._files.gone(), self._store.patience
        if gone:
            self._bar(f"its file: {gone}")
            self._leave()
        elif patience.barred and self._is_over():
            self._there, self._closed, patience.barred = (), None, ""
            _log.warning("the store's file is used again")

    def _bar(self, why: str) -> None:
        if self._store.patience.barred != why:
            self._store.patience.barred = why
            _log.error("%s; nothing is kept until it is back", why)

    def _leave(self) -> None:
        """Close what is open once all of it is in its file, and a file stays where it was."""
        there, now = self._files.there(), self._clock()
        if there != self._there:
            self._there, self._since = there, now
        stays = there and now - self._since >= SETTLED
        if self._take_in() and stays and not self._store.patience.busy:
            self._store.close()
            self._files.tidy()
            self._closed = now

    def _take_in(self) -> bool:
        """Take the log into the file it belongs to, and leave nothing of it; whether that is so."""
        try:
            with in_turn(self._store):
                return lent(self._store, _all_taken_in)
        except StoreError as problem:
            _log.debug("the log waits for the store: %s", problem)
            return False

    def _is_over(self) -> bool:
        """Whether the very file is back, or all who had it open have had time to close it."""
        return self._closed is None or self._clock() - self._closed >= TOGETHER


def _all_taken_in(connection: Straight) -> bool:
    busy, _, _ = (
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    )
    return not busy
