"""Telephone numbers in a call: how they are grouped and said, and when one is whole."""

from collections.abc import Iterator

from voice.script import Script

NORTH_AMERICA = "1"
NATIONAL_DIGITS = 10
"""Digits of a number in North America, without the 1."""
FEWEST, MOST = 6, 15
"""Digits of a number elsewhere."""


def groups(number: str) -> tuple[str, ...]:
    """Return the digits of an E.164 number in the groups they are said in.

    North American numbers in threes and four without the 1, all others in threes.
    """
    digits = number.removeprefix("+")
    if digits.startswith(NORTH_AMERICA) and len(digits) == NATIONAL_DIGITS + 1:
        return digits[1:4], digits[4:7], digits[7:]
    return tuple(digits[n : n + 3] for n in range(0, len(digits), 3))


def most_digits(script: Script) -> int:
    """Return how many digits people key for a number where this line is called, at most.

    In North America many key the 1 before it.
    """
    return NATIONAL_DIGITS + 1 if _in_north_america(script) else MOST


def national(script: Script, digits: str) -> str:
    """Return keyed digits as a number of the line's country, "" if they are not a complete one."""
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if _in_north_america(script):
        bare = digits.removeprefix(NORTH_AMERICA) if len(digits) > NATIONAL_DIGITS else digits
        return bare if len(bare) == NATIONAL_DIGITS else ""
    return digits if FEWEST <= len(digits) <= MOST else ""


def _in_north_america(script: Script) -> bool:
    return script.line.line_phone.country == NORTH_AMERICA


def every_digit() -> Iterator[str]:
    """Yield numbers in which each digit stands first in a group, and within one."""
    for first in "0123456789":
        within = str((int(first) + 1) % 10)
        yield f"+1{first}{within}{within}{first}{within}{within}{first}{within}{within}{within}"
