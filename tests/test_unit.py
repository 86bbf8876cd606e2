"""The systemd unit: what it forbids the line can do without, shown by processes that live so."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.failure.clips import spoken
from tests.failure.machine import members, wait_until
from tests.publisher import TINY
from tests.syscalls import SETS
from tests.test_door_raw import answers, wait_for
from tests.test_server import left_running, local, start

UNIT = ROOT / "deploy" / "kypholine.service"


def taken_away() -> list[str]:
    """The sets of system calls that the unit takes from those of a usual service."""
    lines = re.findall(r"^SystemCallFilter=~(.+)$", UNIT.read_text("utf-8"), re.M)
    return " ".join(lines).split()


def without(sets: list[str], *command: str) -> list[str]:
    return ["-m", "tests.syscalls", ",".join(sets), sys.executable, *command]


def nice(sets: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *without(sets, "-c", "import os; print(os.nice(19))")]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30)


def end(process: subprocess.Popen[str]) -> None:
    """Leave nothing of a session behind, whatever came before."""
    for one in members(process.pid):
        os.kill(one, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_what_the_unit_takes_away_is_known_here_and_fails_as_it_says():
    assert set(taken_away()) <= set(SETS)
    assert "\nSystemCallErrorNumber=EPERM\n" in UNIT.read_text("utf-8")
    assert "PermissionError" in nice(["@resources"]).stderr


def test_under_the_unit_what_makes_clips_may_come_after_those_who_call():
    assert nice(taken_away()).stdout == "19\n"


def test_a_first_process_that_hangs_is_ended_after_a_while_and_leaves_no_keys_in_a_file():
    unit = UNIT.read_text("utf-8")
    assert "\nType=notify\n" in unit
    assert 30 <= int(re.search(r"^WatchdogSec=(\d+)$", unit, re.M)[1]) <= 120
    assert "\nLimitCORE=0\n" in unit
    assert "NotifyAccess" not in unit, "of Type=notify only the first process is heard"


def test_under_the_unit_only_this_machine_reaches_a_public_line(tmp_path):
    bind = re.search(r"^Environment=BIND=(\S+)$", UNIT.read_text("utf-8"), re.M)[1]
    given = local(tmp_path) | {"PUBLIC_URL": "https://line.example.org", "BIND": bind}
    process = start(given, "-m", "voice", "serve")
    try:
        wait_for(process, int(given["PORT"]), "/healthz", 200)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", int(given["PORT"])), 5)
        process.terminate()
        process.communicate(timeout=30)
    finally:
        end(process)


def test_an_address_of_another_machine_is_said_in_one_line(tmp_path):
    given = local(tmp_path) | {"PUBLIC_URL": "https://line.example.org", "BIND": "192.0.2.1"}
    said, _ = start(given, "-m", "voice", "serve").communicate(timeout=30)
    assert "192.0.2.1 is no address of this machine: set BIND" in said
    assert "Traceback" not in said


def test_an_empty_instance_becomes_ready_under_the_unit_and_a_stricter_one(tmp_path):
    given = local(tmp_path) | {"SCRIPTS": str(TINY)}
    spoken(tmp_path / "audio")
    unmade = sorted((tmp_path / "audio").glob("*.wav"))[:20]  # the engine has something to do
    for clip in unmade:
        clip.unlink()
    process = start(given, *without([*taken_away(), "@resources"], "-m", "voice", "serve"))
    try:
        wait_until(lambda: answers(int(given["PORT"]), "/readyz") == 200, "never ready", 60)
        process.terminate()
        said, _ = process.communicate(timeout=30)
        assert left_running(process.pid) == []
        assert all(clip.exists() for clip in unmade)
    finally:
        end(process)
    assert "Traceback" not in said
