"""A clock set back or forward, or mended after it was wrong: promises hold, nothing stalls.

NOW is when things happened by the clock as it was; each test goes on by another one.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.stored import KEYS, NOW, NUMBER, OTHERS, SECRET
from voice.seal import Seal
from voice.store import (
    Caps,
    Contact,
    Guard,
    Store,
    Trace,
    answer_once,
    ask_call_back,
    claim,
    keep_number,
    opt_out,
    purge,
    read_call_back,
    read_contact,
    settle,
)
from voice.store.attempts import LONGEST_WAIT, attempt
from voice.store.publications import LEASE, Publication
from voice.store.sessions import (
    IDLE,
    LIVES,
    LinkGone,
    begin_session,
    make_link,
    read_link,
    read_session,
    touch_session,
    use_link,
)
from voice.store.staff import Newcomer, add_person
from voice.store.traces import write_traces

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
BACK, FORWARD, MENDED = NOW - HOUR, NOW + DAY, NOW - DAY - SECOND
"""Set back an hour; a day ahead; right again after it was a day ahead and more."""
JUMPS = pytest.mark.parametrize(
    "then", [BACK, FORWARD, MENDED], ids=["an hour back", "a day ahead", "mended"]
)
CAPS = Caps(per_number=2, in_all=50)
GUARD = Guard("<silence>", most=3)


def stay(known: Contact) -> tuple[Contact, str]:
    return known, f"at {known.place}"


def answered(store: Store, sid: str, at: datetime) -> str:
    return answer_once(store, sid, KEYS, False, at, stay, GUARD)


@JUMPS
def test_a_message_is_answered_once_and_an_opt_out_and_a_call_back_hold(
    store: Store, then: datetime
) -> None:
    def make(known: Contact) -> tuple[Contact, str]:
        return replace(known, place="topic.risks.1"), "the first answer"

    answer_once(store, "SM1", KEYS, False, NOW, make)
    opt_out(store, OTHERS, False, NOW)
    keep_number(store, "CA1", KEYS, False, Seal([SECRET]).seal(NUMBER), "en-US", "", NOW)
    assert ask_call_back(store, "CA1", "any", NOW)
    purge(store, then)
    assert answered(store, "SM1", then) == "the first answer"
    assert answered(store, "SM2", then) == "at topic.risks.1"
    assert claim(store, "CA2", "text", OTHERS, False, then, CAPS).bar == "opted-out"
    assert read_contact(store, OTHERS).opted_out_at == NOW
    assert read_call_back(store, "CA1").state == "waiting"
    assert not ask_call_back(store, "CA1", "any", then)


@JUMPS
def test_what_was_sent_is_never_sent_again(store: Store, then: datetime) -> None:
    claim(store, "CA1", "text", KEYS, False, NOW, CAPS)
    settle(store, "CA1", "sent", "SM1", "", NOW)
    assert claim(store, "CA1", "text", KEYS, False, then, CAPS).outcome == "sent"


@pytest.mark.parametrize(
    ("then", "bar"),
    [(BACK, "often"), (NOW - DAY, "often"), (FORWARD, ""), (MENDED, "")],
    ids=["an hour back", "a day back", "a day ahead", "mended"],
)
def test_a_cap_holds_when_the_clock_is_set_back_and_never_for_ever(
    store: Store, then: datetime, bar: str
) -> None:
    for n in range(CAPS.per_number):
        assert claim(store, f"{n}", "call", KEYS, False, NOW, CAPS).new
    assert claim(store, "again", "call", KEYS, False, then, CAPS).bar == bar


@pytest.mark.parametrize(
    ("then", "silent"),
    [(BACK, True), (FORWARD, False), (MENDED, False)],
    ids=["an hour back", "a day ahead", "mended"],
)
def test_two_machines_stay_silenced_when_the_clock_is_set_back_and_nobody_else_is(
    store: Store, then: datetime, silent: bool
) -> None:
    for n in range(GUARD.most):
        assert answered(store, f"SM{n}", NOW) == "at "
    assert (answered(store, "SM9", then) == GUARD.silence) is silent
    assert answer_once(store, "SM10", OTHERS, False, then, stay, GUARD) == "at "


@pytest.mark.parametrize("then", [FORWARD, MENDED], ids=["a day ahead", "mended"])
def test_where_a_caller_is_now_counts_and_not_where_a_wrong_clock_has_them(
    store: Store, then: datetime
) -> None:
    before = Trace(KEYS, False, "en-US", "normal", "topic.risks.2", NOW, "CA1")
    now = replace(before, locale="es-US", place="topic.cast.1", at=then, call="CA2")
    write_traces(store, [before])
    write_traces(store, [now])
    known = read_contact(store, KEYS)
    assert (known.locale, known.call_place, known.called_at) == ("es-US", "topic.cast.1", then)
    write_traces(store, [replace(before, at=then - SECOND, call="CA3")])
    assert read_contact(store, KEYS).call_place == "topic.cast.1"


def test_set_back_an_hour_the_line_knows_a_caller_as_before_and_learns_again_within_that_hour(
    store: Store,
) -> None:
    before = Trace(KEYS, False, "en-US", "normal", "topic.risks.2", NOW, "CA1")
    for at, locale in ((BACK, "en-US"), (NOW - SECOND, "en-US"), (NOW, "es-US")):
        write_traces(store, [before, replace(before, locale="es-US", at=at, call="CA2")])
        assert read_contact(store, KEYS).locale == locale


@pytest.mark.parametrize(
    ("then", "alive"),
    [(NOW, True), (BACK, True), (FORWARD, False), (MENDED, False)],
    ids=["the same", "an hour back", "a day ahead", "mended"],
)
def test_a_session_goes_on_or_ends_and_never_lasts_longer(
    store: Store, then: datetime, alive: bool
) -> None:
    ana = add_person(store, Newcomer("ana@x.org", "Ana", ("writer",), "en"), None, NOW)
    begin_session(store, "token", ana.id, NOW)
    assert read_session(store, "token").alive(then) is alive
    seen = touch_session(store, "token", read_session(store, "token"), then)
    assert seen.ends_at <= then + IDLE
    assert read_session(store, "token").seen_at == seen.seen_at


@pytest.mark.parametrize("purpose", LIVES)
def test_a_link_made_by_a_clock_that_was_far_ahead_does_not_work_for_years(
    store: Store, purpose: str
) -> None:
    ana = add_person(store, Newcomer("ana@x.org", "Ana", ("writer",), "en"), None, NOW)
    make_link(store, "token", ana.id, purpose, None, NOW)
    assert read_link(store, "token", BACK).id == ana.id
    with pytest.raises(LinkGone):
        read_link(store, "token", NOW - timedelta(days=365))
    with pytest.raises(LinkGone):
        use_link(store, "token", "hash", NOW - timedelta(days=365))


@JUMPS
def test_who_typed_a_wrong_password_waits_no_longer_than_anybody(
    store: Store, then: datetime
) -> None:
    waits = [attempt(store, {"ana": 1}, NOW + n * SECOND) for n in range(2)]
    assert timedelta(0) < waits[1] <= LONGEST_WAIT
    assert attempt(store, {"ana": 1}, then) == timedelta(0)
    assert attempt(store, {"ana": 1}, then + SECOND) > timedelta(0)


@JUMPS
def test_who_publishes_is_relieved_where_its_sign_of_life_is_not_of_now(then: datetime) -> None:
    mine = Publication(
        1, "running", 1, "clips", 0, 9, (), "", "", "", None, ("1", "Ana"), NOW, NOW, None
    )  # type: ignore[arg-type]
    assert mine.alive(NOW + LEASE - SECOND)
    assert not mine.alive(then)
