"""An older release on a newer program: completed, and not a letter of staff's words changed."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import kept, publisher
from tests.conftest import ROOT
from tests.failure.clips import spoken
from tests.house import settings_in
from voice.completing import completed, whole
from voice.instance import opened_store
from voice.maker import prepare
from voice.script import ScriptError, parse, read_files
from voice.store import live_release, publish
from voice.store.audit import Wanted, entries

SHIPPED = read_files(ROOT / "scripts")
TINY = read_files(publisher.TINY)
AT = datetime(2026, 11, 21, tzinfo=UTC)


def older(files: dict[str, str]) -> dict[str, str]:
    """These files as they were before the program asked for more words."""
    prompts = re.sub(r"(?m)^offer_closed = .*\n", "", files["prompts.toml"])
    words = re.sub(r"(?ms)^\[ordinals\..*?(?=^\[(?!ordinals))", "", files["words.toml"])
    assert prompts != files["prompts.toml"]
    return files | {"prompts.toml": prompts, "words.toml": words}


def test_what_is_lacking_is_added_and_nothing_else_changes() -> None:
    ours = older(SHIPPED)
    ours["prompts.toml"] = ours["prompts.toml"].replace("This is the main menu.", "Here we are.")
    with pytest.raises(ScriptError, match="offer_closed"):
        parse(ours)
    made = whole(ours, SHIPPED)
    for name, text in ours.items():
        left = iter(made.files[name].splitlines())
        assert all(line in left for line in text.splitlines()), name
    assert "Here we are." in made.files["prompts.toml"]
    assert made.prompts["en-US"] != parse(SHIPPED).prompts["en-US"]
    assert made.prompts["es-US"] == parse(SHIPPED).prompts["es-US"]


def test_what_can_be_read_is_left_as_it_is() -> None:
    assert whole(TINY, SHIPPED).files == TINY
    assert completed(SHIPPED, SHIPPED) == SHIPPED


def test_other_languages_get_no_words_of_ours() -> None:
    with pytest.raises(ScriptError, match="offer_closed"):
        whole(older(TINY), SHIPPED)


@pytest.mark.parametrize("name", ["prompts.toml", "words.toml"])
def test_broken_scripts_on_disk_do_not_hide_what_is_wrong(name: str) -> None:
    with pytest.raises(ScriptError, match="offer_closed"):
        whole(older(SHIPPED), SHIPPED | {name: "[broken"})


def test_a_start_makes_an_older_release_whole_and_serves_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, SCRIPTS=str(publisher.TINY), AUDIO=str(tmp_path / "audio"))
    spoken(settings.audio)
    kept.lend(settings.instance, parse(TINY))
    with opened_store(settings) as store:
        publish(store, older(TINY), "long ago", AT)
    assert prepare(settings, lambda _: None) == 2
    with opened_store(settings) as store:
        live = live_release(store)
        done = [(one.deed, one.subject) for one in entries(store, Wanted(by_line=True), 9)]
    assert done == [("release-completed", "2")]
    assert live is not None
    assert "needs" in live.note
    assert parse(live.files).topics == parse(TINY).topics
    assert prepare(settings, lambda _: None) == 2
