"""The release being served: from the store to memory, and kept there whatever happens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from tests import kept
from tests.conftest import ROOT
from tests.replay import URL, opened, settings_in
from tests.test_web import make_clips
from voice.draft.review import Person, Policy
from voice.live import Live
from voice.script import ScriptError, Utterance, load
from voice.speech.clips import MANIFEST, Clip, Manifest, write_manifest
from voice.store import Store, StoreError, open_store, publish
from voice.store.choices import choose_policy, switch_line, switch_topic
from voice.store.staff import Newcomer, add_person
from voice.switches import LINE_OFF

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
TINY = load(Path(__file__).parent / "data" / "tiny-scripts").files


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(settings_in(tmp_path)) as (store, _):
        yield store


@pytest.fixture
def live(tmp_path: Path) -> Live:
    return Live(URL, tmp_path / "audio", kept.FOLDER)


def manager(store: Store) -> Person:
    made = add_person(store, Newcomer("cy@clinic.example", "Cy", ("manager",), "en"), None, NOW)
    return Person(made.id, made.name)


def test_nothing_is_served_before_the_first_release(store: Store, live: Live) -> None:
    assert live.load(store) is None
    assert live.release is None
    assert not live.is_current(store)


def test_the_live_release_is_served_until_the_next(store: Store, live: Live) -> None:
    publish(store, TINY, "first", NOW)
    first = live.load(store)
    assert first is not None
    assert (first.number, live.release) == (1, first)
    assert live.is_current(store)
    publish(store, {**TINY, "extra.toml": ""}, "second", NOW)
    assert not live.is_current(store)
    second = live.load(store)
    assert second is not None
    assert second.number == 2
    assert live.is_current(store)


def test_other_clips_are_served_with_the_words_that_are_in_memory_already(
    store: Store, live: Live, tmp_path: Path
) -> None:
    assert live.refresh() is None
    publish(store, TINY, "first", NOW)
    first = live.load(store)
    assert first is not None
    words = next(iter(first.unspoken))
    digest = sha256(b"").hexdigest()
    clip = Clip("d", words.words, words.locale, words.pace, words.lead, "", "", 1, -26, 130, digest)
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / clip.name).touch()
    write_manifest(tmp_path / "audio", Manifest({clip.key: clip}))
    again = live.refresh()
    assert again is not None
    assert live.release is again
    assert (again.number, live.manifest.rows) == (1, (clip,))
    assert words not in again.unspoken
    assert again.vocabulary is first.vocabulary


def test_a_manifest_that_can_not_be_read_keeps_no_words_from_callers(
    store: Store, live: Live, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, TINY, "first", NOW)
    names = make_clips(tmp_path / "audio", list(live_words(live, store))[:2])
    manifest = tmp_path / "audio" / MANIFEST
    assert live.refresh() is not None
    before = live.manifest
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[:-20])
    assert live.refresh() is not None
    assert live.manifest == before
    assert "ManifestError" in caplog.text
    (tmp_path / "audio" / names).unlink()
    assert live.refresh() is not None
    assert len(live.manifest.rows) == len(before.rows) - 1
    another = Live(URL, tmp_path / "audio", kept.FOLDER)
    assert another.load(store) is not None
    assert another.manifest.rows == ()
    manifest.unlink()
    manifest.mkdir()
    assert another.refresh() is not None


def live_words(live: Live, store: Store) -> tuple[Utterance, ...]:
    """What a line without clips has to say."""
    release = live.load(store)
    assert release is not None
    return release.unspoken


def test_a_release_that_can_not_be_read_leaves_the_one_before_in_service(
    store: Store, live: Live
) -> None:
    publish(store, TINY, "good", NOW)
    good = live.load(store)
    publish(store, {**TINY, "line.toml": "["}, "broken", NOW)
    with pytest.raises(ScriptError):
        live.load(store)
    assert live.release is good


def test_a_store_that_is_away_leaves_the_release_in_service(
    store: Store, live: Live, tmp_path: Path
) -> None:
    publish(store, TINY, "good", NOW)
    good = live.load(store)
    away = open_store(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(StoreError):
        live.load(away)
    away.close()
    assert live.release is good


def test_what_has_no_clip_is_said_by_twilios_own_voice(store: Store, live: Live) -> None:
    publish(store, load(ROOT / "scripts").files, "no audio", NOW)
    release = live.load(store)
    assert release is not None
    assert len(release.unspoken) > 200
    for state in {one.kind: one for one in release.replies}.values():
        body = release.replies[state]
        assert (b"<Say" in body, b"<Play" in body) == (True, False), state


def test_what_is_switched_off_is_served_so_from_the_next_look_on(store: Store, live: Live) -> None:
    publish(store, TINY, "first", NOW)
    live.load(store, NOW)
    cy = manager(store)
    switch_topic(store, "lavage", True, cy, NOW)
    assert not live.is_current(store, NOW)
    release = live.load(store, NOW)
    assert release is not None
    assert live.is_current(store, NOW)
    said = release.script.topics["lavage"].wording["fr-FR"].main_message
    assert said != live.script.topics["lavage"].wording["fr-FR"].main_message
    switch_line(store, True, cy, NOW)
    live.load(store, NOW)
    assert list(live.release.script.topics) == [LINE_OFF]
    assert list(live.script.topics) == ["lavage", "apres"]
    switch_line(store, False, cy, NOW)
    switch_topic(store, "lavage", False, cy, NOW)
    live.load(store, NOW)
    assert live.release.script is live.script


def test_topics_past_their_review_fall_back_on_their_day_where_chosen(
    store: Store, live: Live
) -> None:
    publish(store, TINY, "first", NOW)
    choose_policy(store, Policy(expired="fall-back"), manager(store), NOW)
    live.load(store, NOW)
    assert live.is_current(store, NOW)
    later = datetime(2027, 1, 1, 23, 30, tzinfo=UTC)  # the 2nd at the practice
    assert not live.is_current(store, later)
    live.load(store, later)
    assert live.release.script is not live.script
