"""Clips reach a machine that lacks them, through the store, and are the very same there."""

import fcntl
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import rows
from tests.test_web import SOUND, make_clips
from voice.live import Live
from voice.release import Release
from voice.script import Utterance
from voice.sharing import Sharer, give, take
from voice.speech.clips import read_manifest
from voice.store import Store
from voice.store.machine_tables import sound
from voice.store.sounds import drop_sounds, keep_sound

SAID = [Utterance(f"word {n}", "en-US", "normal", 150) for n in range(9)]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine with five clips and an MP3."""
    make_clips(tmp_path / "here", SAID[:5])
    return tmp_path / "here"


def test_what_one_machine_made_another_gets(store: Store, here: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert take(store, there) == 0
    assert give(store, here) == 6
    assert give(store, here) == 0
    assert take(store, there) == 6
    assert take(store, there) == 0
    assert dict(read_manifest(there).clips) == dict(read_manifest(here).clips)
    assert {path.read_bytes() for path in there.glob("*.wav")} == {SOUND}


def test_a_machine_keeps_the_clips_it_has(store: Store, here: Path, tmp_path: Path) -> None:
    give(store, here)
    own = make_clips(tmp_path / "there", SAID[4:6])
    before = read_manifest(tmp_path / "there").clips
    assert take(store, tmp_path / "there") == 4
    after = read_manifest(tmp_path / "there").clips
    assert {key: after[key] for key in before} == dict(before)
    assert (tmp_path / "there" / own).exists()


def test_what_was_changed_on_the_way_is_not_taken(store: Store, here: Path, tmp_path: Path) -> None:
    row = next(iter(read_manifest(here).clips.values()))
    keep_sound(store, row.name, vars(row), SOUND[:-1])
    assert take(store, tmp_path / "there") == 0
    assert list((tmp_path / "there").glob("*.wav")) == []


@pytest.mark.parametrize(("name", "digest"), [("other.wav", ""), ("../up.wav", "../up")])
def test_nothing_is_taken_under_a_name_that_is_not_its_own(
    store: Store, here: Path, tmp_path: Path, name: str, digest: str
) -> None:
    row = next(iter(read_manifest(here).clips.values()))
    keep_sound(store, name, {**vars(row), "digest": digest or row.digest}, SOUND)
    assert take(store, tmp_path / "there") == 0
    assert not (tmp_path / "there" / name).exists()


def test_while_clips_are_being_made_none_are_taken(
    store: Store, here: Path, tmp_path: Path
) -> None:
    give(store, here)
    there = tmp_path / "there"
    there.mkdir()
    with (there / ".making").open("w") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        assert take(store, there) == 0
    assert take(store, there) == 6


def test_clips_of_words_that_are_gone_are_dropped(store: Store, here: Path) -> None:
    row = next(iter(read_manifest(here).clips.values()))
    keep_sound(store, "0" * 16 + ".wav", {**vars(row), "words": "gone"}, SOUND)
    give(store, here)
    assert len(rows(store, sound)) == 6
    assert "0" * 16 + ".wav" not in {kept["name"] for kept in rows(store, sound)}


def test_rows_of_another_version_are_told_of_once_and_sharing_goes_on(
    store: Store, here: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = next(iter(read_manifest(here).clips.values()))
    keep_sound(store, "0" * 16 + ".wav", {**vars(row), "of_a_later_version": 1}, SOUND)
    live = Live("https://line.example", tmp_path / "there")
    live.release = Release(1, *[None] * 4, unspoken=SAID, render=None)
    sharer = Sharer(live, store, tmp_path / "there")
    for _ in range(2):
        sharer.look()
    assert caplog.messages == ["clips are not shared just now: ManifestError"]
    drop_sounds(store, ["0" * 16 + ".wav"])
    give(store, here)
    sharer.look()
    assert len(read_manifest(tmp_path / "there").clips) == 5


def test_a_machine_takes_while_it_lacks_something_and_then_gives_once(
    store: Store, here: Path, tmp_path: Path
) -> None:
    live = Live("https://line.example", tmp_path / "there")
    sharer = Sharer(live, store, tmp_path / "there")
    sharer.look()
    give(store, here)
    live.release = Release(1, *[None] * 4, unspoken=SAID, render=None)
    sharer.look()
    assert len(read_manifest(tmp_path / "there").clips) == 5
    drop_sounds(store, [row["name"] for row in rows(store, sound)])
    live.release = replace(live.release, unspoken=())
    for _ in range(2):
        sharer.look()
    assert len(rows(store, sound)) == 6
