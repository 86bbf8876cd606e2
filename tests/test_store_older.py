"""A store that goes back to an older state is told of; what only looks like it is not."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from tests.stored import KEYS, LATER, NOW, make_live, opt_in
from voice.store import (
    Store,
    answer_once,
    forget,
    opt_out,
    publish,
    purge,
    record_delivery,
)
from voice.store.audit import record
from voice.store.connection import writing
from voice.store.older import Older
from voice.store.tables import delivery, live, release, turn

FILES = {"line.toml": ""}


def text(store: Store, sid: str, at: datetime = NOW) -> None:
    answer_once(store, sid, KEYS, False, at, lambda known: (replace(known, place="m"), "a reply"))


@dataclass
class Worker:
    """A worker's looks at a store."""

    store: Store
    now: datetime = NOW
    told: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.older = Older(self.store, lambda: self.now, lambda: self.told.append(True))

    def looks(self) -> int:
        """How often it has told of an older store, after one more look."""
        self.older.look()
        return len(self.told)


@pytest.fixture
def worker(store: Store) -> Worker:
    """One that has seen a release, a deed, a text and a status."""
    publish(store, FILES, "first", NOW)
    record(store, None, "deed", "", {}, NOW)
    text(store, "SM1")
    record_delivery(store, "call", "CA1", "completed", "", NOW)
    worker = Worker(store)
    assert worker.looks() == 0
    return worker


def drop_text(store: Store) -> None:
    with writing(store) as connection:
        connection.execute(delete(turn).where(turn.c.message_sid == "SM2"))


def drop_status(store: Store) -> None:
    with writing(store) as connection:
        connection.execute(delete(delivery).where(delivery.c.sid == "CA2"))


def drop_release(store: Store) -> None:
    with writing(store) as connection:
        connection.execute(update(live).values(number=1))
        connection.execute(delete(release).where(release.c.number == 2))


def drop_all_texts(store: Store) -> None:
    with writing(store) as connection:
        connection.execute(delete(turn))


@pytest.mark.parametrize(
    ("drop", "what"),
    [
        (drop_text, "newest text: 2026-11-20 15:30:45 UTC, was 2026-11-20 16:30:45 UTC"),
        (drop_status, "newest status: 2026-11-20 15:30:45 UTC, was 2026-11-20 16:30:45 UTC"),
        (drop_release, "newest release: 1, was 2"),
        (drop_all_texts, "newest text: none, was 2026-11-20 16:30:45 UTC"),
    ],
)
def test_what_went_back_is_told_once_with_what_to_do(
    worker: Worker, caplog: pytest.LogCaptureFixture, drop: Callable[[Store], None], what: str
) -> None:
    text(worker.store, "SM2", LATER)
    record_delivery(worker.store, "call", "CA2", "completed", "", LATER)
    publish(worker.store, FILES, "second", LATER)
    assert worker.looks() == 0
    drop(worker.store)
    assert [worker.looks() for _ in range(3)] == [1] * 3
    (told,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert f"({what})" in told.getMessage()
    assert "StoreWentBack" in told.getMessage()
    text(worker.store, "SM3", LATER)
    assert worker.looks() == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_earlier_copy_of_the_file_is_told_although_nobody_wrote_meanwhile(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    file = worker.store.engine.url.database
    assert file
    with closing(sqlite3.connect(file)) as there, closing(sqlite3.connect(":memory:")) as copy:
        there.backup(copy)
        record(worker.store, None, "deed", "", {}, LATER)
        assert worker.looks() == 0
        copy.backup(there)
    assert worker.looks() == 1
    assert "(newest record: 2, was 3)" in caplog.text


def words_go_back(store: Store) -> None:
    make_live(store, 1, LATER)


def is_forgotten(store: Store) -> None:
    forget(store, KEYS, False, LATER, "CA9")


def comes_and_goes(store: Store) -> None:
    opt_out(store, KEYS, False, LATER)
    opt_in(store, KEYS, False, LATER)


def clock_is_set_back(store: Store) -> None:
    text(store, "SM9", NOW - timedelta(days=2))
    record_delivery(store, "call", "CA9", "completed", "", NOW - timedelta(days=2))


def is_purged_while_fresh(store: Store) -> None:
    assert purge(store, NOW + timedelta(days=29)) >= 0


@pytest.mark.parametrize(
    "deed",
    [words_go_back, is_forgotten, comes_and_goes, clock_is_set_back, is_purged_while_fresh],
)
def test_nothing_the_line_does_itself_is_told(
    worker: Worker, deed: Callable[[Store], None]
) -> None:
    publish(worker.store, FILES, "second", LATER)
    assert worker.looks() == 0
    deed(worker.store)
    assert worker.looks() == 0


def test_the_purge_of_the_last_text_is_not_told(worker: Worker) -> None:
    worker.now = NOW + timedelta(days=31)
    assert purge(worker.store, worker.now)
    assert worker.looks() == 0


def test_while_the_store_is_away_nothing_is_told_and_nothing_forgotten(worker: Worker) -> None:
    text(worker.store, "SM2", LATER)
    assert worker.looks() == 0
    worker.store.patience.barred = "its file: moved or deleted"
    assert worker.looks() == 0
    worker.store.patience.barred = ""
    drop_text(worker.store)
    assert worker.looks() == 1
