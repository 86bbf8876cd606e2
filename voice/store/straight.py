"""Transactions straight on the database's driver, for what every text and status does.

SQLAlchemy takes longer over a transaction than SQLite does. Here its pool opens the connections and
knows how many there are; the rest is the driver's. Only Prepared statements can be run.

Whoever writes to SQLite waits in line. Who comes to its head does what all behind it wait for, too,
in one transaction with one commit; where that fails for one, each is done alone.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from voice.store.connection import (
    Store,
    StoreError,
    StoreUnreachable,
    as_store_error,
    close_if_readonly,
    say,
    set_lasting,
)

MOST_IDLE: Final = 4
"""Connections kept at hand for these transactions; the pool has others for the rest."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Straight:
    """A connection of the driver's, as Prepared needs it."""

    connection: PoolProxiedConnection
    driver: Any
    """The driver's own, of which SQLAlchemy's is a wrapping."""
    dialect: Dialect


def asked(store: Store, question: Callable[[Straight], Answer]) -> Answer:
    """What one query finds; it is a transaction by itself.

    Texts and calls ask so before they write: where it fails, what they wish is not kept, either.
    """
    with store.patience.asking(StoreUnreachable, writes=True):
        return lent(store, question)


def together(store: Store, work: Callable[[Straight], Answer], *, lasting: bool) -> Answer:
    """Do `work` in a transaction that writes, with what others do at the same time.

    It returns when that is committed; all of it is done, or nothing and an error is raised. `work`
    may be called again and by another thread, so it only computes and asks.
    """
    piece = _Piece(work, lasting)
    with store.patience.asking(StoreUnreachable, writes=True):
        try:
            if store.engine.dialect.name == "sqlite":
                _in_line(store, piece)
            else:
                _do(store, [piece])
            return piece.outcome()
        except StoreError as problem:
            close_if_readonly(store, problem)
            raise


@dataclass(eq=False)
class _Piece(Generic[Answer]):
    """What one thread wants done, and what became of it."""

    work: Callable[[Straight], Answer]
    lasting: bool
    done: bool = False
    answers: tuple[Answer, ...] = ()
    problem: BaseException | None = None

    def outcome(self) -> Answer:
        """What the work returned, or raised."""
        if self.problem is not None:
            raise self.problem
        return self.answers[0]


def _in_line(store: Store, piece: _Piece[Any]) -> None:
    """Wait until a piece is done by whoever is at the head of the line, or do all that wait."""
    store.line.append(piece)
    if not store.turn.acquire(timeout=store.wait):
        with suppress(ValueError):
            store.line.remove(piece)
            raise StoreUnreachable("another transaction does not end")
        store.turn.acquire()  # it is being done: its end is bounded as any transaction's
    try:
        if not piece.done:
            _do(store, _waiting(store))
    finally:
        store.turn.release()


def _waiting(store: Store) -> list[_Piece[Any]]:
    pieces = []
    try:
        while True:
            pieces.append(store.line.popleft())
    except IndexError:
        return pieces


def _do(store: Store, pieces: Sequence[_Piece[Any]]) -> None:
    """Do these in one transaction; where that fails, each in its own."""
    begun = False

    def all_of_it(connection: Straight) -> None:
        nonlocal begun
        _begin(connection, lasting=any(piece.lasting for piece in pieces))
        begun = True
        for piece in pieces:
            piece.answers = (piece.work(connection),)
        connection.driver.commit()

    try:
        lent(store, all_of_it)
    except BaseException as problem:
        if begun and len(pieces) > 1:
            for piece in pieces:
                _do(store, [piece])
        else:
            for piece in pieces:
                piece.problem = problem
    for piece in pieces:
        piece.done = True


def _begin(connection: Straight, *, lasting: bool) -> None:
    """Take SQLite's lock for writing; elsewhere a transaction begins by itself."""
    if connection.dialect.name == "sqlite":
        set_lasting(connection, lasting)
        say(connection, "BEGIN IMMEDIATE")


def lent(store: Store, use: Callable[[Straight], Answer]) -> Answer:
    """Use a connection; one that something failed on goes back to the pool, which mends it."""
    try:
        connection = _at_hand(store) or _fetched(store)
        try:
            answer = use(connection)
        except BaseException:
            connection.connection.close()
            raise
    except (store.engine.dialect.loaded_dbapi.Error, SQLAlchemyError) as problem:
        raise as_store_error(getattr(problem, "orig", None) or problem) from problem
    if store.engine.dialect.name == "sqlite" and len(store.idle) < MOST_IDLE:
        store.idle.append(connection)
    else:
        # A server's connection may be gone when it is next needed: the pool looks.
        connection.connection.close()
    return answer


def _at_hand(store: Store) -> Straight | None:
    try:
        return cast("Straight", store.idle.pop())
    except IndexError:
        return None


def _fetched(store: Store) -> Straight:
    connection = store.engine.raw_connection()
    return Straight(connection, connection.driver_connection, store.engine.dialect)
