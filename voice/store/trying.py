"""Whether the store answers, and keeps what people wish: tried, and taken back.

A store that can be read may still refuse an opt-out: its disk is full, its user lost a right, its
file is damaged. So once something was not kept, every table that wishes need is written to.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Executable, Table, delete, insert, update

from voice.store.connection import Store, StoreError, reading, told, writing
from voice.store.tables import (
    call_back,
    consent,
    contact,
    delivery,
    forgotten_call,
    outbound,
    turn,
)

FULL: Final = "DiskFull"
"""What PostgreSQL calls a disk without room."""
MALFORMED: Final = "SQLITE_CORRUPT"
"""What SQLite calls a file that is damaged."""

_WISHES: Final = (contact, turn, consent, call_back, outbound, forgotten_call, delivery)
_TRY: Final = {str: "try", bool: False, datetime: datetime(2000, 1, 1, tzinfo=UTC)}
"""What is written there, by the kind of the column. Numbers are the database's to give."""

_ROOM: Final = (
    "INSERT INTO chore VALUES ('try', '2000-01-01 00:00:00')",
    "DELETE FROM chore WHERE name = 'try'",
)
"""Writes something and removes it again: SQLite skips a write that would change nothing."""
_FILE: Final = "CREATE TEMPORARY TABLE try ON COMMIT DROP AS SELECT 1 AS room"
"""Has PostgreSQL begin a file: on a full disk it still writes where its files have room."""


def why_unreachable(store: Store) -> str:
    """Why the store cannot answer just now; "" when it can. Never more than the error's kind.

    After something was not kept, it can only if it would keep that now.
    """
    patience = store.patience
    if not patience.unkept:
        return _why_unreadable(store)
    why = why_damaged(store) if patience.damaged else ""
    patience.damaged = bool(why)
    why = why or why_unkept(store)
    patience.unkept = bool(why)
    return why


def why_unkept(store: Store) -> str:
    """Why what people wish would not be kept just now; "" where it would. It leaves no trace."""
    try:
        with writing(store) as connection:
            for wish in _wishes():
                connection.execute(wish)
            connection.rollback()
        with writing(store) as connection:
            for asked in _ROOM:
                connection.exec_driver_sql(asked)
    except StoreError as problem:
        return str(problem)
    return FULL if _is_full(store) else ""


def why_damaged(store: Store) -> str:
    """Say how SQLite's file is damaged; "" where it is not, or where the store is no file.

    Every page is read, 50 MB in a tenth of a second; what others write meanwhile does not wait.
    """
    if not store.files:
        return ""
    try:
        with told(), store.engine.begin() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except StoreError as problem:
        return str(problem)
    return "" if found == "ok" else MALFORMED


def _why_unreadable(store: Store) -> str:
    try:
        with reading(store) as connection:
            connection.exec_driver_sql("SELECT number FROM live")
    except StoreError as problem:
        return str(problem)
    return ""


def _wishes() -> Iterator[Executable]:
    """All that a wish may do to a table: add a row, change it, delete it."""
    for table in _WISHES:
        row = _row(table)
        mine = table.c[next(iter(row))] == "try"
        yield insert(table).values(row)
        yield update(table).where(mine).values(row)
        yield delete(table).where(mine)


def _row(table: Table) -> dict[str, Any]:
    """A row that is nobody's; the first value in it is a text."""
    kinds = {one.name: one.type.python_type for one in table.columns if not one.nullable}
    return {name: _TRY[kind] for name, kind in kinds.items() if kind in _TRY}


def _is_full(store: Store) -> bool:
    """Whether PostgreSQL's disk has no room; it may also forbid to try."""
    if store.files:
        return False
    try:
        with writing(store) as connection:
            connection.exec_driver_sql(_FILE)
    except StoreError as problem:
        return str(problem) == FULL
    return False
