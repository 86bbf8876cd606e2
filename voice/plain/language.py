"""What plain.toml says about one locale: word lists, limits, formulas.

Reading it never fails: what is wrong is listed, and the rule that needed it finds nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from voice.plain.phrases import Phrase, phrase, phrases
from voice.plain.readability import FORMULAS

Phrases = tuple[Phrase, ...]


@dataclass(frozen=True)
class Reading:
    """How hard a text may be, and how long its sentences. 0 or "" means: do not look."""

    formula: str = ""
    target: float = 0
    limit: float = 0
    raw_limit: float = 0
    text_limit: float = 0
    second_formula: str = ""
    second_limit: float = 0
    long_word: int = 0
    many_syllables: int = 0
    mean_sentence: int = 0
    warn_sentence: int = 0
    fail_sentence: int = 0
    segments: int = 0
    """Segments a text may take (rules 82 and 83)."""


@dataclass(frozen=True)
class Lists:
    """The word lists of one locale; plain.toml says beside each what it is for."""

    joiners: Phrases = ()
    passive_helpers: Phrases = ()
    passive_endings: Phrases = ()
    passive_words: Phrases = ()
    not_passive: Phrases = ()
    you: Phrases = ()
    third_person: Phrases = ()
    known_long: Phrases = ()
    capitals: Phrases = ()
    not_actions: Phrases = ()
    filler: Phrases = ()
    risk_words: Phrases = ()
    share: Phrases = ()
    relative_risk: Phrases = ()
    percent: Phrases = ()
    fractions: Phrases = ()
    vague_time: Phrases = ()
    double_negatives: Phrases = ()
    eye_words: Phrases = ()
    order_words: Phrases = ()
    list_joiners: Phrases = ()
    elderspeak: Phrases = ()
    familiar_address: Phrases = ()
    accented: Phrases = ()
    foreign: Phrases = ()
    blame: Phrases = ()
    not_blame: Phrases = ()
    text_speak: Phrases = ()
    promises: Phrases = ()
    balance_risk: Phrases = ()
    balance_choice: Phrases = ()
    balance_ask: Phrases = ()
    label_openers: Phrases = ()
    small_words: Phrases = ()
    identity: Phrases = ()
    condition: Phrases = ()


@dataclass(frozen=True)
class Language:
    """Everything plain.toml says about one locale."""

    locale: str
    reading: Reading
    lists: Lists
    bans: Phrases
    """Words to avoid, each with what to say instead (rule 7)."""
    terms: tuple[tuple[Phrase, Phrases], ...]
    """Medical words that are taught, each with the words that explain it (rule 8)."""
    synonyms: Phrases
    """Words never said, each with the word we always say instead (rule 22)."""
    red_flags: Mapping[str, Phrases]
    must_say: Mapping[str, tuple[str, ...]]
    must_know: Mapping[str, tuple[str, ...]]

    @property
    def code(self) -> str:
        """The language of the locale: "en"."""
        return self.locale.split("-")[0].lower()

    @property
    def term_words(self) -> frozenset[str]:
        """The taught words in small letters, as readability counts them (rule 1)."""
        return frozenset(term.text.lower() for term, _ in self.terms)


def read(locale: str, table: Mapping[str, Any]) -> tuple[Language, tuple[str, ...]]:
    """Read one locale's table of plain.toml; return it with what is wrong, as "place: problem"."""
    lists = {name: _table(table, name) for name in TABLES}
    language = Language(
        locale=locale,
        reading=Reading(**_reading(lists["reading"])),
        lists=_lists(lists["words"]),
        bans=tuple(phrase(*both) for both in lists["instead"].items() if isinstance(both[1], str)),
        terms=tuple((phrase(term), phrases(_texts(g))) for term, g in lists["terms"].items()),
        synonyms=_synonyms(lists["synonyms"]),
        red_flags={sign: phrases(_texts(words)) for sign, words in lists["red_flags"].items()},
        must_say={name: _texts(words) for name, words in lists["must_say"].items()},
        must_know={name: _texts(words) for name, words in lists["must_know"].items()},
    )
    return language, tuple(_wrong(table))


def _lists(table: Mapping[str, Any]) -> Lists:
    known = {field.name for field in fields(Lists)}
    return Lists(**{name: phrases(_texts(one)) for name, one in table.items() if name in known})


def _synonyms(table: Mapping[str, Any]) -> Phrases:
    pairs = ((label, other) for label, others in table.items() for other in _texts(others))
    return tuple(phrase(other, label) for label, other in pairs)


TABLES = (
    "reading",
    "instead",
    "terms",
    "synonyms",
    "red_flags",
    "must_say",
    "must_know",
    "words",
)


LISTED = ("terms", "synonyms", "red_flags", "must_say", "must_know", "words")
"""Tables whose values are lists of words."""


def _wrong(table: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(set(table) - set(TABLES)):
        yield f"{name}: this table is not known"
    for name in TABLES:
        if not isinstance(table.get(name, {}), dict):
            yield f"{name}: this has to be a table, [{name}]"
    yield from _wrong_reading(_table(table, "reading"))
    yield from _wrong_lists(table)


def _wrong_reading(table: Mapping[str, Any]) -> Iterator[str]:
    kinds = {field.name: type(field.default) for field in fields(Reading)}
    for name, value in table.items():
        if name not in kinds:
            yield f"reading.{name}: this field is not known"
        elif not _fits(value, kinds[name]):
            yield f"reading.{name}: the value has the wrong form"
        elif name.endswith("formula") and value not in FORMULAS:
            yield f"reading.{name}: there is no formula {value!r}; known are {', '.join(FORMULAS)}"


def _fits(value: Any, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong_lists(table: Mapping[str, Any]) -> Iterator[str]:
    known = {field.name for field in fields(Lists)}
    for name in sorted(set(_table(table, "words")) - known):
        yield f"words.{name}: this list is not known"
    for group in LISTED:
        for name, value in _table(table, group).items():
            if not _is_texts(value):
                yield f'{group}.{name}: this has to be a list, ["one", "two"]'
    for name, value in _table(table, "instead").items():
        if not isinstance(value, str):
            yield f"instead.{name}: write what to say instead, between quotation marks"


def _table(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name, {})
    return value if isinstance(value, dict) else {}


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(value) if _is_texts(value) else ()


def _reading(table: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {field.name: type(field.default) for field in fields(Reading)}
    return {
        name: value
        for name, value in table.items()
        if name in kinds and _fits(value, kinds[name])
        if not name.endswith("formula") or value in FORMULAS
    }
