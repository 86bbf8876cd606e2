"""A database that stops, hangs, is locked or full while people call and write.

Calls and topic texts are answered all the time; what can not be kept is not acknowledged; when it
is back all goes on by itself; /readyz tells the truth meanwhile.
"""

import errno
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests import databases
from tests.failure.clips import spoken
from tests.failure.crowd import PATIENCE, Callers, Crowd, broken_promises
from tests.failure.machine import Machine, ended, laid_out, machine, wait_until
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


def serve_through(line: Machine, trouble: Callable[[], object]) -> Crowd:
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
    assert (crowd.lost, crowd.wrong, crowd.unheard) == (0, [], 0)
    return crowd


def keeps_its_promises(crowd: Crowd, address: str) -> None:
    """Everything that was acknowledged is in the store."""
    with closing(open_store(address)) as store:
        assert broken_promises(crowd, store) == []


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
        crowd = serve_through(line, troubles[what])
        line.stop()
    keeps_its_promises(crowd, address)
    assert crowd.slowest < 12


@pytest.mark.soak
def test_a_database_that_answers_late_keeps_what_it_promised_and_no_caller_waits(
    tmp_path: Path, own_server: databases.Server
) -> None:
    """Late is 0.3 to 0.8 seconds for each of the answers that a text takes, up to ten seconds."""
    own_server.make("late")
    prepared(own_server.url("late"))
    with (
        slow_way(Path(own_server.handle.pgdata)) as way,
        machine(tmp_path, DATABASE_URL=way.url("late")) as line,
    ):
        line.wait_until_made()
        callers, crowd = crowd_at(line, Callers), crowd_at(line)
        callers.start(2)
        crowd.start(2 * THREADS)
        crowd.go_on(60)
        way.slow.set()
        callers.go_on(40)  # nobody knows yet, so all threads may wait once
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
    keeps_its_promises(crowd, own_server.url("late"))


SMALL_DISK = (
    "unshare", "--map-root-user", "--mount", "sh", "-c",
    'mount -t tmpfs -o size=12m none "$INSTANCE" && cp -a "$0/." "$INSTANCE" && exec "$@"',
)  # fmt: skip
"""Before a command: what is in a folder is put on a disk of 12 MB of its own, and ends with it."""


@contextmanager
def on_small_disk(folder: Path, **given: str) -> Iterator[tuple[Machine, Path]]:
    """A machine whose instance is on such a disk; where this process sees it."""
    disk, kept = folder / "disk", folder / "instance"
    prepared(f"sqlite:///{kept}/line.db")
    disk.mkdir(mode=0o700)
    line = laid_out(folder, INSTANCE=str(disk), **given)
    line.before = (*SMALL_DISK, str(kept))
    spoken(line.audio)
    with ended(line):
        line.start()
        line.wait_until_made()
        yield line, Path(f"/proc/{line.pid}/root{disk}")


SELDOM_ASKED = ("/listen", "/nowhere", "/audio/none", "/console", "/console/sign-in")


def filled(disk: Path) -> bool:
    """Write until nothing goes in; whether so it is for a new file, too: ENOSPC."""
    with suppress(OSError), (disk / "stuffing").open("ab", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    try:
        (disk / "more").write_bytes(b"x")
    except OSError as problem:
        return problem.errno == errno.ENOSPC
    return False


@contextmanager
def full(disk: Path, line: Machine) -> Iterator[None]:
    """Not a byte more can be written; what nobody asked for before is asked for now."""
    wait_until(lambda: filled(disk), "there is room again and again")
    for _ in range(20):
        assert [line.get(path)[0] for path in SELDOM_ASKED] == [200, 404, 404, 303, 200]
    yield
    (disk / "stuffing").unlink()
    (disk / "more").unlink()


@pytest.mark.soak
@pytest.mark.parametrize("workers", ["1", "2"])
def test_calls_and_topics_go_on_with_a_full_disk(tmp_path: Path, workers: str) -> None:
    """A real one, in a user namespace: where those are forbidden, this fails and says so."""
    with on_small_disk(tmp_path, WORKERS=workers) as (line, disk):
        crowd = serve_through(line, lambda: full(disk, line))
        for file in disk.glob("line.db*"):
            shutil.copy(file, tmp_path)
        line.stop()
    keeps_its_promises(crowd, f"sqlite:///{tmp_path}/line.db")


@contextmanager
def unwritable(line: Machine) -> Iterator[None]:
    """No process that answers can write to any file any more, its log neither: EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for pid in line.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    for pid in line.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.soak
def test_calls_and_topics_go_on_where_nothing_can_be_written_not_even_the_log(
    tmp_path: Path,
) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path) as line:
        line.wait_until_made()
        crowd = serve_through(line, lambda: unwritable(line))
        line.stop()
    keeps_its_promises(crowd, address)
