"""What staff wrote for understanding: the tables of words.toml and questions.toml, and the script.

Every part is optional but the lists of words.toml: a language without patterns or more questions
is understood by its titles, keywords, sample questions and texts.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voice.script import Script, Wording
from voice.understand.meaning import Wants
from voice.understand.topics import Subject

WISHES: Mapping[str, Wants] = {
    "person": "human",
    "menu": "menu",
    "more": "more",
    "help": "help",
    "start": "start",
    "stop": "stop",
}
"""The lists in words.toml whose lines are a wish as they stand, the weightiest last."""
COMMANDS: Mapping[str, Wants] = {
    "listen": "listen",
    "sources": "sources",
    "forget": "forget",
    "call_me": "call-me",
    "yes": "yes",
    "no": "no",
}
"""The lists that are a wish only as they stand: a sentence with such words in it may be a question,
or ask for a person."""
ALARMS: tuple[Wants, ...] = ("despair", "emergency")
TAUGHT: Mapping[str, Wants] = {
    "person": "human", "menu": "menu", "help": "help", "start": "start", "stop": "stop",
    "emergency": "emergency", "despair": "despair", "unknown": "unknown",
    "language": "language-switch",
}  # fmt: skip
"""The lists that questions are recognised as wishes by."""
BODY = 0.15
"""How much a sentence of a topic's text counts, compared with a question."""

Lines = tuple[str, ...]
Taught = tuple[Subject, str, float]
"""What a phrase is about, its words, and what it counts."""


@dataclass(frozen=True)
class Written:
    """What is written for one locale, beside the script's topics."""

    stemmer: str
    spellings: Mapping[str, Lines]
    borrowed: Mapping[str, Lines]
    """Words of the line's other languages that people put among this one's, by its own word."""
    ordinals: Mapping[str, Lines]
    """Words that stand for a figure of a list, by the figure; and the "frames" they stand in."""
    frames: Mapping[str, Lines]
    """What may stand around a line of a list of words.toml, by the list."""
    lists: Mapping[str, Lines]
    signs: Mapping[str, Lines]
    wishes: Mapping[str, Lines]
    topics: Mapping[str, Lines]
    taught: Mapping[str, Lines]
    alike: Mapping[str, Lines]


def written(script: Script) -> dict[str, Written]:
    """Read what the script's files say about understanding, by locale."""
    words = tomllib.loads(script.files.get("words.toml", ""))
    questions = tomllib.loads(script.files.get("questions.toml", ""))
    return {locale: _written(locale, words, questions) for locale in script.locales}


def _written(locale: str, words: Mapping[str, Any], questions: Mapping[str, Any]) -> Written:
    def lists(name: str) -> dict[str, Lines]:
        return _lines(words.get(name, {}).get(locale, {}))

    asked = questions.get(locale, {})
    return Written(
        stemmer=str(words.get("reading", {}).get(locale, {}).get("stemmer", "")),
        spellings=lists("spelling"),
        borrowed=lists("borrowed"),
        ordinals=lists("ordinals"),
        frames=lists("frames"),
        lists=lists("lists"),
        signs=lists("signs"),
        wishes=lists("wishes"),
        topics=_lines(asked.get("topics", {})),
        taught=_lines(asked.get("wishes", {})),
        alike=_lines(asked.get("alike", {})),
    )


def _lines(table: Mapping[str, Any]) -> dict[str, Lines]:
    return {name: tuple(str(line) for line in lines) for name, lines in table.items()}


def phrases(script: Script, locale: str, known: Mapping[str, Written]) -> Iterator[Taught]:
    """Yield everything a locale teaches: the subject, the words, and how much they count."""
    yield from _about_topics(script, locale, known[locale])
    for group, wants in TAUGHT.items():
        if wants != "language-switch":
            for phrase in _wished(script, locale, known, group):
                yield (wants, ""), phrase, 1.0
    for target in script.locales:
        for phrase in _wished(script, target, known, "language"):
            yield ("language-switch", target), phrase, 1.0


def _about_topics(script: Script, locale: str, own: Written) -> Iterator[Taught]:
    for topic in script.topics.values():
        subject: Subject = ("topic", topic.id)
        wording = topic.wording[locale]
        for phrase in (*_short(wording), *own.topics.get(topic.id, ())):
            yield subject, phrase, 1.0
        for sentence in _long(wording):
            yield subject, sentence, BODY


def _wished(script: Script, locale: str, known: Mapping[str, Written], group: str) -> Lines:
    return (*script.words[locale].get(group, ()), *known[locale].taught.get(group, ()))


def _short(wording: Wording) -> Lines:
    return (*wording.sample_questions, *wording.keywords, wording.title, wording.menu_label)


def _long(wording: Wording) -> Iterator[str]:
    texts = (wording.main_message, *wording.parts, *wording.texts)
    for text in texts:
        plain = re.sub(r"\{\w+\}", "", text)
        yield from (sentence for sentence in re.split(r"[.\n]", plain) if sentence.strip())
