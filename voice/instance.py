"""One installation of the line: its store, its first release, its clips. What a start needs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from voice import passing
from voice.built import built
from voice.dialog import topic_parts
from voice.script import PACES, Pace, Script, Utterance, load, read_files
from voice.settings import Settings
from voice.speech.clips import TopicKey, prune, topic_key
from voice.speech.engine import SpeechError
from voice.speech.reading import Finder, Reading, first_of, name_of
from voice.store import (
    Store,
    live_number,
    live_release,
    open_store,
    publish,
    publish_first,
)
from voice.store.migrating import migrate
from voice.store.recordings import Recording, recordings, sound_of
from voice.store.releases import How
from voice.switches import ON, ways_off
from voice.unmoved import refuse_unmoved

if TYPE_CHECKING:
    from voice.speech.mastering import Samples

Progress = Callable[[int, int], None]
"""Called with how many clips are made and how many there are to make."""


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Open the store with its tables up to date, and close it afterwards."""
    store = open_store(settings.database_url)
    try:
        migrate(store)
        yield store
    finally:
        store.close()


def first_release(settings: Settings, store: Store, at: datetime) -> int:
    """Publish the scripts folder as release 1 where nothing is live yet.

    Returns the live release's number. Raises ScriptError where the folder cannot be loaded, and
    Unmoved where what this instance kept before is not in the store.
    """
    number = live_number(store)
    if number is not None:
        return number
    refuse_unmoved(settings)
    script = load(settings.scripts)
    return publish_first(store, script.files, "made from scripts/", at)


def new_release(
    settings: Settings, store: Store, script: Script, note: str, at: datetime, how: How = "by-hand"
) -> int:
    """Publish a script as the next release and make it live. Raises Unmoved."""
    if live_number(store) is None:
        refuse_unmoved(settings)
    passing.give(store, settings.built, script)
    return publish(store, script.files, note, at, how)


def live_script(settings: Settings, store: Store) -> Script | None:
    """Read the live release, completed from scripts/ as the next start would; None without one.

    Raises ScriptError where that does not help.
    """
    from voice.completing import whole  # not for workers: it loads tomlkit

    kept = live_release(store)
    return whole(kept.files, read_files(settings.scripts)) if kept else None


def topic_keys(script: Script) -> tuple[TopicKey, ...]:
    """Return every MP3 the pages and texts need: a topic in a locale at a pace."""
    return tuple(
        topic_key(topic, locale, pace, topic_parts(script, topic, locale))
        for topic in script.topics
        for locale in script.locales
        for pace in PACES
    )


def all_utterances(script: Script, folder: Path | None) -> tuple[Utterance, ...]:
    """Return everything a call can say, also where subjects or the line are switched off.

    What that takes is kept in the folder, where workers find it: else each of them would work it
    out while it answers.
    """
    each = (built(script.files, off, folder).says for off in (ON, *ways_off(script)))
    return tuple(dict.fromkeys(one for says in each for one in says))


def make_audio(
    settings: Settings, script: Script, progress: Progress, jobs: int | None = None
) -> None:
    """Make every clip the script needs and does not have yet, of people's recordings first.

    Raises SpeechError and keeps what was made; run again, it goes on. StoreError where recordings
    cannot be read: no machine is to speak for a person because its store was away.
    """
    # numpy and the engines are loaded only where clips are made.
    from voice.speech.engine import SpeechSettings, opened
    from voice.speech.render import make, workers

    chosen = SpeechSettings.read({**settings.speech, "SPEECH_ENGINE": settings.speech_engine})
    with recorded(settings) as find, opened(chosen, workers(jobs)) as engine:
        make(
            all_utterances(script, settings.built),
            topic_keys(script),
            script.lexicon,
            settings.audio,
            engine,
            progress,
            find,
        )


@contextmanager
def recorded(settings: Settings, rehearsing: bool = False) -> Iterator[Finder]:
    """Find people's recordings: those of the store, then those of the instance's folder.

    Callers do not hear a recording from the store that only its reader has heard; whoever
    rehearses does.
    """
    from voice.speech.recordings import in_folder

    with opened_store(settings) as store:
        kept = {one.name: one for one in recordings(store) if rehearsing or one.confirmed}
        yield first_of(_kept(store, kept), in_folder(settings.instance / "recordings"))


def _kept(store: Store, kept: Mapping[str, Recording]) -> Finder:
    """Find recordings of the store, by their names; their sound is read when it is wanted."""
    from voice.speech.recordings import decoded

    def find(words: str, locale: str, pace: Pace) -> Reading | None:
        one = kept.get(name_of(words, locale, pace))
        return Reading(one.digest, one.by.name, lambda: sound(one.name)) if one else None

    def sound(name: str) -> "tuple[Samples, int]":
        found = sound_of(store, name)
        if found is None:
            raise SpeechError("A recording was deleted while clips were made.", "Do it again.")
        return decoded(found.content, name)

    return find


def prune_audio(settings: Settings, script: Script) -> int:
    """Delete every clip that neither `script` nor the live release needs; say how many.

    Whoever makes clips just now finishes first. Raises ScriptError where the live release cannot be
    read.
    """
    from voice.speech.render import alone  # not for workers: it loads numpy

    with alone(settings.audio):
        scripts = [script]
        with opened_store(settings) as store:
            live = live_script(settings, store)
            scripts += [live] if live else []
        said = [utterance for one in scripts for utterance in all_utterances(one, settings.built)]
        told = [key for one in scripts for key in topic_keys(one)]
        return len(prune(settings.audio, said, told))
