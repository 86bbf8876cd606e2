"""All that a store on SQLite holds, copied into an empty one on PostgreSQL.

The whole of it, or nothing. The file is this process's alone meanwhile, and stays as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    LargeBinary,
    Table,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DataError, IntegrityError

from voice.store.connection import (
    Lock,
    Store,
    StoreError,
    StoreUnreachable,
    adding,
    open_store,
    reading,
    take_time,
    take_turns,
    writing,
)
from voice.store.migrating import migrate, newest, step_of
from voice.store.tables import metadata
from voice.store.times import out_of

AT_ONCE: Final = 1000
"""Rows in memory at a time."""
FEW: Final = 10
"""The same, of a table with sounds or scripts in it: a row may have a megabyte."""
WAITING: Final = frozenset(("chore", "delivery", "sign_in_attempt", "sound", "worked_out"))
"""Tables that a line writes into before it has anything to say. What is in them stays."""

Show = Callable[[int, int], None]
"""Called with how many rows are copied, and how many there are to copy."""


class Unmovable(StoreError):
    """The store cannot be moved, and nothing was. Its text says why, and what to do."""


def tables() -> Sequence[Table]:
    """Every table there is, those that others point to first."""
    folder = Path(__file__).parent
    for module in iter_modules([str(folder)]):
        if module.name.endswith("tables"):
            import_module(f"{__package__}.{module.name}")
    return metadata.sorted_tables


@contextmanager
def held(path: Path) -> Iterator[Store]:
    """Open the store in this file with its tables up to date; nobody else can until it is closed.

    Raises Unmovable where there is none, or another process has it open.
    """
    if not path.is_file():
        raise Unmovable(f"There is no store at {path}: name the file that holds it.")
    store = open_store(f"sqlite:///{path}")
    event.listen(store.engine, "connect", _alone, insert=True)
    try:
        _make_current(store, path)
        yield store
    finally:
        store.close()


def _alone(connection: Any, _record: Any) -> None:
    """Keep every other process out. Said before anything is read: later it would not do that."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").close()


def _make_current(store: Store, path: Path) -> None:
    """Bring a store of an earlier version of the line up to date."""
    try:
        with reading(store) as connection:
            step = step_of(connection)
    except StoreUnreachable as problem:
        raise _unreadable(path, str(problem)) from problem
    if step is None:
        raise Unmovable(f"{path} is no store of the line: name the file that is.")
    if step > newest():
        raise Unmovable(f"{path} is of a later version of the line: move it with that one.")
    migrate(store)


def _unreadable(path: Path, why: str) -> Unmovable:
    if "BUSY" in why or "LOCKED" in why:
        return Unmovable(f"{path} is in use: stop the line that runs on it, then try again.")
    return Unmovable(f"{path} cannot be read ({why}): name a file with a store of the line.")


def move(source: Store, target: Store, show: Show) -> Mapping[str, int]:
    """Copy every row of one store into another, empty one; return how many there are, by table.

    Raises Unmovable where the other is not empty or does not take a row: it is then as it was.
    """
    migrate(target)
    with reading(source) as old, writing(target) as new:
        take_time(new)
        take_turns(new, Lock.MIGRATE)
        _shut_out_others(new)
        _see_that_it_is_empty(new)
        counts = {table.name: _count(old, table) for table in tables()}
        copied = 0
        for table in tables():
            for many in _copy(old, new, table):
                copied += many
                show(copied, sum(counts.values()))
        _see_that_all_is_there(new, counts)
        for table in tables():
            _number_on(old, new, table)
    return counts


def _shut_out_others(new: Connection) -> None:
    """Let everybody else only read what is being filled."""
    names = ", ".join(f'"{table.name}"' for table in tables())
    new.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _see_that_it_is_empty(new: Connection) -> None:
    found = [f"{table.name} ({count})" for table in tables() if (count := _count(new, table))]
    taken = [one for one in found if one.split(" ")[0] not in WAITING]
    if taken:
        raise Unmovable(
            "The store that DATABASE_URL names is not empty, and nothing was moved. It holds: "
            f"{', '.join(taken)}. Name an empty database there."
        )


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _copy(old: Connection, new: Connection, table: Table) -> Iterator[int]:
    """Copy the rows of a table, some at a time; give how many each time."""
    heavy = any(isinstance(column.type, LargeBinary | JSON) for column in table.columns)
    rows = old.execution_options(yield_per=FEW if heavy else AT_ONCE).execute(select(table))
    into = insert(table)
    if table.name in WAITING:
        into = adding(new, table).on_conflict_do_nothing()
    for part in rows.mappings().partitions():
        try:
            new.execute(into, [_with_zones(table, row) for row in part])
        except (DataError, IntegrityError) as problem:
            kind = type(problem.orig).__name__
            raise Unmovable(
                f"PostgreSQL takes a row of the table {table.name} for wrong ({kind}), and nothing "
                "was moved. Empty DATABASE_URL to go on as before, and report this."
            ) from problem
        yield len(part)


def _with_zones(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Give every time of a row its zone: SQLite keeps none."""
    return {
        column.name: out_of(value)
        if isinstance(column.type, DateTime) and isinstance(value := row[column.name], datetime)
        else row[column.name]
        for column in table.columns
    }


def _see_that_all_is_there(new: Connection, counts: Mapping[str, int]) -> None:
    for table in tables():
        count, wanted = _count(new, table), counts[table.name]
        if count != wanted and (count < wanted or table.name not in WAITING):
            raise Unmovable(
                f"Of {wanted} rows of the table {table.name} there were {count} in the end, and "
                "nothing was moved. Try again; if it stays so, report it."
            )


def _number_on(old: Connection, new: Connection, table: Table) -> None:
    """Go on after the highest number ever given: that of a row that is gone is not given again."""
    column = table.autoincrement_column
    if column is None:
        return
    given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    last = old.scalar(given, {"name": table.name}) or 0
    highest = max(last, old.scalar(select(func.max(column))) or 0)
    if highest:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        new.execute(select(func.setval(sequence, highest)))
