"""What one process does for all of them, on whatever machine."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update

from voice.store.connection import Store, adding, writing
from voice.store.machine_tables import chore
from voice.store.times import into

AHEAD: Final = timedelta(minutes=5)
"""A chore begun that far in the future was begun by a clock that went wrong."""


def take(store: Store, name: str, every: timedelta, now: datetime) -> bool:
    """Whether to do a chore now: True for one of all who ask, and again when `every` has passed."""
    late = (chore.c.at <= into(now - every)) | (chore.c.at > into(now + AHEAD))
    again = update(chore).where(chore.c.name == name, late).values(at=into(now))
    with writing(store) as connection:
        if connection.execute(again).rowcount:
            return True
        first = adding(connection, chore).values(name=name, at=into(now))
        begun = first.on_conflict_do_nothing().returning(chore.c.name)
        return connection.scalar(begun) is not None
