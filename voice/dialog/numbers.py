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
    """Return how many digits a number has at most where this line is called."""
    return NATIONAL_DIGITS if script.line.line_phone.country == NORTH_AMERICA else MOST


def is_whole(script: Script, digits: str) -> bool:
    """Say whether digits are as many as a number has where this line is called."""
    most = most_digits(script)
    fewest = most if most == NATIONAL_DIGITS else FEWEST
    return digits.isascii() and digits.isdigit() and fewest <= len(digits) <= most


def every_digit() -> Iterator[str]:
    """Yield numbers that have every digit first in a group, and every digit within one."""
    for first in "0123456789":
        within = str((int(first) + 1) % 10)
        yield f"+1{first}{within}{within}{first}{within}{within}{first}{within}{within}{within}"
