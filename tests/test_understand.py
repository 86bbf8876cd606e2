"""A patient's own words: what they want, forgiving everything that does not matter."""

import re
import time
import tomllib
import unicodedata
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.script import Script, parse
from voice.thread import CARRIER_WORDS
from voice.understand import UNKNOWN, Meaning, Vocabulary, explained, normal, understand, vocabulary
from voice.understand.mistakes import mistakes
from voice.understand.patterns import PatternError

EN, ES = "en-US", "es-US"
SAID = Path(__file__).parent / "data" / "said"
WORDS = Path(__file__).parent.parent / "scripts" / "words.toml"
ASKED_ABOUT = {"bad reaction", "reaccion mala", "hormigueo"}
"""Signs that are, alone, a subject's keyword or sample question."""
RISKS = Meaning("topic", "risks", EN)
RIESGOS = Meaning("topic", "risks", ES)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("RISKS", "risks"),
        ("  What's   up?! ", "whats up"),
        ("can’t breathe", "cant breathe"),
        ("¿Qué es la cifoplastia?", "que es la cifoplastia"),
        ("mañana", "manana"),
        ("man\u0303ana", "manana"),
        ("MAÑANA", "manana"),
        ("cafe\u0301", "cafe"),
        ("*", "*"),
        ("# 3", "# 3"),
        ("2,3", "2 3"),
        ("_risks_", "risks"),
        ("🙏 risks 🙏", "risks"),
        ("", ""),
        ("...", ""),
        ("\x00", ""),
    ],
)
def test_a_text_is_folded_to_bare_words(text: str, folded: str) -> None:
    assert normal(text) == folded


@pytest.mark.parametrize(
    ("locale", "text", "meaning"),
    [
        (EN, "risks", RISKS),
        (EN, "RISKS", RISKS),
        (EN, "Risks!", RISKS),
        (EN, "risks please", RISKS),
        (EN, "Hello, risks please. Thank you", RISKS),
        (EN, "risks\n\nSent from my iPhone", RISKS),
        (EN, "Risks of the treatment", RISKS),
        (EN, "what can go wrong", RISKS),
        (EN, "Is it dangerous?", RISKS),
        (ES, "riesgos", RIESGOS),
        (ES, "RIESGOS, por favor", RIESGOS),
        (ES, "¿Qué puede salir mal?", RIESGOS),
        (ES, "que puede salir mal", RIESGOS),
        (ES, "infeccion", RIESGOS),
        (ES, "infección\nEnviado desde mi iPhone", RIESGOS),
        (EN, "riesgos", RIESGOS),
        (ES, "danger", RISKS),
        (ES, "risks", RISKS),
        (ES, "risks Sent from my iPhone", RISKS),
        (ES, "not-for-you", Meaning("topic", "not-for-you", ES)),
        (EN, "when-to-get-help", Meaning("topic", "when-to-get-help", EN)),
        (EN, "warning signs", Meaning("topic", "when-to-get-help", EN)),
        (ES, "señales de alarma", Meaning("topic", "when-to-get-help", ES)),
        (ES, "senales de alarma", Meaning("topic", "when-to-get-help", ES)),
        (EN, "is it for me", Meaning("option", "2", EN)),
        (ES, "es para mi", Meaning("option", "2", ES)),
        (EN, "3", Meaning("key", "3", EN)),
        (EN, "three", Meaning("key", "3", EN)),
        (EN, "three please", Meaning("key", "3", EN)),
        (EN, "3.", Meaning("key", "3", EN)),
        (ES, "tres", Meaning("key", "3", ES)),
        (EN, "0", Meaning("key", "0", EN)),
        (EN, "zero", Meaning("key", "0", EN)),
        (EN, "*", Meaning("key", "*", EN)),
        (EN, "#", Meaning("key", "#", EN)),
        (EN, "2 3", Meaning("topic", "benefits", EN)),
        (EN, "23", Meaning("topic", "benefits", EN)),
        (ES, "2, 3", Meaning("topic", "benefits", ES)),
        (EN, "2 9", UNKNOWN),
        (EN, "the first one", Meaning("key", "1", EN)),
        (EN, "The second one please", Meaning("key", "2", EN)),
        (EN, "#2", Meaning("key", "2", EN)),
        (EN, "option two", Meaning("key", "2", EN)),
        (ES, "El primero, por favor", Meaning("key", "1", ES)),
        (ES, "la segunda", Meaning("key", "2", ES)),
        (ES, "opción 2", Meaning("key", "2", ES)),
        (ES, "el dos", Meaning("key", "2", ES)),
        (ES, "number 2", Meaning("key", "2", EN)),
        (EN, "I can't read this, can I hear it?", Meaning("listen", "", EN)),
        (EN, "can you read it to me", Meaning("listen", "", EN)),
        (ES, "no se leer, lo puedo oir?", Meaning("listen", "", ES)),
        (EN, "can you send me that in a text", Meaning("key", "6", EN)),
        (EN, "Yes please text it", Meaning("key", "6", EN)),
        (EN, "text me the risks", Meaning("key", "6", EN)),
        (ES, "mándemelo por mensaje", Meaning("key", "6", ES)),
        (ES, "¿me lo puede mandar por mensaje?", Meaning("key", "6", ES)),
        (ES, "mándeme los riesgos por mensaje", Meaning("key", "6", ES)),
        (EN, "what if i can't move my legs?", Meaning("topic", "when-to-get-help", EN)),
        (ES, "que pasa si no puedo mover las piernas", Meaning("topic", "when-to-get-help", ES)),
        (ES, "la fuga de cemento es una emergencia?", RIESGOS),
        (ES, "el dolor de pecho es una emergencia?", Meaning("topic", "when-to-get-help", ES)),
        (ES, "es una emergencia si tengo fiebre?", Meaning("topic", "when-to-get-help", ES)),
        (ES, "me duele el pecho, es una emergencia?", Meaning("emergency", "", ES)),
        (ES, "es una emergencia, sí", Meaning("emergency", "", ES)),
        (ES, "sí, es una emergencia", Meaning("emergency", "", ES)),
        (ES, "DETENER", Meaning("stop", "", ES)),
        (ES, "how do I stop these texts?", Meaning("stop", "", EN)),
        (EN, "thank you so much", Meaning("thanks", "", EN)),
        (EN, "ok thx hun", Meaning("thanks", "", EN)),
        (EN, "Thnaks, bye", Meaning("thanks", "", EN)),
        (EN, "gracias, muy amable", Meaning("thanks", "", ES)),
        (ES, "ok, gracias joven", Meaning("thanks", "", ES)),
        (EN, "thank you but no more texts", Meaning("stop", "", EN)),
        (EN, "thanks, the risks", Meaning("topic", "risks", EN)),
        (EN, "goodbye cruel world", Meaning("despair", "", EN)),
        (EN, "good morning", Meaning("menu", "", EN)),
        (EN, "menu por favor", Meaning("menu", "", ES)),
        (EN, "hola, 3", Meaning("key", "3", ES)),
        (EN, "stop, gracias", Meaning("stop", "", ES)),
        (ES, "menu please", Meaning("menu", "", EN)),
        (ES, "3 ok", Meaning("key", "3", ES)),
        (EN, "hola, buenas tardes", Meaning("menu", "", ES)),
        (EN, "Thank you so much for your help!", Meaning("thanks", locale=EN)),
        (ES, "muy amable, muchas gracias por la información", Meaning("thanks", locale=ES)),
        (
            EN,
            "sorry to bother you whats a compression fracture",
            Meaning("topic", "why-bones-break", EN),
        ),
        (EN, "do i need blood work or an mri 1st lol", Meaning("topic", "before", EN)),
        (ES, "perdone la molestia q es la sifoplastia", Meaning("topic", "what-it-is", ES)),
        (ES, "es una cirugia o que es pregunta mi hija", Meaning("topic", "what-it-is", ES)),
        (
            EN,
            "if this is a medical emergency please hang up and call 911",
            Meaning("topic", "when-to-get-help", EN),
        ),
        (
            ES,
            "si es una emergencia cuelgue y marque el 911",
            Meaning("topic", "when-to-get-help", ES),
        ),
        (EN, "keep going", Meaning("more", "", EN)),
        (ES, "sí, siga", Meaning("more", "", ES)),
        (EN, "yeah sure", Meaning("yes", "", EN)),
        (EN, "Yes, please, go ahead!", Meaning("yes", "", EN)),
        (EN, "no no, not now thanks", Meaning("no", "", EN)),
        (EN, "yes no", UNKNOWN),
        (ES, "sí, claro, por favor", Meaning("yes", "", ES)),
        (ES, "claro, está bien", Meaning("yes", "", ES)),
        (ES, "no, mejor no, gracias", Meaning("no", "", ES)),
        (EN, "go back", Meaning("key", "*", EN)),
        (EN, "say it again", Meaning("key", "9", EN)),
        (ES, "otra vez", Meaning("key", "9", ES)),
        (EN, "slow down", Meaning("key", "7", EN)),
        (ES, "más despacio", Meaning("key", "7", ES)),
        (EN, "hold on", Meaning("key", "8", EN)),
        (EN, "menu", Meaning("menu", "", EN)),
        (ES, "menú", Meaning("menu", "", ES)),
        (EN, "hello", Meaning("menu", "", EN)),
        (EN, "more", Meaning("more", "", EN)),
        (ES, "mas", Meaning("more", "", ES)),
        (ES, "Más.", Meaning("more", "", ES)),
        (EN, "help", Meaning("help", "", EN)),
        (ES, "ayuda", Meaning("help", "", ES)),
        (EN, "a nurse", Meaning("human", "", EN)),
        (EN, "nurse please", Meaning("human", "", EN)),
        (ES, "enfermera", Meaning("human", "", ES)),
        (EN, "español", Meaning("language-switch", ES, ES)),
        (EN, "ESPANOL", Meaning("language-switch", ES, ES)),
        (ES, "English please", Meaning("language-switch", EN, EN)),
        (ES, "ingles", Meaning("language-switch", EN, EN)),
        (EN, "opt out", Meaning("stop", "", EN)),
        (EN, "REVOKE", Meaning("stop", "", EN)),
        (EN, "no more texts please", Meaning("stop", "", EN)),
        (EN, "Please don't text me", Meaning("stop", "", EN)),
        (ES, "ya no quiero mensajes", Meaning("stop", "", ES)),
        (EN, "ya no más", Meaning("stop", "", ES)),
        (EN, "subscribe", Meaning("start", "", EN)),
        (EN, "please", UNKNOWN),
        (EN, ":*#", UNKNOWN),
        (EN, "", UNKNOWN),
        (EN, "the weather", UNKNOWN),
    ],
)
def test_words_are_understood(known: Vocabulary, locale: str, text: str, meaning: Meaning) -> None:
    assert understand(known, locale, text) == meaning


@pytest.mark.parametrize(
    ("locale", "text", "wants", "spoken_in"),
    [
        (EN, "I have chest pain", "emergency", EN),
        (EN, "Risks? I can't breathe", "emergency", EN),
        (EN, "i cant breathe!!!", "emergency", EN),
        (EN, "CHEST PAIN", "emergency", EN),
        (EN, "no puedo respirar", "emergency", ES),
        (ES, "me duele el pecho mucho", "emergency", ES),
        (ES, "Me desmaye ayer", "emergency", ES),
        (ES, "my chest hurts", "emergency", EN),
        (EN, "stop I can't breathe", "emergency", EN),
        (EN, "I want to die", "despair", EN),
        (EN, "I can't breathe and I want to die", "despair", EN),
        (ES, "quiero morir", "despair", ES),
        (EN, "ya no quiero vivir", "despair", ES),
        (EN, "911", "emergency", EN),
        (ES, "911", "emergency", ES),
        (ES, "911!", "emergency", ES),
    ],
)
def test_danger_anywhere_in_the_words_wins_and_is_answered_in_its_language(
    known: Vocabulary, locale: str, text: str, wants: str, spoken_in: str
) -> None:
    meaning = understand(known, locale, text)
    assert (meaning.wants, meaning.locale) == (wants, spoken_in)


@pytest.mark.parametrize("text", ["chest painting", "my 9112 friends", "suicidesquad", "1911"])
def test_danger_is_whole_words(known: Vocabulary, text: str) -> None:
    assert understand(known, EN, text).wants not in ("emergency", "despair")


def test_every_word_of_danger_wins_between_any_other_words(
    script: Script, known: Vocabulary
) -> None:
    for locale in script.locales:
        for group in ("emergency", "despair"):
            for phrase in script.words[locale][group]:
                for asked in script.locales:
                    found = understand(known, asked, f"Stop. {phrase.upper()}, please help")
                    assert found.wants in ("emergency", "despair"), phrase
                    assert found.wants == "despair" or group == "emergency", phrase


def test_every_keyword_title_and_question_leads_to_its_topic(
    script: Script, known: Vocabulary
) -> None:
    for locale in script.locales:
        for topic in script.topics.values():
            wording = topic.wording[locale]
            assert understand(known, locale, topic.id).target == topic.id
            for phrase in (wording.title, wording.menu_label, *wording.keywords):
                assert understand(known, locale, phrase) == Meaning("topic", topic.id, locale), (
                    phrase
                )


def test_every_sample_question_leads_to_a_topic_that_lists_it(
    script: Script, known: Vocabulary
) -> None:
    for locale in script.locales:
        listed = {
            topic.id: {normal(text) for text in topic.wording[locale].sample_questions}
            for topic in script.topics.values()
        }
        for question in sorted(set().union(*listed.values())):
            meaning = understand(known, locale, question)
            if meaning.wants != "emergency":
                assert (meaning.wants, meaning.locale) == ("topic", locale), question
                assert question in listed[meaning.target], question


def test_every_option_is_reached_by_its_words(script: Script, known: Vocabulary) -> None:
    for locale in script.locales:
        for option in script.options:
            wording = option.wording[locale]
            for phrase in (wording.label, wording.text_label, *wording.keywords):
                meaning = understand(known, locale, phrase)
                assert meaning in (
                    Meaning("option", option.key, locale),
                    Meaning("topic", option.topics[0], locale),
                ), phrase


def test_every_wish_list_is_understood_as_that_wish(script: Script, known: Vocabulary) -> None:
    """Of words in two lists the weightier counts: a wish to stop is never read as anything else."""
    for locale in script.locales:
        for phrase in script.words[locale]["stop"]:
            assert understand(known, locale, phrase).wants == "stop", phrase
        for phrase in script.words[locale]["start"]:
            assert understand(known, locale, phrase).wants == "start", phrase
        for phrase in script.words[locale]["language"]:
            assert understand(known, locale, phrase).target == locale, phrase


def test_a_keyword_of_signs_alone_is_no_word(script: Script) -> None:
    wording = replace(script.topics["risks"].wording[EN], keywords=("?!", "risks"))
    topic = replace(script.topics["risks"], wording={EN: wording, ES: wording})
    known = vocabulary(replace(script, topics={**script.topics, "risks": topic}))
    assert understand(known, EN, "?!") == UNKNOWN
    assert understand(known, EN, "") == UNKNOWN
    assert understand(known, EN, "risks?!") == RISKS


UNICODE = st.text(st.characters(exclude_categories=()), max_size=300)


@given(text=UNICODE, locale=st.sampled_from([EN, ES]))
def test_no_text_at_all_breaks_the_understanding(known: Vocabulary, text: str, locale: str) -> None:
    meaning = understand(known, locale, text)
    assert meaning.locale in ("", EN, ES)


@given(text=UNICODE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(text=UNICODE)
def test_how_an_accent_was_typed_makes_no_difference(text: str) -> None:
    assert normal(unicodedata.normalize("NFD", text)) == normal(unicodedata.normalize("NFC", text))


def test_wide_letters_are_letters() -> None:
    assert normal("ＳＴＯＰ　ｔｅｘｔｉｎｇ") == "stop texting"
    assert normal("don´t stop … ﬁrst") == "dont stop first"


def test_a_picture_may_be_a_word() -> None:
    assert normal("🛑!") == "stop"
    assert normal("🆘") == "sos sos"
    assert normal("🛑 please") == "stop please"


SIGNS = st.text(st.characters(exclude_categories=("L", "M")), max_size=300)


@given(before=SIGNS, after=SIGNS)
def test_an_emergency_wins_whatever_signs_stand_around_it(
    known: Vocabulary, before: str, after: str
) -> None:
    meaning = understand(known, EN, f"{before} chest pain {after}")
    assert meaning.wants in ("emergency", "despair")


ASKING = {
    EN: (
        "can you tell me about {}", "tell me about the {} please", "hi, i want to hear about {}",
        "i have a question about {}", "could you please give me information on {}",
        "i would like to know more about {}", "what about {}?",
    ),
    ES: (
        "quiero saber sobre {}", "hábleme de {} por favor", "información de {}",
        "buenas tardes, tengo una pregunta sobre {}", "¿me puede decir algo de {}?",
        "quisiera saber más acerca de {}", "¿qué hay de {}?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("locale", [EN, ES])
def test_a_keyword_in_a_sentence_that_asks_for_no_more_is_the_keyword(
    script: Script, known: Vocabulary, locale: str
) -> None:
    words = [word for one in script.topics.values() for word in one.wording[locale].keywords]
    for word, asking in product(words, ASKING[locale]):
        text = asking.format(word)
        assert understand(known, locale, text) == understand(known, locale, word), text


def test_a_sentence_that_asks_for_more_than_a_keyword_is_read(known: Vocabulary) -> None:
    for text, wants in (
        ("tell me abuot risks", "topic"),
        ("tell me about my bill", "human"),
        ("tell me about it and then stop texting me", "stop"),
        ("tell me about the pain in my chest", "emergency"),
        ("what about fever and now my legs are numb", "emergency"),
        ("can you tell me about", "menu"),
        ("quiero saber sobre", "menu"),
    ):
        assert understand(known, EN, text).wants == wants, text


# Danger ------------------------------------------------------------------------------------------


def said(name: str) -> list[str]:
    """The lines of a file of things people say."""
    lines = (SAID / f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def alarming(known: Vocabulary, locale: str, text: str) -> bool:
    return understand(known, locale, text).wants in ("emergency", "despair")


@pytest.mark.parametrize("locale", [EN, ES])
def test_every_sign_of_danger_is_seen_whatever_the_language_of_the_thread(
    known: Vocabulary, locale: str
) -> None:
    assert [text for text in said("danger") if not alarming(known, locale, text)] == []


@pytest.mark.parametrize("locale", [EN, ES])
def test_nothing_that_takes_danger_back_hides_a_sign_that_staff_wrote(
    known: Vocabulary, locale: str
) -> None:
    """ "De corazón" is a saying, and hid "ataque de corazón"."""
    signs = tomllib.loads(WORDS.read_text("utf-8"))["signs"][locale]
    lines = (line for name in ("emergency", "despair") for line in signs[name])
    plain = {line.strip(".") for line in lines if not re.search(r"[\[#=]|\.\.", line)}
    hidden = {text for text in plain - ASKED_ABOUT if not alarming(known, locale, text)}
    assert hidden == set()


def test_questions_about_danger_denials_the_past_and_sayings_are_no_danger(
    known: Vocabulary,
) -> None:
    assert [text for text in said("not-danger") if alarming(known, EN, text)] == []


def sentences(locale: str, around: str, signs: str) -> list[str]:
    """Every sign of a list put into every sentence of another."""
    lists = tomllib.loads((SAID / "sentences.toml").read_text("utf-8"))[locale]
    return [words.format(sign) for words in lists[around] for sign in lists[signs]]


@pytest.mark.parametrize("locale", [EN, ES])
def test_danger_is_seen_in_any_sentence(known: Vocabulary, locale: str) -> None:
    texts = sentences(locale, "around", "signs")
    assert [text for text in texts if not alarming(known, locale, text)] == []


@pytest.mark.parametrize("locale", [EN, ES])
def test_danger_that_is_only_asked_about_is_a_question(known: Vocabulary, locale: str) -> None:
    texts = sentences(locale, "asked", "feared")
    assert [text for text in texts if alarming(known, locale, text)] == []


# Stop --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", [EN, ES])
def test_a_wish_to_stop_is_understood_however_it_is_said(known: Vocabulary, locale: str) -> None:
    texts = said("stop")
    assert len(texts) > 120
    assert [text for text in texts if understand(known, locale, text).wants != "stop"] == []


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_a_telephone_number_said_in_words_is_neither_danger_nor_a_wish(
    script: Script, known: Vocabulary, locale: str
) -> None:
    digits = script.prompts[locale].words["digits"]
    for number in ("2125550123", "5551234", "6494205", "11067047325", "57485660679"):
        said = " ".join(digits[int(one)] for one in number)
        assert understand(known, locale, said).wants == "unknown", said


@pytest.mark.parametrize("locale", [EN, ES])
def test_stopping_something_else_is_no_wish_to_stop(known: Vocabulary, locale: str) -> None:
    texts = said("not-stop")
    assert [text for text in texts if understand(known, locale, text).wants == "stop"] == []


@pytest.mark.parametrize("locale", [EN, ES])
def test_nobody_who_opted_out_is_opted_in_by_words_that_are_no_wish_for_texts(
    known: Vocabulary, locale: str
) -> None:
    texts = (*said("not-start"), *said("not-danger"), *said("stop"))
    assert [text for text in texts if understand(known, locale, text).wants == "start"] == []


@pytest.mark.parametrize("locale", [EN, ES])
def test_a_wish_that_the_texts_go_on_is_no_wish_to_stop(known: Vocabulary, locale: str) -> None:
    for text in ("please don't stop texting me", "no dejen de mandarme mensajes"):
        assert understand(known, locale, text).wants == "start", text


@pytest.mark.parametrize("locale", [EN, ES])
def test_what_may_be_the_pain_or_the_texts_gets_help_with_either(
    known: Vocabulary, locale: str
) -> None:
    for text in ("make it stop", "please make it stop", "just make it stop please"):
        assert understand(known, locale, text).wants == "help", text


@pytest.mark.parametrize("word", [word for word in CARRIER_WORDS if word != "yes"])
@pytest.mark.parametrize("locale", [EN, ES])
def test_a_carrier_word_means_the_same_to_us(known: Vocabulary, locale: str, word: str) -> None:
    for text in (word, word.upper(), f"{word.title()}.", f" {word} please"):
        assert understand(known, locale, text).wants == CARRIER_WORDS[word], text


@pytest.mark.parametrize("word", ["yes", "no", "ok", "please", "si", "bueno", "gracias"])
def test_a_word_of_no_weight_changes_nothing(known: Vocabulary, word: str) -> None:
    for locale in (EN, ES):
        assert understand(known, locale, word).wants not in ("stop", "start", "emergency")


# A heart tapped on a text -------------------------------------------------------------------------

OURS = (
    "Sample Clinic: Call 911 now. Nobody reads texts here.",
    "Sample Clinic: You get one answer for each text you send. Text HELP for help, STOP to end.",
    "Clínica de Muestra: Llame al 911 si le duele el pecho o no mueve una pierna. Más: envíe MAS",
    "Clínica de Muestra: Envíe AYUDA para ayuda, STOP para no recibir más.",
)


@pytest.mark.parametrize("locale", [EN, ES])
@pytest.mark.parametrize(
    ("written", "wants"),
    [
        ("Liked “{}”", "thanks"),
        ("Loved “{}”", "thanks"),
        ("Le gustó “{}”", "thanks"),
        ("\u200a\u200b👍\u200b to “\u200a{}\u200a” \u200b", "thanks"),
        ("Reacted ❤️ to “{}”", "thanks"),
        ('Reaccionó con 👍 a "{}"', "thanks"),
        ("Questioned “{}”", "unknown"),
        ("Removed a heart from “{}”", "unknown"),
        ("Le disgustó «{}»", "unknown"),
    ],
)
def test_a_heart_tapped_on_a_text_is_neither_danger_nor_a_wish_to_stop(
    known: Vocabulary, locale: str, written: str, wants: str
) -> None:
    for ours in OURS:
        meant = understand(known, locale, written.format(ours))
        assert meant.wants == wants, ours
        assert meant.locale in ("", locale)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ('she said "i cant breathe, call 911"', "emergency"),
        ("He liked “i cant breathe, call 911” but he is turning blue", "emergency"),
        ("Liked “i cant breathe, call 911” my legs are numb", "emergency"),
        ("“please stop texting me”", "stop"),
        ('i said "please stop texting me"', "stop"),
        ("Liked “i have chest pain and i cant breathe”", "emergency"),
        ("To “my legs are numb and i cant pee since morning”", "emergency"),
        ("Preguntó “me duele mucho el pecho y no puedo respirar”", "emergency"),
        ('Le gustó "ya no me manden más mensajes"', "stop"),
        ('To "Dr. Smith: I have chest pain and I can not breathe"', "emergency"),
        ("Preguntó “mi mamá: me duele mucho el pecho y no puedo respirar”", "emergency"),
    ],
)
def test_what_somebody_quotes_in_words_of_their_own_counts(
    known: Vocabulary, text: str, wants: str
) -> None:
    assert understand(known, EN, text).wants == wants


# Own words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "text", "wants", "target"),
    [
        (EN, "when can i drive my car agian", "topic", "aftercare"),
        (EN, "how lonnng does the surgry take", "topic", "duration"),
        (EN, "Hello, my name is Ruth Ann. Is it dangerous? Thank you, Ruth Ann", "topic", "risks"),
        (EN, "what is chi fo plasty", "topic", "what-it-is"),
        (EN, "cuanto dura la operacion", "topic", "duration"),
        (ES, "how long does it take", "topic", "duration"),
        (ES, "en la sifoplastia voy a estar dormida o despierta", "topic", "anesthesia"),
        (EN, "does medicare pay for it", "human", ""),
        (EN, "can someone call me at home tonite", "human", ""),
        (ES, "me puede llamar la enfermera", "human", ""),
        (EN, "how many tylenol can i take", "human", ""),
        (EN, "what pill do i take for pain", "human", ""),
        (EN, "what did my mri say", "human", ""),
        (EN, "can you see my chart", "human", ""),
        (EN, "does it cost a lot", "human", ""),
        (EN, "is my doctor any good", "topic", "your-team"),
        (EN, "what if i do nothing", "topic", "why-bones-break"),
        (EN, "are there other choices", "topic", "candidacy"),
        (EN, "i dont want surgery", "topic", "candidacy"),
        (EN, "not interested in surgery", "topic", "candidacy"),
        (EN, "i am dizzy after surgery", "topic", "when-to-get-help"),
        (EN, "my incision itches", "topic", "aftercare"),
        (EN, "is this gonna hurt", "topic", "anesthesia"),
        (EN, "am i gonna be paralyzed", "topic", "risks"),
        (EN, "im burning up", "topic", "when-to-get-help"),
        (ES, "cuantas pastillas puedo tomar", "human", ""),
        (ES, "que pastilla tomo para el dolor", "human", ""),
        (ES, "que dijo mi resonancia", "human", ""),
        (ES, "es muy caro", "human", ""),
        (ES, "que otras opciones hay", "topic", "candidacy"),
        (ES, "no quiero que me operen", "topic", "candidacy"),
        (ES, "que pasa si no me la hago", "topic", "why-bones-break"),
        (ES, "mi mama tiene 90 y esta fragil", "topic", "candidacy"),
        (ES, "me pica la herida", "topic", "aftercare"),
        (ES, "estoy mareado despues de la operacion", "topic", "when-to-get-help"),
        (ES, "esto va a doler", "topic", "anesthesia"),
        (ES, "me voy a quedar paralitica", "topic", "risks"),
        (EN, "can i get this in spanish", "language-switch", ES),
        (ES, "mi yerno no habla español, en inglés por favor", "language-switch", EN),
        (EN, "who sent me this", "help", ""),
        (ES, "cómo se usa esta línea", "help", ""),
        (EN, "show me the list of topics again", "menu", ""),
        (EN, "please start sending the texts again", "start", ""),
        (ES, "ya me pueden mandar mensajes otra vez", "start", ""),
    ],
)
def test_peoples_own_words_are_understood(
    known: Vocabulary, locale: str, text: str, wants: str, target: str
) -> None:
    meaning = understand(known, locale, text)
    assert (meaning.wants, meaning.target) == (wants, target)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (EN, "are you coming to bingo on thursday"),
        (EN, "i have a bunion on my toe"),
        (EN, "asdf jkl"),
        (EN, "Мне нужна помощь"),
        (ES, "va a llover mañana"),
        (ES, "receta de tamales de puerco"),
    ],
)
def test_what_is_none_of_our_business_gets_the_menu(
    known: Vocabulary, locale: str, text: str
) -> None:
    meaning = understand(known, locale, text)
    assert (meaning.wants, meaning.does) == ("unknown", "menu")


def test_a_question_that_two_topics_list_is_asked_back(script: Script) -> None:
    first, second = list(script.topics.values())[:2]
    twice = replace(second.wording[EN], sample_questions=first.wording[EN].sample_questions[1:2])
    topics = {**script.topics, second.id: replace(second, wording={**second.wording, EN: twice})}
    known = vocabulary(replace(script, topics=topics))
    meaning = understand(known, EN, twice.sample_questions[0])
    assert (meaning.does, meaning.target) == ("ask", first.id)
    assert meaning.also == (("topic", second.id),)


def test_what_decided_is_told(known: Vocabulary) -> None:
    assert explained(known, EN, "risks please").why == ("risks",)
    assert explained(known, EN, "my left leg is numb").why[0] == "leg is numb"
    assert any("driving" in reason for reason in explained(known, EN, "is driving allowed").why)


def test_an_unknown_text_tells_its_language_where_it_is_not_the_threads(known: Vocabulary) -> None:
    assert understand(known, EN, "mi gato se comió la cena").locale == ES
    assert understand(known, ES, "mi gato se comió la cena").locale == ""


def plain_files(script: Script) -> dict[str, str]:
    """The script's files without anything but the lists of words.toml to understand by."""
    lists, _, _ = script.files["words.toml"].partition("# HOW WORDS ARE READ")
    files = {name: text for name, text in script.files.items() if name != "questions.toml"}
    return {**files, "words.toml": lists}


def test_a_language_nobody_taught_has_its_keywords_and_its_signs_of_danger(
    script: Script,
) -> None:
    known = vocabulary(parse(plain_files(script)))
    assert understand(known, EN, "risks") == RISKS
    assert understand(known, ES, "¿Es peligroso?") == RIESGOS
    assert alarming(known, EN, "since noon I have chest pain and sweat")
    assert understand(known, EN, "stop").wants == "stop"


def test_a_pattern_that_names_no_list_is_told(script: Script) -> None:
    words = f"{script.files['words.toml']}\n[signs.xx-XX]\n"
    words = words.replace('"[chest] ... [pain]"', '"[chess] ... [pain]"', 1)
    broken = replace(script, files={**script.files, "words.toml": words})
    with pytest.raises(PatternError, match="chess"):
        vocabulary(broken)


@pytest.mark.parametrize("word", ["chest ", "no me ", "what if i ", "stop texting ", "ab1 ", "a "])
def test_the_longest_text_is_understood_in_a_moment(known: Vocabulary, word: str) -> None:
    text = (word * 1600)[:1600]
    took = []
    for _ in range(3):
        started = time.perf_counter()
        understand(known, EN, text)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.5


# What staff can get wrong ------------------------------------------------------------------------


def test_what_ships_has_no_mistakes(script: Script) -> None:
    assert mistakes(script.files, script.locales, script.topics) == ()


@pytest.mark.parametrize(
    ("file", "text", "where", "message"),
    [
        ("words.toml", 'signs = "x"', "signs.en-US.", "no list"),
        ("words.toml", "[signs.en-US]\nemergency = [1]", "signs.en-US.emergency", "no list"),
        ("words.toml", "[wishes.en-US]\nstop = 3", "wishes.en-US.stop", "no list"),
        ("words.toml", "[wishes.en-US]\nstopp = []", "wishes.en-US.stopp", "Nobody knows"),
        ("words.toml", '[reading.en-US]\nstemmer = "englsh"', "reading.en-US.stemmer", "englsh"),
        ("words.toml", '[wishes.en-US]\nstop = ["[x] now"]', "wishes.en-US.stop", "'x'"),
        ("questions.toml", "[en-US.topics]\nrisk = []", "en-US.topics.risk", "Nobody knows"),
        ("questions.toml", '[en-US.alike]\nfun = "golf"', "en-US.alike.fun", "no list"),
    ],
)
def test_a_slip_in_what_staff_teach_is_told(file: str, text: str, where: str, message: str) -> None:
    found = mistakes({file: text}, [EN], ["risks"])
    assert [(one.file, one.where) for one in found] == [(file, where)]
    assert message in found[0].message


def test_endings_of_a_language_without_rules_are_left_alone(script: Script) -> None:
    words = script.files["words.toml"].replace('stemmer = "english"', 'stemmer = "klingon"')
    known = vocabulary(replace(script, files={**script.files, "words.toml": words}))
    assert understand(known, EN, "risks") == RISKS


# What staff wrote down as a whole message ---------------------------------------------------------


@pytest.mark.parametrize("locale", [EN, ES])
def test_nearly_every_question_that_staff_wrote_gets_their_answer(
    script: Script, known: Vocabulary, locale: str
) -> None:
    """What is left has a name of its own, a wish or a sign of danger in it."""
    taught = tomllib.loads(script.files["questions.toml"])[locale]
    asked = [(topic, line) for topic, lines in taught["topics"].items() for line in lines]
    wrong = [(topic, line) for topic, line in asked if topic not in offered(known, locale, line)]
    assert len(wrong) < 0.01 * len(asked), wrong
    unsure = [line for _, line in asked if understand(known, locale, line).does == "ask"]
    assert len(unsure) < 0.01 * len(asked), unsure
    for wants in ("emergency", "despair"):
        missed = [line for line in taught["wishes"][wants] if not alarming(known, locale, line)]
        assert len(missed) <= 1, missed


def offered(known: Vocabulary, locale: str, text: str) -> set[str]:
    """The topics that a text gets as an answer, or as a "did you mean"."""
    meaning = understand(known, locale, text)
    also = [target for wants, target in meaning.also if wants == "topic"]
    return {meaning.target, *(also if meaning.does == "ask" else ())}


@pytest.mark.parametrize(
    ("locale", "text", "topic"),
    [
        (EN, "how long is recovery", "aftercare"),
        (EN, "Hi, how long is the recovery please?", "aftercare"),
        (EN, "how long is recovary", "aftercare"),
        (ES, "cuánto tarda la recuperación", "aftercare"),
        (ES, "buenas, cuanto tarda la recuperasion", "aftercare"),
    ],
)
def test_a_question_that_staff_wrote_is_known_in_other_spellings_and_with_courtesies(
    known: Vocabulary, locale: str, text: str, topic: str
) -> None:
    meaning = understand(known, locale, text)
    assert (meaning.target, meaning.does) == (topic, "answer")
