"""`export` writes what `publish` takes back: the live release, byte for byte."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
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
