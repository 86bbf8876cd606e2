"""Words the line did not understand, for staff to teach it; scrubbed before they come here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, func, insert, select

from voice.store.connection import Store, reading, writing
from voice.store.tables import unmatched as table
from voice.store.times import into, out_of


@dataclass(frozen=True)
class Unmatched:
    """Words that came `count` times on a channel in a locale, last at `newest`."""

    words: str
    locale: str
    channel: str
    count: int
    newest: datetime


@dataclass(frozen=True)
class Wording:
    """The same words in a locale, however they came: so often in calls, so often in texts."""

    words: str
    locale: str
    calls: int
    texts: int
    newest: datetime


@dataclass(frozen=True)
class Sought:
    """Which wordings are wanted: with this text in them, in a locale, on a channel; "" for any.

    `practice`: those of the practice telephone, not of real people.
    """

    text: str = ""
    locale: str = ""
    channel: str = ""
    practice: bool = False


def note_unmatched(
    store: Store, channel: str, locale: str, words: str, practice: bool, at: datetime
) -> None:
    """Keep scrubbed words that were not understood; no words, nothing to keep."""
    row = {"channel": channel, "locale": locale, "words": words, "practice": practice}
    if words:
        with writing(store, lasting=False) as connection:
            connection.execute(insert(table).values(row | {"at": into(at)}))


def unmatched(store: Store, limit: int) -> tuple[Unmatched, ...]:
    """At most `limit` wordings of real people, the commonest first, of those the newest."""
    often, newest = func.count().label("count"), func.max(table.c.at).label("newest")
    group = (table.c.words, table.c.locale, table.c.channel)
    query = select(*group, often, newest).where(~table.c.practice).group_by(*group)
    query = query.order_by(often.desc(), newest.desc(), *group).limit(limit)
    with reading(store) as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(Unmatched(**{**row, "newest": out_of(row["newest"])}) for row in rows)


def wordings(
    store: Store, sought: Sought, limit: int, skipped: int = 0
) -> tuple[tuple[Wording, ...], int]:
    """At most `limit` wordings after so many, the newest first; and how many there are in all."""
    mine = _sought(sought)
    calls = func.sum(case((table.c.channel == "call", 1), else_=0)).label("calls")
    often, newest = func.count().label("often"), func.max(table.c.at).label("newest")
    group = (table.c.words, table.c.locale)
    query = select(*group, calls, often, newest).where(*mine).group_by(*group)
    number = select(func.count()).select_from(query.subquery())
    query = query.order_by(newest.desc(), *group).limit(limit).offset(skipped)
    with reading(store) as connection:
        rows = connection.execute(query).all()
        return tuple(map(_wording, rows)), connection.scalar(number) or 0


def drop_unmatched(store: Store, words: str, locale: str) -> int:
    """Delete these words, once they are taught or of no use; how often they had come."""
    mine = (table.c.words == words) & (table.c.locale == locale)
    with writing(store) as connection:
        return connection.execute(delete(table).where(mine)).rowcount


def _sought(sought: Sought) -> Iterator[ColumnElement[bool]]:
    yield table.c.practice == sought.practice
    if sought.text:
        yield table.c.words.icontains(sought.text, autoescape=True)
    if sought.locale:
        yield table.c.locale == sought.locale
    if sought.channel:
        yield table.c.channel == sought.channel


def _wording(row: Row[Any]) -> Wording:
    texts = row.often - row.calls
    return Wording(row.words, row.locale, int(row.calls), int(texts), out_of(row.newest))
