"""`voice serve`, but that everybody meets a bug while the file BUG is there: for tests.

    python -m tests.failure.buggy

A word that is missing where the next answer is looked for, as in a release that nobody tried.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voice import dialog, thread
from voice.__main__ import main

_FILE = Path(os.environ.get("BUG", ""))


def buggy(right: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with a bug as long as the file is there."""

    def wrong(*given: Any, **more: Any) -> Any:
        if _FILE.exists():
            raise KeyError("next")
        return right(*given, **more)

    return wrong


if __name__ == "__main__":
    dialog.following = buggy(dialog.following)  # workers are forks of this process
    thread.step = buggy(thread.step)
    main(["serve"])
