"""Who asked for a text or a call, and how one reaches them. Pure.

A practice request comes from a fictional number, which no numbering plan knows: it counts as a
mobile telephone in the United States.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from voice.outbound.permission import (
    MMS_BYTES,
    WHATSAPP_BYTES,
    Bar,
    bar_to_text,
    read_address,
    sound_way,
)

TextBar = Literal["", "withheld", "landline", "country"]

_BARS: Final[dict[Bar, TextBar]] = {
    "withheld": "withheld",
    "short-code": "withheld",
    "number": "withheld",
    "special": "landline",
    "landline": "landline",
    "country": "country",
}


@dataclass(frozen=True)
class Person:
    """Who asked: their From as Twilio spells it, and whether it is the practice phone."""

    address: str = field(repr=False)
    practice: bool = False

    @property
    def whatsapp(self) -> bool:
        """Whether they wrote on WhatsApp."""
        return self.address.strip().lower().startswith("whatsapp:")

    @property
    def text_address(self) -> str:
        """Where a text of ours goes: on the channel they used."""
        return self.address.strip().lower() if self.whatsapp else self.number

    @cached_property
    def number(self) -> str:
        """The number a person can be called at (E.164), "" where there is none."""
        if not self.practice:
            return read_address(self.address).number
        number = self.address.strip().lower().removeprefix("whatsapp:")
        return number if re.fullmatch(r"\+[1-9][0-9]{6,14}", number) else ""


def text_bar(person: Person, countries: Collection[str]) -> TextBar:
    """What stands against a text to them; "" where nothing does."""
    if person.practice:
        return "" if person.number else "withheld"
    bar = bar_to_text(person.address, countries)
    return _BARS.get(bar, "withheld") if bar else ""


def sound_reaches(person: Person, ours: str, size: int) -> bool:
    """Whether a sound of `size` bytes reaches them from our address as media, else as a link."""
    if not person.practice:
        return sound_way(person.address, ours, size) != "link"
    return size <= (WHATSAPP_BYTES if person.whatsapp else MMS_BYTES)
