"""What every test may use: the shipped script and its vocabulary, loaded once; databases."""

import gc
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from tests import databases, kept
from voice.release import Release
from voice.script import Script, load
from voice.store import Store, open_store
from voice.store.patience import Patience
from voice.understand import Vocabulary

ROOT = Path(__file__).parent.parent

settings.register_profile("as long as it takes", deadline=None)
settings.load_profile("as long as it takes")  # a machine that stands still proves nothing

gc.disable()  # while tests are collected nearly all that is made stays: looking took two fifths


def pytest_collection_finish() -> None:
    """Look less often for what nobody needs any more: that took a seventh of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def script() -> Script:
    return load(ROOT / "scripts")


@pytest.fixture(scope="session")
def known(script: Script) -> Vocabulary:
    return kept.worked_out(script).vocabulary


@pytest.fixture(scope="session")
def without_clips(script: Script) -> Release:
    """The shipped script ready to serve at https://line.example, its words to be read."""
    return kept.served(script)


def pytest_unconfigure() -> None:
    kept.take_away()


# Databases: a test that asks for `database` or `store` runs once on each ------------------------


@pytest.fixture(scope="session")
def file_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file with every table, to be copied: making one takes longer."""
    file = tmp_path_factory.mktemp("tables") / "line.db"
    databases.migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[databases.Server]:
    """The run's PostgreSQL."""
    with databases.server() as server:
        yield server


@pytest.fixture(scope="session")
def own_database(postgresql: databases.Server) -> str:
    """This worker's database in it, with every table."""
    name = f"line_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.make(name)
    databases.migrated(postgresql.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with empty tables."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("file_with_tables")
        return databases.copied(file, tmp_path / "instance")
    name: str = request.getfixturevalue("own_database")
    server: databases.Server = request.getfixturevalue("postgresql")
    server.empty(name)
    return server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def no_tables(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/instance/line.db"
    server: databases.Server = request.getfixturevalue("postgresql")
    name = f"bare_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    server.make(name)
    return server.url(name)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An open store with empty tables; unlike the line, it waits long and is never called late."""
    opened = replace(open_store(database, wait_ms=20_000), patience=Patience(lambda: 0.0))
    yield opened
    opened.close()
