"""Pointing a Twilio number at this line: how it is wired, how it should be, what is in the way.

`connect` sets it and shows before and after; `compare` only looks, for `doctor` and a dry run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from voice.outbound import Client, OutboundError, Wiring, find_number, read_number, rewire, services
from voice.outbound.numbers import Number, Service
from voice.settings.addresses import written_number

ROWS: Final = {
    "a call comes in": "voice",
    "if we fail": "voice_fallback",
    "a text comes in": "sms",
    "if we fail then": "sms_fallback",
    "a call ends": "status",
}
"""What Twilio does, in the words of its console, and our name of it."""


FOR_CALLS: Final = "voice.xml"
FOR_TEXTS: Final = "sms.xml"
"""The files of a fallback, as voice.fallback writes them."""


class ConnectError(Exception):
    """The number cannot be wired; the message says why and what to do."""


@dataclass(frozen=True)
class Change:
    """A number's wiring before and after, and what makes Twilio go elsewhere all the same.

    `compare` gives what is and what should be.
    """

    number: str
    before: Wiring
    after: Wiring
    warnings: tuple[str, ...] = ()

    def table(self) -> str:
        """Before and after, a row for each thing that Twilio does."""
        rows = [(self.number, "before", "after")]
        for what, name in ROWS.items():
            rows.append((what, _shown(self.before, name), _shown(self.after, name)))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        padded = (
            [cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows
        )
        return "\n".join("  ".join(row).rstrip() for row in padded)

    @property
    def differences(self) -> tuple[tuple[str, str, str], ...]:
        """What differs: field, before, after."""
        rows = (
            (name.name, getattr(self.before, name.name), getattr(self.after, name.name))
            for name in fields(Wiring)
        )
        return tuple((name, old, new) for name, old, new in rows if not _same(old, new))


def wanted(public_url: str, fallback_url: str = "") -> Wiring:
    """What a number of this line is wired to.

    The fallback answers when the line cannot; it is best hosted elsewhere, as the plain files that
    `fallback` writes: `fallback_url` is the one for calls, asked by GET, and the one for texts lies
    beside it. With none given, the line itself is asked once more; a text then gets one answer.
    """
    base = public_url.rstrip("/")
    ours = fallback_url.endswith(f"/{FOR_CALLS}")
    texts = urljoin(fallback_url, FOR_TEXTS) if ours else ""
    return Wiring(
        voice_url=f"{base}/voice",
        voice_fallback_url=fallback_url or f"{base}/voice",
        voice_fallback_method="GET" if fallback_url else "POST",
        sms_url=f"{base}/sms",
        sms_fallback_url=texts or f"{base}/sms",
        sms_fallback_method="GET" if texts else "POST",
        status_url=f"{base}/voice/status",
    )


def compare(client: Client, number: str, public_url: str, fallback_url: str = "") -> Change:
    """What a number is wired to, and what it should be. Changes nothing."""
    return _plan(client, _found(client, number), wanted(public_url, fallback_url))


def connect(
    client: Client, number: str, public_url: str, fallback_url: str = "", dry_run: bool = False
) -> Change:
    """Wire a number to this line; `after` is what Twilio says it is wired to now.

    Nothing is sent where nothing differs, or in a dry run. ConnectError where the number is not
    this account's, the address cannot be called, or Twilio holds something else afterwards.
    """
    if urlsplit(public_url).scheme != "https":
        raise ConnectError(f"Twilio cannot call {public_url}: set PUBLIC_URL to an https address.")
    found = _found(client, number)
    plan = _plan(client, found, wanted(public_url, fallback_url))
    if dry_run or not plan.differences:
        return plan
    rewire(client, found.sid, plan.after)
    done = replace(plan, after=read_number(client, found.sid).wiring)
    left = replace(plan, before=done.after).differences
    if left:
        names = ", ".join(name for name, _, _ in left)
        raise ConnectError(f"Twilio still has another {names}; check the number in its console.")
    return done


def _plan(client: Client, found: Number, should: Wiring) -> Change:
    return Change(found.number, found.wiring, should, tuple(_warnings(client, found)))


def _shown(wiring: Wiring, name: str) -> str:
    url: str = getattr(wiring, f"{name}_url")
    return f"{getattr(wiring, f'{name}_method')} {url}" if url else "nothing"


def _same(one: str, other: str) -> bool:
    """Whether two addresses are one; what follows a # only tunes Twilio's patience."""
    return one.partition("#")[0] == other.partition("#")[0]


def _found(client: Client, number: str) -> Number:
    written = written_number(number)
    if not written:
        raise ConnectError(f"{number!r} is not a number with its country code: write +12125550150.")
    found = find_number(client, written)
    if found is None:
        raise ConnectError(f"The Twilio account {client.account.sid} has no number {written}.")
    return found


def _warnings(client: Client, number: Number) -> Iterator[str]:
    """Say what Twilio asks instead of the number's own addresses."""
    takers = (
        ("calls", "TwiML app", number.voice_application),
        ("calls", "SIP trunk", number.trunk),
        ("texts", "TwiML app", number.sms_application),
    )
    for what, kind, sid in takers:
        if sid:
            yield f"The {kind} {sid} takes the number's {what}; take it off the number."
    try:
        for service in services(client, number.sid):
            yield from _about(service)
    except OutboundError as error:
        yield f"Twilio did not say whether the number is in a messaging service: {error.reason}"


def _about(service: Service) -> Iterator[str]:
    if not service.own_webhook:
        does = "takes" if service.inbound_url else "drops"
        yield (
            f"The messaging service {service.name or service.sid} {does} the number's texts; "
            "turn on 'Defer to sender's webhook' there."
        )
