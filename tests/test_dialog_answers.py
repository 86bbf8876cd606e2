"""What words mean where they are said: about a call-back, about a text, after a false alarm."""

from dataclasses import replace

import pytest

from voice.dialog import Caller, Event, State, deed, following, heard
from voice.script import Script
from voice.understand import Meaning, Vocabulary

PATIENT = Caller("+12125550199", "")
NOBODY = ("closed", "busy", "no-answer", "failed", "offer-closed")

WANTS_A_CALL = {
    "en-US": [
        "call me back", "Yes.", "yes please", "yes call me back please", "I want a call back",
        "please have somebody call me", "can you give me a call", "one", "I'd like a call back.",
        "could the nurse call me tomorrow", "uh yes call me",
    ],
    "es-US": [
        "sí", "Llámeme.", "que me llamen por favor", "devuélvanme la llamada", "uno",
        "sí, quiero que me llamen", "me pueden llamar", "márquenme por favor", "me llama mañana",
        "llámenme en la mañana",
    ],
}  # fmt: skip
NUMBERS = {
    "callback-time": {
        "en-US": [
            "yes that is my number", "that's right", "it is right", "Correct.", "this number",
            "yes this one", "yes it's correct", "that's the right number",
        ],
        "es-US": [
            "sí", "está bien", "es correcto", "sí es ese", "ese mismo", "sí, ese es mi número",
            "a este número", "correcto",
        ],
    },
    "callback-number": {
        "en-US": [
            "no", "another number", "a different number", "no another one", "the other one please",
            "that is not my number", "it's not right", "wrong number", "no it's the wrong one",
            "that isn't right", "that is not the right one", "it isn't the right number",
            "use a different phone", "not this number",
        ],
        "es-US": [
            "no", "otro número", "no es ese", "no, a otro", "ese no es mi número", "no es correcto",
            "está mal", "a un número diferente", "no está bien",
        ],
    },
}  # fmt: skip
TIMES = {
    "1": {
        "en-US": [
            "In the morning.", "mornings", "morning", "tomorrow morning", "the morning is best",
            "early please", "before noon", "around 10 a.m.", "one", "not the afternoon the morning",
            "any time in the morning", "um mornings I guess", "good morning",
        ],
        "es-US": [
            "por la mañana", "En la mañana.", "mañana", "en las mañanas", "mañana por la mañana",
            "temprano", "antes del mediodía", "por la mañana por favor", "uno",
            "no en la tarde, en la mañana",
        ],
    },
    "2": {
        "en-US": [
            "afternoon", "In the afternoon.", "afternoons are better", "after lunch", "3 p.m.",
            "tomorrow afternoon", "not mornings, afternoons", "two", "good afternoon",
        ],
        "es-US": [
            "en la tarde", "Por la tarde.", "mañana por la tarde", "mañana en la tarde",
            "después de comer", "por las tardes", "dos", "por la tarde mañana",
        ],
    },
    "3": {
        "en-US": [
            "any time", "Anytime.", "whenever you can", "it doesn't matter", "either one", "three",
            "any time is fine", "I don't care", "all day", "both", "as soon as possible",
        ],
        "es-US": [
            "cualquier hora", "A cualquier hora.", "cuando sea", "cuando puedan", "no importa",
            "me da igual", "a la hora que sea", "tres", "todo el día", "lo antes posible",
        ],
    },
}  # fmt: skip
SPOKEN_NUMBERS = {
    "en-US": [
        "212-555-0123", "2125550123", "(212) 555-0123", "1 212 555 0123",
        "two one two five five five zero one two three", "two one two 555 oh one two three",
        "my number is 212 555 0123", "it's 212-555-0123 please", "call my daughter at 212 555 0123",
    ],
    "es-US": [
        "212 555 0123", "dos uno dos cinco cinco cinco cero uno dos tres",
        "mi número es el 212-555-0123", "dos uno dos 5550123",
    ],
}  # fmt: skip


def at(place: str, locale: str) -> State:
    return State(place, locale, "normal")


def after(script: Script, known: Vocabulary, state: State, words: str) -> State:
    """Where words lead; what they ask to be done succeeds."""
    event = caller_says(script, known, state, words)
    return following(script, state, event)


def caller_says(script: Script, known: Vocabulary, state: State, words: str) -> Event:
    event = replace(heard(script, known, state, words), caller=PATIENT)
    return replace(event, outcome="kept") if deed(script, state, event) else event


def spoken(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(locale, words) for locale, several in table.items() for words in several]


@pytest.mark.parametrize("place", NOBODY)
@pytest.mark.parametrize(("locale", "words"), spoken(WANTS_A_CALL))
def test_who_wants_a_call_back_need_not_press(
    script: Script, known: Vocabulary, place: str, locale: str, words: str
) -> None:
    assert after(script, known, at(place, locale), words) == at("callback", locale)


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "please don't call me"), ("en-US", "do not call me back"),
     ("en-US", "I don't need a call"), ("es-US", "no me llamen"),
     ("es-US", "no quiero que me llamen")],
)  # fmt: skip
def test_who_wants_none_is_asked_nothing_more(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    assert not after(script, known, at("closed", locale), words).kind.startswith("callback")


@pytest.mark.parametrize("place", ["callback", "callback-check"])
@pytest.mark.parametrize("leads_to", NUMBERS)
def test_a_number_is_right_or_another_in_words(
    script: Script, known: Vocabulary, place: str, leads_to: str
) -> None:
    for locale, words in spoken(NUMBERS[leads_to]):
        assert after(script, known, at(place, locale), words) == at(leads_to, locale), words


@pytest.mark.parametrize("key", TIMES)
def test_the_best_time_may_be_said(script: Script, known: Vocabulary, key: str) -> None:
    for locale, words in spoken(TIMES[key]):
        state = at("callback-time", locale)
        event = caller_says(script, known, state, words)
        wanted = deed(script, state, event)
        assert wanted is not None, words
        assert wanted.value == {"1": "morning", "2": "afternoon", "3": "any"}[key], words
        assert following(script, state, event) == at("callback-done", locale)


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "not in the morning"), ("en-US", "neither"), ("en-US", "at nine"),
     ("en-US", "I don't know"), ("es-US", "en la mañana no"), ("es-US", "ninguna de las dos"),
     ("es-US", "no por la tarde")],
)  # fmt: skip
def test_what_names_no_time_is_asked_again_and_the_call_back_is_not_lost(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    asked = after(script, known, at("callback-time", locale), words)
    assert (asked.place, asked.tries) == ("callback-time", "1")


@pytest.mark.parametrize(("locale", "words"), spoken(SPOKEN_NUMBERS))
def test_a_number_may_be_said(script: Script, known: Vocabulary, locale: str, words: str) -> None:
    state = at("callback-number", locale)
    event = caller_says(script, known, state, words)
    asked = deed(script, state, event)
    assert asked is not None
    assert (asked.kind, asked.value) == ("number", "2125550123")
    assert following(script, state, event) == at("callback-check", locale)


@pytest.mark.parametrize("words", ["555 0123", "five five five one two three four"])
def test_half_a_number_is_asked_for_again(script: Script, known: Vocabulary, words: str) -> None:
    asked = after(script, known, at("callback-number", "en-US"), words)
    assert (asked.place, asked.tries, asked.notice) == ("callback-number", "1", "number_wrong")


@pytest.mark.parametrize(
    ("words", "place"),
    [("I can't breathe", "emergency"), ("nine one one", "emergency"), ("call 911", "emergency"),
     ("nine one one nine one one", "emergency"),
     ("212 555 0123 I can't breathe", "emergency"), ("no puedo respirar", "emergency"),
     ("I want to die", "crisis"), ("in the morning I want to kill myself", "crisis"),
     ("call me back I have chest pain", "emergency"), ("llámenme me duele el pecho", "emergency")],
)  # fmt: skip
@pytest.mark.parametrize("asked", ["closed", "callback", "callback-number", "callback-time"])
def test_danger_wins_at_these_questions_too(
    script: Script, known: Vocabulary, asked: str, words: str, place: str
) -> None:
    assert after(script, known, at(asked, "en-US"), words).place == place


def test_elsewhere_these_words_mean_what_they_mean(script: Script, known: Vocabulary) -> None:
    said = "can I eat in the morning"
    assert heard(script, known, at("main", "en-US"), said).meaning.wants == "topic"
    assert heard(script, known, at("main", "en-US"), "212 555 0123").kind == "speech"
    assert after(script, known, at("callback-time", "en-US"), "main menu").place == "main"


@pytest.mark.parametrize("place", ["callback", "callback-check", "callback-time", "closed"])
@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "stop texting me"), ("en-US", "stop texting me wrong number"),
     ("en-US", "wrong number take me off your list"),
     ("en-US", "call me but stop texting me"), ("es-US", "ya no me manden mensajes"),
     ("es-US", "no es mi número, no me manden más mensajes")],
)  # fmt: skip
def test_a_wish_to_stop_is_heard_at_these_questions_too(
    script: Script, known: Vocabulary, place: str, locale: str, words: str
) -> None:
    assert after(script, known, at(place, locale), words).notice == "texts_stopped"


def test_scripts_without_these_lists_are_answered_by_key_and_yes(
    script: Script, known: Vocabulary
) -> None:
    bare = replace(script, words={one: {} for one in script.words})
    state = at("callback-time", "en-US")
    assert heard(bare, known, state, "mornings").meaning != Meaning("key", "1")
    assert after(bare, known, at("closed", "en-US"), "yes").place == "callback"


# At other questions ------------------------------------------------------------------------------

NOT_HEARD = {
    "en-US": [
        "What?", "what did you say", "I didn't hear you", "say that again please", "pardon me",
        "can you repeat that", "huh", "louder please", "I'm hard of hearing", "sorry?",
        "I'm sorry, I didn't hear you",
    ],
    "es-US": [
        "¿Qué?", "¿Mande?", "no le oí", "¿cómo dijo?", "no escuché bien", "repita por favor",
        "más fuerte por favor", "¿qué dijo?", "disculpe, no entendí",
    ],
}  # fmt: skip
FAREWELLS = {
    "en-US": ["Goodbye.", "thank you, bye", "that's all thank you", "I'm done", "hang up",
              "no more questions", "okay goodbye"],
    "es-US": ["Adiós.", "gracias, adiós", "eso es todo", "ya terminé", "nada más, gracias",
              "hasta luego"],
}  # fmt: skip
NO_DANGER = {
    "en-US": ["It's not an emergency.", "no no I'm okay", "that was a mistake", "false alarm",
              "sorry I'm fine"],
    "es-US": ["No es una emergencia.", "me equivoqué", "estoy bien gracias", "falsa alarma"],
}  # fmt: skip
TEXT = {
    "after.risks": {
        "en-US": ["send it", "yes text it to me", "to this number", "go ahead", "no don't",
                  "not now", "never mind", "I don't want it",
                  "please don't send it", "no do not text it to me", "don't send me that"],
        "es-US": ["mándelo", "sí, a este número", "envíemelo por favor", "no lo mande",
                  "no lo quiero", "así está bien"],
    },
    "text.risks": {
        "en-US": ["send it to my daughter", "can you email it", "to another number"],
        "es-US": ["mándelo a mi hija", "a otro número", "por correo"],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "again"),
    [("main", "main"), ("menu.1", "menu.1"), ("after.risks", "topic.risks.1"),
     ("callback-time", "callback-time"), ("callback-number", "callback-number"),
     ("closed", "closed"), ("text.risks", "text.risks"), ("emergency", "emergency"),
     ("crisis", "crisis"), ("busy", "busy"), ("welcome", "welcome")],
)  # fmt: skip
def test_who_did_not_hear_hears_it_again_and_is_not_told_of_a_mistake(
    script: Script, known: Vocabulary, place: str, again: str
) -> None:
    for locale, words in spoken(NOT_HEARD):
        heard_now = after(script, known, at(place, locale), words)
        assert (heard_now.place, heard_now.tries, heard_now.notice) == (again, "0", ""), words


@pytest.mark.parametrize(
    ("place", "offer"),
    [("main", "offer"), ("after.risks", "offer"), ("callback-done", "offer"),
     ("callback-time", "offer"), ("closed", "offer-closed"), ("opening", "offer-all")],
)  # fmt: skip
def test_who_says_goodbye_is_offered_a_person_once_and_may_go(
    script: Script, known: Vocabulary, place: str, offer: str
) -> None:
    for locale, words in spoken(FAREWELLS):
        first = after(script, known, at(place, locale), words)
        assert (first.place, first.notice) == (offer, ""), words
        last = after(script, known, first, words)
        assert last.place == ("goodbye-all" if offer == "offer-all" else "goodbye"), words


@pytest.mark.parametrize(("locale", "words"), [("en-US", "thank you"), ("es-US", "muchas gracias")])
def test_thanks_are_an_answer_where_nothing_else_is_asked(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    for place in ("main", "menu.1", "after.risks", "callback-done", "closed"):
        assert after(script, known, at(place, locale), words).kind.startswith("offer")
    for place in ("callback-time", "callback", "text.risks", "emergency"):
        assert after(script, known, at(place, locale), words).place == place


@pytest.mark.parametrize(("locale", "words"), spoken(NO_DANGER))
def test_after_a_false_alarm_words_lead_back_to_the_menu(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    assert after(script, known, at("emergency", locale), words).place == "main"


@pytest.mark.parametrize(
    "words", ["no", "I'm scared", "I'm not okay", "yes", "I'm okay but I can't breathe",
              "my legs are numb", "what do I do", "I don't know"],
)  # fmt: skip
def test_anything_less_clear_is_told_to_hang_up_and_dial_again(
    script: Script, known: Vocabulary, words: str
) -> None:
    assert after(script, known, at("emergency", "en-US"), words).place == "emergency"


@pytest.mark.parametrize("leads_to", TEXT)
def test_the_offer_of_a_text_is_answered_in_words(
    script: Script, known: Vocabulary, leads_to: str
) -> None:
    for locale, words in spoken(TEXT[leads_to]):
        assert after(script, known, at("text.risks", locale), words).place == leads_to, words


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "what would you send me"), ("en-US", "I can't get texts on this number"),
     ("en-US", "how much to send it"), ("en-US", "I don't know if I want it"),
     ("en-US", "why do you want to send it"), ("en-US", "do I have to go ahead"),
     ("en-US", "no send it"), ("en-US", "no, to this number"), ("es-US", "no mándelo"),
     ("es-US", "no sé si lo quiero"), ("es-US", "para qué me gustaría eso"),
     ("es-US", "cómo que a este número")],
)  # fmt: skip
def test_words_of_a_yes_within_a_question_are_no_consent(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    state = at("text.risks", locale)
    asked = deed(script, state, caller_says(script, known, state, words))
    assert asked is None or asked.kind == "stop"


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "I made a mistake and took the wrong medicine"), ("en-US", "I'm okay but he fell"),
     ("en-US", "by mistake I took too many pills"), ("es-US", "me equivoqué de pastilla"),
     ("es-US", "me caí sin querer")],
)  # fmt: skip
def test_what_went_wrong_is_no_false_alarm(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    assert after(script, known, at("emergency", locale), words).place == "emergency"


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en-US", "is that the right number"), ("en-US", "I don't know that number"),
     ("en-US", "can't hear that number"), ("es-US", "no conozco ese número"),
     ("es-US", "no sé si está bien")],
)  # fmt: skip
def test_a_number_is_not_kept_for_words_that_are_no_yes(
    script: Script, known: Vocabulary, locale: str, words: str
) -> None:
    for place in ("callback", "callback-check"):
        assert after(script, known, at(place, locale), words).place in (place, "callback-number")


def test_not_to_be_texted_at_all_is_more_than_a_no(script: Script, known: Vocabulary) -> None:
    for words in ("don't text me ever again", "stop texting me", "no more texts please",
                  "don't text me", "no me manden mensajes"):  # fmt: skip
        assert after(script, known, at("text.risks", "en-US"), words).notice == "texts_stopped"


@pytest.mark.parametrize(
    ("locale", "words", "place"),
    [("en-US", "wait a minute", "pause.menu.1"), ("en-US", "let me get a pen", "pause.menu.1"),
     ("es-US", "espéreme tantito", "pause.menu.1"),
     ("es-US", "un segundito por favor", "pause.menu.1"),
     ("en-US", "I pressed the wrong button", "main"), ("es-US", "me equivoqué", "main")],
)  # fmt: skip
def test_who_needs_a_moment_or_slipped_is_understood(
    script: Script, known: Vocabulary, locale: str, words: str, place: str
) -> None:
    assert after(script, known, at("menu.1", locale), words).place == place
