"""How well the line understands: expected against understood, on files of sample messages.

A file holds a list of messages in YAML: id, locale, channel, text, expected, and perhaps also_ok.
`expected` is a topic's id, or one of emergency, stop, start, help, human, menu, language-switch,
unknown; `also_ok` lists other answers that are right too.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from voice.script import Script
from voice.understand import Meaning, Vocabulary, understand

SHOWN = 20
"""How many confusions a report lists."""


class EvaluationError(ValueError):
    """A file of messages cannot be used; `place` says where."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        super().__init__(f"{place}: {message}")


@dataclass(frozen=True)
class Sample:
    """A message and what it asks for."""

    id: str
    locale: str
    text: str
    expected: str
    also_ok: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What was understood, in the words that programs get."""

    locale: str
    text: str
    wants: str
    topic: str | None
    does: str
    also: tuple[str, ...]

    @property
    def name(self) -> str:
        """The topic's id, or what else is wanted."""
        return self.topic or self.wants


@dataclass(frozen=True)
class Judged:
    """A sample with what was understood, and how long that took in milliseconds."""

    sample: Sample
    told: Told
    took: float

    @property
    def right(self) -> bool:
        """Whether what was understood, or what would be offered first, is what was asked for."""
        return self.told.name in (self.sample.expected, *self.sample.also_ok)

    @property
    def misled(self) -> bool:
        """Whether a wrong topic would be answered without asking back."""
        return not self.right and self.told.topic is not None and self.told.does == "answer"


def tell(script: Script, known: Vocabulary, locale: str, text: str) -> Told:
    """Understand a text, and say it in the words that programs get."""
    meaning = understand(known, locale, text)
    wants, topic = _named(script, meaning.wants, meaning.target)
    runners_up = (_named(script, *also) for also in meaning.also)
    names = dict.fromkeys(topic or wants for wants, topic in runners_up)
    also = tuple(name for name in names if name != "unknown")
    does = meaning.does if wants != "unknown" else "menu"
    return Told(meaning.locale or locale, text, wants, topic, does, also)


def why(meaning: Meaning) -> str:
    """Say in a line what decided."""
    target = f" {meaning.target}" if meaning.target else ""
    words = ", ".join(meaning.why) or "nothing known"
    return f"{meaning.wants}{target} ({meaning.does}, {meaning.sure:.0%} sure) because of: {words}"


def _named(script: Script, wants: str, target: str) -> tuple[str, str | None]:
    """Put a meaning into the words of the contract: keys and options lead somewhere."""
    if wants == "key":
        return _key(script, target)
    if wants in ("option", "more", "listen", "sources", "forget"):
        return "menu", None
    if wants == "call-me":
        return "human", None
    if wants in ("yes", "no", "thanks"):
        return "unknown", None
    if wants == "despair":
        return "emergency", None
    return wants, target if wants == "topic" else None


def _key(script: Script, key: str) -> tuple[str, str | None]:
    if key == script.keys["person"]:
        return "human", None
    if key == script.keys["back"]:
        return "menu", None
    topics = next((option.topics for option in script.options if option.key == key), None)
    if topics is None:
        return "unknown", None
    return ("topic", topics[0]) if len(topics) == 1 else ("menu", None)


def read_samples(path: Path, locales: tuple[str, ...]) -> tuple[Sample, ...]:
    """Read a file of messages; "en" stands for the first locale of that language.

    Raises EvaluationError where the file has another form.
    """
    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EvaluationError(path.name, "this is not YAML") from error
    if not isinstance(rows, list) or not rows:
        raise EvaluationError(path.name, "this is not a list of messages")
    return tuple(
        _sample(row, f"{path.name}, message {n}", locales) for n, row in enumerate(rows, 1)
    )


def _sample(row: Any, place: str, locales: tuple[str, ...]) -> Sample:
    if not isinstance(row, dict):
        raise EvaluationError(place, "this is not a message")
    for field in ("locale", "text", "expected"):
        if not isinstance(row.get(field), str):
            raise EvaluationError(place, f"{field} is missing")
    locale = next((known for known in locales if known.startswith(row["locale"])), None)
    if locale is None:
        raise EvaluationError(place, f"the line has no language {row['locale']}")
    also = tuple(str(name) for name in row.get("also_ok") or ())
    return Sample(str(row.get("id", place)), locale, row["text"], row["expected"], also)


def judge(
    script: Script,
    known: Vocabulary,
    samples: Iterable[Sample],
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Judged, ...]:
    """Understand every sample. `clock` counts seconds."""
    return tuple(_judged(script, known, sample, clock) for sample in samples)


def _judged(
    script: Script, known: Vocabulary, sample: Sample, clock: Callable[[], float]
) -> Judged:
    started = clock()
    told = tell(script, known, sample.locale, sample.text)
    return Judged(sample, told, (clock() - started) * 1000)


def rows(judged: tuple[Judged, ...]) -> Iterator[dict[str, Any]]:
    """The samples for programs: what was understood of each, what was asked for, how that went."""
    for one in judged:
        told = {"id": one.sample.id, **asdict(one.told), "expected": one.sample.expected}
        yield told | {"right": one.right, "misled": one.misled}


def report(judged: tuple[Judged, ...]) -> str:
    """Say how well it went, by locale and by what was asked for, and what went wrong."""
    return "\n".join((*_summary(judged), "", *_confusions(judged), *_grave(judged)))


def _summary(judged: tuple[Judged, ...]) -> Iterator[str]:
    for locale in sorted({one.sample.locale for one in judged}):
        rows = tuple(one for one in judged if one.sample.locale == locale)
        yield (
            f"{locale}: {_share(rows, 'right')} right, {_share(rows, 'misled')} misled "
            "(a wrong topic without asking back), "
            f"{sum(one.told.does == 'ask' for one in rows)} asked back"
        )
        yield from _classes(rows)
    yield f"median {median(one.took for one in judged):.2f} ms a message"


def _share(rows: tuple[Judged, ...], name: str) -> str:
    count = sum(bool(getattr(one, name)) for one in rows)
    return f"{count} of {len(rows)} ({count / len(rows):.1%})"


def _classes(rows: tuple[Judged, ...]) -> Iterator[str]:
    for expected in sorted({one.sample.expected for one in rows}):
        asked = [one for one in rows if one.sample.expected == expected]
        yield f"  {expected:20} {sum(one.right for one in asked):4} of {len(asked)}"


def _confusions(judged: tuple[Judged, ...]) -> Iterator[str]:
    wrong = Counter((one.sample.expected, one.told.name) for one in judged if not one.right)
    yield f"confusions: {sum(wrong.values())}"
    for (expected, name), count in wrong.most_common(SHOWN):
        yield f"  {count:4} {expected} taken for {name}"


def _grave(judged: tuple[Judged, ...]) -> Iterator[str]:
    """List what must not happen: danger or a wish to stop missed, or seen where there is none."""
    for name in ("emergency", "stop"):
        wrong = [one for one in judged if not one.right]
        missed = [one for one in wrong if one.sample.expected == name]
        false = [one for one in wrong if one.told.name == name]
        for title, rows in ((f"missed {name}", missed), (f"false {name}", false)):
            yield f"{title}: {len(rows)}"
            yield from (f"  {one.sample.id} {one.sample.text!r}" for one in rows)
