"""What was worked out on one machine is read by the others, which need not work it out again."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.stored import NOW, rows
from voice import built as module
from voice import passing
from voice.built import built, name_of
from voice.live import Live
from voice.script import Script, load
from voice.store import Store, open_store, publish
from voice.store.machine_tables import worked_out
from voice.store.worked_out import keep_worked_out
from voice.switches import ON, Off, ways_off

TINY = load(ROOT / "tests" / "data" / "tiny-scripts")


def is_shared(store: Store) -> bool:
    return store.engine.dialect.name == "postgresql"


def work_out(script: Script, folder: Path) -> None:
    for off in (ON, *ways_off(script)):
        built(script.files, off, folder)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine that worked everything out."""
    work_out(TINY, tmp_path / "here")
    return tmp_path / "here"


def test_a_machine_serves_what_another_worked_out(
    store: Store, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing.give(store, here, TINY)
    publish(store, TINY.files, "first", NOW)
    there = tmp_path / "there"
    if is_shared(store):
        monkeypatch.setattr(module, "build", lambda _: pytest.fail("worked out again"))
    release = Live("https://line.example", tmp_path / "audio", there).load(store)
    assert release is not None
    assert release.script == TINY
    taken = {path.name: path.read_bytes() for path in there.glob("*.built")}
    assert taken == {name: (here / name).read_bytes() for name in [name_of(TINY.files, ON)]}


def test_a_line_that_is_switched_off_is_read_as_well(
    store: Store, here: Path, tmp_path: Path
) -> None:
    passing.give(store, here, TINY)
    off = Off(line=True)
    passing.take(store, tmp_path / "there", TINY.files, off)
    assert (tmp_path / "there" / name_of(TINY.files, off)).exists() == is_shared(store)


def test_only_what_the_newest_release_needs_is_kept(store: Store, here: Path) -> None:
    keep_worked_out(store, {"old.built": b"old"})
    passing.give(store, here, TINY)
    expected = {name_of(TINY.files, off) for off in (ON, *ways_off(TINY))}
    kept = {row["name"] for row in rows(store, worked_out)}
    assert kept == (expected if is_shared(store) else {"old.built"})


@pytest.mark.parametrize("content", [b"", b"no zlib", b"x\x9cK\xcb\xcf\x07\x00\x02\x82\x01E"])
def test_what_is_broken_on_the_way_is_worked_out(
    store: Store, tmp_path: Path, content: bytes
) -> None:
    keep_worked_out(store, {name_of(TINY.files, ON): content})
    publish(store, TINY.files, "first", NOW)
    release = Live("https://line.example", tmp_path / "audio", tmp_path / "there").load(store)
    assert release is not None
    assert release.script == TINY


def test_a_store_that_can_not_say_is_not_waited_for(no_tables: str, tmp_path: Path) -> None:
    store = open_store(no_tables)
    passing.take(store, tmp_path / "there", TINY.files, ON)
    assert not (tmp_path / "there").exists()
    store.close()
