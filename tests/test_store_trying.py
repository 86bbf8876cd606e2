"""Whether a store would keep what people wish is known once it did not, and why."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import databases
from tests.stored import KEYS, NOW, rows
from voice.commands import main
from voice.script import load
from voice.store import (
    Guard,
    Store,
    StoreUnreachable,
    contact_keys,
    live_number,
    open_store,
    opt_out,
    publish,
    why_unreachable,
)
from voice.store.moving import tables
from voice.store.trying import why_damaged, why_unkept
from voice.store.turns import see

POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
TINY = load(Path(__file__).parent / "data" / "tiny-scripts").files
LEAF = 0x0D
"""What a page of SQLite begins with that has rows of a table."""
WISHES = ("contact", "turn", "consent", "call_back", "outbound", "forgotten_call", "delivery")


@contextmanager
def without(server: databases.Server, database: str, right: str, table: str) -> Iterator[Store]:
    """The store of a user who has every right but this one, until the end."""
    name = f"line_user_{database}"
    everything = (f"ALL ON ALL {kind} IN SCHEMA public" for kind in ("TABLES", "SEQUENCES"))
    given = [f"GRANT {each} TO {name}" for each in everything]
    gone = f"DROP OWNED BY {name}", f"DROP ROLE {name}"
    server.run(database, f"CREATE ROLE {name} LOGIN", *given)
    address = server.url(database).replace("postgres@", f"{name}@")
    try:
        server.run(database, f"REVOKE {right} ON {table} FROM {name}")
        with closing(open_store(address)) as store:
            yield store
            server.run(database, *given)
            assert why_unreachable(store) == ""
            opt_out(store, KEYS, False, NOW)
    finally:
        server.run(database, *gone)


@pytest.mark.usefixtures("store")
@POSTGRESQL
@pytest.mark.parametrize("table", WISHES)
@pytest.mark.parametrize("right", ["ALL", "INSERT"])
def test_a_right_that_was_taken_is_told_until_it_is_given_back(
    postgresql: databases.Server, own_database: str, right: str, table: str
) -> None:
    with without(postgresql, own_database, right, table) as store:
        assert live_number(store) is None
        assert why_unkept(store) == "InsufficientPrivilege"
        assert [why_unreachable(store) for _ in range(2)] == ["InsufficientPrivilege"] * 2


@pytest.mark.usefixtures("store")
@POSTGRESQL
def test_a_stop_that_was_refused_is_told_by_who_looks_next(
    postgresql: databases.Server, own_database: str
) -> None:
    with without(postgresql, own_database, "INSERT", "contact") as store:
        assert why_unreachable(store) == ""
        with pytest.raises(StoreUnreachable, match="Privilege") as caught:
            opt_out(store, KEYS, False, NOW)
        assert "GRANT it ALL" in caught.value.remedy
        assert [why_unreachable(store) for _ in range(2)] == ["InsufficientPrivilege"] * 2


@pytest.mark.usefixtures("store")
@POSTGRESQL
def test_a_text_that_was_refused_before_it_was_written_is_told_too(
    postgresql: databases.Server, own_database: str
) -> None:
    with without(postgresql, own_database, "ALL", "contact") as store:
        with pytest.raises(StoreUnreachable, match="Privilege"):
            see(store, "SM1", KEYS, False, NOW, Guard(""))
        assert [why_unreachable(store) for _ in range(2)] == ["InsufficientPrivilege"] * 2


def test_trying_leaves_no_trace(store: Store) -> None:
    opt_out(store, KEYS, False, NOW)
    before = {table.name: rows(store, table) for table in tables()}
    assert why_unkept(store) == ""
    assert {table.name: rows(store, table) for table in tables()} == before


# A damaged file ----------------------------------------------------------------------------------


def stored(file: Path) -> None:
    """A file with a live release, and with so many people that they take several pages."""
    databases.migrated(f"sqlite:///{file}")
    with closing(open_store(f"sqlite:///{file}")) as store:
        publish(store, TINY, "", NOW)
        for number in range(200):
            opt_out(store, someone(number), False, NOW)


def someone(number: int) -> tuple[str, ...]:
    return tuple(contact_keys([b"k" * 32], f"+1212555{number:04}"))


def damage(file: Path) -> None:
    """Spoil a page with people's rows, and no other."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    key, content = someone(0)[0].encode(), bytearray(file.read_bytes())
    for at in range(0, len(content), size):
        if content[at] == LEAF and key in content[at : at + size]:
            content[at : at + 64] = b"\xff" * 64
    assert content != file.read_bytes()
    file.write_bytes(content)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    stored(tmp_path / "line.db")
    return tmp_path / "line.db"


def test_of_a_damaged_file_is_told_as_long_as_it_is_damaged(file: Path) -> None:
    whole = file.read_bytes()
    damage(file)
    with closing(open_store(f"sqlite:///{file}")) as store:
        assert why_unreachable(store) == ""  # nobody was refused anything yet
        with pytest.raises(StoreUnreachable, match="SQLITE_CORRUPT") as caught:
            see(store, "SM1", someone(0), False, NOW, Guard(""))
        assert caught.value.remedy.startswith("It is damaged")
        assert why_unkept(store) == ""  # it writes to other pages
        assert all("SQLITE_CORRUPT" in why_unreachable(store) for _ in range(3))
    file.write_bytes(whole)
    with closing(open_store(f"sqlite:///{file}")) as store:
        store.patience.unkept = store.patience.damaged = True
        assert why_unreachable(store) == ""
        assert not store.patience.damaged


def test_a_store_that_is_whole_is_not_damaged(store: Store) -> None:
    assert why_damaged(store) == ""


def test_the_doctor_finds_a_damaged_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE", str(file.parent / "instance"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    for name in ("SECRET_KEY", "CONTACT_KEY"):
        monkeypatch.setenv(name, name * 5)
    well = CliRunner().invoke(main, ["doctor"]).output
    damage(file)
    told = CliRunner().invoke(main, ["doctor"]).output
    assert "SQLITE_CORRUPT" not in well
    assert "problem: The store does not keep all that people wish" in told
    assert "It is damaged" in told
