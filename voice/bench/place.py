"""The servers of a run: started on free ports, waited for, their CPU and memory read, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

TICK: Final = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN: Final = 300
"""Seconds; the line may have to make its clips first."""
STOPS_WITHIN: Final = 20


class PlaceError(Exception):
    """A server of a run did not start."""


@dataclass(frozen=True)
class Server:
    """A server that runs: its first process, its port, and how long it took to answer."""

    process: "subprocess.Popen[bytes]"
    port: int
    started_in: float

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def processors() -> tuple[int | None, int | None]:
    """Return one for the server and one for the client; None for each where there is only one."""
    known = sorted(os.sched_getaffinity(0))
    return (known[0], known[1]) if len(known) > 1 else (None, None)


def pin(processor: int | None) -> None:
    """Keep this process on one processor."""
    if processor is not None:
        os.sched_setaffinity(0, {processor})


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(
    command: Callable[[int], list[str]],
    environ: Callable[[int], Mapping[str, str]],
    ready: str,
    processor: int | None,
) -> Iterator[Server]:
    """Run a Python module's server until `ready` answers 200 or 404, and stop it afterwards."""
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", *command(port)],
        env={**os.environ, **environ(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.sched_setaffinity(process.pid, {processor} if processor is not None else range(1024))
    try:
        _wait(process, port, ready)
        yield Server(process, port, time.perf_counter() - begun)
    finally:
        _stop(process)


def _wait(process: "subprocess.Popen[bytes]", port: int, ready: str) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        if process.poll() is not None:
            raise PlaceError("a server ended before it was ready; run `python -m voice doctor`")
        if _status(port, ready) in (200, 404):
            return
        time.sleep(0.01)
    raise PlaceError(f"a server was not ready within {STARTS_WITHIN} seconds")


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to stop; what of its own session is left after a while is ended."""
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def cpu(server: Server) -> float:
    """The seconds of processor time its processes have used so far."""
    ticks = [_stat(one) for one in _members(server.process.pid)]
    return sum(int(fields[11]) + int(fields[12]) for fields in ticks if fields) / TICK


def memory(server: Server) -> float:
    """The resident memory of its largest process, a worker, in MB."""
    pages = [int(fields[21]) for one in _members(server.process.pid) if (fields := _stat(one))]
    return max(pages, default=0) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _members(session: int) -> list[int]:
    """The processes of a session."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [one for one in numbers if (fields := _stat(one)) and fields[3] == str(session)]


def _stat(process: int) -> list[str]:
    """The fields of /proc/N/stat after its name; none where it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
