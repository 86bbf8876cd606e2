"""What the index is made of: every language's words, by what they are of use for."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from voice.understand.index import STRANGER, Index, Uses
from voice.understand.patterns import FIGURES, Pattern, Patterns
from voice.understand.reading import Phrase, Reader, calls
from voice.understand.slips import slips
from voice.understand.sounds import sounding

EVERYWHERE = 1000
"""Languages that a figure, or a word nobody knows, counts as a word of."""


class Language(NamedTuple):
    """What the index has of one language."""

    locale: str
    names: Iterable[str]
    """Its whole messages, folded, but sample questions."""
    reader: Reader
    patterns: Patterns


def index(languages: Collection[Language], deciding: Container[str]) -> Index:
    """Note for every word what it is of use for in which language.

    `deciding` are the groups of patterns that say something by themselves.
    """
    known = Counter(chain.from_iterable(one.reader.stems for one in languages))
    found: dict[str, dict[str, list[str]]] = {}
    for one in languages:
        for use, words in _uses(one, known, deciding).items():
            for word in sorted(words):
                found.setdefault(word, {}).setdefault(use, []).append(one.locale)
    alike: dict[Uses, Uses] = {}
    uses = {word: _shared(alike, rows) for word, rows in found.items()}
    stemmers = tuple(sorted({one.reader.stemmer for one in languages}))
    return Index(uses, slips(sorted(known)), sounding(sorted(known)), stemmers)


def _shared(alike: dict[Uses, Uses], rows: Mapping[str, Iterable[str]]) -> Uses:
    """Return one and the same value for all words of the same uses."""
    made = Uses(**{use: tuple(locales) for use, locales in rows.items()})
    return alike.setdefault(made, made)


def _uses(
    one: Language, known: Mapping[str, int], deciding: Container[str]
) -> dict[str, Collection[str]]:
    return {
        "known": one.reader.stems,
        "stem": frozenset(one.reader.stems.values()),
        "named": frozenset(word for name in one.names for word in name.split()),
        "respelled": one.reader.spellings,
        "telling": _telling(one, known, deciding),
    }


def _telling(one: Language, known: Mapping[str, int], deciding: Container[str]) -> set[str]:
    """Return words of which a text has one wherever it has a pattern that decides.

    Of each pattern they are those of a single step: the one whose words fewest languages share.
    """
    words = _by_step(one)
    cost = {
        step: (sum(known.get(word, EVERYWHERE) - 1 for word in those), len(those))
        for step, those in words.items()
    }
    steps = (
        min(pattern.steps, key=lambda step: cost.get(step, (0, 0)))
        for pattern in _all(one.patterns)
        if pattern.kind.group in deciding
    )
    return set().union(*(words.get(step, ()) for step in steps))


def _by_step(one: Language) -> dict[str, set[str]]:
    """Return the words that may be, or may begin, each step of a pattern."""
    found: dict[str, set[str]] = {}
    for word, names in _called(one):
        for name in names:
            for step in (name, *one.patterns.listed.get(name, ())):
                found.setdefault(step, set()).add(word)
    return found


def _called(one: Language) -> Iterator[tuple[str, Phrase]]:
    """Yield words with what patterns call them, and what they call figures and strangers."""
    for word, stem in one.reader.stems.items():
        yield word, calls(word, stem)
    steps = chain.from_iterable(pattern.steps for pattern in _all(one.patterns))
    for name in sorted({*steps, *one.patterns.listed}):
        if name == STRANGER or FIGURES.fullmatch(name):
            yield name, (name,)


def _all(patterns: Patterns) -> Iterator[Pattern]:
    return chain.from_iterable(patterns.by_rarest.values())
