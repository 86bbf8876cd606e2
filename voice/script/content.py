"""What a script is made of: the clinic's line, topics, menu, prompts, words; all frozen."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Literal

from voice.hours import Hours

Pace = Literal["normal", "slow"]
PACES: tuple[Pace, ...] = ("normal", "slow")

KEY_MEANINGS = ("person", "back", "skip", "again", "pause", "slower", "text")
"""Keys that mean the same everywhere (rule 46); menu.toml says which key each one is."""

TELEPHONE_KEYS = tuple("0123456789*#")


@dataclass(frozen=True)
class Utterance:
    """The smallest thing spoken: one clip. A new line in `words` is a longer pause."""

    words: str
    locale: str
    pace: Pace
    lead: int
    """Milliseconds of silence before the first word: 400 after a key press, else 150 (rule 54)."""


@dataclass(frozen=True)
class LexiconEntry:
    """How one word is pronounced, in each engine's own notation."""

    word: str
    locale: str
    espeak: str
    ipa: str
    say: str


@dataclass(frozen=True)
class Phone:
    """A telephone number in the groups staff wrote, the country code first."""

    country: str
    groups: tuple[str, ...]

    @property
    def dialled(self) -> str:
        """The number as machines dial it (E.164)."""
        return f"+{self.country}{''.join(self.groups)}"

    @property
    def written(self) -> str:
        """The number as patients read it, without the country code."""
        return "-".join(self.groups)

    @property
    def is_sample(self) -> bool:
        """Whether this is one of the fictional 555-01xx numbers."""
        return "".join(self.groups)[-7:].startswith("55501")


@dataclass(frozen=True)
class Line:
    """The clinic: everything in line.toml."""

    name: Mapping[str, str]
    address: Mapping[str, str]
    phone: Phone
    line_phone: Phone
    text_number: Phone
    person: Phone
    emergency: str
    crisis: str
    locales: tuple[str, ...]
    hours: Hours
    text_name: Mapping[str, str] = field(default_factory=dict)
    """Short names for texts, where the clinic has any."""

    def sender(self, locale: str) -> str:
        """Return the name that opens a text."""
        return self.text_name.get(locale) or self.name[locale]

    @property
    def is_sample(self) -> bool:
        """Whether any number is still one of the sample's."""
        numbers = (self.phone, self.line_phone, self.text_number, self.person)
        return any(number.is_sample for number in numbers)


@dataclass(frozen=True)
class Wording:
    """A topic in one locale, as staff wrote it; placeholders not yet filled."""

    title: str
    menu_label: str
    keywords: tuple[str, ...]
    sample_questions: tuple[str, ...]
    main_message: str
    parts: tuple[str, ...]
    action: str
    texts: tuple[str, ...]

    @property
    def spoken(self) -> tuple[str, ...]:
        """What a caller hears: the main message opens the first part, the action ends the last."""
        parts = [f"{self.main_message}\n{self.parts[0]}", *self.parts[1:]]
        parts[-1] = f"{parts[-1]}\n{self.action}"
        return tuple(parts)


@dataclass(frozen=True)
class Topic:
    """One subject in all locales, with the facts it states and who signed it."""

    id: str
    facts: tuple[str, ...]
    tags: tuple[str, ...]
    review_by: date
    wording: Mapping[str, Wording]
    sign_offs: Mapping[str, Mapping[str, str]]


def wording_digest(topic: Topic, locale: str) -> str:
    """Return 16 hex digits of a topic's exact words in a locale, and of the facts they state.

    A sign-off names it; when a letter changes, the sign-off no longer counts.
    """
    signed = {"facts": topic.facts, "locale": locale, "words": asdict(topic.wording[locale])}
    canonical = json.dumps(signed, sort_keys=True, ensure_ascii=False)
    return sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class OptionWording:
    """A menu option in one locale."""

    label: str
    text_label: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Option:
    """One way out of the main menu: a key, and the topics behind it."""

    key: str
    topics: tuple[str, ...]
    wording: Mapping[str, OptionWording]


@dataclass(frozen=True)
class Prompts:
    """What the line says itself in one locale."""

    call: Mapping[str, str]
    message: Mapping[str, str]
    words: Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """All authored content, frozen."""

    line: Line
    options: tuple[Option, ...]
    keys: Mapping[str, str]
    prompts: Mapping[str, Prompts]
    topics: Mapping[str, Topic]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]
    lexicon: tuple[LexiconEntry, ...]
    sources: Mapping[str, Any] = field(repr=False)
    plain: Mapping[str, Any] = field(repr=False)
    pages: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    """The text of every file, by its path in the folder: what a release keeps."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The line's locales in the order they are offered."""
        return self.line.locales
