"""The counts of use, read for staff: how often what happened, nobody in particular."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from voice.store.connection import Store, reading
from voice.store.tables import usage


@dataclass(frozen=True)
class Figure:
    """How often something happened on a day of the clinic's; `topic` is "" for none."""

    day: date
    channel: str
    locale: str
    topic: str
    event: str
    count: int


def figures(
    store: Store, since: date, until: date, channel: str = "", locale: str = ""
) -> tuple[Figure, ...]:
    """What was counted from one day to another, both of them too, day by day; no practice.

    A channel or locale of "" stands for all of them.
    """
    columns = [usage.c[name] for name in Figure.__dataclass_fields__]
    query = select(*columns).where(usage.c.day.between(since, until), ~usage.c.practice)
    if channel:
        query = query.where(usage.c.channel == channel)
    if locale:
        query = query.where(usage.c.locale == locale)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(*columns)).mappings()
        return tuple(Figure(**row) for row in rows)


def last_day(store: Store, channel: str) -> date | None:
    """The last day of the clinic's on which a call or a text of a real person was counted."""
    query = select(func.max(usage.c.day)).where(usage.c.channel == channel, ~usage.c.practice)
    if channel == "call":
        query = query.where(usage.c.event == "call")
    with reading(store) as connection:
        found: date | None = connection.scalar(query)
        return found
