"""Bring the store's tables up to date. Apart from the rest: a worker that answers needs no Alembic.

A new step: change tables.py, then add a file to migrations/versions whose down_revision is the
newest one. A test compares what the steps make with tables.py.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from voice.store.connection import Store, told, writing

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 5_970_134  # any number, the same in every process


def migrate(store: Store) -> None:
    """Bring the tables up to date; processes that start at once take turns."""
    if store.engine.dialect.name == "sqlite":
        with told(), store.engine.connect() as connection:
            # Stays with the file, so it is set once, and outside of any transaction.
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    with writing(store) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
