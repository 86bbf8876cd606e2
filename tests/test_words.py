"""Placeholders: words for the ear, figures for the eye."""

import re

import pytest

from voice.script import Phone, Script
from voice.words import fill, key_name, placeholders, spell

SPOKEN = {
    ("en-US", "clinic"): "Sample Clinic",
    ("en-US", "phone"): "two one two, five five five, zero one three four",
    ("en-US", "line_phone"): "two one two, five five five, zero one five zero",
    ("en-US", "text_number"): "two one two, five five five, zero one five zero",
    ("en-US", "emergency"): "nine, one, one",
    ("en-US", "crisis"): "nine, eight, eight",
    ("en-US", "hours"): "Monday to Friday, from 9 in the morning to 5 in the afternoon",
    ("en-US", "person"): "zero",
    ("en-US", "back"): "star",
    ("en-US", "skip"): "pound",
    ("en-US", "again"): "9",
    ("es-US", "clinic"): "Clínica de Muestra",
    ("es-US", "phone"): "dos uno dos, cinco cinco cinco, cero uno tres cuatro",
    ("es-US", "emergency"): "nueve, uno, uno",
    ("es-US", "crisis"): "nueve, ocho, ocho",
    ("es-US", "hours"): "de lunes a viernes, de las 9 de la mañana a las 5 de la tarde",
    ("es-US", "person"): "el cero",
    ("es-US", "back"): "el asterisco",
    ("es-US", "skip"): "el signo de número",
    ("es-US", "slower"): "el 7",
}
WRITTEN = {
    "phone": "212-555-0134",
    "line_phone": "212-555-0150",
    "text_number": "212-555-0150",
    "emergency": "911",
    "crisis": "988",
}


@pytest.mark.parametrize(("locale", "name"), SPOKEN, ids=lambda value: value)
def test_a_caller_hears_words(script: Script, locale: str, name: str) -> None:
    assert fill(script, locale, "call", f"<{{{name}}}>") == f"<{SPOKEN[locale, name]}>"


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_reader_sees_figures(script: Script, locale: str, name: str) -> None:
    assert fill(script, locale, "message", f"<{{{name}}}>") == f"<{WRITTEN[name]}>"


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_no_figure_of_a_number_reaches_the_ear(script: Script, locale: str) -> None:
    spoken = placeholders(script, locale, "call")
    for name in ("phone", "line_phone", "text_number", "emergency", "crisis"):
        assert not re.search(r"\d", spoken[name])


def test_a_number_is_said_in_the_groups_staff_wrote(script: Script) -> None:
    words = script.prompts["en-US"].words
    assert spell("30", words) == "three, zero"
    line = script.line
    assert line.phone == Phone("1", ("212", "555", "0134"))


def test_what_only_the_caller_knows_is_filled_in_too(script: Script) -> None:
    text = "{label}, press {key}. {clinic}"
    said = fill(script, "en-US", "call", text, label="For risks", key="3")
    assert said == "For risks, press 3. Sample Clinic"


def test_words_in_braces_inside_a_value_are_left_alone(script: Script) -> None:
    assert fill(script, "en-US", "call", "{label}", label="{clinic}") == "{clinic}"


def test_a_name_that_nothing_stands_behind_stays_in_its_braces(script: Script) -> None:
    assert fill(script, "en-US", "message", "Call {phoen}, {emergency}.") == "Call {phoen}, 911."


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_every_key_of_a_telephone_has_a_name_of_its_own(script: Script, locale: str) -> None:
    names = [key_name(script, locale, key) for key in "0123456789*#"]
    assert len(set(names)) == 12
