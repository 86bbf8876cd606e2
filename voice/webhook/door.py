"""What every door needs; whether a request is Twilio's; whose number it comes from."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Response, request

from voice import signature
from voice.courier import Courier, Errand, Person, opener
from voice.live import Live
from voice.notice import Herald
from voice.outbound import Client
from voice.refusals import HELD_BACK, Refusals
from voice.seal import Seal
from voice.settings import Settings
from voice.store import Keys, Store, StoreError, Tally, contact_keys
from voice.webhook.notes import Notes

XML: Final = "text/xml; charset=utf-8"
MAX_WORDS: Final = 1600
"""Characters of a text or of speech that are read; Twilio sends no longer text."""

MAX_ID: Final = 64
"""Characters of an id or status that are kept; Twilio's have 34."""


@dataclass(frozen=True)
class Door:
    """What the webhooks need: the live release, the store, what leaves the line, a clock."""

    live: Live
    settings: Settings
    store: Store
    tally: Tally
    courier: Courier
    herald: Herald
    seal: Seal
    clock: Callable[[], datetime]
    refusals: Refusals
    notes: Notes = field(default_factory=Notes)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Who may call: Twilio's tokens, and last the instance's own, for /try and the phone."""
        return (*self.settings.twilio_tokens, self.settings.instance_token)

    def sorry(self, form: "Form", channel: str, error: Exception) -> None:
        """Count that a patient is answered with an apology; staff who practise are not counted."""
        if not form.practice:
            self.notes.apologised(channel, "store" if isinstance(error, StoreError) else "error")


def open_door(
    live: Live,
    settings: Settings,
    store: Store,
    tally: Tally,
    clock: Callable[[], datetime],
    refused: Callable[[str], None],
    client: Callable[[], Client | None] | None = None,
    notes: Notes | None = None,
) -> Door:
    """Return a door over these parts.

    `client` is the way to Twilio; without one it is opened as the settings say, when first used.
    `refused` counts a refused signature by its kind.
    """
    notes = notes or Notes()
    courier = Courier(settings, store, clock, client or opener(settings), told=notes.sent)
    seal = Seal(settings.secret_keys)
    herald, refusals = Herald(settings.notices), Refusals(refused)
    return Door(live, settings, store, tally, courier, herald, seal, clock, refusals, notes)


@dataclass(frozen=True)
class Form:
    """A verified request: its fields, and whether it came from the practice phone.

    `path` is the one asked for, `query` what WSGI has behind it; `errands` takes what practice
    would have sent.
    """

    fields: Mapping[str, str]
    practice: bool
    path: str = ""
    query: str = ""
    errands: list[Errand] = field(default_factory=list, repr=False)

    def get(self, name: str) -> str:
        """Return a field's first value, "" where it is not given."""
        return self.fields.get(name, "")

    def asked(self, name: str) -> str:
        """Return the first value a name has in the address, "" where it has none."""
        return self._asked.get(name, "")

    @cached_property
    def _asked(self) -> Mapping[str, str]:
        query = self.query.encode("latin-1", "replace").decode("utf-8", "replace")
        return dict(reversed(parse_qsl(query, keep_blank_values=True)))

    @property
    def address(self) -> str:
        """The patient's number as Twilio spells it: in a call we made, the one that was called."""
        return self.get("To" if self.get("Direction").startswith("outbound") else "From")

    @cached_property
    def person(self) -> Person:
        """Who calls or writes, or was called."""
        return Person(self.address, self.practice)


def judged(door: Door, environ: Mapping[str, Any], body: bytes) -> signature.Verdict:
    """Return whose a request is: Twilio's for our account, if we know it, or the practice's own."""
    settings = door.settings
    verdict = signature.check(door.tokens, settings.public_url, environ, body)
    practice = verdict.signer == len(door.tokens) - 1
    return verdict if practice else signature.of_account(verdict, settings.twilio_account_sid)


def verified(door: Door) -> Form | None:
    """Return the request's form if one of our tokens signed it; refusals are counted and told."""
    path, environ = request.path, request.environ
    body = request.get_data(cache=True)
    verdict = judged(door, environ, body)
    if verdict.signer is None:
        if not door.refusals.note(path.split("/")[1], verdict, door.clock()):
            environ[HELD_BACK] = True
        return None
    practice = verdict.signer == len(door.tokens) - 1
    return Form(verdict.fields, practice, path, environ.get("QUERY_STRING", ""))


def keys_of(door: Door, form: Form, address: str) -> Keys:
    """Return the keys of whoever has this address."""
    return contact_keys(door.settings.contact_keys, address, form.practice)


def call_keys(door: Door, form: Form) -> Keys:
    """Return the keys of a caller; of a withheld number, those of the call alone."""
    address = form.address if form.person.number else f"call:{form.get('CallSid')}"
    return keys_of(door, form, address)


def document(body: bytes | None, form: Form) -> Response:
    """Answer with TwiML; the practice phone is shown what would have been sent besides."""
    if body is None:
        return Response(status=503)
    response = Response(body, content_type=XML)
    if form.practice and form.errands:
        rows = json.dumps([asdict(errand) for errand in form.errands])
        response.headers["Kypholine-Shown"] = urlsafe_b64encode(rows.encode()).decode()
    return response
