"""What reviewers say about a sentence, until the writer has dealt with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from voice.draft.review import Person
from voice.store.connection import Store, reading, writing
from voice.store.draft_tables import remark
from voice.store.times import into, maybe_out_of, out_of


@dataclass(frozen=True)
class Said:
    """What there is to say about a sentence of a field; "" is all of it."""

    field: str
    sentence: str
    words: str


@dataclass(frozen=True)
class Remark:
    """What somebody said. `settled_at` is None while nobody has dealt with it."""

    id: int
    subject: str
    locale: str
    said: Said
    by: Person
    at: datetime
    settled_by: str
    settled_at: datetime | None


def settle_remark(store: Store, id: int, by: Person, at: datetime) -> bool:
    """Mark a remark as dealt with; whether it was still open."""
    query = update(remark).where(remark.c.id == id, remark.c.settled_at.is_(None))
    with writing(store) as connection:
        done = connection.execute(query.values(settled_by=by.name, settled_at=into(at)))
        return done.rowcount > 0


def remarks(store: Store, subject: str = "", settled: bool = False) -> tuple[Remark, ...]:
    """What reviewers said, oldest first: of one subject or of all, the settled too where asked."""
    query = select(remark).order_by(remark.c.id)
    if subject:
        query = query.where(remark.c.subject == subject)
    if not settled:
        query = query.where(remark.c.settled_at.is_(None))
    with reading(store) as connection:
        return tuple(_remark(row) for row in connection.execute(query))


def write_remark(
    connection: Connection, subject: str, locale: str, said: Said, by: Person, at: datetime
) -> None:
    """Add a remark in a transaction of the caller's."""
    row = {
        "subject": subject,
        "locale": locale,
        "field": said.field,
        "sentence": said.sentence,
        "words": said.words,
        "staff": by.id,
        "name": by.name,
        "at": into(at),
    }
    connection.execute(insert(remark).values(row))


def _remark(row: Row[Any]) -> Remark:
    return Remark(
        id=row.id,
        subject=row.subject,
        locale=row.locale,
        said=Said(row.field, row.sentence, row.words),
        by=Person(row.staff, row.name),
        at=out_of(row.at),
        settled_by=row.settled_by or "",
        settled_at=maybe_out_of(row.settled_at),
    )
