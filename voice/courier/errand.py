"""What the line starts for somebody: an errand, and what became of it. Values only."""

from dataclasses import dataclass, field
from typing import Final, Literal

from voice.outbound import Outcome, Refused, Ring, Sent, Text, fault
from voice.outbound.faults import Why
from voice.outbound.permission import Bar

TextOutcome = Literal["sent", "withheld", "landline", "country", "opted-out", "failed"]
CallOutcome = Literal["calling", "hours", "often", "cannot", "opted-out", "failed"]
Kind = Literal["text", "call"]

UNKNOWN: Final = "unknown"
"""Kept of an errand of which nobody knows whether it was done."""

TEXT_REFUSED: Final[dict[Why, TextOutcome]] = {
    "opted-out": "opted-out",
    "no-text": "landline",
    "country": "country",
}
CALL_REFUSED: Final[dict[Why, CallOutcome]] = {
    "opted-out": "opted-out",
    "number": "cannot",
    "country": "cannot",
    "blocked": "cannot",
}


@dataclass(frozen=True)
class Errand:
    """A text or a call as it would leave: kept to be shown, where it is only practice."""

    kind: Kind
    to: str = field(repr=False)
    body: str = field(default="", repr=False)
    url: str = ""


def shown(order: Text | Ring) -> Errand:
    """What this order looks like to somebody who practises."""
    if isinstance(order, Ring):
        return Errand("call", order.to, url=order.url)
    return Errand("text", order.to, order.body)


def text_outcome(word: str) -> TextOutcome:
    """The outcome of a text by the word kept of it; a word we do not know counts as failed.

    So does "unknown": a person is not told that something is on its way when nobody knows.
    """
    known: tuple[TextOutcome, ...] = ("sent", "withheld", "landline", "country", "opted-out")
    return next((one for one in known if one == word), "failed")


def call_outcome(word: str) -> CallOutcome:
    """The outcome of a call by the word kept of it, likewise."""
    known: tuple[CallOutcome, ...] = ("calling", "hours", "often", "cannot", "opted-out")
    return next((one for one in known if one == word), "failed")


def call_barred(bar: Bar) -> CallOutcome:
    """What stands against a call, in the words for a patient."""
    return "hours" if bar == "hours" else "cannot"


def kept_word(kind: Kind, outcome: Outcome) -> str:
    """The word that is kept of an order that was given to Twilio."""
    if isinstance(outcome, Sent):
        return "sent" if kind == "text" else "calling"
    if not isinstance(outcome, Refused):
        return UNKNOWN
    if kind == "text":
        return TEXT_REFUSED.get(outcome.why, "failed")
    return CALL_REFUSED.get(outcome.why, "failed")


def sound_lost(code: str) -> bool:
    """Whether a text that failed with this error code may still arrive without its sound.

    What an opt-out, a landline or a carrier stopped is stopped without sound too.
    """
    known = fault(int(code) if code.isascii() and code.isdigit() else 0)
    return known.why in ("media", "away", "other")
