"""Twilio's door: verify, parse to an event, step, save, answer.

Nothing is read before the signature is checked. A call's answer is looked up; a text's is made in
one transaction with its contact, so that a retry gets the same answer and changes nothing. Whatever
breaks inside a call becomes the apology in the caller's language.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from flask import Blueprint, Response, request

from voice import dialog, signature, thread, twiml
from voice.dialog import Event, State
from voice.live import Live
from voice.release import Release, state_of
from voice.settings import Settings
from voice.sms import clean
from voice.store import (
    Contact,
    Guard,
    Store,
    StoreError,
    Tally,
    Use,
    answer_once,
    contact_keys,
    record_delivery,
)
from voice.thread import Message, Wish
from voice.understand import Meaning, understand

XML = "text/xml; charset=utf-8"
SILENCE = twiml.messages(()).decode()
MAX_WORDS = 1600
"""Characters of a text or of speech that are read; Twilio sends no longer text."""

MAX_ID = 64
"""Characters of an id or status that are kept; Twilio's have 34."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Door:
    """What the webhooks need: the live release, the store, the settings, a clock."""

    live: Live
    settings: Settings
    store: Store
    tally: Tally
    clock: Callable[[], datetime]
    refused: Callable[[], None]
    """Counts a refused signature."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Who may call: Twilio's tokens, and last the instance's own, for /try and the phone."""
        return (*self.settings.twilio_tokens, self.settings.instance_token)


@dataclass(frozen=True)
class Form:
    """A verified request: its fields, and whether it came from the practice phone."""

    fields: Mapping[str, str]
    practice: bool

    def get(self, name: str) -> str:
        """Return a field's first value, "" where it is not given."""
        return self.fields.get(name, "")


def blueprint(door: Door) -> Blueprint:
    """Return the routes of Twilio's door."""
    routes = Blueprint("webhook", __name__)

    def guarded(answer: Callable[[Door, Form], Response]) -> Callable[..., Response]:
        def view(**_: str) -> Response:
            form = _verified(door)
            return answer(door, form) if form else Response(status=403)

        return view

    for name, (answer, rules) in ROUTES.items():
        view = guarded(answer)
        for rule in rules:
            routes.add_url_rule(rule, name, view, methods=["GET", "POST"])
    return routes


def _verified(door: Door) -> Form | None:
    """Return the request's form if one of our tokens signed it; refusals are logged and counted."""
    body = request.get_data(cache=True)
    verdict = signature.check(door.tokens, door.settings.public_url, request.environ, body)
    if verdict.signer is None:
        door.refused()
        _log.warning("refused %s: %s", request.path.split("/")[1], verdict.reason)
        return None
    return Form(verdict.fields, practice=verdict.signer == len(door.tokens) - 1)


def _document(body: bytes) -> Response:
    return Response(body, content_type=XML)


# Calls -------------------------------------------------------------------------------------------


def answer_call(door: Door, form: Form) -> Response:
    """Answer a request of a call with the ready bytes of the state it leads to."""
    release = door.live.release
    if release is None:
        return Response(status=503)
    start = before = dialog.start(release.script)
    try:
        before = state_of(release, request.path) or start
        after = _next_state(door, release, form)
        _count_call(door, before, after, form)
        return _document(release.answer(after))
    except Exception as error:
        # The one place that catches everything: a caller never hears Twilio's error voice.
        _log.error("call %s: %s at %s", form.get("CallSid"), type(error).__name__, before.place)
        return _document(release.answer(dialog.apology(before)))


def _next_state(door: Door, release: Release, form: Form) -> State:
    """Follow the call; an address that names no state of this release begins it anew."""
    state = state_of(release, request.path)
    if state is None:
        return dialog.start(release.script)
    event = call_event(release, state, form.fields)
    if event.kind in ("key", "speech"):
        is_open = release.script.line.hours.is_open(door.clock())
        event = replace(event, open=is_open)
    return dialog.following(release.script, state, event)


def call_event(release: Release, state: State, fields: Mapping[str, str]) -> Event:
    """Turn the fields of a verified request into the event they are."""
    digits = fields.get("Digits", "").strip()
    words = clean(fields.get("SpeechResult", ""))[:MAX_WORDS].strip()
    dialled = fields.get("DialCallStatus", "")
    if dialled and state.place == "transfer":
        return Event("dialed", dialled)
    if digits:
        return Event("key", digits[0])
    if words:
        return Event("speech", meaning=understand(release.vocabulary, state.locale, words))
    return Event("silence")


def _count_call(door: Door, before: State, after: State, form: Form) -> None:
    kind, _, rest = after.place.partition(".")
    topic = rest.split(".")[0] if kind in ("topic", "after") else ""
    if after.tries != "0":
        event = after.notice or "no_input"
    else:
        event = kind if before.place != after.place else "again"
    day = door.clock().date()
    door.tally.count(Use(day, "call", after.locale, topic, event, form.practice))


def keep_call_status(door: Door, form: Form) -> Response:
    """Record a call's status callback."""
    return _keep_status(door, "call", form.get("CallSid"), form.get("CallStatus"), form)


# Texts -------------------------------------------------------------------------------------------


def answer_text(door: Door, form: Form) -> Response:
    """Answer a text; a retried one gets the same answer."""
    release = door.live.release
    if release is None:
        return Response(status=503)
    try:
        return _document(_answer_kept(door, release, form))
    except StoreError as problem:
        _log.error("text %s: the store is away: %s", form.get("MessageSid"), problem)
        return _document(_answer_unkept(door, release, form))
    except Exception as error:
        _log.error("text %s: %s", form.get("MessageSid"), type(error).__name__)
        return _document(twiml.messages((_apology(release, ""),)))


def _answer_kept(door: Door, release: Release, form: Form) -> bytes:
    sid = form.get("MessageSid") or form.get("SmsSid")
    if not sid:
        # Twilio always sends one; without it two texts could not be told apart.
        return _answer_unkept(door, release, form)
    keys = contact_keys(door.settings.contact_keys, form.get("From"), form.practice)
    now = door.clock()
    counted: list[Use] = []

    def make(kept: Contact) -> tuple[Contact, str]:
        known = thread.Contact(kept.locale, kept.place, kept.opted_out_at is not None)
        message = _message(door, release, known.locale, form)
        after, texts = thread.step(release.script, known, message)
        counted[:] = [_text_use(now, after, message, form)]
        opted_out_at = (kept.opted_out_at or now) if after.opted_out else None
        kept = replace(kept, locale=after.locale, place=after.place, opted_out_at=opted_out_at)
        return kept, twiml.messages(texts).decode()

    reply = answer_once(door.store, sid, keys, form.practice, now, make, Guard(SILENCE))
    for use in counted:
        door.tally.count(use)
    return reply.encode()


def _answer_unkept(door: Door, release: Release, form: Form) -> bytes:
    """Answer from memory while the store is away; a wish to stop is never acknowledged unkept."""
    stranger = thread.Contact(place="main")
    message = _message(door, release, "", form)
    _, texts = thread.step(release.script, stranger, message)
    if texts and (message.wish or message.meaning.wants in ("stop", "start", "forget")):
        return twiml.messages((_apology(release, message.meaning.locale),))
    return twiml.messages(texts)


def _message(door: Door, release: Release, locale: str, form: Form) -> Message:
    """Turn a verified text into what it means; Twilio's own reading of STOP comes first."""
    body = clean(form.get("Body"))[:MAX_WORDS]
    known = locale or release.script.locales[0]
    by_twilio = form.get("OptOutType").lower()
    wish = by_twilio if by_twilio in ("stop", "start", "help") else thread.carrier_word(body)
    carrier = bool(by_twilio) or door.settings.carrier_keywords == "carrier"
    meaning = understand(release.vocabulary, known, body)
    return Message(_own_locale(meaning, locale, body), cast("Wish | None", wish), carrier)


def _own_locale(meaning: Meaning, locale: str, body: str) -> Meaning:
    """Figures tell nothing of a stranger's language."""
    return meaning if locale or any(c.isalpha() for c in body) else replace(meaning, locale="")


def _apology(release: Release, locale: str) -> str:
    return thread.apology(release.script, locale or release.script.locales[0])


def _text_use(now: datetime, after: thread.Contact, message: Message, form: Form) -> Use:
    meaning = message.meaning
    topic = meaning.target if meaning.wants == "topic" else ""
    return Use(
        now.date(), "message", after.locale, topic, message.wish or meaning.wants, form.practice
    )


def keep_text_status(door: Door, form: Form) -> Response:
    """Record a message's status callback."""
    sid = form.get("MessageSid") or form.get("SmsSid")
    status = form.get("MessageStatus") or form.get("SmsStatus")
    return _keep_status(door, "message", sid, status, form)


def _keep_status(
    door: Door, kind: Literal["call", "message"], sid: str, status: str, form: Form
) -> Response:
    error_code = form.get("ErrorCode")[:MAX_ID]
    try:
        record_delivery(door.store, kind, sid[:MAX_ID], status[:MAX_ID], error_code, door.clock())
    except StoreError as problem:
        _log.error("status of %s %s: the store is away: %s", kind, sid[:MAX_ID], problem)
        return Response(status=503)
    return Response(status=204)


ROUTES: Mapping[str, tuple[Callable[[Door, Form], Response], tuple[str, ...]]] = {
    "voice": (answer_call, ("/voice", "/voice/", "/voice/<path:state>")),
    "voice_status": (keep_call_status, ("/voice/status", "/voice/status/")),
    "sms": (answer_text, ("/sms", "/sms/")),
    "sms_status": (keep_text_status, ("/sms/status", "/sms/status/")),
}
"""Each door with its paths; a number set up with a slash at the end works too."""
