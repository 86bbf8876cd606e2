"""Texts that come at the same time share a transaction, and nothing else."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.stored import KEYS, NOW, in_line, rows
from voice.store import (
    Contact,
    Store,
    StoreError,
    StoreUnreachable,
    answer_once,
    contact_keys,
    opt_out,
    read_contact,
    record_delivery,
)
from voice.store.connection import MOST, reading, writing
from voice.store.straight import MOST_IDLE
from voice.store.tables import contact, delivery, turn

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MANY = 6


def keys(n: int) -> Any:
    return contact_keys([b"k" * 32], f"+1212555010{n}")


def stay(known: Contact) -> tuple[Contact, str]:
    return replace(known, place="main"), "a reply"


def fail(known: Contact) -> tuple[Contact, str]:
    raise ZeroDivisionError


def at_once(store: Store, makes: list[Callable[[Contact], tuple[Contact, str]]]) -> list[Any]:
    """What becomes of texts that wait for one transaction, and so for one another."""
    said: list[Any] = [None] * len(makes)

    def text(n: int) -> None:
        try:
            said[n] = answer_once(store, f"SM{n}", keys(n), False, NOW, makes[n])
        except (ArithmeticError, StoreError) as problem:
            said[n] = type(problem)

    in_line(store, [partial(text, n) for n in range(len(makes))])
    return said


@pytest.fixture
def begun(store: Store) -> list[str]:
    """What SQLite is told of transactions."""
    said: list[str] = []
    lent = [store.engine.raw_connection() for _ in range(MOST)]
    for one in lent:
        one.driver_connection.set_trace_callback(said.append)  # type: ignore[union-attr]
        one.close()
    return said


@SQLITE
def test_texts_that_wait_are_answered_in_one_transaction(store: Store, begun: list[str]) -> None:
    assert at_once(store, [stay] * MANY) == ["a reply"] * MANY
    assert begun.count("COMMIT") == 2  # of the one they waited for, and their own
    assert len(rows(store, turn)) == len(rows(store, contact)) == MANY


@SQLITE
def test_what_twilio_tells_waits_in_the_same_line(store: Store, begun: list[str]) -> None:
    told = partial(record_delivery, store, "message", status="sent", error_code="", at=NOW)
    texts = [partial(answer_once, store, f"SM{n}", keys(n), False, NOW, stay) for n in range(MANY)]
    in_line(store, [*texts, *(partial(told, f"SM1{n}") for n in range(MANY))])
    assert begun.count("COMMIT") == 2
    assert len(rows(store, turn)) == len(rows(store, delivery)) == MANY


@SQLITE
def test_one_that_fails_takes_nobody_with_it(store: Store) -> None:
    assert at_once(store, [stay, fail, stay]) == ["a reply", ZeroDivisionError, "a reply"]
    assert {row["message_sid"] for row in rows(store, turn)} == {"SM0", "SM2"}
    assert read_contact(store, keys(1)) is None


@SQLITE
def test_the_same_text_twice_at_once_is_answered_once(store: Store) -> None:
    made = []

    def make(known: Contact) -> tuple[Contact, str]:
        made.append(known)
        return replace(known, place=known.place + "x"), f"reply {len(made)}"

    in_line(store, [partial(answer_once, store, "SM1", KEYS, False, NOW, make)] * 3)
    known = read_contact(store, KEYS)
    assert (len(made), known.place if known else "") == (1, "x")


@SQLITE
def test_who_gives_up_waiting_is_not_answered_later(store: Store) -> None:
    hasty = replace(store, wait=0.05)
    with writing(store), pytest.raises(StoreUnreachable, match="does not end"):
        answer_once(hasty, "SM1", KEYS, False, NOW, stay)
    assert answer_once(store, "SM2", KEYS, False, NOW, stay) == "a reply"
    assert [row["message_sid"] for row in rows(store, turn)] == ["SM2"]


def test_a_transaction_that_fails_leaves_its_connection_fit_for_the_next(store: Store) -> None:
    for n in range(2 * MOST):
        with pytest.raises(ZeroDivisionError):
            answer_once(store, f"SM{n}", KEYS, False, NOW, fail)
    assert rows(store, turn) == rows(store, contact) == []
    assert answer_once(store, "SM1", KEYS, False, NOW, stay) == "a reply"


@SQLITE
def test_connections_at_hand_leave_some_for_others_and_end_with_the_store(store: Store) -> None:
    closed: list[object] = []
    event.listen(store.engine, "close", lambda *_: closed.append(1))
    barrier = threading.Barrier(MOST)

    def read() -> None:
        barrier.wait()
        read_contact(store, KEYS)

    threads = [threading.Thread(target=read) for _ in range(MOST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < len(store.idle) <= MOST_IDLE < MOST
    idle = len(store.idle)
    store.close()
    assert len(closed) >= idle
    assert store.idle == []


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-6))])
def test_times_are_kept_as_sqlalchemy_keeps_them(store: Store, zone: timezone) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=zone)
    answer_once(store, "SM1", KEYS, False, at, stay)
    opt_out(store, KEYS, False, at)
    with reading(store) as connection:
        known = select(turn.c.contact).where(turn.c.created_at == at.astimezone(UTC))
        assert connection.scalar(known) == KEYS[0]
    found = read_contact(store, KEYS)
    assert found
    assert (found.first_seen, found.opted_out_at) == (at, at)
