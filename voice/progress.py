"""How far long work is: on a terminal a bar that moves, in a log a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Never

import click
from tqdm import tqdm

EVERY: Final = 10.0
"""Seconds between two lines of a log."""

Show = Callable[[int, int], None]


@contextmanager
def progress_bar(what: str) -> Iterator[Show]:
    """Show how many of `what` are done; the function takes how many, and of how many."""
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    bar: tqdm[Never] | None = None

    def show(done: int, of: int) -> None:
        nonlocal bar
        if of and bar is None:
            bar = tqdm(total=of, unit=f" {what}", mininterval=0.2, dynamic_ncols=True)
        if bar is not None:
            bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


def _lines(what: str) -> Show:
    """A bar would be one line without end: the journal keeps such as bytes that nobody can read."""
    told = time.monotonic()

    def show(done: int, of: int) -> None:
        nonlocal told
        now = time.monotonic()
        if of and (done == of or now - told >= EVERY):
            with suppress(OSError):  # a log on a full disk: the work goes on
                click.echo(f"{done} of {of} {what}", err=True)
            told = now

    return show
