"""The key card: what a patient keeps by the telephone, from the words that are live."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voice import lists
from voice.listen import Words, filler, page_words, path_to
from voice.script import Script

KEYPAD: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
"""The keys of a telephone, row by row."""


@dataclass(frozen=True)
class Key:
    """A key, what it is called, and what it does in the main menu; "" for nothing."""

    sign: str
    name: str
    does: str


@dataclass(frozen=True)
class Row:
    """A topic: the keys that lead to it, and the word that brings it as a text."""

    title: str
    path: str
    keyword: str


@dataclass(frozen=True)
class Card:
    """Everything on the card of a locale, as patients read it."""

    locale: str
    title: str
    emergency: str
    steps: tuple[str, ...]
    keys_title: str
    keys: tuple[Key, ...]
    picture: str
    """The keypad in words, for those who cannot see its picture."""
    rows_title: str
    heads: tuple[str, str, str]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def card(script: Script, locale: str) -> Card:
    """Return the card of a locale of the script."""
    words, listen = page_words(script, locale, "card"), page_words(script, locale, "listen")
    filled = filler(script, locale)
    keys = tuple(_keys(script, locale))
    told = (filled(words["key"], key=key.name, does=key.does) for key in keys if key.does)
    return Card(
        locale=locale,
        title=filled(words["title"]),
        emergency=filled(listen["emergency"]),
        steps=tuple(_steps(script, locale, words)),
        keys_title=words["keys"],
        keys=keys,
        picture=" ".join((words["picture"], *told)),
        rows_title=words["subjects"],
        heads=(words["subject"], words["press"], words["word"]),
        rows=tuple(_rows(script, locale)),
        notes=tuple(filled(one) for one in (words["text"], listen["person"], listen["relay"])),
    )


def _steps(script: Script, locale: str, words: Words) -> Iterator[str]:
    filled = filler(script, locale)
    yield filled(words["call"])
    if len(script.locales) > 1:
        key = ", ".join(lists.keys_to(script, script.locales, locale))
        name = str(script.prompts[locale].words["name"])
        yield filled(words["language"], key=key, name=name)


def _keys(script: Script, locale: str) -> Iterator[Key]:
    phone = page_words(script, locale, "try")
    names = {"*": phone["star"], "#": phone["pound"]}
    does = {key: phone[f"key_{meaning}"] for meaning, key in script.keys.items()}
    does |= {one.key: one.wording[locale].text_label for one in script.options}
    for sign in KEYPAD:
        yield Key(sign, names.get(sign, sign), does.get(sign, ""))


def _rows(script: Script, locale: str) -> Iterator[Row]:
    """Yield the topics in the order of the menu."""
    for option in script.options:
        for name in option.topics:
            wording = script.topics[name].wording[locale]
            keyword = next(iter(wording.keywords), "").upper()
            yield Row(wording.title, path_to(script, name, locale), keyword)
