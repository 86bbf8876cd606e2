"""Danger among other words: nobody in need puts a full stop between two sentences."""

import pytest

from tests.test_understand import EN, ES, alarming, said
from voice.understand import Vocabulary, understand

BESIDE = [
    (EN, "sorry to bother you", "what should i do"),
    (EN, "i dont know what to do", "since yesterday"),
    (EN, "my mother is 82", "is that normal"),
    (EN, "the nurse said to text", "my daughter is not home"),
    (EN, "i had the procedure yesterday", "and i took tylenol"),
    (EN, "hello this is mary", "for two days now but no fever"),
    (EN, "please help", "never had this before i am so scared"),
    (ES, "perdone la molestia", "qué hago"),
    (ES, "no sé qué hacer", "desde ayer"),
    (ES, "mi mamá tiene 82 años", "es normal"),
    (ES, "la enfermera dijo que escribiera", "mi hija no está"),
    (ES, "me operaron ayer", "y tomé tylenol"),
    (ES, "buenas tardes soy lupita", "desde hace dos días pero sin fiebre"),
    (ES, "ayuda por favor", "nunca me había pasado tengo mucho miedo"),
]


@pytest.mark.parametrize(("locale", "before", "after"), BESIDE)
def test_danger_is_seen_whatever_is_said_beside_it(
    known: Vocabulary, locale: str, before: str, after: str
) -> None:
    texts = [text for text in said("danger") if understand(known, EN, text).locale == locale]
    assert len(texts) > 600
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
    ],
)
def test_what_is_no_danger_is_none_beside_other_words(
    known: Vocabulary, locale: str, text: str
) -> None:
    assert not alarming(known, locale, text)
