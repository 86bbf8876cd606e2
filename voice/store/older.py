"""Notices that the store went back to an older state: what was acknowledged since then is lost.

So it is after a restore beneath a running line, or where a copy that lags behind took the place of
the database. Nothing fails then, and nobody would know that opt-outs are gone.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from voice.store.connection import Store, StoreError, reading
from voice.store.console_tables import audit
from voice.store.retention import DELIVERY_DAYS, TURN_DAYS
from voice.store.tables import delivery, release, turn
from voice.store.times import out_of

Marks = Mapping[str, int | datetime | None]
"""The highest of what only grows, by what it is of; None where there is none."""

_GROWS: Final = {
    "release": release.c.number,
    "record": audit.c.id,
    "text": turn.c.created_at,
    "status": delivery.c.at,
}
"""Never lowered by going back to other words or by forgetting anybody. The purge takes away only
what is old, so not the newest while anybody writes or calls."""

FRESH: Final = timedelta(days=min(TURN_DAYS, DELIVERY_DAYS) - 1)
"""What is older than that may have been purged."""

_LOST: Final = (
    "the store went back to an older state (%s): opt-outs, call-backs and all else that was "
    "acknowledged in between are lost; docs/operations.md says under StoreWentBack what to do"
)

_log = logging.getLogger(__name__)


class Older:
    """Compares the store with what it was at the last look."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], told: Callable[[], object]
    ) -> None:
        """`told` is called once each time the store has gone back."""
        self._store = store
        self._clock = clock
        self._told = told
        self._before: Marks = {}

    def look(self) -> None:
        """Log it if the store has gone back since the last look; nothing while it is away."""
        try:
            now = _marks(self._store)
        except StoreError:
            return  # whoever serves the release says so
        fallen = ", ".join(_fallen(self._before, now, self._clock() - FRESH))
        self._before = now
        if fallen:
            _log.error(_LOST, fallen)
            self._told()


def _marks(store: Store) -> Marks:
    query = select(
        *(select(func.max(one)).scalar_subquery().label(name) for name, one in _GROWS.items())
    )
    with reading(store) as connection:
        found = connection.execute(query).mappings().one()
    return {
        name: out_of(value) if isinstance(value, datetime) else value
        for name, value in found.items()
    }


def _fallen(before: Marks, now: Marks, since: datetime) -> Iterator[str]:
    """What is lower than it was, and what it was."""
    for name, was in before.items():
        found = now[name]
        if isinstance(was, datetime):
            lower = was > since and (not isinstance(found, datetime) or found < was)
        else:
            lower = was is not None and (not isinstance(found, int) or found < was)
        if lower:
            yield f"newest {name}: {_said(found)}, was {_said(was)}"


def _said(mark: int | datetime | None) -> str:
    if isinstance(mark, datetime):
        return f"{mark:%Y-%m-%d %H:%M:%S} UTC"
    return "none" if mark is None else str(mark)
