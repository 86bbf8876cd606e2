"""How long a database is waited for: a bounded time, and while it does not answer, by one alone.

A database that hangs answers neither yes nor no. Whoever asked it gives up after a while; so that
not everybody waits that long each time, the others are told at once until it answers again.
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

_TRYING: Final = 60.0
"""Seconds the others leave to the one that tries; it ends much sooner, and says so."""


@dataclass
class Patience:
    """Whether a store may be asked; one for each open store of a process."""

    clock: Callable[[], float] = time.monotonic
    unkept: bool = False
    """Whether a write failed since one was last seen to succeed."""
    _again_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def asking(self, failure: type[Exception], writes: bool = False) -> Iterator[None]:
        """Ask the store; a `failure` at once where another waits for it already, in vain so far."""
        begun = self.clock()
        if self._again_at:
            self._take_turn(begun, failure)
        again_at = 0.0
        try:
            yield
        except failure:
            now = self.clock()
            again_at = now + AGAIN_AFTER if now - begun >= SLOW else 0.0
            self.unkept = self.unkept or writes
            raise
        finally:
            if again_at or self._again_at:
                self._again_at = again_at

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
