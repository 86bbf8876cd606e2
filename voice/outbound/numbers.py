"""A number of ours at Twilio: the addresses it is wired to, read and set.

Reading may be repeated by anybody; setting the same addresses twice does no harm either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from voice.outbound.client import Client, refusal, unheard
from voice.outbound.orders import Refused, Unknown

_T = TypeVar("_T")

MOST_SERVICES: Final = 50
"""Messaging services looked through; a clinic has one or two."""

# Our names of a number's fields, and the SDK's.
FIELDS: Final = {
    "voice_url": "voice_url",
    "voice_method": "voice_method",
    "voice_fallback_url": "voice_fallback_url",
    "voice_fallback_method": "voice_fallback_method",
    "sms_url": "sms_url",
    "sms_method": "sms_method",
    "sms_fallback_url": "sms_fallback_url",
    "sms_fallback_method": "sms_fallback_method",
    "status_url": "status_callback",
    "status_method": "status_callback_method",
}


class OutboundError(Exception):
    """Twilio did not do or tell what was asked; `code` is its own, 0 where it gave none."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} (Twilio error {code})" if code else reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Wiring:
    """Where Twilio goes when a number is called or texted; "" where nothing is set."""

    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"


@dataclass(frozen=True)
class Number:
    """A number of ours, its wiring, and what would be asked instead of the wiring."""

    sid: str
    number: str
    wiring: Wiring
    voice_application: str = ""
    sms_application: str = ""
    trunk: str = ""


@dataclass(frozen=True)
class Service:
    """A messaging service this number is in, and where it sends what is texted.

    `inbound_url` is "" where it drops texts; with `own_webhook` the number's own address counts.
    """

    sid: str
    name: str
    inbound_url: str
    own_webhook: bool


def find_number(client: Client, number: str) -> Number | None:
    """The account's number with exactly these figures (E.164), None where it has none such."""
    found = _asked(lambda: client.rest.incoming_phone_numbers.list(phone_number=number, limit=20))
    return next((_number(row) for row in found if row.phone_number == number), None)


def read_number(client: Client, sid: str) -> Number:
    """The number with this sid (PN…), as Twilio has it now."""
    return _asked(lambda: _number(client.rest.incoming_phone_numbers(sid).fetch()))


def rewire(client: Client, sid: str, wiring: Wiring) -> None:
    """Set all addresses of a number in one request."""
    fields = {theirs: getattr(wiring, ours) for ours, theirs in FIELDS.items()}
    _asked(lambda: client.rest.incoming_phone_numbers(sid).update(**fields))


def services(client: Client, number_sid: str) -> tuple[Service, ...]:
    """The messaging services this number is in."""
    rows = _asked(lambda: client.rest.messaging.v1.services.list(limit=MOST_SERVICES))
    return tuple(_service(row) for row in rows if _holds(client, row.sid, number_sid))


def _holds(client: Client, service_sid: str, number_sid: str) -> bool:
    senders = client.rest.messaging.v1.services(service_sid).phone_numbers
    try:
        _asked(lambda: senders(number_sid).fetch())
    except OutboundError as error:
        if error.code in (404, 20404):
            return False
        raise
    return True


def _number(row: Any) -> Number:
    addresses = {ours: getattr(row, theirs) or "" for ours, theirs in FIELDS.items()}
    return Number(
        row.sid,
        row.phone_number or "",
        Wiring(**addresses),
        row.voice_application_sid or "",
        row.sms_application_sid or "",
        row.trunk_sid or "",
    )


def _service(row: Any) -> Service:
    own = bool(row.use_inbound_webhook_on_number)
    return Service(row.sid, row.friendly_name or "", row.inbound_request_url or "", own)


def _asked(ask: Callable[[], _T]) -> _T:
    """Ask Twilio; whatever goes wrong becomes one error in words for staff."""
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

    try:
        return ask()
    except RequestException as error:
        raise _told(unheard(error)) from error
    except TwilioException as error:
        raise _told(refusal(error)) from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise _told(Unknown("an answer nobody can read")) from error


def _told(outcome: Refused | Unknown) -> OutboundError:
    if isinstance(outcome, Refused):
        return OutboundError(outcome.code, outcome.reason)
    return OutboundError(0, f"Twilio gave no clear answer ({outcome.reason}); try it again later.")
