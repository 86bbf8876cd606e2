"""Counts of use and delivery: how often, and what became of each; nobody in particular."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from voice.store.connection import Store, StoreError, writing
from voice.store.tables import delivery, usage
from voice.store.times import into

MOST_KINDS: Final = 10_000
"""How many different uses wait to be written at most; a day has a few hundred."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Use:
    """One thing that happened; it is counted, never kept by itself."""

    day: date
    channel: str
    locale: str
    topic: str
    event: str
    practice: bool = False


class Tally:
    """Uses waiting to be written by a thread of its own, so that no caller waits for the store.

    Uses of a store that is away wait until it is back; past MOST_KINDS different ones the
    newest are not counted. Close it to write what is left.
    """

    def __init__(self, store: Store, every: float = 2.0) -> None:
        self._store = store
        self._every = every
        self._waiting: Counter[Use] = Counter()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, use: Use) -> None:
        """Count one use. Returns at once, whatever the store is doing."""
        with self._lock:
            if use in self._waiting or len(self._waiting) < MOST_KINDS:
                self._waiting[use] += 1
            # Started here and not before: a server's workers may be forks, threads are not.
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_on, daemon=True)
                self._thread.start()

    def write(self) -> bool:
        """Write what is waiting; False, and all of it waits on, when the store can not."""
        with self._lock:
            batch, self._waiting = self._waiting, Counter()
        try:
            add_uses(self._store, batch)
        except StoreError as problem:
            _log.warning("usage counts wait for the store: %s", problem)
            with self._lock:
                self._waiting.update(batch)
            return False
        return True

    def close(self) -> None:
        """Write what is left and stop."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self.write()

    def _write_on(self) -> None:
        while not self._closed.wait(self._every):
            if self._waiting:
                self.write()


def add_uses(store: Store, uses: Mapping[Use, int]) -> None:
    """Add these numbers of uses to the counts of their days."""
    if not uses:
        return
    rows = [asdict(use) | {"count": number} for use, number in uses.items()]
    with writing(store) as connection:
        add = _insert(connection, usage)
        add = add.on_conflict_do_update(
            index_elements=list(usage.primary_key.columns),
            set_={"count": usage.c.count + add.excluded.count},
        )
        connection.execute(add, rows)


def record_delivery(
    store: Store,
    kind: Literal["call", "message"],
    sid: str,
    status: str,
    error_code: str,
    at: datetime,
) -> bool:
    """Keep a status callback; False if this one is known already. Callbacks come in any order."""
    row = {"sid": sid, "status": status, "kind": kind, "error_code": error_code, "at": into(at)}
    with writing(store) as connection:
        add = _insert(connection, delivery).on_conflict_do_nothing()
        return connection.execute(add, row).rowcount > 0


def _insert(connection: Connection, table: Table) -> Any:
    """INSERT with ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy apart."""
    dialects: Mapping[str, Callable[[Table], Any]] = {
        "sqlite": sqlite.insert,
        "postgresql": postgresql.insert,
    }
    return dialects[connection.dialect.name](table)
