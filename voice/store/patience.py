"""How long to wait for a database: a bounded time, and only one waits while it does not answer.

A database that hangs answers neither yes nor no, and whoever asks it gives up after a while. So
that not everybody waits that long each time, all but one fail at once until it answers again.

Only a few wait for a database that answers late: a call needs no database, but it needs a free
thread.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

SLOW: Final = 1.0
"""Seconds; after a failure that took that long, nobody else should wait for the next."""

AGAIN_AFTER: Final = 2.0
"""Seconds until the next one may try."""

LATE: Final = 0.5
"""Seconds; if two in a row, or at once, wait that long, the database counts as late."""

MOST: Final = 3
"""How many may wait for a late database: one fewer than the threads that answer."""

_TRYING: Final = 60.0
"""Seconds the others leave to the one that tries; it should be done long before that."""


@dataclass
class Patience:
    """Whether a store may be asked; one for each open store of a process."""

    clock: Callable[[], float] = time.monotonic
    unkept: bool = False
    """Whether a write, or what is asked for one, failed since one is known to have succeeded."""
    damaged: bool = False
    """Whether something failed because the database is damaged where it was asked."""
    barred: str = ""
    """Why nobody may ask at all; "" if anybody may."""
    _again_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: list[float] = field(default_factory=list)
    """When each of those now waiting began."""
    _late: int = 0
    """How many in a row have waited long."""

    def asking(self, failure: type[Exception], writes: bool = False) -> "_Asking":
        """Ask the store; raise `failure` at once if others already wait for it in vain."""
        return _Asking(self, failure, writes)

    def begin(self, failure: type[Exception]) -> float:
        """Begin to ask; when that is."""
        if self.barred:
            raise failure(self.barred)
        begun = self.clock()
        if self._again_at:
            self._take_turn(begun, failure)
        if len(self._begun) >= MOST and self._is_late(begun):
            raise failure("it answers late, and others wait for it")
        self._begun.append(begun)
        return begun

    def end(self, begun: float, failed: bool, writes: bool) -> None:
        """Take note of how long it took, and of whether it failed."""
        now = self.clock()
        again_at = now + AGAIN_AFTER if failed and now - begun >= SLOW else 0.0
        self.unkept = self.unkept or (failed and writes)
        self._begun.remove(begun)
        self._late = self._late + 1 if now - begun >= LATE else 0
        if again_at or self._again_at:
            self._again_at = again_at

    @property
    def busy(self) -> bool:
        """Whether somebody asks just now."""
        return bool(self._begun)

    def _is_late(self, now: float) -> bool:
        """Whether two have waited long: a single one may just have had much to do."""
        return self._late + sum(now - begun >= LATE for begun in tuple(self._begun)) > 1

    def _take_turn(self, now: float, failure: type[Exception]) -> None:
        with self._lock:
            if now < self._again_at:
                raise failure("it does not answer")
            self._again_at = now + _TRYING


@dataclass
class _Asking:
    """Whoever asks. Written out: a generator would take three times as long, twice in a text."""

    patience: Patience
    failure: type[Exception]
    writes: bool
    begun: float = 0.0

    def __enter__(self) -> None:
        self.begun = self.patience.begin(self.failure)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, _: object
    ) -> None:
        failed = kind is not None and issubclass(kind, self.failure)
        is_damage = failed and "CORRUPT" in str(problem)
        self.patience.end(self.begun, failed, self.writes or is_damage)
        self.patience.damaged = self.patience.damaged or is_damage


def bounded(seconds: float) -> Callable[..., Any]:
    """Connect to PostgreSQL so that nobody waits for an answer longer than this.

    Its own time limits are kept by the server, which a server that hangs does not do. A connection
    that was given up is closed.
    """
    import psycopg

    class Bounded(psycopg.Connection[Any]):
        """A connection that waits a bounded time for every answer, unless it is `patient`."""

        patient = False

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            limit = seconds if timeout is None and not self.patient else timeout
            begun = time.monotonic()
            try:
                return super().wait(gen, interval, limit)
            except psycopg.OperationalError:
                if limit is not None and time.monotonic() - begun >= limit:
                    self.pgconn.finish()
                raise

    def connect(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> Any:
        return Bounded.connect(*given, **named)

    return connect


def hurry_again(connection: Any, _record: Any) -> None:
    """Make a connection impatient again when it returns to the pool."""
    if connection is not None:
        connection.patient = False
