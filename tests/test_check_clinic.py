"""No clinic's own name, number or hours break a rule of wording; what they cost is told once."""

import random
import re
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.small import TODAY
from voice.check import content_problems, problems
from voice.check.passages import passages
from voice.check.problem import Problem
from voice.check.report import languages_of
from voice.check.texts import SENDER, texts
from voice.hours import ALL_DAY, Hours, Span
from voice.script import Line, Phone, Script, parse, read_files
from voice.thread import all_texts

FILES = read_files(ROOT / "scripts")
NAMES = re.split(
    r"[|\n]",
    """
Sample Clinic|University Clinic|Orthopedic Clinic|Kyphoplasty Center|St. Mary's Hospital|A
Dr. Muestra Spine Clinic|Clínica del Río|Clínica San José|Centro Médico Universitario
Unidad de Columna|Radiology Associates of Northern Kentucky|Interventional Radiology
Osteoporosis Institute|Vertebroplasty & Kyphoplasty Specialists|Orthopaedic Associates, P.A.
MD/PhD Imaging 24/7|The Fracture Clinic|Percutaneous Procedures|Rehabilitation Medicine
Hospital Ángeles|Columna Peñalosa|Children's & Women's Hospital|Neurosurgery
Institute of Interventional Neuroradiology|Ambulatory Surgery Center of Greater Sacramento
Clínica Ortopédica Universitaria|Comprehensive Musculoskeletal Immobilization Facility
Procedimientos Mínimamente Invasivos|Façade Imaging|The Patient Center
""".strip(),
)


def span(opens: str, closes: str) -> Span:
    return time.fromisoformat(opens), time.fromisoformat(closes)


DAY, MORNING, AFTERNOON = span("09:00", "17:00"), span("09:00", "12:00"), span("13:00", "17:00")
LUNCH = (MORNING, AFTERNOON)
WEEKS: dict[str, tuple[tuple[Span, ...], ...]] = {
    "lunch breaks": (LUNCH,) * 5 + ((), ()),
    "another friday": ((DAY,),) * 4 + ((span("09:00", "15:00"),), (), ()),
    "saturday mornings": ((DAY,),) * 5 + ((MORNING,), ()),
    "closed on wednesdays": ((DAY,), (DAY,), (), (DAY,), (DAY,), (), ()),
    "day and night": ((ALL_DAY,),) * 7,
    "every day another": tuple(
        (span(f"0{day + 1}:45", "12:45"), span("13:45", f"{day + 16}:45")) for day in range(7)
    ),
}


def clinic(script: Script, name: str = "", **change: Any) -> Script:
    """The shipped words for another clinic."""
    names: dict[str, Any] = {"name": dict.fromkeys(script.locales, name)} if name else {}
    return replace(script, line=replace(script.line, **names, **change))


def numbered(script: Script, seed: int) -> Script:
    """A clinic with any US number."""
    chance = random.Random(seed)
    area, exchange = chance.randrange(200, 1000), chance.randrange(200, 1000)
    phone = Phone("1", (str(area), str(exchange), f"{chance.randrange(10_000):04d}"))
    return clinic(script, phone=phone, line_phone=phone, text_number=phone, person=phone)


def weekly(script: Script, week: tuple[tuple[Span, ...], ...]) -> Script:
    return clinic(script, hours=Hours("America/New_York", week, frozenset()))


def of_clinic(script: Script) -> list[Problem]:
    """What is told of a clinic's texts; nothing of it is a failure."""
    found = list(texts(script, languages_of(script)[0]))
    assert {(one.severity, one.file) for one in found} <= {("warn", "line.toml")}
    return found


@pytest.mark.parametrize("numbers", [40, pytest.param(200, marks=pytest.mark.soak)])
def test_a_number_is_no_matter_of_wording(script: Script, numbers: int) -> None:
    usual = tuple(passages(script))
    for seed in range(numbers):
        other = numbered(script, seed)
        assert tuple(passages(other)) == usual
        assert of_clinic(other) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_matter_of_wording(script: Script, name: str) -> None:
    other = clinic(script, name)
    assert tuple(passages(other)) == tuple(passages(script))
    told = of_clinic(other)
    assert {one.where for one in told} <= {"name"}
    assert len(told) <= len(script.locales)
    if len(name) > SENDER:
        assert len(told) == len(script.locales)


@pytest.mark.parametrize("week", WEEKS.values(), ids=WEEKS)
def test_hours_are_no_matter_of_wording(script: Script, week: tuple[tuple[Span, ...], ...]) -> None:
    other = weekly(script, week)
    assert tuple(passages(other)) == tuple(passages(script))
    assert {one.where for one in of_clinic(other)} <= {"hours"}


def test_a_clinic_with_all_of_it_passes_every_rule(script: Script) -> None:
    other = clinic(
        weekly(numbered(script, 8675309), WEEKS["every day another"]),
        "Interventional Radiology Associates of Northern Kentucky",
    )
    usual = {one for one in content_problems(script, TODAY) if one.file != "line.toml"}
    found = problems(other, None, TODAY)
    assert {one for one in found if one.file != "line.toml"} == usual
    assert [one for one in found if one.severity == "fail"] == []


def test_what_the_words_themselves_break_is_found_whatever_the_name() -> None:
    """A name is no excuse: the same sentence is too long for every clinic."""
    text = FILES["prompts.toml"].replace(
        'goodbye_short = "Goodbye from {clinic}."',
        'goodbye_short = "Goodbye from {clinic} and an uncomplicated immobilization of your '
        'fracture to you and to all of the others who call us today on this line."',
    )
    broken = parse({**FILES, "prompts.toml": text})
    own = {(one.rule, one.severity) for one in content_problems(broken, TODAY)}
    assert {("rule 4", "fail"), ("rule 7", "fail"), ("rule 9", "fail")} <= own


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        (
            "Orthopedics of Northern Kentucky",
            "Texts that take more than 2 segments for the name alone, "
            "Orthopedics of Northern Kentucky: N.",
            "Give one of at most 20 characters for texts, under [text_name].",
        ),
        (
            "Clínica del Río",
            "Texts that take more than 2 segments for the name alone, Clínica del Río: N.",
            "Give one without í for texts, under [text_name]: such letters cost more.",
        ),
    ],
    ids=["long", "accented"],
)
def test_what_a_name_costs_is_told_once_at_line_toml(
    script: Script, name: str, message: str, fix: str
) -> None:
    told = [one for one in of_clinic(clinic(script, name)) if one.locale == "en-US"]
    said = [(one.rule, re.sub(r"\b[1-9]\d*\.$", "N.", one.message), one.fix) for one in told]
    assert said == [("rule 81", message, fix)]


def test_a_short_name_opens_the_texts_and_the_long_one_is_said(script: Script) -> None:
    short = dict.fromkeys(script.locales, "NK Radiology")
    other = clinic(script, "Radiology Associates of Northern Kentucky", text_name=short)
    assert of_clinic(other) == []
    assert all(words.startswith("NK Radiology: ") for *_, words in all_texts(other))


def test_a_short_name_that_is_long_is_told_there(script: Script) -> None:
    told = of_clinic(clinic(script, text_name={"en-US": "Not A Short Name At All"}))
    assert [(one.locale, one.where) for one in told] == [("en-US", "text_name")]


def test_an_empty_short_name_is_none() -> None:
    line: Line = parse(FILES).line
    assert '[text_name]\nen-US = ""' in FILES["line.toml"]
    assert [line.sender(locale) for locale in line.locales] == list(line.name.values())
    without = FILES["line.toml"].replace('[text_name]\nen-US = ""\nes-US = ""\n', "")
    assert parse({**FILES, "line.toml": without}).line.sender("es-US") == "Clínica de Muestra"


def test_hours_that_make_a_text_dear_are_told_once(script: Script) -> None:
    told = of_clinic(weekly(script, WEEKS["every day another"]))
    assert [(one.locale, one.where) for one in told] == [("en-US", "hours"), ("es-US", "hours")]


@pytest.mark.parametrize(
    ("written", "week"),
    [
        ('["0:00-24:00"]', (ALL_DAY,)),
        ('["22:00-24:00"]', (span("22:00", "00:00"),)),
        ('["0:00-6:00", "22:00-24:00"]', (span("00:00", "06:00"), span("22:00", "00:00"))),
    ],
)
def test_a_day_may_be_open_to_its_end(written: str, week: tuple[Span, ...]) -> None:
    text = FILES["line.toml"].replace('monday = ["9:00-17:00"]', f"monday = {written}")
    assert parse({**FILES, "line.toml": text}).line.hours.week[0] == week
