"""Everything a script knows of people's words, ready for matching: built once for a release."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

from voice.script import Script
from voice.understand.exact import Exact, courtesies, exact
from voice.understand.index import Index
from voice.understand.lessons import ALARMS, Lines, Taught, Written, phrases, written
from voice.understand.own import Own, own_of
from voice.understand.patterns import Patterns, compiled
from voice.understand.reading import Phrase, Reader, Spellings, reader, spellings_of, usual
from voice.understand.topics import Classifier, Lesson, learn
from voice.understand.uses import Language, index

WISHES = ("stop", "start", "person", "language", "help", "menu")
"""Wishes found in the middle of other words, in the order they are looked for."""
BESIDE_STOP = "beside_stop"
"""The group of what people say before or after a wish to stop."""
SIGNS = (
    "emergency", "despair", "asking", "past", "denied", "idiom", "stated", "now", "but", "beside",
    "filler",
)  # fmt: skip
DECIDING: frozenset[str] = frozenset((*ALARMS, *WISHES))
"""The groups of patterns that say something by themselves."""


@dataclass(frozen=True)
class Tongue:
    """Everything known in one locale."""

    exact: Exact
    letters: frozenset[str]
    """Letters beyond a to z that its words are written with."""
    reader: Reader
    patterns: Patterns
    """Of courtesies, "polite"; of signs; of wishes, and of what takes them back, "not_stop"."""
    classifier: Classifier
    own: Own
    """Its own words of danger and stop, for a second look."""
    borrowed: Spellings = field(default_factory=dict)
    """Words of other languages that people put among its own."""


@dataclass(frozen=True)
class Vocabulary:
    """Every word and phrase a script knows, by locale."""

    tongues: Mapping[str, Tongue] = field(repr=False)
    index: Index = field(repr=False)


def vocabulary(script: Script) -> Vocabulary:
    """Learn a script's words: titles, keywords, questions, texts, words.toml, questions.toml.

    Raises PatternError where a pattern of words.toml names a list that is not there.
    """
    known = written(script)
    learned: dict[_Source, _Learned] = {}
    tongues = {}
    for locale, own in known.items():
        source = _source(script, locale, own, tuple(phrases(script, locale, known)))
        if source not in learned:
            learned[source] = _learned(locale, source)
        whole, letters = exact(script, locale, own), _letters(script, locale)
        borrowed = spellings_of(own.borrowed)
        tongues[locale] = Tongue(whole, letters, *learned[source], borrowed)
    return Vocabulary(tongues, _index(tongues))


def _index(tongues: Mapping[str, Tongue]) -> Index:
    languages = [
        Language(locale, (*one.exact.names, *one.exact.polite.phrases), one.reader, one.patterns)
        for locale, one in tongues.items()
    ]
    return index(languages, DECIDING)


_Lines = tuple[tuple[str, Lines], ...]


class _Source(NamedTuple):
    """What is learned from. Languages in which the same is written share what comes of it."""

    stemmer: str
    taught: tuple[Taught, ...]
    spellings: _Lines
    lists: _Lines
    groups: _Lines
    alike: _Lines
    listed: _Lines


def _source(script: Script, locale: str, own: Written, taught: tuple[Taught, ...]) -> _Source:
    listed = script.words[locale]
    tables = (own.spellings, own.lists, _groups(listed, own), own.alike, listed)
    return _Source(own.stemmer, taught, *(tuple(table.items()) for table in tables))


class _Learned(NamedTuple):
    reader: Reader
    patterns: Patterns
    classifier: Classifier
    own: Own


def _learned(locale: str, source: _Source) -> _Learned:
    ways = spellings_of(dict(source.spellings))
    heard = {text: usual(ways, text) for text in dict.fromkeys(_texts(source))}
    words = (word for phrase in heard.values() for word in phrase)
    learned = reader(locale, source.stemmer, ways, words)

    @cache
    def stems(phrase: str) -> Phrase:
        words = heard[phrase] if phrase in heard else usual(ways, phrase)
        return tuple(learned.stems.get(word, word) for word in words)

    lessons = (Lesson(subject, stems(phrase), weight) for subject, phrase, weight in source.taught)
    patterns = compiled(dict(source.groups), dict(source.lists), stems)
    own = own_of(learned, dict(source.listed), dict(source.lists))
    return _Learned(learned, patterns, learn(lessons, _kinds(source, stems)), own)


def _groups(listed: Mapping[str, Lines], own: Written) -> Mapping[str, Lines]:
    """Return the lines of all patterns by their groups."""
    groups = {"polite": courtesies(listed)}
    groups |= {name: own.signs.get(name, ()) for name in SIGNS}
    groups |= {name: (*listed[name], *groups[name]) for name in ALARMS}
    groups |= {name: own.wishes.get(name, ()) for name in WISHES}
    others = (*map(unless, WISHES), BESIDE_STOP)
    return groups | {name: own.wishes.get(name, ()) for name in others}


def unless(wish: str) -> str:
    """Return the name of the patterns that take a wish back."""
    return f"not_{wish}"


def _texts(source: _Source) -> Iterator[str]:
    """Yield every text whose words a locale knows."""
    for _, phrase, _ in source.taught:
        yield phrase
    for _, lines in (*source.lists, *source.groups, *source.alike, *source.listed):
        yield from lines
    for usual_way, _ in source.spellings:
        yield usual_way


def _letters(script: Script, locale: str) -> frozenset[str]:
    words = "".join(word for group in script.words[locale].values() for word in group)
    titles = "".join(topic.wording[locale].title for topic in script.topics.values())
    written = normalize("NFC", f"{words}{titles}".lower())
    return frozenset(letter for letter in written if letter > "\x7f" and letter.isalpha())


def _kinds(source: _Source, stems: Callable[[str], Phrase]) -> dict[str, str]:
    """Return the list of like words each stem is in; of several, the last."""
    return {stem: name for name, words in source.alike for word in words for stem in stems(word)}
