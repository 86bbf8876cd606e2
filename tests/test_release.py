"""A script made ready to serve: addresses that hold a call's whole state, and the answers there."""

import re
import timeit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import kept
from voice import dialog
from voice import release as module
from voice.dialog import State
from voice.release import (
    Release,
    Replies,
    address,
    hints_of,
    on_demand,
    state_of,
    utterances,
)
from voice.script import Script, Utterance


@pytest.fixture(scope="module")
def release(script: Script) -> Release:
    return kept.served(script, 12)


def test_every_state_is_named_by_its_own_address(release: Release) -> None:
    addresses = {address(12, state): state for state in release.replies}
    assert len(addresses) == len(release.places) < 1500
    for path, state in addresses.items():
        assert state_of(release, path) == state._replace(notice="")
        assert re.fullmatch(r"/voice/12/[a-z0-9.-]+/(en|es)-US/(normal|slow)/[0-3]", path)


def test_a_call_of_another_release_goes_on_at_the_same_place(release: Release) -> None:
    for state in release.replies:
        assert state_of(release, address(11, state)) == state._replace(notice="")


@pytest.mark.parametrize(
    "path",
    [
        "/voice",
        "/voice/12",
        "/voice/12/main/en-US/normal",
        "/voice/12/main/en-US/normal/0/",
        "/voice/12/main/en-US/normal/9",
        "/voice/12/main/en-US/normal/n1",
        "/voice/12/main/en-US/normal/3",
        "/voice/12/text.cost/en-US/normal/0",
        "/voice/12/main/fr-FR/normal/0",
        "/voice/12/topic.cost.1/en-US/normal/0",
        "/voice/12/topic.risks.9/en-US/normal/0",
        "/voice/12/topic.risks./en-US/normal/0",
        "/voice/x/main/en-US/normal/0",
        "/voice/1234567890/main/en-US/normal/0",
        "/voice/12/" + "a" * 81 + "/en-US/normal/0",
        "/voice/12/main/en-US/normal/0\n",
        "",
    ],
)
def test_an_address_may_name_no_state(release: Release, path: str) -> None:
    assert state_of(release, path) is None


def test_a_pace_nobody_knows_is_the_normal_one(release: Release) -> None:
    assert state_of(release, "/voice/12/main/es-US/hurried/0") == State("main", "es-US", "normal")


@given(path=st.text(max_size=120) | st.from_regex(r"/voice/\d+/[a-z.]+/.*", fullmatch=True))
def test_every_path_names_a_state_that_has_an_answer_or_none(release: Release, path: str) -> None:
    state = state_of(release, path)
    assert state is None or state in release.places


@pytest.fixture(scope="module")
def rendered(script: Script) -> Release:
    return on_demand(script, 12, "https://line.example", lambda _: None)


def test_what_is_rendered_when_asked_for_is_what_would_be_ready(
    script: Script, release: Release, rendered: Release
) -> None:
    some = list(release.replies)[::40]
    assert len(some) > 100
    for state in some:
        assert rendered.answer(state) == release.answer(state)
        assert state._replace(notice="") in rendered.places


@pytest.mark.parametrize(
    "path",
    [
        "/voice/12/topic.risks.9/en-US/normal/0",
        "/voice/12/topic.risks/en-US/normal/0",
        "/voice/12/topic.risks.1.2/en-US/normal/0",
        "/voice/12/topic.nothing.1/en-US/normal/0",
        "/voice/12/menu.9/en-US/normal/0",
        "/voice/12/main/xx-XX/normal/0",
        "/voice/12/-/en-US/normal/0",
        "/elsewhere",
    ],
)
def test_a_place_that_can_not_be_said_is_none(rendered: Release, path: str) -> None:
    assert state_of(rendered, path) is None
    with pytest.raises(KeyError):
        rendered.answer(State("topic.nothing.1", "en-US", "normal"))


def test_every_event_in_every_state_has_a_ready_answer(script: Script, release: Release) -> None:
    for state in release.replies:
        assert dialog.apology(state) in release.replies
    assert set(release.replies) == set(dialog.states(script))


def test_the_longest_place_fits_an_address(release: Release) -> None:
    assert max(len(state.place) for state in release.replies) <= 80


def test_what_has_no_clip_is_listed_once(script: Script) -> None:
    """Half of all utterances have a clip here; the others, and they alone, are unspoken."""
    everything = list(kept.said(script))
    recorded = set(everything[::2])

    def clip(utterance: Utterance) -> str | None:
        return "https://line.example/audio/a.wav" if utterance in recorded else None

    unspoken = kept.served(script, clip=clip).unspoken
    assert len(unspoken) == len(set(unspoken))
    assert set(unspoken) == set(everything) - recorded


def test_every_utterance_knows_a_state_that_says_it(script: Script) -> None:
    found = utterances(script)
    assert len(found) > 200
    for utterance, state in found.items():
        replies = (dialog.reply(script, state, number) for number in ("", *dialog.every_digit()))
        assert any(utterance in (*said.says, *said.parting) for said in replies)


def test_a_number_is_rendered_on_the_spot_from_the_same_clips(script: Script) -> None:
    ids = {utterance: n for n, utterance in enumerate(kept.said(script))}

    def clip(utterance: Utterance) -> str:
        return f"https://line.example/audio/{ids[utterance]:016x}.wav"

    release = kept.served(script, 3, clip=clip)
    state = State("callback-check", "es-US", "slow")
    document = ElementTree.XML(release.answer(state, "+12125550134"))
    said = dialog.reply(script, state, "+12125550134").says
    assert len(said) == 12
    assert [play.text for play in document.iter("Play")] == [clip(one) for one in said]
    assert document.find("Redirect") is not None
    assert "/voice/3/callback-check/es-US/slow/0" in (document.findtext("Redirect") or "")


def test_where_no_number_is_named_the_ready_bytes_are_the_answer(release: Release) -> None:
    for state in {(one.kind, one.notice): one for one in release.replies}.values():
        ready = release.replies[state]
        assert release.answer(state) == ready
        if not dialog.names_number(state):
            assert release.answer(state, "+12125550134") == ready
    with pytest.raises(KeyError):
        release.answer(State("text.cost", "en-US", "normal"))


def test_a_number_is_rendered_in_a_few_milliseconds(release: Release) -> None:
    state = State("callback-check", "es-US", "slow")
    took = min(timeit.repeat(lambda: release.answer(state, "+12125550134"), number=5, repeat=5))
    assert took / 5 < 0.02


def test_hints_are_the_words_of_this_script_in_the_callers_language(script: Script) -> None:
    english, spanish = (hints_of(script, locale).split(",") for locale in script.locales)
    for hint in ("risks", "nurse", "español", "Deciding and getting ready"):
        assert hint in english
    for hint in ("riesgos", "enfermera", "english", "despacio"):
        assert hint in spanish
    assert "riesgos" not in english
    for hints in (english, spanish):
        assert len(hints) == len(set(hints)) <= 500
        assert all(0 < len(hint) < 100 for hint in hints)


def test_a_question_about_a_call_back_expects_its_own_answers(script: Script) -> None:
    release = kept.served(script)
    for place, wanted, other in (
        ("callback-time", "mornings", "call me"),
        ("closed", "call me", "risks"),
        ("callback", "another", "risks"),
        ("main", "risks", "mornings"),
    ):
        root = ElementTree.XML(release.answer(State(place, "en-US", "normal"), "+12125550134"))
        expected = root.find(".//Gather[@hints]").attrib["hints"].split(",")
        assert wanted in expected
        assert "nurse" in expected
        assert other not in expected


def test_as_many_answers_stay_as_may_and_others_are_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_READY", 2)
    states = [State(place, "en-US", "normal") for place in ("opening", "main", "person")]
    made: list[State] = []
    replies = Replies(states, lambda one: made.append(one) or one.place.encode())
    for _ in range(2):
        assert [replies[one] for one in states] == [b"opening", b"main", b"person"]
    assert made == [*states, states[2]]
