"""What is wrong with one subject, found as quickly as somebody types, is what check finds of it."""

from datetime import date

import pytest

from tests.conftest import ROOT
from voice.check import Problem, content_problems
from voice.check.subject import subject_problems
from voice.draft.writing import apply
from voice.script import parse, read_files

TODAY = date(2026, 11, 20)
FILES = read_files(ROOT / "scripts")
WRONG = {
    "topics/risks.toml:en-US.main_message": "The percutaneous analgesic is utilized in 1 of 4.",
    "topics/risks.toml:es-US.title": "Título " * 8,
    "topics/risks.toml:es-US.texts": ("Dígame 😀 " * 40,),
    "topics/risks.toml:facts": ("F-001", "F-999"),
    "topics/risks.toml:review_by": "2020-01-01",
    "prompts.toml:en-US.call.goodbye": "See below. You failed to press a key.",
    "menu.toml:option.3.en-US.label": "Risks and all the other things that can go wrong with it",
    "line.toml:name.en-US": "The Clinic With A Name That Is Long",
}


HURT = apply(FILES, WRONG)
Problems = tuple[Problem, ...]


@pytest.fixture(scope="module")
def mended() -> Problems:
    return content_problems(parse(FILES), TODAY)


@pytest.fixture(scope="module")
def broken() -> Problems:
    return content_problems(parse(HURT), TODAY)


@pytest.mark.parametrize("file", sorted(name for name in FILES if name != "plain.toml"))
def test_a_subject_alone_has_the_problems_the_whole_has(
    file: str, mended: Problems, broken: Problems
) -> None:
    whole = [one for one in broken if one.file == file]
    assert list(subject_problems(HURT, frozenset({file}), TODAY)[1]) == whole
    told = {name.split(":")[0] for name in WRONG}
    assert len(whole) > sum(one.file == file for one in mended) or file not in told


def test_words_in_braces_that_nothing_fills_in_are_told_once_and_where_they_are() -> None:
    files = apply(FILES, {"topics/risks.toml:en-US.action": "Ask your {nobody} first."})
    _, found = subject_problems(files, frozenset({"topics/risks.toml"}), TODAY)
    assert [one.where for one in found if "{nobody}" in one.message] == ["en-US.action"]


@pytest.mark.parametrize(
    ("where", "phone", "what"),
    [
        ("listen.person", "{fono}", "{fono}"),
        ("off.subject_text", "{fono}", "{fono}"),
        ("try.line_number", "{fono}", "{fono}"),
        ("listen.emergency", "{emergency", "a lone brace"),
        ("card.call", "{ line_phone }", "a lone brace"),
    ],
)
def test_words_in_braces_around_the_pages_are_told_before_people_meet_them(
    where: str, phone: str, what: str
) -> None:
    files = apply(FILES, {f"pages.toml:es-US.{where}": f"Llame al {phone} o al {{phone}}."})
    _, found = subject_problems(files, frozenset({"pages.toml"}), TODAY)
    told = [(one.severity, one.locale, one.where, one.message) for one in found]
    assert told == [("fail", "es-US", where, f"There is {what} in the text.")]
    assert [one for one in content_problems(parse(files), TODAY) if one in found] == list(found)


def test_a_line_above_the_tables_of_the_pages_keeps_nobody_from_a_check() -> None:
    loose = f'[en-US]\nnote = "{{phone}}"\n{FILES["pages.toml"]}'
    _, found = subject_problems({**FILES, "pages.toml": loose}, frozenset({"pages.toml"}), TODAY)
    assert found == ()


def test_words_that_can_not_be_read_are_told_with_the_rest() -> None:
    files = apply(FILES, {**WRONG, "topics/risks.toml:en-US.action": "Ask {nobody or me."})
    script, found = subject_problems(files, frozenset({"topics/risks.toml"}), TODAY)
    assert script is not None
    assert [one.where for one in found if "lone brace" in one.message] == ["en-US.action"]
    assert any(one.rule == "rule 7" for one in found)
