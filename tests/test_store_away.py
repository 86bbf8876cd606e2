"""A store that is away: whoever runs a command is told what to look at, and nobody a secret."""

import errno
import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from voice.commands import main
from voice.commands.common import without_traceback
from voice.store import StoreUnreachable, live_number, open_store, why_unreachable

AWAY = "postgresql://someone:sesame@127.0.0.1:1/line"
TOLD = (
    "The store does not answer: no connection to PostgreSQL at 127.0.0.1:1 (OperationalError). "
    "See that it runs and that DATABASE_URL names it.\n"
)
COMMANDS = (
    "publish", "export {}/out", "inbox", "rollback", "rollback --list", "staff list",
    "fallback {}/out", "talk", "text",
)  # fmt: skip


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a machine whose PostgreSQL does not run."""
    keys = {"SECRET_KEY": "s" * 50, "CONTACT_KEY": "c" * 50}
    given = {"INSTANCE": str(tmp_path), "DATABASE_URL": AWAY, **keys}
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_says_which_server_it_does_not_reach_and_what_to_do(
    tmp_path: Path, words: str
) -> None:
    told = CliRunner().invoke(main, words.format(tmp_path).split())
    assert told.exit_code == 1
    assert told.output.endswith(f"Error: {TOLD}")


@pytest.mark.usefixtures("away")
def test_the_doctor_says_the_same_and_not_to_run_a_line() -> None:
    told = CliRunner().invoke(main, ["doctor"])
    assert told.exit_code == 1
    assert f"problem: {TOLD}" in told.output
    assert "make run" not in told.output
    assert "sesame" not in told.output


def test_of_a_store_never_made_the_doctor_says_to_run_the_line_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    told = CliRunner().invoke(main, ["doctor"]).output
    why = "The store does not answer: it has no tables yet."
    assert f"problem: {why} Run `make run` once.\n" in told


def test_of_a_file_that_is_no_store_the_doctor_does_not_say_to_run_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "line.db"
    file.write_text("no database " * 100)
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    told = CliRunner().invoke(main, ["doctor"]).output
    assert "SQLITE_NOTADB. It is damaged, or DATABASE_URL names another file." in told


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("postgresql://u:pw@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1"),
        ("postgresql://127.0.0.1:1/x?sslmode=disable", "PostgreSQL at 127.0.0.1:1"),
        ("postgresql://u:p%40s%2fs@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1"),
        ("postgresql://u:p/s@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1"),
        ("postgresql://u:pw@[::1]:1/x", "PostgreSQL at [::1]:1"),
        ("postgresql://u:pw@/x?host=/nowhere&port=1", "PostgreSQL"),
        ("postgresql://u:pw@elsewhere:1/x?host=127.0.0.1&port=1", "PostgreSQL"),
        ("postgresql://u:p@ss@127.0.0.1:1/x", "PostgreSQL"),
        ("postgresql://u:p@127.0.0.1:1/s@h/x", "PostgreSQL"),
    ],
)
def test_a_server_is_named_where_no_part_of_a_password_can_be_taken_for_it(
    url: str, server: str
) -> None:
    with closing(open_store(url)) as store, pytest.raises(StoreUnreachable) as caught:
        live_number(store)
    assert caught.value.server == server


def test_what_is_shown_to_others_and_logged_is_still_only_the_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    with closing(open_store(AWAY)) as store:
        assert why_unreachable(store) == "OperationalError"
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    ("why", "remedy"),
    [
        ("SQLITE_FULL", "Its disk is full: make room."),
        ("SQLITE_IOERR_SHMSIZE", "Its disk is full: make room."),
        ("DiskFull", "Its disk is full: make room."),
        ("SQLITE_CANTOPEN", "See that it is there, that DATABASE_URL names it, and that this user"),
        ("SQLITE_READONLY", "See that this user may write to its file"),
        ("SQLITE_READONLY_DBMOVED", "Its file was moved or deleted: bring it back."),
        ("SQLITE_BUSY", "Another program keeps it to itself"),
        ("SQLITE_CORRUPT", "It is damaged, or DATABASE_URL names another file."),
        ("SQLITE_IOERR", "See that it is there and that DATABASE_URL names it."),
    ],
)
def test_what_to_do_follows_from_why_the_store_does_not_answer(why: str, remedy: str) -> None:
    assert StoreUnreachable(f"OperationalError {why}").remedy.startswith(remedy)


def test_a_command_on_a_full_disk_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("INSTANCE", str(tmp_path))
    monkeypatch.setattr("voice.instance.make_audio", full)
    for words in ("publish", "audio"):
        told = CliRunner().invoke(main, words)
        assert told.exit_code == 1
        assert "the disk is full, and this was not finished. Make room" in told.output


def test_the_doctor_says_that_a_disk_is_all_but_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    roomy = CliRunner().invoke(main, ["doctor"]).output
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3_500_000))
    full = CliRunner().invoke(main, ["doctor"]).output
    told = f"problem: The disk of {tmp_path} has room for 3 MB. Make room:"
    assert told not in roomy
    assert told in full


@pytest.mark.parametrize(
    ("joined", "code", "told"),
    [
        ("<&-", 0, ""),
        ("<<< hello > /dev/full", 1, "Error: the disk is full, and this was not finished."),
    ],
)
def test_a_command_meets_a_closed_input_and_a_full_disk(joined: str, code: int, told: str) -> None:
    line = f"{sys.executable} -m voice segments {joined}"
    done = subprocess.run(["/bin/bash", "-c", line], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr[: len(told)]) == (code, told)
    assert "Traceback" not in done.stderr


def test_who_stops_reading_is_told_nothing_of_it() -> None:
    with pytest.raises(BrokenPipeError), without_traceback():
        raise BrokenPipeError(32, "Broken pipe")
