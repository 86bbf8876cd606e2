"""What became of what we sent, as Twilio tells it."""

import logging
from typing import Final, Literal

from voice.courier import Person, sound_lost
from voice.store import StoreError, record_delivery
from voice.thread.wording import listen_link
from voice.webhook import ids
from voice.webhook.door import Door, Form

KNOWN: Final = frozenset(
    "queued initiated ringing in-progress completed busy no-answer canceled failed sending sent "
    "delivered undelivered read".split()
)
"""Statuses counted by name; all others count as one, so that nobody can make up new ones."""

FAILED: Final = ("failed", "undelivered")

Kind = Literal["call", "message"]

_log = logging.getLogger(__name__)


def keep_call_status(door: Door, form: Form) -> int:
    """Keep a call's status callback; return the HTTP status to answer it with."""
    return _answer(door, "call", form.get("CallSid"), form.get("CallStatus"), form)


def keep_text_status(door: Door, form: Form) -> int:
    """Keep a message's status callback; if a sound did not arrive, send its link instead."""
    sid = form.get("MessageSid") or form.get("SmsSid")
    status = form.get("MessageStatus") or form.get("SmsStatus")
    return _answer(door, "message", sid, status, form)


def _answer(door: Door, kind: Kind, sid: str, status: str, form: Form) -> int:
    """Answer 503 or 500 if it was not kept: Twilio does not retry, but its log shows it."""
    try:
        return _kept(door, kind, sid, ids.name(status), form)
    except Exception as error:
        _log.error("status of %s %s: %s", kind, sid, type(error).__name__)
        return 500


def _kept(door: Door, kind: Kind, sid: str, status: str, form: Form) -> int:
    turn, claim = ids.sid(form.asked("turn")), ids.name(form.asked("claim"))
    code = ids.name(form.get("ErrorCode"))
    now = door.clock()
    try:
        new = record_delivery(door.store, kind, sid, status, code, now, turn, claim)
    except StoreError as problem:
        _log.error("status of %s %s: the store is away: %s", kind, sid, problem)
        return 503
    if new and not form.practice:
        door.notes.delivered(kind, status if status in KNOWN else "other")
    if new and status.lower() in FAILED:
        _follow_up(door, form, turn, code)
    return 204


def _follow_up(door: Door, form: Form, turn: str, code: str) -> None:
    """Note an opt-out that Twilio knows of; otherwise, if a sound was lost, send its link."""
    person = Person(form.get("To"), form.practice)
    door.courier.learn(person, code)
    release = door.live.release
    topic, locale = form.asked("topic"), form.asked("locale")
    if release is None or topic not in release.script.topics or not sound_lost(code):
        return
    if locale in release.script.locales:
        url = door.settings.public_url
        body = listen_link(release.script, locale, topic, url)
        door.courier.mend_sound(turn, person, form.get("From"), body, form.errands)
