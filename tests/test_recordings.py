"""Recordings in the store: bound to exact words, preferred to the engine, made into clips."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.house import OPEN, settings_in
from tests.publisher import TINY, no_problems, settings_of, speak
from tests.sound import babble, tones
from voice import instance
from voice.draft.review import Person
from voice.instance import Progress, all_utterances, make_audio, opened_store, recorded
from voice.publish import Tools, go_live
from voice.script import Script, Utterance, load
from voice.settings import Settings
from voice.speech import engine
from voice.speech.clips import read_manifest
from voice.speech.engine import SpeechError
from voice.store import Store, live_release, publish_first
from voice.store.audit import Wanted, entries
from voice.store.publications import begin
from voice.store.recordings import (
    Confirmed,
    Recording,
    Sound,
    confirm_recording,
    drop_recording,
    keep_recording,
    recordings,
    sound_of,
)
from voice.store.staff import Newcomer, add_person

ANA, BO = Person(1, "Ana Ruiz"), Person(2, "Bo Li")
WORDS = "Wash your hands."


def flac(seconds: float = 1.0, seed: int = 1) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, babble(seconds, 16_000, seed), 16_000, format="FLAC")
    return content.getvalue()


SOUND = Sound(flac(), b"RIFF heard")
ONE = Recording(
    WORDS, "en-US", "normal", "topics/lavage 1", SOUND.digest, 1.5, -27.5, (0, 50, 100), ANA, OPEN
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    chosen = settings_in(tmp_path_factory.mktemp("recorded"))
    with opened_store(chosen) as store:
        hire(store)
    return chosen


def hire(store: Store) -> None:
    """Ana and Bo: people 1 and 2."""
    for one in (ANA, BO):
        add_person(store, Newcomer(f"{one.id}@x.org", one.name, ("writer",), "en"), None, OPEN)


@pytest.fixture
def store(settings: Settings):
    with opened_store(settings) as opened:
        yield opened
        for one in recordings(opened):
            drop_recording(opened, one.name, BO, OPEN)


def test_what_is_kept_is_read_as_it_was(store: Store):
    keep_recording(store, ONE, SOUND)
    assert recordings(store) == recordings(store, "en-US") == (ONE,)
    assert recordings(store, "es-US") == ()
    assert sound_of(store, ONE.name) == SOUND


def test_a_later_recording_of_the_same_words_takes_the_place_of_the_earlier(store: Store):
    keep_recording(store, ONE, SOUND)
    other = Sound(flac(seed=2), b"RIFF other")
    later = replace(ONE, digest=other.digest, by=BO, at=OPEN + timedelta(days=1))
    keep_recording(store, later, other)
    assert recordings(store) == (later,)
    assert sound_of(store, ONE.name) == other


@pytest.mark.parametrize(
    "change", [{"words": "Wash your hand."}, {"locale": "en-GB"}, {"pace": "slow"}]
)
def test_other_words_a_locale_or_a_pace_are_another_recording(store: Store, change):
    keep_recording(store, ONE, SOUND)
    keep_recording(store, replace(ONE, **change), SOUND)
    assert len(recordings(store)) == 2


def test_a_deleted_one_is_gone_and_both_deeds_stay_in_the_record(store: Store):
    keep_recording(store, ONE, SOUND)
    assert drop_recording(store, ONE.name, BO, OPEN)
    assert not drop_recording(store, ONE.name, BO, OPEN)
    assert (recordings(store), sound_of(store, ONE.name)) == ((), None)
    gone, kept = entries(store, Wanted(), 2)
    assert (kept.deed, kept.staff, gone.deed, gone.staff) == (
        "recording-kept", 1, "recording-deleted", 2,
    )  # fmt: skip
    assert gone.subject == kept.subject == "en-US topics/lavage 1"
    assert gone.detail == {"pace": "normal", "words": WORDS, "by": "Ana Ruiz"}


def test_somebody_else_confirms_exactly_the_sound_they_heard_and_it_is_in_the_record(store: Store):
    keep_recording(store, ONE, SOUND)
    tries = [
        confirm_recording(store, name, digest, by, OPEN)
        for name, digest, by in (
            (ONE.name, ONE.digest, ANA),
            (ONE.name, "0" * 64, BO),
            ("0" * 16, ONE.digest, BO),
            (ONE.name, ONE.digest, BO),
            (ONE.name, ONE.digest, BO),
        )
    ]
    assert tries == ["own-voice", "gone", "gone", "", "confirmed-already"]
    assert recordings(store) == (replace(ONE, confirmed=Confirmed(BO, OPEN)),)
    (told,) = entries(store, Wanted(deed="recording-confirmed"), 1)
    assert (told.staff, told.detail) == (BO.id, {"pace": "normal", "words": WORDS, "by": ANA.name})
    keep_recording(store, replace(ONE, confirmed=Confirmed(BO, OPEN)), SOUND)
    assert recordings(store) == (ONE,)


# Clips -------------------------------------------------------------------------------------------


def test_the_store_comes_before_the_folder_and_the_folder_before_the_engine(
    settings: Settings, store: Store
):
    keep_recording(store, ONE, SOUND)
    assert confirm_recording(store, ONE.name, ONE.digest, BO, OPEN) == ""
    folder = settings.instance / "recordings" / "en-US"
    folder.mkdir(parents=True, exist_ok=True)
    slow = replace(ONE, pace="slow")
    for one in (ONE, slow):
        soundfile.write(folder / f"{one.name}.wav", babble(1, 16_000), 16_000)
    with recorded(settings) as find:
        mine, theirs = find(WORDS, "en-US", "normal"), find(WORDS, "en-US", "slow")
        assert mine is not None
        assert theirs is not None
        assert (mine.speaker, mine.digest, theirs.speaker) == (
            "Ana Ruiz",
            SOUND.digest,
            "recording",
        )
        samples, rate = mine.sound()
        assert (rate, len(samples)) == (16_000, 16_000)
        assert find(WORDS + "!", "en-US", "normal") is None


def test_one_that_is_deleted_meanwhile_stops_the_clips_and_says_so(
    settings: Settings, store: Store
):
    keep_recording(store, ONE, SOUND)
    with recorded(settings, rehearsing=True) as find:
        found = find(WORDS, "en-US", "normal")
        assert found is not None
        drop_recording(store, ONE.name, BO, OPEN)
        with pytest.raises(SpeechError, match="deleted"):
            found.sound()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A small line with an engine of tones: its settings and its script."""
    chosen = settings_in(tmp_path, AUDIO=str(tmp_path / "audio"))

    class Tones:
        def __enter__(self):
            return tones()

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(engine, "opened", lambda *_: Tones())
    return chosen, load(TINY)


def quiet(done: int, total: int) -> None:
    pass


def test_clips_are_made_of_a_recording_until_a_letter_changes(tiny, monkeypatch):
    chosen, script = tiny
    said = next(one for one in all_utterances(script, None) if one.pace == "normal")
    monkeypatch.setattr(instance, "topic_keys", lambda _: ())
    twice = (said, replace(said, lead=said.lead + 250))
    reworded = Utterance(said.words + " X.", said.locale, said.pace, said.lead)
    monkeypatch.setattr(instance, "all_utterances", lambda *_: (*twice, reworded))
    with opened_store(chosen) as store:
        hire(store)
        make_audio(chosen, script, quiet)
        before = read_manifest(chosen.audio)
        mine = replace(ONE, words=said.words, locale=said.locale)
        keep_recording(store, mine, SOUND)
        make_audio(chosen, script, quiet)
        unheard = read_manifest(chosen.audio).clip(said)
        assert unheard is not None
        assert unheard.engine == "tones"
        confirm_recording(store, mine.name, SOUND.digest, BO, OPEN)
    make_audio(chosen, script, quiet)
    after = read_manifest(chosen.audio)
    for one in twice:
        old, new = before.clip(one), after.clip(one)
        assert old is not None
        assert new is not None
        assert (old.engine, new.engine, new.speaker) == ("tones", "recording", "Ana Ruiz")
        assert old.digest != new.digest
        assert (old.reading, new.reading) == ("", SOUND.digest)
        assert (chosen.audio / old.name).exists()  # a call under way plays the release it began
        assert new.level == pytest.approx(-21, abs=0.3)
        assert new.seconds == pytest.approx(1 + (one.lead + 350) / 1000, abs=0.05)
    changed = after.clip(reworded)
    assert changed is not None
    assert changed.engine == "tones"


def test_recordings_alone_go_live_as_a_release_of_the_same_words(tmp_path: Path):
    chosen = settings_of(tmp_path)
    spoken: list[str] = []

    def make(_: Settings, script: Script, progress: Progress) -> None:
        spoken.append(script.line.name[script.locales[0]])
        speak(chosen, script, progress)

    with opened_store(chosen) as store:
        hire(store)
        publish_first(store, load(TINY).files, "first", OPEN)
        mine = begin(store, (), "Recordings", ANA, OPEN)
        number = go_live(chosen, store, mine, lambda: OPEN, Tools(make, no_problems))
        live = live_release(store)
    assert live is not None
    assert (number, live.number, live.files) == (2, 2, load(TINY).files)
    assert len(spoken) == 1


def test_a_samples_array_is_what_a_recording_sounds_like(settings: Settings, store: Store):
    keep_recording(store, ONE, SOUND)
    with recorded(settings, rehearsing=True) as find:
        found = find(WORDS, "en-US", "normal")
        assert found is not None
        assert np.abs(found.sound()[0] - babble(1, 16_000)).max() < 0.001
