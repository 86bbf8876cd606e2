"""What a telephone sends when somebody taps a heart on a text: 'Liked “the whole text”'.

It quotes a text of ours, which begins with the clinic's name and a colon. What that says is no
danger, and no wish to stop; whatever else somebody quotes, of a doctor or of a clinic by a name it
had before, counts as their own words.
"""

import re
from collections.abc import Iterable, Mapping

from voice.understand.fold import normal
from voice.understand.meaning import UNKNOWN, Meaning

TAPPED = re.compile(
    r'([^“"«]{1,60})[“"«][\s\u200b]*([^:”"»\n]{2,80}): .{12,}[”"»][\s\u200b]*', re.DOTALL
)
"""Google Messages puts hair spaces and spaces of no width around both: "👍 to “...”"."""
GLAD, OTHER = "glad", "tapped"
"""The frames of words.toml for hearts and thumbs, and for all the rest."""


def reactions(
    frames: Mapping[str, Iterable[str]], locale: str, senders: Iterable[str]
) -> dict[tuple[str, str], Meaning]:
    """Return what stands before the quotation, and whose text it is, folded, with its meaning."""
    meant = {OTHER: UNKNOWN, GLAD: Meaning("thanks", locale=locale)}
    return {(normal(words), normal(sender)): meaning for name, meaning in meant.items()
            for words in frames.get(name, ()) for sender in senders}  # fmt: skip


def tapped(text: str) -> tuple[str, str]:
    """Return what stands before a quotation to a text's end, and whose text that is; or ""."""
    found = TAPPED.fullmatch(text.strip())
    return (normal(found[1]), normal(found[2])) if found else ("", "")
