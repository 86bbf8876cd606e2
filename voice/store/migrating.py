"""Bring the store's tables up to date. Apart from the rest: a worker that answers needs no Alembic.

A new step: change tables.py, or add a module whose name ends in "tables" with more tables on the
same metadata; then add a file to migrations/versions whose down_revision is the newest one. A test
compares what the steps make with all of those.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config

from voice.store.connection import Lock, Store, take_time, take_turns, told, writing

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(store: Store, to: str = "head") -> None:
    """Bring the tables up to date, or to an earlier step; processes that start at once take turns.

    What the tables hold stays.
    """
    if store.engine.dialect.name == "sqlite":
        with told(), store.engine.connect() as connection:
            # Stays with the file, so it is set once, and outside of any transaction.
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    with writing(store) as connection:
        take_time(connection)
        take_turns(connection, Lock.MIGRATE)
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
