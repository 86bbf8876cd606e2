"""The pieces a reply is said in: prompts, numbers, parts of a topic, each in its language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voice.dialog.numbers import groups
from voice.dialog.state import State
from voice.script import Script
from voice.words import fill, key_name

LEAD_FIRST = 150
"""Milliseconds of silence before a clip that follows another (rule 74)."""
LEAD_AFTER_KEY = 400
"""Milliseconds before a clip that answers a key: time to bring the phone back to the ear."""
LEAD_GROUP = 500
"""Milliseconds before the first digit of a group: 350 more than between digits (rule 76)."""


@dataclass(frozen=True)
class Piece:
    """Words that become one clip; a `lead` of 0 means the usual silence before them."""

    locale: str
    words: str
    lead: int = 0


Said = Iterator[Piece]
"""Pieces in the order they are said."""


def prompt(script: Script, locale: str, name: str, key: str = "", **more: str) -> str:
    """Return a call prompt of a locale, filled in; `key` is the telephone key it names."""
    named = {"key": key_name(script, locale, key)} if key else {}
    return fill(script, locale, "call", script.prompts[locale].call[name], **named, **more)


def prompts(script: Script, locale: str, *names: str) -> Said:
    """Yield prompts one after another; "person:0" is the prompt "person", which names key 0."""
    for named in names:
        name, _, key = named.partition(":")
        yield Piece(locale, prompt(script, locale, name, key))


def everywhere(script: Script, name: str, first: str = "") -> Said:
    """Yield a prompt in every language, `first` before the others."""
    for locale in sorted(script.locales, key=lambda other: other != first):
        yield Piece(locale, prompt(script, locale, name))


def options(script: Script, locale: str, labels: Mapping[str, str]) -> Piece:
    """Return labels with their keys as one piece of speech."""
    said = [prompt(script, locale, "option", key, label=label) for key, label in labels.items()]
    return Piece(locale, " ".join(said))


def number_said(script: Script, locale: str, number: str) -> Said:
    """Yield an E.164 number digit by digit, with a pause between groups (rule 76)."""
    names = script.prompts[locale].words["digits"]
    for group in groups(number):
        for place, digit in enumerate(group):
            yield Piece(locale, names[int(digit)], LEAD_FIRST if place else LEAD_GROUP)


def topic_title(script: Script, state: State, topic: str) -> Piece:
    """Return a topic's title; the same lead wherever it is said, so that it is one clip."""
    return Piece(
        state.locale, f"{script.topics[topic].wording[state.locale].title}.", LEAD_AFTER_KEY
    )


def topic_parts(script: Script, topic: str, locale: str) -> tuple[str, ...]:
    """Return the parts of a topic as they are spoken, placeholders filled in."""
    spoken = script.topics[topic].wording[locale].spoken
    return tuple(fill(script, locale, "call", part) for part in spoken)
