"""An upgrade that loses nobody: the process in front becomes the version that is on disk.

SIGHUP has it tried by a process of its own (`python -m voice.reload`), which makes what it needs.
If it would answer, the process in front runs it in its own place (exec), and keeps its number and
its children. Workers of before go on until those of the new version answer at the same port; they
end when they have answered what they were asked. Otherwise nothing changes.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voice.bereft import lives

if TYPE_CHECKING:
    from flask import Flask

    from voice.settings import Settings

NAME: Final = "KYPHOLINE_BEFORE"
"""The variable in which a version tells the next what it leaves."""
WITHIN: Final = 600
"""Seconds that a trial may take: where many words are new, their clips are made in it."""
PAUSE: Final = 0.05
"""Seconds between two looks whether a process ended."""

_TOLD: Final = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
_OF_THIS_ONE: Final = "PROMETHEUS_MULTIPROC_DIR"
_ROOT = Path(__file__).resolve().parent.parent

_log = logging.getLogger(__name__)


# From one version to the next --------------------------------------------------------------------


def before(environ: MutableMapping[str, str]) -> tuple[int, ...]:
    """The processes that a version before this one began here, told once.

    They are taken from the environment, which others inherit.
    """
    return tuple(map(int, environ.pop(NAME, "").split()))


def become(processes: Iterable[int], unless: Callable[[], bool]) -> None:
    """Run what is on disk in this process's own place, and tell it of these.

    Raises OSError where that cannot be. What this process is told waits until it says `heed`;
    nothing is run if by then `unless` holds.
    """
    for handler in logging.root.handlers:
        handler.flush()
    command = [sys.executable, *sys.orig_argv[1:]]
    signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD)
    try:
        if not unless():
            os.execve(sys.executable, command, _environ(**{NAME: " ".join(map(str, processes))}))  # noqa: S606 - itself
    finally:
        heed()


def heed() -> None:
    """Hear again what this process is told."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD)


def _environ(**more: str) -> dict[str, str]:
    """What this process was told from outside, and more."""
    return {name: value for name, value in os.environ.items() if name != _OF_THIS_ONE} | more


class Elders:
    """Processes that the version before began, or the start before, whose front is gone.

    Those of a version are children of this process all the same.
    """

    def __init__(self, processes: Iterable[int]) -> None:
        self._processes = tuple(processes)
        self._end: threading.Thread | None = None

    def left(self) -> tuple[int, ...]:
        """Those that still run."""
        self._processes = tuple(one for one in self._processes if not _ended(one))
        return self._processes

    def end(self, again: Sequence[float], within: float) -> threading.Thread:
        """Have them end, beside: told to, told once more after so many seconds, killed at last."""
        if self._end is None:
            self._end = threading.Thread(target=self._see_off, args=(again, within))
            self._end.start()
        return self._end

    def _see_off(self, again: Sequence[float], within: float) -> None:
        begun, due = time.monotonic(), [0.0, *again]
        while left := self.left():
            since = time.monotonic() - begun
            if due and since >= due[0]:
                due.pop(0)
                _tell(left, signal.SIGTERM)
            elif since >= within:
                _tell(left, signal.SIGKILL)
            time.sleep(PAUSE)


def _ended(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG)[0] == process
    except ChildProcessError:
        return not lives(process)


def _tell(processes: Iterable[int], what: signal.Signals) -> None:
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, what)


# Whether the next version would answer -----------------------------------------------------------


class Trial:
    """Has a process of its own find out whether what is on disk would answer."""

    def __init__(self) -> None:
        self.passed = False
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, then: Callable[[], None]) -> None:
        """Begin, anew where one is under way; `then` is done if it is passed."""
        self.end()
        path = os.pathsep.join((str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
        self._process = subprocess.Popen(
            (sys.executable, "-P", "-m", "voice.reload"),
            stdin=subprocess.DEVNULL,
            env=_environ(PYTHONPATH=path),
        )
        threading.Thread(target=self._wait, args=(self._process, then), daemon=True).start()

    def _wait(self, process: "subprocess.Popen[bytes]", then: Callable[[], None]) -> None:
        try:
            told = _told_by(process.wait(WITHIN))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            told = f"what is on disk was not ready within {WITHIN:g} seconds"
        if process is not self._process:
            return
        if told:
            _log.error("%s: nothing is upgraded", told)
        else:
            self.passed = True
            then()

    def end(self) -> None:
        """Leave one that is under way."""
        process, self._process, self.passed = self._process, None, False
        if process is not None:
            process.terminate()


def _told_by(code: int) -> str:
    """Return what a trial's end tells of what is on disk; "" where it would answer."""
    if code < 0:
        died = signal.Signals(-code).name
        return f"the process that tried what is on disk died before it could say anything, {died}"
    return "what is on disk would not answer, as it said itself" if code else ""


def main() -> None:
    """Make what this version needs, and ask it whether it is ready; exits with 1 if it is not."""
    from voice.script import ScriptError
    from voice.server import LAST
    from voice.settings import SettingsError, read
    from voice.speech.engine import SpeechError
    from voice.store import StoreError, StoreUnreachable

    with suppress(OSError):  # a service manager may forbid even that
        os.nice(LAST)
    try:
        ready = _ready(read(os.environ))
    except StoreUnreachable as problem:
        sys.exit(f"The line would not start. {problem.what} {problem.remedy}")
    except (SettingsError, StoreError, ScriptError, SpeechError, OSError) as problem:
        sys.exit(f"The line would not start. {problem}")
    if not ready:
        sys.exit("The line would not be ready; its log says why.")


def _ready(settings: "Settings") -> bool:
    """Whether an app of a worker's own says that it is ready."""
    import click

    from voice.maker import prepare

    import_module("voice.__main__")  # what is run in front
    prepare(settings, click.echo)
    app: Flask = import_module("app").app
    return app.test_client().get("/readyz").status_code == 200


if __name__ == "__main__":
    main()
