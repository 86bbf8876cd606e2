"""SQLite's file or its log moved away, deleted or replaced while they are open."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.databases import migrated
from tests.stored import KEYS, NOW, OTHERS
from voice.store import (
    Contact,
    Keys,
    Store,
    StoreUnreachable,
    answer_once,
    contact_keys,
    open_store,
    opt_out,
    read_contact,
    why_unreachable,
)
from voice.store.connection import MOST, reading
from voice.store.files import LOG_MOVED, Files
from voice.store.staying import SETTLED, TOGETHER, Staying

LATE = contact_keys([b"k" * 32], "+12125550177")
OF_LOG = ("-wal", "-shm")


@dataclass
class Line:
    """A worker's store, and its look at the files."""

    path: Path
    now: float = 100.0

    def __post_init__(self) -> None:
        self.store = open_store(f"sqlite:///{self.path}", wait_ms=200)
        assert self.store.files
        self.staying = Staying(self.store, self.store.files, lambda: self.now)

    def looks(self, seconds: float = 0.0) -> str:
        """Look once, after so long; why the store cannot be used then."""
        self.now += seconds
        self.staying.look()
        return why_unreachable(self.store)

    def opens_anew(self) -> None:
        """Let the time pass in which a file must stay, and the one in which all close the old."""
        assert self.looks()
        assert self.looks(SETTLED)
        assert not Path(f"{self.path}-wal").exists(), "somebody late would write into it"
        assert self.looks(TOGETHER - 0.1)
        assert self.looks(0.2) == ""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    migrated(f"sqlite:///{tmp_path}/line.db")
    made = Line(tmp_path / "line.db")
    keep(made.store, KEYS)
    with reading(made.store):
        assert made.looks() == ""
    yield made
    made.store.close()


def text(store: Store, keys: Keys) -> None:
    def make(known: Contact) -> tuple[Contact, str]:
        return replace(known, place="main"), "a reply"

    answer_once(store, f"SM{keys[0]}", keys, False, NOW, make)


def keep(store: Store, keys: Keys) -> None:
    opt_out(store, keys, False, NOW)


def connect_all(store: Store) -> None:
    """Have every connection there can be: some are open already, the others are new."""
    with ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(store.engine.connect())


def known(path: Path) -> int:
    """How many people the file knows; sound it is, too."""
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: int = file.execute("SELECT count(*) FROM contact").fetchone()[0]
        return found


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("deed", [text, keep])
def test_nothing_is_kept_in_a_file_that_was_moved_away_and_all_goes_on_when_it_is_back(
    line: Line, deed: Callable[[Store, Keys], None]
) -> None:
    away = line.path.with_name("away.db")
    line.path.rename(away)
    deed(line.store, OTHERS)  # nobody can know yet
    assert line.looks() == "its file: moved or deleted"
    for _ in range(2):
        with pytest.raises(StoreUnreachable, match="moved or deleted"):
            deed(line.store, LATE)
        with pytest.raises(StoreUnreachable, match="moved or deleted"):
            read_contact(line.store, KEYS)
        line.looks(60)
    assert known(away) == 2
    away.rename(line.path)
    assert line.looks() == ""
    deed(line.store, LATE)
    assert all(read_contact(line.store, keys) for keys in (KEYS, OTHERS, LATE))


def test_no_empty_file_is_made_where_one_was_and_its_log_is_left_alone(line: Line) -> None:
    keep(line.store, OTHERS)
    line.path.rename(line.path.with_name("away.db"))
    with pytest.raises(StoreUnreachable, match="moved or deleted"):
        connect_all(line.store)
    fresh = open_store(f"sqlite:///{line.path}")
    assert why_unreachable(fresh) == "its file: moved or deleted"
    assert names(line.path.parent) == {"away.db", "line.db-wal", "line.db-shm"}
    line.path.with_name("away.db").rename(line.path)
    assert known(line.path) == 2


def test_processes_that_start_at_once_may_find_the_log_of_a_file_that_was_not_there_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = tmp_path / "line.db", []

    def just_made(_: Path) -> bool:
        asked.append(path.write_bytes(b"") + path.with_name("line.db-wal").write_bytes(b""))
        return False

    monkeypatch.setattr(Path, "exists", just_made)
    Files(path).make()
    assert asked


def test_a_log_made_anew_under_the_other_ones_number_is_no_log_that_is_gone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "line.db"
    log, places = path.with_name("line.db-wal"), path.with_name("line.db-shm")
    for one in (path, log, places):
        one.touch()
    files = Files(path)
    with path.open(), log.open(), places.open():
        assert files.gone() == ""
        log.rename(tmp_path / "between")
        places.rename(log)
        (tmp_path / "between").rename(places)
        assert files.gone() == ""
        log.unlink()
        log.touch()
        assert files.gone() == LOG_MOVED


@pytest.mark.parametrize("also", [(), OF_LOG], ids=["alone", "with its log"])
def test_another_store_in_its_place_is_opened_when_it_stays(
    line: Line, tmp_path: Path, also: tuple[str, ...]
) -> None:
    """As somebody brings a backup back under a line that runs."""
    migrated(f"sqlite:///{tmp_path}/backup.db")
    for end in ("", *also):
        Path(f"{line.path}{end}").rename(tmp_path / f"away.db{end}")
    keep(line.store, OTHERS)
    shutil.copy(tmp_path / "backup.db", line.path)
    with pytest.raises(StoreUnreachable, match="another is in its place"):
        connect_all(line.store)
    line.opens_anew()
    assert read_contact(line.store, KEYS) is None
    keep(line.store, LATE)
    line.store.close()
    assert (known(line.path), known(tmp_path / "away.db")) == (1, 2)


def test_a_file_that_was_deleted_can_be_copied_from_what_is_open(line: Line) -> None:
    """By another program: where this one opens and closes the file, its locks are gone."""
    line.path.unlink()
    keep(line.store, OTHERS)
    assert line.looks() == "its file: moved or deleted"
    held = Path(f"/proc/{os.getpid()}/fd")
    deleted = (one for one in held.iterdir() if os.readlink(one) == f"{line.path} (deleted)")
    subprocess.run(["cp", next(deleted), line.path], check=True)
    line.opens_anew()
    assert all(read_contact(line.store, keys) for keys in (KEYS, OTHERS))


def test_a_file_that_is_still_being_copied_is_not_opened(line: Line) -> None:
    line.path.unlink()
    for size in range(1, 9):
        line.path.write_bytes(b"SQLite format 3\0" * size)
        assert line.looks(SETTLED / 2) == "its file: another is in its place"


def test_what_is_open_to_somebody_is_not_closed_under_them(line: Line) -> None:
    migrated(f"sqlite:///{line.path.parent}/backup.db")
    with reading(line.store):
        line.path.with_name("backup.db").replace(line.path)
        for _ in range(4):
            assert line.looks(SETTLED) == "its file: another is in its place"
    assert line.looks()
    assert line.looks(TOGETHER - 0.1)
    assert line.looks(0.2) == ""


@pytest.mark.parametrize("gone", [OF_LOG[:1], OF_LOG[1:], OF_LOG])
def test_a_log_that_was_deleted_costs_nothing_and_the_file_is_opened_anew(
    line: Line, gone: tuple[str, ...]
) -> None:
    for end in gone:
        Path(f"{line.path}{end}").unlink()
    keep(line.store, OTHERS)
    assert line.looks() == "its file: the log beside it was moved or deleted"
    with pytest.raises(StoreUnreachable, match="log"):
        keep(line.store, LATE)
    line.opens_anew()
    keep(line.store, LATE)
    assert all(read_contact(line.store, keys) for keys in (KEYS, OTHERS, LATE))
    line.store.close()
    assert known(line.path) == 3


def test_a_store_that_is_closed_and_opened_again_is_no_worry(line: Line) -> None:
    """The last to close takes the log away, and the next to open makes one of its own."""
    for _ in range(3):
        line.store.close()
        assert not Path(f"{line.path}-wal").exists()
        keep(line.store, OTHERS)
        assert line.looks() == ""
