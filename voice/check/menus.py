"""Choices, labels, keys and keywords (rules 38-43, 46, 94, 96): what callers press, say, text."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

from voice.check.passages import line_of
from voice.check.problem import Place, Problem, problem
from voice.dialog import prompt, topic_parts
from voice.plain import lists
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.plain.phrases import fold, has
from voice.plain.sentences import words
from voice.script import Script
from voice.thread import CARRIER_WORDS

MOST_OPTIONS, LABEL_WORDS, MENU_WORDS = 5, 8, 60
MENU = "menu.toml"
MEANINGS = {
    "person": "0", "back": "*", "skip": "#", "again": "9", "pause": "8", "slower": "7", "text": "6",
}  # fmt: skip
"""Keys that mean the same on every line like this (rule 46)."""
COMMANDS = ("stop", "start", "help", "person", "menu", "more", "language", "emergency", "despair")
"""Lists of words.toml whose words win over keywords."""


def menus(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Yield what is wrong with menus and keywords."""
    yield from _keys(script)
    yield from _sizes(script)
    yield from _warning_signs(script, languages)
    for locale in script.locales:
        language = languages[locale]
        yield from _labels(script, language)
        yield from _menu_lengths(script, language)
        yield from _keywords(script, locale)


def _keys(script: Script) -> Iterator[Problem]:
    place = Place(MENU, where="option")
    expected = [str(number) for number in range(1, len(script.options) + 1)]
    keys = [option.key for option in script.options]
    if keys != expected:
        message = f"The keys are {', '.join(keys)}."
        fix = f"Number them {', '.join(expected)}, in this order."
        yield problem(place, Finding("rule 43", message, fix))
    for meaning, key in MEANINGS.items():
        if script.keys.get(meaning) != key:
            message = f"The key for {meaning} is {script.keys.get(meaning)!r}."
            fix = f'Write {meaning} = "{key}": callers know it from other lines.'
            yield problem(Place(MENU, where="keys"), Finding("rule 46", message, fix))


def _sizes(script: Script) -> Iterator[Problem]:
    if len(script.options) > MOST_OPTIONS:
        yield _too_many("option", "The main menu", len(script.options))
    for number, option in enumerate(script.options, 1):
        if len(option.topics) > MOST_OPTIONS:
            yield _too_many(f"option {number}", f"Option {number}", len(option.topics))


def _too_many(where: str, what: str, number: int) -> Problem:
    message = f"{what} has {number} choices. The most is {MOST_OPTIONS}."
    fix = "Group subjects that belong together, or take one out."
    return problem(Place(MENU, where=where), Finding("rule 38", message, fix))


Labels = list[tuple[Place, str]]


def _menus_of(script: Script, locale: str) -> Iterator[Labels]:
    """Yield the labels of each menu with their places, the main menu first."""
    yield [
        (Place(MENU, "", locale, f"option {number} label"), option.wording[locale].label)
        for number, option in enumerate(script.options, 1)
    ]
    for option in script.options:
        if len(option.topics) > 1:
            yield [
                (
                    Place(f"topics/{topic}.toml", topic, locale, "menu_label"),
                    script.topics[topic].wording[locale].menu_label,
                )
                for topic in option.topics
                if topic in script.topics
            ]


def _labels(script: Script, language: Language) -> Iterator[Problem]:
    for menu in _menus_of(script, language.locale):
        for (place, label), (_, other) in combinations(menu, 2):
            if _alike(label, other, language):
                message = f"{label!r} and {other!r} sound alike."
                fix = "Use different words, so that callers can tell them apart."
                yield _at(script, place, Finding("rule 42", message, fix, label))
    single = [
        (
            Place(f"topics/{topic.id}.toml", topic.id, language.locale, "menu_label"),
            topic.wording[language.locale].menu_label,
        )
        for topic in script.topics.values()
    ]
    main = next(_menus_of(script, language.locale))
    for place, label in [*main, *single]:
        for finding in _label(label, language):
            yield _at(script, place, finding)


def _label(label: str, language: Language) -> Iterator[Finding]:
    openers = language.lists.label_openers
    first = (label.split() or [""])[0]
    if label and openers and not has(first, openers):
        said = " or ".join(opener.text for opener in openers)
        message = f"The choice {label!r} does not start with {said}."
        fix = f'Begin with {said}: the key is said after it, "…, press 1."'
        yield Finding("rule 40", message, fix, label)
    size = len(words(label, language.code))
    if size > LABEL_WORDS:
        message = f"The choice has {size} words. The most is {LABEL_WORDS}."
        yield Finding("rule 42", message, "Shorten it.", label)


def _alike(one: str, other: str, language: Language) -> bool:
    small = language.lists.small_words
    if not small:
        return False
    contents = [
        {fold(word) for word in words(label, language.code) if not has(word, small)}
        for label in (one, other)
    ]
    least = min(len(content) for content in contents)
    return bool(least) and len(contents[0] & contents[1]) / least > 0.5


def _menu_lengths(script: Script, language: Language) -> Iterator[Problem]:
    for menu in _menus_of(script, language.locale):
        said = " ".join(
            prompt(script, language.locale, "option", str(key % 10), label=label)
            for key, (_, label) in enumerate(menu, 1)
        )
        size = len(words(said, language.code))
        if size > MENU_WORDS:
            place = menu[0][0]
            message = f"The whole menu has {size} words. The most is {MENU_WORDS}."
            yield _at(script, place, Finding("rule 42", message, "Shorten its choices."))


def _at(script: Script, place: Place, finding: Finding) -> Problem:
    source = script.files.get(place.file, "")
    return problem(place, finding, line_of(source, place.locale, place.where, finding.sentence))


def _warning_signs(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Find lines whose warning signs are not one press away (rule 94), or incomplete (rule 96)."""
    direct = [option.topics[0] for option in script.options if len(option.topics) == 1]
    signs = [topic for topic in direct if "symptom" in script.topics[topic].tags]
    if not signs:
        message = "No choice of the main menu leads straight to the warning signs."
        fix = 'Give a subject tagged "symptom" an option of its own.'
        yield problem(Place(MENU, where="option"), Finding("rule 94", message, fix))
    for topic in signs:
        for locale in script.locales:
            said = "\n".join(topic_parts(script, topic, locale))
            for finding in lists.red_flags(said, languages[locale]):
                place = Place(f"topics/{topic}.toml", topic, locale, "parts")
                yield problem(place, finding)


# Keywords ----------------------------------------------------------------------------------------


def keyword(text: str) -> str:
    """Return a keyword as it is compared: no accents, capitals or punctuation."""
    return " ".join(re.findall(r"\w+", fold(text)))


def _keywords(script: Script, locale: str) -> Iterator[Problem]:
    claims: dict[str, list[Place]] = defaultdict(list)
    for place, text in _claimed(script, locale):
        claims[keyword(text)].append(place)
        yield from (_at(script, place, finding) for finding in _alone(text))
    taken = _commands(script, locale)
    for word, places in claims.items():
        if word in taken:
            message = f"{word!r} already means {taken[word]!r} (words.toml)."
            yield _at(script, places[0], Finding("keyword", message, "Use another word.", word))
        yield from _twice(script, word, places)


def _alone(text: str) -> Iterator[Finding]:
    """Find what is wrong with a keyword, whatever the others are."""
    if text.strip().lower() in CARRIER_WORDS or keyword(text) in CARRIER_WORDS:
        message = f"The phone company answers {text!r} itself."
        yield Finding("keyword", message, "Use another word.", text)
    if not keyword(text):
        yield Finding("keyword", f"{text!r} has no letters.", "Use a word.", text)
    elif re.search("[,;]", text):
        message = f"{text!r} counts as one keyword: it fits only who writes all of it."
        yield Finding("keyword", message, "Write one on each line.", text, severity="warn")


def _claimed(script: Script, locale: str) -> Iterator[tuple[Place, str]]:
    for topic in script.topics.values():
        for text in topic.wording[locale].keywords:
            yield Place(f"topics/{topic.id}.toml", topic.id, locale, "keywords"), text
    for number, option in enumerate(script.options, 1):
        for text in option.wording[locale].keywords:
            yield Place(MENU, "", locale, f"option {number} keywords"), text


def _commands(script: Script, locale: str) -> dict[str, str]:
    groups: Mapping[str, tuple[str, ...]] = script.words.get(locale, {})
    return {keyword(text): group for group in COMMANDS for text in groups.get(group, ())}


def _twice(script: Script, word: str, places: list[Place]) -> Iterator[Problem]:
    """Tell every place after the first that claims a keyword."""
    first = places[0]
    for place in places[1:]:
        message = f"{word!r} stands twice; also in {first.topic or first.where} ({first.file})."
        fix = "Keep it where patients expect it, and take it out here."
        if place == first:
            message, fix = f"{word!r} stands twice in this list.", "Take one out."
        yield _at(script, place, Finding("keyword", message, fix, word))
