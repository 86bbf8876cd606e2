"""What a call asks to be done: a text, a call-back, no more texts; and calls that begin anew."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests import kept
from voice import dialog
from voice.dialog import Caller, Deed, Event, State, deed, following, names_number, reply
from voice.dialog.numbers import every_digit, groups
from voice.script import Phone, Script, Utterance
from voice.understand import Meaning, Vocabulary, understand

NUMBER = "+12125550199"
MOBILE = Caller(NUMBER, "")
LANDLINE = Caller(NUMBER, "landline")
ABROAD = Caller(NUMBER, "country")
HIDDEN = Caller()
LOCALES = ("en-US", "es-US")


def at(place: str, locale: str = "en-US", tries: str = "0", notice: str = "") -> State:
    return State(place, locale, "normal", tries, notice)


def key(value: str, caller: Caller = MOBILE, outcome: str = "") -> Event:
    return Event("key", value, caller=caller, outcome=outcome)


def words(meaning: Meaning, outcome: str = "") -> Event:
    return Event("speech", meaning=meaning, caller=MOBILE, outcome=outcome)


def said(script: Script, state: State, number: str = "") -> str:
    return " ".join(utterance.words for utterance in reply(script, state, number).says)


# A topic as a text -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["topic.risks.1", "topic.risks.2", "after.risks",
                                   "pause.topic.risks.2", "pause.after.risks"])  # fmt: skip
@pytest.mark.parametrize(
    ("caller", "leads_to"),
    [
        (MOBILE, at("text.risks")),
        (HIDDEN, at("after.risks", notice="withheld")),
        (LANDLINE, at("after.risks", notice="landline")),
        (ABROAD, at("after.risks", notice="country")),
    ],
    ids=["mobile", "withheld", "landline", "abroad"],
)
def test_six_asks_before_it_texts_or_says_why_it_cannot(
    script: Script, place: str, caller: Caller, leads_to: State
) -> None:
    for event in (key("6", caller), replace(words(Meaning("key", "6")), caller=caller)):
        assert following(script, at(place), event) == leads_to
        assert deed(script, at(place), event) is None


@pytest.mark.parametrize("outcome", ["sent", "withheld", "landline", "country", "opted-out",
                                     "failed"])  # fmt: skip
def test_one_sends_the_text_and_how_it_went_is_said(script: Script, outcome: str) -> None:
    assert deed(script, at("text.risks"), key("1")) == Deed("text", "risks")
    after = following(script, at("text.risks"), key("1", outcome=outcome))
    assert after == at("after.risks", notice=outcome)


@pytest.mark.parametrize("outcome", ["", "kept", "nonsense"])
def test_an_outcome_nobody_knows_is_a_failure(script: Script, outcome: str) -> None:
    after = following(script, at("text.risks"), key("1", outcome=outcome))
    assert after == at("after.risks", notice="failed")


def test_one_said_aloud_is_a_yes_too(script: Script) -> None:
    assert deed(script, at("text.risks"), words(Meaning("key", "1"))) == Deed("text", "risks")


TEXT_IT = Meaning("key", "6", "en-US", also=(("yes", ""),))
TEXT_THE_RISKS = Meaning("key", "6", "en-US", also=(("topic", "risks"),))


def test_a_wish_for_the_text_is_a_yes_to_its_offer_and_elsewhere_the_key(script: Script) -> None:
    wish = words(TEXT_IT, "sent")
    assert deed(script, at("text.risks"), wish) == Deed("text", "risks")
    assert following(script, at("text.risks"), wish) == at("after.risks", notice="sent")
    assert deed(script, at("after.risks"), wish) is None
    assert following(script, at("after.risks"), wish) == at("text.risks")
    assert following(script, at("text.risks"), words(Meaning("key", "6"))) == at("text.risks")


@pytest.mark.parametrize("place", ["main", "menu.2", "after.risks", "after.before", "text.before"])
def test_a_topic_named_with_the_wish_is_offered_first(script: Script, place: str) -> None:
    wish = words(TEXT_THE_RISKS, "sent")
    assert deed(script, at(place), wish) is None
    assert following(script, at(place), wish) == at("text.risks")
    assert following(script, at(place), replace(wish, caller=LANDLINE)) == at(
        "after.risks", notice="landline"
    )


YES, NO = words(Meaning("yes", locale="en-US"), "kept"), words(Meaning("no", locale="en-US"))


@pytest.mark.parametrize(
    ("place", "event", "wanted", "leads_to"),
    [
        ("text.risks", YES, Deed("text", "risks"), at("after.risks", notice="failed")),
        ("text.risks", NO, None, at("after.risks", notice="not_sent")),
        ("callback", YES, Deed("number"), at("callback-time")),
        ("callback", NO, None, at("callback-number")),
        ("callback-check", YES, None, at("callback-time")),
        ("callback-check", NO, None, at("callback-number")),
        ("ring.risks", YES, None, at("topic.risks.1", notice="called")),
    ],
)
def test_yes_and_no_said_aloud_are_the_keys_of_a_question(
    script: Script, place: str, event: Event, wanted: Deed | None, leads_to: State
) -> None:
    assert deed(script, at(place), event) == wanted
    assert following(script, at(place), event) == leads_to


@pytest.mark.parametrize("place", ["main", "menu.1", "after.risks", "callback-time"])
def test_yes_and_no_choose_nothing_where_more_than_that_is_asked(
    script: Script, place: str
) -> None:
    for event in (YES, NO):
        assert deed(script, at(place), event) is None
        after = following(script, at(place), event)
        assert (after.place, after.tries) == (place, "1")


def test_a_no_to_a_call_we_made_is_no_yes(script: Script) -> None:
    assert following(script, at("ring.risks"), NO).kind != "topic"


def test_no_text_is_sent_without_the_yes_at_its_own_question(script: Script) -> None:
    texts = set()
    for state in kept.worked_out(script).states:
        for pressed in "0123456789*#":
            wanted = deed(script, state, key(pressed))
            if wanted and wanted.kind == "text":
                texts.add((state.kind, pressed))
    assert texts == {("text", "1")}


def test_a_bar_found_out_between_question_and_yes_still_holds(script: Script) -> None:
    yes = key("1", LANDLINE, outcome="sent")
    assert deed(script, at("text.risks"), yes) is None
    assert following(script, at("text.risks"), yes) == at("after.risks", notice="landline")


@pytest.mark.parametrize(
    ("event", "leads_to"),
    [
        (key("2"), at("after.risks", notice="not_sent")),
        (key("5"), at("text.risks", tries="1", notice="no_match")),
        (key("#"), at("after.risks", notice="not_sent")),
        (Event("silence"), at("after.risks", notice="not_sent")),
        (Event("speech"), at("text.risks", tries="1", notice="no_match")),
        (key("6"), at("text.risks")),
        (key("9"), at("text.risks")),
        (key("8"), at("text.risks")),
        (key("7"), State("text.risks", "en-US", "slow")),
        (key("*"), at("main")),
        (key("0"), at("transfer")),
        (words(Meaning("topic", "benefits", "en-US")), at("topic.benefits.1")),
        (words(Meaning("language-switch", "es-US", "es-US")), at("text.risks", "es-US")),
    ],
    ids=lambda value: value.value or value.kind if isinstance(value, Event) else "",
)
def test_anything_but_a_yes_sends_nothing(script: Script, event: Event, leads_to: State) -> None:
    assert deed(script, at("text.risks"), event) is None
    assert following(script, at("text.risks"), event) == leads_to


@pytest.mark.parametrize("place", ["text.risks", "callback", "callback-check"])
def test_an_answer_not_understood_is_no_no_and_the_question_asked_again_until_the_third(
    script: Script, place: str
) -> None:
    for unclear in (key("5", HIDDEN), Event("speech")):
        state, tries = at(place), []
        for _ in range(3):
            assert deed(script, state, unclear) is None
            state = following(script, state, unclear)
            tries.append((state.place, state.tries, state.notice))
        assert tries == [(place, "1", "no_match"), (place, "2", "no_match"),
                         ("offer", "3", "no_match")]  # fmt: skip
    again = said(script, at(place, tries="1", notice="no_match"), NUMBER)
    assert again.startswith("That is not one of the choices. To talk to a person, press zero.")
    assert ", press 1." in again


def test_after_a_second_question_a_yes_still_sends(script: Script) -> None:
    asked = at("text.risks", tries="2")
    assert deed(script, asked, key("1")) == Deed("text", "risks")
    assert following(script, asked, YES) == at("after.risks", notice="failed")
    assert following(script, asked, Event("silence")) == at("after.risks", notice="not_sent")


@pytest.mark.parametrize(("place", "leads_to"), [("welcome", "main"), ("main", "main"),
                                                 ("menu.2", "menu.2"),
                                                 ("pause.menu.2", "menu.2")])  # fmt: skip
def test_six_at_a_menu_says_to_choose_a_subject_first_and_counts_no_try(
    script: Script, place: str, leads_to: str
) -> None:
    after = following(script, at(place, tries="2"), key("6"))
    assert after == at(leads_to, notice="text_first")
    assert said(script, after).startswith("First choose a subject. Then press 6")


def test_six_elsewhere_is_a_key_like_any_other(script: Script) -> None:
    assert following(script, at("closed"), key("6")) == at("closed", tries="1")
    assert following(script, at("offer"), key("6")) == at("main")
    assert following(script, at("language"), key("6")) == at("language", "en-US", "1", "no_match")


@pytest.mark.parametrize(("locale", "word"), [("en-US", "risk"), ("es-US", "riesgo")])
@pytest.mark.parametrize("why", ["withheld", "landline", "country", "failed"])
def test_who_gets_no_text_hears_the_word_and_the_number_twice(
    script: Script, why: str, locale: str, word: str
) -> None:
    spoken = said(script, at("after.risks", locale, notice=why))
    assert spoken.startswith(script.prompts[locale].call[f"text_{why}"])
    assert f": {word}." in spoken
    digits = "zero one five zero" if locale == "en-US" else "cero uno cinco cero"
    assert spoken.count(digits) == 2


def test_who_opted_out_hears_how_texts_come_back(script: Script) -> None:
    assert "the word start" in said(script, at("after.risks", notice="opted-out"))
    assert "S, T, A, R, T." in said(script, at("after.risks", "es-US", notice="opted-out"))


def test_after_a_stop_both_languages_name_the_word_that_twilio_takes(script: Script) -> None:
    for locale, word in zip(LOCALES, ("the word start.", "S, T, A, R, T."), strict=True):
        for notice in ("texts_stopped", "text_opted_out"):
            assert word in script.prompts[locale].call[notice]
        assert "START" in script.prompts[locale].message["stop"]


def test_the_question_says_the_number_and_what_it_may_cost(script: Script) -> None:
    spoken = said(script, at("text.risks"), NUMBER)
    assert "two one two five five five zero one nine nine Message and data rates" in spoken
    assert spoken.endswith("To get the text, press 1. To go on without it, press 2.")


def test_six_is_announced_once_after_a_topic_and_not_when_it_asks_again(script: Script) -> None:
    assert "press 6" in said(script, at("after.risks"))
    for again in (at("after.risks", tries="1", notice="no_input"),
                  at("after.risks", notice="sent")):  # fmt: skip
        assert "press 6" not in said(script, again)
        assert "press 9" in said(script, again)


# A call-back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["closed", "busy", "no-answer", "failed"])
def test_where_nobody_can_be_reached_a_call_back_is_offered(script: Script, place: str) -> None:
    for locale, offered in zip(LOCALES, ("press 1.", "oprima el 1."), strict=True):
        assert offered in said(script, at(place, locale))
    assert following(script, at(place), key("1")) == at("callback")
    assert following(script, at(place), key("1", HIDDEN)) == at("callback-number")
    assert following(script, at(place), words(Meaning("key", "1"))) == at("callback")


@pytest.mark.parametrize(("event", "why"), [(key("5"), "no_match"), (Event("silence"), "no_input")])
def test_after_hours_the_last_offer_is_of_what_works_then(
    script: Script, event: Event, why: str
) -> None:
    state = at("closed")
    for _ in range(3):
        assert "press zero" not in said(script, state)
        state = following(script, state, event)
    assert state == at("offer-closed", tries="3", notice=why)
    assert said(script, state).endswith(
        "The clinic is closed now. To ask us to call you back, press 1. "
        "If you need more time, press any other key."
    )
    assert following(script, state, key("1")) == at("callback")
    assert following(script, state, key("4")) == at("main")
    assert following(script, state, Event("silence")) == at("goodbye")


def test_a_whole_call_back_at_the_callers_own_number(script: Script) -> None:
    state, deeds = at("closed"), []
    for pressed in ("1", "1", "2"):
        deeds.append(deed(script, state, key(pressed)))
        state = following(script, state, key(pressed, outcome="kept"))
    assert deeds == [None, Deed("number"), Deed("call-back", "afternoon")]
    assert state == at("callback-done")


def test_a_whole_call_back_at_another_number(script: Script) -> None:
    state, deeds = at("closed", "es-US"), []
    for pressed in ("1", "2", "2125550188", "2", "2125550134", "1", "3"):
        deeds.append(deed(script, state, key(pressed)))
        state = following(script, state, key(pressed, outcome="kept"))
    assert deeds == [
        None, None, Deed("number", "2125550188"), None, Deed("number", "2125550134"), None,
        Deed("call-back", "any"),
    ]  # fmt: skip
    assert state == at("callback-done", "es-US")


@pytest.mark.parametrize("place", ["callback", "callback-time"])
@pytest.mark.parametrize("outcome", ["", "failed", "wrong"])
def test_what_could_not_be_kept_is_said_with_the_clinics_number_twice(
    script: Script, place: str, outcome: str
) -> None:
    after = following(script, at(place), key("1", outcome=outcome))
    assert after == at("main", notice="callback_failed")
    assert said(script, after).count("zero one three four") == 2


def test_a_hidden_number_cannot_be_confirmed(script: Script) -> None:
    assert deed(script, at("callback"), key("1", HIDDEN)) is None
    assert following(script, at("callback"), key("1", HIDDEN)) == at("callback-number")


@pytest.mark.parametrize(
    ("digits", "outcome", "wanted", "leads_to"),
    [
        ("2125550134", "kept", Deed("number", "2125550134"), at("callback-check")),
        ("12125550134", "kept", Deed("number", "2125550134"), at("callback-check")),
        ("22125550134", "kept", None, at("callback-number", tries="1", notice="number_wrong")),
        ("121255501345", "kept", None, at("callback-number", tries="1", notice="number_wrong")),
        ("2125550134", "wrong", Deed("number", "2125550134"),
         at("callback-number", tries="1", notice="number_wrong")),
        ("2125550134", "failed", Deed("number", "2125550134"),
         at("main", notice="callback_failed")),
        ("212555", "kept", None, at("callback-number", tries="1", notice="number_wrong")),
        ("1", "kept", None, at("callback-number", tries="1", notice="number_wrong")),
        ("9", "", None, at("callback-number", tries="1", notice="number_wrong")),
        ("212*", "kept", None, at("callback-number")),
        ("212555013*", "kept", None, at("callback-number")),
        ("*", "", None, at("main")),
        ("0", "", None, at("transfer")),
        ("٢١٢٥٥٥٠١٣٤", "kept", None, at("callback-number")),
    ],
)  # fmt: skip
def test_digits_are_a_number_or_said_to_be_none(
    script: Script, digits: str, outcome: str, wanted: Deed | None, leads_to: State
) -> None:
    assert deed(script, at("callback-number"), key(digits)) == wanted
    assert following(script, at("callback-number"), key(digits, outcome=outcome)) == leads_to


def test_three_numbers_that_are_none_end_in_the_offer_of_a_person(script: Script) -> None:
    state = at("callback-number")
    for _ in range(3):
        state = following(script, state, key("123"))
    assert state == at("offer", tries="3", notice="no_match")


def test_keys_said_aloud_are_no_digits_of_a_number(script: Script) -> None:
    def spoken(meaning: Meaning) -> State:
        assert deed(script, at("callback-number"), words(meaning)) is None
        return following(script, at("callback-number"), words(meaning))

    assert spoken(Meaning("human")) == at("transfer")
    assert spoken(Meaning("key", "9")) == at("callback-number")
    assert spoken(Meaning("key", "5")) == at("callback-number", tries="1", notice="number_wrong")
    assert spoken(Meaning("emergency", locale="es-US")) == at("emergency", "es-US")


def test_elsewhere_a_number_may_be_shorter_or_longer(script: Script) -> None:
    abroad = replace(script.line, line_phone=Phone("34", ("900", "123", "456")))
    other = replace(script, line=abroad)
    ask = reply(other, at("callback-number")).ask
    assert ask is not None
    assert ask.digits == 15
    for digits, whole in (("12345", False), ("123456", True), ("9" * 15, True), ("9" * 16, False)):
        wanted = Deed("number", digits) if whole else None
        assert deed(other, at("callback-number"), key(digits)) == wanted


def test_nobody_is_asked_for_more_than_a_number_and_a_time(script: Script) -> None:
    asked = [said(script, at(place)) for place in
             ("callback", "callback-number", "callback-check", "callback-time")]  # fmt: skip
    for wanted in ("name", "born", "birth", "doctor", "pain"):
        assert not [spoken for spoken in asked if wanted in spoken.lower()]


def test_the_end_confirms_the_number_and_tells_what_to_do_meanwhile(script: Script) -> None:
    spoken = said(script, at("callback-done"), NUMBER)
    assert "when the clinic is open, at this number. two one two five" in spoken
    assert "dial nine, one, one." in spoken
    assert "press star" in spoken
    assert not reply(script, at("callback-done")).ends


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "grouped"),
    [
        ("+12125550134", ("212", "555", "0134")),
        ("+34900123456", ("349", "001", "234", "56")),
        ("+1212", ("121", "2")),
        ("+123456789012", ("123", "456", "789", "012")),
        ("", ()),
    ],
)
def test_digits_are_grouped_as_people_say_them(number: str, grouped: tuple[str, ...]) -> None:
    assert groups(number) == grouped


def spoken_digits(script: Script, state: State, number: str) -> list[Utterance]:
    digits = script.prompts[state.locale].words["digits"]
    return [one for one in reply(script, state, number).says if one.words in digits]


@pytest.mark.parametrize("pace", ["normal", "slow"])
def test_the_pause_between_groups_is_300_ms_longer(script: Script, pace: str) -> None:
    state = State("callback-check", "es-US", pace)  # type: ignore[arg-type]
    digits = spoken_digits(script, state, "+12125550134")
    names = "dos uno dos cinco cinco cinco cero uno tres cuatro".split()
    assert [one.words for one in digits] == names
    begins = [0, 3, 6]
    within = {one.lead for n, one in enumerate(digits) if n not in begins}
    assert len(within) == 1
    assert all(digits[n].lead - max(within) >= 300 for n in begins)


def test_every_digit_of_every_number_is_among_those_recorded(script: Script) -> None:
    state = at("callback-done")
    recorded = {one for number in every_digit() for one in spoken_digits(script, state, number)}
    assert len(recorded) == 20
    for first, then in pairwise("31415926535897932384626433"):
        number = f"+1{first}{then}{first}{then * 3}{first}{then * 3}"
        assert set(spoken_digits(script, state, number)) <= recorded


def test_a_number_is_named_where_one_is_said_and_nowhere_else(script: Script) -> None:
    for state in kept.worked_out(script).states:
        named = reply(script, state) != reply(script, state, NUMBER)
        assert named == names_number(state), state
    kinds = {state.kind for state in kept.worked_out(script).states if names_number(state)}
    assert kinds == {"text", "callback", "callback-check", "callback-done"}


# Wishes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "outcome", "notice"),
    [
        ("stop", "kept", "texts_stopped"),
        ("stop", "", "stop_failed"),
        ("forget", "kept", "forgotten"),
        ("forget", "failed", "forget_failed"),
    ],
)
@pytest.mark.parametrize(
    ("place", "leads_to"),
    [
        ("opening", "language"), ("language", "language"), ("welcome", "main"), ("main", "main"),
        ("menu.4", "menu.4"), ("after.risks", "after.risks"), ("text.risks", "text.risks"),
        ("callback-number", "callback-number"), ("closed", "closed"), ("offer", "offer"),
        ("pause.topic.risks.2", "pause.topic.risks.2"), ("topic.risks.2", "after.risks"),
    ],
)  # fmt: skip
def test_a_wish_is_done_and_the_question_asked_again(
    script: Script, wish: str, outcome: str, notice: str, place: str, leads_to: str
) -> None:
    event = words(Meaning(wish, locale="es-US"), outcome)  # type: ignore[arg-type]
    assert deed(script, at(place, tries="2"), event) == Deed(wish)  # type: ignore[arg-type]
    assert following(script, at(place, tries="2"), event) == at(leads_to, "es-US", notice=notice)


@pytest.mark.parametrize(
    ("locale", "spoken", "goes_on_in"),
    [
        ("es-US", "stop", "es-US"),
        ("es-US", "stop por favor", "es-US"),
        ("en-US", "alto", "en-US"),
        ("en-US", "stop", "en-US"),
        ("en-US", "ya no me manden mensajes", "es-US"),
        ("es-US", "stop sending me these texts", "en-US"),
    ],
)
def test_one_word_to_stop_changes_no_language(
    script: Script, known: Vocabulary, locale: str, spoken: str, goes_on_in: str
) -> None:
    meaning = understand(known, locale, spoken)
    assert meaning.wants == "stop"
    for place, leads_to in (("main", "main"), ("topic.risks.1", "after.risks")):
        after = following(script, at(place, locale), words(meaning, "kept"))
        assert after == at(leads_to, goes_on_in, notice="texts_stopped")


def test_before_a_language_is_chosen_a_word_to_stop_chooses_it(
    script: Script, known: Vocabulary
) -> None:
    event = words(understand(known, "en-US", "alto"), "kept")
    for place in ("opening", "language"):
        assert following(script, at(place), event) == at(
            "language", "es-US", notice="texts_stopped"
        )


def test_help_tells_how_the_keys_work_and_where_a_person_is(script: Script) -> None:
    after = following(script, at("menu.1"), words(Meaning("help", locale="en-US")))
    assert after == at("menu.1", notice="help")
    assert "To talk to a person, press zero." in said(script, after)
    assert deed(script, at("menu.1"), words(Meaning("help"))) is None


def test_a_failed_wish_is_never_said_to_be_done(script: Script) -> None:
    for notice in ("stop_failed", "forget_failed"):
        spoken = said(script, at("main", notice=notice))
        assert "could not" in spoken
        assert spoken.count("zero one three four") == 2


# Somebody we know, and calls we make --------------------------------------------------------------


@pytest.mark.parametrize("locale", LOCALES)
def test_a_caller_we_know_hears_the_emergency_sentence_in_their_language_first(
    script: Script, locale: str
) -> None:
    state = dialog.welcome_back(script, locale, "slow", "")
    assert state == State("main", locale, "slow", notice="welcome_back")
    says = reply(script, state).says
    assert [one.locale for one in says[:2]] == [locale, *(set(LOCALES) - {locale})]
    assert all(one.words.endswith(("one, one.", "uno, uno.")) for one in says[:2])
    assert [one.lead for one in says[:5]] == [150] * 5
    assert says[3].words == dialog.prompt(script, locale, "disclaimer")


def test_a_call_that_broke_off_may_go_on_with_one_key(script: Script) -> None:
    state = dialog.welcome_back(script, "en-US", "normal", "topic.risks.2")
    assert state == at("pause.topic.risks.2", notice="continue")
    told = said(script, state)
    disclaimer = dialog.prompt(script, "en-US", "disclaimer")
    assert f"Sample Clinic. {disclaimer} You were listening to this subject." in told
    assert "Risks of the treatment. To talk to a person, press zero. To go on, press 8." in told
    ask = reply(script, state).ask
    assert ask is not None
    assert (ask.wait, ask.speech) == (10, True)
    assert following(script, state, key("8")) == at("topic.risks.2")
    assert following(script, state, key("*")) == at("main")
    for on in ("yes", "more"):
        said_on = words(Meaning(on, locale="es-US"))  # type: ignore[arg-type]
        assert following(script, state, said_on) == at("topic.risks.2")
    assert following(script, state, NO) == at("main")
    still = following(script, state, Event("silence"))
    assert still == at("offer", tries="3", notice="no_input")
    asked = reply(script, state)
    assert asked.parting[0].words.startswith("I am still here. To go on, press 8.")
    assert asked.patience == 120


@pytest.mark.parametrize(
    "place",
    ["topic.risks.9", "topic.risks.0", "topic.gone.1", "topic.risks", "after.risks", "menu.1",
     "topic.risks.1.1", "topic.risks.01"],
)  # fmt: skip
def test_a_place_that_is_gone_is_left_out(script: Script, place: str) -> None:
    state = dialog.welcome_back(script, "en-US", "normal", place)
    assert state == at("main", notice="welcome_back")


def test_a_language_that_is_gone_is_the_first_one(script: Script) -> None:
    assert dialog.welcome_back(script, "fr-FR", "normal").locale == "en-US"


@pytest.mark.parametrize(
    ("event", "leads_to"),
    [
        (Event("answered", "person"), at("topic.risks.1", notice="called")),
        (Event("answered", "machine"), at("voicemail")),
        (Event("answered", "unclear"), at("ring.risks")),
        (Event("answered", "nonsense"), at("ring.risks")),
        (Event("silence"), at("ring.risks")),
        (Event("speech"), at("voicemail")),
        (YES, at("topic.risks.1", notice="called")),
        (NO, at("voicemail")),
        (words(Meaning("key", "1")), at("topic.risks.1", notice="called")),
        (words(Meaning("despair", locale="es-US")), at("crisis", "es-US")),
        (words(Meaning("human")), at("voicemail")),
        (words(Meaning("topic", "risks", "en-US")), at("voicemail")),
        (key("1"), at("topic.risks.1", notice="called")),
        (key("6"), at("topic.risks.1", notice="called")),
        (key("0"), at("transfer")),
        (key("*"), at("main")),
        (key("#"), at("ring.risks")),
        (words(Meaning("emergency", locale="en-US")), at("emergency")),
        (words(Meaning("stop", locale="en-US"), "kept"), at("voicemail")),
    ],
)
def test_who_answers_our_call_hears_what_is_theirs(
    script: Script, event: Event, leads_to: State
) -> None:
    assert following(script, at("ring.risks"), event) == leads_to


def test_a_person_hears_the_emergency_sentence_who_calls_and_why(script: Script) -> None:
    spoken = said(script, at("topic.risks.1", notice="called"))
    order = ["hang up and dial", "cuelgue y marque", "This is Sample Clinic. You asked us",
             "Your doctor knows your case.", "Risks of the treatment."]  # fmt: skip
    places = [spoken.index(words) for words in order]
    assert places == sorted(places)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_machine_hears_the_clinics_name_and_its_number_twice_and_no_more(
    script: Script, locale: str
) -> None:
    left = reply(script, at("voicemail", locale))
    unclear = reply(script, at("ring.risks", locale))
    assert left.ends
    assert unclear.ends
    assert [one.words for one in unclear.parting] == [one.words for one in left.says]
    names = script.prompts[locale].words["digits"]
    number = " ".join(names[int(digit)] for digit in "0134")
    assert left.says[0].words.count(number) == 2
    heard = " ".join(one.words for one in (*left.says, *unclear.says, *unclear.parting)).lower()
    labels = [wording.title.lower() for wording in script.topics["risks"].wording.values()]
    assert not [told for told in (*labels, "kyph", "cifo", "risk", "riesgo") if told in heard]


def test_an_answer_means_nothing_in_a_call_we_did_not_make(script: Script) -> None:
    assert following(script, at("main"), Event("answered", "person")).place == "main"
