"""How words sound to somebody who writes by ear, in any of our languages: "sirujia", "fone"."""

import re
from collections.abc import Iterable, Mapping

ALIKE = {
    "ght": "t", "tch": "x", "ch": "x", "c": "k", "qu": "k", "ph": "f", "h": "", "ll": "y",
    "gu": "g", "v": "b", "z": "s", "ou": "u", "ea": "e",
}  # fmt: skip
"""Letters that people who spell by ear confuse, and what stands for both."""
SPELLINGS = re.compile(
    r"ght|tch|ch|(?P<s>c(?=[ei]))|(?P<j>g(?=[ei]))|qu|ph|ll(?=[aeiou])|gu(?=[ei])|ou|ea(?=.)|(?<![st])h|[cvz]"
)
DOUBLED = re.compile(r"([^r])\1+")
SILENT_END = re.compile(r"(?<=...)e$")
SHORTEST_SOUND = 3
"""From how many letters on words that sound alike count as alike."""
SHORTEST_WORD = 5
"""Letters from which a word that nobody knows may be any that sounds like it."""


def sound(word: str) -> str:
    """Return a word as it sounds to somebody who writes by ear, its last e silent."""
    return end_silent(spoken(word))


def end_silent(heard: str) -> str:
    """Return what is spoken without its last e."""
    return SILENT_END.sub("", heard)


def spoken(word: str) -> str:
    """Return a word with one letter for all letters that people confuse."""
    return DOUBLED.sub(r"\1", SPELLINGS.sub(_alike, word))


def _alike(found: re.Match[str]) -> str:
    return "s" if found["s"] else "j" if found["j"] else ALIKE[found[0]]


def sounding(words: Iterable[str]) -> Mapping[str, str]:
    """Keep words by how they are spoken, those alike in one string: most are alone."""
    found: dict[str, str] = {}
    for word in words:
        if len(word) >= SHORTEST_SOUND and word.isalpha():
            spelled = spoken(word)
            heard = word if spelled == word else spelled
            found[heard] = f"{found[heard]} {word}" if heard in found else word
    return found
