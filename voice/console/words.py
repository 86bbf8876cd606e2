"""The console's own words, in the language each reader chose: words/en*.toml, words/es*.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "es")
ABBREVIATED: Final = "\N{NO-BREAK SPACE}m."
"""As "3:30 p. m." ends: its point is the sentence's, too."""
_FOLDER = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Words:
    """The words in one language; `language` is a tag for HTML."""

    language: str
    written: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The words called "page.name", filled in. KeyError where nobody wrote them."""
        told = self.written[key].format(**values) if values else self.written[key]
        return told.replace(f"{ABBREVIATED}.", ABBREVIATED)

    def __contains__(self, key: str) -> bool:
        """Whether anybody wrote words called that."""
        return key in self.written

    def count(self, key: str, number: int, **values: object) -> str:
        """The words for this number of things: KEY_one or KEY_many."""
        return self(f"{key}_{'one' if number == 1 else 'many'}", number=number, **values)


@cache
def words_in(language: str) -> Words:
    """All words in one of LANGUAGES, each called "table.name"; files may add to a table."""
    written: dict[str, str] = {}
    for path in sorted(_FOLDER.glob(f"{language}*.toml")):
        for table, rows in tomllib.loads(path.read_text("utf-8")).items():
            written |= {f"{table}.{name}": text for name, text in rows.items()}
    return Words(language, written)


def best_language(wanted: str, accepted: tuple[str, ...]) -> str:
    """The language asked for by name, else the first accepted one there is, else the first."""
    for tag in (wanted, *accepted):
        language = tag.lower().split("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
