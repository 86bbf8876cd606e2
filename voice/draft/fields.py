"""Every field of a set of scripts, and reading one."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from voice.draft.field import Field, Kind, Value, tidy
from voice.hours import WEEKDAYS

Files = Mapping[str, str]
"""The text of every file by its path in scripts/."""
Row = Mapping[str, Any]

TOPICS = "topics/"
LEXICON = "lexicon.toml"
SOUNDS = ("espeak", "ipa", "say")
"""How a word is said, for each sort of engine."""
MOST_LETTERS = 100
"""Letters in a word that the lexicon is given."""

_WORDING: tuple[tuple[str, Kind], ...] = (
    ("title", "line"),
    ("menu_label", "line"),
    ("keywords", "lines"),
    ("sample_questions", "lines"),
    ("main_message", "text"),
    ("parts", "parts"),
    ("action", "text"),
    ("texts", "texts"),
)
_SHARED: tuple[tuple[str, Kind], ...] = (
    ("facts", "lines"),
    ("tags", "lines"),
    ("review_by", "date"),
)
_OPTION: tuple[tuple[str, Kind], ...] = (
    ("label", "line"),
    ("text_label", "line"),
    ("keywords", "lines"),
)
_LISTS: Mapping[str, Kind] = {"holidays": "dates", **dict.fromkeys(WEEKDAYS, "lines")}


class NoSuchField(KeyError):
    """These scripts have no field of this id."""


def fields(files: Files) -> tuple[Field, ...]:
    """Return every field staff can change, file by file."""
    return tuple(_by_id(_frozen(files)).values())


def field_of(files: Files, name: str) -> Field:
    """Return the field of an id; a word the lexicon lacks has its fields too, still empty.

    Raises NoSuchField.
    """
    found = _by_id(_frozen(files)).get(name) or _new_word(files, name)
    if found is None:
        raise NoSuchField(name)
    return found


def read(files: Files, field: Field) -> Value:
    """Return what stands in a field, tidy; empty where nothing does."""
    holder = holder_of(table(files[field.file]), field) or {}
    return value_of(holder, field)


def value_of(holder: Row, field: Field) -> Value:
    """Return a field's value from the table that holds it."""
    value = holder.get(key_of(field), "")
    return tidy(field.kind, tuple(map(str, value)) if isinstance(value, list) else str(value))


def holder_of(tables: Any, field: Field) -> Any:
    """Return the table a field stands in, None where there is none."""
    if field.file == LEXICON:
        _, locale, _, word = field.path
        rows = tables.get("word", ())
        return _first(rows, lambda row: (row.get("locale"), row.get("word")) == (locale, word))
    if field.path[0] == "option":
        tables = _first(tables.get("option", ()), lambda row: row.get("key") == field.path[1])
        return _inside(tables, field.path[2:-1])
    return _inside(tables, field.path[:-1])


def key_of(field: Field) -> str:
    """Return the key a field has in its table."""
    return field.path[2] if field.file == LEXICON else field.path[-1]


def locales_of(files: Files) -> tuple[str, ...]:
    """Return the line's locales in the order they are offered."""
    return tuple(table(files["line.toml"]).get("languages", {}).get("locales", ()))


@lru_cache(maxsize=128)
def table(text: str) -> Row:
    """Read the text of a file. For looking only: the same text gives the same table."""
    return tomllib.loads(text)


def _inside(tables: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tables = tables.get(key) if tables is not None else None
    return tables


def _first(rows: Any, wanted: Callable[[Row], bool]) -> Any:
    return next((row for row in rows if wanted(row)), None)


# What each file holds ----------------------------------------------------------------------------


def _frozen(files: Files) -> tuple[tuple[str, str], ...]:
    return tuple(files.items())


@lru_cache(maxsize=8)
def _by_id(files: tuple[tuple[str, str], ...]) -> Mapping[str, Field]:
    texts = dict(files)
    locales = locales_of(texts)
    return {field.id: field for file in texts for field in _of_file(file, texts, locales)}


def _of_file(file: str, files: Files, locales: tuple[str, ...]) -> Iterator[Field]:
    tables = table(files[file])
    if file.startswith(TOPICS):
        yield from _topic(file, locales)
    elif file in _SHAPES:
        yield from _SHAPES[file](tables, locales)


def _topic(file: str, locales: tuple[str, ...]) -> Iterator[Field]:
    for key, kind in _SHARED:
        yield Field(file, (key,), "", kind)
    for locale in locales:
        for key, kind in _WORDING:
            yield Field(file, (locale, key), locale, kind)


def _menu(tables: Row, locales: tuple[str, ...]) -> Iterator[Field]:
    for row in tables.get("option", ()):
        start = ("option", str(row.get("key")))
        yield Field("menu.toml", (*start, "topics"), "", "lines")
        for locale in locales:
            for key, kind in _OPTION:
                yield Field("menu.toml", (*start, locale, key), locale, kind)


def _clinic(tables: Row, locales: tuple[str, ...]) -> Iterator[Field]:
    for name in ("name", "text_name", "address"):
        for locale in locales if name in tables else ():
            yield Field("line.toml", (name, locale), locale, "line")
    for name in ("numbers", "hours"):
        for key in tables.get(name, {}):
            yield Field("line.toml", (name, key), "", _LISTS.get(key, "line"))


def _lexicon(tables: Row, locales: tuple[str, ...]) -> Iterator[Field]:
    for row in tables.get("word", ()):
        for sound in SOUNDS:
            yield _word(row["locale"], sound, row["word"])


def _word(locale: str, sound: str, word: str) -> Field:
    return Field(LEXICON, ("word", locale, sound, word), locale, "line")


def _new_word(files: Files, name: str) -> Field | None:
    """Return the field of a word the lexicon may be given, None for any other id."""
    start, *rest = name.split(".", 4)
    if start != "lexicon" or len(rest) != 4:
        return None
    top, locale, sound, word = rest
    known = {part for one in locales_of(files) for part in (one, one.split("-")[0])}
    plain = tidy("line", word) == word != "" and len(word) <= MOST_LETTERS
    if top == "toml:word" and locale in known and sound in SOUNDS and plain:
        return _word(locale, sound, word)
    return None


def _sections(file: str, kind: Kind, *names: str) -> "_Shape":
    """Fields of a file that has tables of texts in each language; no names: all of its tables."""

    def shape(tables: Row, locales: tuple[str, ...]) -> Iterator[Field]:
        for locale in locales:
            own = tables.get(locale, {})
            for name in names or own:
                for key in own.get(name, {}):
                    yield Field(file, (locale, name, key), locale, kind)

    return shape


def _words(tables: Row, locales: tuple[str, ...]) -> Iterator[Field]:
    for locale in locales:
        for group in tables.get(locale, {}):
            yield Field("words.toml", (locale, group), locale, "lines")


_Shape = Callable[[Row, tuple[str, ...]], Iterator[Field]]
_SHAPES: Mapping[str, _Shape] = {
    "line.toml": _clinic,
    "menu.toml": _menu,
    "prompts.toml": _sections("prompts.toml", "text", "call", "message"),
    "words.toml": _words,
    "questions.toml": _sections("questions.toml", "lines", "topics", "wishes"),
    "pages.toml": _sections("pages.toml", "line"),
    LEXICON: _lexicon,
}
