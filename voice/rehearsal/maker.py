"""The process that makes the sound of words in work.

Run as `python -m voice.rehearsal.maker ORDER PERSON`. It loads the engine, makes what is missing,
says how far it is, and ends. What it made stays, also when its time is over.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from voice.instance import recorded
from voice.rehearsal import sayings, spelling
from voice.rehearsal.orders import Orders, Progress
from voice.rehearsal.sounds import Sounds, address, folder_of, name_of_lexicon
from voice.release import utterances
from voice.script import PACES, LexiconEntry, ScriptError, Utterance, parse
from voice.settings import Settings, read
from voice.speech.clips import Clip, Manifest, ManifestError, read_manifest
from voice.speech.engine import Engine, SpeechError, SpeechSettings, opened
from voice.speech.reading import Finder
from voice.store import StoreError

LONGEST: Final = 120
"""Seconds an order may take; ordered again, it goes on where it stopped."""
GRACE: Final = 30
"""Seconds that are left to tell so."""
LEAD: Final = 150
"""Milliseconds of silence before a sentence that shows how a word is said."""

Tell = Callable[[int, int], None]
Lexicon = tuple[LexiconEntry, ...]
Result = dict[str, Any]


class TimeOver(Exception):
    """An order took too long."""


def carry_out(settings: Settings, name: str, person: int) -> None:
    """Make what is ordered, and note what came of it."""
    orders = Orders(settings)
    with orders.taken(name, person) as mine:
        if not mine:
            return
        far = Progress("making")

        def tell(done: int, total: int) -> None:
            nonlocal far
            far = Progress("making", done, total)
            orders.tell(name, far)

        tell(0, 0)
        try:
            with _time_limit():
                result = _made(settings, orders, orders.read(name), tell)
            end = replace(far, state="done", result=result)
        except TimeOver:
            end = replace(far, state="late")
        except (SpeechError, StoreError, ManifestError, ScriptError, OSError) as problem:
            end = replace(far, state="failed", reason=str(problem))
        orders.tell(name, end)


def _made(settings: Settings, orders: Orders, order: dict[str, Any], tell: Tell) -> Result:
    chosen = SpeechSettings.read({**settings.speech, "SPEECH_ENGINE": settings.speech_engine})
    jobs = max(1, (os.cpu_count() or 1) - 1)  # callers come first
    with recorded(settings, rehearsing=True) as find, opened(chosen, jobs) as engine:
        studio = Studio(settings, orders.root, Voices(engine, chosen, find), tell)
        return {"hear": studio.hear, "ring": studio.ring, "say": studio.say}[order["kind"]](order)


@dataclass(frozen=True)
class Voices:
    """Who speaks: people's recordings, else the engine as it was chosen."""

    engine: Engine
    chosen: SpeechSettings
    find: Finder


class Studio:
    """Makes the clips of one order."""

    def __init__(self, settings: Settings, root: Path, voices: Voices, tell: Tell) -> None:
        self._settings = settings
        self._root = root
        self._voices = voices
        self._tell = tell

    def hear(self, order: dict[str, Any]) -> Result:
        """What the line says of a subject: its rows, at each pace."""
        sounds = self._sounds(order)
        said = sayings.sayings(sounds.draft, sounds.callers, order["subject"])
        mine = self._draft_clips(sounds, (one.at(pace) for one in said for pace in PACES))
        return {"rows": [_row(sounds, mine, one) for one in said]}

    def ring(self, order: dict[str, Any]) -> Result:
        """All that a call can say and that callers do not hear yet."""
        sounds = self._sounds(order)
        self._draft_clips(sounds, utterances(sounds.draft))
        return {}

    def say(self, order: dict[str, Any]) -> Result:
        """A sentence before and after a word in it is said in another way."""
        now = tuple(LexiconEntry(**row) for row in order["lexicon"])
        locale, like = order["locale"], order["like"]
        entry = spelling.entry_for(now, order["word"], locale)
        entry = spelling.said_like(entry, like, *self._letters(like, locale))
        said = Utterance(order["sentence"], locale, PACES[0], LEAD)
        before, after = (
            self._one(said, lexicon) for lexicon in (now, spelling.with_entry(now, entry))
        )
        same = before.pop("sha256") == after.pop("sha256")
        return {"entry": asdict(entry), "before": before, "after": after, "same": same}

    def _sounds(self, order: dict[str, Any]) -> Sounds:
        live, draft = parse(order["live"]), parse({**order["live"], **order["changed"]})
        return Sounds(self._root, read_manifest(self._settings.audio), draft, live)

    def _draft_clips(self, sounds: Sounds, said: Iterable[Utterance]) -> Manifest:
        """Make the clips callers have not got; all there are then."""
        return self._make([one for one in said if not sounds.reused(one)], sounds.draft.lexicon)

    def _make(self, said: list[Utterance], lexicon: Lexicon) -> Manifest:
        # numpy is loaded only where clips are made.
        from voice.speech.render import make

        folder = folder_of(self._root, name_of_lexicon(lexicon))
        made = make(said, (), lexicon, folder, self._voices.engine, self._tell, self._voices.find)
        for one in said:
            clip = made.clip(one)
            with suppress(OSError):
                os.utime(folder / clip.name if clip else folder)  # its day begins anew
        return made

    def _letters(self, like: str, locale: str) -> tuple[str, str]:
        """How espeak-ng and Piper write a spelling; "" where espeak-ng is not there to ask."""
        from voice.speech.espeak import phonemes

        text = spelling.read_aloud(like)
        try:
            return (
                phonemes(text, locale, self._voices.chosen, "espeak"),
                phonemes(text, locale, self._voices.chosen),
            )
        except SpeechError:
            if self._voices.engine.notation == "say":
                return "", ""
            raise

    def _one(self, said: Utterance, lexicon: Lexicon) -> Result:
        clip = self._make([said], lexicon).clip(said)
        if clip is None:
            raise SpeechError("A clip was not made.", "Try again.")
        return {**_clip(clip, address(lexicon, said)), "sha256": clip.sha256}


def _row(sounds: Sounds, made: Manifest, one: sayings.Saying) -> Result:
    """A saying with its clip at each pace; new: callers do not hear it yet."""
    spoken = {pace: one.at(pace) for pace in PACES}
    reused = {pace: sounds.reused(said) for pace, said in spoken.items()}
    clips = {
        pace: _clip(clip, sounds.address(said))
        for pace, said in spoken.items()
        if (clip := reused[pace] or made.clip(said))
    }
    return {**asdict(one), "new": not all(reused.values()), "clips": clips}


def _clip(clip: Clip, src: str) -> Result:
    told = {"seconds": clip.seconds, "level": clip.level, "engine": clip.engine}
    return {"src": src, **told}


@contextmanager
def _time_limit() -> Iterator[None]:
    """TimeOver after LONGEST seconds; GRACE later the process is ended."""

    def over(*_: object) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(GRACE)
        raise TimeOver

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    with suppress(OSError):  # a service manager may forbid even that
        os.nice(10)
    carry_out(read(os.environ), sys.argv[1], int(sys.argv[2]))
