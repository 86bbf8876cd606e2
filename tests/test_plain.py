"""The measures of plain language, on words and texts whose true values are known."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.plain import numbers, readability, syllables
from voice.plain.language import read
from voice.plain.lists import chat
from voice.plain.phrases import fold, found, has, phrase, phrases
from voice.plain.sentences import sentences, words

DATA = Path(__file__).parent / "data"


def counted(name: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a list with their syllables."""
    for line in (DATA / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            count, *listed = line.split()
            yield from ((word, int(count)) for word in listed)


# Syllables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counter", "least", "right"),
    [
        pytest.param("syllables_en.txt", syllables.english, 300, 0.97, id="English"),
        pytest.param("syllables_es.txt", syllables.spanish, 120, 1.0, id="Spanish"),
    ],
)
def test_syllables_agree_with_a_list_counted_by_hand(
    name: str, counter: Callable[[str], int], least: int, right: float
) -> None:
    listed = dict(counted(name))
    agree = sum(counter(word) == count for word, count in listed.items())
    pooled = sum(map(counter, listed)) / sum(listed.values())
    assert len(listed) >= least
    assert agree / len(listed) >= right
    assert abs(pooled - 1) <= 0.01


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("area", 3), ("any", 2), ("over", 2), ("people", 2), ("being", 2), ("every", 2),
        ("idea", 3), ("quiet", 2), ("medicine", 3), ("poem", 2), ("kyphoplasty", 4),
        ("osteoporosis", 6), ("x-ray", 2), ("Doctor's", 2), ("nurse’s", 2), ("hmm", 1),
    ],
)  # fmt: skip
def test_an_english_word_has_its_syllables(word: str, count: int) -> None:
    assert syllables.english(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("día", 2), ("país", 2), ("cirugía", 4), ("cuidado", 3), ("ciudad", 2), ("oír", 2),
        ("hueso", 2), ("radiografía", 5), ("osteoporosis", 6), ("reír", 2), ("aún", 2),
        ("CIFOPLASTIA", 4), ("guía", 2), ("pingüino", 3), ("alcohol", 3), ("prohíbe", 3), ("y", 1),
    ],
)  # fmt: skip
def test_a_spanish_word_has_its_syllables(word: str, count: int) -> None:
    assert syllables.spanish(word) == count


@given(st.text(max_size=40))
def test_any_word_has_at_least_one_syllable(word: str) -> None:
    assert syllables.english(word) >= 1
    assert syllables.spanish(word) >= 1


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("About 30 minutes", "en", ["30"]),
        ("thirty minutes", "en", ["30"]),
        ("four to six weeks", "en", ["4", "6"]),
        ("4-6 weeks", "en", ["4", "6"]),
        ("one hour", "en", ["1"]),
        ("this one, or one of them", "en", []),
        ("half an hour", "en", ["30"]),
        ("twenty-one", "en", ["21"]),
        ("one hundred and one", "en", ["101"]),
        ("nineteen eighty-four", "en", ["1984"]),
        ("460,000 people", "en", ["460000"]),
        ("1.4 million", "en", ["1400000"]),
        ("two million", "en", ["2000000"]),
        ("1.5 pounds", "en", ["1.5"]),
        ("{emergency} and {key 9}", "en", []),
        ("five and six", "en", ["5", "6"]),
        ("de cuatro a seis semanas", "es", ["4", "6"]),
        ("treinta y cinco", "es", ["35"]),
        ("una hora o un día", "es", []),
        ("media hora", "es", ["30"]),
        ("doscientas mil", "es", ["200000"]),
        ("mil novecientos ochenta y cuatro", "es", ["1984"]),
        ("1,5 libras", "es", ["1.5"]),
        ("dix 10", "fr", ["10"]),
    ],
)
def test_every_number_of_a_text_is_found(text: str, language: str, values: list[str]) -> None:
    assert list(numbers.values(text, language)) == values


@pytest.mark.parametrize(
    ("figure", "language", "said"),
    [
        ("0", "en", "zero"),
        ("30", "en", "thirty"),
        ("21", "en", "twenty-one"),
        ("105", "en", "one hundred five"),
        ("460,000", "en", "four hundred sixty thousand"),
        ("0134", "en", "zero one three four"),
        ("212-555", "en", "two hundred twelve five hundred fifty-five"),
        ("1", "es", "uno"),
        ("31", "es", "treinta y uno"),
        ("100", "es", "cien"),
        ("1998", "es", "mil novecientos noventa y ocho"),
        ("30", "fr", "30"),
    ],
)
def test_a_figure_is_said_in_words(figure: str, language: str, said: str) -> None:
    assert numbers.say(figure, language) == said


@pytest.mark.parametrize("language", ["en", "es"])
@given(number=st.integers(min_value=0, max_value=999_999))
def test_a_number_said_in_words_is_understood_again(language: str, number: int) -> None:
    said = numbers.say(str(number), language)
    bare = numbers.NUMERALS[language].pronouns
    assert numbers.values(said, language) == (() if said in bare else (str(number),))


# Sentences and words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("One\nTwo", ["One", "Two"]),
        ("See Dr. Smith at 3 p.m. today. Rest.", ["See Dr. Smith at 3 p.m. today.", "Rest."]),
        ("It weighs 1.4 pounds. Rest!", ["It weighs 1.4 pounds.", "Rest!"]),
        ("¿Duele? No. ¡Bien!", ["¿Duele?", "No.", "¡Bien!"]),
        ('Say "no." Then rest.', ['Say "no.', "Then rest."]),
        ("Call. {clinic} helps.", ["Call.", "{clinic} helps."]),
        ("", []),
    ],
)
def test_a_text_is_split_into_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "language", "heard", "expected"),
    [
        ("Don't lift 20 pounds.", "en", True, ["Don't", "lift", "twenty", "pounds"]),
        ("small-cut X-ray", "en", True, ["small-cut", "X-ray"]),
        ("Llame al 31.", "es", True, ["Llame", "al", "treinta", "y", "uno"]),
        ("call 212-555-0134", "en", False, ["call", "212-555-0134"]),
        ("Call {emergency} or {line_phone}.", "en", True, ["Call", "{}", "or", "{}"]),
    ],
)
def test_words_are_counted_as_they_are_heard(
    text: str, language: str, heard: bool, expected: list[str]
) -> None:
    assert list(words(text, language, heard)) == expected


@given(st.text(max_size=200))
def test_no_text_breaks_the_splitting(text: str) -> None:
    assert all(sentence.strip() for sentence in sentences(text))
    assert all(words(text, "en"))


# Readability -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # 20 words, 2 sentences, 30 syllables, 3 long words; worked out by hand
        ("flesch-kincaid", 0.39 * 10 + 11.8 * 1.5 - 15.59),
        ("smog", 1.043 * 45**0.5 + 3.1291),
        ("inflesz", 206.835 - 62.3 * 1.5 - 10),
        ("fernandez-huerta", 206.84 - 60 * 1.5 - 1.02 * 10),
    ],
)
def test_a_formula_gives_what_its_makers_wrote(formula: str, expected: float) -> None:
    count = readability.Count(sentences=2, words=20, syllables=30, long_words=3)
    assert readability.FORMULAS[formula].score(count) == pytest.approx(expected)


def test_taught_words_count_as_two_syllables_and_the_raw_value_in_full() -> None:
    text = "Kyphoplasty mends bones."
    assert readability.count(text, "en").syllables == 6
    assert readability.count(text, "en", {"kyphoplasty"}).syllables == 4


def test_a_limit_is_compared_as_it_is_shown() -> None:
    fk, inflesz = readability.FORMULAS["flesch-kincaid"], readability.FORMULAS["inflesz"]
    assert not fk.fails(6.04, 6.0)
    assert fk.fails(6.06, 6.0)
    assert not inflesz.fails(64.96, 65)
    assert inflesz.fails(64.9, 65)


# Word lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "text", "hit"),
    [
        ("fracture", "Two fractures.", "fractures"),
        ("fracture", "A FRACTURE", "FRACTURE"),
        ("fracture", "fractured", None),
        ("utiliz*", "They utilized it", "utilized"),
        ("incisión", "una INCISION", "INCISION"),
        ("=estás", "estas piernas", None),
        ("=estás", "cómo estás", "estás"),
        ("risk-free", "It is risk free.", "risk free"),
        ("prior to", "prior  to", "prior  to"),
        ("don't worry", "Don’t worry", "Don’t worry"),
        ("via", "viable", None),
        ("año", "anos", None),
        ("u", "us", None),
        ("100%", "100% sure", "100%"),
    ],
)
def test_a_listed_word_is_found_in_its_forms(entry: str, text: str, hit: str | None) -> None:
    hits = [words for _, words in found(text, [phrase(entry)])]
    assert hits == ([hit] if hit else [])


def test_what_is_still_in_braces_is_no_listed_word() -> None:
    text = "The clinic is {clinic}: {phone}, {line_phone}."
    listed = phrases(["clinic", "phone", "=line*"])
    assert [hit for _, hit in found(text, listed)] == ["clinic"]
    assert not has("{phone}", listed)
    assert phrase("phone").search("{phone}") is None


def test_two_names_in_braces_are_not_marked_as_bold() -> None:
    language, _ = read("en-US", {})
    assert list(chat("Call {line_phone} or text {text_number}.", language)) == []
    assert [one.rule for one in chat("Call _now_ or later.", language)] == ["rule 84"]


def test_the_longest_of_overlapping_phrases_counts() -> None:
    listed = phrases(["fracture", "compression fracture"])
    assert [hit for _, hit in found("a compression fracture", listed)] == ["compression fracture"]


@given(st.text(max_size=60))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"reading": {"formula": "fog"}}, "reading.formula: there is no formula 'fog'"),
        ({"reading": {"limit": "6"}}, "reading.limit: the value has the wrong form"),
        ({"reading": {"grade": 6}}, "reading.grade: this field is not known"),
        ({"words": {"filler": "thanks"}}, "words.filler: this has to be a list"),
        ({"words": {"fillers": []}}, "words.fillers: this list is not known"),
        ({"instead": {"via": 3}}, "instead.via: write what to say instead"),
        ({"instead": ["via"]}, "instead: this has to be a table"),
        ({"more": {}}, "more: this table is not known"),
    ],
)
def test_what_is_wrong_with_a_word_list_is_told(table: dict[str, object], told: str) -> None:
    _, wrong = read("en-US", table)
    assert len(wrong) == 1
    assert wrong[0].startswith(told)
