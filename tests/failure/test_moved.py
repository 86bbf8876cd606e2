"""The store's file is moved away, deleted or replaced while people call and write.

Calls and topics are answered all the time. From when it is noticed nothing is acknowledged that the
next start would not find, and when the file is back, or another in its place, all goes on.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.failure.crowd import Crowd
from tests.failure.machine import Machine, machine, wait_until
from tests.failure.test_killed import crowd_at, prepared
from tests.failure.test_store_away import keeps_its_promises

NOTICED = 2.0
"""Seconds within which every worker knows: a look comes every half of one."""
AWAY = "degraded: its file: "


def all_say(line: Machine, begins: str) -> bool:
    """Whether every worker says so of the store: each tells of itself."""
    return all(line.get("/readyz")[1]["store"].startswith(begins) for _ in range(20))


@contextmanager
def served(folder: Path) -> Iterator[tuple[Machine, Crowd]]:
    """Two workers that have written already, and people; at the end nobody was left unanswered."""
    prepared(f"sqlite:///{folder}/instance/line.db")
    with machine(folder, WORKERS="2") as line:
        line.wait_until_made()
        crowd = crowd_at(line)
        crowd.start()
        wait_until(lambda: crowd.promises > 20, "nothing is granted")
        yield line, crowd
        promised = crowd.promises
        wait_until(lambda: all_say(line, "reachable"), "it is not opened")
        wait_until(lambda: crowd.promises > promised + 8, "nothing is granted any more")
        crowd.stop()
        line.kill()
    assert (crowd.lost, crowd.wrong) == (0, [])


def nothing_is_promised(line: Machine, crowd: Crowd) -> None:
    """It is noticed soon; then many are answered, and nobody is promised anything."""
    wait_until(lambda: all_say(line, AWAY + "moved or deleted"), "nobody notices", NOTICED)
    promised, refused = crowd.promises, crowd.refused
    wait_until(lambda: crowd.refused > refused + 20, "nothing is refused")
    late = crowd.promises - promised
    assert late <= 4, f"{late} acknowledged of what is nowhere"  # those under way when it began
    assert line.get("/readyz")[0] == 200


def test_a_file_that_was_moved_away_and_back_costs_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    file, away = tmp_path / "instance" / "line.db", tmp_path / "away.db"
    with served(tmp_path) as (line, crowd):
        file.rename(away)
        nothing_is_promised(line, crowd)
        away.rename(file)
    keeps_its_promises(crowd, f"sqlite:///{file}")


@pytest.mark.soak
def test_a_file_that_was_deleted_costs_what_was_acknowledged_before_it_was_noticed(
    tmp_path: Path,
) -> None:
    """A copy is brought back, as a restore does, without a restart."""
    file, copy = tmp_path / "instance" / "line.db", tmp_path / "copy.db"
    with served(tmp_path) as (line, crowd):
        shutil.copy(file, copy)
        file.unlink()
        nothing_is_promised(line, crowd)
        stops, call_backs = len(crowd.stops), len(crowd.call_backs)
        shutil.copy(copy, file)
    after = replace(crowd, stops=crowd.stops[stops:], call_backs=crowd.call_backs[call_backs:])
    after.texts.clear()  # those of before have other answers, or none
    assert after.promises > 8
    keeps_its_promises(after, f"sqlite:///{file}")


@pytest.mark.soak
def test_a_log_that_was_deleted_costs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "instance" / "line.db"
    with served(tmp_path) as (line, crowd):
        Path(f"{file}-wal").unlink()
        wait_until(lambda: all_say(line, AWAY + "the log"), "nobody notices", NOTICED)
    keeps_its_promises(crowd, f"sqlite:///{file}")
