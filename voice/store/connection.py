"""The store's connection: open it, run a transaction, hide where the two databases differ.

SQLite is set up so that a writer takes its lock at once and waits for others a bounded time
(BEGIN IMMEDIATE, busy_timeout): a transaction that read first and wrote later would fail at once
with "database is locked" however long it was willing to wait.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from voice.store.files import Files
from voice.store.patience import Patience, bounded, hurry_again
from voice.store.unlinked import Unlinked

WAIT_MS: Final = 2000
"""How long a transaction waits for another one, in milliseconds."""

LONGEST: Final = 2
"""How many times WAIT_MS one statement may take."""

MOST: Final = 8
"""Connections of one process: four for requests, some for background work, a few to spare."""

LOG_PAGES: Final = 16_000
"""Pages of SQLite's log (64 MB) at which a commit has to write it into the file and wait for the
disk. In a server checkpoints.py does that long before."""

CACHE_KB: Final = 200
"""How much of SQLite's file each connection caches; the system holds the rest in memory anyway.
With 500 a worker took 2.5 MB more, with 2,000 (SQLite's default) another 9, and was no faster."""

TABLELESS: Final = "it has no tables yet"
"""Why a store that nobody has set up does not answer."""

_DAMAGED: Final = (
    "It is damaged, or DATABASE_URL names another file. Before you do anything else, read `What a "
    "restore costs` in docs/operations.md."
)
_REMEDIES: Final = {
    TABLELESS: "Run `make run` once.",
    "SQLITE_FULL": "Its disk is full: make room.",
    "SQLITE_IOERR_SHMSIZE": "Its disk is full: make room.",
    "DiskFull": "Its disk is full: make room.",
    "SQLITE_READONLY_DBMOVED": "Its file was moved or deleted: bring it back.",
    "SQLITE_READONLY": "See that this user may write to its file, and that its disk lets anybody.",
    "SQLITE_CANTOPEN": "See that it is there, that DATABASE_URL names it, and that this user may "
    "write to its folder.",
    "SQLITE_BUSY": "Another program keeps it to itself: end that one, or wait for it.",
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
    "DataCorrupted": _DAMAGED,
    "IndexCorrupted": _DAMAGED,
    "InsufficientPrivilege": "Its user lacks a right on a table: GRANT it ALL ON ALL TABLES and on "
    "ALL SEQUENCES of the schema, or have it own them again.",
    "ReadOnlySqlTransaction": "It takes no writes: DATABASE_URL names a standby, or somebody set "
    "it to read only.",
}
"""What to do, by a part of why a store does not answer; the first that fits."""

_TRIES = 6

Answer = TypeVar("Answer")


class StoreError(Exception):
    """The store could not do what was asked; nothing of it was done."""


class Collision(StoreError):
    """Another transaction got there first; trying again may help."""

    def __init__(self) -> None:
        super().__init__("another transaction got there first")


class StoreUnreachable(StoreError):
    """The store is not there, is locked by another or has no tables yet.

    Its text says only why: logs and /readyz show that. `what` and `remedy` are for whoever runs a
    command; they also name the server that could not be reached.
    """

    def __init__(self, why: str, server: str = "") -> None:
        self.server = server
        super().__init__(why)

    @property
    def what(self) -> str:
        """What does not answer, and why."""
        why = f"no connection to {self.server} ({self})" if self.server else str(self)
        return f"The store does not answer: {why}."

    @property
    def remedy(self) -> str:
        """What to do next."""
        for mark, remedy in _REMEDIES.items():
            if mark in str(self):
                return remedy
        state = "runs" if self.server else "is there"
        return f"See that it {state} and that DATABASE_URL names it."


@dataclass(frozen=True)
class Store:
    """An open store. Close it when the process ends."""

    engine: Engine
    writer: Engine = field(repr=False)
    """The same, for transactions that write."""
    wait: float = WAIT_MS / 1000
    """How long a transaction waits for another one, in seconds."""
    files: Files | None = None
    """The files that SQLite has open."""
    patience: Patience = field(default_factory=Patience)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held by the thread that writes to SQLite: others wait in line instead of trying again."""
    line: deque[Any] = field(default_factory=deque, repr=False)
    """The work of the threads that wait in line (straight.py)."""
    idle: list[Any] = field(default_factory=list, repr=False)
    """Open connections kept ready for what every text does (straight.py)."""
    unlinked: Unlinked = field(default_factory=Unlinked, repr=False)
    """Answers to who was forgotten since (unlinked.py)."""

    def close(self) -> None:
        """Close every connection."""
        while self.idle:
            self.idle.pop().connection.close()
        self.engine.dispose()


def open_store(url: str, wait_ms: int = WAIT_MS) -> Store:
    """The store at this DATABASE_URL. This does not connect yet; migrate() makes the tables."""
    try:
        address = make_url(url)
        engine = _engine(address, wait_ms)
    except ArgumentError as problem:
        raise StoreError("DATABASE_URL names no store") from problem
    except ImportError as problem:
        raise StoreError(f"DATABASE_URL needs a driver: install {problem.name}") from problem
    files = None
    if engine.dialect.name == "sqlite":
        files = Files(Path(address.database or ""))
        event.listen(engine, "do_connect", _make_file(files))
        event.listen(engine, "connect", _set_up_sqlite(wait_ms))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        connect = bounded(LONGEST * wait_ms / 1000 + 1)
        event.listen(engine, "do_connect", _naming(_server(url, address), connect))
        event.listen(engine, "checkin", hurry_again)
    return Store(engine, engine.execution_options(writes=True), wait_ms / 1000, files)


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A transaction that only reads."""
    with store.patience.asking(StoreUnreachable), told(), store.engine.begin() as connection:
        yield connection


@contextmanager
def writing(store: Store, *, lasting: bool = True) -> Iterator[Connection]:
    """A transaction that writes: all of it, or nothing and a StoreError.

    What it wrote outlives whatever becomes of this process. Only if it is `lasting` does it
    outlive a loss of power, too: for that, SQLite waits for the disk.
    """
    asking = store.patience.asking(StoreUnreachable, writes=True)
    with asking, told(), in_turn(store), anew(store), store.writer.connect() as connection:
        set_lasting(connection, lasting)
        with connection.begin():
            yield connection


@contextmanager
def anew(store: Store) -> Iterator[None]:
    """Close every connection if a write fails because the file was opened read-only."""
    try:
        yield
    except Exception as problem:
        close_if_readonly(store, problem)
        raise


def close_if_readonly(store: Store, problem: Exception) -> None:
    """Close every connection after a write that failed because the file was opened read-only.

    SQLite opens a file read-only if it may not write to it then, and never tries again.
    """
    if "readonly" in str(problem).lower():
        store.close()


@contextmanager
def in_turn(store: Store) -> Iterator[None]:
    """Wait for other writing threads of this process, but no longer than for another process."""
    if store.engine.dialect.name != "sqlite":
        yield
        return
    if not store.turn.acquire(timeout=store.wait):
        raise StoreUnreachable("another transaction does not end")
    try:
        yield
    finally:
        store.turn.release()


def set_lasting(connection: Any, lasting: bool) -> None:
    """Set whether a commit waits for the disk, if that differs from the last one."""
    known = connection.connection.info
    if connection.dialect.name == "sqlite" and known.get("lasting") != lasting:
        say(connection, f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
        known["lasting"] = lasting


def settled(work: Callable[[], Answer]) -> Answer:
    """What `work` returns; it is tried again if another transaction got there first."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except Collision:
            continue
    return work()


def adding(connection: Connection, table: Table) -> Any:
    """INSERT with ON CONFLICT: the same SQL in both databases, but not in SQLAlchemy."""
    return adding_to(connection.dialect.name, table)


def adding_to(dialect: str, table: Table) -> Any:
    """The same, for the dialect of this name."""
    # Each is loaded only if it is used: PostgreSQL's takes a fortieth of a worker's memory.
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert

        return insert(table)
    from sqlalchemy.dialects.postgresql import insert as insert_into

    return insert_into(table)


class Lock(IntEnum):
    """What only one transaction does at a time. The numbers are arbitrary, but fixed."""

    MIGRATE = 5_970_134
    CLAIM = 5_970_135
    FORGET = 5_970_136
    DRAFT = 5_970_137


def take_time(connection: Connection) -> None:
    """Let this transaction take minutes: it moves many rows, and nobody waits for it."""
    if connection.dialect.name == "postgresql":
        connection.connection.driver_connection.patient = True  # type: ignore[union-attr]
        limits = "SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '1min'"
        connection.exec_driver_sql(limits)


def take_turns(connection: Connection, lock: Lock) -> None:
    """Wait until no other transaction holds this lock; it is held until this one ends.

    In SQLite every writing transaction has taken its turn already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({lock:d})"))


def take_turn_for(connection: Any, key: str) -> None:
    """Wait until no other transaction holds this key, which stands for a row not there yet."""
    if connection.dialect.name == "postgresql":
        say(connection, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever the database raises into a StoreError that says only what kind it was."""
    try:
        yield
    except SQLAlchemyError as problem:
        raise as_store_error(getattr(problem, "orig", None) or problem) from problem


def as_store_error(problem: BaseException) -> StoreError:
    """The StoreError for what a database's driver raised."""
    if any(kind.__name__ == "IntegrityError" for kind in type(problem).__mro__):
        return Collision()
    return StoreUnreachable(_kind(problem))


def _kind(original: BaseException) -> str:
    """The error's kind without statement, parameter or address."""
    code = str(getattr(original, "sqlite_errorname", ""))
    if "no such table" in str(original) or type(original).__name__ == "UndefinedTable":
        return TABLELESS
    return f"{type(original).__name__} {code}".rstrip()


def _server(url: str, address: URL) -> str:
    """Name a PostgreSQL by host and port.

    A password with a bare @ or / ends too early for who reads the address: what follows would pass
    for the host, so nothing of it is told.
    """
    asked_for = {"host", "hostaddr", "port", "service"} & address.query.keys()
    is_clear = url.count("@") == (address.username is not None)
    if not address.host or asked_for or not is_clear:
        return "PostgreSQL"
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"PostgreSQL at {host}:{address.port or 5432}"


def _naming(server: str, connect: Callable[..., Any]) -> Callable[..., Any]:
    """Connect; where that fails, say which server it was."""

    def naming(dialect: Any, *given: Any) -> Any:
        try:
            return connect(dialect, *given)
        except dialect.loaded_dbapi.Error as problem:
            raise StoreUnreachable(_kind(problem), server) from problem

    return naming


def _engine(address: URL, wait_ms: int) -> Engine:
    postgresql = address.get_backend_name() == "postgresql"
    waits = {
        "connect_timeout": max(1, wait_ms // 1000),
        "tcp_user_timeout": LONGEST * wait_ms,  # a machine that is gone says nothing
        # Whatever the server was told: psycopg reads times in ISO alone.
        "options": f"-c lock_timeout={wait_ms:d} -c statement_timeout={LONGEST * wait_ms:d}"
        " -c datestyle=ISO",
    }
    return create_engine(
        address,
        pool_size=MOST // 2,
        max_overflow=MOST - MOST // 2,
        pool_timeout=wait_ms / 1000,
        pool_pre_ping=postgresql,
        hide_parameters=True,
        connect_args=waits if postgresql else {},
    )


def _make_file(files: Files) -> Callable[..., None]:
    """Before each connection, see that the file is there and is the one the others have open."""

    def make(*_: Any) -> None:
        try:
            files.make()
        except OSError as problem:
            raise StoreUnreachable(f"its file: {problem.strerror}") from problem

    return make


def _set_up_sqlite(wait_ms: int) -> Callable[[Any, Any], None]:
    def set_up(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {wait_ms:d}")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES:d}")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KB:d}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # some SQLites leave the bytes where they were
        cursor.close()

    return set_up


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # Not through SQLAlchemy: that takes longer than SQLite takes for the transaction.
    say(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def say(connection: Any, words: str, values: Sequence[Any] = ()) -> None:
    """Send a statement straight to the driver of a connection."""
    try:
        connection.connection.cursor().execute(words, values)
    except connection.dialect.loaded_dbapi.Error as problem:
        raise as_store_error(problem) from problem
