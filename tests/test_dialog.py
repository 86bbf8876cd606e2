"""The call as a pure function: a walk over every state, and the promises each must keep."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests import kept
from voice import dialog
from voice.dialog import Caller, Event, State, following, reply, step
from voice.release import address
from voice.script import Script
from voice.understand import Meaning

KEYS = "0123456789*#"
ENDS = ("goodbye", "goodbye-all", "ended", "voicemail")


@pytest.fixture(scope="module")
def states(script: Script) -> tuple[State, ...]:
    return kept.worked_out(script).states


def press(script: Script, state: State, *keys: str) -> State:
    for key in keys:
        state = following(script, state, Event("key", key))
    return state


def kind(state: State) -> str:
    return state.place.split(".")[0]


def test_the_whole_call_has_fewer_than_1500_addresses(states: tuple[State, ...]) -> None:
    addresses = {address(1, state) for state in states}
    assert 1000 < len(addresses) < 1500


def test_what_is_said_first_costs_no_address(states: tuple[State, ...]) -> None:
    by_address = {address(1, state): state._replace(notice="") for state in states}
    assert set(by_address.values()) == {state._replace(notice="") for state in states}
    assert len(by_address) < len(states) / 2


def test_every_state_says_something_in_its_language(
    script: Script, states: tuple[State, ...]
) -> None:
    for state in states:
        says = reply(script, state).says
        assert says, state
        assert all(utterance.pace == state.pace for utterance in says), state
        assert any(utterance.locale == state.locale for utterance in says), state


def test_every_event_in_every_state_leads_to_a_state_that_is_known(
    script: Script, states: tuple[State, ...]
) -> None:
    known, events = set(states), tuple(every_event(script))
    for state in {one._replace(notice="") for one in states}:
        for event in events:
            assert following(script, state, event) in known, (state, event)


def test_what_was_said_before_a_place_spoke_changes_nothing_of_what_follows(
    script: Script, states: tuple[State, ...]
) -> None:
    """With each notice at a place of each kind."""
    for state in {(one.kind, one.notice): one for one in states}.values():
        bare = state._replace(notice="")
        for event in every_event(script):
            assert following(script, state, event) == following(script, bare, event), state


def every_event(script: Script) -> Iterator[Event]:
    """Events of every kind, from callers we know nothing of and from callers we may text."""
    yield Event("silence")
    yield Event("speech")
    for key in (*KEYS, "2125550134", "21*", "12345"):
        yield Event("key", key)
        for outcome in ("", "kept", "wrong", "failed", "sent", "opted-out", "nonsense"):
            yield Event("key", key, caller=Caller("+12125550199", ""), outcome=outcome)
    for who in ("person", "machine", "unclear", "nonsense"):
        yield Event("answered", who)
    for locale in script.locales:
        for wants in ("stop", "forget", "help", "emergency", "sources", "listen", "call-me"):
            meaning = Meaning(wants, locale=locale)  # type: ignore[arg-type]
            yield Event("speech", meaning=meaning, outcome="kept")


def test_zero_reaches_a_person_in_one_press_from_every_state(
    script: Script, states: tuple[State, ...]
) -> None:
    for state in states:
        assert press(script, state, "0").place == "transfer", state
        closed = following(script, state, Event("key", "0", open=False))
        assert closed.place == "closed", state


def test_star_twice_is_the_main_menu_once_a_language_is_chosen(
    script: Script, states: tuple[State, ...]
) -> None:
    before = ("opening", "language", "offer-all", "goodbye-all")
    for state in states:
        unchosen = kind(state._replace(place=state.place.removeprefix("pause."))) in before
        twice = press(script, state, "*", "*").place
        assert twice == ("language" if unchosen else "main"), state


def test_pound_at_the_main_menu_changes_the_language(script: Script) -> None:
    english = State("main", "en-US", "slow")
    assert press(script, english, "#") == State("main", "es-US", "slow")
    assert press(script, english, "#", "#") == english


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_pound_during_the_greeting_skips_it_and_keeps_the_language(
    script: Script, locale: str
) -> None:
    assert press(script, State("welcome", locale, "slow"), "#") == State("main", locale, "slow")


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_every_topic_is_two_single_presses_from_the_main_menu(script: Script, locale: str) -> None:
    main = State("main", locale, "normal")
    for option in script.options:
        for place, topic in enumerate(option.topics, 1):
            keys = (option.key, str(place)) if len(option.topics) > 1 else (option.key,)
            assert press(script, main, *keys).place == f"topic.{topic}.1"


def test_warning_signs_are_one_press_from_the_main_menu(script: Script) -> None:
    assert press(script, State("main", "en-US", "normal"), "5").place == "topic.when-to-get-help.1"


def test_every_language_reaches_the_same_places(states: tuple[State, ...]) -> None:
    places = {
        locale: {s.place for s in states if s.locale == locale} for locale in ("en-US", "es-US")
    }
    only_first = {"opening", "language", "pause.opening", "pause.language"}
    only_first |= {"offer-all", "goodbye-all"}
    assert places["en-US"] - only_first == places["es-US"] - only_first


def test_nothing_but_an_authored_end_hangs_up(script: Script, states: tuple[State, ...]) -> None:
    for state in states:
        assert reply(script, state).ends == (kind(state) in (*ENDS, "ring")), state
        assert bool(reply(script, state).parting) == (kind(state) in ("ring", "pause")), state


def test_at_most_three_special_keys_are_announced_at_once(
    script: Script, states: tuple[State, ...]
) -> None:
    names = r"press (zero|star|pound|[6-9])\b"
    for state in states:
        if state.locale == "en-US":
            words = " ".join(u.words for u in reply(script, state).says if u.locale == "en-US")
            keys = re.findall(names, words) + ["#"] * (state.place == "main")
            assert len(set(keys)) <= 3, state
            if kind(state) in ("after", "text", "menu") and state.notice != "help":
                assert len(keys) == len(set(keys)), state


def test_a_goodbye_comes_only_after_the_offer_of_a_person(
    script: Script, states: tuple[State, ...]
) -> None:
    for state in states:
        for event in (Event("silence"), Event("speech"), *(Event("key", key) for key in KEYS)):
            after = following(script, state, event)
            if kind(after) in ("goodbye", "goodbye-all") and kind(state) not in ENDS:
                offers = ("offer", "offer-all", "offer-closed", "apology")
                assert kind(state) in offers, (state, event)
                assert event.kind == "silence"


def test_a_silent_caller_hears_every_topic_part_and_then_a_question(script: Script) -> None:
    state = State("topic.risks.1", "es-US", "slow")
    heard = [state.place]
    while kind(state) == "topic":
        state = following(script, state, Event("silence"))
        heard.append(state.place)
    parts = len(script.topics["risks"].wording["es-US"].parts)
    assert heard == [*(f"topic.risks.{n}" for n in range(1, parts + 1)), "after.risks"]


def test_total_silence_is_borne_for_a_minute_with_three_tries_an_offer_and_the_number(
    script: Script,
) -> None:
    state, waited, asked = dialog.start(script), 0, 0
    places = []
    while not reply(script, state).ends:
        ask = reply(script, state).ask
        assert ask is not None
        waited += ask.wait
        asked += 1
        places.append(state.place)
        state = following(script, state, Event("silence"))
    assert places == ["opening", "language", "language", "offer-all"]
    assert waited >= 60
    last = " ".join(u.words for u in reply(script, state).says)
    assert "five five five" in last
    assert "cinco cinco cinco" in last


def test_waits_grow_from_ten_seconds_and_the_last_is_a_warning_of_twenty(script: Script) -> None:
    state, waits = State("main", "en-US", "normal"), []
    for _ in range(4):
        ask = reply(script, state).ask
        assert ask is not None
        waits.append(ask.wait)
        state = following(script, state, Event("silence"))
    assert waits[0] >= 10
    assert waits[1] >= 12
    assert waits[2] >= 15
    assert waits[3] >= 20


def test_any_key_at_the_offer_gives_all_the_time_anyone_needs(script: Script) -> None:
    state = State("offer", "en-US", "normal", "3", "no_input")
    for _ in range(12):
        state = press(script, state, "5")
        assert state.place == "main"
        for _ in range(3):
            state = following(script, state, Event("silence"))
        assert state.place == "offer"


def test_three_wrong_keys_are_answered_plainer_each_time_and_then_a_person_is_offered(
    script: Script,
) -> None:
    state = State("menu.4", "en-US", "normal")
    said = []
    for _ in range(3):
        state, answer = step(script, state, Event("key", "5"))
        said.append(answer.says[0].words)
    prompts = script.prompts["en-US"].call
    assert [words.split(".")[0] for words in said] == [
        prompts[f"no_match_{step}"].split(".")[0] for step in (1, 2, 3)
    ]
    assert state.place == "offer"


@pytest.mark.parametrize(
    ("place", "key", "leads_to"),
    [
        ("topic.risks.1", "9", "topic.risks.1"),
        ("topic.risks.1", "8", "pause.topic.risks.1"),
        ("pause.topic.risks.2", "8", "topic.risks.2"),
        ("pause.topic.risks.2", "9", "topic.risks.2"),
        ("topic.what-it-is.1", "*", "menu.1"),
        ("topic.risks.1", "*", "main"),
        ("after.what-it-is", "#", "topic.why-bones-break.1"),
        ("after.what-it-is", "9", "topic.what-it-is.1"),
        ("menu.2", "*", "main"),
        ("main", "*", "main"),
        ("main", "3", "topic.risks.1"),
        ("emergency", "*", "main"),
        ("closed", "*", "main"),
        ("busy", "0", "transfer"),
    ],
)
def test_keys_mean_the_same_everywhere(script: Script, place: str, key: str, leads_to: str) -> None:
    assert press(script, State(place, "en-US", "normal"), key).place == leads_to


def test_pound_offers_the_choice_where_there_are_more_than_two_languages(script: Script) -> None:
    three = replace(script, line=replace(script.line, locales=("en-US", "es-US", "fr-FR")))
    assert press(three, State("main", "en-US", "normal"), "#").place == "language"


def test_a_wrong_key_repeats_the_part_and_the_third_offers_a_person(script: Script) -> None:
    state, places = State("topic.risks.2", "en-US", "normal"), []
    for _ in range(3):
        state = press(script, state, "5")
        places.append((state.place, state.tries, state.notice))
    assert places == [
        ("topic.risks.2", "1", "no_match"),
        ("topic.risks.2", "2", "no_match"),
        ("offer", "3", "no_match"),
    ]


def test_seven_changes_the_pace_and_changes_it_back(script: Script) -> None:
    state = State("topic.risks.2", "en-US", "normal")
    slow = press(script, state, "7")
    assert slow == State("topic.risks.2", "en-US", "slow")
    assert press(script, slow, "7") == state


@pytest.mark.parametrize(("wants", "place"), [("emergency", "emergency"), ("despair", "crisis")])
def test_words_of_danger_win_at_every_question_in_either_language(
    script: Script, states: tuple[State, ...], wants: str, place: str
) -> None:
    for state in states:
        ask = reply(script, state).ask
        if ask and ask.speech:
            for locale in script.locales:
                meaning = Meaning(wants, locale=locale)  # type: ignore[arg-type]
                after = following(script, state, Event("speech", meaning=meaning))
                assert (after.place, after.locale) == (place, locale), state


def test_the_emergency_is_said_first_and_twice(script: Script) -> None:
    words = reply(script, State("emergency", "en-US", "normal")).says[0].words
    assert words.count("dial nine, one, one now") == 2


@pytest.mark.parametrize(
    ("status", "place"),
    [
        ("completed", "ended"),
        ("answered", "ended"),
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("anything else", "failed"),
    ],
)
def test_every_end_of_a_transfer_has_an_answer(script: Script, status: str, place: str) -> None:
    transfer = State("transfer", "en-US", "normal")
    assert following(script, transfer, Event("dialed", status)).place == place


ASKING = (
    "text", "closed", "busy", "no-answer", "failed", "callback", "callback-number",
    "callback-check", "callback-time", "callback-done",
)  # fmt: skip


def test_words_are_taken_where_a_question_is_asked_and_never_during_a_topic(
    script: Script, states: tuple[State, ...]
) -> None:
    for state in states:
        ask = reply(script, state).ask
        if kind(state) in ("topic", "pause") and state.notice != "continue":
            assert ask is None or not ask.speech, state
        if kind(state) in (
            "main",
            "menu",
            "after",
            "welcome",
            "language",
            "opening",
            "offer",
            *ASKING,
        ):
            assert ask is not None, state
            assert ask.speech, state


@pytest.mark.parametrize(
    ("meaning", "leads_to"),
    [
        (Meaning("topic", "risks", "en-US"), State("topic.risks.1", "en-US", "slow")),
        (Meaning("topic", "risks", "es-US"), State("topic.risks.1", "es-US", "slow")),
        (Meaning("topic", "before", "en-US", "ask"), State("menu.2", "en-US", "slow")),
        (Meaning("topic", "risks", "en-US", "ask"), State("topic.risks.1", "en-US", "slow")),
        (Meaning("option", "2", "en-US"), State("menu.2", "en-US", "slow")),
        (Meaning("human", locale="en-US"), State("transfer", "en-US", "slow")),
        (Meaning("menu", locale="en-US"), State("main", "en-US", "slow")),
        (Meaning("key", "9", "en-US"), State("main", "en-US", "slow")),
        (Meaning("more", locale="en-US"), State("main", "es-US", "slow")),
        (Meaning("language-switch", "es-US", "es-US"), State("main", "es-US", "slow")),
        (Meaning("unknown"), State("main", "en-US", "slow", "1", "no_match")),
        (Meaning("help", locale="en-US"), State("main", "en-US", "slow", notice="help")),
    ],
    ids=lambda value: value.wants if isinstance(value, Meaning) else "",
)
def test_words_lead_where_they_ask(script: Script, meaning: Meaning, leads_to: State) -> None:
    state = State("main", "en-US", "slow")
    assert following(script, state, Event("speech", meaning=meaning)) == leads_to


def test_the_language_can_be_said_at_the_opening(script: Script) -> None:
    meaning = Meaning("language-switch", "es-US", "es-US")
    after = following(script, dialog.start(script), Event("speech", meaning=meaning))
    assert after == State("welcome", "es-US", "normal")


@pytest.mark.parametrize("place", ["opening", "language", "offer-all", "pause.opening"])
@pytest.mark.parametrize(
    ("meaning", "leads_to"),
    [
        (Meaning("topic", "risks", "es-US"), "topic.risks.1"),
        (Meaning("topic", "benefits", "es-US", does="ask"), "menu.2"),
        (Meaning("option", "1", "es-US"), "menu.1"),
        (Meaning("menu", locale="es-US"), "main"),
    ],
)
def test_who_asks_before_choosing_a_language_hears_the_disclaimer_once(
    script: Script, states: tuple[State, ...], place: str, meaning: Meaning, leads_to: str
) -> None:
    before = State(place, "en-US", "normal", "3" if place == "offer-all" else "0")
    after = following(script, before, Event("speech", meaning=meaning))
    assert after == State(leads_to, "es-US", "normal", notice="disclaimer")
    assert after in states  # so that its clips are made
    told = dialog.prompt(script, "es-US", "disclaimer")
    assert reply(script, after).says[0].words == told
    on = following(script, after, Event("speech", meaning=Meaning("topic", "risks", "es-US")))
    assert on == State("topic.risks.1", "es-US", "normal")


@pytest.mark.parametrize("place", ["emergency", "crisis", "apology"])
def test_who_goes_on_from_danger_told_at_the_opening_hears_the_disclaimer(
    script: Script, states: tuple[State, ...], place: str
) -> None:
    after = press(script, State(place, "en-US", "normal"), "*")
    assert after == State("main", "en-US", "normal", notice="disclaimer")
    assert after in states  # so that its clips are made


def test_no_choice_of_a_language_nor_danger_waits_for_a_second_disclaimer(script: Script) -> None:
    before = dialog.start(script)
    assert following(script, before, Event("key", "1")).notice == ""
    danger = Event("speech", meaning=Meaning("emergency", locale="en-US"))
    assert following(script, before, danger) == State("emergency", "en-US", "normal")


def test_a_clip_that_answers_a_key_leaves_time_to_bring_the_phone_back(script: Script) -> None:
    opening = reply(script, dialog.start(script)).says
    menu = reply(script, State("welcome", "en-US", "normal")).says
    topic = reply(script, State("topic.risks.1", "en-US", "normal")).says
    assert opening[0].lead == 150
    assert [utterance.lead for utterance in menu] == [400, *[150] * (len(menu) - 1)]
    assert [utterance.lead for utterance in topic] == [400, 400]
