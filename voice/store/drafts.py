"""Words in work: saved with every version kept, and never over somebody else's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select

from voice.draft.field import Field, Value, checked
from voice.draft.merging import merged
from voice.draft.review import Person
from voice.draft.subjects import subject_of
from voice.draft.work import Draft, Work
from voice.store.audit import note
from voice.store.connection import Lock, Store, reading, settled, take_turns, writing
from voice.store.draft_tables import draft, draft_history
from voice.store.reviews import reopen, reviews_in, sign_offs_in
from voice.store.times import into, out_of

Sort = Literal["saved", "conflict", "undone", "live"]


@dataclass(frozen=True)
class Saved:
    """The words are kept. `version` is what the next save of them goes on from."""

    version: int


@dataclass(frozen=True)
class Conflict:
    """Somebody else saved in between; nothing is lost: `yours` is in the history.

    `merged` has both changes where they do not meet, else None. Saving again with `version`
    writes over `theirs`, knowingly. `by` is None where theirs are the live words.
    """

    base: Value
    yours: Value
    theirs: Value
    merged: Value | None
    version: int
    by: Person | None


@dataclass(frozen=True)
class Past:
    """A value somebody saved."""

    version: int
    value: Value
    sort: Sort
    by: Person
    at: datetime


def save(
    store: Store, field: Field, value: Value, version: int, live: Value, by: Person, at: datetime
) -> Saved | Conflict:
    """Keep a field's words. Raises TooLong.

    `version` is the one the writer began from, 0 before the first; `live` what callers hear now.
    Words that are the live ones again are a draft no more. Whatever changes ends the review and
    the sign-offs of the subject's words in work.
    """
    wanted = checked(field.kind, value)

    def work() -> Saved | Conflict:
        with writing(store) as connection:
            take_turns(connection, Lock.DRAFT)
            return _save(connection, _Change(field, wanted, live, by, at), version)

    return settled(work)


def undo(store: Store, field: Field, live: Value, by: Person, at: datetime) -> int:
    """Go back to the live words, whoever saved last; the version after it."""
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        current, newest = _draft(connection, field.id), _newest(connection, field.id)
        return _keep(connection, _Change(field, live, live, by, at), current, newest)


def read_work(store: Store) -> Work:
    """All that is in work, as it is at one moment."""
    with reading(store) as connection:
        return work_in(connection)


def versions(store: Store, subject: str) -> Mapping[str, int]:
    """The newest version of each field of a subject that ever had a draft; others are at 0."""
    query = select(draft_history.c.field, func.max(draft_history.c.version))
    mine = query.where(draft_history.c.subject == subject).group_by(draft_history.c.field)
    with reading(store) as connection:
        return {row[0]: row[1] for row in connection.execute(mine)}


def history(store: Store, field: str, most: int = 50) -> tuple[Past, ...]:
    """What was ever saved in a field, newest first."""
    query = select(draft_history).where(draft_history.c.field == field)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(draft_history.c.id.desc()).limit(most))
        return tuple(_past(row) for row in rows)


def work_in(connection: Connection) -> Work:
    """All that is in work, in a transaction of the caller's."""
    rows = connection.execute(select(draft).order_by(draft.c.field))
    drafts = {row.field: _of(row) for row in rows}
    return Work(drafts, reviews_in(connection), sign_offs_in(connection))


def publish_drafts(
    connection: Connection, went: Mapping[str, Draft], by: Person, at: datetime
) -> None:
    """Clear drafts that are live from now on; their history says so."""
    for one in went.values():
        connection.execute(delete(draft).where(draft.c.field == one.field))
        row = _history_row(one, "live", by, at)
        connection.execute(insert(draft_history).values(row))


# One save ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Change:
    """What somebody saves: tidy words for a field, and what callers hear of it now."""

    field: Field
    value: Value
    live: Value
    by: Person
    at: datetime


def _save(connection: Connection, change: _Change, version: int) -> Saved | Conflict:
    name = change.field.id
    current, newest = _draft(connection, name), _newest(connection, name)
    theirs = current.value if current else change.live
    if change.value == theirs:
        return Saved(newest)
    base = _value_at(connection, name, version, change.live)
    if version == newest or base == theirs:
        return Saved(_keep(connection, change, current, newest))
    one = _made(change, current, version)
    _write_history(connection, one, "conflict", change)
    both = merged(change.field.kind, base, change.value, theirs)
    return Conflict(base, change.value, theirs, both, newest, current.by if current else None)


def _keep(connection: Connection, change: _Change, current: Draft | None, newest: int) -> int:
    """Write the words down as the version after the newest; the version they have."""
    if current is None and change.value == change.live:
        return newest
    made = _made(change, current, newest + 1)
    connection.execute(delete(draft).where(draft.c.field == made.field))
    undone = change.value == change.live
    if not undone:
        connection.execute(insert(draft).values(_row(made)))
    _write_history(connection, made, "undone" if undone else "saved", change)
    reopen(connection, made.subject, made.concerns, change.by, change.at)
    if current is None:
        note(connection, change.by.id, "words-begun", made.field, {}, change.at)
    if undone:
        note(connection, change.by.id, "words-undone", made.field, {}, change.at)
    return made.version


def _made(change: _Change, current: Draft | None, version: int) -> Draft:
    field = change.field
    return Draft(
        field=field.id,
        subject=subject_of(field),
        locale=field.locale,
        value=change.value,
        base=current.base if current else change.live,
        version=version,
        begun=current.begun if current else version,
        by=change.by,
        at=change.at,
    )


def _write_history(connection: Connection, made: Draft, sort: Sort, change: _Change) -> None:
    connection.execute(insert(draft_history).values(_history_row(made, sort, change.by, change.at)))


def _newest(connection: Connection, field: str) -> int:
    query = select(func.max(draft_history.c.version)).where(draft_history.c.field == field)
    return connection.scalar(query) or 0


def _draft(connection: Connection, field: str) -> Draft | None:
    row = connection.execute(select(draft).where(draft.c.field == field)).first()
    return _of(row) if row else None


def _value_at(connection: Connection, field: str, version: int, live: Value) -> Value:
    """What somebody read who was shown this version; before the first, the words then live."""
    rows = select(draft_history).where(
        draft_history.c.field == field, draft_history.c.kind.in_(("saved", "undone"))
    )
    row = connection.execute(rows.where(draft_history.c.version == version)).first()
    if row is not None:
        return _value(row.value)
    first = connection.execute(rows.order_by(draft_history.c.id).limit(1)).first()
    return _value(first.base) if first else live


# Rows --------------------------------------------------------------------------------------------


def _row(one: Draft) -> dict[str, Any]:
    return {
        "field": one.field,
        "subject": one.subject,
        "locale": one.locale,
        "value": one.value,
        "base": one.base,
        "version": one.version,
        "begun": one.begun,
        "staff": one.by.id,
        "name": one.by.name,
        "at": into(one.at),
    }


def _history_row(one: Draft, sort: Sort, by: Person, at: datetime) -> dict[str, Any]:
    return {**_row(one), "kind": sort, "staff": by.id, "name": by.name, "at": into(at)}


def _value(kept: Any) -> Value:
    return tuple(kept) if isinstance(kept, list) else str(kept)


def _of(row: Row[Any]) -> Draft:
    return Draft(
        row.field,
        row.subject,
        row.locale,
        _value(row.value),
        _value(row.base),
        row.version,
        row.begun,
        Person(row.staff, row.name),
        out_of(row.at),
    )


def _past(row: Row[Any]) -> Past:
    by = Person(row.staff, row.name)
    return Past(row.version, _value(row.value), row.kind, by, out_of(row.at))
