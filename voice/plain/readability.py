"""Reading grade and ease: the formulas, each for its own language (rules 1, 2, 28, 29 and 31).

A locale names its formula; a language without one gets no score, never another language's.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from voice.plain import syllables
from voice.plain.sentences import sentences, words

LONG_WORD = 3
"""Syllables from which SMOG counts a word as long."""
TERM_SYLLABLES = 2
"""What an allow-listed medical term counts for (rule 1)."""


@dataclass(frozen=True)
class Count:
    """What a formula needs to know of a text."""

    sentences: int
    words: int
    syllables: int
    long_words: int


@dataclass(frozen=True)
class Formula:
    """A readability formula: whose language it is, how it scores, which way is easier."""

    language: str
    score: Callable[[Count], float]
    easier: Literal["lower", "higher"]
    title: str

    def fails(self, score: float, limit: float) -> bool:
        """Whether a score, as shown with one decimal, is on the wrong side of a limit."""
        shown = round(score, 1)
        return shown > limit if self.easier == "lower" else shown < limit


def flesch_kincaid(count: Count) -> float:
    """Return the US school grade (rule 1)."""
    return 0.39 * count.words / count.sentences + 11.8 * count.syllables / count.words - 15.59


def smog(count: Count) -> float:
    """Return the SMOG grade; it means something from 30 sentences on (rule 2)."""
    return 1.043 * math.sqrt(count.long_words * 30 / count.sentences) + 3.1291


def szigriszt(count: Count) -> float:
    """Return Szigriszt-Pazos perspicuity, read on the INFLESZ scale (rule 28)."""
    return 206.835 - 62.3 * count.syllables / count.words - count.words / count.sentences


def fernandez_huerta(count: Count) -> float:
    """Return Fernández-Huerta reading ease (rule 29)."""
    return 206.84 - 60 * count.syllables / count.words - 1.02 * count.words / count.sentences


FORMULAS = {
    "flesch-kincaid": Formula("en", flesch_kincaid, "lower", "Flesch-Kincaid"),
    "smog": Formula("en", smog, "lower", "SMOG"),
    "inflesz": Formula("es", szigriszt, "higher", "INFLESZ"),
    "fernandez-huerta": Formula("es", fernandez_huerta, "higher", "Fernández-Huerta"),
}
COUNTERS: dict[str, Callable[[str], int]] = {"en": syllables.english, "es": syllables.spanish}


def count(text: str, language: str, terms: Collection[str] = ()) -> Count:
    """Count a text as it is spoken. `terms`, in small letters, count as two syllables each.

    Raises KeyError where the language has no syllable counter.
    """
    counter = COUNTERS[language]
    spoken = words(text, language)
    sizes = [_size(word.lower(), counter, terms) for word in spoken]
    return Count(
        sentences=max(1, len(sentences(text))),
        words=max(1, len(spoken)),
        syllables=sum(sizes),
        long_words=sum(size >= LONG_WORD for size in sizes),
    )


def _size(word: str, counter: Callable[[str], int], terms: Collection[str]) -> int:
    known = word in terms or word.removesuffix("s") in terms
    return min(TERM_SYLLABLES, counter(word)) if known else counter(word)


def score(text: str, formula: str, terms: Collection[str] = ()) -> float:
    """Score a text with a formula of FORMULAS; `terms` count as in `count`."""
    chosen = FORMULAS[formula]
    return chosen.score(count(text, chosen.language, terms))
