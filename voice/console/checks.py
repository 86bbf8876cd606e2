"""What `check` finds, in the reader's language and without files: words/checks-LANGUAGE.toml.

English has rows only for what `check` itself tells in other words.
"""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_WORDS: Final = Path(__file__).parent / "words"
_GAP: Final = re.compile(r"\\\{\d\\\}")


def in_language(text: str, language: str) -> str | None:
    """A message or a remedy of `check` in "en" or "es"; None where nobody wrote it."""
    told = _told(text, language)
    return text if told is None and language == "en" else told


@lru_cache(maxsize=4096)
def _told(text: str, language: str) -> str | None:
    for pattern, words in _rows(language):
        found = pattern.fullmatch(text)
        if found:
            return _filled(words, found.groups())
    return None


@cache
def _rows(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every row, those with the most words of their own first."""
    rows = tomllib.loads((_WORDS / f"checks-{language}.toml").read_text("utf-8"))["checks"]
    ordered = sorted(rows.items(), key=lambda row: -len(re.sub(r"\{\d\}", "", row[0])))
    return tuple((_pattern(english), words) for english, words in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_GAP.sub("(.+?)", re.escape(english)), re.DOTALL)


def _filled(words: str, pieces: tuple[str, ...]) -> str:
    return re.sub(r"\{(\d)\}", lambda gap: _quoted(pieces[int(gap[1])]), words)


def _quoted(piece: str) -> str:
    """What a message quotes, between the marks of the page."""
    return re.sub(r"^(['\"])(.*)\1$", r"“\2”", piece, flags=re.DOTALL)
