"""What is asked of Twilio, and what became of it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from voice.outbound.faults import Why

Answered = Literal["person", "machine", "unclear"]


@dataclass(frozen=True)
class Text:
    """A text message. `to` is a number or a `whatsapp:+…` address, as Twilio spells it.

    `sender` is the number of ours it comes from, for an answer the one they wrote to; "" on
    WhatsApp for the account's own. `status_url` is told what became of it.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    status_url: str
    sender: str


@dataclass(frozen=True)
class Ring:
    """A call to somebody who asked for one; `url` answers what is heard, by POST.

    Twilio listens who picked up before it asks `url`, and says so in AnsweredBy (`answered`).
    `sender` is the number of ours it comes from. `fallback_url` is a plain file hosted elsewhere,
    asked by GET; "" for none.
    """

    to: str = field(repr=False)
    url: str
    status_url: str
    fallback_url: str
    sender: str


@dataclass(frozen=True)
class Sent:
    """Twilio took it; its status callbacks name this sid."""

    sid: str


@dataclass(frozen=True)
class Refused:
    """It was not done, for certain. `code` is Twilio's, 0 where Twilio was never asked.

    `reason` is for staff and names nobody.
    """

    code: int
    why: Why
    reason: str

    @property
    def opted_out(self) -> bool:
        """Whether Twilio keeps an opt-out of theirs, which the store must learn (error 21610)."""
        return self.why == "opted-out"


@dataclass(frozen=True)
class Unknown:
    """It went out and no clear answer came: it may have been done. Never repeat it.

    Twilio documents no key that would make a second request harmless. `reason` is for staff.
    """

    reason: str


Outcome = Sent | Refused | Unknown


def answered(fields: Mapping[str, str]) -> Answered:
    """Who picked up a call of ours, by the AnsweredBy field of Twilio's request.

    Only a person hears what they asked for; a machine, and whoever it may be, hears the clinic's
    name and number and no more (rule 120). No field: detection was off or failed, so unclear.
    """
    found = fields.get("AnsweredBy", "").strip().lower()
    if found == "human":
        return "person"
    return "machine" if found == "fax" or found.startswith("machine") else "unclear"
