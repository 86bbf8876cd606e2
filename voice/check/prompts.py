"""What the line itself must say (rules 40, 45, 86-90, 92 and 98), and which words it must know."""

import re
from collections.abc import Iterator

from voice.check.menus import keyword
from voice.check.passages import line_of
from voice.check.problem import Place, Problem, problem
from voice.plain import lengths, readability
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.plain.phrases import phrase
from voice.plain.sentences import words
from voice.script import Script

PROMPTS = "prompts.toml"
DISCLAIMER_WORDS = 15
MOST_KEYS = 3
SPOKEN_NUMBERS = ("{phone}", "{line_phone}", "{text_number}")
ERROR_PROMPTS = ("no_input_1", "no_input_2", "no_match_1", "no_match_2")
RULES = {
    "call.emergency": "rule 92",
    "call.emergency_now": "rule 97",
    "call.after_hours": "rule 93",
    "call.crisis": "rule 97",
    "call.goodbye": "rule 53",
    "call.offer": "rule 53",
    "call.apology": "rule 103",
    "call.text_rates": "rule 86",
    "call.callback_failed": "rule 103",
    "call.voicemail": "rule 120",
    "message.emergency": "rule 90",
    "message.crisis": "rule 90",
    "message.first": "rule 86",
    "message.help": "rule 88",
    "message.stop": "rule 87",
    "message.menu": "rule 93",
    "message.unknown": "rule 89",
}
"""The rule behind each entry of must_say."""
KNOWN_FOR = {"stop": "rule 87", "emergency": "rule 90", "help": "rule 88"}


def prompts(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Yield what prompts leave out and words.toml does not know."""
    for locale in script.locales:
        for name, finding in (
            *_must_say(script, languages[locale]),
            *_keys_last(script, locale),
            *_errors(script, locale),
            *_many_keys(script, locale),
            *_once(script, locale),
            *_disclaimer(script, languages[locale]),
        ):
            place = Place(PROMPTS, "", locale, name)
            source = script.files.get(PROMPTS, "")
            yield problem(place, finding, line_of(source, locale, name, ""))
        yield from _must_know(script, languages[locale])


Found = Iterator[tuple[str, Finding]]
"""Pairs of a prompt's name and what was found in it."""


def _said(script: Script, locale: str, name: str) -> str | None:
    channel, _, key = name.partition(".")
    of_locale = script.prompts[locale]
    return (of_locale.call if channel == "call" else of_locale.message).get(key)


def _must_say(script: Script, language: Language) -> Found:
    for name, every in language.must_say.items():
        raw = _said(script, language.locale, name)
        if raw is None:
            continue
        for choices in every:
            if not any(_stands(choice, raw) for choice in choices.split("|")):
                wanted = choices.replace("|", " or ")
                message = f"It does not say {wanted}."
                yield name, Finding(RULES.get(name, "rule 93"), message, "Add it.", raw)


def _stands(wanted: str, raw: str) -> bool:
    if wanted.startswith("{"):
        return wanted in raw
    return phrase(wanted).search(raw) is not None


def _keys_last(script: Script, locale: str) -> Found:
    """Find choices that name the key before what it is for (rule 40)."""
    for name in ("option", "language", "person"):
        raw = script.prompts[locale].call.get(name, "")
        if raw and not re.search(r"\{key\}\W*$", raw):
            message = "The key is not the last word."
            fix = 'Say the choice, then the key: "{label}, press {key}."'
            yield f"call.{name}", Finding("rule 40", message, fix, raw)


def _errors(script: Script, locale: str) -> Found:
    """Find answers to silence or a wrong key that do not offer a person (rules 45 and 52)."""
    for name in ERROR_PROMPTS:
        raw = script.prompts[locale].call.get(name, "")
        if raw and "{person}" not in raw:
            message = "It does not tell how to reach a person."
            yield f"call.{name}", Finding("rule 52", message, "Add {person}, the key for it.", raw)


def _many_keys(script: Script, locale: str) -> Found:
    """Find prompts that announce more than three of the fixed keys at once (rule 46)."""
    for name, raw in script.prompts[locale].call.items():
        keys = [meaning for meaning in script.keys if f"{{{meaning}}}" in raw]
        if len(keys) > MOST_KEYS:
            message = f"It announces {len(keys)} keys. The most is {MOST_KEYS}."
            yield f"call.{name}", Finding("rule 46", message, "Leave the less needed out.", raw)


def _once(script: Script, locale: str) -> Found:
    """Find prompts that say a telephone number only once (rule 76)."""
    for name, raw in script.prompts[locale].call.items():
        for number in SPOKEN_NUMBERS:
            if raw.count(number) == 1:
                message = f"It says {number} only once."
                yield f"call.{name}", Finding("rule 76", message, "Say the number again.", raw)


def _disclaimer(script: Script, language: Language) -> Found:
    raw = script.prompts[language.locale].call.get("disclaimer", "")
    size = len(words(raw, language.code))
    if size > DISCLAIMER_WORDS:
        message = f"The disclaimer has {size} words. The most is {DISCLAIMER_WORDS}."
        yield "call.disclaimer", Finding("rule 98", message, "Shorten it.", raw)
    reading = language.reading
    if not raw or reading.formula != "flesch-kincaid":  # the rule gives a US grade
        return
    # A familiar word such as "information" weighs too much in so short a text.
    known = {word.lower() for word in words(raw, language.code) if lengths.is_known(word, language)}
    value = readability.score(raw, reading.formula, {*language.term_words, *known})
    if readability.FORMULAS[reading.formula].fails(value, reading.target):
        message = f"The disclaimer is too hard to read: {value:.1f}, not {reading.target:g}."
        yield "call.disclaimer", Finding("rule 98", message, "Use shorter words.", raw)


def _must_know(script: Script, language: Language) -> Iterator[Problem]:
    """Find words a patient may use that words.toml does not list."""
    for group, wanted in language.must_know.items():
        listed = {keyword(text) for text in script.words[language.locale].get(group, ())}
        for text in wanted:
            if keyword(text) not in listed:
                place = Place("words.toml", "", language.locale, group)
                message = f"{text!r} is missing from {group}."
                finding = Finding(KNOWN_FOR.get(group, "rule 87"), message, "Add it to the list.")
                yield problem(place, finding)
