"""A store that takes no writes for a while, and then does."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests import databases
from tests.databases import migrated
from tests.stored import KEYS, NOW
from voice.store import (
    Contact,
    Store,
    StoreUnreachable,
    answer_once,
    open_store,
    opt_out,
    read_contact,
    why_unreachable,
)
from voice.store.connection import reading
from voice.store.sessions import IDLE, begin_session, read_session, touch_session
from voice.store.staff import Newcomer, add_person

NOBODY = 65534


@contextmanager
def anybody() -> Iterator[None]:
    """Be somebody who may not do everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def file() -> Iterator[Path]:
    """The file of a store that a restore left to another, in a folder that anybody may write to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        migrated(f"sqlite:///{folder}/line.db")
        yield Path(folder, "line.db")


def text(store: Store) -> object:
    def make(known: Contact) -> tuple[Contact, str]:
        return replace(known, place="main"), "a reply"

    return answer_once(store, "SM1", KEYS, False, NOW, make)


def stop(store: Store) -> None:
    opt_out(store, KEYS, False, NOW)


@pytest.mark.parametrize("deed", [text, stop])
def test_what_is_opened_to_read_alone_is_opened_anew_when_it_may_be_written_to(
    file: Path, deed: Callable[[Store], object]
) -> None:
    file.chmod(0o444)
    with closing(open_store(f"sqlite:///{file}")) as store:
        with anybody():
            with pytest.raises(StoreUnreachable, match="READONLY"):
                deed(store)
            assert "READONLY" in why_unreachable(store)
            assert read_contact(store, KEYS) is None
            with reading(store):
                pass  # and so both ways have a connection now
        for one in file.parent.iterdir():
            one.chmod(0o666)
        with anybody():
            with pytest.raises(StoreUnreachable, match="READONLY"):
                deed(store)
            deed(store)
            assert why_unreachable(store) == ""
            assert read_contact(store, KEYS) is not None


def test_who_is_signed_in_can_still_read_but_no_longer_than_without_a_sign_of_life(
    file: Path,
) -> None:
    address = f"sqlite:///{file}"
    with closing(open_store(address)) as store:
        ana = add_person(store, Newcomer("ana@x.org", "Ana", ("writer",), "en"), None, NOW)
        begin_session(store, "token", ana.id, NOW)
    file.chmod(0o444)
    with anybody(), closing(open_store(address)) as store:
        for later in (IDLE / 3, IDLE - timedelta(seconds=1), IDLE + timedelta(seconds=1)):
            seen = read_session(store, "token")
            assert seen is not None
            assert seen.alive(NOW + later) == (later < IDLE)
            assert touch_session(store, "token", seen, NOW + later) == seen


@pytest.mark.parametrize("deed", [text, stop])
def test_a_server_that_takes_no_writes_for_a_while_is_asked_by_new_sessions(
    own_database: str, postgresql: databases.Server, deed: Callable[[Store], object]
) -> None:
    """A session that began meanwhile would be refused for ever."""
    postgresql.run(own_database, databases.EMPTY)
    change = f"ALTER DATABASE {own_database} SET default_transaction_read_only = "
    postgresql.run("postgres", f"{change} on")
    with closing(open_store(postgresql.url(own_database))) as store:
        try:
            with pytest.raises(StoreUnreachable, match="ReadOnly"):
                deed(store)
            assert read_contact(store, KEYS) is None
        finally:
            postgresql.run("postgres", f"{change} off")
        with pytest.raises(StoreUnreachable, match="ReadOnly"):
            deed(store)
        deed(store)
        assert read_contact(store, KEYS) is not None


def test_a_server_that_writes_dates_in_another_way_keeps_a_stop_all_the_same(
    own_database: str, postgresql: databases.Server
) -> None:
    postgresql.run(own_database, databases.EMPTY)
    change = f"ALTER DATABASE {own_database} "
    postgresql.run("postgres", f"{change} SET datestyle = 'SQL, DMY'")
    try:
        with closing(open_store(postgresql.url(own_database))) as store:
            text(store)
            stop(store)
            known = read_contact(store, KEYS)
    finally:
        postgresql.run("postgres", f"{change} RESET datestyle")
    assert known is not None
    assert known.opted_out_at == NOW
