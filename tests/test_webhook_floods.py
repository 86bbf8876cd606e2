"""Floods of one sender: silence for that one alone, whatever they ask to have forgotten."""

from datetime import timedelta

import pytest

from tests.test_webhook_reach import PATIENT, Desk, desk, live, said
from voice.store import Store, contact_keys
from voice.store.tables import contact, turn

__all__ = ["desk", "live"]

OTHER = "+17185550100"
FORGET = "forget me"
MINUTE = timedelta(minutes=1)


def told(desk: Desk, *bodies: str, sender: str = PATIENT, sid: str = "SM") -> list[str]:
    """What one sender is told, text after text."""
    return [
        said(desk.text(body, f"{sid}{place}", From=sender)) for place, body in enumerate(bodies)
    ]


def how_many(answers: list[str]) -> int:
    return sum(map(bool, answers))


def test_who_is_forgotten_again_and_again_gets_silence_in_the_end_and_is_forgotten(
    desk: Desk,
) -> None:
    answers = told(desk, *["hello", FORGET] * 25)
    assert [bool(answer) for answer in answers] == [True] * 40 + [False] * 10
    assert desk.rows(contact) == []
    assert {row.contact for row in desk.rows(turn)} == {""}


@pytest.mark.parametrize("body", ["hello", FORGET])
def test_nobody_else_is_answered_less_for_a_flood_of_who_was_forgotten(
    desk: Desk, body: str
) -> None:
    told(desk, *[body, FORGET] * 41)
    assert all(told(desk, body, body, sender=OTHER, sid="SMo"))
    assert all(told(desk, body, sender="", sid="SMn"))


@pytest.mark.parametrize("between", [[], [FORGET]])
def test_the_window_and_the_day_count_alike_for_who_is_forgotten_and_who_is_not(
    desk: Desk, between: list[str]
) -> None:
    answered = []
    for n in range(130):
        answered += told(desk, ["hello", *between][n % (1 + len(between))], sid=f"SM{n}x")
        desk.now += 5 * MINUTE
    assert how_many(answered) == 120
    desk.now += timedelta(days=1)
    assert all(told(desk, "hello", sid="SMlast"))


def test_after_the_window_who_was_forgotten_is_answered_again(desk: Desk) -> None:
    told(desk, *["hello", FORGET] * 21)
    assert not any(told(desk, "hello", sid="SMsoon"))
    desk.now += 11 * MINUTE
    assert all(told(desk, "hello", sid="SMlater"))


def test_danger_and_a_stop_of_who_is_forgotten_are_answered_but_danger_not_for_ever(
    desk: Desk,
) -> None:
    told(desk, *["hello", FORGET] * 21)
    answers = told(desk, *["i cant breathe", FORGET] * 25, sid="SMd")[::2]
    assert "911" in answers[0]
    assert how_many(answers) == 20
    (stopped,) = told(desk, "ya no quiero mensajes", sid="SMs")
    assert "START" in stopped
    told(desk, FORGET, sid="SMf")
    assert desk.known().opted_out_at == desk.now


def test_a_call_that_forgets_does_not_begin_the_measure_anew(desk: Desk) -> None:
    answers = []
    for n in range(45):
        answers += told(desk, "hello", sid=f"SM{n}x")
        desk.call("/voice/1/main/en-US/normal/0", SpeechResult=FORGET, CallSid=f"CA{n}")
    assert how_many(answers) == 40


def test_texts_that_come_from_nobody_have_a_measure_of_their_own(desk: Desk) -> None:
    assert how_many(told(desk, *["hello"] * 45, sender="")) == 40
    assert all(told(desk, "hello", sid="SMo"))


# What is remembered for that ---------------------------------------------------------------------


def known_of(store: Store) -> int:
    """How many answers to who was forgotten are remembered."""
    return sum(map(len, store.unlinked._known.values()))


def test_of_who_was_forgotten_a_day_later_not_even_a_count_is_left(desk: Desk) -> None:
    told(desk, "hello", FORGET)
    told(desk, "hello", sid="SMa")
    assert known_of(desk.store) == 2
    desk.now += timedelta(days=1, minutes=1)
    told(desk, "hello", sender=OTHER, sid="SMo")
    assert known_of(desk.store) == 0


def test_what_is_remembered_tells_no_key_and_has_an_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(desk, "hello", FORGET)
    keys = contact_keys(desk.settings.contact_keys, PATIENT)
    assert not any(key in str(desk.store.unlinked._known) for key in keys)
    monkeypatch.setattr("voice.store.unlinked.MOST", 10)
    for n in range(20):
        told(desk, "hello", FORGET, sender=f"+1718555{n:04}", sid=f"SM{n}x")
    assert known_of(desk.store) == 10
