"""Danger among other words: nobody in need puts a full stop between two sentences."""

import pytest

from tests.test_understand import EN, ES, alarming, said
from voice.understand import Vocabulary, understand

STOP_WORDS = {
    EN: ["stop", "no more", "enough", "cancel", "quit", "take me off", "stop texting me", "end"],
    ES: ["alto", "pare", "ya no quiero mensajes", "basta", "cancelar", "quítenme", "ya párele"],
}
BESIDE = [
    (0, EN, "sorry to bother you", "what should i do"),
    (1, EN, "i dont know what to do", "since yesterday"),
    (2, EN, "my mother is 82", "is that normal"),
    (3, EN, "the nurse said to text", "my daughter is not home"),
    (4, EN, "i had the procedure yesterday", "and i took tylenol"),
    (5, EN, "hello this is mary", "for two days now but no fever"),
    (6, EN, "please help", "never had this before i am so scared"),
    (7, ES, "perdone la molestia", "qué hago"),
    (8, ES, "no sé qué hacer", "desde ayer"),
    (9, ES, "mi mamá tiene 82 años", "es normal"),
    (10, ES, "la enfermera dijo que escribiera", "mi hija no está"),
    (11, ES, "me operaron ayer", "y tomé tylenol"),
    (12, ES, "buenas tardes soy lupita", "desde hace dos días pero sin fiebre"),
    (13, ES, "ayuda por favor", "nunca me había pasado tengo mucho miedo"),
]


@pytest.fixture(scope="module")
def dangers(known: Vocabulary) -> dict[str, list[str]]:
    """What must raise an alarm, by its language."""
    by_locale: dict[str, list[str]] = {EN: [], ES: []}
    for text in said("danger"):
        by_locale[understand(known, EN, text).locale].append(text)
    return by_locale


@pytest.mark.parametrize(("number", "locale", "before", "after"), BESIDE)
def test_danger_is_seen_whatever_is_said_beside_it(
    known: Vocabulary,
    dangers: dict[str, list[str]],
    number: int,
    locale: str,
    before: str,
    after: str,
) -> None:
    texts = dangers[locale][number % 3 :: 3]
    assert len(texts) > 200
    ways = [way for text in texts for way in (f"{before} {text}", f"{text} {after}")]
    assert [way for way in ways if not alarming(known, locale, way)] == []


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (EN, "sorry to bother you i think about cutting what do i do"),
        (EN, "hello i cant walk since yesterday my husband is at work what should i do"),
        (EN, "🆘 my mother"),
        (EN, "no cant breathe"),
        (EN, "no my chest hurts so bad"),
        (EN, "i i cant uh you know i cant breathe right today please"),
        (ES, "no puedo este no puedo mover las las piernas desde ayer"),
        (ES, "disculpe no puedo caminar desde ayer y estoy sola qué hago"),
        (ES, "no no puedo respirar"),
        (ES, "solo quiero morirme"),
        (ES, "siento que me muero por favor"),
        (ES, "ya no puedo respirar como antes"),
    ],
)
def test_danger_is_seen_behind_several(known: Vocabulary, locale: str, text: str) -> None:
    assert alarming(known, locale, text)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (EN, "no chest pain since yesterday"),
        (EN, "hello i walk slowly since yesterday"),
        (EN, "i am scared what if i cant breathe after surgery"),
        (EN, "since yesterday"),
        (EN, "i dont know what to do"),
        (EN, "my daughter is not home can you call tomorrow"),
        (ES, "no tengo dolor de pecho desde ayer"),
        (ES, "buenas tardes camino despacio desde ayer"),
        (ES, "tengo miedo qué pasa si no puedo respirar después"),
        (ES, "y si no puedo orinar después"),
        (ES, "desde ayer"),
        (ES, "no sé qué hacer"),
        (ES, "ya no puedo caminar como antes"),
        (EN, "my husband like to had a heart attack when he heard the price"),
        (EN, "so what if um i cant breathe after"),
        (ES, "qué hago si este no puedo respirar después"),
    ],
)
def test_what_is_no_danger_is_none_beside_other_words(
    known: Vocabulary, locale: str, text: str
) -> None:
    assert not alarming(known, locale, text)


HALTING = [
    (EN, "{} uh {}"), (EN, "{}, um, {}"), (EN, "{} you know {}"), (EN, "{} oh god {}"),
    (EN, "{} i mean {}"), (EN, "{}... {}"), (EN, "{}\u2026{}"),
    (ES, "{} eh {}"), (ES, "{}, este, {}"), (ES, "{} o sea {}"), (ES, "{} dios mío {}"),
    (ES, "{} pues {}"), (ES, "{}... {}"), (ES, "{}\u2026{}"),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "halting"), HALTING)
def test_danger_is_seen_however_haltingly_it_is_said(
    known: Vocabulary, dangers: dict[str, list[str]], locale: str, halting: str
) -> None:
    words = [text.split() for text in dangers[locale] if len(text.split()) > 1]
    ways = [
        halting.format(" ".join(one[:cut]), " ".join(one[cut:]))
        for number, one in enumerate(words)
        for cut in (1 + number % (len(one) - 1),)
    ]
    missed = [way for way in ways if not alarming(known, locale, way)]
    assert len(missed) <= 0.03 * len(ways), missed


@pytest.mark.parametrize("locale", [EN, ES])
def test_danger_is_seen_if_a_word_is_said_twice(
    known: Vocabulary, dangers: dict[str, list[str]], locale: str
) -> None:
    ways = []
    for number, text in enumerate(dangers[locale]):
        words = text.split()
        at = number % len(words)
        ways.append(" ".join([*words[: at + 1], *words[at:]]))
    missed = [way for way in ways if not alarming(known, locale, way)]
    assert len(missed) <= 0.01 * len(ways), missed


@pytest.mark.parametrize("locale", [EN, ES])
@pytest.mark.parametrize(
    "text",
    [
        "i cant respirar",
        "me duele el chest",
        "my mama no puede breathe",
        "no puedo mover my legs",
        "no siento my legs",
        "my legs no las siento",
        "i want to morir",
        "quiero die",
        "hay sangre everywhere",
        "estoy bleeding mucho",
        "my abuela fainted",
        "i pooped en la cama",
        "ayuda please i fell",
        "emergency por favor",
    ],
)
def test_danger_is_seen_in_two_languages_at_once(known: Vocabulary, locale: str, text: str) -> None:
    assert alarming(known, locale, text)


@pytest.mark.parametrize(
    "text",
    [
        "how is this going to help me",
        "my back is killing me, cant hardly do dishes. would this help me",
        "had a heart attack in 2014, got 2 stents. can i still get this done",
        "what if i cant respirar",
        "mi hija dice que help me pay, cuánto cuesta",
        "puedo comer breakfast antes de la surgery",
    ],
)
def test_what_is_no_danger_is_none_in_two_languages(known: Vocabulary, text: str) -> None:
    assert not alarming(known, EN, text)


@pytest.mark.parametrize(
    "text", ["help for my mother", "help my daughter says", "ayuda para mi mamá"]
)
def test_help_for_somebody_is_not_the_word_help(known: Vocabulary, text: str) -> None:
    assert understand(known, EN, text).wants != "help"


STOPS = [
    (EN, "for the last time", "im serious"),
    (EN, "i dont know who you are", "i am not a patient"),
    (EN, "sorry", "or i will report you"),
    (EN, "i said", "right now"),
    (EN, "this is mary", "im 82"),
    (ES, "por última vez", "en serio"),
    (ES, "no sé quiénes son", "ya me operaron"),
    (ES, "disculpe", "o los reporto"),
    (ES, "ya les dije", "ahorita"),
    (ES, "soy maría", "tengo 82 años"),
]


@pytest.mark.parametrize(("locale", "before", "after"), STOPS)
def test_a_wish_to_stop_is_granted_whatever_is_said_beside_it(
    known: Vocabulary, locale: str, before: str, after: str
) -> None:
    words = STOP_WORDS[locale]
    ways = [way for word in words for way in (f"{before} {word}", f"{word} {after}")]
    assert [way for way in ways if understand(known, locale, way).wants != "stop"] == []


def test_what_is_no_wish_to_stop_is_none_beside_other_words(known: Vocabulary) -> None:
    after = {EN: ("im serious", "i am not a patient"), ES: ("en serio", "ahorita")}
    texts = [(text, understand(known, EN, text).locale) for text in said("not-stop")]
    ways = [(locale, f"{text} {way}") for text, locale in texts for way in after.get(locale, ())]
    assert len(ways) > 300
    assert [way for way in ways if understand(known, *way).wants == "stop"] == []
