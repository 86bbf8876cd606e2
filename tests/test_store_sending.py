"""What the line sends by itself: claimed once, capped, its fate known, and kept no longer than
it may be."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text, update

from tests.stored import KEYS, LATER, NOW, OTHERS, apart, opt_in, rows
from voice.store import (
    Caps,
    Claim,
    Failure,
    Store,
    Use,
    add_uses,
    answer_once,
    ask_call_back,
    claim,
    failures,
    forget,
    keep_number,
    note_unmatched,
    open_store,
    opt_out,
    purge,
    read_contact,
    record_consent,
    record_delivery,
    settle,
)
from voice.store import tables as t
from voice.store.claims import outcome_of
from voice.store.connection import writing
from voice.store.migrating import migrate
from voice.store.traces import Trace, write_traces

CAPS = Caps(per_number=2, in_all=3)
NEW = Claim(new=True)
TAKEN = Claim(False, outcome="unknown", open_since=NOW)
"""Somebody else claimed it, and may still be at it."""
DAY = timedelta(days=1)


def call(
    store: Store,
    id: str,
    keys: tuple[str, ...] = KEYS,
    practice: bool = False,
    at: datetime = NOW,
    caps: Caps | None = CAPS,
) -> Claim:
    return claim(store, id, "call", keys, practice, at, caps)


# Claims ------------------------------------------------------------------------------------------


def test_a_claim_is_new_once_and_then_tells_what_became_of_it(store: Store) -> None:
    assert claim(store, "SM1", "text", KEYS, False, NOW) == NEW
    assert claim(store, "SM1", "text", KEYS, False, LATER) == TAKEN
    assert outcome_of(store, "SM1") == ""
    settle(store, "SM1", "sent", "SM2", "", LATER)
    assert claim(store, "SM1", "text", KEYS, False, LATER) == Claim(False, outcome="sent")
    assert outcome_of(store, "SM1") == "sent"
    (row,) = rows(store, t.outbound)
    assert (row["sid"], row["kind"], row["contact"]) == ("SM2", "text", KEYS[0])


def test_what_was_never_claimed_can_not_be_settled(store: Store) -> None:
    settle(store, "SM1", "sent", "SM2", "", NOW)
    assert rows(store, t.outbound) == []


@pytest.mark.parametrize("kind", ["text", "call"])
def test_nothing_goes_to_who_opted_out_until_they_come_back(store: Store, kind: str) -> None:
    opt_out(store, KEYS, False, NOW)
    assert claim(store, "1", kind, KEYS, False, NOW, CAPS) == Claim(False, "opted-out")
    assert rows(store, t.outbound) == []
    opt_in(store, KEYS, False, NOW)
    assert claim(store, "1", kind, KEYS, False, NOW, CAPS) == NEW


def test_a_contact_is_called_so_often_and_no_more(store: Store) -> None:
    assert [call(store, f"{n}").bar for n in range(4)] == ["", "", "often", "often"]
    assert call(store, "0") == TAKEN
    assert len(rows(store, t.outbound)) == 2
    assert call(store, "9", at=NOW + DAY - timedelta(seconds=1)).bar == "often"
    assert call(store, "9", at=NOW + DAY) == NEW


def test_everybody_together_is_called_so_often_and_no_more(store: Store) -> None:
    third = ("3" * 64,)
    made = [call(store, "1"), call(store, "2"), call(store, "3", OTHERS), call(store, "4", third)]
    assert [one.bar for one in made] == ["", "", "", "all"]


def test_texts_do_not_count_as_calls(store: Store) -> None:
    for n in range(5):
        assert claim(store, f"t{n}", "text", KEYS, False, NOW) == NEW
    assert call(store, "c") == NEW


def test_practice_is_capped_apart(store: Store) -> None:
    third = ("3" * 64,)
    for n, keys in enumerate([OTHERS, OTHERS, third, third]):
        call(store, f"p{n}", keys, practice=True)
    assert call(store, "p9", KEYS, practice=True).bar == "all"
    assert [call(store, f"r{n}").bar for n in range(3)] == ["", "", "often"]


@pytest.mark.parametrize(
    ("outcome", "counts"), [("failed", False), ("calling", True), ("unknown", True), ("", True)]
)
def test_what_may_have_gone_out_counts_and_what_was_refused_does_not(
    store: Store, outcome: str, counts: bool
) -> None:
    for n in range(2):
        call(store, f"{n}")
        settle(store, f"{n}", outcome, "", "", NOW)
    assert (call(store, "2").bar == "often") is counts


def test_being_forgotten_does_not_lift_the_cap(store: Store) -> None:
    for n in range(2):
        call(store, f"{n}")
    forget(store, KEYS, False, NOW)
    assert call(store, "2").bar == "often"


def test_a_key_that_changed_does_not_lift_the_cap(store: Store) -> None:
    for n in range(2):
        call(store, f"{n}")
    assert call(store, "2", ("new" * 21, *KEYS)).bar == "often"


def claim_at_once(address: str, go: object, told: object) -> None:
    store = open_store(address, wait_ms=20_000)
    go.wait(60)
    told.put(claim(store, "the one", "call", KEYS, False, NOW, CAPS))
    store.close()


def test_of_processes_that_claim_at_once_exactly_one_may_go_ahead(
    store: Store, database: str
) -> None:
    start = apart()
    go, told = start.Barrier(4), start.Queue()
    each = (database, go, told)
    processes = [start.Process(target=claim_at_once, args=each) for _ in range(4)]
    for process in processes:
        process.start()
    answers = [told.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert sorted(answers, key=lambda one: one.new) == [TAKEN] * 3 + [NEW]
    assert len(rows(store, t.outbound)) == 1


def at_once(deeds: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_cap_holds_when_many_ask_at_once(store: Store) -> None:
    bars: list[str] = []

    def ask(id: str) -> None:
        bars.append(call(store, id).bar)

    threads = [threading.Thread(target=ask, args=(f"{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bars) == [""] * 2 + ["often"] * 6


def test_one_call_is_put_before_staff_once_when_many_deliver_it_at_once(store: Store) -> None:
    firsts: list[bool] = []

    def deliver() -> None:
        keep_number(store, "CA1", KEYS, False, "sealed", "en-US", "", NOW)
        firsts.append(ask_call_back(store, "CA1", "any", NOW))

    at_once([deliver] * 8)
    assert sorted(firsts) == [False] * 7 + [True]
    assert len(rows(store, t.call_back)) == 1


# Deliveries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "stands"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent", "queued"], "delivered"),
        (["sent", "undelivered"], "undelivered"),
        (["undelivered", "sent"], "undelivered"),
        (["failed", "delivered"], "failed"),
        (["delivered", "read"], "read"),
        (["something-new"], "something-new"),
        (["something-new", "queued"], "queued"),
        (["sent", "something-new"], "sent"),
        (["initiated", "ringing", "in-progress", "completed"], "completed"),
        (["completed", "ringing"], "completed"),
        (["ringing", "busy"], "busy"),
    ],
)
def test_the_furthest_status_stands_in_whatever_order_they_come(
    store: Store, statuses: list[str], stands: str
) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda contact: (contact, "a reply"))
    claim(store, "CA1.text", "text", KEYS, False, NOW)
    for status in statuses:
        code = "30003" if status in ("undelivered", "failed") else ""
        assert record_delivery(
            store, "message", "SM2", status, code, NOW, turn="SM1", claim="CA1.text"
        )
    code = "30003" if {"undelivered", "failed"} & set(statuses) else ""
    for table in (t.turn, t.outbound):
        (row,) = rows(store, table)
        assert (row["status"], row["error_code"]) == (stands, code)


def test_of_an_answer_in_two_messages_the_worse_is_seen(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda contact: (contact, "a reply"))
    record_delivery(store, "message", "SM2", "undelivered", "30006", NOW, turn="SM1")
    record_delivery(store, "message", "SM3", "delivered", "", NOW, turn="SM1")
    (row,) = rows(store, t.turn)
    assert (row["status"], row["error_code"]) == ("undelivered", "30006")


def test_one_callback_is_kept_once_when_many_deliver_it_at_once(store: Store) -> None:
    firsts: list[bool] = []

    def deliver() -> None:
        firsts.append(record_delivery(store, "call", "CA1", "completed", "", NOW))

    at_once([deliver] * 8)
    assert sorted(firsts) == [False] * 7 + [True]
    assert len(rows(store, t.delivery)) == 1


def test_the_furthest_status_stands_when_all_come_at_once(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda contact: (contact, "a reply"))
    claim(store, "CA1.text", "text", KEYS, False, NOW)
    way = ("delivered", "accepted", "sent", "queued", "something-new", "sending")
    of = {"turn": "SM1", "claim": "CA1.text"}
    at_once([partial(record_delivery, store, "message", "SM2", one, "", NOW, **of) for one in way])
    assert len(rows(store, t.delivery)) == len(way)
    assert [rows(store, table)[0]["status"] for table in (t.turn, t.outbound)] == ["delivered"] * 2


def test_a_status_waits_for_another_that_is_just_being_kept(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda contact: (contact, "a reply"))
    deliver = partial(record_delivery, store, "message", "SM2", "sent", "", NOW, turn="SM1")
    late = threading.Thread(target=deliver)
    with writing(store) as connection:
        connection.execute(update(t.turn).values(status="delivered"))
        late.start()
        late.join(0.5)
        assert late.is_alive()
    late.join()
    assert rows(store, t.turn)[0]["status"] == "delivered"


def test_a_callback_of_no_turn_or_claim_is_kept_all_the_same(store: Store) -> None:
    assert record_delivery(store, "message", "SM2", "sent", "", NOW, turn="gone", claim="gone")
    assert len(rows(store, t.delivery)) == 1


def test_a_status_longer_than_its_column_is_cut(store: Store) -> None:
    record_delivery(store, "call", "CA1", "s" * 64, "9" * 64, NOW)
    (row,) = rows(store, t.delivery)
    assert (row["status"], row["error_code"]) == ("s" * 32, "9" * 16)


def test_failures_are_counted_by_channel_and_reason(store: Store) -> None:
    record_delivery(store, "message", "SM0", "undelivered", "30003", NOW - DAY)
    for sid, hours in [("SM1", 1), ("SM2", 2)]:
        at = NOW + timedelta(hours=hours)
        record_delivery(store, "message", sid, "sent", "", at)
        record_delivery(store, "message", sid, "undelivered", "30003", at)
        record_delivery(store, "message", sid, "failed", "30003", at)
    record_delivery(store, "call", "CA1", "completed", "", NOW)
    record_delivery(store, "call", "CA2", "no-answer", "", NOW)
    for id, practice in [("1", False), ("2", True)]:
        claim(store, id, "text", KEYS, practice, NOW)
        settle(store, id, "failed", "", "21408", NOW)
    claim(store, "3", "call", KEYS, False, NOW)
    settle(store, "3", "unknown", "", "", NOW)
    claim(store, "4", "call", KEYS, False, NOW)
    settle(store, "4", "calling", "CA2", "", NOW)
    claim(store, "5", "text", KEYS, False, NOW)
    settle(store, "5", "unknown", "", "", NOW)
    record_delivery(store, "message", "SM5", "delivered", "", NOW, claim="5")
    assert failures(store, NOW) == (
        Failure("message", "30003", 2, NOW + timedelta(hours=2)),
        Failure("call", "no-answer", 1, NOW),
        Failure("call", "unknown", 1, NOW),
        Failure("message", "21408", 1, NOW),
    )
    assert failures(store, NOW + DAY) == ()


# How long it is kept -----------------------------------------------------------------------------


def fill(store: Store) -> None:
    answer_once(store, "SM1", KEYS, False, NOW, lambda contact: (contact, "a reply"))
    record_delivery(store, "message", "SM1", "sent", "", NOW)
    add_uses(store, {Use(date(2026, 11, 20), "call", "en-US", "risks", "heard"): 1})
    note_unmatched(store, "message", "en-US", "my dog", False, NOW)
    keep_number(store, "CA1", KEYS, False, "sealed", "en-US", "", NOW)
    keep_number(store, "CA2", KEYS, False, "sealed", "en-US", "", NOW)
    ask_call_back(store, "CA2", "any", NOW)
    claim(store, "1", "text", KEYS, False, NOW)
    record_consent(store, KEYS, False, "text", "call", "Press 1", NOW)
    forget(store, ("nobody",), False, NOW, call="CA9")


def left(store: Store) -> set[str]:
    return {table.name for table in t.metadata.sorted_tables if rows(store, table)}


ALWAYS = {"usage", "delivery", "consent"}
MONTH = {"turn", "unmatched", "call_back", "outbound", "contact"}


@pytest.mark.parametrize(
    ("days", "stays"),
    [
        (1, ALWAYS | MONTH | {"forgotten_call"}),
        (3, ALWAYS | MONTH),
        (29, ALWAYS | MONTH),
        (31, ALWAYS),
        (89, ALWAYS),
        (92, {"consent"}),
        (5 * 365, {"consent"}),
        (5 * 365 + 4, set()),
    ],
)
def test_the_purge_keeps_what_may_be_kept(store: Store, days: int, stays: set[str]) -> None:
    fill(store)
    assert (purge(store, NOW + timedelta(days=days)) > 0) is (days > 1)
    assert left(store) == stays
    assert purge(store, NOW + timedelta(days=days)) == 0


def test_a_number_nobody_finished_asking_about_goes_after_a_day(store: Store) -> None:
    fill(store)
    purge(store, NOW + DAY)
    assert {row["call"] for row in rows(store, t.call_back)} == {"CA1", "CA2"}
    purge(store, NOW + DAY + timedelta(minutes=1))
    assert {row["call"] for row in rows(store, t.call_back)} == {"CA2"}


def test_whom_we_texted_is_known_no_longer_than_the_caps_need(store: Store) -> None:
    fill(store)
    purge(store, NOW + DAY)
    assert rows(store, t.outbound)[0]["contact"] == KEYS[0]
    purge(store, NOW + DAY + timedelta(minutes=1))
    assert rows(store, t.outbound)[0]["contact"] == ""
    assert claim(store, "1", "text", KEYS, False, NOW).new is False


def test_who_was_seen_within_a_month_stays_known(store: Store) -> None:
    fill(store)
    answer_once(store, "SM2", KEYS, False, NOW + 29 * DAY, lambda contact: (contact, ""))
    purge(store, NOW + 58 * DAY)
    assert read_contact(store, KEYS) is not None


def test_an_opt_out_outlives_all_else_that_is_known_of_someone(store: Store) -> None:
    write_traces(store, [Trace(KEYS, False, "es-US", "slow", "topic.risks.1", LATER, "CA1")])
    opt_out(store, KEYS, False, NOW)
    opt_out(store, OTHERS, False, LATER)
    assert purge(store, NOW + 31 * DAY) == 1
    known = read_contact(store, KEYS)
    assert (known.locale, known.pace, known.place, known.call_place) == ("", "", "", "")
    assert (known.called_at, known.first_seen, known.last_seen) == (None, NOW, NOW)
    assert (known.opted_out_at, known.practice) == (NOW, False)
    assert read_contact(store, OTHERS).opted_out_at == LATER
    write_traces(store, [Trace(OTHERS, False, "es-US", "", "", NOW + 31 * DAY, "CA2")])
    assert purge(store, NOW + 32 * DAY) == 0
    assert read_contact(store, OTHERS).locale == "es-US"
    assert purge(store, NOW + 62 * DAY) == 1
    assert purge(store, NOW + 9999 * DAY) == 0
    assert read_contact(store, KEYS) == known


# Steps -------------------------------------------------------------------------------------------

FIRST_ROWS = (
    "INSERT INTO release VALUES (1, :at, 'digest', '{}', 'note')",
    "INSERT INTO live VALUES (1, 1, :at)",
    "INSERT INTO contact VALUES (:key, FALSE, 'es-US', '', 'menu.2', :at, :at, :at)",
    "INSERT INTO turn VALUES ('SM1', :key, 'the reply', :at)",
    "INSERT INTO delivery VALUES ('SM1', 'sent', 'message', '', :at)",
    "INSERT INTO usage VALUES (:day, 'call', 'en-US', '', 'heard', FALSE, 3)",
)


def test_a_store_of_the_first_step_is_brought_up_to_date_with_all_it_holds(no_tables: str) -> None:
    store = open_store(no_tables)
    migrate(store, "0001")
    values = {"at": NOW.replace(tzinfo=None).isoformat(" "), "key": KEYS[0], "day": "2026-11-20"}
    with writing(store) as connection:
        for row in FIRST_ROWS:
            wanted = {name: value for name, value in values.items() if f":{name}" in row}
            connection.execute(text(row), wanted)
    migrate(store)
    known = read_contact(store, KEYS)
    assert (known.locale, known.place, known.opted_out_at) == ("es-US", "menu.2", NOW)
    assert (known.call_place, known.called_at) == ("", None)
    assert answer_once(store, "SM1", KEYS, False, LATER, lambda _: (_, "")) == "the reply"
    assert record_delivery(store, "message", "SM1", "delivered", "", LATER, turn="SM1")
    assert rows(store, t.turn)[0]["status"] == "delivered"
    assert claim(store, "1", "text", KEYS, False, LATER).bar == "opted-out"
    assert rows(store, t.usage)[0]["count"] == 3
    store.close()
