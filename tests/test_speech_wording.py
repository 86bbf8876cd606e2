"""Words to sentences, and digits one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.speech.engine import SpeechSettings
from voice.speech.espeak import phonemes
from voice.speech.wording import count, digit_by_digit, lines, sentences, tidy


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("One. Two.", ("One.", "Two.")),
        ("Is it safe? Ask us!", ("Is it safe?", "Ask us!")),
        ("¿Duele? ¡No!", ("¿Duele?", "¡No!")),
        ("Espere… Él viene.", ("Espere…", "Él viene.")),
        ("Press 3. 4 is next.", ("Press 3.", "4 is next.")),
        ("It takes 1.5 hours. Rest.", ("It takes 1.5 hours.", "Rest.")),
        ("Ask Dr. Lopez first.", ("Ask Dr. Lopez first.",)),
        ("He said “rest.” Then he left.", ("He said “rest.”", "Then he left.")),
        ("at 9 a.m. on Monday", ("at 9 a.m. on Monday",)),
        ("No end", ("No end",)),
        ("", ()),
    ],
)
def test_a_line_falls_into_sentences(line: str, found: tuple[str, ...]) -> None:
    assert sentences(line) == found


def test_a_new_line_is_a_key_point() -> None:
    assert lines("Main. Point.\n\n  Next  one. ") == (("Main.", "Point."), ("Next one.",))


def test_accents_typed_two_ways_are_the_same_words() -> None:
    assert tidy("me\u0301dico") == tidy("m\u00e9dico") == "médico"


@given(st.text())
def test_no_letter_is_lost_between_words_and_sentences(words: str) -> None:
    kept = "".join(sentence for line in lines(words) for sentence in line)
    assert "".join(kept.split()) == "".join(tidy(words).split())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dial 911.", "Dial 9 1 1."),
        ("Call 988 now", "Call 9 8 8 now"),
        ("Call 212-555-0134.", "Call 2 1 2, 5 5 5, 0 1 3 4."),
        ("Call (212) 555-0134.", "Call 2 1 2, 5 5 5, 0 1 3 4."),
        ("Call 555-0134.", "Call 5 5 5, 0 1 3 4."),
        ("+1 212 555 0134", "1, 2 1 2, 5 5 5, 0 1 3 4"),
        ("zip 10001", "zip 1 0 0 0 1"),
        ("911, 988", "9 1 1, 9 8 8"),
        ("2 1 2, 5 5 5, 0 1 3 4", "2 1 2, 5 5 5, 0 1 3 4"),
        ("nine, one, one", "nine, one, one"),
        ("Press 3. In 2026, 24 to 48 hours; 1,000 people; 1.5; 100", None),
        ("911th", None),
    ],
)
def test_dialled_numbers_are_said_digit_by_digit(written: str, read: str | None) -> None:
    assert digit_by_digit(written) == (written if read is None else read)


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en-US", "nˈaɪn wˈʌn wˈʌn"), ("es-US", "nwˈeβe ˈuno ˈuno")],
)
def test_a_figure_that_slipped_through_is_not_nine_hundred(locale: str, said: str) -> None:
    assert phonemes(digit_by_digit("911"), locale, SpeechSettings()) == said


@pytest.mark.parametrize(
    ("words", "number"),
    [("One, two – three.", 3), ("2 1 2", 3), ("¿Qué es?\nEsto.", 3), ("", 0), ("… —", 0)],
)
def test_what_is_said_is_counted(words: str, number: int) -> None:
    assert count(words) == number
