"""How a subject's fields stand on its page: its parts, its rows, and what each is called."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from voice.console.desk import words
from voice.console.drafting import Desktop, Place
from voice.console.names import language_in_words, readers_locale, title_of
from voice.draft.field import Field
from voice.draft.fields import LEXICON, TOPICS

ORDER: Final = (
    "title", "menu_label", "main_message", "parts", "action", "texts",
    "keywords", "sample_questions", "facts", "tags", "review_by",
)  # fmt: skip
"""A topic's fields in the order of its page: first what callers hear."""
MOVABLE: Final = ("parts", "texts", "topics")
"""Lists whose order callers notice."""
LONGEST_LABEL: Final = 60
"""Letters of a label that is made of words of the line."""


@dataclass(frozen=True)
class Row:
    """A field in every locale, side by side. `group` stands over several rows, "" over none."""

    group: str
    label: str
    hint: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Sheet:
    """A part of a subject's page; `parts` names them all, one alone may be called ""."""

    name: str
    parts: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Every field of it."""
        return tuple(place for row in self.rows for place in row.places)


def sheet(desktop: Desktop, wanted: str) -> Sheet:
    """The part of a subject's page that is asked for, else its first."""
    places = tuple(desktop.places.values())
    parts = tuple(dict.fromkeys(part_of(place.field) for place in places))
    name = wanted if wanted in parts else next(iter(parts), "")
    mine = (place for place in places if part_of(place.field) == name)
    return Sheet(name, parts, tuple(_rows(desktop, mine)))


def part_of(field: Field) -> str:
    """The part of its subject's page a field is on: a file with many fields has several."""
    if field.file in ("prompts.toml", "pages.toml", "questions.toml"):
        return field.path[1]
    return "said" if field.file == "words.toml" else ""


def title(subject: str) -> str:
    """What a subject is called, in the reader's language."""
    if subject.startswith(TOPICS):
        return title_of(subject.removeprefix(TOPICS))
    return words()(f"subjects.{subject}")


def movable(field: Field) -> bool:
    """Whether callers notice the order of its items."""
    return field.path[-1] in MOVABLE


# Rows --------------------------------------------------------------------------------------------


def _rows(desktop: Desktop, places: Iterable[Place]) -> Iterator[Row]:
    rows: dict[tuple[str, ...], list[Place]] = {}
    for place in places:
        rows.setdefault(_across(place.field), []).append(place)
    ordered = list(rows.values())
    if desktop.subject.startswith(TOPICS):
        ordered.sort(key=lambda row: ORDER.index(row[0].field.path[-1]))
    for row in ordered:
        field = row[0].field
        yield Row(_group(desktop, field), label(desktop, field), _hint(field), tuple(row))


def _across(field: Field) -> tuple[str, ...]:
    """What a field has in common with the same one in other locales."""
    if field.file == LEXICON:
        return field.path
    return (field.file, *(piece for piece in field.path if piece != field.locale))


def _group(desktop: Desktop, field: Field) -> str:
    if field.file == LEXICON:
        return words()(
            "writing.word_in", word=field.path[3], language=_language(desktop, field.locale)
        )
    if field.file == "menu.toml":
        return words()("writing.key", number=field.path[1])
    return ""


def locale_of(desktop: Desktop, code: str) -> str:
    """A locale, or the first of those that share a language such as "es"."""
    own = (one for one in desktop.script.locales if code in (one, one.split("-")[0]))
    return next(own, code)


def _language(desktop: Desktop, code: str) -> str:
    return language_in_words(locale_of(desktop, code))


# What fields are called --------------------------------------------------------------------------


def label(desktop: Desktop, field: Field) -> str:
    """What a field is called, whatever its locale."""
    last = _last(field)
    if field.file == "questions.toml" and field.path[1] == "topics":
        return title_of(last)
    if field.file == "pages.toml":
        return _own_words(desktop, field)
    key = f"{_table(field)}.{last}"
    return words()(key) if key in words() else last.replace("_", " ")


def full_label(desktop: Desktop, field: Field) -> str:
    """What a field is called where it stands alone: with what it belongs to, and its language."""
    name = label_of(desktop, field)
    if not field.locale or field.file == LEXICON:
        return name
    return words()("writing.label_in", label=name, language=_language(desktop, field.locale))


def _last(field: Field) -> str:
    """The piece of a field's path that says what it is."""
    if field.file == LEXICON:
        return field.path[2]
    return next(piece for piece in reversed(field.path) if piece != field.locale)


def label_of(desktop: Desktop, field: Field) -> str:
    """What a field is called with what it belongs to, whatever its locale."""
    lead = _group(desktop, field)
    return f"{lead}: {label(desktop, field)}" if lead else label(desktop, field)


def _table(field: Field) -> str:
    if field.file == "prompts.toml":
        return {"call": "spoken", "message": "sent"}[field.path[1]]
    return "groups" if field.file in ("words.toml", "questions.toml") else "fields"


def _own_words(desktop: Desktop, field: Field) -> str:
    """What stands on a page now in the reader's language, which names it best."""
    locale = readers_locale(desktop.script)
    name = f"{field.file}:{'.'.join((locale, *field.path[1:]))}"
    place = desktop.places.get(name)
    text = str(place.live) if place else ""
    short = text if len(text) <= LONGEST_LABEL else f"{text[:LONGEST_LABEL].rsplit(' ', 1)[0]} …"
    return short or field.path[-1].replace("_", " ")


def _hint(field: Field) -> str:
    if _table(field) != "fields":
        return ""
    key = f"hints.{_last(field)}"
    if field.file == "menu.toml" and field.path[-1] == "keywords":
        key = "hints.option_keywords"
    return words()(key) if key in words() else ""
