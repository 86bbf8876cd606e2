"""What the tests put into a store, and all that is in it."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from typing import Any

from sqlalchemy import Table, delete, insert, select

from voice.store import Contact, Keys, Store, change_contact, contact_keys
from voice.store.connection import reading, writing
from voice.store.contacts import written
from voice.store.releases import point
from voice.store.tables import contact

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


def save_contact(store: Store, known: Contact) -> None:
    """Remember a contact as it is given, over whatever is known."""
    row = {name: value for name, value in written(known).items() if name != "forgotten"}
    with writing(store) as connection:
        connection.execute(delete(contact).where(contact.c.key == known.key))
        connection.execute(insert(contact).values(row))


def opt_in(store: Store, keys: Keys, practice: bool, at: datetime) -> None:
    """Let a contact want our messages again."""
    change_contact(store, keys, practice, at, lambda known: replace(known, opted_out_at=None))


def make_live(store: Store, number: int, at: datetime) -> None:
    """Serve an earlier (or later) release from now on."""
    with writing(store) as connection:
        point(connection, number, at)


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
