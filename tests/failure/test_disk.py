"""Files on disk that go, break or are mixed up while people call and write.

Every call is answered: what can not be played any more Twilio's voice reads, as soon as the line
looks at its folder again, and all else is played as before. When the files are back they are
played again. What is wrong can be read at /readyz and in the log meanwhile.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.failure.clips import PLAYED
from tests.failure.crowd import NOWHERE, Crowd, broken_promises, small_release
from tests.failure.machine import TINY, Machine, machine, wait_until
from tests.failure.test_killed import crowd_at, prepared
from voice import dialog
from voice.assembly import WAIT_FOR_NEXT
from voice.dialog import State
from voice.release import Release, address
from voice.speech.clips import MANIFEST, ManifestError
from voice.store import open_store

SLACK = 3.0
"""Seconds in which a look at the folder is over: five in all, as a release may take, for a machine
that is busy with callers and reads every clip anew."""
MAIN = State("main", "fr-FR", "normal")


@contextmanager
def clinic(folder: Path, **given: str) -> Iterator[tuple[Machine, Crowd]]:
    """A line with every clip, and people who call it; in the end nobody was lost or deceived."""
    store_at = f"sqlite:///{folder}/instance/line.db"
    prepared(store_at)
    with machine(folder, **given) as line:
        line.wait_until_made()
        crowd = crowd_at(line)
        crowd.start()
        crowd.go_on(40)
        yield line, crowd
        crowd.go_on(40)
        crowd.stop()
        line.stop()
    assert (crowd.wrong, crowd.refused) == ([], 0)
    store = open_store(store_at)
    assert broken_promises(crowd, store) == []
    store.close()


def played_at(release: Release, state: State) -> list[str]:
    """The names of the clips that a place plays."""
    return [found.decode().rpartition("/")[2] for found in PLAYED.findall(release.answer(state))]


def changes(line: Machine, crowd: Crowd, to: Release, deed: Callable[[], object]) -> None:
    """Do something to the disk; a look later there is no other answer than those of `to`."""
    crowd.others = (to,)
    deed()
    path, asked = address(1, MAIN), {"CallSid": "CAprobe", "From": "anonymous"}
    probe = replace(crowd, sounds={}, statuses=crowd.statuses.__class__())
    again = dialog.following(to.script, MAIN, dialog.Event("silence"))
    wait_until(
        lambda: probe.ask(path, asked) == to.answer(again),
        "the line does not notice",
        WAIT_FOR_NEXT + SLACK,
    )
    crowd.release, crowd.others = to, ()


def truncated(audio: Path, names: list[str]) -> None:
    """One clip ends in the middle."""
    file = audio / names[0]
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def swapped(audio: Path, names: list[str]) -> None:
    """Two clips, each whole, say each other's words."""
    one, other = (audio / name for name in names[:2])
    one.rename(audio / "aside")
    other.rename(one)
    (audio / "aside").rename(other)


def gone(audio: Path, _: list[str]) -> None:
    """The whole folder is not there."""
    audio.rename(audio.with_name("elsewhere"))


def emptied(audio: Path, _: list[str]) -> None:
    """The manifest is there, and no clip is."""
    for file in audio.glob("*.wav"):
        file.unlink()


def mended(audio: Path, kept: Path) -> None:
    """Put back what was there, as from a backup."""
    shutil.rmtree(audio, ignore_errors=True)
    shutil.copytree(kept, audio)


soak = pytest.mark.soak


@soak
@pytest.mark.parametrize(
    ("harm", "lost"), [(truncated, 1), (swapped, 2), (gone, None), (emptied, None)]
)
def test_a_clip_that_can_not_be_played_is_read_and_the_others_are_played(
    tmp_path: Path, harm: Callable[[Path, list[str]], None], lost: int | None
) -> None:
    """`lost` is how many of the clips of a place are harmed; None: every clip there is."""
    with clinic(tmp_path) as (line, crowd):
        whole, url = crowd.release, crowd.url
        again = dialog.following(whole.script, MAIN, dialog.Event("silence"))
        names = played_at(whole, again)
        shutil.copytree(line.audio, tmp_path / "kept")
        audio = line.audio if lost else NOWHERE
        without = small_release(url, audio=audio, without=names[:lost])
        changes(line, crowd, without, lambda: harm(line.audio, names))
        unheard, read = crowd.unheard, crowd.read
        assert line.get("/readyz")[1]["clips"]["missing"] == len(without.unspoken) > 0
        told = f"{len(without.unspoken)} clips missing"
        wait_until(lambda: told in line.log.read_text(), "the log does not tell", 2)
        crowd.go_on(60)
        assert crowd.unheard <= unheard + 4  # those under way
        assert crowd.read > read
        changes(line, crowd, whole, lambda: mended(line.audio, tmp_path / "kept"))
        read, heard = crowd.read, crowd.heard
        crowd.go_on(40)
        assert crowd.read <= read + 4  # those under way
        assert crowd.heard > heard
        assert line.get("/readyz")[1]["clips"]["missing"] == 0
    assert (crowd.lost, set(crowd.statuses)) == (0, {200, 404} if unheard else {200})


@soak
def test_a_manifest_that_can_not_be_read_changes_nothing_until_it_can(tmp_path: Path) -> None:
    with clinic(tmp_path, WORKERS="2") as (line, crowd):
        manifest = line.audio / MANIFEST
        kept = manifest.read_bytes()
        manifest.write_bytes(kept[: len(kept) // 2])
        wait_until(lambda: ManifestError.__name__ in line.log.read_text(), "nobody was told", 5)
        crowd.go_on(60)
        assert (crowd.lost, crowd.unheard, crowd.read) == (0, 0, 0)
        # A worker that begins now knows no clip. It has everything read, and no clip to give to
        # those whom the other worker tells to play one: all that is lost.
        silent = small_release(crowd.url)
        crowd.others = (silent,)
        line.kill_a_worker()
        wait_until(lambda: crowd.read > 10, "the new worker answers nothing")
        assert crowd.lost <= 8, "more than those under way when a worker died"
        assert max(crowd.statuses) == 404
        manifest.write_bytes(kept)
        wait_until(lambda: all_played(line), "it is not played again", WAIT_FOR_NEXT + SLACK)
        crowd.others, unheard = (), crowd.unheard
        crowd.go_on(60)
        assert crowd.unheard <= unheard + 4  # those under way


def all_played(line: Machine) -> bool:
    """Whether every worker plays everything: each tells of itself."""
    told = [line.get("/readyz") for _ in range(20)]
    return all(status == 200 and body["clips"]["missing"] == 0 for status, body in told)


@soak
def test_scripts_broken_on_disk_are_nobodys_words(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(TINY, scripts)
    with clinic(tmp_path, SCRIPTS=str(scripts)) as (line, crowd):
        (scripts / "line.toml").write_text("name = [")
        shutil.rmtree(scripts / "topics")
        crowd.go_on(60)
        assert crowd.lost == 0
        line.kill()
        line.start()
        crowd.go_on(60)
        assert line.get("/readyz")[1]["release"] == 1
        assert (crowd.unheard, crowd.read) == (0, 0)
