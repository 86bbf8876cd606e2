"""Where a caller is in a call, so that a later one can begin there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select

from voice.store.connection import Lock, Store, settled, take_turns, writing
from voice.store.contacts import Keys, hold, keep
from voice.store.prepared import Prepared
from voice.store.tables import forgotten_call

_FORGOTTEN = Prepared(
    lambda _: select(forgotten_call.c.call).where(forgotten_call.c.call == bindparam("call"))
)

_OVERTAKEN: Final = timedelta(hours=12)
"""How late a trace can come, of a machine whose store was away; one known from later still was
made by a wrong clock."""


@dataclass(frozen=True)
class Trace:
    """Where a caller is at a moment. A `place` of "" is nowhere to go on from; `call` is the
    call's SID. Without keys nothing can be remembered."""

    keys: Keys
    practice: bool
    locale: str
    pace: str
    place: str
    at: datetime
    call: str


def write_traces(store: Store, traces: Iterable[Trace]) -> None:
    """Remember where these callers are, except in calls whose caller asked to be forgotten.

    Older traces than the one that is known change nothing; opt-outs and threads stay as they are.
    """
    waiting = tuple(traces)

    def work() -> None:
        with writing(store, lasting=False) as connection:
            take_turns(connection, Lock.FORGET)
            for trace in waiting:
                _follow(connection, trace)

    if waiting:
        settled(work)


def _follow(connection: Connection, trace: Trace) -> None:
    if _FORGOTTEN.first(connection, {"call": trace.call}) is not None:
        return
    known = hold(connection, trace.keys, trace.practice, trace.at)
    if known.called_at is not None and trace.at < known.called_at <= trace.at + _OVERTAKEN:
        return
    seen = max(known.last_seen, trace.at)
    heard = replace(known, locale=trace.locale, pace=trace.pace, last_seen=seen)
    keep(connection, replace(heard, call_place=trace.place, called_at=trace.at))
