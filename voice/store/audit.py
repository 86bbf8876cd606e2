"""The record of who did what: rows are added and read, never changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, insert, select

from voice.store.called import Names, names_in
from voice.store.connection import Store, reading, writing
from voice.store.console_tables import audit
from voice.store.times import into, out_of

Detail = Mapping[str, str | int | bool | None]
"""What more there is to say of a deed; never anything of a patient."""

_PHONE = re.compile(r"\+\d{8,}|\(?\b\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}\b")
_MASK: Final = "[number]"
WRONG: Final = "wrong-password"
NO_ACCESS: Final = "password-without-access"
"""A right password, at an account that was taken out of use."""
STRANGERS: Final = (WRONG, NO_ACCESS, "wrong-code")
"""Deeds that are, where nobody signed in did them, of whom nobody knows: they did not get in."""
ITSELF: Final = ("release-first", "release-completed")
"""Deeds that the line does by itself: nobody asked for them."""


@dataclass(frozen=True)
class Entry:
    """One deed. `staff` is None and `name` "" where somebody at the machine itself did it, the line
    by itself, or a stranger; else `name` is what the person was called then, `now` what they are
    called."""

    id: int
    at: datetime
    staff: int | None
    name: str
    now: str
    deed: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which entries to read: None, or "", asks for all. `until` itself is left out.

    `before` is an entry's id: only older ones. `by_machine` wants what somebody at the machine did,
    `by_line` what the line did by itself, `by_strangers` what was tried by whom nobody knows.
    """

    staff: int | None = None
    deed: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    by_machine: bool = False
    by_line: bool = False
    by_strangers: bool = False


def record(
    store: Store, staff_id: int | None, deed: str, subject: str, detail: Detail, at: datetime
) -> None:
    """Add a deed in a transaction of its own. StoreError where it cannot be kept."""
    with writing(store) as connection:
        note(connection, staff_id, deed, subject, detail, at)


def note(
    connection: Connection,
    staff_id: int | None,
    deed: str,
    subject: str,
    detail: Detail,
    at: datetime,
) -> None:
    """Add a deed in the transaction that does it; a telephone number is masked wherever it is."""
    masked = {name: _masked(told) for name, told in detail.items()}
    row = {
        "at": into(at),
        "staff": staff_id,
        "deed": deed,
        "subject": _masked(subject)[:200],
        "detail": masked,
    }
    connection.execute(insert(audit).values(row))


def entries(store: Store, wanted: Wanted, most: int) -> tuple[Entry, ...]:
    """The newest entries that are wanted, `most` of them at most, newest first."""
    query = _narrowed(select(audit), wanted).order_by(audit.c.id.desc()).limit(most)
    with reading(store) as connection:
        names = names_in(connection)
        return tuple(_entry(row, names) for row in connection.execute(query))


def deeds(store: Store) -> tuple[str, ...]:
    """Every deed that was ever recorded, in the order of the alphabet."""
    with reading(store) as connection:
        return tuple(connection.scalars(select(audit.c.deed).distinct().order_by(audit.c.deed)))


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.staff is not None:
        query = query.where(audit.c.staff == wanted.staff)
    query = _of_nobody(query, wanted)
    if wanted.deed:
        query = query.where(audit.c.deed == wanted.deed)
    if wanted.since is not None:
        query = query.where(audit.c.at >= into(wanted.since))
    if wanted.until is not None:
        query = query.where(audit.c.at < into(wanted.until))
    if wanted.before is not None:
        query = query.where(audit.c.id < wanted.before)
    return query


def _of_nobody(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Narrow down to what nobody signed in did, where that is wanted."""
    if wanted.by_machine:
        query = query.where(audit.c.staff.is_(None), audit.c.deed.not_in((*STRANGERS, *ITSELF)))
    for asked, theirs in ((wanted.by_line, ITSELF), (wanted.by_strangers, STRANGERS)):
        if asked:
            query = query.where(audit.c.staff.is_(None), audit.c.deed.in_(theirs))
    return query


def _masked(told: Any) -> Any:
    return _PHONE.sub(_MASK, told) if isinstance(told, str) else told


def _entry(row: Row[Any], names: Names) -> Entry:
    called = ("", "") if row.staff is None else (names.at(row.staff, row.id), names.now[row.staff])
    return Entry(row.id, out_of(row.at), row.staff, *called, row.deed, row.subject, row.detail)
