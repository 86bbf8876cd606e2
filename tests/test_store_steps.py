"""Every step of the tables can be taken from with data in them, on both databases."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, select
from sqlalchemy.types import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    TypeEngine,
)

from tests import databases
from tests.stored import NOW
from voice import store as package
from voice.store import open_store
from voice.store.connection import reading, writing
from voice.store.migrating import migrate, newest

MIGRATIONS = Path(package.__file__).parent / "migrations"
STEPS = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
ONE_ROW = "live"
"""The table that never has another row."""

ASKS = """
import sys
from voice.store import open_store
from voice.store.migrating import migrate
migrate(open_store(sys.argv[1]))
print("alembic" in sys.modules)
"""


def sample(kind: TypeEngine[Any], number: int = 1) -> Any:
    """A value a column of this kind can hold, another for each number where it may be a key."""
    values: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
        (DateTime, NOW),
        (Date, date(2026, 11, 20)),
        (Boolean, False),
        (Integer, number),
        (Float, 1.5),
        (LargeBinary, b"\0\xff"),
        (JSON, {"é": "ñ"}),
        (String, f"ñ{number}"),
    )
    return next(value for sort, value in values if isinstance(kind, sort))


def tables(connection: Connection) -> list[Table]:
    """The tables as they are now, those that others point to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def kept(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """What a table holds, moments without their zone: SQLite tells none."""
    return [bared(dict(row)) for row in connection.execute(select(table)).mappings()]


def bared(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def test_the_newest_step_is_the_last() -> None:
    assert newest() == STEPS[-1]


def test_a_store_that_is_up_to_date_is_only_asked(file_with_tables: Path, tmp_path: Path) -> None:
    address = databases.copied(file_with_tables, tmp_path / "instance")
    other = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with closing(other), closing(open_store(address, wait_ms=20)) as store:
        migrate(store)  # it would wait for the other, and in vain
    said = subprocess.run([sys.executable, "-c", ASKS, address], capture_output=True, check=True)
    assert said.stdout == b"False\n"


def test_what_a_store_holds_at_any_step_stays_through_all_that_follow(no_tables: str) -> None:
    held: dict[str, list[dict[str, Any]]] = {}
    with closing(open_store(no_tables)) as store:
        for number, step in enumerate(STEPS, 1):
            migrate(store, step)
            with writing(store) as connection:
                for table in tables(connection):
                    if table.name == ONE_ROW and table.name in held:
                        continue
                    row = {one.name: sample(one.type, number) for one in table.columns}
                    connection.execute(insert(table).values(row))
                    held.setdefault(table.name, []).append(bared(row))
        with reading(store) as connection:
            assert len(held) == len(tables(connection)) > 20
            for table in tables(connection):
                now = kept(connection, table)
                assert len(now) == len(held[table.name])
                for row in held[table.name]:
                    assert row in [{name: one[name] for name in row} for one in now], table.name
