"""Staff in the store: accounts, links, sessions, tries, and a record nobody can change."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from tests.stored import rows
from voice.store import Store, StoreError
from voice.store.attempts import attempt, succeeded, take_back
from voice.store.audit import Wanted, deeds, entries, record
from voice.store.connection import reading, writing
from voice.store.console_tables import audit, metadata, sign_in_attempt, staff_link, staff_session
from voice.store.sessions import (
    IDLE,
    LIVES,
    LONGEST,
    LinkGone,
    begin_session,
    end_session,
    make_link,
    read_link,
    read_session,
    touch_session,
    use_link,
)
from voice.store.staff import (
    EmailTaken,
    LastManager,
    Newcomer,
    NoSuchPerson,
    Person,
    add_person,
    everyone,
    find_person,
    read_person,
    rehash_password,
    restore_manager,
    set_active,
    set_password,
    set_profile,
    set_roles,
)

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def add(store: Store, email: str, *roles: str, word: str = "hash") -> Person:
    person = add_person(store, Newcomer(email, email.title(), roles, "en"), None, NOW)
    if word:
        set_password(store, person.id, word, None, NOW)
    return read_person(store, person.id)


def told(store: Store) -> list[tuple[int | None, str, str]]:
    return [(one.staff, one.deed, one.subject) for one in entries(store, Wanted(), 99)][::-1]


# Accounts ----------------------------------------------------------------------------------------


def test_an_account_is_found_by_its_address_however_it_is_typed(store):
    made = add_person(
        store, Newcomer(" Ana@Clinic.ORG ", " Ana Ruiz ", ("manager",), "es"), None, NOW
    )
    assert (made.email, made.name, made.has_password) == ("ana@clinic.org", "Ana Ruiz", False)
    assert find_person(store, "ANA@clinic.org ") == (made, "")
    assert find_person(store, "bo@clinic.org") is None
    with pytest.raises(EmailTaken):
        add_person(store, Newcomer("ANA@CLINIC.ORG", "B", ("writer",), "en"), None, NOW)


def test_roles_have_one_order_and_are_only_those_there_are(store):
    person = add(store, "a@x.org", "manager", "writer", "writer")
    assert person.roles == ("writer", "manager")
    assert person.holds("clinician", "writer")
    assert not person.holds("clinician")
    with pytest.raises(ValueError, match="no such role"):
        set_roles(store, person.id, ["owner"], None, NOW)


def test_what_changes_an_account_is_recorded_with_who_did_it(store):
    ana, bo = add(store, "a@x.org", "manager"), add(store, "b@x.org", "writer")
    set_profile(store, bo.id, "Bo", "es", bo.id, NOW)
    set_roles(store, bo.id, ("editor",), ana.id, NOW)
    set_active(store, bo.id, False, ana.id, NOW)
    set_active(store, bo.id, True, ana.id, NOW)
    after = read_person(store, bo.id)
    assert (after.name, after.locale, after.roles, after.active) == ("Bo", "es", ("editor",), True)
    assert told(store)[4:] == [
        (bo.id, "staff-profile", f"staff:{bo.id}"),
        (ana.id, "staff-roles", f"staff:{bo.id}"),
        (ana.id, "staff-deactivated", f"staff:{bo.id}"),
        (ana.id, "staff-activated", f"staff:{bo.id}"),
    ]
    assert entries(store, Wanted(deed="staff-roles"), 9)[0].detail == {
        "before": "writer",
        "after": "editor",
    }


LEAVE: dict[str, Callable[[Store, int], None]] = {
    "deactivated": lambda store, id: set_active(store, id, False, None, NOW),
    "stripped": lambda store, id: set_roles(store, id, ("writer",), None, NOW),
}
OTHERS: dict[str, Callable[[Store], object]] = {
    "nobody else": lambda store: None,
    "a writer": lambda store: add(store, "b@x.org", "writer"),
    "a manager who was never here": lambda store: add(store, "b@x.org", "manager", word=""),
    "a manager who left": lambda store: set_active(
        store, add(store, "b@x.org", "manager").id, False, None, NOW
    ),
}


@pytest.mark.parametrize("leave", LEAVE.values(), ids=LEAVE)
@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_the_last_manager_who_can_sign_in_stays(store, leave, others):
    ana = add(store, "a@x.org", "manager")
    others(store)
    with pytest.raises(LastManager):
        leave(store, ana.id)
    assert read_person(store, ana.id) == ana
    add(store, "c@x.org", "manager")
    leave(store, ana.id)
    assert read_person(store, ana.id) != ana


def test_a_manager_who_lost_everything_is_restored(store):
    ana = add(store, "a@x.org", "writer", "manager")
    add(store, "b@x.org", "manager")
    set_roles(store, ana.id, ("writer",), None, NOW)
    set_active(store, ana.id, False, None, NOW)
    back = restore_manager(store, "A@x.org", NOW)
    assert (back.active, back.roles) == (True, ("writer", "manager"))
    with pytest.raises(NoSuchPerson):
        restore_manager(store, "nobody@x.org", NOW)


def test_a_better_hash_replaces_only_the_password_it_was_made_from(store):
    ana = add(store, "a@x.org", "manager", word="old")
    rehash_password(store, ana.id, "old", "better")
    rehash_password(store, ana.id, "old", "late")
    found = find_person(store, "a@x.org")
    assert found == (ana, "better")


def test_everyone_is_listed_by_name(store):
    for email in ("c@x.org", "a@x.org", "b@x.org"):
        add(store, email, "writer")
    assert [one.email for one in everyone(store)] == ["a@x.org", "b@x.org", "c@x.org"]


# Links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["invite", "password"])
def test_a_link_works_once_and_until_it_ends(store, purpose):
    ana = add(store, "a@x.org", "manager", word="")
    ends = make_link(store, "token", ana.id, purpose, None, NOW)
    assert ends == NOW + LIVES[purpose]
    with pytest.raises(LinkGone):
        use_link(store, "token", "late", ends)
    assert read_link(store, "token", ends - SECOND) == ana
    assert use_link(store, "token", "hash", ends - SECOND).id == ana.id
    assert find_person(store, "a@x.org")[1] == "hash"
    for again in (
        lambda: read_link(store, "token", NOW),
        lambda: use_link(store, "token", "x", NOW),
    ):
        with pytest.raises(LinkGone):
            again()
    assert find_person(store, "a@x.org")[1] == "hash"


ENDS: dict[str, Callable[[Store, int], object]] = {
    "a newer link": lambda store, id: make_link(store, "newer", id, "password", None, NOW),
    "a new password": lambda store, id: set_password(store, id, "x", None, NOW),
    "no access": lambda store, id: set_active(store, id, False, None, NOW),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_link_ends_with(store, end):
    add(store, "boss@x.org", "manager")
    ana = add(store, "a@x.org", "manager")
    make_link(store, "token", ana.id, "password", None, NOW)
    end(store, ana.id)
    with pytest.raises(LinkGone):
        read_link(store, "token", NOW)


def test_neither_tokens_nor_addresses_of_tries_are_in_the_store(store):
    ana = add(store, "a@x.org", "manager")
    make_link(store, "a-token-of-a-link", ana.id, "password", None, NOW)
    begin_session(store, "a-token-of-a-session", ana.id, NOW)
    kept = "".join(str(row) for table in metadata.sorted_tables for row in rows(store, table))
    assert "a@x.org" in kept
    assert "a-token" not in kept


# Sessions ----------------------------------------------------------------------------------------


def test_a_session_ends_when_nothing_is_asked_and_after_twelve_hours(store):
    ana = add(store, "a@x.org", "manager")
    begin_session(store, "s", ana.id, NOW)
    session = read_session(store, "s")
    assert session.person.id == ana.id
    assert session.alive(NOW + IDLE - SECOND)
    assert not session.alive(NOW + IDLE)
    at = NOW
    while at < NOW + LONGEST:
        session = touch_session(store, "s", session, at)
        assert read_session(store, "s").alive(at)
        at += timedelta(minutes=20)
    assert not read_session(store, "s").alive(NOW + LONGEST)
    assert read_session(store, "t") is None
    end_session(store, "s")
    assert read_session(store, "s") is None


def test_a_session_asked_for_every_second_is_written_twice_a_minute(store):
    ana = add(store, "a@x.org", "manager")
    begin_session(store, "s", ana.id, NOW)
    session = read_session(store, "s")
    for seconds in range(61):
        session = touch_session(store, "s", session, NOW + seconds * SECOND)
        assert read_session(store, "s").seen_at == NOW + (seconds // 30) * 30 * SECOND


@pytest.mark.parametrize("end", [ENDS["a new password"], ENDS["no access"]], ids=["word", "out"])
def test_sessions_end_with_the_access_they_were_given_and_stay_ended(store, end):
    add(store, "boss@x.org", "manager")
    ana = add(store, "a@x.org", "manager")
    begin_session(store, "s", ana.id, NOW)
    end(store, ana.id)
    assert not read_session(store, "s").alive(NOW)
    set_active(store, ana.id, True, None, NOW)
    assert not read_session(store, "s").alive(NOW)
    begin_session(store, "t", ana.id, NOW)
    assert read_session(store, "t").alive(NOW)


def test_sessions_links_and_tries_of_last_week_are_forgotten_at_the_next_sign_in(store):
    ana = add(store, "a@x.org", "manager")
    begin_session(store, "s", ana.id, NOW)
    make_link(store, "l", ana.id, "password", None, NOW)
    attempt(store, {"k": 5}, NOW)
    begin_session(store, "t", ana.id, NOW + timedelta(days=9))
    with reading(store) as connection:
        for table, left in ((staff_session, 1), (staff_link, 0), (sign_in_attempt, 0)):
            assert len(connection.execute(select(table)).all()) == left, table


# Tries -------------------------------------------------------------------------------------------


def test_wrong_tries_wait_longer_and_longer_up_to_a_quarter_of_an_hour(store):
    at, waits = NOW, []
    for _ in range(12):
        wait = attempt(store, {"a": 3}, at)
        waits.append(int(wait.total_seconds()))
        if wait:
            assert attempt(store, {"a": 3}, at + wait - SECOND) == SECOND
            at += wait
            assert not attempt(store, {"a": 3}, at)
    assert waits == [0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]


def test_a_wait_counts_for_any_key_and_one_account_holds_up_no_other(store):
    for _ in range(3):
        assert not attempt(store, {"account": 3, "address": 9}, NOW)
    assert attempt(store, {"account": 3, "address": 9}, NOW)
    assert not attempt(store, {"another": 3, "address": 9}, NOW)
    for _ in range(5):
        attempt(store, {"third": 30, "address": 9}, NOW)
    assert attempt(store, {"fourth": 3, "address": 9}, NOW)


def test_of_many_tries_at_once_no_more_pass_than_are_free(store):
    waits = []
    start = threading.Barrier(8)

    def guess() -> None:
        start.wait()
        waits.append(attempt(store, {"account": 3, "address": 9}, NOW))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, waits)) == [False] * 3 + [True] * 5


def test_signing_in_forgives_the_account_and_half_the_tries_of_the_address(store):
    for _ in range(5):
        attempt(store, {"account": 5, "address": 5}, NOW)
    assert attempt(store, {"other": 5, "address": 5}, NOW)
    succeeded(store, "account", "address")
    for _ in range(3):
        assert not attempt(store, {"account": 5, "address": 5}, NOW)
    assert attempt(store, {"other": 5, "address": 5}, NOW)


def test_a_try_nobody_looked_at_counts_nowhere_and_begins_no_wait(store):
    free, later = {"account": 5, "address": 9}, NOW + timedelta(hours=1)
    for _ in range(5):
        attempt(store, free, NOW)
    for _ in range(9):
        assert not attempt(store, free, later)
        take_back(store, free, later)
    assert not attempt(store, free, later)
    assert attempt(store, free, later)


def test_half_a_day_later_tries_begin_anew(store):
    for _ in range(4):
        attempt(store, {"a": 3}, NOW)
    assert not attempt(store, {"a": 3}, NOW + timedelta(hours=13))
    assert not attempt(store, {"a": 3}, NOW + timedelta(hours=13))


# The record --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [update(audit).values(deed="nothing"), delete(audit), delete(audit).where(audit.c.id == 1)],
    ids=["changed", "emptied", "one taken out"],
)
def test_the_record_is_only_added_to(store, change):
    record(store, None, "tested", "it", {}, NOW)
    before = entries(store, Wanted(), 9)
    with pytest.raises(StoreError), writing(store) as connection:
        connection.execute(change)
    assert entries(store, Wanted(), 9) == before
    assert len(before) == 1


def test_a_deed_that_fails_is_not_recorded_as_done(store):
    ana = add(store, "a@x.org", "manager")
    before = told(store)
    with pytest.raises(LastManager):
        set_active(store, ana.id, False, ana.id, NOW)
    assert told(store) == before


def test_the_record_is_narrowed_by_person_deed_and_time(store):
    ana = add(store, "a@x.org", "manager")
    for hours, deed in enumerate(("read", "wrote", "read")):
        record(store, ana.id, deed, str(hours), {}, NOW + timedelta(hours=hours + 1))

    def subjects(**wanted) -> list[str]:
        return [one.subject for one in entries(store, Wanted(**wanted), 9)]

    assert subjects(staff=ana.id) == ["2", "1", "0"]
    assert subjects(deed="read") == ["2", "0"]
    assert subjects(since=NOW + timedelta(hours=2)) == ["2", "1"]
    assert subjects(since=NOW + SECOND, until=NOW + timedelta(hours=2)) == ["0"]
    assert subjects(by_machine=True) == [f"staff:{ana.id}"] * 2
    newest = entries(store, Wanted(), 2)
    assert [one.subject for one in newest] == ["2", "1"]
    assert subjects(staff=ana.id, before=newest[-1].id) == ["0"]
    assert deeds(store) == ("read", "staff-added", "staff-password", "wrote")


@pytest.mark.parametrize("number", ["+12125550199", "212-555-0199", "(212) 555-0199"])
def test_a_number_that_gets_into_the_record_is_masked(store, number):
    record(
        store, None, "tested", f"about {number}", {"more": f"x {number}", "day": "2026-11-20"}, NOW
    )
    (entry,) = entries(store, Wanted(), 9)
    assert entry.subject == "about [number]"
    assert entry.detail == {"more": "x [number]", "day": "2026-11-20"}


def test_a_person_or_session_nobody_knows_is_a_store_error(store):
    with pytest.raises(NoSuchPerson):
        read_person(store, 9)
    with pytest.raises(NoSuchPerson):
        set_profile(store, 9, "x", "en", None, NOW)
    with pytest.raises(StoreError), writing(store) as connection:
        connection.execute(insert(audit).values(at=NOW, staff=9, deed="", subject="", detail={}))
