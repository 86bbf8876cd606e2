"""What is learnt of the store for /metrics and /readyz: whether it is there, and who waits."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voice.measures import Measures
from voice.store import Store, StoreError, live_since, waiting_call_backs, why_unreachable

SOON: Final = 1.0
"""Seconds that /readyz waits for the store. Caddy and Kubernetes wait two for /readyz."""

_log = logging.getLogger(__name__)


@dataclass
class _Glance:
    """One look at the store, by a thread of its own."""

    begun: float = field(default_factory=time.monotonic)
    why: str = "it does not answer"
    ended: threading.Event = field(default_factory=threading.Event)


class Glances:
    """Says soon why the store cannot answer, also while it hangs and says nothing.

    One thread looks at a time. Whoever asks meanwhile is told what it finds, or that there is no
    answer: a machine that serves calls is not taken for dead because its database is.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last: _Glance | None = None

    def why(self) -> str:
        """Why the store cannot answer just now; "" when it can."""
        glance = self._under_way()
        glance.ended.wait(max(0.0, glance.begun + SOON - time.monotonic()))
        return glance.why

    def _under_way(self) -> _Glance:
        with self._lock:
            last = self._last
            if last is None or last.ended.is_set():
                last = self._last = _Glance()
                threading.Thread(target=self._look, args=(last,), daemon=True).start()
            return last

    def _look(self, glance: _Glance) -> None:
        try:
            glance.why = why_unreachable(self._store)
        except Exception as problem:
            glance.why = type(problem).__name__
            _log.exception("could not look at the store")
        finally:
            glance.ended.set()


def look(measures: Measures, store: Store, now: datetime) -> None:
    """Set what the store tells; while it is away, only that."""
    away = why_unreachable(store)
    measures.store.set(0 if away else 1)
    if away:
        return
    try:
        since = live_since(store)
        asked = [one.asked_at for one in waiting_call_backs(store)]
    except StoreError:
        measures.store.set(0)
        return
    measures.release_age.set((now - since).total_seconds() if since else 0)
    measures.call_backs.set(len(asked))
    measures.longest_wait.set((now - min(asked)).total_seconds() if asked else 0)


def looking(measures: Measures, store: Store, clock: Callable[[], datetime]) -> Callable[[], None]:
    """The same, to be done whenever the measures are asked for."""
    return lambda: look(measures, store, clock())
