"""How a locale says things: placeholders filled in, for the ear in a call, the eye in a text."""

import re
from collections.abc import Mapping
from typing import Literal

from voice.hours import spoken_hours
from voice.script import Phone, Script

Channel = Literal["call", "message"]

NAME = re.compile(r"\{(\w+)\}")
FIXED = (
    "clinic", "address", "hours", "phone", "line_phone", "text_number", "emergency", "crisis",
)  # fmt: skip
"""The placeholders every script has; each meaning of a key is one too."""


def fill(script: Script, locale: str, channel: Channel, text: str, **more: str) -> str:
    """Fill the placeholders of `text` in a locale.

    In a call numbers become words, digit by digit (rule 76); in a message they stay figures.
    `more` gives the placeholders only the caller knows: label, key, options. A name that nothing
    stands behind stays in its braces: `check` tells of it.
    """
    if "{" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in more:
            return more[name]
        known = name in FIXED or name in script.keys
        return _placeholder(script, locale, channel, name) if known else found[0]

    return NAME.sub(value, text)


def placeholders(script: Script, locale: str, channel: Channel) -> dict[str, str]:
    """Return what each placeholder stands for in a locale and channel."""
    names = (*FIXED, *script.keys)
    return {name: _placeholder(script, locale, channel, name) for name in names}


def _placeholder(script: Script, locale: str, channel: Channel, name: str) -> str:
    line, words, spoken = script.line, script.prompts[locale].words, channel == "call"
    match name:
        case "clinic":
            return line.name[locale]
        case "address":
            return line.address[locale]
        case "hours":
            return spoken_hours(line.hours, words)
        case "phone" | "line_phone" | "text_number":
            return _phone(getattr(line, name), words, spoken)
        case "emergency" | "crisis":
            digits: str = getattr(line, name)
            return spell(digits, words) if spoken else digits
    return key_name(script, locale, script.keys[name])


def key_name(script: Script, locale: str, key: str) -> str:
    """Say a telephone key as this locale does: "star", "el 2"."""
    return str(script.prompts[locale].words["keys"][key])


def spell(digits: str, words: Mapping[str, object]) -> str:
    """Say digits one by one with a short pause between: "nine, one, one" (rule 76)."""
    return ", ".join(_digits(digits, words))


def _phone(phone: Phone, words: Mapping[str, object], spoken: bool) -> str:
    if not spoken:
        return phone.written
    return ", ".join(" ".join(_digits(group, words)) for group in phone.groups)


def _digits(digits: str, words: Mapping[str, object]) -> list[str]:
    names = words["digits"]
    assert isinstance(names, tuple)  # noqa: S101 - script.load made it one
    return [str(names[int(digit)]) for digit in digits]
