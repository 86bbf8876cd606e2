"""Releases worked out once for all tests of a run: the shipped script takes two seconds.

What is kept is read back by the line's own way, in a twentieth of one.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from voice.built import built
from voice.release import Built, ClipAddress, Release, ready
from voice.script import Script, Utterance

_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
FOLDER = Path(tempfile.gettempdir()) / f"kypholine-built-{_RUN[:12]}"
"""Shared by every worker of the run; whoever ends takes it away, and who goes on makes it again."""
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@cache
def _made(files: tuple[tuple[str, str], ...]) -> Built:
    return built(dict(files), folder=FOLDER)


def worked_out(script: Script) -> Built:
    """What a script makes, which is what its files say."""
    return _made(tuple(script.files.items()))


def said(script: Script) -> tuple[Utterance, ...]:
    """Everything a call can say, in the order calls say it."""
    return worked_out(script).says


def lend(instance: Path) -> None:
    """Let an instance of its own processes read back what is kept, and keep more."""
    instance.mkdir(mode=0o700, exist_ok=True)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    (instance / "built").symlink_to(FOLDER)


def unspoken(_: object) -> None:
    """No clip."""


def served(
    script: Script,
    number: int = 1,
    url: str = "https://line.example",
    clip: ClipAddress = unspoken,
) -> Release:
    """The release of a script, which is what its files say, ready to be served."""
    return ready(worked_out(script), number, url, clip)
