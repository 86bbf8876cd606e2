"""A script made ready to serve: addresses that hold a call's whole state, and the answers there."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice import dialog
from voice.dialog import State
from voice.release import Release, address, hints_of, make_ready, state_of, utterances
from voice.script import Script, Utterance


@pytest.fixture(scope="module")
def release(script: Script) -> Release:
    return make_ready(script, 12, "https://line.example", lambda _: None)


def test_every_state_is_named_by_its_own_address(release: Release) -> None:
    addresses = {address(12, state): state for state in release.replies}
    assert len(addresses) == len(release.replies) < 1500
    for path, state in addresses.items():
        assert state_of(release, path) == state
        assert re.fullmatch(r"/voice/12/[a-z0-9.-]+/(en|es)-US/(normal|slow)/[nm]?[0-3]", path)


def test_a_call_of_another_release_goes_on_at_the_same_place(release: Release) -> None:
    for state in release.replies:
        assert state_of(release, address(11, state)) == state


@pytest.mark.parametrize(
    "path",
    [
        "/voice",
        "/voice/12",
        "/voice/12/main/en-US/normal",
        "/voice/12/main/en-US/normal/0/",
        "/voice/12/main/en-US/normal/n9",
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


@settings(deadline=None)
@given(path=st.text(max_size=120) | st.from_regex(r"/voice/\d+/[a-z.]+/.*", fullmatch=True))
def test_every_path_names_a_state_that_has_an_answer_or_none(release: Release, path: str) -> None:
    state = state_of(release, path)
    assert state is None or state in release.replies


def test_every_event_in_every_state_has_a_ready_answer(script: Script, release: Release) -> None:
    for state in release.replies:
        assert dialog.apology(state) in release.replies
    assert set(release.replies) == set(dialog.states(script))


def test_the_longest_place_fits_an_address(release: Release) -> None:
    assert max(len(state.place) for state in release.replies) <= 80


def test_what_has_no_clip_is_listed_once(script: Script) -> None:
    """Half of all utterances have a clip here; the others, and they alone, are unspoken."""
    everything = list(utterances(script))
    recorded = set(everything[::2])

    def clip(utterance: Utterance) -> str | None:
        return "https://line.example/audio/a.wav" if utterance in recorded else None

    unspoken = make_ready(script, 1, "https://line.example", clip).unspoken
    assert len(unspoken) == len(set(unspoken))
    assert set(unspoken) == set(everything) - recorded


def test_every_utterance_knows_a_state_that_says_it(script: Script) -> None:
    found = utterances(script)
    assert len(found) > 200
    for utterance, state in found.items():
        assert utterance in dialog.reply(script, state).says


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
