"""How understanding is measured, and the floors it must not fall below."""

from itertools import count
from pathlib import Path

import pytest

from voice.evaluate import (
    EvaluationError,
    Judged,
    Sample,
    Told,
    judge,
    read_samples,
    report,
    tell,
    why,
)
from voice.script import Script
from voice.understand import Vocabulary, explained

EN, ES = "en-US", "es-US"
DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("text", "wants", "topic", "does"),
    [
        ("risks", "topic", "risks", "answer"),
        ("3", "topic", "risks", "answer"),
        ("1", "menu", None, "answer"),
        ("0", "human", None, "answer"),
        ("*", "menu", None, "answer"),
        ("7", "unknown", None, "menu"),
        ("more", "menu", None, "answer"),
        ("is it for me", "menu", None, "answer"),
        ("i want to die", "emergency", None, "answer"),
        ("español", "language-switch", None, "answer"),
        ("qwerty", "unknown", None, "menu"),
    ],
)
def test_programs_get_the_words_of_the_contract(
    script: Script, known: Vocabulary, text: str, wants: str, topic: str | None, does: str
) -> None:
    told = tell(script, known, EN, text)
    assert (told.wants, told.topic, told.does) == (wants, topic, does)
    assert (told.locale, told.text) == (ES if text == "español" else EN, text)


def test_what_decided_is_one_line(known: Vocabulary) -> None:
    line = why(explained(known, EN, "since noon my chest really hurts"))
    told = "chest really hurts, pattern: [chest] ... [pain]"
    assert line == f"emergency (answer, 100% sure) because of: {told}"
    line = why(explained(known, EN, "no chest pain, when can i bathe"))
    assert line.startswith("topic aftercare (answer")
    assert "bathe [bath] +" in line
    line = why(explained(known, ES, "cuando puedo manegar mi carro"))
    assert "manejar +" in line
    assert "last: carro +" in line
    assert "nothing known" in why(explained(known, EN, "qwerty"))
    assert why(explained(known, EN, "risks")).startswith("topic risks (answer")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{", "samples.yaml"),
        ("[]", "samples.yaml"),
        ("- 3", "samples.yaml, message 1"),
        ("- {locale: en, text: hi}", "samples.yaml, message 1"),
        ("- {locale: fr, text: hi, expected: menu}", "samples.yaml, message 1"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str, place: str) -> None:
    file = tmp_path / "samples.yaml"
    file.write_text(content)
    with pytest.raises(EvaluationError) as refused:
        read_samples(file, (EN, ES))
    assert refused.value.place == place


def told(wants: str, topic: str | None = None, does: str = "answer") -> Told:
    return Told(EN, "", wants, topic, does, ())


def test_right_is_the_expected_answer_or_another_good_one() -> None:
    sample = Sample("1", EN, "", "risks", ("menu",))
    assert Judged(sample, told("topic", "risks"), 1).right
    assert Judged(sample, told("topic", "risks", "ask"), 1).right
    assert Judged(sample, told("menu"), 1).right
    assert Judged(sample, told("topic", "before"), 1).misled
    assert not Judged(sample, told("topic", "before", "ask"), 1).misled
    assert not Judged(sample, told("topic", "risks"), 1).misled


def test_a_report_counts_and_lists_what_must_not_happen() -> None:
    judged = (
        Judged(Sample("a", EN, "help me", "emergency"), told("unknown"), 1),
        Judged(Sample("b", EN, "the end", "unknown"), told("stop"), 2),
        Judged(Sample("c", ES, "riesgos", "risks"), told("topic", "risks"), 3),
    )
    lines = report(judged).splitlines()
    assert lines[0].startswith("en-US: 0 of 2 (0.0%) right")
    assert "es-US: 1 of 1 (100.0%) right" in report(judged)
    assert "missed emergency: 1" in lines
    assert "  a 'help me'" in lines
    assert "false stop: 1" in lines
    assert "median 2.00 ms a message" in lines


def test_time_is_told_in_milliseconds(script: Script, known: Vocabulary) -> None:
    ticks = count()
    judged = judge(script, known, [Sample("1", EN, "risks", "risks")], lambda: float(next(ticks)))
    assert judged[0].took == 1000


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("questions.yaml", 0.94),
        ("messages.yaml", 0.95),
        ("messages-november.yaml", 0.95),
        ("messages-november-2.yaml", 0.95),
        ("messages-november-3.yaml", 0.93),
        ("messages-november-4.yaml", 0.95),
        ("messages-november-5.yaml", 0.95),
        ("messages-november-6.yaml", 0.95),
        ("messages-november-7.yaml", 0.95),
        ("messages-november-8.yaml", 0.95),
        ("messages-danger-a.yaml", 0.95),
        ("messages-danger-b.yaml", 0.95),
        ("messages-danger-c.yaml", 0.95),
        ("messages-danger-d.yaml", 0.95),
        ("messages-danger-e.yaml", 0.95),
        ("messages-danger-f.yaml", 0.95),
        ("messages-danger-g.yaml", 0.95),
        ("messages-danger-h.yaml", 0.95),
    ],
)
def test_understanding_is_as_good_as_it_was(
    script: Script, known: Vocabulary, name: str, right: float
) -> None:
    judged = judge(script, known, read_samples(DATA / name, script.locales))
    for locale in script.locales:
        rows = [one for one in judged if one.sample.locale == locale]
        assert sum(one.right for one in rows) >= right * len(rows), locale
        assert sum(one.misled for one in rows) < 0.03 * len(rows), locale
    grave = ("emergency", "stop")
    missed = [one for one in judged if not one.right and one.sample.expected in grave]
    assert missed == []
    assert [one for one in judged if not one.right and one.told.name == "stop"] == []
