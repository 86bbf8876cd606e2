"""What a telephone sends when somebody taps a heart on a text: 'Liked “the whole text”'.

It quotes a text of ours, which begins with the clinic's name and a colon. What that says is no
danger, and no wish to stop; whatever else somebody quotes counts as their own words.
"""

import re
from collections.abc import Iterable, Mapping

from voice.understand.fold import normal
from voice.understand.meaning import UNKNOWN, Meaning

TAPPED = re.compile(
    r'([^“"«]{1,60})[“"«][\s\u200b]*[^:”"»\n]{2,80}: .{12,}[”"»][\s\u200b]*', re.DOTALL
)
"""Google Messages puts hair spaces and spaces of no width around both: "👍 to “...”"."""
GLAD, OTHER = "glad", "tapped"
"""The frames of words.toml for hearts and thumbs, and for all the rest."""


def reactions(frames: Mapping[str, Iterable[str]], locale: str) -> dict[str, Meaning]:
    """Return what stands before the quotation, folded, with what it means."""
    meant = {OTHER: UNKNOWN, GLAD: Meaning("thanks", locale=locale)}
    return {normal(words): meaning for name, meaning in meant.items()
            for words in frames.get(name, ())}  # fmt: skip


def tapped(text: str) -> str:
    """Return what stands before a text of ours that is quoted to a text's end, folded; or ""."""
    found = TAPPED.fullmatch(text.strip())
    return normal(found[1]) if found else ""
