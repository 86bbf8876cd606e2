"""Which subject a text is about: words and pairs of words count for where staff used them.

Each word gives points to the subjects whose wording has it: more points the more of that
subject's phrases have it, and the fewer other subjects do. That is all; so every answer can be
explained by naming the words with the most points.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

from voice.understand.meaning import Wants
from voice.understand.reading import Phrase

Subject = tuple[Wants, str]
"""What a text may be about: what it wants, and of what (a topic's id, a locale, or "")."""

COMMON = 0.3
"""How soon a word that many subjects use stops counting."""
CAUTION = 5.0
"""Phrases added to every subject's count, so that a subject with few of them is not sure."""
RARE = 1.5
"""How soon a clue counts in full: one phrase alone is often chance, but not where nothing else
than chat has the word."""
NOTHING: Subject = ("unknown", "")
POINTS = Struct("<Hd")
"""The place of a subject and points, as they are kept."""
PAIRS = 0.6
"""What a pair of words counts beside a single one."""


@dataclass(frozen=True)
class Lesson:
    """A phrase that belongs to a subject; long texts weigh less than questions."""

    subject: Subject
    stems: Phrase
    weight: float = 1.0


@dataclass(frozen=True)
class Classifier:
    """Points each word gives to subjects."""

    subjects: tuple[Subject, ...]
    packed: Mapping[str, bytes]
    """By the word or pair of words: the subjects' places and the points, closely packed."""
    kinds: Mapping[str, str]
    """The list of like words that a stem is in."""
    whole: Mapping[str, tuple[int, ...]]
    """By the stems of a phrase that staff wrote: the places of the subjects it belongs to."""

    def written(self, stems: Phrase) -> tuple[Subject, ...]:
        """Return the subjects for which staff wrote just this."""
        return tuple([self.subjects[place] for place in self.whole.get(" ".join(stems), ())])

    def points(self, clue: str) -> Iterable[tuple[int, float]]:
        """Return the places of the subjects that a clue gives points to, and the points."""
        packed = self.packed.get(clue)
        return POINTS.iter_unpack(packed) if packed else ()

    def paired(self, one: str, other: str) -> bool:
        """Tell whether two stems stand side by side in any phrase learned."""
        return f"{self.kind(one)} {self.kind(other)}" in self.packed

    def kind(self, stem: str) -> str:
        """Return what a stem counts as: its list of like words, or itself."""
        return f"[{self.kinds[stem]}]" if stem in self.kinds else stem

    def given(self, clues: Iterable[str], subject: Subject) -> dict[str, float]:
        """Return the points that each of some clues gives to a subject."""
        place = self.subjects.index(subject)
        return {clue: dict(self.points(clue)).get(place, 0.0) for clue in clues}


class Ranked(NamedTuple):
    """A subject with its points and its share of all likelihood."""

    subject: Subject
    points: float
    share: float


def learn(lessons: Iterable[Lesson], kinds: Mapping[str, str]) -> Classifier:
    """Count words by subject and turn the counts into points."""
    totals: dict[Subject, float] = {}
    counts: dict[str, dict[Subject, float]] = {}
    heard = tuple(lessons)
    for lesson in heard:
        totals[lesson.subject] = totals.get(lesson.subject, 0.0) + lesson.weight
        for clue in clues(lesson.stems, kinds, pairs=lesson.weight >= 1):
            seen = counts.setdefault(clue, {})
            seen[lesson.subject] = seen.get(lesson.subject, 0.0) + lesson.weight
    floor = 0.1 / (sum(totals.values()) + 1)
    subjects = tuple(sorted(totals))
    places = {subject: place for place, subject in enumerate(subjects)}
    alike: dict[bytes, bytes] = {}
    packed = {}
    for clue, seen in counts.items():
        points = _points(clue, seen, totals, floor)
        one = b"".join(POINTS.pack(places[subject], given) for subject, given in points.items())
        packed[clue] = alike.setdefault(one, one)
    return Classifier(subjects, packed, kinds, _whole(heard, places))


def _whole(
    lessons: Iterable[Lesson], places: Mapping[Subject, int]
) -> Mapping[str, tuple[int, ...]]:
    """Keep every phrase but the long texts with the subjects it belongs to."""
    found: dict[str, tuple[int, ...]] = {}
    alike: dict[tuple[int, ...], tuple[int, ...]] = {}
    for lesson in lessons:
        if lesson.weight >= 1 and lesson.stems:
            phrase, place = " ".join(lesson.stems), places[lesson.subject]
            one = tuple(dict.fromkeys((*found.get(phrase, ()), place)))
            found[phrase] = alike.setdefault(one, one)
    return found


def _points(
    clue: str, seen: Mapping[Subject, float], totals: Mapping[Subject, float], floor: float
) -> dict[Subject, float]:
    """Turn how often each subject's phrases have a clue into points.

    A clue that points everywhere is worth little: what is left of it is how far its use is from
    even (one minus its entropy over all subjects).
    """
    often = sum(seen.values())
    chance = 0.0 if seen.keys() == {NOTHING} else RARE
    worth = often / (often + chance) * (PAIRS if " " in clue else 1.0)
    rates = {subject: count / (totals[subject] + CAUTION) for subject, count in seen.items()}
    whole = sum(rates.values())
    if len(rates) > 1:
        shares = (rate / whole for rate in rates.values())
        worth *= 1 + sum(share * math.log(share) for share in shares) / math.log(len(totals))
    usual = COMMON * (whole / len(totals) + floor)
    return {subject: worth * math.log(1 + rate / usual) for subject, rate in rates.items()}


def clues(stems: Phrase, kinds: Mapping[str, str], pairs: bool = True) -> tuple[str, ...]:
    """Return what counts in a phrase: its words, and `pairs` of neighbours.

    A word of a list of like words counts as any other word of that list.
    """
    named = [f"[{kinds[stem]}]" if stem in kinds else stem for stem in stems]
    if not pairs:
        return tuple(dict.fromkeys(named))
    paired = [f"{one} {two}" for one, two in pairwise(("^", *named, "$"))]
    return tuple(dict.fromkeys((*named, *paired)))


def rank(
    known: Classifier, weighed: Iterable[tuple[Phrase, float]], extra: Mapping[Subject, float]
) -> tuple[Ranked, ...]:
    """Order all subjects by their points, the likeliest first.

    `weighed` are the sentences of a text and what each counts; `extra` are points given besides.
    """
    totals = [extra.get(subject, 0.0) for subject in known.subjects]
    for stems, weight in weighed:
        for clue in clues(stems, known.kinds):
            for place, points in known.points(clue):
                totals[place] += points * weight
    most = max(totals)
    likely = [math.exp(points - most) for points in totals]
    whole = sum(likely)
    shares = [one / whole for one in likely]
    order = sorted(range(len(totals)), key=totals.__getitem__, reverse=True)
    return tuple(Ranked(known.subjects[at], totals[at], shares[at]) for at in order)


def reasons(
    known: Classifier, words: Phrase, stems: Phrase, subject: Subject, most: int = 5
) -> tuple[str, ...]:
    """Return the words that gave `subject` the most points, as they were read.

    A word that counts as one of a list of like words has the list's name behind it.
    """
    said = _said(known, words, stems)
    given = known.given(said, subject)
    best = sorted(given, key=lambda clue: (-given[clue], clue))[:most]
    return tuple(f"{said[clue]} +{given[clue]:.1f}" for clue in best if given[clue] > 0)


def _said(known: Classifier, words: Phrase, stems: Phrase) -> dict[str, str]:
    """Return each clue of a phrase in the words it was read from."""
    named = tuple(f"[{known.kinds[stem]}]" if stem in known.kinds else stem for stem in stems)
    said = {
        name: word if name == stem else f"{word} {name}"
        for name, word, stem in zip(named, words, stems, strict=True)
    }
    for (one, other), (first, second) in zip(
        pairwise(("^", *named, "$")), pairwise(("first:", *words, "last")), strict=True
    ):
        said[f"{one} {other}"] = f"last: {first}" if other == "$" else f"{first} {second}"
    return said
