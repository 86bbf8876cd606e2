"""The unit of editing: one field of one file, and its value made tidy."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["line", "text", "lines", "parts", "texts", "date", "dates"]
"""A line; a paragraph; short lines; parts of several lines; paragraphs; a date; dates."""

LISTS = frozenset({"lines", "parts", "texts", "dates"})

Value = str | tuple[str, ...]
"""A list where the kind is one; a date as 2027-05-20."""

MOST = 20_000
"""Characters in a value that comes from outside: four times the longest list that ships."""
ITEM = 20
"""What an item of a list counts at least, so that a list has no more than a thousand."""

_UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Marks nobody sees: soft hyphens, empty spaces, turns of direction, halves of characters."""
_CONTROL = re.compile("[\x00-\x09\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


class TooLong(ValueError):
    """A value has more characters than a field takes; `size` says how many."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"{size} characters; the most is {MOST}")


@dataclass(frozen=True)
class Field:
    """One thing staff can change. `locale` is "" where it holds for every language.

    In the lexicon it may be a language alone, such as "es".
    """

    file: str
    path: tuple[str, ...]
    locale: str
    kind: Kind

    @property
    def id(self) -> str:
        """Its name, as "topics/risks.toml:es-US.parts"."""
        return f"{self.file}:{'.'.join(self.path)}"

    def concerns(self, locale: str) -> bool:
        """Say whether a change of it changes what is said in a locale."""
        return concerns(self.locale, locale)


def concerns(own: str, locale: str) -> bool:
    """Say whether what is written for `own` (a locale, a language, "" for all) is for a locale."""
    return own in ("", locale) or locale.startswith(f"{own}-")


def tidy(kind: Kind, value: Value) -> Value:
    """Return a value as it is kept and compared: composed accents, single spaces, nothing empty.

    Control characters become spaces: nobody can see or say them.
    """
    pieces = (value,) if isinstance(value, str) else value
    fold = _folded_lines if kind == "parts" else _folded
    folded = tuple(piece for piece in map(fold, pieces) if piece)
    return folded if kind in LISTS else " ".join(folded)


def checked(kind: Kind, value: Value) -> Value:
    """Return a value that came from outside, tidy. Raises TooLong."""
    size = len(value) if isinstance(value, str) else sum(max(ITEM, len(one)) for one in value)
    if size > MOST:
        raise TooLong(size)
    return tidy(kind, value)


def as_text(kind: Kind, value: Value) -> str:
    """Return a value the way people write it: an item a line, an empty line between long ones."""
    if isinstance(value, str):
        return value
    return ("\n\n" if kind in ("parts", "texts") else "\n").join(value)


def of_text(kind: Kind, text: str) -> Value:
    """Read a value the way people write it. Raises TooLong."""
    text = _ENDS.sub("\n", text)
    if kind == "parts":
        return checked(kind, tuple(re.split(r"\n\s*\n", text)))
    return checked(kind, tuple(text.split("\n")) if kind in LISTS else text)


def _folded(piece: str) -> str:
    return " ".join(seen(piece).split())


def _folded_lines(piece: str) -> str:
    lines = (" ".join(line.split()) for line in seen(piece).split("\n"))
    return "\n".join(line for line in lines if line)


def seen(piece: str) -> str:
    """Return a text without what nobody sees, each of its lines ended alike."""
    plain = _CONTROL.sub(" ", _ENDS.sub("\n", _UNSEEN.sub("", piece)))
    return unicodedata.normalize("NFC", plain)
