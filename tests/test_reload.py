"""Another version takes over while people call and write: they are answered, or nothing changes."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests import kept
from tests.conftest import ROOT
from tests.failure.clips import spoken
from tests.failure.crowd import Crowd
from tests.failure.machine import TINY, Machine, ended, laid_out, wait_until
from tests.failure.test_killed import crowd_at, prepared
from tests.test_server import local
from tests.test_systemd import WAITS, told_at
from tests.twilio_fake import ACCOUNT, Fake, fake_twilio
from voice.bench.place import free_port
from voice.bereft import lives
from voice.dialog import State
from voice.release import address
from voice.reload import NAME, Elders, Trial, before
from voice.script import load
from voice.server import front
from voice.settings import read

UNDER_WAY = 2
"""Callers whom an upgrade may cost: each of two workers that is told to end hangs up on whom it
took just then and has not heard yet. With up to eight people at the port itself it was 1 of 127,000
requests in 22 upgrades, and once, on a busy machine, 2 in one; with nginx before it none of 28,000
in ten."""
HUNDREDS = count(0, 500)
"""Where people begin to number themselves: nobody is two people, one of whom said stop."""
SLOW = """import os, time
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    time.sleep(2)
"""
"""Has each worker of a version begin to answer two seconds later, but not its trial."""
EARLY = """import os, runpy, signal, sys
from importlib.abc import MetaPathFinder

WHEN = sys.argv[1]

class Impatient(MetaPathFinder):
    def find_spec(self, name, *_):
        if name == WHEN and "TOLD" not in os.environ:
            os.environ["TOLD"] = "once"
            os.kill(os.getpid(), signal.SIGHUP)

sys.meta_path.insert(0, Impatient())
"""
"""Has a line be told to become what is on disk when it loads the first that is not Python's own."""
STARTS = {
    "click": "sys.argv = ['voice', 'serve']; runpy.run_module('voice', run_name='__main__')",
    "flask": "runpy.run_path('app.py', run_name='__main__')",
}
HEARS = """import os, runpy, signal, sys

WHEN = sys.argv[1]

class Looking:
    def find_spec(self, name, *_):
        if name == WHEN:
            print(signal.SIGHUP in signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Looking())
"""
"""Says whether an upgrade is kept waiting when the first is loaded that is not Python's own."""
ONCE = """import os
from voice.reload import NAME, become

print("begun")
if NAME not in os.environ:
    become((), lambda: True)
print("goes on")
"""
LEFT = """import os, socket, sys, time
from voice.bereft import bereft

port = int(sys.argv[1])
if "LEAVES" in os.environ:
    listens = socket.create_server(("127.0.0.1", port))
    worker = os.fork()
    if worker:
        print(worker)
    else:
        os.close(1)
        time.sleep(60)
else:
    print(*bereft(port))
"""
"""Leaves a worker that listens and prints its number; started again, prints whom it finds."""
REFUSED, TOOK_OVER, CAME = "nothing is upgraded", "took over from", "came after"


@dataclass
class Installed(Machine):
    """A line of two workers in a folder of its own, where its version changes."""

    @property
    def tree(self) -> Path:
        """Where its code lies."""
        return self.log.with_name("tree")

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started, from there."""
        return (str(self.tree / "line.py"),)

    def reload(self) -> None:
        """Have it become what is on disk."""
        os.kill(self.pid, signal.SIGHUP)

    def says(self, words: str) -> None:
        """Wait until its log has these words."""
        said = f"it never said {words}"
        wait_until(lambda: words in self.log.read_text(), said, 60)


@pytest.fixture(scope="module")
def fake() -> Iterator[Fake]:
    with fake_twilio() as made:
        yield made


@pytest.fixture(scope="module")
def line(fake: Fake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("line")
    account = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "s"}
    twilio = {"TWILIO_IS_AT": fake.url, "TWILIO_HAS": "60", **account}
    made = Installed(laid_out(folder, WORKERS="2", **twilio).given, folder / "log")
    shutil.copytree(ROOT / "voice", made.tree / "voice")
    shutil.copy(ROOT / "app.py", made.tree)
    shutil.copy(ROOT / "tests" / "failure" / "elsewhere.py", made.tree / "line.py")
    prepared(f"sqlite:///{folder}/instance/line.db")
    spoken(made.audio)
    kept.lend(folder / "instance", load(TINY))
    with ended(made):
        made.start()
        yield made


@pytest.fixture
def crowd(line: Installed) -> Iterator[Crowd]:
    """People who call and write, and what they were told is right."""
    made = replace(crowd_at(line, thinks=0.02), _numbers=count(next(HUNDREDS)))
    made.start(2)
    made.go_on(20)
    yield made
    made.go_on(20)
    made.stop()
    assert (made.wrong, made.unheard, made.read, made.refused) == ([], 0, 0, 0)


def change(file: Path, how: Callable[[str], str]) -> str:
    """Change what a file says; returns what it said before."""
    text = file.read_text("utf-8")
    file.write_text(how(text), "utf-8")
    return text


def test_a_version_that_can_not_start_changes_nothing_and_says_why(
    line: Installed, crowd: Crowd
) -> None:
    workers, code = line.workers(), line.tree / "voice" / "assembly.py"
    whole = change(code, lambda text: f"import what_nobody_has\n{text}")
    line.reload()
    line.says(REFUSED)
    assert "No module named 'what_nobody_has'" in line.log.read_text()
    change(code, lambda _: whole)
    assert line.workers() == workers
    assert crowd.lost == 0


def test_a_new_version_takes_over_and_whom_the_old_one_was_answering_gets_the_answer(
    line: Installed, crowd: Crowd, fake: Fake
) -> None:
    """Somebody waits for a text that Twilio is slow to take; the new version is slow to start."""
    go, workers, code = threading.Event(), line.workers(), line.tree / "voice"
    fake.answer = lambda seen: go.wait(60) and fake._natural(seen)  # type: ignore[method-assign]
    change(code / "server.py", lambda text: text.replace(TOOK_OVER, CAME))
    change(code / "assembly.py", lambda text: SLOW + text)
    asked = {"CallSid": "CA1", "From": "+12125550101", "Digits": "1"}
    with ThreadPoolExecutor(1) as telephone:
        place = address(1, State("text.lavage", "fr-FR", "normal"))
        waiting = telephone.submit(crowd.ask, place, asked)
        wait_until(lambda: fake.seen, "nothing was asked of Twilio")
        line.reload()
        old = set(workers)
        wait_until(lambda: len(old & set(line.workers())) == 1, "none of the old ones ended", 60)
        assert not waiting.done()
        go.set()
        sent = crowd.release.answer(State("after.lavage", "fr-FR", "normal", notice="sent"))
        assert waiting.result() == sent
    line.says(CAME)
    assert len(line.workers()) == 2
    assert not old & set(line.workers())
    assert line.process is not None
    assert line.process.poll() is None
    assert crowd.lost <= UNDER_WAY


def refused(line: Installed, **given: str) -> bool:
    """Whether somebody who starts the line is told that its port is taken."""
    asked = [sys.executable, *line.command]
    tried = subprocess.run(
        asked, env={**line.environ, **given}, cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    return tried.returncode != 0 and f"port {line.port} is taken" in tried.stderr


def test_who_starts_a_line_again_whose_front_was_killed_takes_over_from_its_workers(
    line: Installed, crowd: Crowd, tmp_path: Path
) -> None:
    """They go on meanwhile. Nobody takes over where a front lives, or from another instance."""
    old = line.workers()
    assert refused(line)
    assert line.process is not None
    line.process.kill()
    line.process.wait()
    line.says(f"the process in front, {line.pid}, is gone")
    crowd.go_on(20)
    assert refused(line, INSTANCE=f"{tmp_path}/another")
    assert all(map(lives, old))
    line.begin()
    taken = Path(line.given["INSTANCE"]) / "taken-over"
    wait_until(taken.exists, "nobody takes over")
    assert refused(line)  # its own workers do not listen yet
    wait_until(lambda: not any(map(lives, old)), "the workers of before did not end", 60)
    assert len(line.workers()) == 2
    assert crowd.lost <= UNDER_WAY


@pytest.mark.parametrize(
    ("folder", "instance", "found"),
    [("here", "", True), ("elsewhere", "", False), ("elsewhere", "/its/own", True)],
)
def test_in_another_folder_it_is_another_line_unless_its_instance_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, instance: str, found: bool
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("INSTANCE", raising=False)
    if instance:
        monkeypatch.setenv("INSTANCE", instance)
    command = [sys.executable, "-c", LEFT, str(free_port())]

    def begun(name: str) -> str:
        (tmp_path / name).mkdir(exist_ok=True)
        return subprocess.check_output(command, cwd=tmp_path / name, text=True, timeout=30).strip()

    with monkeypatch.context() as leaves:
        leaves.setenv("LEAVES", "1")
        worker = begun("here")
    try:
        assert begun(folder) == (worker if found else "")
    finally:
        os.kill(int(worker), signal.SIGKILL)


@dataclass
class Early(Machine):
    """A line that is told to become what is on disk before it can hear it."""

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started, and what it loads first."""
        return ("-c", f"{EARLY}\n{STARTS['click']}", "click")


@pytest.mark.parametrize("loads", [*STARTS])
def test_however_a_line_is_started_it_is_told_nothing_before_it_can_hear(loads: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", f"{HEARS}\n{STARTS[loads]}", loads],
        capture_output=True, text=True, cwd=ROOT, timeout=30,
    )  # fmt: skip
    assert said.stdout == "True\n"


def test_what_a_line_is_told_before_it_can_hear_is_kept_and_ends_nothing(tmp_path: Path) -> None:
    """And what it then becomes tells systemd so, and goes on with its signs of life."""
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    told, watched = told_at(f"{tmp_path}/notify"), {"NOTIFY_SOCKET": f"{tmp_path}/notify", **WAITS}
    line = Early(laid_out(tmp_path, **watched).given, tmp_path / "log")
    spoken(line.audio)
    kept.lend(tmp_path / "instance", load(TINY))
    with ended(line), closing(told.hears):
        line.begin()
        heard = list[bytes]()
        while heard.count(b"READY=1") < 2 or heard[-1] != b"WATCHDOG=1":
            heard.append(told.next(60)[0])
        wait_until(lambda: TOOK_OVER in line.log.read_text(), "it was forgotten", 60)
        assert line.get("/readyz")[0] == 200
        assert line.process is not None
        assert line.process.poll() is None


@pytest.mark.parametrize("passed", [False, True])
def test_where_no_python_can_be_run_nothing_is_upgraded_and_nothing_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, passed: bool
) -> None:
    """Somebody is just making .venv anew: a trial can not begin, nor what passed one be run."""
    line = front(read(local(tmp_path)), "127.0.0.1")
    line._trial.passed = passed
    monkeypatch.setattr(sys, "executable", f"{tmp_path}/python")
    line._reload()
    assert REFUSED in caplog.text
    assert not line._trial.passed


@pytest.mark.parametrize(
    ("does", "within", "told"),
    [
        ("exit 1", 30, "what is on disk would not answer, as it said itself"),
        ("kill -9 $$", 30, "what is on disk died before it could say anything, SIGKILL"),
        ("exec sleep 60", 0.5, "what is on disk was not ready within 0.5 seconds"),
    ],
)
def test_of_a_trial_that_failed_is_said_how(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    does: str,
    within: float,
    told: str,
) -> None:
    tries = tmp_path / "tries"
    tries.write_text(f"#!/bin/sh\n{does}\n")
    tries.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(tries))
    monkeypatch.setattr("voice.reload.WITHIN", within)
    trial = Trial()
    trial.begin(lambda: None)
    wait_until(lambda: f"{told}: nothing is upgraded" in caplog.text, caplog.text)
    assert not trial.passed


def test_who_is_told_to_stop_at_the_last_moment_becomes_nothing_else() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ONCE], capture_output=True, text=True, cwd=ROOT, timeout=30
    )
    assert said.stdout.splitlines() == ["begun", "goes on"]


def test_what_a_version_left_is_told_the_next_one_alone() -> None:
    environ = {NAME: "12 345", "PORT": "8000"}
    assert before(environ) == (12, 345)
    assert environ == {"PORT": "8000"}
    assert before(environ) == ()


def deaf(listening: Connection) -> None:
    """A worker that never ends by itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listening.send("now")
    while True:
        signal.pause()


def test_a_worker_of_before_that_does_not_end_is_killed() -> None:
    here, there = Pipe()
    one = get_context("fork").Process(target=deaf, args=(there,))
    one.start()
    assert here.recv() == "now"
    elders = Elders([one.pid or 0])
    assert elders.left() == (one.pid,)
    elders.end((0.05,), 0.2).join(10)
    assert elders.left() == ()
    with pytest.raises(ProcessLookupError):
        os.kill(one.pid or 0, 0)
