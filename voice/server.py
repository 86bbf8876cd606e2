"""Serves the line: granian in front, and beside it a process that makes what is missing.

On an empty instance that process makes the store, the clips and release 1 while /healthz answers
already; /readyz turns 200 when it is done. Nothing here loads the app: its workers do.
"""

import ctypes
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from voice.completing import whole
from voice.instance import first_release, make_audio, opened_store
from voice.progress import progress_bar
from voice.script import ScriptError, load, read_files
from voice.settings import Settings
from voice.speech.engine import SpeechError
from voice.store import StoreError, live_release, publish

THREADS: Final = 4
"""Requests a worker answers at once; more slow all of them down, one lets two stall everybody."""
STOP_SECONDS: Final = 5
"""How long a worker may finish what it began; one that was still starting never listens."""
READY_SECONDS: Final = 120
"""How long the workers may take to load what was made."""

_ROOT = Path(__file__).resolve().parent.parent
Say = Callable[[str], None]


class PortTaken(OSError):
    """Another program listens where the line should."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken: stop what listens there, or set PORT to another")
        self.port = port


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; what was asked before is answered first."""
    address = bound_to(settings)
    _free(address, settings.port)
    if str(_ROOT) not in sys.path:
        sys.path.insert(0, str(_ROOT))  # where app.py is
    if settings.workers > 1:
        _share_measures(settings.instance / "metrics")
    _give_back()
    maker = get_context("spawn").Process(target=make_ready, args=(settings,))
    maker.start()
    try:
        front(settings, address).serve()
    finally:
        _end(maker)


def bound_to(settings: Settings) -> str:
    """The address listened on: this machine's own where nobody else is to reach the line."""
    if not settings.local:
        return "0.0.0.0"  # noqa: S104 - a public line is meant to be reached
    host = urlsplit(settings.public_url).hostname or ""
    return "127.0.0.1" if host.rstrip(".") == "localhost" else host


def prepare(settings: Settings, say: Say) -> int:
    """Make what a start needs: tables, clips, then release 1; the number of the live release.

    Clips of the live release come first; one that an earlier version made is completed where this
    one asks for words it does not have. On an empty instance they are those of scripts/, and
    release 1 is published when it can be heard. Raises StoreError, ScriptError or SpeechError.
    """
    with opened_store(settings) as store:
        kept = live_release(store)
        script = whole(kept.files, read_files(settings.scripts)) if kept else load(settings.scripts)
        say("Making the clips that are missing (all of them take under a minute).")
        with progress_bar("clips") as progress:
            make_audio(settings, script, progress)
        if kept and script.files != kept.files:
            note = f"release {kept.number}, with words that this version of the line needs"
            return publish(store, script.files, note, datetime.now(UTC))
        return first_release(settings, store, datetime.now(UTC))


def make_ready(settings: Settings) -> None:
    """Prepare, wait for the server, and say where to point the browser. A process's whole work."""
    os.nice(10)  # calls come first
    # The server ends this process with SIGTERM; engines it started end with their pipes.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    try:
        prepare(settings, click.echo)
    except (StoreError, ScriptError, SpeechError, OSError) as problem:
        click.echo(f"The line is not ready. {problem}", err=True)
        sys.exit(1)
    if not _becomes_ready(bound_to(settings), settings.port):
        click.echo("The line is not ready; its log says why.", err=True)
        sys.exit(1)
    click.echo(f"The line is ready. Point your browser at {first_page(settings)}")


def first_page(settings: Settings) -> str:
    """Where a newcomer should look: the browser's telephone where it is open to all."""
    return settings.public_url + ("/try" if settings.local else "/listen")


def front(settings: Settings, address: str) -> MPServer:
    """The server itself; every worker builds its own app from the environment."""
    return MPServer(
        "app:app",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        websockets=False,
        http=HTTPModes.http1,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )


def _free(address: str, port: int) -> None:
    """PortTaken now, with what to do, and not a worker's trace later."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as problem:
            raise PortTaken(port) from problem


def _give_back() -> None:
    """Have the C library give back what was freed, here and in the workers: 7 MB of each.

    Only glibc knows how; these are M_ARENA_MAX and M_TRIM_THRESHOLD.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(-8, 2)
        library.mallopt(-1, 128 * 1024)


def _share_measures(folder: Path) -> None:
    """A fresh folder in which several workers add up what /metrics tells."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _becomes_ready(address: str, port: int) -> bool:
    host = "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 - a comparison
    for _ in range(READY_SECONDS * 4):
        if _is_ready(host, port):
            return True
        time.sleep(0.25)
    return False


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _end(process: BaseProcess) -> None:
    if process.is_alive():
        process.terminate()
    process.join(STOP_SECONDS)
