"""A store of its own for each test, and what the tests put into it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from voice.store import Store, contact_keys, open_store
from voice.store.connection import reading
from voice.store.migrating import migrate

NOW = datetime(2026, 11, 20, 15, 30, 45, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NUMBER = "+12125550199"
SECRET = b"k" * 32
KEYS = contact_keys([SECRET], NUMBER)
OTHERS = contact_keys([SECRET], "+12125550100")


def url(folder: Path) -> str:
    """The address of the store of a test."""
    return f"sqlite:///{folder}/instance/line.db"


def fresh(folder: Path, wait_ms: int = 20_000) -> Store:
    """A store with empty tables."""
    opened = open_store(url(folder), wait_ms)
    migrate(opened)
    return opened


def rows(store: Store, table: Table) -> list[Mapping[str, Any]]:
    """Every row of a table."""
    with reading(store) as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]
