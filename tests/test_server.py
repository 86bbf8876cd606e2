"""The server as an operator starts it: real processes on this machine's own address."""

import errno
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from select import select

import pytest
from granian.server.mp import WorkerProcess

from tests import kept
from tests.conftest import ROOT
from tests.failure.machine import ended, laid_out, members, wait_until
from tests.publisher import TINY
from tests.test_door_raw import answers, environment, free_port, wait_for
from voice.assembly import now
from voice.maker import first_page
from voice.script import read_files
from voice.server import CannotListen, bound_to, front
from voice.settings import read
from voice.store import open_store, publish
from voice.store.migrating import migrate


def start(given: dict[str, str], *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *(command or ["app.py"])],
        env=given,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def left_running(session: int) -> list[int]:
    """What still runs 5 seconds after the end; multiprocessing's own helper ends a bit later."""
    for _ in range(50):
        if not members(session):
            break
        select([], [], [], 0.1)
    return members(session)


def local(folder: Path) -> dict[str, str]:
    port = free_port()
    return environment(folder, port) | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}


def published(given: dict[str, str]) -> None:
    settings = read(given)
    store = open_store(settings.database_url)
    migrate(store)
    publish(store, read_files(settings.scripts), "", now())
    store.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_empty_instance_is_alive_at_once_and_stops_when_told_to(tmp_path, stop):
    given = local(tmp_path)
    port = int(given["PORT"])
    process = start(given)
    try:
        wait_for(process, port, "/healthz", 200)
        assert answers(port, "/readyz") == 503
        process.send_signal(stop)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in said
    assert left_running(process.pid) == []


def test_an_empty_instance_makes_what_it_needs_and_says_where_to_look(tmp_path, script):
    given = local(tmp_path) | {"AUDIO": str(ROOT / "audio")}
    port = int(given["PORT"])
    kept.lend(tmp_path / "instance", script)
    process = start(given)
    try:
        said = ""
        while "Point your browser" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        assert f"http://127.0.0.1:{port}/try\n" in said
        assert "WARNING" not in said
        assert answers(port, "/readyz") == 200
        assert answers(port, "/listen") == 200
        process.terminate()
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert left_running(process.pid) == []


def measured(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_several_workers_add_up_their_measures(tmp_path):
    given = local(tmp_path) | {"WORKERS": "2", "SCRIPTS": str(TINY)}
    port = int(given["PORT"])
    published(given)
    process = start(given)
    try:
        wait_for(process, port, "/readyz", 200)
        for _ in range(20):
            assert answers(port, "/listen") == 200
        counted = re.search(
            r'requests_total\{endpoint="listen.index",status="200"\} (\d+)', measured(port)
        )
        served = re.compile(r"^kypholine_release 1\.0$", re.MULTILINE)
        wait_until(lambda: served.search(measured(port)), "a worker has no release")
        process.terminate()
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert int(counted[1]) == 20


QUIET = """
import signal, sys
from types import SimpleNamespace
def interrupted(_):
    signal.raise_signal(signal.SIGINT)
sys.modules["voice.maker"] = SimpleNamespace(make_ready=interrupted)
from voice import server
server.heed = lambda: None
server._make(None)
"""


def test_ctrl_c_ends_the_process_beside_without_a_word_from_its_first_moment():
    done = subprocess.run([sys.executable, "-c", QUIET], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path):
    given = local(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(given["PORT"])))
        taken.listen()
        said, _ = start(given).communicate(timeout=30)
    assert said == (
        f"port {given['PORT']} is taken: stop what listens there, or set PORT to another\n"
    )


def said_without_rights(given: dict[str, str]) -> str:
    """What the line says to a user who may do nothing that is root's alone."""
    dropped = ["setpriv", "--bounding-set", "-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*dropped, sys.executable, "app.py"],
        env=given, cwd=ROOT, text=True, capture_output=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stdout + done.stderr


PUBLIC_LINE = {"PUBLIC_URL": "https://line.example.org"}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        pytest.param(
            {"BIND": "203.0.113.9", **PUBLIC_LINE},
            "203.0.113.9 is no address of this machine: set BIND to one that is\n",
            id="an address of another machine",
        ),
        pytest.param(
            {"BIND": "fe80::1", "PORT": "8123", **PUBLIC_LINE},
            "it cannot listen at fe80::1, port 8123 (Invalid argument): set BIND or PORT to "
            "another\n",
            id="an address of no network in particular",
        ),
    ],
)
def test_where_the_line_may_not_listen_it_says_why_and_what_to_set(tmp_path, where, said):
    assert said_without_rights(local(tmp_path) | where) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (
            errno.EACCES,
            "this user may not listen at port 80: set PORT to one above 1023, such as 8000, and "
            "have nginx or Caddy listen at 80 and pass requests on to it",
        ),
        (
            errno.EAFNOSUPPORT,
            "this machine has no IPv6, and ::1 is of that kind: set BIND to another, such as "
            "127.0.0.1",
        ),
        (
            errno.ENETDOWN,
            "it cannot listen at ::1, port 80 (Network is down): set BIND or PORT to another",
        ),
    ],
)
def test_what_the_system_may_say_when_it_refuses_a_port_is_told_in_words(number, said):
    """As some machines let everybody listen anywhere, and others have no IPv6."""
    assert str(CannotListen(OSError(number, os.strerror(number)), "::1", 80)) == said


def test_settings_that_can_not_be_used_stop_the_start_and_are_all_named(tmp_path):
    given = local(tmp_path) | {"PORT": "x", "CARRIER_KEYWORDS": "y", "PUBLIC_URL": "http://h"}
    process = start(given)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert [name for name in ("PORT", "CARRIER_KEYWORDS", "PUBLIC_URL") if name not in said] == []
    assert "Traceback" not in said


def test_the_entry_point_builds_its_app_only_when_asked(tmp_path):
    given = local(tmp_path)
    look = (
        "import app, os; print(os.listdir(os.environ['INSTANCE'][:-9])); print(app.app is app.app)"
    )
    said, _ = start(given, "-c", look).communicate(timeout=30)
    assert said.splitlines()[0] == "[]"
    assert "True" in said.splitlines()


@pytest.mark.parametrize(
    ("url", "address", "page"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", "/try"),
        ("http://localhost:8000", "127.0.0.1", "/try"),
        ("http://127.0.0.2:8000", "127.0.0.2", "/try"),
        ("http://[::1]:8000", "::1", "/try"),
        ("https://line.example.org", "0.0.0.0", "/listen"),  # noqa: S104
    ],
)
def test_only_a_public_line_is_reached_from_outside(tmp_path, url, address, page):
    (tmp_path / "scripts").mkdir()
    settings = replace(read(os.environ | {"PUBLIC_URL": url}, tmp_path))
    assert bound_to(settings) == address
    assert first_page(settings) == url + page


def deaf_at_first(listening: Connection) -> None:
    """A worker that misses the first signal, as one does that starts a thread just then."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    listening.send("now")
    while len(told) < 2:
        signal.pause()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # on its way out it hears nothing more


def test_a_worker_that_missed_it_is_told_to_stop_once_more(tmp_path, monkeypatch):
    monkeypatch.setattr(
        multiprocessing, "get_start_method", lambda: "spawn"
    )  # threads may run here
    line = front(read(local(tmp_path)), "127.0.0.1")
    here, there = Pipe()
    worker = WorkerProcess(line, 0, deaf_at_first, (there,))
    worker.start()
    assert here.recv() == "now"
    line.wrks = [worker]
    line._stop_workers()
    assert worker.inner.exitcode == 0, "it was killed"


def was_read(sender: socket.socket) -> bool:
    """Whether the other end, on this machine, has accepted and read all that was sent."""
    here, there = (f":{end[1]:04X}" for end in (sender.getsockname(), sender.getpeername()))
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        row[1].endswith(there) and row[2].endswith(here)
        and row[4].endswith(":00000000") and row[9] != "0"
        for row in rows
    )  # fmt: skip


def test_who_is_still_sending_is_answered_by_a_worker_that_is_told_to_stop_many_times(tmp_path):
    line = laid_out(tmp_path)
    with ended(line):
        line.begin()
        wait_until(lambda: line.get("/healthz")[0] == 200, "it is not alive")
        with socket.create_connection(("127.0.0.1", line.port), timeout=20) as sender:
            sender.sendall(b"POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n")
            wait_until(lambda: was_read(sender), "nobody reads")
            (worker,) = line.workers()
            for letter in b"Body=STOP&From=1212A":
                os.kill(worker, signal.SIGTERM)
                select([], [], [], 0.02)
                sender.sendall(bytes([letter]))
            assert sender.recv(12) == b"HTTP/1.1 405"
