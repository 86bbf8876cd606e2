"""An opt-out that was confirmed stands, whatever else happens to the same person meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import insert

from tests.databases import Server
from tests.stored import KEYS, LATER, NOW, NUMBER, OTHERS, SECRET, rows, save_contact
from voice.store import (
    Contact,
    Guard,
    Keys,
    Seen,
    Store,
    Trace,
    answer_once,
    answer_seen,
    change_contact,
    contact_keys,
    contacts,
    forget,
    forgetting,
    read_contact,
    see,
)
from voice.store.connection import writing
from voice.store.contacts import written
from voice.store.tables import contact
from voice.store.traces import write_traces

OLDER = b"o" * 32
EARLIER = contact_keys([OLDER], NUMBER)
ROTATED = contact_keys([SECRET, OLDER], NUMBER)
LOOSE = Guard("silence", most=99, daily=99)
ROUNDS = 60
SOON = 0.3
"""Seconds after which whoever has not come back waits for somebody."""

NOBODY = Contact("", False, "", "", "", None, NOW, NOW)

Make = Callable[[Contact], tuple[Contact, str]]


def stay(known: Contact) -> tuple[Contact, str]:
    return replace(known, place="menu.1"), "a reply"


def go(known: Contact) -> tuple[Contact, str]:
    return replace(known, forgotten=True), "We forgot you."


def stop(known: Contact) -> tuple[Contact, str]:
    return replace(known, opted_out_at=known.opted_out_at or NOW), "No more texts."


def start(known: Contact) -> tuple[Contact, str]:
    return replace(known, opted_out_at=None), "Texts again."


def look(store: Store, sid: str, keys: Keys) -> Seen:
    return see(store, sid, keys, False, NOW, LOOSE)


def answer(store: Store, seen: Seen, sid: str, keys: Keys, make: Make) -> str:
    """Answer as the line does: from what was seen, or else inside a transaction."""
    reply = answer_seen(store, seen, make, LOOSE)
    return reply or answer_once(store, sid, keys, False, NOW, make, LOOSE)


def texted(sid: str, make: Make) -> Callable[[Store, Keys], object]:
    return lambda store, keys: answer(store, look(store, sid, keys), sid, keys, make)


def late(sid: str, make: Make) -> Callable[[Store, Keys], object]:
    """One that is answered inside a transaction, as in a flood."""
    return lambda store, keys: answer_once(store, f"{sid}{keys[0][:40]}", keys, False, NOW, make)


def called(store: Store, keys: Keys) -> None:
    write_traces(store, [Trace(keys, False, "es-US", "slow", "topic.risks.2", NOW, keys[0])])


def forgotten(store: Store, keys: Keys) -> None:
    forget(store, keys, False, NOW, keys[0])


def moved(store: Store, keys: Keys) -> None:
    change_contact(store, keys, False, NOW, lambda known: replace(known, place="menu.2"))


# Many at once ------------------------------------------------------------------------------------

BESIDE: dict[str, tuple[Callable[[Store, Keys], object], ...]] = {
    "forget me": (late("SMf", go),),
    "forget me, twice": (late("SMf", go), late("SMg", go)),
    "forget me in a call": (forgotten,),
    "a question": (late("SMr", stay),),
    "a question and a call": (late("SMr", stay), called),
    "a text that goes on": (moved,),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_a_stop_of_someone_new_stands_whatever_comes_at_the_same_moment(
    store: Store, beside: str
) -> None:
    lost = []
    with ThreadPoolExecutor(4) as telephones:
        for n in range(ROUNDS):
            keys = contact_keys([SECRET], f"+1718555{n:04}")
            seen = look(store, f"SM{n}", keys)
            ready = threading.Barrier(1 + len(BESIDE[beside]))

            def at_once(deed: Callable[[Store, Keys], object], keys=keys, ready=ready) -> None:
                ready.wait(30)
                deed(store, keys)

            def stopped(store: Store, keys: Keys, seen=seen, n=n) -> None:
                assert answer(store, seen, f"SM{n}", keys, stop) == "No more texts."

            list(telephones.map(at_once, (stopped, *BESIDE[beside])))
            known = read_contact(store, keys)
            if known is None or known.opted_out_at != NOW:
                lost.append(n)
    assert lost == []


# One after the other, at the worst moment --------------------------------------------------------


@dataclass
class Between:
    """A stop that comes when another has seen that nobody is known, and has not written yet."""

    store: Store
    keys: Keys
    threads: list[threading.Thread] = field(default_factory=list)

    def __call__(self) -> None:
        """Let the stop come, and wait for it, unless it waits itself."""
        if not self.threads:
            sent = threading.Thread(target=texted("SMs", stop), args=(self.store, self.keys))
            self.threads.append(sent)
            sent.start()
            sent.join(SOON)

    def over(self) -> None:
        """Wait until the stop is answered."""
        (sent,) = self.threads
        sent.join(30)
        assert not sent.is_alive()

    def making(self, make: Make) -> Make:
        """An answer that it comes before."""

        def made(known: Contact) -> tuple[Contact, str]:
            self()
            return make(known)

        return made


Deed = Callable[[Store, Between, pytest.MonkeyPatch], object]


def by_text(make: Make) -> Deed:
    return lambda store, between, _: answer_once(
        store, "SMr", ROTATED, False, NOW, between.making(make)
    )


def after_looking(deed: Callable[[Store, Keys], object]) -> Deed:
    """Have the stop come after the rows were asked for, by whatever module asks."""

    def done(store: Store, between: Between, monkeypatch: pytest.MonkeyPatch) -> object:
        asked = contacts.locked

        def locked(connection, keys):  # type: ignore[no-untyped-def]
            found = asked(connection, keys)
            between()
            return found

        for module in (contacts, forgetting):
            if hasattr(module, "locked"):
                monkeypatch.setattr(module, "locked", locked)
        return deed(store, ROTATED)

    return done


DEEDS: dict[str, Deed] = {
    "a question": by_text(stay),
    "forget me": by_text(go),
    "start": by_text(start),
    "forget me in a call": after_looking(forgotten),
    "where a call was": after_looking(called),
    "a text sent in a call": after_looking(moved),
}


def stands(store: Store) -> None:
    """The opt-out is there, with its time."""
    known = read_contact(store, ROTATED)
    assert known is not None
    assert known.opted_out_at == NOW


@pytest.mark.parametrize("keys", [ROTATED, EARLIER], ids=["same key", "before a new key"])
@pytest.mark.parametrize("deed", DEEDS)
def test_a_stop_that_comes_between_looking_and_writing_stands(
    store: Store, monkeypatch: pytest.MonkeyPatch, deed: str, keys: Keys
) -> None:
    """With an earlier key, as a machine that has no new one yet has, nobody waits for it."""
    between = Between(store, keys)
    DEEDS[deed](store, between, monkeypatch)
    between.over()
    stands(store)


@pytest.mark.parametrize("deed", ["where a call was", "a text sent in a call"])
def test_a_stop_under_an_earlier_key_stands_while_what_is_known_moves_to_the_new_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    spelled = contact_keys([SECRET], NUMBER)[1]
    save_contact(store, Contact(spelled, False, "", "", "main", None, NOW, NOW))
    between = Between(store, EARLIER)
    DEEDS[deed](store, between, monkeypatch)
    between.over()
    stands(store)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("deed", DEEDS)
def test_an_opt_out_that_somebody_writes_without_waiting_for_anybody_stands(
    store: Store, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """No writer relies on the others to wait: what it did not see it does not overwrite."""
    between = Between(store, KEYS)

    def write(between: Between = between) -> None:
        if not between.threads:
            between.threads.append(threading.current_thread())
            stopped = Contact(KEYS[0], False, "", "", "", NOW, NOW, NOW)
            with writing(store) as connection:
                connection.execute(insert(contact), written(stopped) | {"practice": False})

    monkeypatch.setattr(Between, "__call__", lambda _: write())
    DEEDS[deed](store, between, monkeypatch)
    known = read_contact(store, KEYS)
    assert known is not None
    assert known.opted_out_at == NOW


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("make", "opted_out_at"), [(go, NOW), (stay, NOW), (start, None)])
def test_who_comes_after_a_stop_that_is_not_committed_yet_waits_and_sees_it(
    store: Store, own_database: str, postgresql: Server, make: Make, opted_out_at: datetime | None
) -> None:
    """The stop is written, its answer not yet: somebody else writes that, and gives up."""
    with ThreadPoolExecutor(2) as telephones:
        with psycopg.connect(postgresql.url(own_database)) as other:
            other.execute("INSERT INTO turn VALUES ('SMs', %s, '', now())", (OTHERS[0],))
            stopped = telephones.submit(texted("SMs", stop), store, KEYS)
            with pytest.raises(TimeoutError):
                stopped.result(SOON)
            after = telephones.submit(late("SMf", make), store, KEYS)
            with pytest.raises(TimeoutError):
                after.result(SOON)
            other.rollback()
        assert (stopped.result(30), after.result(30)) == ("No more texts.", make(NOBODY)[1])
    (kept,) = rows(store, contact)
    assert kept["opted_out_at"] == opted_out_at


# What is to be lifted ----------------------------------------------------------------------------


def test_a_start_lifts_what_it_saw(store: Store) -> None:
    texted("SM1", stop)(store, KEYS)
    answer_once(store, "SM2", KEYS, False, LATER, start)
    assert read_contact(store, KEYS).opted_out_at is None
    texted("SM3", stop)(store, KEYS)
    texted("SM4", start)(store, KEYS)
    assert read_contact(store, KEYS).opted_out_at is None
