"""A database that stops, hangs, is locked or full while people call and write.

Calls and topic texts are answered all the time; what can not be kept is not acknowledged; when it
is back all goes on by itself; /readyz tells the truth meanwhile.
"""

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import databases
from tests.failure.crowd import PATIENCE, Callers, Crowd, broken_promises
from tests.failure.machine import Machine, machine, wait_until
from tests.failure.slow_way import slow_way
from tests.failure.test_killed import crowd_at, prepared
from voice.server import THREADS
from voice.store import open_store

Trouble = Callable[[str, Machine], "Iterator[None]"]


@pytest.fixture(scope="module")
def own_server() -> Iterator[databases.Server]:
    """A PostgreSQL that nobody else needs, and that keeps what it said it kept."""
    with databases.server(databases.own_folder()) as server:
        server.run(
            "postgres", "ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()"
        )
        yield server


def serve_through(address: str, line: Machine, trouble: Callable[[], object]) -> Crowd:
    """Let people call and write before, during and after; the line is never restarted."""
    crowd = crowd_at(line)
    before = line.workers()
    crowd.start()
    crowd.go_on(40)
    assert line.get("/readyz")[1]["store"] == "reachable"
    with trouble():  # type: ignore[attr-defined]
        wait_until(lambda: crowd.refused > 0, "nothing was refused")
        wait_until(lambda: "degraded" in line.get("/readyz")[1]["store"], "it seems to be there")
        answered, refused = crowd.answered, crowd.refused
        promised = crowd.promises
        crowd.go_on(40)
        wait_until(lambda: crowd.refused > refused + 4, "nothing is refused any more")
        assert crowd.promises <= promised + 4  # those under way when it began
        assert line.get("/readyz")[0] == 200
        assert crowd.answered >= answered + 40
    wait_until(lambda: line.get("/readyz")[1]["store"] == "reachable", "it did not come back")
    promised = crowd.promises
    wait_until(lambda: crowd.promises > promised + 4, "nothing is granted any more")
    crowd.stop()
    assert line.workers() == before
    assert (crowd.lost, crowd.wrong) == (0, [])
    with closing(open_store(address)) as store:
        assert broken_promises(crowd, store) == []
    return crowd


@contextmanager
def stopped(server: databases.Server) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def hanging(server: databases.Server) -> Iterator[None]:
    """Every process of it stands still: it takes connections, and says nothing."""
    first = int((Path(server.handle.pgdata) / "postmaster.pid").read_text().split()[0])
    found = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True)
    everyone = [first, *map(int, found.stdout.split())]
    for pid in everyone:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in everyone:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def locked(address: str) -> Iterator[None]:
    with psycopg.connect(address) as connection:
        wait_until(lambda: has_locked(connection), "it can not be locked")
        yield


def has_locked(connection: psycopg.Connection) -> bool:
    """Whether nobody else was in the middle of something."""
    tables = ("contact", "turn", "call_back", "live")
    try:
        for table in tables:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    except psycopg.errors.DeadlockDetected:
        connection.rollback()
        return False
    return True


@pytest.mark.parametrize(
    "what",
    [
        "stopped",
        pytest.param("hanging", marks=pytest.mark.soak),
        pytest.param("locked", marks=pytest.mark.soak),
    ],
)
def test_calls_and_topics_go_on_without_postgresql(
    tmp_path: Path, own_server: databases.Server, what: str
) -> None:
    own_server.make(what)
    address = own_server.url(what)
    prepared(address)
    troubles = {
        "stopped": lambda: stopped(own_server),
        "hanging": lambda: hanging(own_server),
        "locked": lambda: locked(address),
    }
    with machine(tmp_path, DATABASE_URL=address) as line:
        crowd = serve_through(address, line, troubles[what])
        line.stop()
    assert crowd.slowest < 12


@pytest.mark.soak
def test_a_database_that_answers_late_keeps_what_it_promised_and_no_caller_waits(
    tmp_path: Path, own_server: databases.Server
) -> None:
    """Late is 0.3 to 0.8 seconds for each of the answers that a text takes, up to ten seconds.

    So many write at once that one thread is left: more of them would keep callers waiting.
    """
    own_server.make("late")
    prepared(own_server.url("late"))
    with (
        slow_way(Path(own_server.handle.pgdata)) as way,
        machine(tmp_path, DATABASE_URL=way.url("late")) as line,
    ):
        line.wait_until_made()
        callers, crowd = crowd_at(line, Callers), crowd_at(line)
        callers.start(2)
        crowd.start(THREADS - 1)
        crowd.go_on(60)
        way.slow.set()
        promised, texts, callers.slowest = crowd.promises, len(crowd.texts), 0.0
        callers.go_on(200)
        wait_until(lambda: crowd.promises > promised + 2, "nothing is granted", 120)
        wait_until(lambda: len(crowd.texts) > texts + 2, "no text is answered", 120)
        assert way.late > 50
        assert callers.slowest < 1
        way.slow.clear()
        for one in (callers, crowd):
            one.go_on(40)
            one.stop()
        line.stop()
    assert (crowd.lost, crowd.wrong, callers.lost, callers.wrong) == (0, [], 0, [])
    assert crowd.slowest < PATIENCE
    with closing(open_store(own_server.url("late"))) as store:
        assert broken_promises(crowd, store) == []


@contextmanager
def full(line: Machine) -> Iterator[None]:
    """Nothing can be written any more, the log neither, as when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for pid in line.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    for pid in line.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.soak
def test_calls_and_topics_go_on_with_a_full_disk(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path) as line:
        serve_through(address, line, lambda: full(line))
        line.stop()
