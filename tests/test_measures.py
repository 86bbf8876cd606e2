"""What several workers tell together: what was counted stays, what a dead one served does not."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

from tests.conftest import ROOT
from tests.failure.machine import wait_until
from tests.publisher import TINY
from tests.test_door_raw import wait_for
from tests.test_server import local, published, start
from tests.test_unit import end

WORKER = """
import sys
from voice.measures import measures
made = measures()
for line in sys.stdin:
    words = line.split()
    if words[0] == "serves":
        made.serves(int(words[1]), int(words[2]))
    elif words[0] == "count":
        for n in range(int(words[1]) if words[1:] else 1):
            made.request("listen.index" + str(n or ""), 200, 0.01)
    elif words[0] == "stay":
        made.stay()
    print(made.text().decode() if words[0] == "tell" else "done", end="\\n---\\n", flush=True)
"""


class Worker:
    """A process that measures, and does as it is told."""

    def __init__(self, folder: Path, *before: str) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [*before, sys.executable, "-c", WORKER],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def do(self, order: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        told = ""
        while (line := self.process.stdout.readline()) != "---\n":
            assert line, "the worker ended"
            told += line
        return told

    def told(self) -> dict[str, float]:
        return values(self.do("tell"))

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def values(text: str) -> dict[str, float]:
    """What is told, by name, whatever the labels: added up."""
    found: dict[str, float] = defaultdict(float)
    for name, value in re.findall(r"^(\w+)(?:{.*})? (\S+)$", text, re.M):
        found[name] += float(value)
    return found


@contextmanager
def workers(folder: Path, number: int, *before: str) -> Iterator[Any]:
    made = [Worker(folder, *before) for _ in range(number)]
    try:
        yield made
    finally:
        for one in made:
            one.kill()


def test_what_a_dead_worker_served_is_told_no_more_and_what_it_counted_is(tmp_path: Path) -> None:
    with workers(tmp_path, 3) as (first, second, third):
        for one in (first, second, third):
            one.do("serves 5 3")
            one.do("count")
        first.kill()
        second.kill()
        third.do("serves 4 0")
        told = third.told()
        assert (told["kypholine_release"], told["kypholine_release_newest"]) == (4, 4)
        assert told["kypholine_clips_missing"] == 0
        assert told["kypholine_requests_total"] == 3
        assert not list(tmp_path.glob(f"gauge_live*_{first.process.pid}.db"))


def test_a_worker_without_a_release_or_with_another_one_hides_behind_none(tmp_path: Path) -> None:
    with workers(tmp_path, 2) as (first, second):
        second.do("count")
        first.do("serves 5 0")
        told = first.told()
        assert (told["kypholine_release"], told["kypholine_release_newest"]) == (0, 5)
        second.do("serves 4 2")
        told = first.told()
        assert (told["kypholine_release"], told["kypholine_release_newest"]) == (4, 5)
        assert told["kypholine_clips_missing"] == 2
        assert second.told() == told


def test_what_is_counted_on_a_disk_that_fills_up_has_its_room_already(tmp_path: Path) -> None:
    """A file that is mapped and has holes would end the worker that writes there."""
    with workers(tmp_path, 1) as (only,):
        only.do("count")
        before = {file: file.stat().st_size for file in tmp_path.iterdir()}
        only.do("count 120")
        after = {file: file.stat() for file in tmp_path.iterdir()}
    assert {file: found.st_size for file, found in after.items()} == before
    assert [file for file, found in after.items() if found.st_blocks * 512 < found.st_size] == []


def test_a_worker_without_room_for_its_measures_counts_and_is_told_of_no_more(
    tmp_path: Path,
) -> None:
    with workers(tmp_path, 1) as (one,), workers(tmp_path, 1, "prlimit", "--fsize=9000") as (full,):
        one.do("count")
        full.do("count 120")
        assert full.told()["kypholine_requests_total"] == 1
        assert one.told()["kypholine_requests_total"] == 1


def test_workers_whose_files_are_deleted_tell_at_once_what_they_serve_and_count_anew(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    with workers(folder, 2) as (first, second):
        first.do("serves 5 3")
        for one in (first, second):
            one.do("count 7")
        shutil.rmtree(folder)
        assert first.told()["kypholine_release"] == 5
        second.do("stay")
        second.do("count")
        told = first.told()
        assert (told["kypholine_clips_missing"], told["kypholine_requests_total"]) == (3, 1)
        assert second.told() == told


def test_of_a_worker_that_lost_one_file_what_it_counted_before_stays_and_what_it_served_does_not(
    tmp_path: Path,
) -> None:
    with workers(tmp_path, 1) as (only,):
        only.do("serves 5 3")
        only.do("count")
        (tmp_path / f"gauge_livemax_{only.process.pid}.db").unlink()
        only.do("stay")
        only.do("serves 6 0")
        only.do("count")
        told = only.told()
        assert (told["kypholine_release"], told["kypholine_release_newest"]) == (6, 6)
        assert told["kypholine_requests_total"] == 2


def test_a_worker_that_can_write_nowhere_any_more_tells_of_itself(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    with workers(folder, 1) as (only,):
        only.do("count")
        shutil.rmtree(folder)
        folder.touch()  # where a folder should be
        only.do("count")
        assert only.told()["kypholine_requests_total"] == 2
        folder.unlink()
        assert only.told()["kypholine_requests_total"] == 0


KILLED_WHILE_WRITING = """
import signal
from voice.measures import measures
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
measures()
"""


def test_a_worker_that_dies_while_it_makes_room_leaves_nothing_that_others_stumble_over(
    tmp_path: Path,
) -> None:
    died = subprocess.run(
        ["prlimit", "--fsize=0", sys.executable, "-c", KILLED_WHILE_WRITING],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        cwd=ROOT,
    )
    assert died.returncode == -signal.SIGXFSZ
    assert list(tmp_path.iterdir())
    with workers(tmp_path, 1) as (one,):
        one.do("count")
        assert one.told()["kypholine_requests_total"] == 1


def test_of_a_running_line_a_worker_that_is_killed_is_told_no_more(tmp_path: Path) -> None:
    """Each worker tells by itself what it serves, whichever is asked."""
    line = local(tmp_path) | {"WORKERS": "2", "SCRIPTS": str(TINY), "AUDIO": str(tmp_path / "a")}
    port = int(line["PORT"])
    folder = Path(line["INSTANCE"]) / "metrics"
    published(line)
    process = start(line)
    try:
        wait_for(process, port, "/readyz", 200)
        wait_until(lambda: list(tellers(folder).values()) == [1, 1], "a worker tells nothing")
        dead = min(tellers(folder))
        os.kill(dead, signal.SIGKILL)
        wait_until(lambda: release(port) == 1 and dead not in tellers(folder), "it still tells")
        wait_until(lambda: list(tellers(folder).values()) == [1, 1], "no other came")
        assert {told(port, "workers_replaced_total") for _ in range(6)} == {1}
    finally:
        end(process)


def test_a_running_line_goes_on_telling_when_the_folder_of_its_measures_is_deleted(
    tmp_path: Path,
) -> None:
    line = local(tmp_path) | {"WORKERS": "2", "SCRIPTS": str(TINY), "AUDIO": str(tmp_path / "a")}
    port = int(line["PORT"])
    folder = Path(line["INSTANCE"]) / "metrics"
    published(line)
    process = start(line)
    try:
        wait_for(process, port, "/readyz", 200)
        wait_until(lambda: list(tellers(folder).values()) == [1, 1], "a worker tells nothing")
        shutil.rmtree(folder)
        assert release(port) == 1
        wait_until(lambda: list(tellers(folder).values()) == [1, 1], "a worker tells nothing")
    finally:
        end(process)


def release(port: int) -> float:
    """What the line says it serves; -1 where it does not answer."""
    return told(port, "release")


def told(port: int, name: str) -> float:
    """A number that the line tells; -1 where it does not answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        return values(connection.getresponse().read().decode()).get(f"kypholine_{name}", -1)
    except (OSError, HTTPException):
        return -1
    finally:
        connection.close()


def tellers(folder: Path) -> dict[int, float]:
    """The processes that say what they serve, and which release that is; none of them is asked."""
    return {
        int(file.stem.rpartition("_")[2].partition("-")[0]): value
        for file in folder.glob("gauge_livemin_*.db")
        for key, value, _, _ in MmapedDict.read_all_values_from_file(file)
        if '"kypholine_release"' in key
    }
