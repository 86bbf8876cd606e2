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
from werkzeug.exceptions import RequestEntityTooLarge

from voice import signature
from voice.courier import Courier, Errand, Person, opener
from voice.live import Live
from voice.notice import Herald
from voice.outbound import Client
from voice.refusals import HELD_BACK, Refusals
from voice.seal import Seal
from voice.settings import Settings
from voice.store import Keys, Store, StoreError, Tally, contact_keys
from voice.webhook import ids
from voice.webhook.notes import Notes
from voice.webhook.once import Once

XML: Final = "text/xml; charset=utf-8"
MAX_WORDS: Final = 1600
"""How many characters of a text or of speech are read; Twilio sends no more than that."""


@dataclass(frozen=True)
class Door:
    """What the webhooks need: the live release, the store, the courier, a clock."""

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
    counted: Once = field(default_factory=Once)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that may sign: Twilio's, and last our own, for /try and the local phone."""
        return (*self.settings.twilio_tokens, self.settings.instance_token)

    def once(self, form: "Form", what: str) -> bool:
        """Whether `what` was not counted yet of this request, or of one that it repeats.

        One that Twilio repeats has the token of the first; without a token each is of its own.
        Ask right where it is counted: of what failed before that, the repeated one is counted.
        """
        token = form.idempotency_token
        # Twilio promises nowhere that a token belongs to one address of one call.
        return not token or self.counted.first(what, token, form.get("CallSid"), form.path)

    def sorry(self, form: "Form", channel: str, error: Exception) -> None:
        """Count a patient who is answered with an apology; staff who practise are not counted."""
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

    `client` talks to Twilio; without one, it is opened from the settings when first used.
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

    `path` and `query` are those of the request; `errands` collects what practice would have sent.
    `idempotency_token` is Twilio's, the same when it sends the request again, "" for none.
    """

    fields: Mapping[str, str]
    practice: bool
    path: str = ""
    query: str = ""
    errands: list[Errand] = field(default_factory=list, repr=False)
    idempotency_token: str = ""

    def get(self, name: str) -> str:
        """Return a field's first value, "" if it is not there; an id as one may be kept."""
        found = self.fields.get(name, "")
        return ids.sid(found) if name.endswith("Sid") else found

    def asked(self, name: str) -> str:
        """Return the first value of a name in the query of the address, "" if it is not there."""
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


def form_of(
    verdict: signature.Verdict, practice: bool, path: str, environ: Mapping[str, Any]
) -> Form:
    """Return the form of a request whose signature was verified."""
    query = environ.get("QUERY_STRING", "")
    token = environ.get("HTTP_I_TWILIO_IDEMPOTENCY_TOKEN", "")
    return Form(verdict.fields, practice, path, query, idempotency_token=token)


def judged(door: Door, environ: Mapping[str, Any], body: bytes) -> signature.Verdict:
    """Judge who signed a request: Twilio, for our account if we know it, or the practice phone."""
    settings = door.settings
    verdict = signature.check(door.tokens, settings.public_url, environ, body)
    practice = verdict.signer == len(door.tokens) - 1
    return verdict if practice else signature.of_account(verdict, settings.twilio_account_sid)


def verified(door: Door) -> Form | None:
    """Return the request's form if one of our tokens signed it; count and log it if none did."""
    path, environ = request.path, request.environ
    verdict = judged(door, environ, _body())
    if verdict.signer is None:
        if not door.refusals.note(path.split("/")[1], verdict, door.clock()):
            environ[HELD_BACK] = True
        return None
    practice = verdict.signer == len(door.tokens) - 1
    return form_of(verdict, practice, path, environ)


def _body() -> bytes:
    """Return the request's body; 413 for one that comes in chunks and reaches the limit."""
    body, most = request.get_data(cache=True), request.max_content_length
    # Werkzeug reads up to the limit and leaves the rest out, without a word.
    if request.content_length is None and most is not None and len(body) >= most:
        raise RequestEntityTooLarge
    return body


def keys_of(door: Door, form: Form, address: str) -> Keys:
    """Return the keys of whoever has this address."""
    return contact_keys(door.settings.contact_keys, address, form.practice)


def call_keys(door: Door, form: Form) -> Keys:
    """Return the keys of a caller; for a withheld number, those of this call only."""
    address = form.address if form.person.number else f"call:{form.get('CallSid')}"
    return keys_of(door, form, address)


def document(body: bytes | None, form: Form) -> Response:
    """Answer with TwiML; the practice phone is also shown what would have been sent."""
    if body is None:
        return Response(status=503)
    response = Response(body, content_type=XML)
    if form.practice and form.errands:
        rows = json.dumps([asdict(errand) for errand in form.errands])
        response.headers["Kypholine-Shown"] = urlsafe_b64encode(rows.encode()).decode()
    return response
