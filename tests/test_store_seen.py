"""A message that was seen first is answered from that, unless something has changed since."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from tests.stored import KEYS, LATER, NOW, OTHERS, opt_in, rows, save_contact
from voice.store import (
    Contact,
    Guard,
    Keys,
    Seen,
    Store,
    answer_once,
    answer_seen,
    forget,
    opt_out,
    read_contact,
    see,
)
from voice.store.connection import writing
from voice.store.tables import contact, turn

GUARD = Guard("silence", most=3, daily=6, hushes=True)
MANY = 12


def look(store: Store, sid: str, keys: Keys = KEYS, at: datetime = NOW) -> Seen:
    return see(store, sid, keys, False, at, GUARD)


def going_to(place: str, reply: str = "a reply") -> Callable[[Contact], tuple[Contact, str]]:
    return lambda known: (replace(known, place=place), reply)


def never(known: Contact) -> tuple[Contact, str]:
    raise AssertionError(known)


def answered(store: Store, sid: str, place: str, at: datetime = NOW) -> str | None:
    return answer_seen(store, look(store, sid, at=at), going_to(place), GUARD)


def test_a_stranger_and_a_contact_are_answered_and_kept(store: Store) -> None:
    assert answered(store, "SM1", "main") == "a reply"
    met = read_contact(store, KEYS)
    assert met == Contact(KEYS[0], False, "", "", "main", None, NOW, NOW)
    called = replace(met, called_at=NOW, call_place="topic.a.1", pace="slow", locale="es-US")
    save_contact(store, called)
    assert look(store, "SM2").contact == called
    assert answered(store, "SM2", "menu.1", LATER) == "a reply"
    assert read_contact(store, KEYS) == replace(called, place="menu.1", last_seen=LATER)
    assert [row["contact"] for row in rows(store, turn)] == [KEYS[0], KEYS[0]]


def test_a_message_that_comes_again_gets_its_first_reply(store: Store) -> None:
    assert answered(store, "SM1", "main") == "a reply"
    assert answer_seen(store, look(store, "SM1", at=LATER), never, GUARD) == "a reply"
    opt_out(store, KEYS, False, LATER)
    before = rows(store, contact)
    assert answer_seen(store, look(store, "SM1", at=LATER), never, GUARD) == "silence"
    loud = replace(GUARD, hushes=False)
    assert answer_seen(store, look(store, "SM1", at=LATER), never, loud) == "a reply"
    assert rows(store, contact) == before


def test_a_reply_is_known_also_of_who_was_forgotten(store: Store) -> None:
    answered(store, "SM1", "main")
    forget(store, KEYS, False, NOW)
    assert answer_seen(store, look(store, "SM1"), never, GUARD) == "a reply"


GONE = "forgotten"
Change = Callable[[Store], object]
CHANGES: dict[str, Change] = {
    "stopped": lambda store: opt_out(store, KEYS, False, NOW),
    GONE: lambda store: forget(store, KEYS, False, NOW),
    "went on": lambda store: answer_once(store, "SM8", KEYS, False, NOW, going_to("menu.2")),
    "wrote": lambda store: answer_once(store, "SM8", KEYS, False, LATER, going_to("main")),
    "answered": lambda store: answer_once(store, "SM9", KEYS, False, NOW, going_to("menu.3")),
    "another language": lambda store: save_contact(
        store, Contact(KEYS[0], False, "es-US", "", "main", None, NOW, NOW)
    ),
}


@pytest.mark.parametrize(
    ("change", "known"),
    [(change, known) for known in (True, False) for change in CHANGES if known or change != GONE],
)
def test_nothing_is_done_where_something_changed_since(
    store: Store, change: str, known: bool
) -> None:
    if known:
        answered(store, "SM1", "main")
    seen = look(store, "SM9", at=LATER)
    CHANGES[change](store)
    before = rows(store, contact), rows(store, turn)
    assert answer_seen(store, seen, going_to("topic.a.1"), GUARD) is None
    assert (rows(store, contact), rows(store, turn)) == before


def test_a_stop_in_between_stays(store: Store) -> None:
    answered(store, "SM1", "main")
    opt_out(store, KEYS, False, NOW)
    seen = look(store, "SM2", at=LATER)
    opt_in(store, KEYS, False, NOW)
    opt_out(store, KEYS, False, LATER)  # at another time than was seen
    assert answer_seen(store, seen, going_to("menu.1"), GUARD) is None
    known = read_contact(store, KEYS)
    assert known is not None
    assert (known.opted_out_at, known.place) == (LATER, "main")


def test_an_answer_that_another_machine_gave_first_undoes_what_was_written(store: Store) -> None:
    """Somebody else's row, of the same message: the contact is as it was, the answer is not."""
    answered(store, "SM1", "main")
    seen = look(store, "SM2")
    answer_once(store, "SM2", OTHERS, False, NOW, going_to("menu.1", "another's"))
    assert answer_seen(store, seen, going_to("menu.2"), GUARD) is None
    known = read_contact(store, KEYS)
    assert known is not None
    assert known.place == "main"
    assert {row["message_sid"]: row["reply"] for row in rows(store, turn)}["SM2"] == "another's"


def test_what_takes_more_than_two_writes_is_left_to_the_long_way(store: Store) -> None:
    def forgets(known: Contact) -> tuple[Contact, str]:
        return replace(known, forgotten=True), "forgotten"

    assert answer_seen(store, look(store, "SM1"), forgets, GUARD) is None
    assert answer_seen(store, look(store, "SM1", ()), never, GUARD) is None
    save_contact(store, Contact(KEYS[1], False, "", "", "main", None, NOW, NOW))
    assert answer_seen(store, look(store, "SM1"), never, GUARD) is None  # of an earlier key
    save_contact(store, Contact(KEYS[0], False, "", "", "main", None, NOW, NOW))
    assert answer_seen(store, look(store, "SM1"), never, GUARD) is None  # two rows
    assert rows(store, turn) == []


def test_a_flood_is_counted_exactly(store: Store) -> None:
    for n in range(GUARD.most):
        assert answered(store, f"SM{n}", f"menu.{n}", NOW + timedelta(seconds=n)) == "a reply"
    assert answered(store, "SM9", "main", NOW + timedelta(seconds=9)) is None
    later = NOW + timedelta(hours=1)
    for n in range(GUARD.most, GUARD.daily):
        assert answered(store, f"SM{n}", f"menu.{n}", later + timedelta(minutes=20 * n))
    urgent = replace(GUARD, alike=GUARD.daily + 1)
    seen = look(store, "SM9", at=later + timedelta(hours=9))
    assert answer_seen(store, seen, never, GUARD) is None
    assert answer_seen(store, seen, going_to("main", "urgent"), urgent) == "urgent"


def test_messages_at_the_same_time_lose_nothing_of_each_other(store: Store) -> None:
    """Each adds one to the place, from what it saw or from what is there then."""

    def counts(known: Contact) -> tuple[Contact, str]:
        return replace(known, place=str(int(known.place or "0") + 1)), "a reply"

    loose, ready = Guard("silence", most=99, daily=99), threading.Barrier(MANY)

    def text(n: int) -> None:
        seen = look(store, f"SM{n // 2}")  # each comes twice
        ready.wait(30)
        if answer_seen(store, seen, counts, loose) is None:
            answer_once(store, f"SM{n // 2}", KEYS, False, NOW, counts, loose)

    threads = [threading.Thread(target=text, args=(n,)) for n in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known = read_contact(store, KEYS)
    assert known is not None
    assert known.place == str(MANY // 2) == str(len(rows(store, turn)))


def test_what_others_got_who_were_forgotten_leads_nobody_the_long_way(store: Store) -> None:
    theirs = {"contact": "", "reply": "a reply", "created_at": NOW}
    with writing(store) as connection:
        connection.execute(insert(turn), [theirs | {"message_sid": f"SM-{n}"} for n in range(9)])
    assert answered(store, "SM1", "main") == "a reply"
    assert answered(store, "SM2", "menu.1") == "a reply"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_long_past_makes_no_question_longer(store: Store) -> None:
    """Messages of who was forgotten count for nobody, and one's own only for a day."""

    def steps() -> int:
        """How much SQLite does to look at a message, in hundreds of its instructions."""
        count = [0]
        driver = store.idle[-1].driver
        driver.set_progress_handler(lambda: count.__setitem__(0, count[0] + 1), 100)
        look(store, "SM0")
        driver.set_progress_handler(None, 100)
        return count[0]

    answered(store, "SM1", "main")
    before = steps()
    past = {"reply": "a reply", "created_at": NOW - timedelta(days=2)}
    old = [past | {"message_sid": f"SM-{n}", "contact": ("", KEYS[0])[n % 2]} for n in range(2000)]
    with writing(store) as connection:
        connection.execute(insert(turn), old)
    assert steps() <= before + 2
