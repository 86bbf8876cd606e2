"""What /metrics reads from the store when it is asked: who waits, how old the live words are."""

from collections.abc import Callable
from datetime import datetime

from voice.measures import Measures
from voice.store import Store, StoreError, live_since, waiting_call_backs, why_unreachable


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
