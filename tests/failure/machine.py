"""One machine of the line as real processes: started, watched, killed with -9, started again.

It is started as an operator starts it, by `python -m voice serve`, clips and all; elsewhere.py is
the same with Twilio's REST side here, adjusted.py with a clock that a test sets, impatient.py with
workers that a test makes hang, buggy.py with a bug that everybody meets.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from select import select
from typing import Any

from tests import kept
from tests.conftest import ROOT
from tests.failure.clips import spoken
from tests.publisher import TINY
from voice.bench.place import free_port
from voice.script import load
from voice.server import LAST

TOKEN = "the-token-of-the-failure-tests"
SHIPPED = ("-m", "voice", "serve")
ELSEWHERE = ("-m", "tests.failure.elsewhere")
ADJUSTED = ("-m", "tests.failure.adjusted")
IMPATIENT = ("-m", "tests.failure.impatient")
BUGGY = ("-m", "tests.failure.buggy")
MADE = "The line is ready."
"""What the process beside says last."""


@dataclass
class Machine:
    """A line that listens on a port of its own."""

    given: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    before: tuple[str, ...] = ()
    """What is put before the command that starts it."""

    @property
    def environ(self) -> Mapping[str, str]:
        """What it is told from outside."""
        own = {"PUBLIC_URL": f"http://127.0.0.1:{self.port}", **self.given}
        return {**os.environ, **own, "PORT": str(self.port), "PYTHONPATH": str(ROOT)}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.begin()
        try:
            wait_until(lambda: self.get("/readyz")[0] == 200, "it never was ready")
        except AssertionError:
            raise AssertionError(self.log.read_text()[-2000:]) from None

    def begin(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.before, sys.executable, *self.command],
                env=self.environ,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started."""
        if "CLOCK" in self.given:
            return ADJUSTED
        if "LOOKS" in self.given:
            return IMPATIENT
        if "BUG" in self.given:
            return BUGGY
        return ELSEWHERE if "TWILIO_IS_AT" in self.given else SHIPPED

    def wait_until_made(self) -> None:
        """Wait until the process beside it has nothing left to do."""
        wait_until(lambda: MADE in self.log.read_text(), "it never said that it is ready", 60)

    @property
    def audio(self) -> Path:
        """Its folder of clips."""
        return Path(self.given["AUDIO"])

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """The processes that answer, and not the one beside them."""
        here = [pid for pid in members(self.pid) if niceness(pid) < LAST]
        own = cmdline(self.pid)
        return sorted(pid for pid in here if pid != self.pid and cmdline(pid) == own)

    def kill_a_worker(self) -> None:
        """End one of the processes that answer, without a word."""
        os.kill(self.workers()[0], signal.SIGKILL)

    def kill(self) -> None:
        """End every process of it, without a word."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> None:
        """Tell it to stop."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(30)

    def get(self, path: str) -> tuple[int, Any]:
        """What it answers: a status and what its JSON says; 0 where it does not."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return answer.status, json.loads(body) if body[:1] == b"{" else body
        except (OSError, HTTPException):
            return 0, None
        finally:
            connection.close()


@contextmanager
def machine(folder: Path, **given: str) -> Iterator[Machine]:
    """A running machine on the small scripts with every clip, ended with the block."""
    made = laid_out(folder, **given)
    if not made.audio.exists():
        spoken(made.audio)
    kept.lend(Path(made.given["INSTANCE"]), load(TINY))
    with ended(made):
        made.start()
        yield made


@contextmanager
def two_machines(folder: Path, **given: str) -> Iterator[tuple[Machine, Machine]]:
    """Two such machines, each in a folder of its own: `one` and `two`."""
    with ExitStack() as stack:
        made = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            made.append(stack.enter_context(machine(folder / name, **given)))
        yield made[0], made[1]


@contextmanager
def ended(line: Machine) -> Iterator[Machine]:
    """See to it that nothing of a machine outlives the block."""
    try:
        yield line
    finally:
        if line.process is not None and line.process.poll() is None:
            line.kill()


def laid_out(folder: Path, **given: str) -> Machine:
    """A machine on the small scripts that nobody started yet, without clips."""
    environ = {
        "BIND": "127.0.0.1",
        "INSTANCE": str(folder / "instance"),
        "AUDIO": str(folder / "audio"),
        "SCRIPTS": str(TINY),
        "TWILIO_AUTH_TOKEN": TOKEN,
        "CARRIER_KEYWORDS": "line",
        "LOG_FORMAT": "json",
        "SECRET_KEY": "s" * 32,
        "CONTACT_KEY": "c" * 32,
        **given,
    }
    return Machine(environ, folder / "log")


def members(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if fields[3] == str(session) and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def niceness(pid: int) -> int:
    """How willingly a process lets others go first; entirely, where it has ended."""
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except ProcessLookupError:
        return LAST


def cmdline(pid: int) -> bytes:
    """How a process was started; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until(holds: Any, otherwise: str, seconds: float = 30) -> None:
    """Wait until something holds; that it never does is a failure."""
    for _ in range(int(seconds * 20)):
        if holds():
            return
        select([], [], [], 0.05)
    raise AssertionError(otherwise)
