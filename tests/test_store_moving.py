"""All that a file holds is in PostgreSQL afterwards, or nothing is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, func, insert, select, text

from tests import databases
from tests.stored import LATER, NOW, rows
from tests.test_store_steps import sample
from voice.store import (
    Store,
    StoreUnreachable,
    live_number,
    open_store,
    publish_first,
    record_delivery,
)
from voice.store.chores import steady_from
from voice.store.connection import reading, writing
from voice.store.migrating import migrate
from voice.store.moving import WAITING, Unmovable, held, move, tables
from voice.store.tables import call_back, contact, delivery, release
from voice.store.times import out_of

BY_NAME = {table.name: table for table in tables()}
OLDER = "0005"


def show(_done: int, _of: int) -> None:
    """Show nothing."""


@pytest.fixture
def file(file_with_tables: Path, tmp_path: Path) -> Path:
    """A store's file with a row in every table, and more in some."""
    address = databases.copied(file_with_tables, tmp_path / "instance")
    with closing(open_store(address)) as store, writing(store) as connection:
        for table in tables():
            row = {column.name: sample(column.type) for column in table.columns}
            connection.execute(insert(table).values(row))
        connection.execute(insert(contact), [someone(number) for number in range(2500)])
    return tmp_path / "instance" / "line.db"


def someone(number: int) -> dict[str, Any]:
    """A contact who is not like the one before."""
    odd = number % 2 == 1
    return {
        "key": f"key {number}",
        "practice": odd,
        "locale": "es-US" if odd else "",
        "pace": "normal",
        "place": "¿ñ? 😀\n\\" * odd,
        "opted_out_at": LATER if odd else None,
        "first_seen": NOW,
        "last_seen": NOW.replace(microsecond=0),
    }


@pytest.fixture
def target(own_database: str, postgresql: databases.Server) -> Iterator[Store]:
    """An open store with empty tables, on a PostgreSQL that has another clock on its wall."""
    postgresql.run(own_database, databases.EMPTY)
    postgresql.run("postgres", f"ALTER DATABASE {own_database} SET timezone = 'Asia/Kathmandu'")
    with closing(open_store(postgresql.url(own_database), wait_ms=20_000)) as store:
        yield store
    postgresql.run("postgres", f"ALTER DATABASE {own_database} RESET timezone")


def all_of(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in some order, every time with its zone."""
    return {table.name: sorted(map(told, rows(store, table)), key=str) for table in tables()}


def told(row: Any) -> dict[str, Any]:
    return {name: out_of(one) if hasattr(one, "tzinfo") else one for name, one in row.items()}


def is_empty(store: Store) -> bool:
    return not any(all_of(store).values())


def test_every_row_of_every_table_is_the_same_afterwards(file: Path, target: Store) -> None:
    shown: list[tuple[int, int]] = []
    with held(file) as source:
        before = all_of(source)
        counts = move(source, target, lambda *now: shown.append(now))
    assert all_of(target) == before
    assert counts == {name: len(found) for name, found in before.items()}
    assert len(counts) >= 26
    assert min(counts.values()) == 1
    assert counts["contact"] == 2501
    assert shown[-1] == (sum(counts.values()), sum(counts.values()))
    assert any(one["opted_out_at"] == LATER for one in rows(target, contact))
    with closing(open_store(f"sqlite:///{file}")) as again:
        assert all_of(again) == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_no_number_is_given_twice(file: Path, target: Store) -> None:
    """Nor that of a row that is gone: a page that staff left open must not end another's."""
    with closing(open_store(f"sqlite:///{file}")) as store, writing(store) as connection:
        last = connection.execute(insert(call_back).values(wish(41))).lastrowid
        connection.execute(delete(call_back).where(call_back.c.id == last))
    with held(file) as source:
        move(source, target, show)
    numbered = [table for table in tables() if table.autoincrement_column is not None]
    assert {"audit", "call_back", "consent", "staff"} <= {table.name for table in numbered}
    for table in numbered:
        assert next_number(target, table) == (42 if table is call_back else 2), table.name


def wish(id: int) -> dict[str, Any]:
    row = {column.name: sample(column.type) for column in call_back.columns}
    return row | {"id": id, "call": f"CA{id}"}


def next_number(store: Store, table: Table) -> int:
    """The number that PostgreSQL gives next."""
    column = table.autoincrement_column
    assert column is not None
    with writing(store) as connection:
        name = func.pg_get_serial_sequence(table.name, column.name)
        return connection.scalar(select(func.nextval(name))) or 0


def test_a_file_of_an_earlier_version_is_brought_up_to_date_first(
    tmp_path: Path, target: Store
) -> None:
    file = tmp_path / "line.db"
    with closing(open_store(f"sqlite:///{file}")) as store:
        migrate(store, OLDER)
        publish_first(store, {"line.toml": ""}, "", NOW)
    with held(file) as source:
        move(source, target, show)
    assert live_number(target) == 1


def test_a_store_that_holds_anything_is_left_as_it_is(file: Path, target: Store) -> None:
    with held(file) as source:
        for name in sorted(set(BY_NAME) - WAITING):
            with without_triggers(target) as connection:
                row = {column.name: sample(column.type) for column in BY_NAME[name].columns}
                connection.execute(insert(BY_NAME[name]).values(row))
            before = all_of(target)
            said = rf"not empty, .* It holds: {name} \(1\)\. Name an"
            with pytest.raises(Unmovable, match=said):
                move(source, target, show)
            assert all_of(target) == before
            with without_triggers(target) as connection:
                connection.execute(delete(BY_NAME[name]))


@contextmanager
def without_triggers(store: Store) -> Iterator[Connection]:
    """Write where neither keys to other tables nor what only ever grows is minded."""
    with writing(store) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection


def test_what_a_line_that_waits_has_written_is_no_obstacle(file: Path, target: Store) -> None:
    steady_from(target, LATER)
    record_delivery(target, "message", "SM1", "sent", "", LATER)
    with held(file) as source:
        move(source, target, show)
        moved = all_of(source)["delivery"]
    assert len(rows(target, delivery)) == 2
    assert moved[0] in all_of(target)["delivery"]


def test_a_row_that_postgresql_refuses_leaves_nothing_behind(file: Path, target: Store) -> None:
    with closing(open_store(f"sqlite:///{file}")) as store, writing(store) as connection:
        connection.execute(text("UPDATE publication SET note = 'a' || char(0) || 'b'"))
        before = connection.scalar(select(func.count()).select_from(contact))
    with held(file) as source, pytest.raises(Unmovable) as caught:
        move(source, target, show)
    assert "a row of the table publication" in str(caught.value)
    assert "nothing was moved" in str(caught.value)
    assert "DataError" in str(caught.value)
    assert is_empty(target)
    with closing(open_store(f"sqlite:///{file}")) as again:
        assert len(rows(again, contact)) == before


def test_whoever_stops_it_half_way_finds_nothing_moved(file: Path, target: Store) -> None:
    def stop(done: int, _of: int) -> None:
        if done > 2000:
            raise KeyboardInterrupt

    with held(file) as source, pytest.raises(KeyboardInterrupt):
        move(source, target, stop)
    assert is_empty(target)
    with held(file) as source:
        move(source, target, show)
    assert len(rows(target, contact)) == 2501


def test_another_machine_cannot_publish_meanwhile(file: Path, target: Store) -> None:
    refused: list[str] = []
    with closing(open_store(target.engine.url.render_as_string(False), wait_ms=50)) as other:

        def publish(_done: int, _of: int) -> None:
            if not refused:
                assert live_number(other) is None
                with pytest.raises(StoreUnreachable) as caught:
                    publish_first(other, {"line.toml": "b = 2"}, "", NOW)
                refused.append(str(caught.value))

        with held(file) as source:
            move(source, target, publish)
    assert refused == ["LockNotAvailable"]
    assert [one["note"] for one in rows(target, release)] == ["ñ1"]


def test_a_table_that_lost_rows_on_the_way_is_noticed(file: Path, target: Store) -> None:
    with writing(target) as connection:
        forget = "CREATE RULE forget AS ON INSERT TO remark DO INSTEAD NOTHING"
        connection.execute(text(forget))
    try:
        with held(file) as source, pytest.raises(Unmovable, match="Of 1 rows of the table remark"):
            move(source, target, show)
        assert is_empty(target)
    finally:
        with writing(target) as connection:
            connection.execute(text("DROP RULE forget ON remark"))


# The file ----------------------------------------------------------------------------------------


def test_a_file_that_a_line_has_open_is_not_taken(file: Path) -> None:
    with closing(sqlite3.connect(file)) as line:
        line.execute("SELECT number FROM live").fetchall()
        with pytest.raises(Unmovable, match=r"line\.db is in use: stop the line"), held(file):
            pass
    with held(file) as source, closing(sqlite3.connect(file, timeout=0)) as line:
        assert live_number(source) == 1
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            line.execute("UPDATE live SET number = 1")


def nothing(file: Path) -> str:
    return f"There is no store at {file}"


def empty(file: Path) -> str:
    file.touch()
    return f"{file} is no store of the line"


def other(file: Path) -> str:
    file.write_text("no database" * 200)
    return f"{file} cannot be read (DatabaseError SQLITE_NOTADB)"


def later(file: Path) -> str:
    with closing(open_store(f"sqlite:///{file}")) as store:
        migrate(store)
        with writing(store) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    return f"{file} is of a later version"


@pytest.mark.parametrize("made", [nothing, empty, other, later], ids=lambda made: made.__name__)
def test_a_file_that_is_no_store_of_this_line_is_named(tmp_path: Path, made: Any) -> None:
    said = made(tmp_path / "line.db")
    with pytest.raises(Unmovable) as caught, held(tmp_path / "line.db"):
        pass
    assert str(caught.value).startswith(said)
    assert ": " in str(caught.value)


def test_every_table_of_the_store_is_moved(target: Store) -> None:
    with reading(target) as connection:
        asked = "SELECT relname FROM pg_class WHERE relkind = 'r'"
        there = connection.scalars(text(f"{asked} AND relnamespace = 'public'::regnamespace"))
        assert set(there) == set(BY_NAME) | {"alembic_version"}
