"""Workers that hang while people call: another takes their place, and nobody else is touched."""

import json
import os
import re
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.failure.machine import Machine, machine, wait_until
from tests.failure.test_killed import crowd_at, prepared

LOOKS = 4
PAUSE = LOOKS + 2
"""Seconds in which a worker without a sign of life is found, and killed."""


def impatient(folder: Path) -> AbstractContextManager[Machine]:
    """A line of two workers that waits less long for a sign of life."""
    prepared(f"sqlite:///{folder}/instance/line.db")
    return machine(folder, WORKERS="2", LOOKS=str(LOOKS))


def killed(line: Machine) -> list[int]:
    """The processes that the log says were killed, because they hung."""
    rows = [json.loads(row) for row in line.log.read_text().splitlines() if row[:1] == "{"]
    told = [row for row in rows if "no sign of life" in row["message"]]
    assert {row["level"] for row in told} <= {"ERROR"}
    return [int(row["message"].split("process ")[1].split(",")[0]) for row in told]


def replaced(line: Machine) -> dict[str, int]:
    """How many workers it says were replaced, by why."""
    told = line.get("/metrics")[1].decode()
    found = re.findall(r'^kypholine_workers_replaced_total{why="(\w+)"} (\d+)\.0$', told, re.M)
    return {why: int(times) for why, times in found}


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGUSR2, id="holding Python's lock"),
        pytest.param(signal.SIGSTOP, id="stopped", marks=pytest.mark.soak),
    ],
)
def test_a_worker_that_hangs_is_replaced_and_calls_go_on(
    tmp_path: Path, how: signal.Signals
) -> None:
    with impatient(tmp_path) as line:
        crowd = crowd_at(line, thinks=0.02)
        crowd.start()
        crowd.go_on(30)
        other, hung = line.workers()  # of two that seemed to hang the first would be killed first
        os.kill(hung, how)
        began = time.monotonic()
        wait_until(lambda: hung not in line.workers(), "it hangs on")
        assert time.monotonic() - began < PAUSE + 1
        wait_until(lambda: len(line.workers()) == 2, "no worker took its place")
        crowd.go_on(60)
        crowd.stop()
        assert other in line.workers()
        assert killed(line) == [hung]
        assert replaced(line) == {"hung": 1, "died": 0}
        assert ("impatient.py" in line.log.read_text()) == (how == signal.SIGUSR2)
    assert (crowd.wrong, crowd.unheard) == ([], 0)
    assert crowd.slowest < PAUSE + 2


def test_the_only_worker_is_killed_and_the_next_one_tells_of_it(tmp_path: Path) -> None:
    """It counts in its own memory, of which nothing is left."""
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with machine(tmp_path) as line:
        assert replaced(line) == {"hung": 0, "died": 0}
        (worker,) = line.workers()
        line.kill_a_worker()
        wait_until(lambda: line.get("/readyz")[0] == 200, "none took its place")
        assert replaced(line) == {"hung": 0, "died": 1}
        assert f"process {worker}, died: SIGKILL, replaced" in line.log.read_text()


@pytest.mark.soak
def test_nobody_is_killed_when_a_line_that_stood_still_as_a_whole_goes_on(tmp_path: Path) -> None:
    with impatient(tmp_path) as line:
        before = line.workers()
        os.killpg(line.pid, signal.SIGSTOP)
        time.sleep(PAUSE)
        os.killpg(line.pid, signal.SIGCONT)
        time.sleep(PAUSE)
        assert line.workers() == before
        assert killed(line) == []
        assert line.get("/readyz")[0] == 200


@pytest.mark.soak
def test_a_line_stops_though_one_of_its_workers_stands_still(tmp_path: Path) -> None:
    with impatient(tmp_path) as line:
        os.kill(line.workers()[0], signal.SIGSTOP)
        began = time.monotonic()
        line.stop()
        assert time.monotonic() - began < 8
        assert line.process is not None
        assert line.process.returncode == 0
