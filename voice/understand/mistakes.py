"""What is wrong with the tables that staff teach the line by: for `check`, and before a release.

The lists of words.toml that every language must have are the script's own to check.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import Stemmer  # type: ignore[import-not-found]

from voice.understand.exact import ASKED, BEFORE, FIGURES, FRAMES, LED
from voice.understand.lessons import TAUGHT
from voice.understand.patterns import LIST, NAME
from voice.understand.reacted import GLAD, OTHER
from voice.understand.tongue import BESIDE_STOP, SIGNS, WISHES, unless

TABLES: Mapping[str, tuple[str, ...]] = {
    "words.toml": ("spelling", "borrowed", "ordinals", "frames", "lists", "signs", "wishes"),
    "questions.toml": ("topics", "wishes", "alike"),
}
KNOWN: Mapping[tuple[str, str], frozenset[str]] = {
    ("words.toml", "ordinals"): frozenset((*FIGURES, *FRAMES)),
    ("words.toml", "frames"): frozenset((*LED, ASKED, BEFORE, GLAD, OTHER)),
    ("words.toml", "signs"): frozenset(SIGNS),
    ("words.toml", "wishes"): frozenset((*WISHES, *map(unless, WISHES), BESIDE_STOP)),
    ("questions.toml", "wishes"): frozenset(TAUGHT),
}
"""The names a table may have; any other name would be ignored silently."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: the file, the place in it, what, and how to mend it."""

    file: str
    where: str
    message: str
    fix: str


def mistakes(
    files: Mapping[str, str], locales: Iterable[str], topics: Iterable[str]
) -> tuple[Mistake, ...]:
    """List what is wrong in words.toml and questions.toml; the files are readable as TOML."""
    words = tomllib.loads(files.get("words.toml", ""))
    questions = tomllib.loads(files.get("questions.toml", ""))
    known = {**KNOWN, ("questions.toml", "topics"): frozenset(topics)}
    return tuple(
        mistake for locale in locales for mistake in _of_locale(locale, words, questions, known)
    )


def _of_locale(
    locale: str,
    words: Mapping[str, Any],
    questions: Mapping[str, Any],
    known: Mapping[tuple[str, str], frozenset[str]],
) -> Iterator[Mistake]:
    asked = _table(questions, locale)
    for name in TABLES["words.toml"]:
        table = _table(_table(words, name), locale)
        yield from _lists("words.toml", f"{name}.{locale}", table, known.get(("words.toml", name)))
    for name in TABLES["questions.toml"]:
        where = f"{locale}.{name}"
        names = known.get(("questions.toml", name))
        yield from _lists("questions.toml", where, _table(asked, name), names)
    yield from _stemmer(locale, _table(_table(words, "reading"), locale))
    yield from _patterns(locale, words)


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a table in a table; anything else comes under "", to be complained about."""
    if "" in values:
        return values
    table = values.get(name, {})
    return table if isinstance(table, dict) else {"": table}


def _lists(
    file: str, where: str, table: Mapping[str, Any], known: frozenset[str] | None
) -> Iterator[Mistake]:
    for name, lines in table.items():
        place = f"{where}.{name}"
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            yield Mistake(file, place, "This is no list of words.", 'Write ["one", "two"].')
        elif known is not None and name not in known:
            fix = f"Use one of {', '.join(sorted(known))}."
            yield Mistake(file, place, "Nobody knows this name.", fix)


def _stemmer(locale: str, reading: Mapping[str, Any]) -> Iterator[Mistake]:
    name = reading.get("stemmer", "")
    if name and name not in Stemmer.algorithms():
        where = f"reading.{locale}.stemmer"
        fix = "Write the language's name in English, or take the line out."
        yield Mistake("words.toml", where, f"There are no word endings for {name!r}.", fix)


def _patterns(locale: str, words: Mapping[str, Any]) -> Iterator[Mistake]:
    lists = _table(_table(words, "lists"), locale)
    for table in ("signs", "wishes"):
        for name, lines in _table(_table(words, table), locale).items():
            for line in lines if isinstance(lines, list) else ():
                for missing in sorted(set(LIST.findall(str(line))) - {NAME, *lists}):
                    where = f"{table}.{locale}.{name}"
                    message = f"{line!r} names the list {missing!r}, which is not there."
                    yield Mistake("words.toml", where, message, f"Add it to lists.{locale}.")
