"""Where a run's files are: in memory while it lasts, as a sixth of it was waiting for a disk.

To look at what a test left, set TMPDIR: then they are there, and stay.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder in it that is ours
ROOM = 2**30
"""Bytes that have to be free there; a run has some 200 MB at a time, a failed one more."""


def _folder() -> Path:
    """Where this process and those it starts keep temporary files from now on."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return Path(tempfile.gettempdir())
    made = Path(tempfile.mkdtemp(prefix="kypholine-tests-", dir=MEMORY))
    made.chmod(0o755)  # PostgreSQL's user goes through it to a folder of its own
    os.environ["TMPDIR"] = tempfile.tempdir = str(made)
    atexit.register(_take_away, made, os.getpid())
    return made


def _take_away(made: Path, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(made, ignore_errors=True)


FOLDER = _folder()
