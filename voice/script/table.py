"""A TOML table being read: hands out checked values and notes each defect, with its remedy."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from voice.script.content import KEY_MEANINGS

PLACEHOLDERS = frozenset(
    "clinic address phone line_phone text_number hours emergency crisis".split()
) | frozenset(KEY_MEANINGS)
"""What may stand in {braces} in any text; words.py fills them in."""
DAY = "Write a day like this: 2027-05-20."
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "call.language": ("key",),
    "call.person": ("key",),
    "call.option": ("label", "key"),
    "call.call_me_back": ("key",),
    "call.offer_closed": ("key",),
    "call.callback_number": ("key",),
    "call.ring_unclear": ("key",),
    "call.read_later_word": ("word",),
    "message.menu": ("options",),
    "message.submenu": ("options",),
    "message.did_you_mean": ("options",),
    "message.unknown": ("options",),
    "message.listen": ("title",),
    "message.listen_link": ("title", "link"),
    "message.listen_first": ("link",),
    "message.sources": ("link",),
    "message.sources_all": ("link",),
    "words.day_range": ("first", "last"),
    "words.hour_range": ("start", "end"),
    "words.again": ("span",),
    "words.minutes": ("minutes",),
    "words.hours": ("m",),
}
"""Texts that hold names of their own, which stand for something there alone."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML takes without quotation marks; "#" would begin a note."""

LOCALE = re.compile(r"[a-z]{2,3}-[A-Za-z0-9]{2,4}")
"""A language and its region, as Twilio's recogniser and voices need it."""


@dataclass(frozen=True)
class Defect:
    """One thing that keeps a script from loading: where, what, and how to fix it."""

    file: str
    where: str
    message: str
    fix: str


def unfilled(text: str, known: Collection[str]) -> tuple[str, ...]:
    """Tell what stands in braces and is not known, and of a brace that is alone."""
    strange = [f"{{{name}}}" for name in re.findall(r"\{(\w+)\}", text) if name not in known]
    if re.search(r"[{}]", re.sub(r"\{\w+\}", "", text)):
        strange.append("a lone brace")
    return tuple(dict.fromkeys(strange))


def _addition(key: str, kind: type) -> str:
    """What to add where `key` is missing: "#" needs quotation marks, a table a line of its own."""
    if kind is dict:
        return f"Add a table for {key}, as its neighbours have."
    return f"Add a line: {key if _BARE.fullmatch(key) else json.dumps(key)} = …"


class Table:
    """Hands out the checked values of a TOML table, and adds to `defects` what is wrong."""

    def __init__(self, values: Any, file: str, where: str, defects: list[Defect]) -> None:
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        self.file = file
        self.where = where
        self.defects = defects
        self.used: set[str] = set()

    def defect(self, key: str, message: str, fix: str) -> None:
        """Note something wrong with `key` of this table."""
        where = ".".join(part for part in (self.where, key) if part)
        self.defects.append(Defect(self.file, where, message, fix))

    def get(self, key: str, kind: type, what: str, default: Any) -> Any:
        """Return the value at `key`, or `default` with a defect noted."""
        self.used.add(key)
        if key not in self.values:
            self.defect(key, f"{what} is missing.", _addition(key, kind))
            return default
        value = self.values[key]
        if not isinstance(value, kind) or isinstance(value, datetime):
            fix = DAY if kind is date else "Compare it with another file."
            self.defect(key, f"{what} has the wrong form.", fix)
            return default
        return value

    def text(self, key: str) -> str:
        """Return a text with its white space folded."""
        value = " ".join(self.piece(key).split())
        if not value and isinstance(self.values.get(key), str):
            self.defect(key, "The text is empty.", "Write the words between the quotation marks.")
        return value

    def piece(self, key: str) -> str:
        """Return a piece of a sentence as it stands: it may be empty or begin with a blank."""
        value: str = self.get(key, str, "The text", "")
        self._braces(key, value)
        self._lacking(key, value)
        return value

    def lines(self, key: str) -> tuple[str, ...]:
        """Return a list of texts whose lines are kept: each line is one key point."""
        return tuple(_folded_lines(value) for value in self._strings(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, white space folded."""
        return tuple(" ".join(value.split()) for value in self._strings(key))

    def _strings(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list, "The list", [])
        if any(not isinstance(value, str) or not value.strip() for value in values):
            self.defect(key, "The list has an empty or wrong entry.", 'Write ["one", "two"].')
        for value in values:
            self._braces(key, str(value))
        return tuple(value for value in values if isinstance(value, str) and value.strip())

    def _braces(self, key: str, value: str) -> None:
        """Note placeholders that nothing fills here."""
        if "{" not in value and "}" not in value:
            return  # nearly all; what follows took half of a load
        anywhere = frozenset() if self.where.endswith(".words") else PLACEHOLDERS
        for what in unfilled(value, anywhere.union(self._own_names(key))):
            self.defect(key, f"There is {what} in the text.", "Use {phone}, {clinic} and the like.")

    def _lacking(self, key: str, value: str) -> None:
        for name in self._own_names(key):
            if value and f"{{{name}}}" not in value:
                self.defect(key, f"{{{name}}} is missing in the text.", "Put it where it is said.")

    def _own_names(self, key: str) -> tuple[str, ...]:
        return TEMPLATES.get(f"{self.where.rpartition('.')[2]}.{key}", ())

    def table(self, key: str) -> "Table":
        """Return the table at `key`."""
        values = self.get(key, dict, "The table", {})
        where = ".".join(part for part in (self.where, key) if part)
        return Table(values, self.file, where, self.defects)

    def done(self) -> None:
        """Note every field nobody asked for: otherwise a misspelt one would be lost.

        Words in a language the line does not offer may stay: it may be offered again.
        """
        unused = set(self.values) - self.used
        for key in sorted(key for key in unused if not LOCALE.fullmatch(key)):
            self.defect(key, "This field is not known.", "Check its spelling, or take it out.")


def _folded_lines(value: str) -> str:
    lines = (" ".join(line.split()) for line in value.splitlines())
    return "\n".join(line for line in lines if line)


def no_file(name: str) -> str:
    """Return the message of a defect: a file is not there."""
    return f"There is no file {name}."
