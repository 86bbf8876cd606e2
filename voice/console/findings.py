"""What a subject's words cost and break: problems by field, reading ease, seconds, segments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from voice.check.passages import passages
from voice.check.problem import Problem
from voice.check.report import languages_of
from voice.check.subject import alone, subject_problems
from voice.check.texts import has_gaps
from voice.check.wording import whole_text
from voice.console.behind import behind
from voice.console.citing import Cited, cited, cited_in
from voice.console.desk import desk, now
from voice.console.drafting import Desktop
from voice.dialog import topic_parts
from voice.draft.field import Field
from voice.draft.fields import TOPICS
from voice.plain import readability
from voice.plain.language import Language
from voice.plain.sentences import words
from voice.script import PACES, Pace, Script, Utterance
from voice.sms import Count, count
from voice.speech.clips import Manifest
from voice.thread import all_texts

USUAL: Mapping[Pace, float] = {"normal": 130.0, "slow": 112.0}
"""Words a minute where no clip of a locale tells."""
LEADS = (150, 400)
LONG_ENOUGH = 20
"""Words of a clip that says something about the pace."""


@dataclass(frozen=True)
class Part:
    """A part as callers hear it. `seconds` by pace; `made` are paces with a clip of these words."""

    words: int
    seconds: Mapping[Pace, float]
    made: frozenset[Pace]


@dataclass(frozen=True)
class Message:
    """A text as it is sent; `most` is how many segments it may take, 0 for any."""

    name: str
    cost: Count
    most: int


@dataclass(frozen=True)
class Sums:
    """A subject in a locale: how easy it is to read, how long it takes, what it costs.

    `score` is None for a subject that is no topic, and for words that cannot be read.
    """

    locale: str
    formula: str
    score: float | None
    limit: float
    easier: str
    parts: tuple[Part, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Findings:
    """All that is found in a subject. `by_field` has problems by the field they are in."""

    by_field: Mapping[str, tuple[Problem, ...]]
    others: tuple[Problem, ...]
    sums: tuple[Sums, ...]
    facts: tuple[Cited, ...]
    behind: Mapping[str, tuple[Field, ...]]

    @property
    def every(self) -> tuple[Problem, ...]:
        """Every problem."""
        return (*(one for found in self.by_field.values() for one in found), *self.others)

    def number(self, severity: str) -> int:
        """How many problems there are of a severity."""
        return sum(one.severity == severity for one in self.every)


def found(desktop: Desktop, files: Mapping[str, str]) -> Findings:
    """What there is to tell of a subject, its words being those of `files`."""
    today = desktop.script.line.hours.day(now())
    script, problems = _problems(tuple(files.items()), desktop.own, today)
    by_field: dict[str, tuple[Problem, ...]] = {}
    others: list[Problem] = []
    for one in problems:
        name = _field(desktop, script, one)
        if name:
            by_field[name] = (*by_field.get(name, ()), one)
        else:
            others.append(one)
    sums = tuple(_sums(script, desktop.subject)) if script else ()
    facts = tuple(cited(desktop.script.sources, cited_in(desktop, script)))
    return Findings(by_field, tuple(others), sums, facts, behind(desktop))


@lru_cache(maxsize=8)
def _problems(
    files: tuple[tuple[str, str], ...], own: frozenset[str], today: date
) -> tuple[Script | None, tuple[Problem, ...]]:
    return subject_problems(dict(files), own, today)


# Which field a problem is in ---------------------------------------------------------------------


def _field(desktop: Desktop, script: Script | None, one: Problem) -> str:
    """The id of the field a problem is in, "" where it is in none."""
    pieces = _pieces(script, one)
    best = ""
    for name, place in desktop.places.items():
        path = tuple(piece for piece in place.field.path if piece != place.field.locale)
        fits = place.field.file == one.file and place.field.locale in ("", one.locale)
        if fits and pieces[: len(path)] == path and len(name) > len(best):
            best = name
    return _where_it_stands(desktop, best, one.sentence)


SPOKEN_WITH = ("main_message", "action")
"""What is said with the parts, and checked as a piece of them."""


def _where_it_stands(desktop: Desktop, name: str, sentence: str) -> str:
    """The field in which a sentence of the parts is really written."""
    start, last = name[: -len("parts")], name.rpartition(".")[2]
    if last != "parts" or not sentence or sentence in desktop.places[name].text:
        return name
    near = (f"{start}{other}" for other in SPOKEN_WITH)
    return next((one for one in near if sentence in desktop.places[one].text), name)


def _pieces(script: Script | None, one: Problem) -> tuple[str, ...]:
    """Where a problem is, as a field's path without its locale: "option 3 label", "parts 2"."""
    option = re.match(r"option (\d+)", one.where)
    pieces = re.split(r"[ .]+", one.where)
    if option and script and 0 < int(option[1]) <= len(script.options):
        pieces[1] = script.options[int(option[1]) - 1].key
    return tuple(piece for piece in pieces if piece != one.locale)


# What it costs -----------------------------------------------------------------------------------


def _sums(script: Script, subject: str) -> Iterator[Sums]:
    topic = subject.removeprefix(TOPICS) if subject.startswith(TOPICS) else ""
    if topic in script.topics:
        mine = replace(script, topics={topic: script.topics[topic]}, options=())
    elif subject in ("prompts", "menu"):
        mine = script
    else:
        return
    languages, _ = languages_of(script)
    full = bool(mine.topics) and not has_gaps(mine)  # without topics no text can name one
    for locale in script.locales:
        yield _of_locale(mine, topic, languages[locale], full)


def _of_locale(script: Script, topic: str, language: Language, full: bool) -> Sums:
    formula = language.reading.formula if topic else ""
    most = language.reading.segments
    costs = _costs(script, topic, language.locale) if full else ()
    return Sums(
        locale=language.locale,
        formula=readability.FORMULAS[formula].title if formula else "",
        score=_score(script, topic, language) if formula else None,
        limit=language.reading.limit,
        easier=readability.FORMULAS[formula].easier if formula else "",
        parts=tuple(_parts(script, topic, language)) if topic and full else (),
        messages=tuple(Message(name, cost, most) for name, cost in costs),
    )


def _score(script: Script, topic: str, language: Language) -> float:
    spoken, _ = whole_text(passages(alone(script, topic)), topic, language.locale)
    return readability.score(spoken, language.reading.formula, language.term_words)


def _costs(script: Script, topic: str, locale: str) -> Iterator[tuple[str, Count]]:
    for of, about, name, said in all_texts(script):
        if of == locale and about == topic:
            yield name, count(said)


def _parts(script: Script, topic: str, language: Language) -> Iterator[Part]:
    for said in topic_parts(script, topic, language.locale):
        made = {pace: _clip_seconds(said, language.locale, pace) for pace in PACES}
        seconds = {pace: made[pace] or _estimate(said, language.locale, pace) for pace in PACES}
        yield Part(
            len(words(said, language.code)),
            seconds,
            frozenset(pace for pace in PACES if made[pace]),
        )


def _clip_seconds(said: str, locale: str, pace: Pace) -> float:
    manifest = desk().live.manifest
    clips = (manifest.clip(Utterance(said, locale, pace, lead)) for lead in LEADS)
    return next((clip.seconds for clip in clips if clip), 0.0)


def _estimate(said: str, locale: str, pace: Pace) -> float:
    rates = _rates(desk().live.manifest)
    return 60 * len(said.split()) / rates.get((locale, pace), USUAL[pace])


Rates = Mapping[tuple[str, Pace], float]
_LAST: list[tuple[Manifest, Rates]] = []


def _rates(manifest: Manifest) -> Rates:
    """Words a minute in each locale at each pace, as the clips there are say them."""
    if not _LAST or _LAST[0][0] is not manifest:
        _LAST[:] = [(manifest, _measured(manifest))]
    return _LAST[0][1]


def _measured(manifest: Manifest) -> Rates:
    spoken: dict[tuple[str, Pace], tuple[int, float]] = {}
    for clip in manifest.clips.values():
        size = len(clip.words.split())
        if size >= LONG_ENOUGH:
            before, seconds = spoken.get((clip.locale, clip.pace), (0, 0.0))
            spoken[clip.locale, clip.pace] = (before + size, seconds + clip.seconds)
    return {key: 60 * size / seconds for key, (size, seconds) in spoken.items() if seconds}
