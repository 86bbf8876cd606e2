"""Languages of their own words, of which nobody has to be told: a script's words in cipher."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

VOWELS: Final = "aeiou"
CONSONANTS: Final = "bcdfghjklmnpqrstvwxyz"
WORDS: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}|[^\W\d_]+")
"""Words, and what stands for others: the name of a list or a placeholder, which stays."""


def ciphered(value: Any, number: int) -> Any:
    """Return texts, however deep in a value, with each letter another one of its kind.

    Each `number` below 15 makes another language; the keys of tables stay.
    """
    if isinstance(value, str):
        return WORDS.sub(lambda found: _word(found[0], number), value)
    if isinstance(value, Mapping):
        return {key: ciphered(one, number) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(ciphered(one, number) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **ciphered(own, number))
    return value


def _word(word: str, number: int) -> str:
    if word[0] in "[{":
        return word
    plain = unicodedata.normalize("NFD", word.lower())
    letters = f"{_turned(VOWELS, number)}{_turned(CONSONANTS, 4 * number + 3)}"
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bare.translate(str.maketrans(f"{VOWELS}{CONSONANTS}", letters))


def _turned(letters: str, by: int) -> str:
    at = by % len(letters)
    return letters[at:] + letters[:at]
