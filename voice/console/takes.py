"""The checklist of a locale at this moment: what is recorded, missing, or of words that changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from voice.checklist import Sentence, sentences
from voice.console.desk import desk
from voice.console.drafting import live_script
from voice.rehearsal.draft import in_work as script_in_work
from voice.script import PACES, Pace, ScriptError, parse
from voice.speech.clips import Key, composed
from voice.speech.reading import name_of
from voice.speech.take import Wanted
from voice.store.drafts import read_work
from voice.store.recordings import Recording, recordings

State = Literal["recorded", "changed", "missing"]
KEPT: Final = 8
"""Checklists remembered: making one tries every way a call can go, a second's work."""


@dataclass(frozen=True)
class Item:
    """A sentence to read at a pace. `earlier` is a recording of other words at the same place.

    `reading` is the sound callers hear it in now, "" for the engine's voice.
    """

    sentence: Sentence
    pace: Pace
    live: bool
    reading: str
    recording: Recording | None
    earlier: Recording | None

    @property
    def name(self) -> str:
        """16 hex digits of the exact words, the locale and the pace."""
        return name_of(self.sentence.words, self.sentence.locale, self.pace)

    def is_made_of(self, one: Recording) -> bool:
        """Whether callers hear this very sound."""
        return self.reading == one.digest

    @property
    def heard(self) -> bool:
        """Whether callers hear the recording there is, if somebody else has heard it, or none."""
        one = self.recording if self.recording and self.recording.confirmed else None
        return self.is_made_of(one) if one else not self.reading

    @property
    def state(self) -> State:
        """How it stands."""
        if self.recording:
            return "recorded"
        return "changed" if self.earlier else "missing"

    @property
    def wanted(self) -> Wanted:
        """What a take of it is measured by; the slow pace may take as long as it likes."""
        one = self.sentence
        return Wanted(
            one.words, one.locale, self.pace, one.longest if self.pace == "normal" else None
        )


@dataclass(frozen=True)
class Checklist:
    """Everything to read in a locale at a pace, in order, and recordings of nothing said now."""

    items: tuple[Item, ...]
    others: tuple[Recording, ...]

    @property
    def done(self) -> int:
        """How many are recorded, and heard and confirmed by somebody else."""
        return sum(bool(one.recording and one.recording.confirmed) for one in self.items)

    @property
    def unheard(self) -> int:
        """How many are recorded and wait for somebody else to hear them."""
        return sum(one.recording is not None for one in self.items) - self.done

    @property
    def groups(self) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """The items of each subject."""
        subjects = dict.fromkeys(one.sentence.subject for one in self.items)
        return tuple(
            (name, tuple(one for one in self.items if one.sentence.subject == name))
            for name in subjects
        )

    def find(self, name: str) -> Item | None:
        """The item called so."""
        return next((one for one in self.items if one.name == name), None)

    def after(self, name: str) -> Item | None:
        """The first that is not recorded after this one, or else before it; None when all are."""
        at = next((at for at, one in enumerate(self.items) if one.name == name), -1)
        around = (*self.items[at + 1 :], *self.items[: max(at, 0)])
        return next((one for one in around if one.state != "recorded"), None)

    def beside(self, name: str, step: int) -> Item | None:
        """The one before (-1) or after (1)."""
        at = next((at for at, one in enumerate(self.items) if one.name == name), None)
        if at is None or not 0 <= at + step < len(self.items):
            return None
        return self.items[at + step]


def checklist(locale: str, pace: Pace) -> Checklist:
    """The checklist as it is now."""
    live = _sentences(_frozen(live_script().files), locale)
    said = {one.words for one in live}
    mine = tuple(one for one in recordings(desk().store, locale) if one.pace == pace)
    kept = {one.name: one for one in mine}
    told = _in_order(live, (one for one in in_work(locale) if one.words not in said))
    wanted = [one for one in told if pace in one.paces]
    names = {name_of(one.words, locale, pace) for one in wanted}
    gone = {one.place: one for one in mine if one.name not in names}
    items = tuple(_item(one, pace, one.words in said, kept, gone) for one in wanted)
    placed = {one.sentence.place for one in items}
    return Checklist(items, tuple(one for one in gone.values() if one.place not in placed))


def _in_order(live: Iterable[Sentence], work: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """What is in work stands with its subject, after what is live."""
    every = (*live, *work)
    order = {name: at for at, name in enumerate(dict.fromkeys(one.subject for one in every))}
    return tuple(sorted(every, key=lambda one: order[one.subject]))


def _item(
    sentence: Sentence,
    pace: Pace,
    live: bool,
    kept: Mapping[str, Recording],
    gone: Mapping[str, Recording],
) -> Item:
    recording = kept.get(name_of(sentence.words, sentence.locale, pace))
    key = Key(composed(sentence.words), sentence.locale, pace, sentence.lead)
    clip = desk().live.manifest.clips.get(key)
    reading = clip.reading if clip else ""
    return Item(sentence, pace, live, reading, recording, gone.get(sentence.place))


def every_checklist() -> Mapping[tuple[str, Pace], Checklist]:
    """The checklist of each language at each pace."""
    places = [(locale, pace) for locale in live_script().locales for pace in PACES]
    return {place: checklist(*place) for place in places}


def waiting() -> int:
    """How many sentences would sound different if something went live now."""
    clips = desk().live.manifest.clips.values()
    if not recordings(desk().store) and not any(one.reading for one in clips):
        return 0  # a checklist takes a second to make, the first time
    return unheard(every_checklist().values())


def unheard(lists: Iterable[Checklist]) -> int:
    """How many sentences that callers hear would sound different with the recordings there are."""
    return sum(one.live and not one.heard for each in lists for one in each.items)


def in_work(locale: str) -> tuple[Sentence, ...]:
    """What the line would say if all that is in work went live; () where that cannot be read."""
    live = live_script()
    try:
        draft = script_in_work(live, read_work(desk().store))
    except ScriptError:
        return ()
    return () if draft is live else _sentences(_frozen(draft.files), locale)


Files = tuple[tuple[str, str], ...]


def _frozen(files: Mapping[str, str]) -> Files:
    return tuple(files.items())


@lru_cache(maxsize=KEPT)
def _sentences(files: Files, locale: str) -> tuple[Sentence, ...]:
    return sentences(parse(dict(files)), locale)
