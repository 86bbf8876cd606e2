"""Routine lines are written together, warnings at once, and none is lost at the end."""

import io
import logging
import subprocess
import sys
from textwrap import indent

import pytest

from tests.conftest import ROOT
from voice.logs import Lines, Patient

ENDS = """
import logging
from voice import logs
logs.configure("plain")
logging.getLogger("voice.access").info("the last line")
"""

FORK_ENDS = f"""
from multiprocessing import get_context
def work():
{indent(ENDS, "    ")}
worker = get_context("fork").Process(target=work)
worker.start()
worker.join()
"""


@pytest.fixture
def handler() -> Patient:
    made = Patient()
    made.setStream(io.StringIO())
    made.setFormatter(Lines("plain"))
    return made


def record(level: int, words: str) -> logging.LogRecord:
    return logging.LogRecord("voice.access", level, "", 0, words, (), None)


def written(handler: Patient) -> list[str]:
    return [line.rpartition(": ")[2] for line in handler.stream.getvalue().splitlines()]


def test_a_routine_line_waits_and_a_warning_brings_it_along_in_order(handler: Patient) -> None:
    handler.handle(record(logging.INFO, "one"))
    assert written(handler) == []
    handler.handle(record(logging.WARNING, "two"))
    assert written(handler) == ["one", "two"]
    handler.handle(record(logging.INFO, "three"))
    assert written(handler) == ["one", "two"]
    handler.flush()
    assert written(handler) == ["one", "two", "three"]


def test_a_line_waits_as_it_was_when_it_was_told(handler: Patient) -> None:
    """Its record goes, and all that it holds."""
    one = record(logging.INFO, "one")
    handler.handle(one)
    one.msg = "another"
    handler.flush()
    assert written(handler) == ["one"]


def test_a_line_whose_values_do_not_fit_is_told_without_them(handler: Patient) -> None:
    """Libraries make such mistakes; whoever was being answered hears nothing of it."""
    one = logging.LogRecord("library", logging.INFO, "", 0, "%d texts", ("a number",), None)
    assert handler.handle(one)
    handler.flush()
    assert written(handler) == ["%d texts (its values do not fit it)"]


def test_a_record_that_is_filtered_out_is_not_written(handler: Patient) -> None:
    handler.addFilter(lambda one: "secret" not in one.getMessage())
    assert not handler.handle(record(logging.ERROR, "secret"))
    handler.handle(record(logging.ERROR, "plain"))
    assert written(handler) == ["plain"]


@pytest.mark.parametrize("program", [ENDS, FORK_ENDS], ids=["alone", "a server's worker"])
def test_at_the_end_of_a_process_everything_is_written(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr.endswith("the last line\n")
