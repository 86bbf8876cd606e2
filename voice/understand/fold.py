"""A raw text -> its words, with everything that does not matter folded away."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 2000
"""How many characters are read: Twilio's longest text has 1,600."""
FULL_STOPS = ".!?;:\n"
DOTS = ("..", "...", "....", "\N{HORIZONTAL ELLIPSIS}")
"""They are a pause: "i cant... breathe"."""
STRENGTH = ("", ",", ".")
WORDS = re.compile(r"[*#]|[^\W_]+")
PIECES = re.compile(r"[*#]|[^\W_]+|[^\w\s*#]+|\n+")
APOSTROPHES = re.compile(r"['’‘`´]")
PICTURES = {"\N{OCTAGONAL SIGN}": " stop ", "\N{SQUARED SOS}": " sos sos "}
"""Emoji that say something."""


@dataclass(frozen=True)
class Heard:
    """The words of a text."""

    words: tuple[str, ...]
    breaks: tuple[str, ...]
    """The punctuation before each word: "", "," or "." (a sentence ended)."""
    asks: tuple[bool, ...]
    """Whether a question mark ends the sentence each word is in."""


def normal(text: str) -> str:
    """Fold a text for matching: lower case, no accents, no punctuation, single spaces.

    An apostrophe joins: "can't" and "cant" are one word. So are "español" and "espanol", which is
    what an English keyboard makes of it.
    """
    return " ".join(WORDS.findall(_plain(text)))


def hear(text: str) -> Heard:
    """Fold a text as `normal` does, and keep where its sentences end."""
    words: list[str] = []
    breaks: list[str] = []
    asks: list[bool] = []
    pause = "."
    for piece in PIECES.findall(_plain(text[:LONGEST])):
        if piece in ("*", "#") or piece.isalnum():
            words.append(piece)
            breaks.append(pause)
            pause = ""
        else:
            pause = max(pause, _pause(piece), key=STRENGTH.index)
            if pause == ".":
                asks += [("?" in piece)] * (len(words) - len(asks))
    asks += [False] * (len(words) - len(asks))
    return Heard(tuple(words), tuple(breaks), tuple(asks))


def _pause(piece: str) -> str:
    if piece in DOTS:
        return ","
    if any(mark in FULL_STOPS for mark in piece):
        return "."
    return "," if "," in piece or "-" in piece else ""


def _plain(text: str) -> str:
    if text.isascii():
        return APOSTROPHES.sub("", text.lower())
    joined = APOSTROPHES.sub("", unicodedata.normalize("NFKC", APOSTROPHES.sub("", text)))
    parts = unicodedata.normalize("NFKD", joined.lower())
    plain = "".join([c for c in parts if not unicodedata.combining(c)])
    for picture, words in PICTURES.items():
        plain = plain.replace(picture, words)
    return plain
