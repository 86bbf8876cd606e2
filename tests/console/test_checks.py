"""What `check` finds is told in Spanish, too: every message and every remedy there is."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from voice.console.checks import in_language

WORDS = ROOT / "voice/console/words"
NOT_OF_WORDS = {"sound.py", "report.py", "calls.py"}
"""What they tell is about clips, files and whole calls, which no page of words shows."""


PUT_TOGETHER = {
    "Sentence x has x words. x",
    "The text takes x segments (x charactersx). The most is x.",
    "xx.",
}
"""Made of pieces that a gap does not show; told below."""


def literal(node: ast.expr) -> str | None:
    """A text of the code, with a word in each gap."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{\d!r\}", "'x'", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(piece.value) if isinstance(piece, ast.Constant) else "x" for piece in node.values
        )
    return None


def messages() -> Iterator[str]:
    """Messages and remedies written in the checks."""
    for folder in ("check", "plain"):
        for path in sorted((ROOT / "voice" / folder).glob("*.py")):
            if path.name not in NOT_OF_WORDS:
                for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                    yield from _of_call(node)


def _of_call(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("message", "fix"):
        text = literal(node.value)
        yield from [text] if text and not text.endswith(" ") else []
    name = getattr(getattr(node, "func", None), "id", "")
    if isinstance(node, ast.Call) and name in ("Finding", "Tell"):
        given = node.args[1:3] if name == "Finding" else node.args[2:4]
        yield from (text for text in map(literal, given) if text is not None)


def test_everything_the_checks_of_words_say_is_told_in_spanish():
    found = set(messages())
    assert len(found) > 140
    assert {text for text in found if in_language(text, "es") is None} == PUT_TOGETHER


OF_FILES = re.compile(r"\.toml|\bfile\b|archivo|\[|python -m|comillas\.|quotes\.|marks\.|=")
"""What a page must not speak of: files, and how things are written in them."""
UNSHOWN = ("Add a line {0} = … as", "Write {0} = ", "Write topics/{0}")
"""What no page of words can bring about, or none that staff can do anything about."""


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_told_on_a_page_speaks_of_files(language: str):
    rows = tomllib.loads((WORDS / "checks-es.toml").read_text("utf-8"))["checks"]
    shown = [one for one in rows if not one.startswith(UNSHOWN)]
    assert {one for one in shown if OF_FILES.search(in_language(one, language) or "")} == set()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_row_is_for_something_that_is_told(language: str):
    for name in ("checks-en.toml", "checks-es.toml"):
        for english in tomllib.loads((WORDS / name).read_text("utf-8"))["checks"]:
            assert in_language(english, language)


def test_marks_somebody_typed_are_told_as_typed_and_how_it_is_written_without():
    message, fix = "'\"9:00-17:00\"' is not a time span.", 'Write "9:00-17:00".'
    told = [in_language(text, one) for one in ("en", "es") for text in (message, fix)]
    assert told == [
        '“"9:00-17:00"” is not a time span.',
        "Write it like this, with no quotation marks: 9:00-17:00.",
        '“"9:00-17:00"” no es un horario.',
        "Escríbalo así, sin comillas: 9:00-17:00.",
    ]


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("'procedimiento' is not a plain word.", "“procedimiento” no es una palabra sencilla."),
        ("Say: tratamiento.", "Diga: tratamiento."),
        ("Say: your doctor.", "Diga: su médico."),
        (
            "The text takes 4 segments (512 characters because of í ú). The most is 3.",
            "El mensaje ocupa 4 segmentos (512 caracteres, por í ú). El máximo es 3.",
        ),
        (
            "Sentence 2 has 25 words. The most is 20.",
            "La frase 2 tiene 25 palabras. El máximo es 20.",
        ),
        (
            "F-001 is background. It may stand here only to say the principle of C-06.",
            "F-001 es un dato de fondo. Aquí solo sirve para decir el principio de C-06.",
        ),
        (
            "It tells what gets better, but not to ask a doctor.",
            "Dice qué mejora, pero no que se pregunte a un médico.",
        ),
        ("Nobody wrote this.", None),
    ],
)
def test_a_message_keeps_what_it_names(english: str, spanish: str | None):
    assert in_language(english, "es") == spanish
    assert in_language(english, "en") == english
