"""Serves the line: granian in front, and beside it a process that makes what is missing.

On an empty instance that process makes the store, the clips and release 1 while /healthz answers
already; /readyz turns 200 when it is done. Nothing here loads the app: its workers do. They are
forks of this process, so what it loads each of them carries. reload.py says how another version
takes its place.
"""

import ctypes
import errno
import faulthandler
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakSet

from granian import _signals
from granian._granian import WorkerSignal
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from voice import logs
from voice.bereft import bereft, claimed
from voice.intake import PATIENT
from voice.pulse import (
    EVERY,
    LOOKS,
    TRACE,
    Bell,
    Pulse,
    Sight,
    beating,
    end_of,
    hanging,
    looked,
    replaced,
    state_of,
)
from voice.reload import Elders, Trial, become, before, heed
from voice.rounds import Rounds
from voice.settings import Settings
from voice.systemd import Manager

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS: Final = 4
"""Requests a worker answers at once; more slow all of them down, one lets two stall everybody."""
MORE: Final = 4
"""Threads that take in what is still being sent; a silent sender holds one until it is cut off.
Twelve would take in more, and cost 2 MB and a tenth of the rate; none at all costs a fifth."""
STOP_SECONDS: Final = 5
"""How long a worker may finish what it began; one that was still starting never listens."""
AGAIN: Final = (0.25, 1.0)
"""Seconds after which a worker that goes on is told to stop once more: another of its threads may
take the signal, and the main one, which alone may act on it, sleeps on. In 7 of 44 stops of a busy
line it did."""
TO_TRACE: Final = 0.2
"""Seconds for a worker that hangs to write down where."""
LATE: Final = 60
"""So many looks, and it is said that workers of a new version do not all answer yet."""
LAST: Final = 10
"""The niceness of the process that makes what is missing: workers that start, and calls, come
first."""

_KEPT: Final = 512 * 1024
"""Bytes that are free and not given back to the system."""

_NO_LISTENING: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "port {port} is taken: stop what listens there, or set PORT to another",
    errno.EADDRNOTAVAIL: "{address} is no address of this machine: set BIND to one that is",
    # The ports up to 1023 are root's, unless net.ipv4.ip_unprivileged_port_start says otherwise.
    errno.EACCES: "this user may not listen at port {port}: set PORT to one above 1023, such as "
    "8000, and have nginx or Caddy listen at {port} and pass requests on to it",
    errno.EAFNOSUPPORT: "this machine has no IPv6, and {address} is of that kind: set BIND to "
    "another, such as 127.0.0.1",
}
_OTHERWISE: Final = (
    "it cannot listen at {address}, port {port} ({why}): set BIND or PORT to another"
)

_TOO_MANY: Final = "Configuration allows spawning"
"""How granian begins to warn of more threads than twice the processors, which is meant so here."""

_ROOT = Path(__file__).resolve().parent.parent

_log = logging.getLogger(__name__)


class CannotListen(OSError):
    """The line may not, or cannot, listen where it was told to."""

    def __init__(self, problem: OSError, address: str, port: int) -> None:
        told = _NO_LISTENING.get(problem.errno or 0, _OTHERWISE)
        super().__init__(told.format(address=address, port=port, why=problem.strerror))


def serve(settings: Settings, looks: int = LOOKS) -> None:
    """Serve until SIGTERM or SIGINT; what was asked before is answered first.

    A worker that gave no sign of life in so many `looks`, a second apart, is replaced.
    """
    address = bound_to(settings)
    elders = before(os.environ) or _free(settings, address)
    if str(_ROOT) not in sys.path:
        sys.path.insert(0, str(_ROOT))  # where app.py is
    if settings.workers > 1:
        _share_measures(settings.instance / "metrics")
    _give_back()
    faulthandler.enable()  # systemd ends a front that hangs by SIGABRT: it writes down where it was
    if sys.platform == "linux":  # Python 3.14 begins others otherwise, and they share no memory
        multiprocessing.set_start_method("fork", force=True)
    maker = get_context("fork").Process(target=_make, args=(settings,))
    maker.start()
    try:
        line = front(settings, address, looks, elders)
        logs.configure(settings.log_format)  # granian has its own until here
        line.serve()
    finally:
        _end(maker)


def _make(settings: Settings) -> None:
    """The work of the process beside; only there is loaded what it takes."""
    # The server ends it with SIGTERM; engines it started end with their pipes.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
    heed()
    with suppress(OSError):  # a service manager may forbid even that
        os.nice(LAST)
    from voice.maker import make_ready

    make_ready(settings)


def bound_to(settings: Settings) -> str:
    """The address listened on: the one given, else this machine's own if the line is its alone."""
    if settings.bind:
        return settings.bind
    if not settings.local:
        return "0.0.0.0"  # noqa: S104 - a public line that nobody told where to listen
    host = urlsplit(settings.public_url).hostname or ""
    return "127.0.0.1" if host.rstrip(".") == "localhost" else host


class _Front(MPServer):
    """granian's server, but that it replaces workers that hang, and tells all to stop again.

    And SIGHUP has it become the version that is on disk, whose workers take over from these. It
    tells systemd that it lives: that its main thread waits to be told something, and that the other
    one looks.
    """

    def __init__(self, looks: int, elders: Iterable[int], **given: Any) -> None:
        super().__init__(**given)
        self._looks = looks
        self._pulses = WeakKeyDictionary[WorkerProcess, Pulse]()
        self._sights: dict[WorkerProcess, Sight] = {}
        self._respawning = False
        self._watch = Rounds(self._look, lambda: EVERY)
        self._elders = Elders(elders)
        self._waited, self._able = 0, False
        self._trial = Trial()
        self._hung = WeakSet[WorkerProcess]()
        self._manager, self._has_looked = Manager(os.environ), True
        self.main_loop_interrupt = Bell(self._live, EVERY)
        self.on_startup(heed)
        self.on_startup(self._manager.begun)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]  # as MPServer's own
        if multiprocessing.get_start_method() != "fork":  # it could not be watched
            return super()._spawn_worker(idx, target, callback_loader)
        pulse = Pulse()
        worker = super()._spawn_worker(idx, target, partial(_begun, pulse, callback_loader))
        self._pulses[worker] = pulse
        return worker

    def _spawn_workers(self, *given: Any) -> None:
        super()._spawn_workers(*given)  # type: ignore[no-untyped-call]
        self._watch.start()

    def _respawn_workers(self, workers: Iterable[int], *given: Any, **more: Any) -> None:
        """Nobody is looked at meanwhile: of one that ends now, granian would end everything."""
        self._respawning = True
        for number in workers:
            self._lost(self.wrks[number])
        try:
            super()._respawn_workers(workers, *given, **more)
        finally:
            self._respawning = False

    def _lost(self, worker: WorkerProcess) -> None:
        """Count a worker that is no more, and say how it ended if it was not ended here."""
        if worker.inner.is_alive():  # granian reloads it
            return
        replaced.count("hung" if worker in self._hung else "died")
        if worker not in self._hung:
            told = (worker.idx + 1, worker.inner.pid, end_of(worker.inner.exitcode))
            _log.error("worker %d, process %d, died: %s, replaced", *told)

    def _reload(self, *given: Any) -> None:
        """Have what is on disk tried, and become it when it passed."""
        if multiprocessing.get_start_method() != "fork":  # nor is it known who could answer
            super()._reload(*given)  # type: ignore[no-untyped-call]
            return
        self.reload_signal = False
        self.main_loop_interrupt.clear()
        try:
            self._upgrade()
        except OSError as problem:
            _log.error("what is on disk cannot be run, nothing is upgraded: %s", problem)

    def _upgrade(self) -> None:
        if not self._trial.passed:
            _log.info("what is on disk is tried")
            self._trial.begin(self.signal_handler_reload)
            return
        self._trial.end()
        children = (one.pid for one in active_children() if one.pid)
        become((*self._elders.left(), *children), lambda: self.interrupt_signal)

    def _take_over(self) -> None:
        """End the workers of before as soon as all of these answer."""
        if not self._elders.left():
            return
        self._waited += 1
        able = all(one.inner.is_alive() and self._pulses[one].answers for one in tuple(self.wrks))
        if able and self._able:  # a worker listens some milliseconds after its app is made
            self._elders.end(AGAIN, STOP_SECONDS).join()
            _log.info("upgraded: %d workers took over from those of before", len(self.wrks))
        elif self._waited == LATE:
            _log.error("not all workers of this version answer: those of before go on")
        self._able = able

    def _live(self) -> None:
        """Say that this process lives, once for each look; do what it was told and granian missed.

        It clears its event a moment after it looked what it was told, and would sleep on.
        """
        if self.interrupt_signal or self.interrupt_children or self.reload_signal:
            self.main_loop_interrupt.set()
        if self._has_looked:
            self._has_looked = False
            self._manager.lives()

    def _look(self) -> None:
        if not self._respawning:
            self._look_after_workers()
        self._has_looked = True

    def _look_after_workers(self) -> None:
        self._take_over()
        found = {
            worker: self._pulses[worker].read()
            for worker in tuple(self.wrks)
            if worker in self._pulses and worker.inner.is_alive()
        }
        self._sights = looked(self._sights, found)
        worker = hanging(self._sights, self._looks)
        if worker is not None:
            self._replace(worker)

    def _replace(self, worker: WorkerProcess) -> None:
        self._hung.add(worker)
        looks = self._sights.pop(worker).looks
        told = "worker %d, process %d, gave no sign of life in %d looks, state %s: killed, replaced"
        _log.error(told, worker.idx + 1, worker.inner.pid, looks, state_of(worker.inner.pid))
        with suppress(ProcessLookupError):
            os.kill(worker.inner.pid, TRACE)
        time.sleep(TO_TRACE)
        worker.inner.kill()  # worker.kill() would tell granian that none is to take its place

    def _stop_workers(self) -> None:
        self._watch.close()
        self._trial.end()
        elders = self._elders.end(AGAIN, STOP_SECONDS)
        told = [Timer(seconds, _tell, (tuple(self.wrks),)) for seconds in AGAIN]
        for timer in told:
            timer.start()
        try:
            super()._stop_workers()  # type: ignore[no-untyped-call]
        finally:
            for timer in told:
                timer.cancel()
            elders.join()


def _begun(pulse: Pulse, load: "Callable[[], WSGIApplication]") -> "WSGIApplication":
    """The app of a worker that has just begun, which heeds how it will be told to stop."""
    _signals.set_sync_signals = _told_once
    return beating(pulse, THREADS, MORE, load)


def _told_once() -> WorkerSignal:
    """granian's way for a worker to be told to stop, but that only the first time counts.

    Granian's own keeps what it is told in a queue with one place: the third time waits for ever,
    and holds Python's lock, so nothing that was asked before is answered.
    """
    told = WorkerSignal()
    tell = [told.set]

    def stop(number: int, frame: FrameType | None) -> None:
        while tell:
            tell.pop()()

    _signals.set_main_signals(stop)  # type: ignore[no-untyped-call]
    return told


def _tell(workers: Iterable[WorkerProcess]) -> None:
    for worker in workers:
        worker.terminate()  # type: ignore[no-untyped-call]


def front(
    settings: Settings, address: str, looks: int = LOOKS, elders: Iterable[int] = ()
) -> MPServer:
    """The server itself; every worker builds its own app from the environment.

    A worker that gave no sign of life in so many `looks`, a second apart, is replaced. `elders`
    are workers of a version before this one, which go on until these could answer.
    """
    logging.getLogger("_granian").addFilter(_is_news)
    return _Front(
        looks,
        elders,
        target="app:app",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS + MORE,
        websockets=False,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=round(PATIENT * 1000)),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Whether somebody should read it; they cannot do anything about the number of threads."""
    return not record.getMessage().startswith(_TOO_MANY)


def _free(settings: Settings, address: str) -> tuple[int, ...]:
    """CannotListen now, with what to do, and not a worker's trace later.

    Of workers at this port whose own process in front is gone: their numbers.
    """
    try:
        _listen(address, settings.port)
    except OSError as problem:
        left = bereft(settings.port) if problem.errno == errno.EADDRINUSE else ()
        if not left or not claimed(settings.instance):
            raise CannotListen(problem, address, settings.port) from problem
        return left
    return ()


def _listen(address: str, port: int) -> None:
    """OSError if nobody could listen there now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))


def _give_back() -> None:
    """Have the C library give back what was freed, here and in the workers: 7 MB of each.

    Only glibc knows how; these are M_ARENA_MAX and M_TRIM_THRESHOLD. It keeps half a megabyte: with
    less, what SQLite frees and asks for again at every text, some 90 kB, went back to the system
    each time, and came back a page at a time, 15 page faults and a tenth of a text's time.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(-8, 2)
        library.mallopt(-1, _KEPT)


def _share_measures(folder: Path) -> None:
    """A fresh folder in which several workers add up what /metrics tells."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a worker of before makes it, too
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _end(process: BaseProcess) -> None:
    if process.is_alive():
        process.terminate()
    process.join(STOP_SECONDS)
