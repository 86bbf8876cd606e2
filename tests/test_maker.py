"""What a start makes, where something that ships is not there."""

import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import kept
from tests.failure.clips import spoken
from tests.house import settings_in
from tests.publisher import TINY
from voice import built, maker
from voice.instance import opened_store
from voice.live import Live
from voice.maker import make_ready, prepare, prepare_when_it_can, tell_unfit
from voice.script import Script, ScriptError, load, read_files
from voice.settings import Settings
from voice.store import live_number, publish
from voice.store.audit import Wanted, entries


def test_a_line_with_a_release_needs_no_scripts_on_disk_and_says_so(tmp_path: Path) -> None:
    settings = replace(
        settings_in(tmp_path), scripts=tmp_path / "nowhere", audio=tmp_path / "audio"
    )
    spoken(settings.audio)
    kept.lend(settings.instance, load(TINY))
    with opened_store(settings) as store:
        publish(store, read_files(TINY), "", datetime(2026, 11, 21, tzinfo=UTC))
    said: list[str] = []
    assert prepare(settings, said.append) == 1
    assert f"There are no scripts in {tmp_path}/nowhere" in said[0]


def test_a_start_works_out_what_workers_need_of_the_first_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings_in(tmp_path), scripts=TINY, audio=tmp_path / "audio")
    spoken(settings.audio)
    said: list[str] = []
    assert prepare(settings, said.append) == 1
    assert "Let no patient call yet: `publish` would refuse these words" in said[1]
    again: list[str] = []
    assert prepare(settings, again.append) == 1
    assert again == said[:1]  # it is told when the words first go live
    assert recorded(settings) == [("release-first", "1")]
    monkeypatch.setattr(built, "build", lambda _: pytest.fail("worked out by a worker"))
    with opened_store(settings) as store:
        release = Live("https://line.example", settings.audio, settings.built).load(store)
    assert release is not None
    assert release.number == 1


def recorded(settings: Settings) -> list[tuple[str, str]]:
    """What the record says the line did by itself, and on which release."""
    with opened_store(settings) as store:
        return [(one.deed, one.subject) for one in entries(store, Wanted(by_line=True), 9)]


def test_words_that_publish_would_refuse_are_told_with_what_to_do(
    tmp_path: Path, script: Script
) -> None:
    settings, said = settings_in(tmp_path), list[str]()
    texts = {**script.prompts["en-US"].call, "apology": "I am sorry."}
    english = replace(script.prompts["en-US"], call=texts)
    bad = replace(script, prompts={**script.prompts, "en-US": english})
    tell_unfit(settings, bad, said.append)
    first, *found = said
    assert first == (
        f"Let no patient call yet: `publish` would refuse these words for {len(found)} problems. "
        "Mend them, then run: python -m voice publish. python -m voice check tells all of them."
    )
    assert found[0] == "  prompts.toml en-US call.apology: It does not say {person}. Add it."


def test_of_words_that_publish_would_take_nothing_is_told(tmp_path: Path, script: Script) -> None:
    tell_unfit(settings_in(tmp_path), script, lambda said: pytest.fail(said))


def test_an_empty_line_without_scripts_says_where_it_looked(tmp_path: Path) -> None:
    settings = replace(settings_in(tmp_path), scripts=tmp_path / "nowhere")
    said: list[str] = []
    with pytest.raises(ScriptError, match="missing"):
        prepare(settings, said.append)
    assert said == [f"There are no scripts in {tmp_path}/nowhere: SCRIPTS names their folder."]


def test_a_line_that_starts_before_its_store_is_made_ready_when_the_store_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(settings_in(tmp_path), scripts=TINY, audio=tmp_path / "audio")
    spoken(settings.audio)
    kept.lend(settings.instance, load(TINY))
    obstacle, pauses = tmp_path / "a file", list[float]()
    obstacle.touch()
    early = replace(settings, database_url=f"sqlite:///{obstacle}/line.db")

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            obstacle.unlink()

    assert prepare_when_it_can(early, pause) == 1
    assert len(pauses) == 3
    told = capsys.readouterr().err
    assert told.count("The store does not answer") == 1
    assert "DATABASE_URL" in told


def test_a_first_start_on_words_that_do_not_load_says_to_start_again_once_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(TINY, tmp_path / "scripts")
    (tmp_path / "scripts" / "line.toml").write_text("name = ", "utf-8")
    settings = replace(settings_in(tmp_path), scripts=tmp_path / "scripts")
    monkeypatch.setattr(maker, "_answers", lambda *_: True)
    with pytest.raises(SystemExit):
        make_ready(settings)
    told = capsys.readouterr().err
    assert "The line is not ready. line.toml" in told
    assert "stop the line and start it again" in told


def test_a_line_whose_log_takes_nothing_more_is_made_ready_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings_in(tmp_path), scripts=TINY, audio=tmp_path / "audio")
    spoken(settings.audio)
    sorted(settings.audio.glob("*.wav"))[0].unlink()  # one is made here, and told of
    monkeypatch.setattr(maker, "_answers", lambda *_: True)
    with Path("/dev/full").open("w", buffering=1) as log:
        monkeypatch.setattr(sys, "stdout", log)
        monkeypatch.setattr(sys, "stderr", log)
        try:
            make_ready(settings)
        finally:
            monkeypatch.undo()
            with suppress(OSError):
                log.close()
    with opened_store(settings) as store:
        assert live_number(store) == 1
