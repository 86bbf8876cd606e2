"""Claims and numbers against sources.toml (rule 20): cited, checked, and worded with care."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voice.check.passages import Passage, line_of, passages, placed
from voice.check.problem import Place, Problem, problem
from voice.plain import numbers
from voice.plain.finding import Finding
from voice.plain.phrases import Phrase, found, phrase
from voice.plain.sentences import sentences
from voice.script import Script, Topic

READ = "excerpt-read"
SOURCES = "sources.toml"
STATEMENTS = "en"
"""The language sources.toml is written in."""
FACT_FIELDS = ("id", "topic", "kind", "statement", "caution", "sources")
OUTSIDE_FIELDS = ("id", "topic", "fact", "source_title", "url", "verification", "note")
CONFLICT_FIELDS = ("id", "title", "facts", "external", "principle", "avoid_phrases")


@dataclass(frozen=True)
class Fact:
    """One line of sources.toml that a subject may cite."""

    id: str
    topic: str
    statement: str
    kind: str
    """core, detail or background; "outside" for a fact of another page."""
    verification: str
    caution: str


def facts(script: Script) -> Iterator[Problem]:
    """Yield what subjects and sources.toml do not agree on."""
    wrong = list(_wrong_rows(script.sources))
    yield from wrong
    if wrong:
        return
    known = {fact.id: fact for fact in read_facts(script.sources)}
    for topic in script.topics.values():
        yield from _cited(script, topic, known)
        yield from _numbers(script, topic, known)
    yield from _core(script, known)
    yield from _conflicts(script)


def read_facts(sources: Mapping[str, Any]) -> Iterator[Fact]:
    """Read the facts of sources.toml, the outside ones too."""
    for row in sources.get("fact", []):
        yield Fact(row["id"], row["topic"], row["statement"], row["kind"], READ, row["caution"])
    for row in sources.get("external", []):
        checked, note = row["verification"], row["note"]
        yield Fact(row["id"], row["topic"], row["fact"], "outside", checked, note)


def _wrong_rows(sources: Mapping[str, Any]) -> Iterator[Problem]:
    """Find rows of sources.toml without a field they need, or with an id used twice."""
    seen: set[str] = set()
    groups = (("fact", FACT_FIELDS), ("external", OUTSIDE_FIELDS), ("conflict", CONFLICT_FIELDS))
    for group, fields in groups:
        for number, row in enumerate(sources.get(group, []), 1):
            name = str(row.get("id", f"number {number}"))
            place = Place(SOURCES, where=f"{group} {name}")
            for field in fields:
                if field not in row:
                    message = f"{name} has no {field!r}."
                    fix = f"Add a line {field} = … as its neighbours have."
                    yield problem(place, Finding("file", message, fix))
            if name in seen:
                message = f"The id {name} is used twice."
                yield problem(place, Finding("file", message, "Give one of them the next free id."))
            seen.add(name)


def _cited(script: Script, topic: Topic, known: Mapping[str, Fact]) -> Iterator[Problem]:
    place = Place(f"topics/{topic.id}.toml", topic.id, where="facts")
    line = line_of(script.files.get(place.file, ""), "", "facts", "")
    background = script.sources.get("background_topics", [])
    for name in topic.facts:
        fact = known.get(name)
        finding = None
        if fact is None:
            message = f"There is no fact {name} in sources.toml."
            finding = Finding("fact", message, "Check the id, or take it out.")
        elif fact.verification != READ:
            message = f"{name} was not read in its source ({fact.verification})."
            finding = Finding("fact", message, "Take it out, with what it says.")
        elif fact.kind == "background" and topic.id not in background:
            finding = _background(name, script.sources)
        if finding:
            yield problem(place, finding, line)
    for name in sorted({name for name in topic.facts if topic.facts.count(name) > 1}):
        finding = Finding("fact", f"{name} is listed twice.", "Take one out.", severity="warn")
        yield problem(place, finding, line)


def _background(name: str, sources: Mapping[str, Any]) -> Finding:
    """A background fact may be listed where a conflict's principle answers it."""
    for conflict in sources.get("conflict", []):
        if name in conflict["facts"]:
            message = f"{name} is background. It may stand here only to say the principle of "
            fix = f"Say no more than: {conflict['principle']}"
            return Finding("fact", f"{message}{conflict['id']}.", fix, severity="warn")
    message = f"{name} is background, not for patients."
    return Finding("fact", message, "Take it out, with what it says.")


def _core(script: Script, known: Mapping[str, Fact]) -> Iterator[Problem]:
    """Find facts patients must hear that their subject does not cite."""
    for fact in known.values():
        if fact.kind != "core":
            continue
        topic = script.topics.get(fact.topic)
        if topic is None:
            message = f"{fact.id} is core, but there is no subject {fact.topic!r}."
            fix = f"Write topics/{fact.topic}.toml, or name another subject."
            yield problem(Place(SOURCES, where=fact.id), Finding("fact", message, fix))
        elif fact.id not in topic.facts:
            place = Place(f"topics/{topic.id}.toml", topic.id, where="facts")
            line = line_of(script.files.get(place.file, ""), "", "facts", "")
            message = f"The core fact {fact.id} is not listed: {fact.statement}"
            fix = "Say it in every language, and add its id to facts."
            yield problem(place, Finding("fact", message, fix), line)


# Numbers -----------------------------------------------------------------------------------------


def _numbers(script: Script, topic: Topic, known: Mapping[str, Fact]) -> Iterator[Problem]:
    """Find numbers no cited fact has, and languages that say different ones (rule 20)."""
    allowed = numbers_of(known[name].statement for name in topic.facts if name in known)
    every = [passage for passage in passages(script) if passage.place.topic == topic.id]
    for passage in every:
        for sentence in sentences(passage.raw):
            told = _without_keys(script, passage.place.locale, sentence)
            for value in numbers.values(told, _code(passage.place.locale)):
                if value not in allowed and not _written_out(script, value):
                    yield placed(
                        script,
                        passage,
                        Finding(
                            "rule 20",
                            f"The number {value} is in none of the facts listed.",
                            "Take it out, or list the fact it comes from.",
                            sentence,
                        ),
                    )
    yield from _same_numbers(script, topic, every)


def numbers_of(statements: Iterable[str]) -> frozenset[str]:
    """Return every number of some statements as figures; "an hour" and "a year" are 1."""
    found_numbers: set[str] = set()
    for statement in statements:
        found_numbers |= set(numbers.values(statement, STATEMENTS))
        units = "|".join(sorted(numbers.NUMERALS[STATEMENTS].counted))
        if re.search(rf"\b(?:an?|one) (?:{units})\b", statement.lower()):
            found_numbers.add("1")
    return frozenset(found_numbers)


def _written_out(script: Script, value: str) -> bool:
    """Whether a number is one of the line's own, which rule 76 tells about."""
    return value in (script.line.emergency, script.line.crisis)


def _same_numbers(script: Script, topic: Topic, every: Iterable[Passage]) -> Iterator[Problem]:
    said: dict[str, set[str]] = {locale: set() for locale in script.locales}
    for passage in every:
        if passage.kind == "part":
            locale = passage.place.locale
            told = _without_keys(script, locale, passage.raw)
            said[locale] |= set(numbers.values(told, _code(locale))) - {"1"}
    first, *others = script.locales
    for locale in others:
        if numbers.NUMERALS.get(_code(locale)) and said[locale] != said[first]:
            only = sorted(said[locale] ^ said[first])
            place = Place(f"topics/{topic.id}.toml", topic.id, locale, "parts")
            message = f"{first} and {locale} do not say the same numbers: {', '.join(only)}."
            fix = "Say the same numbers in both."
            yield problem(place, Finding("rule 20", message, fix))


def _without_keys(script: Script, locale: str, text: str) -> str:
    """Take out the keys a caller is told to press: "press 2" is no claim."""
    option = script.prompts[locale].call.get("option", "")
    press = re.search(r"(\w+) \{key\}", option)
    if not press:
        return text
    return re.sub(rf"(?i)\b{press.group(1)} (?:el |la )?[0-9*#]", press.group(1), text)


def _code(locale: str) -> str:
    return locale.split("-")[0].lower()


# Conflicts ---------------------------------------------------------------------------------------


def _conflicts(script: Script) -> Iterator[Problem]:
    """Find words that a conflict of the sources says to avoid."""
    avoided = {locale: _avoided(script.sources, locale) for locale in script.locales}
    for passage in passages(script):
        avoid = avoided[passage.place.locale]
        for sentence in sentences(passage.text):
            for entry, hit in found(sentence, tuple(avoid)):
                finding = Finding(
                    f"conflict {avoid[entry]['id']}",
                    f"{hit!r} takes sides where the sources do not agree.",
                    f"Say instead: {avoid[entry]['principle']}",
                    sentence,
                )
                yield placed(script, passage, finding)


def _avoided(sources: Mapping[str, Any], locale: str) -> dict[Phrase, Mapping[str, Any]]:
    return {
        phrase(words): conflict
        for conflict in sources.get("conflict", [])
        for words in conflict["avoid_phrases"].get(locale, [])
    }
