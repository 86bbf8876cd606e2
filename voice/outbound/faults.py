"""What Twilio's error codes mean: who can do what about them, in words for staff.

The same table serves a request that is refused at once and a status callback that says later why a
text or a call failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Why = Literal[
    "opted-out",  # they said stop
    "no-text",  # a landline, or a telephone that takes no texts
    "number",  # no such number, or one nobody can reach
    "country",  # not a country this account may reach
    "away",  # the telephone is off, or its carrier does not answer
    "blocked",  # a carrier or Twilio stopped it
    "media",  # the sound, not the words
    "busy",  # too much at once
    "settings",  # ours to mend: credentials, numbers, registration
    "other",
]


@dataclass(frozen=True)
class Fault:
    """One reason why something was not done."""

    why: Why
    reason: str


def _table(why: Why, reasons: Mapping[int, str]) -> dict[int, Fault]:
    return {code: Fault(why, reason) for code, reason in reasons.items()}


_PEOPLE: Final = {
    21610: Fault("opted-out", "They opted out at Twilio; nothing may be sent until START."),
    **_table(
        "no-text",
        {
            21614: "The number takes no texts.",
            21635: "The number is a landline; it takes no texts.",
            30006: "The number is a landline, or its carrier takes no texts.",
        },
    ),
    **_table(
        "number",
        {
            13223: "The number is not written as Twilio needs it.",
            13224: "There is no such number, or it cannot be called.",
            13225: "Twilio does not call this kind of number.",
            21211: "There is no such number.",
            21214: "The number cannot be reached.",
            21217: "There is no such number.",
            21612: "Texts cannot go from our number to this one.",
            30005: "Nobody has this number now.",
            63003: "The number is not on WhatsApp.",
            63024: "WhatsApp cannot reach this number.",
        },
    ),
    **_table(
        "away",
        {
            30003: "The telephone is off or out of reach; it may work later.",
            30008: "The carrier gave no reason; it may be tried once more.",
            30410: "The carrier did not answer in time; it may work later.",
        },
    ),
}

_CARRIERS: Final = {
    **_table(
        "blocked",
        {
            21216: "Twilio does not let this account call the number.",
            30004: "The person or their carrier blocks our texts.",
            30007: "The carrier took it for spam; look at the words and the registration.",
            30450: "Twilio took it for abuse of texts (pumping guard).",
            30610: "It was stopped for the hour at the person's place (quiet hours).",
            63016: "WhatsApp allows free words only within 24 hours of their last message.",
            63032: "WhatsApp does not let us write to this person.",
        },
    ),
    **_table(
        "media",
        {
            11200: "Twilio could not fetch the sound; look whether PUBLIC_URL answers.",
            11751: "The sound is too large for this way of sending.",
            12300: "The sound came with a wrong content type.",
            21620: "The address of the sound is not a web address.",
            21623: "There are more than ten sounds.",
            30011: "The country takes no sound in texts (MMS).",
            30019: "The sound is too large for the carrier.",
            63019: "WhatsApp could not fetch the sound.",
        },
    ),
    **_table(
        "busy",
        {
            10004: "All of the account's lines are taken; it may work later.",
            20429: "Too many requests at once; it may work later.",
            21611: "The queue of texts is full (ten hours' worth); wait.",
            30001: "The queue of texts is full; wait.",
            30017: "The carrier has too much to do; it may work later.",
            30022: "Too many texts in a short time for this registration; slow down.",
            30023: "The day's number of texts for this registration is used up.",
            30027: "T-Mobile's number of texts for the day is used up until midnight Pacific.",
            63017: "Too many texts a second for this account; slow down.",
            63018: "Too many WhatsApp messages; slow down.",
        },
    ),
}

_OURS: Final = {
    **_table(
        "country",
        {
            13227: "Calls to this country are off in Twilio's geographic permissions.",
            21203: "Calls to other countries are off for this account.",
            21215: "Calls to this country are off in Twilio's geographic permissions.",
            21408: "Texts to this region are off in Twilio's geographic permissions.",
        },
    ),
    **_table(
        "settings",
        {
            10001: "The Twilio account is not active.",
            20003: "Twilio does not accept our credentials; look at the API key or the auth token.",
            20005: "The Twilio account is not active.",
            20404: "Twilio has nothing at this address; look at TWILIO_ACCOUNT_SID.",
            21205: "Twilio cannot use our address; look at PUBLIC_URL.",
            21210: "Our number may not be shown as caller; look at line.toml.",
            21212: "Our own number is not valid; look at line.toml.",
            21219: "A trial account calls only numbers verified with Twilio.",
            21602: "The text has no words.",
            21603: "No number of ours was given to send from.",
            21606: "Our number is not this account's, or sends no texts.",
            21608: "A trial account texts only numbers verified with Twilio.",
            21609: "Twilio cannot use our status address; look at PUBLIC_URL.",
            21617: "The text is longer than 1600 characters.",
            21660: "Our number belongs to another Twilio account.",
            21703: "The messaging service has no number free to send from.",
            21704: "The messaging service has no numbers.",
            21705: "There is no such messaging service.",
            30002: "The Twilio account is suspended.",
            30032: "Our toll-free number is not verified; register it with Twilio.",
            30034: "Our number is not registered for texts (10DLC); register it with Twilio.",
            63007: "Our WhatsApp number is not set up with Twilio.",
            63015: "WhatsApp's sandbox reaches only those who joined it.",
        },
    ),
}

FAULTS: Final[Mapping[int, Fault]] = {**_PEOPLE, **_CARRIERS, **_OURS}
"""The codes we know, by who can do something about them."""

_CREDENTIALS = (401, 403)


def fault(code: int, status: int = 0) -> Fault:
    """What an error code means; for one we do not know, what the HTTP status tells."""
    if code in FAULTS:
        return FAULTS[code]
    if status == 429:
        return FAULTS[20429]
    if status in _CREDENTIALS:
        return FAULTS[20003]
    return Fault("other", f"Twilio refused it with error {code or status}; its pages explain it.")
