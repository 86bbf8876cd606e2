"""A reply as text messages: which alphabet a text needs, how many segments it costs, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# GSM 03.38 basic table, in code order; the escape character itself is no text.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters of the extension table: each takes two places."""

LIMITS: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""Places in a text of one segment, and in each segment of a longer one (rule 82)."""


@dataclass(frozen=True)
class Count:
    """What a text costs: its alphabet, its segments, and the characters that made it dear."""

    encoding: Encoding
    segments: int
    characters: int
    costly: tuple[str, ...]


def count(text: str) -> Count:
    """Count the segments of `text` as carriers bill them.

    One character outside GSM-7 turns the whole text to UCS-2 (rule 83); an extended character, and
    in UCS-2 one outside the basic plane, takes two places and is never cut in two.
    """
    costly = tuple(dict.fromkeys(c for c in text if c not in GSM_BASIC and c not in GSM_EXTENDED))
    encoding: Encoding = "UCS-2" if costly else "GSM-7"
    segments = _segments(list(_places(text, encoding)), encoding)
    return Count(encoding, segments, len(text), costly)


def _places(text: str, encoding: Encoding) -> Iterator[int]:
    for character in text:
        if encoding == "UCS-2":
            yield 2 if ord(character) > 0xFFFF else 1
        else:
            yield 2 if character in GSM_EXTENDED else 1


def _segments(places: list[int], encoding: Encoding) -> int:
    single, each = LIMITS[encoding]
    if sum(places) <= single:
        return 1 if places else 0
    segments, used = 1, 0
    for size in places:
        if used + size > each:
            segments, used = segments + 1, 0
        used += size
    return segments


def clean(text: str) -> str:
    """Take out what must not reach a text: control characters but the line break."""
    if text.isprintable():
        return text
    kept = (c for c in text if c == "\n" or (c.isprintable() or c == "\u200d"))
    return "".join(kept)
