"""The text thread as a pure function: what is answered, in which language, and when nothing is."""

from dataclasses import replace
from itertools import pairwise, permutations

import pytest

from voice import thread
from voice.script import Script
from voice.sms import count
from voice.thread import Contact, Message, carrier_word, step
from voice.understand import Meaning, Vocabulary, normal, understand

EN, ES = "en-US", "es-US"
KNOWN = Contact(EN, "main")
CONOCIDO = Contact(ES, "main")
NAMES = {EN: "Sample Clinic: ", ES: "Clínica de Muestra: "}


@pytest.fixture
def texted(script: Script, known: Vocabulary):
    """Text the line: (contact, body) -> (contact, texts); the line answers carrier words itself."""

    def text(contact: Contact, body: str, carrier: bool = False) -> tuple[Contact, tuple[str, ...]]:
        meaning = understand(known, contact.locale or EN, body)
        message = Message(meaning, carrier_word(body), carrier_answers=carrier)
        after, texts = step(script, contact, message)
        return after, tuple(text.body for text in texts)

    return text


@pytest.fixture
def names(script: Script) -> dict[str, str]:
    """What each text the line can send is called: "es-US risks text 1", "en-US menu"."""
    return {
        text: " ".join(filter(None, (locale, topic, name)))
        for locale, topic, name, text in thread.all_texts(script)
    }


# Topics, menus, MORE -----------------------------------------------------------------------------


def at(place: str, locale: str = EN) -> Contact:
    return Contact(locale, place)


@pytest.mark.parametrize(
    ("contact", "body", "place", "answer"),
    [
        (at("main"), "risks", "topic.risks.1", "risks text 1"),
        (at("main"), "Risks, please!", "topic.risks.1", "risks text 1"),
        (at("main"), "3", "topic.risks.1", "risks text 1"),
        (at("main"), "2 3", "topic.benefits.1", "benefits text 1"),
        (at("main"), "23", "topic.benefits.1", "benefits text 1"),
        (at("main"), "1", "menu.1", "submenu 1"),
        (at("main"), "2", "menu.2", "submenu 2"),
        (at("main"), "is it for me", "menu.2", "submenu 2"),
        (at("main"), "5", "topic.when-to-get-help.1", "when-to-get-help text 1"),
        (at("main"), "6", "main", "unknown"),
        (at("main"), "text me the risks", "topic.risks.1", "risks text 1"),
        (at("main"), "0", "main", "person"),
        (at("main"), "nurse", "main", "person"),
        (at("main"), "*", "main", "menu"),
        (at("main"), "MENU", "main", "menu"),
        (at("main"), "hello", "main", "menu"),
        (at("main"), "pizza", "main", "unknown"),
        (at("main"), "", "main", "unknown"),
        (at("main"), "again", "main", "unknown"),
        (at("main"), "more", "main", "menu"),
        (at("main", ES), "riesgos", "topic.risks.1", "risks text 1"),
        (at("main", ES), "3", "topic.risks.1", "risks text 1"),
        (at("main", ES), "1", "menu.1", "submenu 1"),
        (at("main", ES), "menú", "main", "menu"),
        (at("main", ES), "enfermera", "main", "person"),
        (at("main", ES), "pizza", "main", "unknown"),
        (at("menu.2"), "1", "topic.candidacy.1", "candidacy text 1"),
        (at("menu.2"), "5", "topic.your-team.1", "your-team text 1"),
        (at("menu.4"), "5", "topic.when-to-get-help.1", "when-to-get-help text 1"),
        (at("menu.2"), "6", "main", "unknown"),
        (at("menu.2"), "0", "menu.2", "person"),
        (at("menu.2"), "risks", "topic.risks.1", "risks text 1"),
        (at("topic.risks.1"), "more", "topic.risks.2", "risks text 2"),
        (at("topic.risks.1"), "#", "topic.risks.2", "risks text 2"),
        (at("topic.risks.99"), "more", "topic.risks.99", "no_more"),
        (at("topic.risks.1"), "yes please", "topic.risks.2", "risks text 2"),
        (at("topic.risks.1"), "ok", "topic.risks.2", "risks text 2"),
        (at("topic.risks.99"), "sure", "topic.risks.99", "no_more"),
        (at("topic.risks.1"), "no thanks", "topic.risks.1", "no_more"),
        (at("topic.risks.1"), "ok thank you, God bless", "topic.risks.1", "thanks"),
        (at("main"), "thx hun", "main", "thanks"),
        (at("main"), "ok", "main", "unknown"),
        (at("main"), "no", "main", "unknown"),
        (at("topic.gone.1"), "more", "main", "menu"),
        (at("topic.risks.1", ES), "MAS", "topic.risks.2", "risks text 2"),
        (at("topic.risks.99", ES), "más", "topic.risks.99", "no_more"),
        (at("topic.risks.1", ES), "sí, por favor", "topic.risks.2", "risks text 2"),
        (at("topic.risks.1", ES), "no, gracias", "topic.risks.1", "no_more"),
        (at("topic.risks.1", ES), "muchas gracias, joven", "topic.risks.1", "thanks"),
        (at("main", ES), "adiós, que Dios los bendiga", "main", "thanks"),
        (at("main", ES), "hola, buenas tardes", "main", "menu"),
        (at("topic.risks.1", ES), "3", "topic.risks.1", "risks text 1"),
    ],
    ids=lambda value: f"{value.locale} {value.place}" if isinstance(value, Contact) else None,
)
def test_a_text_is_answered(
    names: dict[str, str], texted, contact: Contact, body: str, place: str, answer: str
) -> None:
    after, texts = texted(contact, body)
    assert after == replace(contact, place=place)
    assert [names[text] for text in texts] == [f"{contact.locale} {answer}"]


@pytest.mark.parametrize(
    ("contact", "body", "locale"),
    [
        (KNOWN, "riesgos", ES),
        (CONOCIDO, "danger", EN),
        (KNOWN, "es para mí", ES),
        (KNOWN, "menú principal", ES),
        (CONOCIDO, "main menu", EN),
        (KNOWN, "enfermera", ES),
        (KNOWN, "3", EN),
        (CONOCIDO, "3", ES),
        (CONOCIDO, "pizza", ES),
    ],
)
def test_the_answer_and_the_thread_follow_the_language_of_the_words(
    texted, contact: Contact, body: str, locale: str
) -> None:
    after, (text,) = texted(contact, body)
    assert after.locale == locale
    assert text.startswith(NAMES[locale])


@pytest.mark.parametrize(
    ("contact", "body", "locale"),
    [
        (CONOCIDO, "HELP, please", ES),
        (CONOCIDO, "help me", EN),
        (KNOWN, "ayuda", ES),
        (replace(CONOCIDO, opted_out=True), "Start.", ES),
        (replace(CONOCIDO, opted_out=True), "START por favor", ES),
        (replace(KNOWN, opted_out=True), "START, please", EN),
    ],
)
def test_a_word_that_texts_teach_in_every_language_is_answered_in_the_threads(
    texted, contact: Contact, body: str, locale: str
) -> None:
    _, (text,) = texted(contact, body)
    assert text.startswith(NAMES[locale])


@pytest.mark.parametrize(("asked", "locale"), [("español", ES), ("ESPANOL", ES), ("English", EN)])
def test_a_change_of_language_is_confirmed_and_followed_by_the_menu(
    script: Script, texted, asked: str, locale: str
) -> None:
    other = Contact(ES if locale == EN else EN, "topic.risks.2")
    after, texts = texted(other, asked)
    assert after == Contact(locale, "main")
    assert len(texts) == 2
    assert texts[0] == NAMES[locale] + script.prompts[locale].message["language"]
    assert texts[1] == thread.menu(script, locale, "menu")


@pytest.mark.parametrize(("locale", "more"), [(EN, "MORE"), (ES, "MAS")])
def test_more_brings_every_text_of_every_topic_and_then_says_so(
    script: Script, texted, locale: str, more: str
) -> None:
    for topic in script.topics:
        contact, first = texted(Contact(locale, "main"), script.topics[topic].wording[locale].title)
        heard = list(first)
        for _ in range(len(script.topics[topic].wording[locale].texts) - 1):
            contact, texts = texted(contact, more)
            heard += texts
        assert heard == list(thread.topic_texts(script, topic, locale))
        _, (last,) = texted(contact, more)
        assert last == NAMES[locale] + script.prompts[locale].message["no_more"]


def test_all_but_the_last_text_of_a_topic_say_how_to_get_the_next(script: Script) -> None:
    for locale, more in ((EN, " More: text MORE"), (ES, " Más: envíe MAS")):
        for topic in script.topics:
            *others, last = thread.topic_texts(script, topic, locale)
            assert all(text.endswith(more) for text in others)
            assert not last.endswith(more)


def test_thanks_get_the_menu_where_nobody_wrote_an_answer_to_them(script: Script) -> None:
    prompts = script.prompts[EN]
    others = {name: text for name, text in prompts.message.items() if name != "thanks"}
    older = replace(script, prompts={**script.prompts, EN: replace(prompts, message=others)})
    _, (text,) = step(older, at("topic.risks.1"), Message(Meaning("thanks", locale=EN)))
    assert text.body == thread.menu(older, EN, "unknown")


# A stranger --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "locale"),
    [
        ("risks", EN),
        ("riesgos", ES),
        ("enfermera", ES),
        ("pizza", EN),
        ("nurse", EN),
        ("hola, 3", ES),
        ("menu por favor", ES),
        ("gracias", ES),
    ],
)
def test_a_stranger_is_told_once_who_writes_how_often_what_it_costs_and_how_to_stop(
    script: Script, texted, body: str, locale: str
) -> None:
    contact, texts = texted(Contact(), body)
    first = NAMES[locale] + script.prompts[locale].message["first"]
    assert len(texts) == 2
    assert texts[1] == first
    assert "STOP" in first
    assert ("rates" in first) if locale == EN else ("cargos" in first)
    _, later = texted(contact, body)
    assert first not in later


def test_a_stranger_in_danger_is_told_that_alone_and_the_rest_with_the_next_text(
    texted, script: Script
) -> None:
    contact, texts = texted(Contact(), "I have chest pain")
    assert len(texts) == 1
    _, later = texted(contact, "risks")
    assert later[1] == NAMES[EN] + script.prompts[EN].message["first"]


def test_figures_tell_nothing_of_a_language_so_a_stranger_gets_the_first_one(texted) -> None:
    assert texted(Contact(), "3")[0].locale == EN


# Danger ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opted_out", [False, True])
@pytest.mark.parametrize(
    ("locale", "body", "number", "answered_in"),
    [
        (EN, "I can't breathe", "Call 911 now", EN),
        (ES, "no puedo respirar", "Llame al 911 ahora", ES),
        (EN, "no puedo respirar", "Llame al 911 ahora", ES),
        (ES, "chest pain", "Call 911 now", EN),
        (EN, "I want to die", "Call or text 988 now", EN),
        (ES, "quiero morir", "Llame ahora al 988", ES),
        (EN, "911", "Call 911 now", EN),
        (ES, "911", "Llame al 911 ahora", ES),
    ],
)
def test_danger_is_answered_first_even_to_those_who_opted_out(
    texted, opted_out: bool, locale: str, body: str, number: str, answered_in: str
) -> None:
    contact = Contact(locale, "menu.2", opted_out)
    after, texts = texted(contact, body)
    assert after == contact
    assert len(texts) == 1
    assert texts[0].startswith(NAMES[answered_in])
    assert number in texts[0]


def test_a_stop_that_comes_with_danger_is_granted_after_it_and_once(texted) -> None:
    after, texts = texted(Contact(ES, "menu.2"), "stop. chest pain")
    assert after == Contact(EN, "menu.2", opted_out=True)
    first, second = texts
    assert "Call 911 now" in first
    assert "START" in second
    _, again = texted(after, "stop. chest pain")
    assert again == (first,)


# STOP, START, HELP -------------------------------------------------------------------------------

STOP_WORDS = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT".split()


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        *((word, "stop") for word in STOP_WORDS),
        *((word, "start") for word in ("START", "YES", "UNSTOP")),
        *((word, "help") for word in ("HELP", "INFO")),
        (" stop\n", "stop"),
        ("sToP", "stop"),
        ("STOP please", None),
        ("OPT OUT", None),
        ("stop.", None),
        ("AYUDA", None),
        ("\u200bSTOP", None),
        ("STOP\u00a0", None),
        ("", None),
    ],
)
def test_carrier_words_are_the_whole_message_in_any_case(body: str, wish: str | None) -> None:
    assert carrier_word(body) == wish


@pytest.mark.parametrize("carrier", [True, False], ids=["carrier-answers", "line-answers"])
@pytest.mark.parametrize("contact", [KNOWN, CONOCIDO, Contact()], ids=["en", "es", "stranger"])
@pytest.mark.parametrize("word", STOP_WORDS)
def test_stop_is_obeyed_and_confirmed_once_by_the_carrier_or_by_us(
    texted, carrier: bool, contact: Contact, word: str
) -> None:
    after, texts = texted(contact, word, carrier)
    assert after.opted_out
    assert len(texts) == (0 if carrier else 1)
    assert texted(after, word, carrier) == (after, ())


@pytest.mark.parametrize(
    ("contact", "body", "answered_in"),
    [
        (KNOWN, "no more texts please", EN),
        (KNOWN, "OPT OUT", EN),
        (KNOWN, "opt-out", EN),
        (KNOWN, "stop texting me", EN),
        (KNOWN, "STOP please", EN),
        (KNOWN, "Stop.", EN),
        (KNOWN, "ya no quiero mensajes", ES),
        (CONOCIDO, "alto", ES),
        (CONOCIDO, "Quítenme de la lista, por favor", ES),
        (CONOCIDO, "stop por favor", ES),
        (CONOCIDO, "Stop.", ES),
        (CONOCIDO, "ya stop", ES),
        (KNOWN, "alto", ES),
        (CONOCIDO, "no more texts", EN),
        (CONOCIDO, "stop texting me", EN),
        (Contact(), "remove me", EN),
    ],
)
@pytest.mark.parametrize("carrier", [True, False], ids=["carrier", "line"])
def test_a_wish_to_stop_in_other_words_is_obeyed_and_confirmed_by_us(
    texted, contact: Contact, body: str, answered_in: str, carrier: bool
) -> None:
    after, texts = texted(contact, body, carrier)
    assert after.opted_out
    assert len(texts) == 1
    assert texts[0].startswith(NAMES[answered_in])
    assert "START" in texts[0]


@pytest.mark.parametrize(
    "body",
    ["risks", "3", "MENU", "MORE", "HELP", "INFO", "pizza", "nurse", "español", "STOP", "ayuda",
     "no more texts", "alto", ""],
)  # fmt: skip
def test_nothing_is_sent_after_stop(texted, body: str) -> None:
    stopped = Contact(EN, "topic.risks.1", opted_out=True)
    after, texts = texted(stopped, body)
    assert texts == ()
    assert after.opted_out


@pytest.mark.parametrize(
    "body", ["START", "YES", "UNSTOP", "start again", "quiero mensajes otra vez"]
)
def test_start_brings_the_texts_back(texted, body: str) -> None:
    stopped = Contact(EN, "main", opted_out=True)
    after, (text,) = texted(stopped, body)
    assert not after.opted_out
    assert "STOP" in text
    _, answers = texted(after, "risks")
    assert answers


@pytest.mark.parametrize("word", ["START", "YES", "UNSTOP", "HELP", "INFO"])
def test_where_the_carrier_answers_its_words_we_stay_silent(texted, word: str) -> None:
    after, texts = texted(KNOWN, word, carrier=True)
    assert (after, texts) == (KNOWN, ())


# Yes and no --------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["yes", "Sí, por favor", "YES", "claro", "yeah"])
@pytest.mark.parametrize("carrier", [True, False], ids=["carrier", "line"])
def test_yes_takes_the_only_topic_that_was_offered(texted, word: str, carrier: bool) -> None:
    after, (text,) = texted(replace(KNOWN, place="ask.risks"), word, carrier)
    assert after.place == "topic.risks.1"
    assert text.startswith(NAMES[EN])


def test_yes_to_two_topics_is_asked_again_and_no_gets_the_menu(texted) -> None:
    asked = replace(KNOWN, place="ask.risks.benefits")
    after, (text,) = texted(asked, "yes")
    assert after == asked
    assert "1 " in text
    assert "2 " in text
    after, (text,) = texted(asked, "no thank you")
    assert after.place == "main"
    assert texted(replace(KNOWN, place="ask.gone"), "yes")[0].place == "main"


@pytest.mark.parametrize("word", ["yes", "sí", "ok", "no"])
def test_a_yes_that_answers_nothing_changes_nothing_and_starts_nothing(texted, word: str) -> None:
    after, (text,) = texted(KNOWN, word)
    assert after == KNOWN
    assert "1 " in text


@pytest.mark.parametrize("word", ["sí", "ok", "yeah", "claro"])
def test_only_the_carriers_own_yes_starts_again_who_stopped(texted, word: str) -> None:
    stopped = Contact(EN, "ask.risks", opted_out=True)
    assert texted(stopped, word) == (stopped, ())
    assert not texted(stopped, "yes")[0].opted_out


def test_start_is_recorded_even_where_the_carrier_answers(texted) -> None:
    after, texts = texted(replace(KNOWN, opted_out=True), "START", carrier=True)
    assert (after.opted_out, texts) == (False, ())


@pytest.mark.parametrize(
    ("contact", "body", "locale"),
    [(KNOWN, "HELP", EN), (KNOWN, "info", EN), (CONOCIDO, "HELP", ES), (CONOCIDO, "ayuda", ES),
     (KNOWN, "ayuda", ES), (KNOWN, "help please", EN)],
)  # fmt: skip
def test_help_names_the_clinic_its_number_the_costs_and_stop(
    texted, contact: Contact, body: str, locale: str
) -> None:
    after, (text,) = texted(contact, body)
    assert after == contact
    assert text.startswith(NAMES[locale])
    for needed in ("212-555-0134", "STOP", "911"):
        assert needed in text


def test_no_carrier_word_is_a_keyword_of_anything_else(known: Vocabulary) -> None:
    for word, wish in thread.CARRIER_WORDS.items():
        for locale in (EN, ES):
            meaning = understand(known, locale, word)
            assert meaning.wants in (wish, "yes"), (word, locale)


# What the texts cost -----------------------------------------------------------------------------


def test_every_text_the_line_can_send_is_short(script: Script) -> None:
    texts = list(thread.all_texts(script))
    assert len(texts) > 100
    most = {EN: 2, ES: 3}
    dear = [
        (locale, topic, name, cost.segments, cost.costly)
        for locale, topic, name, text in texts
        if (cost := count(text)).segments > most[locale]
    ]
    assert dear == []


def test_every_text_names_the_sender_first_and_is_filled_in(script: Script) -> None:
    for locale, _, name, text in thread.all_texts(script):
        assert text.startswith(NAMES[locale]), name
        assert not set("{}") & set(text), name
        assert text == " ".join(text.split()), name


def test_all_texts_are_really_all(script: Script, texted) -> None:
    listed = {text for _, _, _, text in thread.all_texts(script)}
    bodies = [*"0123456789*#", "menu", "more", "help", "nurse", "pizza", "español", "english",
              "chest pain", "quiero morir", "stop texting me", "start again",
              *script.topics]  # fmt: skip
    for locale in (EN, ES):
        for place in ("", "main", "menu.1", "menu.2", "menu.4", "topic.risks.1", "topic.risks.4"):
            for body in bodies:
                _, texts = texted(Contact(locale, place), body)
                assert set(texts) <= listed, (locale, place, body)
    assert thread.apology(script, EN) in listed


def test_menus_list_the_keys_in_order_and_the_options_by_name(script: Script) -> None:
    for locale in (EN, ES):
        menu = thread.menu(script, locale, "menu")
        places = [
            menu.index(f"{option.key} {option.wording[locale].text_label}")
            for option in script.options
        ]
        assert all(before < after for before, after in pairwise(places))


def test_what_a_menu_offers_can_be_texted_back(script: Script, known: Vocabulary) -> None:
    for locale in (EN, ES):
        for option in script.options:
            label = option.wording[locale].text_label
            assert understand(known, locale, label).wants in ("option", "topic"), label
    assert normal("MÁS") == normal("MAS") == "mas"
    assert understand(known, ES, "MAS") == Meaning("more", "", ES)


# Nearly sure -------------------------------------------------------------------------------------


def test_when_nearly_sure_the_likeliest_topics_are_offered_by_number(script: Script) -> None:
    also = (("human", ""), ("topic", "aftercare"), ("topic", "risks"), ("topic", "duration"))
    meaning = Meaning("topic", "risks", "es-US", does="ask", also=also)
    asked, (text,) = thread.step(script, Contact("en-US", "main"), Message(meaning))
    first, second = (script.topics[t].wording["es-US"].title for t in ("risks", "aftercare"))
    assert f"1 {first}, 2 {second}" in text.body
    assert "911" in text.body
    for key, topic in (("1", "risks"), ("2", "aftercare")):
        after, _ = thread.step(script, asked, Message(Meaning("key", key)))
        assert after.place == f"topic.{topic}.1"
    after, _ = thread.step(script, asked, Message(Meaning("key", "3")))
    assert after.place == "topic.risks.1"  # the third entry of the main menu


def test_an_offer_never_costs_more_than_its_segments(script: Script) -> None:
    for locale, most in (("en-US", 2), ("es-US", 3)):
        for pair in permutations(script.topics, 2):
            assert count(thread.did_you_mean(script, locale, pair)).segments <= most, pair
