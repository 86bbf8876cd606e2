"""What a call asks for: a text, a call-back, no more texts, to be forgotten.

Each is done before the call goes on, so that the caller hears how it went. The line never says
that something is done unless the store has kept it.
"""

import logging
from dataclasses import replace

from voice import dialog, thread
from voice.courier import Person
from voice.dialog import Deed, State
from voice.release import Release
from voice.store import (
    Contact,
    Keys,
    StoreError,
    ask_call_back,
    change_contact,
    forget,
    keep_number,
    opt_out,
    read_call_back,
    read_contact,
    record_consent,
    waiting_call_backs,
)
from voice.webhook.door import Door, Form, call_keys, keys_of

_log = logging.getLogger(__name__)


def done(door: Door, release: Release, form: Form, state: State, deed: Deed) -> str:
    """Do what a call asks for; return how it went, "failed" while the store is down."""
    try:
        return _done(door, release, form, state, deed)
    except StoreError as problem:
        _log.error("call %s: %s: the store is away: %s", form.get("CallSid"), deed.kind, problem)
        return "failed"


def _done(door: Door, release: Release, form: Form, state: State, deed: Deed) -> str:
    match deed.kind:
        case "text":
            return _text(door, release, form, state, deed.value)
        case "stop":
            return _stop(door, release, form, state)
        case "forget":
            return _forget(door, form)
        case "number":
            return _keep_number(door, release, form, state, deed.value)
    return _ask_call_back(door, form, deed.value)


# A text ------------------------------------------------------------------------------------------


def _text(door: Door, release: Release, form: Form, state: State, topic: str) -> str:
    keys = keys_of(door, form, form.address)
    kept = read_contact(door.store, keys)
    before = thread.Contact(state.locale, kept.place if kept else "")
    after, texts = thread.text_me(release.script, before, topic)
    outcome = door.courier.text_me(
        f"{form.get('CallSid')}:{topic}",
        form.person,
        [text.body for text in texts],
        release,
        _asked(release, state),
        form.errands,
    )
    if outcome == "sent":
        _go_on_there(door, form, keys, after)
    return outcome


def _asked(release: Release, state: State) -> str:
    """Return the words the caller said yes to."""
    return " ".join(said.words for said in dialog.reply(release.script, state).says)


def _go_on_there(door: Door, form: Form, keys: Keys, after: thread.Contact) -> None:
    """Let MORE continue the text just sent."""

    def moved(known: Contact) -> Contact:
        return replace(known, place=after.place, locale=after.locale)

    change_contact(door.store, keys, form.practice, door.clock(), moved)


# No more texts, nothing kept ---------------------------------------------------------------------


def _stop(door: Door, release: Release, form: Form, state: State) -> str:
    keys = keys_of(door, form, form.address)
    if not form.person.number:
        return "failed"
    opt_out(door.store, keys, form.practice, door.clock())
    words = dialog.prompt(release.script, state.locale, "texts_stopped")
    record_consent(door.store, keys, form.practice, "stop", "call", words, door.clock())
    return "kept"


def _forget(door: Door, form: Form) -> str:
    keys = call_keys(door, form)
    forget(door.store, keys, form.practice, door.clock(), form.get("CallSid"))
    return "kept"


# A call-back -------------------------------------------------------------------------------------


def _keep_number(door: Door, release: Release, form: Form, state: State, digits: str) -> str:
    number = _whole(release, form, digits) if digits else form.person.number
    if not number:
        return "wrong"
    keys = call_keys(door, form)
    known = read_contact(door.store, keys)
    keep_number(
        door.store,
        form.get("CallSid"),
        keys,
        form.practice,
        door.seal.seal(number),
        state.locale,
        _heard(known),
        door.clock(),
    )
    return "kept"


def _whole(release: Release, form: Form, digits: str) -> str:
    """Return typed digits as a number of the line's own country, "" if they are none."""
    country = release.script.line.line_phone.country
    return Person(f"+{country}{digits}", form.practice).number


def _heard(known: Contact | None) -> str:
    """Return the topic the caller heard last, "" for none."""
    place = known.call_place.split(".") if known else [""]
    return place[1] if place[0] in ("topic", "after", "text") else ""


def _ask_call_back(door: Door, form: Form, best_time: str) -> str:
    """Show the call-back to staff; they are notified of each one once."""
    if ask_call_back(door.store, form.get("CallSid"), best_time, door.clock()):
        if not form.practice:
            door.herald.tell(len(waiting_call_backs(door.store)))
    elif read_call_back(door.store, form.get("CallSid")) is None:
        return "failed"
    return "kept"


def number_kept(door: Door, form: Form) -> str:
    """Return the number this caller wants to be called back on. StoreError, SealError."""
    kept = read_call_back(door.store, form.get("CallSid"))
    return door.seal.open(kept.sealed) if kept else ""
