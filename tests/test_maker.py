"""What a start makes, where something that ships is not there."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.failure.clips import spoken
from tests.house import settings_in
from tests.publisher import TINY
from voice.instance import opened_store
from voice.maker import prepare
from voice.script import ScriptError, read_files
from voice.store import publish


def test_a_line_with_a_release_needs_no_scripts_on_disk_and_says_so(tmp_path: Path) -> None:
    settings = replace(
        settings_in(tmp_path), scripts=tmp_path / "nowhere", audio=tmp_path / "audio"
    )
    spoken(settings.audio)
    with opened_store(settings) as store:
        publish(store, read_files(TINY), "", datetime(2026, 11, 21, tzinfo=UTC))
    said: list[str] = []
    assert prepare(settings, said.append) == 1
    assert f"There are no scripts in {tmp_path}/nowhere" in said[0]


def test_an_empty_line_without_scripts_says_where_it_looked(tmp_path: Path) -> None:
    settings = replace(settings_in(tmp_path), scripts=tmp_path / "nowhere")
    said: list[str] = []
    with pytest.raises(ScriptError, match="missing"):
        prepare(settings, said.append)
    assert said == [f"There are no scripts in {tmp_path}/nowhere: SCRIPTS names their folder."]
