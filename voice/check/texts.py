"""Text messages as they are sent: segments, sender, placeholders (rules 58, 81-83).

Texts are measured as a usual clinic sends them: what its name or its hours add is told once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time

from voice.check.passages import line_of, passages, values_of
from voice.check.problem import Place, Problem, problem
from voice.hours import Hours
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.script import PLACEHOLDERS, Line, Phone, Script
from voice.sms import count
from voice.thread import all_texts

SENDER = 20
"""The sender's name stands within this many characters (rule 81)."""
PHONE = Phone("1", ("212", "555", "0134"))
WEEK = ((((time(9), time(17)),),) * 5) + ((),) * 2
"""Hours that are said in one sentence."""

Named = tuple[str, str, str]
"""One text: its locale, its topic or "", its name."""


def texts(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Yield what is wrong with texts as a patient gets them."""
    yield from _missing(script)
    if has_gaps(script):
        return
    usual = _usual(script.line, languages)
    long = _long(replace(script, line=usual), languages)
    for (locale, topic, name), words in long.items():
        yield from _segments(script, languages[locale], topic, name, words)
    named = replace(usual, name=script.line.name, text_name=script.line.text_name)
    longer = set(_long(replace(script, line=named), languages)) - set(long)
    for locale in script.locales:
        own = sum(text[0] == locale for text in longer)
        yield from _name(script.line, languages[locale], own)
    busy = replace(usual, hours=script.line.hours)
    yield from _hours(set(_long(replace(script, line=busy), languages)) - set(long))


def _usual(line: Line, languages: Mapping[str, Language]) -> Line:
    """Return a clinic with as long a name as there is room for, and hours in one sentence.

    A Spanish name has an accent more often than not, so that its texts take more room.
    """
    letters = {locale: "í" if one.code == "es" else "i" for locale, one in languages.items()}
    hours = Hours(line.hours.time_zone, WEEK, frozenset())
    names = {locale: letter * SENDER for locale, letter in letters.items()}
    phoned = replace(line, phone=PHONE, line_phone=PHONE, text_number=PHONE)
    return replace(phoned, name=names, text_name={}, hours=hours)


def _long(script: Script, languages: Mapping[str, Language]) -> dict[Named, str]:
    """Return the texts that take more segments than their language allows."""
    return {
        (locale, topic, name): words
        for locale, topic, name, words in all_texts(script)
        if 0 < languages[locale].reading.segments < count(words).segments
    }


def _name(line: Line, language: Language, longer: int) -> Iterator[Problem]:
    """Tell of a name that is long, or that alone makes texts too long (rule 81)."""
    locale, name = language.locale, line.sender(language.locale)
    if not longer and len(name) <= SENDER:
        return
    dear = " ".join(count(name).costly) if longer and language.code != "es" else ""
    message = f"The clinic's name has {len(name)} characters."
    if longer:
        most = language.reading.segments
        message = f"Texts that take more than {most} segments for the name alone, {name}: {longer}."
    fix = f"Give one of at most {SENDER} characters for texts, under [text_name]."
    if dear:
        fix = f"Give one without {dear} for texts, under [text_name]: such letters cost more."
    place = Place("line.toml", "", locale, "text_name" if line.text_name.get(locale) else "name")
    yield problem(place, Finding("rule 81", message, fix, severity="warn"))


def _hours(longer: set[Named]) -> Iterator[Problem]:
    """Tell of hours that take many sentences: it is no fault, but it costs."""
    for locale in sorted({text[0] for text in longer}):
        message = "The answer to PERSON takes more segments for these hours."
        fix = "Nothing is wrong: it only costs more. Days with the same hours are told together."
        place = Place("line.toml", "", locale, "hours")
        yield problem(place, Finding("rule 82", message, fix, severity="warn"))


def _missing(script: Script) -> Iterator[Problem]:
    for topic in script.topics.values():
        for locale in script.locales:
            if not any(topic.wording[locale].texts):
                place = Place(f"topics/{topic.id}.toml", topic.id, locale, "texts")
                message = "There is no text version."
                fix = "Write it: some people cannot hear."
                yield problem(place, Finding("rule 58", message, fix))


def has_gaps(script: Script) -> bool:
    """Tell whether nothing fills in some words in braces: loading it told which, and where."""
    known = {locale: PLACEHOLDERS | {*values_of(script, locale)} for locale in script.locales}
    return any(
        not known[passage.place.locale].issuperset(re.findall(r"\{([^}]*)\}", passage.raw))
        for passage in passages(script)
    )


def _segments(
    script: Script, language: Language, topic: str, name: str, words: str
) -> Iterator[Problem]:
    most, size = language.reading.segments, count(words)
    file = f"topics/{topic}.toml" if topic else "prompts.toml"
    where = name.replace("text ", "texts ") if topic else f"message.{name}"
    rule = "rule 83" if language.code == "es" else "rule 82"
    why = f" because of {' '.join(size.costly)}" if size.costly else ""
    message = (
        f"The text takes {size.segments} segments ({size.characters} characters{why}). "
        f"The most is {most}."
    )
    place = Place(file, topic, language.locale, where)
    line = line_of(script.files.get(file, ""), language.locale, where, words.split(": ", 1)[-1])
    fix = f"Shorten it. {SENDER} characters for the clinic's name and the word for more count too."
    yield problem(place, Finding(rule, message, fix, words.split(": ", 1)[-1]), line)
