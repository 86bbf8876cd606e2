"""How long a database is waited for: a bounded time, and while it does not answer, by one alone.

A database that hangs answers neither yes nor no. Whoever asked it gives up after a while; so that
not everybody waits that long each time, the others are told at once until it answers again.

One that answers late is waited for by a few: a call needs no database, but a thread that is free.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

SLOW: Final = 1.0
"""Seconds; a failure that took that long is one nobody else should wait for."""

AGAIN_AFTER: Final = 2.0
"""Seconds until the next one may try."""

LATE: Final = 0.5
"""Seconds; two who waited so long one after the other, or at once, show a database that is late."""

MOST: Final = 3
"""So many wait for a database that is late: one fewer than the threads that answer."""

_TRYING: Final = 60.0
"""Seconds the others leave to the one that tries; it ends much sooner, and says so."""


@dataclass
class Patience:
    """Whether a store may be asked; one for each open store of a process."""

    clock: Callable[[], float] = time.monotonic
    unkept: bool = False
    """Whether a write failed since one was last seen to succeed."""
    barred: str = ""
    """Why nobody may ask at all; "" where anybody may."""
    _again_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: list[float] = field(default_factory=list)
    """When each who waits just now began to."""
    _late: int = 0
    """How many waited long, one after the other."""

    @contextmanager
    def asking(self, failure: type[Exception], writes: bool = False) -> Iterator[None]:
        """Ask the store; a `failure` at once where others wait for it already, in vain so far."""
        if self.barred:
            raise failure(self.barred)
        begun = self.clock()
        if self._again_at:
            self._take_turn(begun, failure)
        if len(self._begun) >= MOST and self._is_late(begun):
            raise failure("it answers late, and others wait for it")
        self._begun.append(begun)
        again_at = 0.0
        try:
            yield
        except failure:
            now = self.clock()
            again_at = now + AGAIN_AFTER if now - begun >= SLOW else 0.0
            self.unkept = self.unkept or writes
            raise
        finally:
            self._begun.remove(begun)
            self._late = self._late + 1 if self.clock() - begun >= LATE else 0
            if again_at or self._again_at:
                self._again_at = again_at

    @property
    def busy(self) -> bool:
        """Whether somebody asks just now."""
        return bool(self._begun)

    def _is_late(self, now: float) -> bool:
        """Whether two show it; one may have had much to do."""
        return self._late + sum(now - begun >= LATE for begun in tuple(self._begun)) > 1

    def _take_turn(self, now: float, failure: type[Exception]) -> None:
        with self._lock:
            if now < self._again_at:
                raise failure("it does not answer")
            self._again_at = now + _TRYING


def bounded(seconds: float) -> Callable[..., Any]:
    """Connect to PostgreSQL so that no answer is waited for longer than this.

    Its own time limits are kept by the server, which a server that hangs does not do. A connection
    that was given up is closed.
    """
    import psycopg

    class Bounded(psycopg.Connection[Any]):
        """A connection whose every answer is waited for a bounded time, unless it is `patient`."""

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
    """A connection that goes back to the others is no longer patient."""
    if connection is not None:
        connection.patient = False
