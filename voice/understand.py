"""A patient's own words -> what they want.

Words are matched as written in the scripts: despair and emergency first, anywhere in the text and
in any language; then the whole text, once courtesies and a phone's signature are taken off.
Case, accents and punctuation do not matter.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from voice.script import Script

Wants = Literal[
    "topic", "option", "menu", "more", "human", "help", "stop", "start", "language-switch",
    "emergency", "despair", "key", "unknown",
]  # fmt: skip

ALARMS: tuple[Literal["despair"], Literal["emergency"]] = ("despair", "emergency")
WISHES: Mapping[str, Wants] = {
    "person": "human",
    "menu": "menu",
    "more": "more",
    "help": "help",
    "start": "start",
    "stop": "stop",
}
"""The lists of words.toml that are a wish as they stand, the weightiest last."""
KEYS = ("again", "back", "skip", "pause", "slower")


@dataclass(frozen=True)
class Meaning:
    """What somebody wants, and in which locale's words they said it.

    `target` is a topic id, a menu option's key, a locale, or a telephone key, as `wants` tells.
    """

    wants: Wants
    target: str = ""
    locale: str = ""


UNKNOWN = Meaning("unknown")


@dataclass(frozen=True)
class Vocabulary:
    """Every word and phrase a script knows, folded for matching: built once for a release."""

    alarms: Mapping[str, tuple[tuple[str, Meaning], ...]]
    exact: Mapping[str, Mapping[str, Meaning]]
    polite: Mapping[str, tuple[str, ...]]


def vocabulary(script: Script) -> Vocabulary:
    """Collect a script's words: titles, labels, keywords, questions and the lists of words.toml."""
    return Vocabulary(
        alarms={locale: tuple(_alarms(script, locale)) for locale in script.locales},
        exact={locale: dict(_exact(script, locale)) for locale in script.locales},
        polite={
            locale: _longest_first(script.words[locale]["polite"]) for locale in script.locales
        },
    )


def understand(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Say what `text` asks for; words of `locale` are tried before those of other locales.

    An emergency or despair anywhere in the text wins, in every language (rule 90).
    """
    words = normal(text)
    padded = f" {words} "
    locales = (locale, *(other for other in vocabulary.exact if other != locale))
    for known in locales:
        for phrase, meaning in vocabulary.alarms[known]:
            if phrase in padded:
                return meaning
    for known in locales:
        meanings = vocabulary.exact[known]
        found = meanings.get(words) or meanings.get(_bare(vocabulary.polite[known], words))
        if found:
            return found
    return UNKNOWN


def normal(text: str) -> str:
    """Fold a text for matching: lower case, no accents, no punctuation, single spaces.

    An apostrophe joins: "can't" and "cant" are one word. So are "español" and "espanol", which is
    what an English keyboard makes of it.
    """
    text = re.sub(r"['’`´]", "", unicodedata.normalize("NFC", text).lower())
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[*#]|[^\W_]+", plain))


def _alarms(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    for group in ALARMS:
        for phrase in script.words[locale][group]:
            yield f" {normal(phrase)} ", Meaning(group, locale=locale)


def _exact(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    """Yield whole messages with their meaning; a later row wins over an earlier one."""
    for phrase, meaning in _rows(script, locale):
        if folded := normal(phrase):
            yield folded, meaning


def _rows(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    words = script.words[locale]
    for key in KEYS:
        for phrase in words[key]:
            yield phrase, Meaning("key", script.keys[key], locale)
    yield from _digits(script, locale)
    yield from _content(script, locale)
    for phrase in words["language"]:
        yield phrase, Meaning("language-switch", locale, locale)
    for group, wants in WISHES.items():
        for phrase in words[group]:
            yield phrase, Meaning(wants, locale=locale)


def _digits(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    """Yield keys said or texted: "3", "three", and two at once, "2 3" and "23"."""
    for figure, name in enumerate(script.prompts[locale].words["digits"]):
        yield name, Meaning("key", str(figure), locale)
        yield str(figure), Meaning("key", str(figure), locale)
    for option in script.options:
        for place, topic in enumerate(option.topics, 1):
            for path in (f"{option.key}{place}", f"{option.key} {place}"):
                yield path, Meaning("topic", topic, locale)
    for key in "*#":
        yield key, Meaning("key", key, locale)


def _content(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    for topic in script.topics.values():
        wording = topic.wording[locale]
        phrases = (topic.id, *wording.sample_questions, wording.title, wording.menu_label)
        for phrase in (*phrases, *wording.keywords):
            yield phrase, Meaning("topic", topic.id, locale)
    for option in script.options:
        offered = option.wording[locale]
        wants: Wants = "option" if len(option.topics) > 1 else "topic"
        target = option.key if wants == "option" else option.topics[0]
        for phrase in (offered.label, offered.text_label, *offered.keywords):
            yield phrase, Meaning(wants, target, locale)


def _longest_first(phrases: tuple[str, ...]) -> tuple[str, ...]:
    folded = {normal(phrase) for phrase in phrases}
    return tuple(sorted(folded, key=lambda phrase: (-len(phrase), phrase)))


def _bare(polite: tuple[str, ...], words: str) -> str:
    """Take courtesies and signatures off both ends: "hello, risks please" is "risks"."""
    for _ in range(len(words)):
        before = words
        for phrase in polite:
            words = f" {words} ".removeprefix(f" {phrase} ").removesuffix(f" {phrase} ").strip()
        if words == before or not words:
            return words
    return words
