"""A progress bar for long work: on a terminal it moves, in a log it is a line now and then."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Never

from tqdm import tqdm


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of `what` are done; the function takes how many, and of how many."""
    bar: tqdm[Never] | None = None

    def show(done: int, of: int) -> None:
        nonlocal bar
        if of and bar is None:
            every = 0.2 if sys.stderr.isatty() else 10
            bar = tqdm(total=of, unit=f" {what}", mininterval=every, dynamic_ncols=True)
        if bar is not None:
            bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
