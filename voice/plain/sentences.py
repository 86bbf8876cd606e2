"""Where sentences and words begin and end, in a text as it is spoken.

A new line ends a sentence too: scripts put one key point on each line. What is still in {braces} is
one plain short word, whatever will stand there.
"""

import re
from functools import lru_cache

from voice.plain import numbers

ABBREVIATION = re.compile(
    r"(?:^|\s)(?:dr|dra|sr|sra|mr|mrs|ms|st|vs|a\.m|p\.m|a\. m|p\. m)\.$", re.IGNORECASE
)
BREAK = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+(?=[\"'“‘«(¿¡{]*[^\W_])")
WORD = re.compile(r"\{\w+\}|[0-9]+(?:[.,:/-][0-9]+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*")


@lru_cache(maxsize=1024)  # every rule asks for those of the same text
def sentences(text: str) -> tuple[str, ...]:
    """Split a text into sentences, in order; each keeps its punctuation."""
    return tuple(piece for line in text.splitlines() for piece in _split(line.strip()) if piece)


def _split(line: str) -> list[str]:
    pieces: list[str] = []
    for piece in BREAK.split(line):
        if pieces and ABBREVIATION.search(pieces[-1]):
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    return pieces


def words(text: str, language: str, heard: bool = True) -> tuple[str, ...]:
    """Return the words of a text. Where it is heard, figures become number words.

    `language` is the first part of a locale. A word with a hyphen is one word.
    """
    found: list[str] = []
    for token in WORD.findall(text):
        figure = heard and token[0] in "0123456789"
        plain = "{}" if token[0] == "{" else token
        found += numbers.say(token, language).split() if figure else [plain]
    return tuple(found)
