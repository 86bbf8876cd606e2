"""What the tests put into a store, and all that is in it."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from typing import Any

from sqlalchemy import Table, select

from voice.store import Store, contact_keys
from voice.store.connection import reading, writing

NOW = datetime(2026, 11, 20, 15, 30, 45, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NUMBER = "+12125550199"
SECRET = b"k" * 32
KEYS = contact_keys([SECRET], NUMBER)
OTHERS = contact_keys([SECRET], "+12125550100")


def apart() -> ForkServerContext:
    """What starts processes that have nothing of this one but its modules, read once for all."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(
        ["tests.test_store", "tests.test_store_machines", "tests.test_store_sending"]
    )
    return made


def rows(store: Store, table: Table) -> list[Mapping[str, Any]]:
    """Every row of a table."""
    with reading(store) as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def in_line(store: Store, deeds: Iterable[Callable[[], object]]) -> None:
    """Begin all of these while another writes, so that they wait for one transaction."""
    threads = [threading.Thread(target=deed) for deed in deeds]
    with writing(store):
        for thread in threads:
            thread.start()
        while len(store.line) < len(threads):
            time.sleep(0.001)
    for thread in threads:
        thread.join()
