"""SQLite's log reaches the file beside those who write, and none of them waits for it."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import laid_out
from tests.failure.machine import wait_until
from voice.rounds import Rounds
from voice.store import (
    Store,
    StoreUnreachable,
    contact_keys,
    note_unmatched,
    open_store,
    opt_out,
    purge,
)
from voice.store.checkpoints import LONG, Checkpoints, checkpoint, cut
from voice.store.connection import reading, writing
from voice.store.straight import Straight, asked

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
KEYS = contact_keys([b"k" * 32], "+12125550199")
OTHERS = contact_keys([b"k" * 32], "+12125550100")
PAGE = 4096


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    laid_out(tmp_path)
    made = open_store(f"sqlite:///{tmp_path}/line.db", wait_ms=200)
    checkpoint(made)
    yield made
    made.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Callable[[], int]:
    """How many contacts the file has without its log."""

    def count() -> int:
        shutil.copy(tmp_path / "line.db", tmp_path / "alone.db")
        with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
            found: int = alone.execute("SELECT count(*) FROM contact").fetchone()[0]
            return found

    return count


def lengthen(store: Store, tmp_path: Path) -> None:
    """Write until the log is a long one."""
    log = tmp_path / "line.db-wal"
    words = "INSERT INTO unmatched (channel, locale, words, practice, at) VALUES "
    with writing(store) as connection:
        for _ in range(LONG // 10):
            connection.exec_driver_sql(f"{words}('call', '', ?, 0, ?)", ("x" * 12 * PAGE, NOW))
    assert log.stat().st_size > LONG * PAGE


def test_of_what_was_purged_no_byte_is_left_in_the_file_or_its_log(
    store: Store, tmp_path: Path
) -> None:
    def left() -> set[str]:
        names = ("line.db", "line.db-wal")
        return {name for name in names if b"wobblegong" in (tmp_path / name).read_bytes()}

    for number in range(10, 30):  # so that a purge alone does not write over all of the log
        opt_out(store, contact_keys([b"k" * 32], f"+121255501{number}"), False, NOW)
    note_unmatched(store, "message", "en-US", "what a wobblegong is", False, NOW)
    checkpoint(store)
    assert left() == {"line.db", "line.db-wal"}
    purge(store, NOW + timedelta(days=31))
    assert cut(store)
    assert left() == set()


def test_a_log_that_is_being_read_is_cut_another_time(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "line.db")) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM contact").fetchone()
        opt_out(store, KEYS, False, NOW)
        assert not cut(store)
    assert cut(store)


def test_nobody_who_writes_waits_long_until_a_log_that_is_being_read_is_given_up(
    store: Store, tmp_path: Path
) -> None:
    def waits(connection: Straight) -> int:
        return int(connection.driver.execute("PRAGMA busy_timeout").fetchone()[0])

    url = f"sqlite:///{tmp_path}/line.db"
    with closing(open_store(url, wait_ms=5000)) as patient, reading(store) as other:
        other.exec_driver_sql("SELECT count(*) FROM contact").fetchone()
        opt_out(patient, KEYS, False, NOW)
        begun = time.monotonic()
        assert not cut(patient)
        assert time.monotonic() - begun < 2
        assert asked(patient, waits) == 5000


def test_what_was_written_is_taken_into_the_file_beside_a_writer(
    store: Store, in_file: Callable[[], int]
) -> None:
    opt_out(store, KEYS, False, NOW)
    assert in_file() == 0
    with writing(store):
        checkpoint(store)
    assert in_file() == 1


def test_a_long_log_is_ended_in_turn_and_begins_anew(store: Store, tmp_path: Path) -> None:
    lengthen(store, tmp_path)
    with writing(store), pytest.raises(StoreUnreachable):
        checkpoint(store)  # what there was is taken in; for the end, somebody writes for too long
    checkpoint(store)
    size = (tmp_path / "line.db-wal").stat().st_size
    lengthen(store, tmp_path)
    assert (tmp_path / "line.db-wal").stat().st_size < size * 1.1


def test_a_thread_does_it_by_itself_and_goes_on_when_the_store_is_back(
    store: Store, tmp_path: Path, in_file: Callable[[], int]
) -> None:
    taker = Checkpoints(store)
    away = tmp_path / "away.db"
    opt_out(store, KEYS, False, NOW)
    store.close()  # takes the log in, and the next connection opens what is there then
    (tmp_path / "line.db").rename(away)
    (tmp_path / "line.db").mkdir()
    taker.look()
    (tmp_path / "line.db").rmdir()
    away.rename(tmp_path / "line.db")
    opt_out(store, OTHERS, False, NOW)
    assert in_file() == 1
    rounds = Rounds(taker.look, lambda: 0.01)
    rounds.start()
    wait_until(lambda: in_file() == 2, "nothing was taken into the file")
    rounds.close()
