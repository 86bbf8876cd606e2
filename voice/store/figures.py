"""The counts of use, read for staff: how often what happened, nobody in particular."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

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
