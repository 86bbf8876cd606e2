"""What one process does for all of them, on whatever machine."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from voice.store.connection import Store, adding, reading, writing
from voice.store.machine_tables import chore
from voice.store.times import into, maybe_out_of

AHEAD: Final = timedelta(minutes=5)
"""A chore that began that far in the future was begun by a clock that was wrong."""
LEAP: Final = timedelta(days=7)
"""If the clock is that much later than last noted, it is wrong, or nothing ran meanwhile."""
SETTLED: Final = timedelta(days=1)
"""How long to wait, after the clock leapt, before deleting anything by it."""


def take(store: Store, name: str, every: timedelta, now: datetime) -> bool:
    """Whether to do a chore now: True for one of all that ask, and again after `every`."""
    late = (chore.c.at <= into(now - every)) | (chore.c.at > into(now + AHEAD))
    again = update(chore).where(chore.c.name == name, late).values(at=into(now))
    with writing(store) as connection:
        if connection.execute(again).rowcount:
            return True
        first = adding(connection, chore).values(name=name, at=into(now))
        begun = first.on_conflict_do_nothing().returning(chore.c.name)
        return connection.scalar(begun) is not None


def is_publishing(store: Store) -> bool:
    """Whether words are on their way to callers, or were when a process died.

    Loads nothing of what publishes: every worker asks, again and again.
    """
    with reading(store) as connection:
        running = "SELECT id FROM publication WHERE state = 'running'"
        return connection.exec_driver_sql(running).first() is not None


def steady_from(store: Store, now: datetime) -> datetime:
    """Note the clock; return from when things may be deleted: `now`, or a day after a leap.

    A clock that is a year ahead would make everything old. Somebody has a day to mend it.
    """
    with writing(store) as connection:
        noted, leapt = _noted(connection, "clock"), _noted(connection, "leap")
        if noted is not None and now - noted > LEAP:
            leapt = now
            _note(connection, "leap", now)
        _note(connection, "clock", now)
    return now if leapt is None or leapt > now + AHEAD else max(now, leapt + SETTLED)


def _noted(connection: Connection, name: str) -> datetime | None:
    at: datetime | None = connection.scalar(select(chore.c.at).where(chore.c.name == name))
    return maybe_out_of(at)


def _note(connection: Connection, name: str, at: datetime) -> None:
    noted = adding(connection, chore).values(name=name, at=into(at))
    connection.execute(noted.on_conflict_do_update(index_elements=["name"], set_={"at": into(at)}))
