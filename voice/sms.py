"""A reply as text messages: which alphabet a text needs, how many segments it costs, and why."""

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
GSM = GSM_BASIC | GSM_EXTENDED

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
    costly = () if GSM.issuperset(text) else tuple(dict.fromkeys(c for c in text if c not in GSM))
    encoding: Encoding = "UCS-2" if costly else "GSM-7"
    segments = _segments(_places(text, encoding), encoding)
    return Count(encoding, segments, len(text), costly)


def _places(text: str, encoding: Encoding) -> list[int]:
    """Return how many places each character takes."""
    if encoding == "UCS-2":
        return [2 if ord(character) > 0xFFFF else 1 for character in text]
    if GSM_EXTENDED.isdisjoint(text):
        return [1] * len(text)
    return [2 if character in GSM_EXTENDED else 1 for character in text]


def _segments(places: list[int], encoding: Encoding) -> int:
    single, each = LIMITS[encoding]
    if sum(places) <= single:
        return 1 if places else 0
    if 2 not in places:
        return -(-len(places) // each)
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
