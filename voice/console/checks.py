"""What `check` finds, in the reader's language: words/checks-es.toml has it in Spanish."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_SPANISH: Final = Path(__file__).parent / "words" / "checks-es.toml"
_GAP: Final = re.compile(r"\\\{\d\\\}")


def in_language(text: str, language: str) -> str | None:
    """A message or a remedy of `check` in "en" or "es"; None where nobody wrote it."""
    return text if language == "en" else _in_spanish(text)


@lru_cache(maxsize=4096)
def _in_spanish(text: str) -> str | None:
    for pattern, spanish in _rows():
        found = pattern.fullmatch(text)
        if found:
            return _filled(spanish, found.groups())
    return None


@cache
def _rows() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every row, those with the most words of their own first."""
    rows = tomllib.loads(_SPANISH.read_text("utf-8"))["checks"]
    ordered = sorted(rows.items(), key=lambda row: -len(re.sub(r"\{\d\}", "", row[0])))
    return tuple((_pattern(english), spanish) for english, spanish in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_GAP.sub("(.+?)", re.escape(english)), re.DOTALL)


def _filled(spanish: str, pieces: tuple[str, ...]) -> str:
    return re.sub(r"\{(\d)\}", lambda gap: _quoted(pieces[int(gap[1])]), spanish)


def _quoted(piece: str) -> str:
    """What a message quotes, between the marks of the page."""
    return re.sub(r"^(['\"])(.*)\1$", r"“\2”", piece, flags=re.DOTALL)
