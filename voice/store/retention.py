"""How long anything is kept, and the purge that sees to it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from voice.store.connection import Store, writing
from voice.store.tables import delivery, turn, usage
from voice.store.times import into

USAGE_DAYS: Final = 90
DELIVERY_DAYS: Final = 90
TURN_DAYS: Final = 30


def purge(store: Store, now: datetime) -> int:
    """Delete what is older than it may get; how many rows went.

    Contacts stay: an opt-out has no end, and a row without one is a hash and two preferences.
    """
    moment = into(now)
    old = (
        delete(usage).where(usage.c.day < (moment - timedelta(days=USAGE_DAYS)).date()),
        delete(delivery).where(delivery.c.at < moment - timedelta(days=DELIVERY_DAYS)),
        delete(turn).where(turn.c.created_at < moment - timedelta(days=TURN_DAYS)),
    )
    with writing(store) as connection:
        return sum(connection.execute(statement).rowcount for statement in old)
