"""Words of danger with a slip in them: found in both languages, and nothing ordinary rings."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from tests.conftest import ROOT
from voice.evaluate import read_samples
from voice.script import Script
from voice.understand import Meaning, Vocabulary, looked, normal, understand
from voice.understand.sounds import sound

EN, ES = "en-US", "es-US"
DATA = ROOT / "tests" / "data"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DANGER = ("emergency", "despair")


@pytest.mark.parametrize("thread", [EN, ES])
@pytest.mark.parametrize(
    "text",
    [
        "chet pain",
        "chest paain",
        "my cheest hurts",
        "pain in my cheset since this morning",
        "can't beathe",
        "catn breathe",
        "out of breaht",
        "short of breaht",
        "trubble breathing",
        "legs are nubm",
        "leg is nmb",
        "my legz r numb",
        "since i woke up my legs are kind of nubm",
        "my chst is tite",
        "heat attack",
        "i think its a hear attack",
        "chest pan",
        "me duele el peho",
        "dolr de pecho",
        "dolor de pexo",
        "le falta el aie",
        "me flta el aire",
        "no siento la piera",
        "no pudeo mover las piernas",
        "desde ayer no siento las dos pienras",
        "pedi el conocimiento",
        "me desmalle",
        "no puedo horinar",
        "enfarto",
        "infrato",
        "ambulansia",
    ],
)
def test_danger_with_a_slip_is_danger(known: Vocabulary, thread: str, text: str) -> None:
    assert understand(known, thread, text).wants == "emergency"


@pytest.mark.parametrize("thread", [EN, ES])
@pytest.mark.parametrize(
    "text",
    [
        "kil myself",
        "i wnat to die",
        "i dont wnat to live",
        "beter off dead",
        "quero morir",
        "kiero morir",
        "ya no quiero vivr",
        "me quiero matr",
        "quitarme la bida",
    ],
)
def test_despair_with_a_slip_is_despair(known: Vocabulary, thread: str, text: str) -> None:
    assert understand(known, thread, text).wants == "despair"


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (EN, "no chet pain, when can i drive"),
        (EN, "can it cause a heat attack"),
        (EN, "i had a heat attack in 2012"),
        (EN, "what if my legs go nubm"),
        (ES, "no tengo dolr de pecho"),
        (ES, "tuve un enfarto en 2012"),
        (ES, "qué hago si me duele el peho"),
    ],
)
def test_what_takes_danger_back_does_with_a_slip(known: Vocabulary, locale: str, text: str) -> None:
    assert understand(known, locale, text).wants not in DANGER


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        (EN, "can i pee right after"),
        (EN, "my name is Chet"),
        (EN, "how much heat is good for my back"),
        (EN, "can i have bread, a pan of it, the day before"),
        (EN, "call me"),
        (EN, "the nurse is called Kell, can she call me"),
        (ES, "aló"),
        (ES, "soy Aldo"),
        (ES, "qué hacen con el globo después de inflarlo"),
        (ES, "que dejen de mandarme mensajes al correo"),
        (ES, "tengo que usar la correa"),
        (ES, "amanezco tiesa en el sofá"),
    ],
)
def test_ordinary_words_that_are_near_are_no_danger(
    known: Vocabulary, locale: str, text: str
) -> None:
    assert understand(known, locale, text).wants not in DANGER


@pytest.mark.parametrize("text", ["sotp texting me", "no more texs", "taek me off", "unsuscribe"])
def test_a_whole_message_to_stop_may_have_a_slip(known: Vocabulary, text: str) -> None:
    assert understand(known, EN, text).wants == "stop"


@pytest.mark.parametrize("name", ["Aldo", "Aló", "Quin"])
def test_one_short_word_near_to_stop_is_none(known: Vocabulary, name: str) -> None:
    assert understand(known, ES, name).wants != "stop"


def test_what_decided_is_told_as_it_was_written(known: Vocabulary) -> None:
    assert understand(known, EN, "chet pain").why == ("chet pain", "pattern: chest pain")


@pytest.mark.parametrize(
    ("one", "other"),
    [("tite", "tight"), ("kiero", "quiero"), ("horinar", "orinar"), ("bida", "vida"),
     ("desmalle", "desmaye"), ("pexo", "pecho"), ("cereza", "sereza")],
)  # fmt: skip
def test_words_that_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


# Every phrase of the line's own, and every ordinary message of ours ------------------------------


def slips_of(random: Random, word: str) -> Iterator[str]:
    """A letter after the first lost, swapped with the next, doubled, or another one."""
    for at in range(1, len(word)):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        yield before + after[:1] + after
        yield before + random.choice(LETTERS) + after[1:]


def with_a_slip(random: Random, text: str) -> Iterator[str]:
    """A text with each slip of each of its words of four letters and more."""
    words = text.split()
    for at, word in enumerate(words):
        if len(word) > 3 and word.isalpha():
            for slip in dict.fromkeys(slips_of(random, word)):
                if slip != word:
                    yield " ".join((*words[:at], slip, *words[at + 1 :]))


@pytest.mark.parametrize("locale", [EN, ES])
@pytest.mark.parametrize(("group", "share"), [("emergency", 0.99), ("despair", 0.95)])
def test_nearly_every_slip_in_the_lines_own_words_is_found(
    script: Script, known: Vocabulary, locale: str, group: str, share: float
) -> None:
    """What is left is another word of ordinary messages, "can pee", "inferto", or "wnna die"."""
    random = Random(1)
    own = tomllib.loads(script.files["words.toml"])[locale][group]
    texts = [text for line in own for text in with_a_slip(random, normal(line))]
    missed = [text for text in texts if understand(known, locale, text).wants not in DANGER]
    assert len(missed) <= (1 - share) * len(texts), missed


def ordinary(script: Script) -> list[tuple[str, str]]:
    """Messages that are no danger: all of tests/data, and what a script teaches."""
    samples = [one for file in sorted(DATA.glob("*.yaml")) if file.stem.startswith(("m", "q"))
               for one in read_samples(file, script.locales)]  # fmt: skip
    plain = [(one.locale, one.text) for one in samples
             if "emergency" not in (one.expected, *one.also_ok)]  # fmt: skip
    taught = [(locale, question) for topic in script.topics.values()
              for locale, wording in topic.wording.items()
              for question in wording.sample_questions]  # fmt: skip
    said = [(locale, line) for name in ("not-danger", "not-stop", "not-start")
            for line in (DATA / "said" / f"{name}.txt").read_text("utf-8").splitlines()
            for locale in (EN, ES)]  # fmt: skip
    return [*plain, *taught, *said]


def new_alarms(known: Vocabulary, texts: list[tuple[str, str]]) -> list[tuple[str, Meaning]]:
    """Texts that are danger only for the second look."""
    seen = [(locale, text, understand(known, locale, text)) for locale, text in texts]
    alarms = [one for one in seen if one[2].wants in DANGER]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looked, "second_looks", lambda *_: ())
        return [
            (text, meaning)
            for locale, text, meaning in alarms
            if understand(known, locale, text).wants not in DANGER
        ]


def test_nothing_ordinary_is_danger_for_a_slip(script: Script, known: Vocabulary) -> None:
    texts = ordinary(script)
    assert Counter(locale for locale, _ in texts).keys() == {EN, ES}
    assert new_alarms(known, texts) == []


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_hardly_anything_ordinary_with_a_slip_is_danger(
    script: Script, known: Vocabulary, every: int
) -> None:
    """A slip may make a word of danger: "hald my breath" is nearer to "hard" than to "hold"."""
    random = Random(2)
    asked = ordinary(script)[::every]
    quiet = [one for one in asked if understand(known, *one).wants not in DANGER]
    slipped = [(locale, list(with_a_slip(random, text))) for locale, text in quiet]
    texts = [(locale, random.choice(slips)) for locale, slips in slipped if slips]
    assert len(texts) > 3000 / every
    found = new_alarms(known, texts)
    assert len(found) <= 0.001 * len(texts), found
