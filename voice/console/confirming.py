"""New recordings: heard by somebody else than who read them, before any caller hears them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.checklist import LINE
from voice.console.desk import desk, go, now, require, say, staff
from voice.console.drafting import live_script, me
from voice.console.names import language_of
from voice.console.takes import Item, checklist
from voice.draft.fields import TOPICS
from voice.draft.review import SIGNERS
from voice.draft.subjects import subjects
from voice.script import PACES
from voice.store.recordings import Confirmed, Recording, confirm_recording, recordings

HEARERS: Final = (*SIGNERS, "manager")
"""Who may let callers hear what somebody else recorded."""
SHOWN: Final = 60
"""Letters of a recording's words that a message names it by."""


@dataclass(frozen=True)
class Fresh:
    """A recording that no caller hears yet. `own`: the reader of the page recorded it."""

    recording: Recording
    item: Item
    own: bool

    @property
    def confirmed(self) -> Confirmed | None:
        """Who else has heard it."""
        return self.recording.confirmed

    @property
    def waits(self) -> bool:
        """Whether who reads the page may confirm it."""
        return not self.confirmed and not self.own and staff().holds(*HEARERS)

    @property
    def value(self) -> str:
        """What a form says that somebody heard: this very sound."""
        return f"{self.recording.name}:{self.recording.digest}"

    @property
    def sound(self) -> str:
        """Where it can be heard; another take is at another address."""
        place: str = url_for(
            "console.recording_sound", locale=self.recording.locale, name=self.recording.name
        )
        return f"{place}?{self.recording.digest[:8]}"

    @property
    def language(self) -> str:
        """What its language is called."""
        return language_of(self.recording.locale)


def add(routes: Blueprint) -> None:
    """Add what is done here."""
    path = "/recordings/<locale>/<name>/confirm"
    routes.add_url_rule(path, "recording_confirm", confirm, methods=["POST"])


def fresh(subject: str = "") -> tuple[Fresh, ...]:
    """Return the new recordings of what is said, of a subject alone or of all."""
    if not recordings(desk().store):
        return ()  # a checklist takes a second to make, the first time
    places = ((locale, pace) for locale in live_script().locales for pace in PACES)
    items = (item for place in places for item in checklist(*place).items)
    return tuple(one for one in _fresh(items) if not subject or _is_of(one.item, subject))


def _fresh(items: Iterable[Item]) -> Iterator[Fresh]:
    for item in items:
        one = item.recording
        if one and not item.is_made_of(one):
            yield Fresh(one, item, one.by.id == staff().id)


def _is_of(item: Item, subject: str) -> bool:
    mine = item.sentence.subject
    return f"{TOPICS}{mine}" == subject or (subject == "prompts" and mine == LINE)


def confirmed(values: Iterable[str]) -> int:
    """Confirm what a form says was heard; how many could not be: gone, or the reader's own."""
    refused = 0
    for value in values:
        name, _, digest = value.partition(":")
        told = confirm_recording(desk().store, name, digest, me(), now())
        refused += told in ("gone", "own-voice")
    return refused


@require(*HEARERS)
def confirm(locale: str, name: str) -> ResponseReturnValue:
    """Let callers hear a recording that somebody else made, from the next release on."""
    known = next((one for one in recordings(desk().store) if one.name == name), None)
    if locale not in live_script().locales or (known and known.locale != locale):
        abort(404)
    digest, subject = request.form.get("digest", ""), request.form.get("subject", "")
    told = confirm_recording(desk().store, name, digest, me(), now())
    heard = known.words[:SHOWN] if known else ""
    say(f"recordings.confirm_{told.replace('-', '_') or 'done'}", words=heard)
    if subject in subjects(live_script()):
        return go(url_for("console.review_subject", subject=subject, _anchor="new-recordings"))
    if told:
        return go(url_for("console.recording", locale=locale, name=name))
    return go(_next())


def _next() -> str:
    """Where the next recording is that who asks may confirm, else the page of all."""
    one = next((one.recording for one in fresh() if one.waits), None)
    if one is None:
        return url_for("console.recordings")
    return url_for("console.recording", locale=one.locale, name=one.name)
