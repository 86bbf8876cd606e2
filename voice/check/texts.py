"""Text messages as they are sent: segments, sender, placeholders (rules 58, 81-83)."""

import re
from collections.abc import Iterator

from voice.check.passages import CHANNELS, line_of, passages, placed, values_of
from voice.check.problem import HOUSEHOLD, Place, Problem, problem
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.script import Script
from voice.sms import count
from voice.thread import all_texts
from voice.words import Channel

SENDER = 20
"""The sender's name stands within this many characters (rule 81)."""


def texts(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Yield what is wrong with texts as a patient gets them."""
    for locale in script.locales:
        name = script.line.name[locale]
        if len(name) > SENDER:
            message = f"The clinic's name has {len(name)} characters."
            fix = f"Use a name of at most {SENDER}: it opens every text."
            place = Place("line.toml", "", locale, "name")
            yield problem(place, Finding("rule 81", message, fix, severity="warn"))
    yield from _missing(script)
    if any(True for _ in gaps(script)):
        return
    for locale, topic, name, words in all_texts(script):
        yield from _segments(script, languages[locale], topic, name, words)


def _missing(script: Script) -> Iterator[Problem]:
    for topic in script.topics.values():
        for locale in script.locales:
            if not any(topic.wording[locale].texts):
                place = Place(f"topics/{topic.id}.toml", topic.id, locale, "texts")
                message = "There is no text version."
                fix = "Write it: some people cannot hear."
                yield problem(place, Finding("rule 58", message, fix))


def gaps(script: Script) -> Iterator[Problem]:
    """Yield words in braces that nothing fills in."""
    known_to = {
        (locale, channel): values_of(script, locale, channel)
        for locale in script.locales
        for channel in CHANNELS
    }
    for passage in passages(script):
        channel: Channel = "call" if passage.spoken else "message"
        known = known_to[passage.place.locale, channel]
        for gap in re.findall(r"\{([^}]*)\}", passage.raw):
            if gap not in known:
                message = f"Nothing fills in {{{gap}}}."
                fix = "Check its spelling: {emergency}, {phone}, {clinic}, {hours}, {crisis}."
                yield placed(script, passage, Finding(HOUSEHOLD, message, fix, passage.raw))


def _segments(
    script: Script, language: Language, topic: str, name: str, words: str
) -> Iterator[Problem]:
    most = language.reading.segments
    size = count(words)
    if not most or size.segments <= most:
        return
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
    fix = "Shorten it. The clinic's name and the word for more are counted too."
    yield problem(place, Finding(rule, message, fix, words), line)
