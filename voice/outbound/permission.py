"""Whom we may call and text, and when; how sound reaches them. Pure.

What a number is comes from the phonenumbers library (Google's metadata of numbering plans): its
country, whether it can be a mobile, and the time zones it may be in.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Kind = Literal["phone", "whatsapp", "short-code", "withheld", "other"]
Sort = Literal["mobile", "landline", "either", "special", "none"]
SoundWay = Literal["mms", "whatsapp", "link"]

Bar = Literal[
    "withheld",  # no number was sent along
    "short-code",  # five or six figures: a machine
    "number",  # no number that exists, or no telephone at all
    "special",  # toll-free, premium and the like: nobody's telephone
    "landline",  # takes no texts
    "country",  # not among the countries in settings
    "zone",  # where it is cannot be told, so neither can the hour
    "hours",  # too early or too late there
]
"""What stands against a call or a text."""

OPENS: Final = time(8)
CLOSES: Final = time(21)
"""The hours of calls, where the person is: 8 am to 9 pm (rule 91)."""

MMS_BYTES: Final = 600_000
"""The most a sound may weigh to get through every carrier."""

WHATSAPP_BYTES: Final = 16_000_000

_MMS_REGIONS: Final = (frozenset({"US", "CA"}), frozenset({"AU"}))
"""Countries Twilio sends MMS in; it stays on its side of the ocean."""

_WITHHELD_WORDS = ("anonymous", "restricted", "unknown", "unavailable", "blocked", "private")
_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")

# Twilio puts a withheld number's reason into From, spelled on the keys of a telephone, as
# "+266696687" is ANONYMOUS; none of them is anybody's number.
WITHHELD: Final = frozenset(
    word for name in _WITHHELD_WORDS for word in (name, f"+{name.translate(_KEYPAD)}")
)


@dataclass(frozen=True)
class Address:
    """Who a From or To is. `number` is E.164, "" where there is none to call.

    `country` is ISO 3166, "" where it cannot be told. In North America no number tells whether it
    is a mobile: `sort` is then "either".
    """

    kind: Kind
    number: str = field(default="", repr=False)
    country: str = ""
    sort: Sort = "none"
    zones: tuple[str, ...] = ()


def read_plans() -> None:
    """Load the numbering plans of North America, which else the first caller waits 40 ms for."""
    read_address("+12125550150")


def read_address(raw: str) -> Address:
    """Who this address of Twilio's is: a number, whatsapp:+…, a short code, a withheld one."""
    text = raw.strip().lower()
    if not text or text in WITHHELD:
        return Address("withheld")
    if text.isascii() and text.isdigit() and len(text) <= 8:
        return Address("short-code")
    number = text.removeprefix("whatsapp:")
    kind: Kind = "phone" if number == text else "whatsapp"
    if not (number.startswith("+") and number[1:].isascii() and number[1:].isdigit()):
        return Address("whatsapp" if kind == "whatsapp" else "other")
    return _known(kind, number)


@lru_cache(maxsize=1024)  # a caller is looked up at every key; 70 microseconds each time else
def _known(kind: Kind, number: str) -> Address:
    """Look a number up in the numbering plans."""
    import phonenumbers
    from phonenumbers import timezone

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return Address(kind)
    if not phonenumbers.is_valid_number(parsed):
        # In no plan of today, such as a mobile in Mexico with the 1 of old; its country is known.
        region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
        return Address(kind, country=region)
    return Address(
        kind,
        number,
        phonenumbers.region_code_for_number(parsed) or "",
        _sort(phonenumbers.number_type(parsed)),
        tuple(timezone.time_zones_for_number(parsed)),
    )


def _sort(plan: int) -> Sort:
    from phonenumbers import PhoneNumberType

    sorts: dict[int, Sort] = {
        PhoneNumberType.MOBILE: "mobile",
        PhoneNumberType.FIXED_LINE: "landline",
        PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
        PhoneNumberType.VOIP: "either",
        PhoneNumberType.PERSONAL_NUMBER: "either",
    }
    return sorts.get(plan, "special")


def bar_to_call(now: datetime, number: str, countries: Collection[str]) -> Bar | None:
    """What stands against a call to this number now, which asked for one (rule 91).

    Where a number may be in several time zones, it must be within the hours in all of them. `now`
    has a zone. Counts and opt-outs are the caller's to look up.
    """
    address = read_address(number)
    return _barred(address, countries) or _asleep(now, address)


def bar_to_text(number: str, countries: Collection[str]) -> Bar | None:
    """What stands against a text to this number; a WhatsApp address wrote to us, so nothing does.

    Asked for in this very call, a text has no hours (rules 80 and 91).
    """
    address = read_address(number)
    if address.kind == "whatsapp":
        return None
    return _barred(address, countries) or ("landline" if address.sort == "landline" else None)


def _barred(address: Address, countries: Collection[str]) -> Bar | None:
    if address.kind in ("withheld", "short-code"):
        return "withheld" if address.kind == "withheld" else "short-code"
    if not address.number:
        abroad = address.country not in ("", *countries)
        return "country" if abroad else "number"
    if address.sort == "special":
        return "special"
    return None if address.country in countries else "country"


def _asleep(now: datetime, address: Address) -> Bar | None:
    try:
        zones = tuple(ZoneInfo(name) for name in address.zones)
    except (ZoneInfoNotFoundError, ValueError):
        zones = ()
    if not zones:
        return "zone"
    there = (now.astimezone(zone).time() for zone in zones)
    return None if all(OPENS <= hour < CLOSES for hour in there) else "hours"


def sound_way(to: str, sender: str, size: int) -> SoundWay:
    """How a topic's MP3 of `size` bytes reaches them from our number, else a link to its page.

    `to` and `sender` are addresses as Twilio spells them. MMS goes to the US, Canada and Australia
    only, and not to landlines.
    """
    address, ours = read_address(to), read_address(sender)
    if address.kind == "whatsapp":
        return "whatsapp" if size <= WHATSAPP_BYTES else "link"
    if size > MMS_BYTES or address.sort not in ("mobile", "either"):
        return "link"
    together = any({address.country, ours.country} <= region for region in _MMS_REGIONS)
    return "mms" if together else "link"
