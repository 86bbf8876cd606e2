"""A call's requests: each is answered with the ready bytes of the state it leads to."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from voice import dialog
from voice.dialog import Caller, Event, State
from voice.outbound import answered
from voice.release import Release, state_of
from voice.script import PACES, Script
from voice.scrub import scrub
from voice.sms import clean
from voice.store import (
    Contact,
    StoreError,
    Trace,
    Use,
    note_unmatched,
    read_contact,
    takes_no_texts,
)
from voice.webhook import uses
from voice.webhook.deeds import done, number_kept
from voice.webhook.door import MAX_WORDS, Door, Form, call_keys, keys_of

ENTRY: Final = ("/voice", "/voice/")
REMEMBERED: Final = timedelta(days=30)
"""How long after a call its caller is greeted as a returning caller."""

RESUMED: Final = timedelta(hours=2)
"""How long after a call broke off in a topic its caller may continue there."""

TRACED: Final = ("welcome", "main", "menu", "topic", "after", "pause", "text")
"""Places remembered as where a caller is; at any other, the last of these stays remembered."""

MISSED: Final = ("no_input", "no_match", "number_wrong")

OVER: Final = ("goodbye", "ended")

_log = logging.getLogger(__name__)


def call_document(door: Door, form: Form) -> bytes | None:
    """Return what answers a request of a call; None while no release is served."""
    release = door.live.release
    if release is None:
        return None
    known: State | None = None
    try:
        known = state_of(release, form.path)
        now = door.clock()
        if form.path in ENTRY and not form.practice and door.once(form, "begun"):
            door.notes.begun()
        after, number = _numbered(door, form, _next_state(door, release, known, form, now))
        body = release.answer(after, number)
        _record(door, release.script, known, after, form, now)
        return body
    except Exception as error:
        # The one place that catches everything: a caller never hears Twilio's error voice.
        before = known or dialog.start(release.script)
        door.sorry(form, "call", error)
        told = (form.get("CallSid"), type(error).__name__, before.place)
        _log.error("call %s: %s at %s", *told, exc_info=error)
        return release.answer(dialog.apology(before))


def _next_state(
    door: Door, release: Release, state: State | None, form: Form, now: datetime
) -> State:
    """Follow the call; an address that names no state of this release starts the call again."""
    if state is None:
        return _begun(door, release, form)
    script = release.script
    event = _event(door, release, state, form, now)
    deed = dialog.deed(script, state, event)
    if deed:
        event = replace(event, outcome=done(door, release, form, state, deed))
    if event.kind == "speech" and event.meaning.wants == "unknown" and door.once(form, "noted"):
        _note(door, form, state)
    return dialog.following(script, state, event)


def _event(door: Door, release: Release, state: State, form: Form, now: datetime) -> Event:
    event = call_event(release, state, form.fields)
    if event.kind in ("key", "speech"):
        is_open = release.script.line.hours.is_open(now)
        asks = release.script.keys["text"] in (event.value, event.meaning.target)
        event = replace(event, open=is_open, caller=caller(door, form, asks))
    return event


def call_event(release: Release, state: State, fields: Mapping[str, str]) -> Event:
    """Turn the fields of a verified request into the event they are."""
    digits = fields.get("Digits", "").strip()
    words = clean(fields.get("SpeechResult", ""))[:MAX_WORDS].strip()
    dialled = fields.get("DialCallStatus", "")
    if dialled and state.place == "transfer":
        return Event("dialed", dialled)
    if digits:
        return Event("key", digits if state.kind == "callback-number" else digits[0])
    if words:
        return dialog.heard(release.script, release.vocabulary, state, words)
    if state.kind == "ring" and fields.get("Direction", "").startswith("outbound"):
        return Event("answered", answered(fields))
    return Event("silence")


def caller(door: Door, form: Form, asks: bool = False) -> Caller:
    """Return what is known of the caller's number; looked up further if they ask for a text."""
    bar = door.courier.text_bar(form.person)
    known = asks and not bar and _takes_no_texts(door, form)
    return Caller(form.person.number, "landline" if known else bar)


def _takes_no_texts(door: Door, form: Form) -> bool:
    """Whether an earlier text showed that their telephone takes no texts."""
    try:
        return takes_no_texts(door.store, keys_of(door, form, form.address))
    except StoreError as problem:
        _log.warning("call %s: the store is away: %s", form.get("CallSid"), problem)
        return False


def _numbered(door: Door, form: Form, state: State) -> tuple[State, str]:
    """Return where the call goes and the number named there: one it keeps, or the caller's own.

    If none is known, as for somebody staff have just rung back, the call goes on without one.
    """
    if not dialog.names_number(state):
        return state, ""
    typed = state.place in ("callback-check", "callback-done")
    number = number_kept(door, form) if typed else form.person.number
    return (state, number) if number else (dialog.numberless(state), "")


# Somebody who comes back -------------------------------------------------------------------------


def _begun(door: Door, release: Release, form: Form) -> State:
    known = _known(door, form) if form.path in ENTRY else None
    if known is None or known.locale not in release.script.locales:
        return dialog.start(release.script)
    pace = next((pace for pace in PACES if pace == known.pace), PACES[0])
    return dialog.welcome_back(release.script, known.locale, pace, _left_off(door, known))


def _known(door: Door, form: Form) -> Contact | None:
    """Return who called before, not too long ago; nobody while the store is away."""
    if not form.person.number:
        return None
    try:
        known = read_contact(door.store, keys_of(door, form, form.address))
    except StoreError as problem:
        _log.error("call %s: the store is away: %s", form.get("CallSid"), problem)
        return None
    recent = known and known.called_at and door.clock() - known.called_at < REMEMBERED
    return known if recent else None


def _left_off(door: Door, known: Contact) -> str:
    """Return the part of a topic in which the last call broke off, "" if it ended otherwise."""
    fresh = known.called_at and door.clock() - known.called_at < RESUMED
    return known.call_place if fresh and known.call_place.startswith("topic.") else ""


def _trace(door: Door, after: State, form: Form, now: datetime) -> None:
    """Remember where the caller is; with a withheld number, only for the rest of this call."""
    if after.kind not in (*TRACED, *OVER):
        return
    place = "" if after.kind in OVER else after.place.removeprefix("pause.")
    keys = call_keys(door, form)
    call = form.get("CallSid")
    door.tally.trace(Trace(keys, form.practice, after.locale, after.pace, place, now, call))


# For staff ---------------------------------------------------------------------------------------


def _record(
    door: Door, script: Script, known: State | None, after: State, form: Form, now: datetime
) -> None:
    """Count a step that can be answered, and remember where it leads: both once a request."""
    day = script.line.hours.day(now)
    begun = None if form.path in ENTRY else known or dialog.start(script)
    silent = not (form.get("Digits") or form.get("SpeechResult"))
    events = tuple(uses.of_call(script, begun, after, silent))
    if not door.once(form, "counted"):
        return
    for event, topic in events:
        door.tally.count(Use(day, "call", after.locale, topic, event, form.practice))
    if after.notice in MISSED and known is not None:
        door.notes.missed(after.notice, known.place)
    _trace(door, after, form, now)


def _note(door: Door, form: Form, state: State) -> None:
    """Keep words the line did not understand for staff, scrubbed; the call does not wait for it."""
    if door.live.off.line:
        return  # every word is one that leads nowhere then
    words = scrub(clean(form.get("SpeechResult"))[:MAX_WORDS])
    try:
        note_unmatched(door.store, "call", state.locale, words, form.practice, door.clock())
    except StoreError as problem:
        _log.warning("words not understood are not kept: %s", problem)
