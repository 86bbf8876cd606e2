"""Every step of the tables can be taken from with data in them, on both databases."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
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
SAMPLES: tuple[tuple[type[TypeEngine[Any]], Any], ...] = (
    (DateTime, NOW),
    (Date, date(2026, 11, 20)),
    (Boolean, False),
    (Integer, 1),
    (Float, 1.5),
    (LargeBinary, b"\0\xff"),
    (JSON, {"é": "ñ"}),
    (String, "ñ"),
)


ASKS = """
import sys
from voice.store import open_store
from voice.store.migrating import migrate
migrate(open_store(sys.argv[1]))
print("alembic" in sys.modules)
"""


def sample(kind: TypeEngine[Any]) -> Any:
    """A value a column of this kind can hold."""
    return next(value for sort, value in SAMPLES if isinstance(kind, sort))


def tables(connection: Connection) -> list[Table]:
    """The tables as they are now, those that others point to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def kept(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """What a table holds, moments without their zone: SQLite tells none."""
    rows = connection.execute(select(table)).mappings()
    return [{name: bare(value) for name, value in row.items()} for row in rows]


def bare(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


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


@pytest.mark.parametrize("step", STEPS)
def test_a_store_of_any_step_keeps_all_it_holds(no_tables: str, step: str) -> None:
    store = open_store(no_tables)
    migrate(store, step)
    with writing(store) as connection:
        for table in tables(connection):
            row = {column.name: sample(column.type) for column in table.columns}
            connection.execute(insert(table).values(row))
    with reading(store) as connection:
        before = {table.name: kept(connection, table) for table in tables(connection)}
    migrate(store)
    with reading(store) as connection:
        after = {table.name: kept(connection, table) for table in tables(connection)}
        assert sum(map(len, before.values())) == len(before) >= 6
    for name, rows in before.items():
        pairs = zip(rows, after[name], strict=True)
        assert [{key: now[key] for key in row} for row, now in pairs] == rows
    store.close()
