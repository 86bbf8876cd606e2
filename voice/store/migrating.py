"""Bring the store's tables up to date. Alembic is loaded only where they have to change.

A new step: change tables.py, or add a module whose name ends in "tables" with more tables on the
same metadata; then add a file to migrations/versions whose down_revision is the newest one. A test
compares what the steps make with all of those.
"""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from voice.store.connection import (
    Lock,
    Store,
    StoreUnreachable,
    reading,
    say,
    take_time,
    take_turns,
    told,
    writing,
)

_MIGRATIONS = Path(__file__).parent / "migrations"
_AGAIN: Final = 0.01
"""Seconds between two tries to have SQLite write ahead."""


def migrate(store: Store, to: str = "head") -> None:
    """Bring the tables up to date, or to an earlier step; processes that start at once take turns.

    What the tables hold stays. A store that is up to date is asked for that and no more.
    """
    if store.engine.dialect.name == "sqlite":
        _write_ahead(store)
    if to == "head":
        with reading(store) as connection:
            if step_of(connection) == newest():
                return
    with writing(store) as connection:
        take_time(connection)
        take_turns(connection, Lock.MIGRATE)
        _upgrade(connection, to)


def newest() -> str:
    """Return the last step there is: the number that the name of its file begins with."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def step_of(connection: Connection) -> str | None:
    """Return the step the tables are at; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    step: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return step


def _upgrade(connection: Connection, to: str) -> None:
    # A fifth of a second to load, which every command and start would take.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _write_ahead(store: Store) -> None:
    """Have SQLite write ahead to a log. It stays with the file, and is set outside transactions.

    While another process sets it, SQLite says at once that the file is locked: it waits for others
    everywhere but here.
    """
    until = time.monotonic() + store.wait
    with told(), store.engine.connect() as connection:
        while True:
            try:
                return say(connection, "PRAGMA journal_mode = WAL")
            except StoreUnreachable as problem:
                if "SQLITE_BUSY" not in str(problem) or time.monotonic() > until:
                    raise
            time.sleep(_AGAIN)
