"""How a locale says things: placeholders filled in, for the ear in a call, the eye in a text."""

import re
from collections.abc import Mapping
from typing import Literal

from voice.hours import spoken_hours
from voice.script import Phone, Script

Channel = Literal["call", "message"]

NAME = re.compile(r"\{(\w+)\}")


def fill(script: Script, locale: str, channel: Channel, text: str, **more: str) -> str:
    """Fill the placeholders of `text` in a locale.

    In a call numbers become words, digit by digit (rule 76); in a message they stay figures.
    `more` gives the placeholders only the caller knows: label, key, options.
    """
    if "{" not in text:
        return text
    named = set(NAME.findall(text))
    values = more if named <= set(more) else {**placeholders(script, locale, channel), **more}
    return NAME.sub(lambda match: values[match.group(1)], text)


def placeholders(script: Script, locale: str, channel: Channel) -> dict[str, str]:
    """Return what each placeholder stands for in a locale and channel."""
    line = script.line
    words = script.prompts[locale].words
    spoken = channel == "call"
    phones = {
        "phone": line.phone,
        "line_phone": line.line_phone,
        "text_number": line.text_number,
    }
    short = {"emergency": line.emergency, "crisis": line.crisis}
    keys = {meaning: key_name(script, locale, key) for meaning, key in script.keys.items()}
    return {
        "clinic": line.name[locale],
        "address": line.address[locale],
        "hours": spoken_hours(line.hours, words),
        **{name: _phone(phone, words, spoken) for name, phone in phones.items()},
        **{name: spell(digits, words) if spoken else digits for name, digits in short.items()},
        **keys,
    }


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
