"""Every clip callers hear: its words, how it sounds, whose voice it is, and what is missing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from voice.console.desk import desk, page, require
from voice.console.drafting import live_script
from voice.console.names import language_of, title_of
from voice.console.paging import Paging, asked_page
from voice.release import utterances
from voice.script import PACES, Script, Utterance, parse
from voice.speech.clips import Clip
from voice.speech.reading import name_of
from voice.store.recordings import recordings

A_PAGE: Final = 25
OWN: Final = "line"
"""Instead of a topic: what the line says itself."""
MOST_SOUGHT: Final = 100
LEVEL: Final = -21.0
"""dBov that every clip is made at."""
_ALIKE: Final = 1.5
"""dB that nobody notices."""

State = Literal["recorded", "spoken", "stale", "missing"]
"""recorded: a person's voice. spoken: a computer's. stale: a confirmed recording came or went
since the clip was made. missing: no clip, so that the telephone company's voice reads the words."""
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True)
class Heard:
    """Something a caller hears. `topic` is "" for what the line says itself."""

    utterance: Utterance
    topic: str
    clip: Clip | None
    state: State


@dataclass(frozen=True)
class Wanted:
    """Which clips are wanted; "" for any."""

    text: str
    locale: str
    topic: str
    pace: str
    state: str

    def takes(self, one: Heard) -> bool:
        """Whether a clip is wanted."""
        said = one.utterance
        return (
            self.locale in ("", said.locale)
            and self.topic in ("", one.topic or OWN)
            and self.pace in ("", said.pace)
            and self.state in ("", one.state)
            and self.text.casefold() in said.words.casefold()
        )


def add(routes: Blueprint) -> None:
    """Add this page."""
    routes.add_url_rule("/audio", "audio", audio)


@require()
def audio() -> ResponseReturnValue:
    """The clips that are wanted, in the order callers meet them."""
    script = live_script()
    wanted, every = _wanted(script), heard(script)
    found = [one for one in every if wanted.takes(one)]
    paging = Paging(asked_page(), A_PAGE, len(found))
    return page(
        "audio.html",
        wanted=wanted,
        paging=paging,
        found=found[paging.skipped : paging.skipped + A_PAGE],
        sums={state: sum(one.state == state for one in every) for state in STATES},
        topics=[(one, title_of(one)) for one in script.topics],
        locales=[(one, language_of(one)) for one in script.locales],
        paces=PACES,
        own=OWN,
        language_of=language_of,
        title_of=title_of,
        loudness=loudness,
    )


def loudness(level: float) -> Literal["usual", "quiet", "loud"]:
    """How a clip of this level, in dBov, sounds beside the others."""
    if abs(level - LEVEL) <= _ALIKE:
        return "usual"
    return "quiet" if level < LEVEL else "loud"


def _wanted(script: Script) -> Wanted:
    known = {
        "locale": script.locales,
        "topic": (*script.topics, OWN),
        "pace": PACES,
        "state": STATES,
    }
    asked = {name: request.args.get(name, "") for name in known}
    chosen = {name: one if one in known[name] else "" for name, one in asked.items()}
    return Wanted(text=request.args.get("text", "").strip()[:MOST_SOUGHT], **chosen)


def heard(script: Script) -> tuple[Heard, ...]:
    """Return everything a call can say, with its clip."""
    read = {one.name: one.digest for one in recordings(desk().store) if one.confirmed}
    manifest = desk().live.manifest
    return tuple(
        _one(said, topic, manifest.clip(said), read)
        for said, topic in _said(tuple(script.files.items()))
    )


def _one(said: Utterance, topic: str, clip: Clip | None, read: dict[str, str]) -> Heard:
    recorded = read.get(name_of(said.words, said.locale, said.pace), "")
    if clip is None:
        return Heard(said, topic, None, "missing")
    if clip.reading != recorded:
        return Heard(said, topic, clip, "stale")
    return Heard(said, topic, clip, "recorded" if recorded else "spoken")


@lru_cache(maxsize=2)
def _said(files: tuple[tuple[str, str], ...]) -> tuple[tuple[Utterance, str], ...]:
    """What a call can say, each with its topic; kept, for every way of a call has to be tried."""
    found = utterances(parse(dict(files))).items()
    return tuple((said, _topic(state.place)) for said, state in found)


def _topic(place: str) -> str:
    kind, _, rest = place.partition(".")
    return rest.split(".")[0] if kind == "topic" else ""
