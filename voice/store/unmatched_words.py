"""Words the line did not understand, for staff to teach it; scrubbed before they come here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

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


def note_unmatched(
    store: Store, channel: str, locale: str, words: str, practice: bool, at: datetime
) -> None:
    """Keep scrubbed words that were not understood; no words, nothing to keep."""
    row = {"channel": channel, "locale": locale, "words": words, "practice": practice}
    if words:
        with writing(store) as connection:
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


def drop_unmatched(store: Store, words: str, locale: str) -> int:
    """Delete these words, once they are taught or of no use; how often they had come."""
    mine = (table.c.words == words) & (table.c.locale == locale)
    with writing(store) as connection:
        return connection.execute(delete(table).where(mine)).rowcount
