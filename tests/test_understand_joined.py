"""Texts without spaces and words spelled by ear: what they say is understood, not what it hides."""

import pytest

from voice.understand import Meaning, Vocabulary, understand
from voice.understand.fold import hear
from voice.understand.index import said_in
from voice.understand.joined import LONGEST, apart

EN, ES = "en-US", "es-US"


def asked(meaning: Meaning) -> str:
    """What a text wants, or the topic it asks for."""
    return meaning.target or meaning.wants


def divided(known: Vocabulary, word: str) -> tuple[str, ...]:
    """The words that one word without spaces is read as."""
    return apart(known.tongues, said_in(hear(word), known.index)).heard.words


@pytest.mark.parametrize(
    ("locale", "text", "wants"),
    [
        (EN, "howlongdoesittake", "duration"),
        (EN, "canidrive", "aftercare"),
        (EN, "kyphoplastyvsvertebroplasty", "vertebroplasty"),
        (EN, "helpcantbreathe", "emergency"),
        (EN, "my chesthurts", "emergency"),
        (EN, "call911", "emergency"),
        (EN, "iwanttodie", "despair"),
        (EN, "stoptextingme", "stop"),
        (ES, "cuantodura", "duration"),
        (ES, "me puedobañar", "aftercare"),
        (ES, "nopuedorespirar", "emergency"),
        (ES, "no puedorespirar", "emergency"),
        (ES, "noquieromasmensajes", "stop"),
        (EN, "nopuedorespirar", "emergency"),
    ],
)
def test_words_without_spaces(known: Vocabulary, locale: str, text: str, wants: str) -> None:
    assert asked(understand(known, locale, text)) == wants


@pytest.mark.parametrize(
    "word",
    ["package", "relationship", "enforcement", "Carmen", "Maldonado", "suicidesquad", "chocolate",
     "vehículo", "inteligente", "puestos", "violento", "prioridad", "lisinopril",
     "William", "avenida", "backup", "protection", "impatient"],
)  # fmt: skip
def test_a_word_is_not_divided_into_words_that_never_stand_together(
    known: Vocabulary, word: str
) -> None:
    assert len(divided(known, word)) == 1


def test_a_word_too_long_to_be_a_sentence_is_left_alone(known: Vocabulary) -> None:
    sentence = "cuantodura"
    assert len(sentence) * 6 == LONGEST
    assert [len(divided(known, sentence * times)) for times in (1, 6, 7)] == [2, 12, 1]


@pytest.mark.parametrize(
    ("locale", "text", "wants"),
    [
        (ES, "me van a poner semento", "what-it-is"),
        (ES, "es una sirujia", "what-it-is"),
        (ES, "se me avrio la erida", "when-to-get-help"),
        (ES, "vasta de mensages", "stop"),
        (ES, "me hagho pipi ensima", "emergency"),
    ],
)
def test_words_spelled_by_ear(known: Vocabulary, locale: str, text: str, wants: str) -> None:
    assert asked(understand(known, locale, text)) == wants


def test_only_the_language_of_a_text_is_spelled_by_ear(known: Vocabulary) -> None:
    """A crash, "choque", sounds like "choke"."""
    crash = "me pegué en la cabeza hace años en un choque"
    assert understand(known, ES, crash).wants != "emergency"
