"""`understand` and `segments`: a line in, a line out, and what is said of lines that are none."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import kept
from voice import understand
from voice.__main__ import main

DATA = Path(__file__).parent / "data"


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shipped words be learned once: it takes most of a second."""
    monkeypatch.setattr(understand, "vocabulary", lambda some: kept.worked_out(some).vocabulary)


def ran(*words: str, given: bytes | str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, [*words], input=given)


def rows(told: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_line_in_is_a_line_out() -> None:
    told = ran("understand", "--json", given="en-US\trisks\r\nes-US\triesgos\n\nfr-FR\trisks")
    assert told.exit_code == 0
    assert [(row["locale"], row["text"], row["wants"]) for row in rows(told)] == [
        ("en-US", "risks", "topic"),
        ("es-US", "riesgos", "topic"),
        ("", "", "unknown"),
        ("fr-FR", "risks", "topic"),
    ]
    assert {tuple(row) for row in rows(told)} == {
        ("locale", "text", "wants", "topic", "does", "also")
    }


@pytest.mark.usefixtures("learned")
def test_a_return_inside_a_text_ends_no_line() -> None:
    told = ran("understand", "--json", given="en-US\trisks\rplease\nen-US\tmenu\n")
    assert [row["text"] for row in rows(told)] == ["risks\rplease", "menu"]


@pytest.mark.usefixtures("learned")
def test_a_line_without_a_tab_is_read_all_the_same_and_told_of() -> None:
    told = ran("understand", "--json", given="can i drive\nen-US\trisks\nmenu\n")
    assert [row["topic"] for row in rows(told)][:2] == ["aftercare", "risks"]
    assert [row["locale"] for row in rows(told)] == ["", "en-US", ""]
    assert told.exit_code == 1
    assert "line 1 has no TAB (2 lines in all)" in told.stderr
    assert "locale<TAB>text" in told.stderr


@pytest.mark.parametrize("command", ["understand", "segments"])
def test_what_is_no_text_is_named_by_its_line(command: str) -> None:
    told = ran(command, given=b"en-US\trisks\nen-US\t\xff\xfe\n")
    assert told.exit_code == 1
    assert told.stderr == "Error: line 2 is not UTF-8 text: save it as UTF-8\n"
    assert len(told.stdout.splitlines()) == 1


@pytest.mark.usefixtures("learned")
def test_no_runner_up_is_unknown() -> None:
    told = ran("understand", "--json", given="en-US\ttext me this\n")
    assert rows(told)[0]["also"] == []


def test_half_a_character_is_counted_and_written_as_it_came() -> None:
    told = ran("segments", "--json", given='"\\ud83d hello"\n"ñandú"\n')
    assert told.exit_code == 0
    first, second = rows(told)
    assert (first["encoding"], first["costly"]) == ("UCS-2", ["\ud83d"])
    assert second == {"encoding": "UCS-2", "segments": 1, "characters": 5, "costly": ["ú"]}
    assert "ú" in told.stdout


@pytest.mark.usefixtures("learned")
def test_samples_are_judged_for_programs_too(tmp_path: Path) -> None:
    file = tmp_path / "samples.yaml"
    file.write_text("- {id: a, locale: en, text: risks, expected: risks}\n"
                    "- {id: b, locale: es, text: riesgos, expected: menu}\n")  # fmt: skip
    told = ran("understand", "--json", "--evaluate", str(file), given="")
    assert [(row["id"], row["topic"], row["right"], row["misled"]) for row in rows(told)] == [
        ("a", "risks", True, False),
        ("b", "risks", False, True),
    ]
    assert "misled" in ran("understand", "--evaluate", str(file), given="").stdout


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://", "127.0.0.1:8000"])
@pytest.mark.parametrize("command", ["talk", "text"])
def test_an_address_that_is_none_is_named(command: str, url: str) -> None:
    told = ran(command, "--url", url, given="")
    assert told.exit_code == 1
    assert "--url is not a web address" in told.stderr


def test_where_no_line_answers_the_address_that_was_asked_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    told = ran("text", "--url", "http://127.0.0.1:1/", given="risks\n")
    assert told.exit_code == 1
    assert "no connection at http://127.0.0.1:1/sms" in told.stdout
