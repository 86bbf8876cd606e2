"""The texts patients hear and read, with where each comes from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from voice.check.problem import Place, Problem, problem
from voice.plain.finding import Finding
from voice.script import Script, Wording
from voice.words import key_name

Kind = Literal["title", "label", "part", "text", "call", "message"]
GIVEN = {"key": "1", "options": "1", "word": "1", "title": "1", "link": "1"}
"""What stands for the placeholders that only a menu or a topic fills in."""


@dataclass(frozen=True)
class Passage:
    """One text. `raw` is as staff wrote it, `text` with its placeholders filled in.

    What line.toml fills in stays in braces: no rule of wording is about a clinic's name or hours.
    """

    place: Place
    kind: Kind
    raw: str
    text: str

    @property
    def spoken(self) -> bool:
        """Whether it is for the ear."""
        return self.kind in ("title", "label", "part", "call")


def passages(script: Script) -> Iterator[Passage]:
    """Yield every passage of a script: subjects, menu, then the line's own prompts."""
    for locale in script.locales:
        values = values_of(script, locale)
        for topic in script.topics.values():
            place = Place(f"topics/{topic.id}.toml", topic.id, locale)
            yield from _topic(place, topic.wording[locale], values)
        yield from _menu(script, locale)
        yield from _prompts(script, locale, values)


Values = Mapping[str, str]


def values_of(script: Script, locale: str) -> dict[str, str]:
    """Return what each placeholder stands for that the scripts decide: keys, the menu's own."""
    labels = [option.wording[locale].label for option in script.options]
    keys = {meaning: key_name(script, locale, key) for meaning, key in script.keys.items()}
    return {**keys, **GIVEN, "label": (labels or [""])[0]}


def filled(raw: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders that are known; the others stay as they are, in their braces."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match.group(1), match.group()), raw)


def _topic(place: Place, wording: Wording, values: Values) -> Iterator[Passage]:
    def passage(where: str, kind: Kind, raw: str) -> Passage:
        here = Place(place.file, place.topic, place.locale, where)
        return Passage(here, kind, raw, filled(raw, values))

    yield passage("title", "title", wording.title)
    yield passage("menu_label", "label", wording.menu_label)
    for number, part in enumerate(wording.spoken, 1):
        yield passage(f"parts {number}", "part", part)
    for number, text in enumerate(wording.texts, 1):
        yield passage(f"texts {number}", "text", text)


def _menu(script: Script, locale: str) -> Iterator[Passage]:
    for number, option in enumerate(script.options, 1):
        wording = option.wording[locale]
        for field, text in (("label", wording.label), ("text_label", wording.text_label)):
            place = Place("menu.toml", "", locale, f"option {number} {field}")
            yield Passage(place, "label", text, text)


def _prompts(script: Script, locale: str, values: Values) -> Iterator[Passage]:
    prompts = script.prompts[locale]
    kinds: tuple[tuple[Kind, Mapping[str, str]], ...] = (
        ("call", prompts.call),
        ("message", prompts.message),
    )
    for kind, texts in kinds:
        for name, raw in texts.items():
            place = Place("prompts.toml", "", locale, f"{kind}.{name}")
            yield Passage(place, kind, raw, filled(raw, values))


def part_field(wording: Wording, number: int, sentence: str, values: Mapping[str, str]) -> str:
    """Name the field a sentence of a spoken part comes from."""
    if number == 1 and sentence in filled(wording.main_message, values):
        return "main_message"
    if number == len(wording.parts) and sentence == filled(wording.action, values):
        return "action"
    return f"parts {number}"


def placed(script: Script, passage: Passage, finding: Finding) -> Problem:
    """Put what was found in a passage in its field and line."""
    place = passage.place
    where = place.where
    if passage.kind == "part" and finding.sentence:
        values = values_of(script, place.locale)
        wording = script.topics[place.topic].wording[place.locale]
        sentence = filled(finding.sentence, values)
        where = part_field(wording, int(where.split()[1]), sentence, values)
    line = line_of(script.files.get(place.file, ""), place.locale, where, finding.sentence)
    return problem(Place(place.file, place.topic, place.locale, where), finding, line)


def line_of(text: str, locale: str, where: str, sentence: str) -> int:
    """Return the line of a file where a sentence stands, or its field, or 0.

    `where` is a field with or without a number behind it; the search begins at the locale's table.
    """
    lines = text.splitlines()
    table = f"[{locale}" if "." not in where else f"[{locale}.{where.split('.')[0]}]"
    start = next((n for n, line in enumerate(lines) if locale and line.startswith(table)), 0)
    words = re.findall(r"[^\W\d_]{2,}", sentence)[:4]
    if words:
        pattern = re.compile(r"\W+(?:\w+\W+)?".join(map(re.escape, words)))
        for number, line in enumerate(lines[start:], start + 1):
            if pattern.search(line):
                return number
    field = where.split(".")[-1].split()[0] if where else ""
    for number, line in enumerate(lines[start:], start + 1):
        if locale and number > start + 1 and re.match(r"\[[a-z]{2,3}-", line):
            break
        if field and re.match(rf"{re.escape(field)}\s*=", line):
            return number
    return 0
