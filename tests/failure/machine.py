"""One machine of the line as real processes: started, watched, killed with -9, started again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from select import select
from typing import Any

from tests.conftest import ROOT
from voice.bench.place import free_port

TOKEN = "the-token-of-the-failure-tests"
TINY = ROOT / "tests" / "data" / "tiny-scripts"
SERVE = """
import os
from voice.server import front
from voice.settings import read
server = front(read(os.environ), "127.0.0.1")
server.target = os.environ.get("LINE_APP", server.target)
server.serve()
"""


@dataclass
class Machine:
    """A line that listens on a port of its own."""

    given: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environ = {"PUBLIC_URL": f"http://127.0.0.1:{self.port}", **self.given}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE],
                env={**os.environ, **environ, "PORT": str(self.port), "PYTHONPATH": str(ROOT)},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: self.get("/readyz")[0] == 200, "it never was ready")
        except AssertionError:
            raise AssertionError(self.log.read_text()[-2000:]) from None

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """The processes that answer."""
        return sorted(pid for pid in members(self.pid) if cmdline(pid) and pid != self.pid)

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
    """A running machine on the small scripts, ended with the block."""
    environ = {
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
    made = Machine(environ, folder / "log")
    try:
        made.start()
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.kill()


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
