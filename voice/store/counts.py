"""Counts of use, about nobody in particular, written by a thread of their own."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import date
from typing import Final

from voice.store.connection import Store, StoreError, adding, writing
from voice.store.tables import usage
from voice.store.traces import Trace, write_traces

MOST_KINDS: Final = 10_000
"""How many different uses, and how many callers' traces, may wait to be written. A day has a few
hundred."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Use:
    """One thing that happened; it is only counted, never kept singly."""

    day: date
    channel: str
    locale: str
    topic: str
    event: str
    practice: bool = False


class Tally:
    """Uses and traces waiting to be written by a thread of its own: no caller waits for the store.

    While the store is down they wait until it is back; beyond MOST_KINDS different ones, the
    newest are dropped. Close it to write what is left.
    """

    def __init__(self, store: Store, every: float = 2.0) -> None:
        self._store = store
        self._every = every
        self._waiting: Counter[Use] = Counter()
        self._traces: dict[str, Trace] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, use: Use) -> None:
        """Count one use. Returns at once, whatever the store is doing."""
        with self._lock:
            known = self._waiting.get(use, 0)
            if known or len(self._waiting) < MOST_KINDS:
                self._waiting[use] = known + 1
            self._start()

    def trace(self, trace: Trace) -> None:
        """Remember where a caller is: the latest of each is kept. Returns at once."""
        with self._lock:
            self._put(trace)
            self._start()

    def write(self) -> bool:
        """Write what is waiting; if the store fails, return False and keep all of it waiting."""
        with self._lock:
            uses, self._waiting = self._waiting, Counter()
            traces, self._traces = self._traces, {}
        try:
            add_uses(self._store, uses)
            uses = Counter()
            write_traces(self._store, traces.values())
        except StoreError as problem:
            _log.warning("usage counts wait for the store: %s", problem)
            with self._lock:
                self._waiting.update(uses)
                for trace in traces.values():
                    self._put(trace)
            return False
        return True

    def close(self) -> None:
        """Write what is left and stop."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self.write()

    def _put(self, trace: Trace) -> None:
        key = trace.keys[0] if trace.keys else ""
        waiting = self._traces.get(key)
        if key and (waiting.at <= trace.at if waiting else len(self._traces) < MOST_KINDS):
            self._traces[key] = trace

    def _start(self) -> None:
        # Started here and not before: a server's workers may be forks, threads are not.
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_on, daemon=True)
            self._thread.start()

    def _write_on(self) -> None:
        while not self._closed.wait(self._every):
            if self._waiting or self._traces:
                try:
                    self.write()
                except Exception:
                    _log.exception("usage counts were lost")


def add_uses(store: Store, uses: Mapping[Use, int]) -> None:
    """Add these numbers of uses to the counts of their days."""
    if not uses:
        return
    # All machines take the rows in one order, or two would wait for each other.
    ordered = sorted(uses.items(), key=lambda one: astuple(one[0]))
    rows = [asdict(use) | {"count": number} for use, number in ordered]
    with writing(store, lasting=False) as connection:
        add = adding(connection, usage)
        add = add.on_conflict_do_update(
            index_elements=list(usage.primary_key.columns),
            set_={"count": usage.c.count + add.excluded.count},
        )
        connection.execute(add, rows)
