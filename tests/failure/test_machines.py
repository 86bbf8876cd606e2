"""Two machines, PostgreSQL, and nginx as it is shipped, before them: one dies, words change."""

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import databases, kept
from tests.conftest import ROOT
from tests.failure.clips import addresses, digests
from tests.failure.crowd import Callers, Crowd, broken_promises, small_release
from tests.failure.machine import TINY, Machine, ended, laid_out, two_machines, wait_until
from tests.failure.proxy import HOST, connection, proxy
from tests.failure.test_killed import prepared
from voice.assembly import WAIT_FOR_NEXT
from voice.bench.place import free_port
from voice.release import Release
from voice.script import load
from voice.sharing import EVERY
from voice.store import live_number, open_store, publish

TITLE = "Risks of the treatment"
URL = f"https://{HOST}"


def answered(line: Machine) -> int:
    """How many requests of calls a machine has answered since it began."""
    told = re.findall(
        rb'requests_total\{endpoint="webhook.voice",status="200"\} (\d+)', line.get("/metrics")[1]
    )
    return sum(map(int, told))


def comes_back(line: Machine) -> None:
    """Wait until callers reach a machine that was away: nginx leaves it out for 2 seconds."""
    wait_until(lambda: answered(line) > 50, "nginx asks it nothing")


def got(port: int, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    """What nginx answers: status, body, headers by their names in small letters."""
    with closing(connection(port)) as asked:
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, answer.read(), named


def gives_clips(port: int, audio: Path) -> None:
    """A clip comes whole, in part, once for all, or not at all."""
    clip = min(audio.glob("*.wav"))
    content, path = clip.read_bytes(), f"/audio/{clip.name}"
    status, body, headers = got(port, path)
    assert (status, body, headers["content-type"]) == (200, content, "audio/wav")
    assert "immutable" in headers["cache-control"]
    assert got(port, path, Range="bytes=100-299")[:2] == (206, content[100:300])
    assert got(port, path, **{"If-None-Match": headers["etag"]})[:2] == (304, b"")
    assert got(port, f"/audio/{'0' * 16}.wav")[0] == 404


def release_of(line: Machine) -> int:
    told = line.get("/readyz")[1]
    return told["release"] if told else 0


@pytest.mark.soak
def test_a_machine_dies_and_words_change_and_nobody_hears_it(
    tmp_path: Path, postgresql: databases.Server
) -> None:
    postgresql.make("machines")
    address = postgresql.url("machines")
    prepared(address)
    with ExitStack() as stack:
        pair = two_machines(tmp_path, DATABASE_URL=address, PUBLIC_URL=URL)
        one, two = stack.enter_context(pair)
        front = tmp_path / "front"
        front.mkdir()
        port = stack.enter_context(proxy(front, [one.port, two.port], tmp_path / "one"))
        release, sounds = small_release(URL, audio=one.audio), digests(one.audio)
        crowd = Crowd(URL, [port], release, sounds=sounds, connect=connection)
        crowd.start(6)
        crowd.go_on(200)
        one.kill()
        crowd.go_on(200)
        store = stack.enter_context(closing(open_store(address)))
        publish(store, load(TINY).files, "again", datetime.now(UTC))
        begun = time.monotonic()
        wait_until(lambda: release_of(two) == 2, "the release never went live", WAIT_FOR_NEXT + 1)
        assert time.monotonic() - begun <= WAIT_FOR_NEXT + 1
        one.start()
        assert release_of(one) == 2
        comes_back(one)
        for line in (two, one):
            line.stop()  # as an operator brings a new version, one machine after the other
            crowd.go_on(100)
            line.start()
            comes_back(line)
        crowd.stop()
        gives_clips(port, one.audio)
        assert (crowd.lost, crowd.refused, crowd.wrong) == (0, 0, []), crowd.statuses
        assert (crowd.unheard, crowd.read) == (0, 0)
        assert crowd.promises > 20
        assert broken_promises(crowd, store) == []


class _Breaks(BaseHTTPRequestHandler):
    """A machine that breaks one call's connection."""

    broken = False

    def do_GET(self) -> None:
        if self.path == "/voice" and not _Breaks.broken:
            _Breaks.broken = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.soak
def test_a_broken_connection_leaves_callers_the_only_machine_that_is_up(tmp_path: Path) -> None:
    machine = HTTPServer(("127.0.0.1", 0), _Breaks)
    serving = threading.Thread(target=machine.serve_forever, args=(0.01,))
    serving.start()
    with proxy(tmp_path, [free_port(), machine.server_port], tmp_path) as port:
        answers = [got(port, "/voice")[0] for _ in range(9)]
        machine.shutdown()
    serving.join()
    machine.server_close()
    assert answers == [502, *[200] * 8]


@pytest.mark.soak
def test_two_releases_published_at_once_are_two_and_all_serve_the_same(
    tmp_path: Path, postgresql: databases.Server
) -> None:
    postgresql.make("releases")
    address = postgresql.url("releases")
    prepared(address)
    with ExitStack() as stack:
        lines = stack.enter_context(two_machines(tmp_path, DATABASE_URL=address))
        store = stack.enter_context(closing(open_store(address)))
        files, numbers = load(TINY).files, []
        start = threading.Barrier(4)

        def one() -> None:
            start.wait()
            numbers.append(publish(store, files, "", datetime.now(UTC)))

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == [2, 3, 4, 5]
        live = live_number(store)
        for line in lines:
            wait_until(lambda line=line: release_of(line) == live, "another one", 7)


@pytest.mark.soak
def test_words_published_on_one_machine_are_played_by_the_other(
    tmp_path: Path, postgresql: databases.Server
) -> None:
    """By `voice publish`, with clips; nginx has none on its own disk, and asks the machines."""
    postgresql.make("published")
    scripts = tmp_path / "scripts"
    shutil.copytree(ROOT / "scripts", scripts)
    given = {"DATABASE_URL": postgresql.url("published"), "PUBLIC_URL": URL}
    with ExitStack() as stack:
        lines = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            made = laid_out(tmp_path / name, SCRIPTS=str(scripts), **given)
            shutil.copytree(ROOT / "audio", made.audio)  # what lacks, each makes as it starts
            lines.append(stack.enter_context(ended(made)))
            made.start()
        one, two = lines
        for line in lines:
            line.wait_until_made()
        (tmp_path / "front").mkdir()
        port = stack.enter_context(proxy(tmp_path / "front", [one.port, two.port], tmp_path))
        crowd = Callers(
            URL, [port], serves(one, scripts), sounds=digests(one.audio),
            keys=("1", "3", "", ""), connect=connection,
        )  # fmt: skip
        gives_clips(port, one.audio)
        crowd.start(3)
        crowd.go_on(60)
        new = retold(one, scripts, crowd)
        asked = [sys.executable, "-m", "voice", "publish"]
        subprocess.run(asked, env=one.environ, cwd=ROOT, check=True, capture_output=True)
        wait_until(lambda: release_of(two) == 2, "the release never went live", 5)
        wait_until(lambda: missing_in(two) == 0, "no clip came", 2 * (EVERY + WAIT_FOR_NEXT) + 2)
        gives_clips(port, one.audio)
        crowd.release, crowd.others = new, ()
        read = crowd.read
        crowd.go_on(60)
        crowd.stop()
        assert (crowd.lost, crowd.wrong) == (0, [])
        assert crowd.read - read <= 3  # those under way
        # What one machine lacks nginx asks of the other.
        assert crowd.unheard == 0


def retold(line: Machine, scripts: Path, crowd: Callers) -> Release:
    """Write other words and let one machine speak them; what is served when they are live.

    Until their clip is everywhere Twilio's voice reads them where it is not.
    """
    known = digests(line.audio)
    file = scripts / "topics" / "risks.toml"
    words = file.read_text("utf-8")
    assert words.count(TITLE) == 1
    file.write_text(words.replace(TITLE, "The risks of treatment"), "utf-8")
    asked = [sys.executable, "-m", "voice", "audio"]
    subprocess.run(asked, env=line.environ, cwd=ROOT, check=True, capture_output=True)
    crowd.sounds = digests(line.audio)
    fresh = [path.rpartition("/")[2] for path in crowd.sounds.keys() - known.keys()]
    new = serves(line, scripts)
    crowd.others = (new, serves(line, scripts, fresh))
    return new


def serves(line: Machine, scripts: Path, without: Collection[str] = ()) -> Release:
    """What a machine serves of these scripts with its clips, but for some."""
    return kept.served(load(scripts), 1, URL, addresses(line.audio, URL, without))


def missing_in(line: Machine) -> int:
    """How many of its words a machine has no clip for."""
    told: dict[str, Any] = line.get("/readyz")[1]
    missing: int = told["clips"]["missing"]
    return missing
