"""`voice serve`, but that its clock is wrong by as many seconds as the file CLOCK says: for tests.

    python -m tests.failure.adjusted

The time is asked for again and again and the file read each time, so a test sets the clock of a
line that runs. Real clocks need the machine's administrator, and are everybody's.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from voice import assembly
from voice.__main__ import main

_FILE = Path(os.environ.get("CLOCK", ""))
_right = assembly.now


def adjusted() -> datetime:
    """What such a clock shows."""
    return _right() + timedelta(seconds=float(_FILE.read_text()))


if __name__ == "__main__":
    assembly.now = adjusted  # workers are forks of this process, and ask nothing else for the time
    main(["serve"])
