"""A whole line in this process, on an instance folder of its own and the clips of audio/."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask

from tests import kept
from tests.databases import laid_out
from voice.assembly import build
from voice.console.passwords import Passwords
from voice.instance import first_release, opened_store
from voice.live import Live
from voice.measures import measures
from voice.settings import Settings, read
from voice.store import Tally

ROOT = Path(__file__).parent.parent
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Passwords in no time: at Argon2's own advice each takes a tenth of a second."""
OPEN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday, 10:00 at the sample clinic


@dataclass(frozen=True)
class House:
    """The line's app and what it stands on."""

    app: Flask
    live: Live
    settings: Settings


def settings_in(folder: Path, **environ: str) -> Settings:
    """The settings of an instance in `folder`; its clips are the ones of audio/."""
    given = {"INSTANCE": str(folder), "AUDIO": str(ROOT / "audio"), **environ}
    return read(given, root=ROOT)


@contextmanager
def house(settings: Settings) -> Iterator[House]:
    """Open the store, make scripts/ release 1, and open every door."""
    laid_out(settings.instance)
    with opened_store(settings) as store:
        first_release(settings, store, OPEN)
        live = Live(settings.public_url, settings.audio, kept.FOLDER)
        live.load(store)
        tally = Tally(store)
        parts = (settings, store, live, tally, measures(), lambda: OPEN)
        app = build(*parts, passwords=QUICK)
        yield House(app, live, settings)
        tally.close()
