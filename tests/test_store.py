"""The store: once means once, nothing in clear, and never longer than it may wait."""

import os
import sqlite3
import stat
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, select, text

from tests import databases
from tests.stored import apart, make_live, opt_in, rows, save_contact
from voice import store as package
from voice.seal import Seal
from voice.store import (
    Guard,
    NoSuchRelease,
    StoreError,
    StoreUnreachable,
    Tally,
    Use,
    add_uses,
    answer_once,
    claim,
    contact_keys,
    files_digest,
    keep_number,
    live_number,
    live_release,
    open_store,
    opt_out,
    publish,
    publish_first,
    purge,
    read_call_back,
    read_contact,
    read_release,
    record_consent,
    record_delivery,
    why_unreachable,
)
from voice.store.audit import Wanted, entries
from voice.store.connection import MOST, reading, writing
from voice.store.migrating import migrate
from voice.store.moving import tables
from voice.store.tables import delivery, metadata, turn, usage

tables()  # loads every module of them: all are migrated

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NOW = datetime(2026, 11, 20, 15, 30, 45, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NUMBER = "+12125550199"
SECRET = b"k" * 32
KEYS = contact_keys([SECRET], NUMBER)
FILES = {"line.toml": 'name = "Clínica"', "topics/risks.toml": "x"}
CALLS = Use(date(2026, 11, 20), "call", "en-US", "risks", "heard")


def counts(store) -> dict[str, int]:
    with reading(store) as connection:
        return {row.event: row.count for row in connection.execute(select(usage))}


def to_menu(contact):
    return replace(contact, place=contact.place + "menu.", locale="es-US"), f"<{contact.place}>"


def test_migration_makes_exactly_the_tables_and_may_run_again(no_tables):
    store = open_store(no_tables)
    assert why_unreachable(store) == "it has no tables yet"
    for _ in range(2):
        migrate(store)
        with reading(store) as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert why_unreachable(store) == ""
    store.close()


def test_a_file_that_another_process_is_writing_to_becomes_a_store_when_that_is_done(tmp_path):
    file = tmp_path / "line.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    impatient = open_store(f"sqlite:///{file}", wait_ms=20)
    with closing(impatient), pytest.raises(StoreUnreachable, match="SQLITE_BUSY"):
        migrate(impatient)
    with closing(other), closing(open_store(f"sqlite:///{file}", wait_ms=20_000)) as store:
        threading.Timer(0.1, other.rollback).start()
        migrate(store)
        assert why_unreachable(store) == ""


def migrate_at(address: str) -> None:
    store = open_store(address, wait_ms=20_000)
    migrate(store)
    publish_first(store, FILES, "", NOW)
    store.close()


def test_processes_that_start_at_once_make_one_store_with_one_release(no_tables):
    start = apart()
    processes = [start.Process(target=migrate_at, args=(no_tables,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    store = open_store(no_tables)
    assert live_number(store) == 1
    with pytest.raises(NoSuchRelease):
        read_release(store, 2)
    store.close()


def test_who_makes_the_first_release_while_another_does_gets_that_one(own_database, postgresql):
    postgresql.run(own_database, databases.EMPTY)
    address, made = postgresql.url(own_database), []
    with closing(open_store(address)) as store, closing(open_store(address)) as quicker:

        @event.listens_for(store.engine, "after_cursor_execute")
        def looked(connection, cursor, statement, *_):
            if "FROM live" in statement and not made:
                made.append(publish_first(quicker, FILES, "", NOW))

        assert publish_first(store, FILES, "", NOW) == 1
        assert (made, [one.number for one in package.releases.releases(store)]) == ([1], [1])


def test_past_its_measure_a_contact_gets_silence_until_the_window_has_passed(store):
    guard = Guard("", most=3, window=timedelta(minutes=10))

    def ask(sid: str, at: datetime, keys=KEYS) -> str:
        return answer_once(store, sid, keys, False, at, to_menu, guard)

    soon = NOW + timedelta(minutes=9)
    assert [bool(ask(f"SM{n}", NOW)) for n in range(5)] == [True, True, True, False, False]
    assert ask("SM5", soon) == ""
    assert ask("SM0", soon) == "<>"
    assert ask("SM6", soon, contact_keys([SECRET], "+12125550100")) == "<>"
    assert read_contact(store, KEYS).place == "menu." * 6
    assert ask("SM7", NOW + timedelta(minutes=11)) == "<" + "menu." * 6 + ">"


def look_in(address: str) -> None:
    store = open_store(address)
    live_number(store)
    store.close()


@SQLITE
def test_another_process_that_looks_in_and_leaves_takes_nothing_with_it(store, database, tmp_path):
    with reading(store), reading(store):
        pass  # two connections of this process, both kept by the pool
    opt_out(store, KEYS, False, NOW)
    log = tmp_path / "instance" / "line.db-wal"
    before = log.stat().st_ino
    other = apart().Process(target=look_in, args=(database,))
    other.start()
    other.join(30)
    assert other.exitcode == 0
    assert log.stat().st_ino == before
    publish(store, FILES, "", NOW)
    again = open_store(database)
    assert live_number(again) == 1
    assert read_contact(again, KEYS).opted_out_at == NOW
    again.close()


@SQLITE
def test_only_their_owner_may_read_the_files(store, tmp_path):
    publish(store, FILES, "", NOW)
    files = list((tmp_path / "instance").iterdir())
    assert {file.name for file in files} >= {"line.db", "line.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("address", ["", "nonsense", "mysql+nodriver://h/x"])
def test_an_address_of_no_store_is_a_store_error(address):
    with pytest.raises(StoreError):
        open_store(address)


def test_releases_are_numbered_kept_whole_and_one_is_live(store):
    assert (live_number(store), live_release(store)) == (None, None)
    assert publish(store, FILES, "first", NOW) == 1
    assert publish(store, FILES | {"menu.toml": ""}, "second", LATER) == 2
    live = live_release(store)
    assert (live.number, live.note, live.made_at) == (2, "second", LATER)
    assert read_release(store, 1).files == FILES
    assert read_release(store, 1).digest == files_digest(dict(reversed(FILES.items())))
    make_live(store, 1, LATER)
    assert live_number(store) == 1
    assert publish(store, FILES, "third", LATER) == 3


def test_the_first_release_is_made_once(store):
    assert publish_first(store, FILES, "", NOW) == 1
    assert publish_first(store, {"other": ""}, "", LATER) == 1
    assert live_release(store).files == FILES


def test_every_release_made_without_the_console_is_recorded_as_what_it_is(store):
    publish_first(store, FILES, "made from scripts/", NOW)
    publish_first(store, FILES, "made from scripts/", LATER)
    publish(store, FILES, "ring +12125550199", LATER)
    publish(store, FILES, "ours again", LATER, "over")
    publish(store, FILES, "release 3 and words it needs", LATER, "completing")
    every = reversed(entries(store, Wanted(), 9))
    told = [(one.at, one.staff, one.deed, one.subject, one.detail) for one in every]
    assert told == [
        (NOW, None, "release-first", "1", {}),
        (LATER, None, "release-published", "2", {"instead of": 1, "note": "ring [number]"}),
        (LATER, None, "release-published", "3",
         {"instead of": 2, "note": "ours again", "over": "used"}),
        (LATER, None, "release-completed", "4", {"instead of": 3}),
    ]  # fmt: skip
    by_line = [one.subject for one in entries(store, Wanted(by_line=True), 9)]
    by_machine = [one.subject for one in entries(store, Wanted(by_machine=True), 9)]
    assert (by_line, by_machine) == (["4", "1"], ["3", "2"])


def test_a_release_that_can_not_be_recorded_is_not_made(store, monkeypatch):
    publish(store, FILES, "first", NOW)
    monkeypatch.setattr("voice.store.releases.record", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(store, FILES, "second", LATER)
    assert live_number(store) == 1


def test_a_number_nobody_published_can_not_go_live(store):
    publish(store, FILES, "", NOW)
    with pytest.raises(NoSuchRelease) as caught:
        make_live(store, 7, NOW)
    assert caught.value.number == 7
    assert live_number(store) == 1


def test_a_message_is_answered_once_whatever_comes_of_it_again(store):
    assert answer_once(store, "SM1", KEYS, False, NOW, to_menu) == "<>"
    before = read_contact(store, KEYS)
    assert answer_once(store, "SM1", KEYS, False, LATER, to_menu) == "<>"
    assert read_contact(store, KEYS) == before
    assert (before.place, before.locale, before.first_seen) == ("menu.", "es-US", NOW)
    assert answer_once(store, "SM2", KEYS, False, LATER, to_menu) == "<menu.>"
    assert read_contact(store, KEYS).last_seen == LATER


def test_the_same_message_from_many_at_once_has_the_effect_of_one(store):
    replies = []

    def deliver(sid: str) -> None:
        replies.append((sid, answer_once(store, sid, KEYS, False, NOW, to_menu)))

    threads = [threading.Thread(target=deliver, args=(sid,)) for sid in ["SM1", "SM2", "SM3"] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 12
    assert len(set(replies)) == 3
    assert read_contact(store, KEYS).place == "menu.menu.menu."


def test_an_answer_that_fails_changes_nothing(store):
    def fail(contact):
        raise LookupError

    with pytest.raises(LookupError):
        answer_once(store, "SM1", KEYS, False, NOW, fail)
    assert read_contact(store, KEYS) is None
    assert answer_once(store, "SM1", KEYS, False, NOW, to_menu) == "<>"


def test_an_opt_out_holds_from_the_first_request_until_they_come_back(store):
    opt_out(store, KEYS, False, NOW)
    opt_out(store, KEYS, False, LATER)
    assert read_contact(store, KEYS).opted_out_at == NOW
    answer_once(store, "SM1", KEYS, False, LATER, to_menu)
    assert read_contact(store, KEYS).opted_out_at == NOW
    for _ in range(2):
        opt_in(store, KEYS, False, LATER)
        assert read_contact(store, KEYS).opted_out_at is None


def test_a_new_contact_key_loses_nobody(store):
    opt_out(store, KEYS, False, NOW)
    rotated = contact_keys([b"new" * 16, SECRET], NUMBER)
    assert rotated[1] == KEYS[0]
    assert read_contact(store, rotated).opted_out_at == NOW
    answer_once(store, "SM1", rotated, False, LATER, to_menu)
    moved = read_contact(store, rotated[:1])
    assert (moved.key, moved.opted_out_at, moved.place) == (rotated[0], NOW, "menu.")
    assert read_contact(store, KEYS) is None


def test_practice_and_real_contacts_never_meet(store):
    practice = contact_keys([SECRET], NUMBER, practice=True)
    opt_out(store, practice, True, NOW)
    assert read_contact(store, KEYS) is None
    assert read_contact(store, practice).practice


@pytest.mark.parametrize("address", ["anonymous", "+12125550100", "\ud800", "é" * 999])
def test_every_address_has_a_key_that_does_not_show_it(address):
    key = contact_keys([SECRET], address)[0]
    assert len(key) == 64
    assert key != KEYS[0]
    assert address not in key


def test_nobody_in_particular_has_no_key():
    assert contact_keys([SECRET], "") == ()


def test_a_contact_is_remembered_as_saved(store):
    answer_once(store, "SM1", KEYS, False, NOW, to_menu)
    known = replace(read_contact(store, KEYS), pace="slow", place="ñ\U0001f600")
    save_contact(store, known)
    assert read_contact(store, KEYS) == known


def test_nothing_in_the_store_holds_a_number(store):
    answer_once(store, "SM1", KEYS, False, NOW, to_menu)
    opt_out(store, KEYS, False, NOW)
    record_delivery(store, "message", "SM1", "delivered", "", NOW)
    claim(store, "CA1:risks", "text", contact_keys([SECRET], "whatsapp:" + NUMBER), False, NOW)
    record_consent(store, KEYS, False, "text", "call", "Press 1", NOW)
    keep_number(store, "CA1", KEYS, False, Seal([SECRET]).seal(NUMBER), "en-US", "", NOW)
    assert Seal([SECRET]).open(read_call_back(store, "CA1").sealed) == NUMBER
    kept = [str(row) for table in metadata.sorted_tables for row in rows(store, table)]
    assert len(kept) == 5
    assert "2125550199" not in "".join(kept)


def test_a_status_callback_is_kept_once(store):
    assert record_delivery(store, "call", "CA1", "completed", "", NOW)
    assert not record_delivery(store, "call", "CA1", "completed", "13224", LATER)
    assert record_delivery(store, "message", "SM1", "sent", "30007", NOW)
    with reading(store) as connection:
        rows = connection.execute(select(delivery.c.sid, delivery.c.error_code)).all()
    assert sorted(map(tuple, rows)) == [("CA1", ""), ("SM1", "30007")]


def test_uses_are_added_up(store):
    add_uses(store, {CALLS: 2, replace(CALLS, event="asked"): 1})
    add_uses(store, {CALLS: 3})
    add_uses(store, {})
    assert counts(store) == {"heard": 5, "asked": 1}


def test_counting_waits_for_nobody_and_writes_what_is_left_at_the_end(store):
    tally = Tally(store, every=3600)

    def call_often() -> None:
        for _ in range(100):
            tally.count(CALLS)

    threads = [threading.Thread(target=call_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts(store) == {}
    tally.close()
    assert counts(store) == {"heard": 200}


def test_counts_of_a_store_that_is_away_wait_until_it_is_back(no_tables, caplog):
    store = open_store(no_tables)
    tally = Tally(store, every=3600)
    tally.count(CALLS)
    assert not tally.write()
    assert "no tables" in caplog.text
    migrate(store)
    tally.count(CALLS)
    assert tally.write()
    assert counts(store) == {"heard": 2}
    tally.close()
    store.close()


def test_the_tally_writes_by_itself(store):
    tally = Tally(store, every=0.01)
    tally.count(CALLS)
    deadline = time.monotonic() + 10
    while not counts(store) and time.monotonic() < deadline:
        os.sched_yield()
    assert counts(store) == {"heard": 1}
    tally.close()


def test_the_tally_writes_on_after_an_error_of_any_kind(store, monkeypatch, caplog):
    failed = threading.Event()

    def fails(*_):
        failed.set()
        raise NotImplementedError

    tally = Tally(store, every=0.01)
    with monkeypatch.context() as broken:
        broken.setattr("voice.store.counts.add_uses", fails)
        tally.count(CALLS)
        assert failed.wait(10)
    tally.count(CALLS)
    deadline = time.monotonic() + 10
    while not counts(store) and time.monotonic() < deadline:
        os.sched_yield()
    assert counts(store) == {"heard": 1}
    assert "usage counts were lost" in caplog.text
    tally.close()


@pytest.mark.parametrize(("days", "left"), [(29, 3), (31, 2), (89, 2), (92, 0)])
def test_the_purge_keeps_what_may_be_kept(store, days, left):
    answer_once(store, "SM1", (), False, NOW, to_menu)
    record_delivery(store, "message", "SM1", "sent", "", NOW)
    add_uses(store, {CALLS: 1})
    assert purge(store, NOW + timedelta(days=days)) == 3 - left
    with reading(store) as connection:
        rows = [connection.execute(select(table)).all() for table in (turn, delivery, usage)]
    assert sum(map(len, rows)) == left


NO_FILE = """
CREATE FUNCTION no_file() RETURNS event_trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$;
CREATE EVENT TRIGGER no_file ON ddl_command_start EXECUTE FUNCTION no_file()
"""
A_FILE = "DROP EVENT TRIGGER no_file; DROP FUNCTION no_file()"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("error", "why"), [("disk_full", "DiskFull"), ("syntax_error", "")])
def test_of_a_full_disk_is_told_although_files_that_are_there_have_room(
    store, database, error, why
):
    """But where no file may be made for another reason, nothing is told of that."""
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(NO_FILE.format(error))
        try:
            with pytest.raises(StoreUnreachable), writing(store) as connection:
                connection.exec_driver_sql("CREATE TABLE more (many text)")
            assert answer_once(store, "SM1", KEYS, False, NOW, to_menu) == "<>"
            assert [why_unreachable(store) for _ in range(2)] == [why, why]
        finally:
            administrator.execute(A_FILE)
    assert why_unreachable(store) == ""


def test_a_write_that_fails_while_somebody_looks_is_no_full_disk(store):
    """Whoever looks next tries to write."""
    event.listen(store.engine, "commit", lambda _: setattr(store.patience, "unkept", True))
    assert why_unreachable(store) == ""
    assert store.patience.unkept


def test_a_locked_store_is_given_up_after_a_bounded_wait(database):
    store, other = open_store(database, wait_ms=200), open_store(database)
    with writing(other) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE contact, turn, chore IN ACCESS EXCLUSIVE MODE"))
        begun = time.monotonic()
        with pytest.raises(StoreUnreachable, match=r"SQLITE_BUSY|LockNotAvailable"):
            answer_once(store, "SM1", KEYS, False, NOW, to_menu)
        assert time.monotonic() - begun < 2
        assert why_unreachable(store) != ""
    assert why_unreachable(store) == ""
    assert answer_once(store, "SM1", KEYS, False, NOW, to_menu) == "<>"
    store.close()
    other.close()


def test_more_at_once_than_there_are_connections_wait_and_then_give_up(database):
    store = open_store(database, wait_ms=200)
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(reading(store))
        begun = time.monotonic()
        with pytest.raises(StoreUnreachable, match="TimeoutError"), reading(store):
            pass
        assert 0.1 < time.monotonic() - begun < 2
    assert live_number(store) is None
    store.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_question_that_takes_too_long_is_given_up(database):
    store = open_store(database, wait_ms=100)
    begun = time.monotonic()
    with pytest.raises(StoreUnreachable, match="QueryCanceled"), reading(store) as connection:
        connection.execute(text("SELECT pg_sleep(20)"))
    assert time.monotonic() - begun < 5
    store.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_connections_that_were_cut_are_made_anew_at_the_next_question(
    database, postgresql, own_database
):
    store = open_store(database)
    with reading(store), reading(store):
        pass  # two connections, both kept by the pool
    postgresql.run(
        own_database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    opt_out(store, KEYS, False, NOW)
    assert read_contact(store, KEYS).opted_out_at == NOW
    store.close()


@pytest.mark.parametrize("spoil", ["folder is a file", "not a database"])
def test_a_store_that_can_not_be_used_says_why_and_shows_nothing(tmp_path, spoil):
    if spoil == "folder is a file":
        (tmp_path / "instance").write_text("")
    else:
        (tmp_path / "instance").mkdir()
        (tmp_path / "instance" / "line.db").write_text("no database " * 100)
    store = open_store(f"sqlite:///{tmp_path}/instance/line.db")
    why = why_unreachable(store)
    assert why
    assert str(tmp_path) not in why
    with pytest.raises(StoreUnreachable) as caught:
        opt_out(store, KEYS, False, NOW)
    assert KEYS[0] not in str(caught.value)
    store.close()


def test_a_time_is_a_moment_in_any_zone_and_never_without_one(store):
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    opt_out(store, KEYS, False, east)
    assert read_contact(store, KEYS).opted_out_at == NOW
    with pytest.raises(ValueError, match="zone"):
        opt_out(store, contact_keys([SECRET], "new"), False, NOW.replace(tzinfo=None))


def test_foreign_keys_are_kept(store):
    publish(store, FILES, "", NOW)
    with pytest.raises(StoreError), writing(store) as connection:
        connection.exec_driver_sql("DELETE FROM release")
    assert live_number(store) == 1
