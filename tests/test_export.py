"""`export` writes what `publish` takes back: the live release, byte for byte."""

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from tests.databases import laid_out
from tests.house import OPEN, settings_in
from voice.__main__ import main
from voice.draft.difference import changes
from voice.instance import first_release, opened_store
from voice.script import parse, read_files
from voice.store import live_release
from voice.store.releases import files_digest


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance with scripts/ as release 1, which commands find."""
    settings = settings_in(tmp_path / "instance")
    laid_out(settings.instance)
    with opened_store(settings) as store:
        first_release(settings, store, OPEN)
    monkeypatch.setenv("INSTANCE", str(tmp_path / "instance"))
    return tmp_path


def test_what_is_exported_is_what_is_live(instance: Path):
    out = instance / "out"
    told = CliRunner().invoke(main, ["export", str(out)])
    assert (told.exit_code, told.output) == (0, f"Release 1 is in {out}.\n")
    with opened_store(settings_in(instance / "instance")) as store:
        live = live_release(store)
    again = read_files(out)
    assert files_digest(again) == files_digest(live.files)
    assert changes(live.files, again) == ()
    assert parse(again) == parse(live.files)
    for path in (ROOT / "scripts").rglob("*.toml"):
        assert (out / path.relative_to(ROOT / "scripts")).read_bytes() == path.read_bytes()


def test_before_the_first_release_there_is_nothing_to_export(tmp_path, monkeypatch):
    monkeypatch.setenv("INSTANCE", str(tmp_path / "empty"))
    with opened_store(settings_in(tmp_path / "empty")):
        pass
    told = CliRunner().invoke(main, ["export", str(tmp_path / "out")])
    assert told.exit_code == 1
    assert "nothing is live yet" in told.output
    assert not (tmp_path / "out").exists()


def export(*words: str) -> tuple[int, str]:
    told = CliRunner().invoke(main, ["export", *words])
    return told.exit_code, told.output


def test_a_folder_that_is_not_empty_is_left_as_it_is(instance: Path):
    out = instance / "out"
    export(str(out))
    (out / "line.toml").write_text("mine", "utf-8")
    code, told = export(str(out))
    assert (code, "--force" in told) == (1, True)
    assert (out / "line.toml").read_text("utf-8") == "mine"


def test_by_force_a_folder_becomes_the_release_and_what_goes_is_told(instance: Path):
    out = instance / "out"
    export(str(out))
    kept = read_files(out)
    (out / "line.toml").write_text("mine", "utf-8")
    (out / "topics" / "zzz.toml").write_text("", "utf-8")
    (out / "notes.txt").write_text("mine", "utf-8")
    assert export(str(out), "--force") == (
        0,
        f"Replaced {out}/line.toml.\nDeleted {out}/topics/zzz.toml.\nRelease 1 is in {out}.\n",
    )
    assert read_files(out) == kept
    assert (out / "notes.txt").exists()


def test_a_folder_of_other_things_is_not_written_in_even_by_force(instance: Path):
    other = instance / "home" / "pyproject.toml"
    other.parent.mkdir()
    other.write_text("[project]", "utf-8")
    assert export(str(other.parent), "--force")[0] == 1
    assert read_files(other.parent) == {"pyproject.toml": "[project]"}


@pytest.mark.parametrize("command", ["export", "fallback"])
def test_a_file_is_no_folder_and_the_command_says_what_is(instance: Path, command: str):
    file = instance / "file"
    file.write_text("")
    told = CliRunner().invoke(main, [command, str(file)])
    assert told.exit_code == 1
    assert told.output == f"Error: {file} is a file: name a folder instead\n"
    told = CliRunner().invoke(main, ["export", str(file / "in")])
    assert "Errno" not in told.output
    assert "name a folder of your own" in told.output


@pytest.mark.parametrize("first", [0, 7])
def test_on_a_full_disk_no_script_is_cut_or_mixed_with_others(
    instance: Path, monkeypatch: pytest.MonkeyPatch, first: int
):
    out, left, whole = instance / "out", first, Path.write_text
    export(str(out))
    (out / "line.toml").write_text("mine", "utf-8")
    (out / "topics" / "zzz.toml").write_text("", "utf-8")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(path: Path, content: str, encoding: str) -> int:
        nonlocal left
        left -= 1
        if left >= 0:
            return whole(path, content, encoding)
        whole(path, content[:9], encoding)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        for folder, forced in ((out, ("--force",)), (instance / "new", ())):
            left = first
            code, told = export(str(folder), *forced)
            assert (code, "the disk is full" in told) == (1, True), told
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert not [path for path in (instance / "new").rglob("*") if path.is_file()]
    assert export(str(instance / "new"))[0] == 0  # once there is room
