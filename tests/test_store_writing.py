"""What a write outlives: the disk is waited for where a loss of power must not undo it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text

from tests.stored import in_line
from voice.store import Store, StoreError, StoreUnreachable, contact_keys, open_store, opt_out
from voice.store.connection import Collision, writing
from voice.store.migrating import migrate
from voice.store.prepared import Prepared, keyed, one_of
from voice.store.straight import Straight, together
from voice.store.tables import contact

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
KEYS = contact_keys([b"k" * 32], "+12125550199")
FULL, NORMAL = 2, 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path}/line.db", wait_ms=200)
    migrate(made)
    yield made
    made.close()


def waits(store: Store, **how: bool) -> int:
    """Whether the disk is waited for: SQLite's own word for it."""
    with writing(store, **how) as connection:
        kind: int = connection.execute(text("PRAGMA synchronous")).scalar_one()
        return kind


def test_a_write_waits_for_the_disk_unless_it_may_be_lost_with_the_power(store: Store) -> None:
    assert waits(store) == FULL
    assert waits(store, lasting=False) == NORMAL
    assert waits(store) == FULL  # on the same connection


def test_texts_that_share_a_transaction_wait_for_the_disk_where_one_has_to(store: Store) -> None:
    def kind(connection: Straight) -> int:
        row = connection.connection.cursor().execute("PRAGMA synchronous").fetchone()
        return int(row[0])

    assert together(store, kind, lasting=False) == NORMAL
    assert together(store, kind, lasting=True) == FULL
    found: list[int] = []

    def share(lasting: bool) -> None:
        found.append(together(store, kind, lasting=lasting))

    in_line(store, [partial(share, one) for one in (False, True, False)])
    assert found == [FULL] * 3


def test_threads_wait_in_line_and_not_for_ever(store: Store) -> None:
    with writing(store):
        failed: list[BaseException] = []

        def write() -> None:
            try:
                opt_out(store, KEYS, False, NOW)
            except StoreError as problem:
                failed.append(problem)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert isinstance(failed[0], StoreUnreachable)
    opt_out(store, KEYS, False, NOW)


def test_an_error_leaves_the_turn_to_the_next(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), writing(store):
        raise ZeroDivisionError
    opt_out(store, KEYS, False, NOW)


def test_a_prepared_statement_reads_what_any_other_does_and_tells_errors_alike(
    store: Store,
) -> None:
    opt_out(store, KEYS, False, NOW)
    query = select(contact).where(one_of(contact.c.key, 2))
    insert = contact.insert().values({column.name: bindparam(column.name) for column in contact.c})
    with writing(store) as connection:
        ((*row,),) = connection.execute(query, keyed(KEYS)).all()
        assert Prepared(lambda _: query).rows(connection, keyed(KEYS)) == [tuple(row)]
        assert Prepared(lambda _: query).first(connection, keyed(["x", "y"])) is None
    values = dict(zip((column.name for column in contact.c), row, strict=True))
    with pytest.raises(Collision), writing(store) as connection:
        Prepared(lambda _: insert).run(connection, values)
    with writing(store) as connection:
        connection.execute(text("ALTER TABLE contact RENAME TO gone"))
    with pytest.raises(StoreUnreachable, match="no tables"), writing(store) as connection:
        Prepared(lambda _: query).rows(connection, keyed(KEYS))
