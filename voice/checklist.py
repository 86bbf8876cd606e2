"""What people can read aloud for the line: every sentence of a locale, in an order to read in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voice import dialog
from voice.dialog import State, topic_parts
from voice.dialog.pieces import LEAD_AFTER_KEY, LEAD_FIRST
from voice.script import PACES, Pace, Script, Utterance
from voice.switches import variants

LINE, DIGITS = "line", "digits"
"""What is no topic's: what the line says itself, and the digits of numbers."""
PART_SECONDS, EMERGENCY_SECONDS = 35.0, 6.0
"""How long a part of a topic, and the sentence on emergencies, may last (rules 13 and 48)."""


@dataclass(frozen=True)
class Sentence:
    """Words that are read in one go: those of a clip, or of several that differ in silence.

    `subject` is a topic, LINE or DIGITS; `place` tells where they are said, whatever they are;
    `part` counts a topic's parts from 1, 0 for other words. `longest`: seconds at the usual pace.
    """

    words: str
    locale: str
    subject: str
    place: str
    part: int
    lead: int
    paces: tuple[Pace, ...]
    longest: float | None = None


def sentences(script: Script, locale: str) -> tuple[Sentence, ...]:
    """Return everything a call can say in a locale, each once: the line's, topics', digits."""
    found: dict[str, Sentence] = {}
    for sentence in (*_topics(script, locale), *_said(script, locale), *_when_off(script, locale)):
        known = found.get(sentence.words)
        paces = {*sentence.paces, *(known.paces if known else ())}
        merged = _together(known, sentence)
        found[sentence.words] = replace(merged, paces=tuple(one for one in PACES if one in paces))
    order = {name: number for number, name in enumerate((LINE, *script.topics, DIGITS))}
    return tuple(sorted(found.values(), key=lambda one: order.get(one.subject, 0)))


def _together(known: Sentence | None, again: Sentence) -> Sentence:
    """What is said of two topics is the line's."""
    if known is None:
        return again
    if known.subject in (again.subject, DIGITS) or known.part or known.place.endswith("title"):
        return known
    return replace(known, subject=LINE)


def _topics(script: Script, locale: str) -> Iterator[Sentence]:
    """Yield the titles and parts of all topics, and the digits: their places are known."""
    for topic in script.topics:
        title = f"{script.topics[topic].wording[locale].title}."
        yield Sentence(title, locale, topic, f"{topic} title", 0, LEAD_AFTER_KEY, PACES)
        for part, words in enumerate(topic_parts(script, topic, locale), 1):
            place, lead = f"{topic} {part}", LEAD_AFTER_KEY
            yield Sentence(words, locale, topic, place, part, lead, PACES, PART_SECONDS)
    for digit, words in enumerate(script.prompts[locale].words["digits"]):
        yield Sentence(words, locale, DIGITS, f"digit {digit}", 0, LEAD_FIRST, PACES)


def _said(script: Script, locale: str) -> Iterator[Sentence]:
    """Yield whatever a state says in the locale."""
    emergency = dialog.prompt(script, locale, "emergency")
    for state in dialog.states(script):
        reply = dialog.reply(script, state)
        for number, one in enumerate((*reply.says, *reply.parting)):
            if one.locale == locale:
                longest = EMERGENCY_SECONDS if one.words == emergency else None
                yield _sentence(script, state, number, one, longest)


def _sentence(
    script: Script, state: State, number: int, one: Utterance, longest: float | None
) -> Sentence:
    pieces = state.place.split(".")
    subject = pieces[1] if len(pieces) > 1 and pieces[1] in script.topics else LINE
    place = f"{state.place}.{state.tries}.{state.notice} {number}"
    return Sentence(one.words, one.locale, subject, place, 0, one.lead, (one.pace,), longest)


def _when_off(script: Script, locale: str) -> Iterator[Sentence]:
    """Yield what is said when a topic, or all of the line, is switched off."""
    topics, line = variants(script)
    for one in (*_topics(topics, locale), *_said(line, locale)):
        yield replace(one, subject=LINE, place=f"off {one.place}", part=0, longest=None)
