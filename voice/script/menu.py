"""The choices callers get and the keys for them, read from menu.toml."""

from collections.abc import Mapping

from voice.script.content import KEY_MEANINGS, TELEPHONE_KEYS, Option, OptionWording, Topic
from voice.script.table import Table, no_file

MOST_CHOICES = 3
"""Choices the line asks for itself, at the keys from 1: morning, afternoon, any time."""


def read_menu(
    table: Table, locales: tuple[str, ...], topics: Mapping[str, Topic]
) -> tuple[tuple[Option, ...], dict[str, str]]:
    """Return the options of the main menu, and the key of each meaning that holds everywhere."""
    rows = table.get("option", list, "The list of options", [])
    options = tuple(
        _option(Table(row, table.file, f"option {number}", table.defects), locales)
        for number, row in enumerate(rows, 1)
    )
    keys = table.table("keys")
    meanings = {meaning: keys.text(meaning) for meaning in KEY_MEANINGS}
    keys.done()
    table.done()
    _clashes(table, options, meanings)
    offered = [topic for option in options for topic in option.topics]
    for topic in sorted(set(offered) - set(topics)):
        name = f"topics/{topic}.toml"
        table.defect("option", no_file(name), "Write it or take it out.")
    for topic in sorted(set(topics) - set(offered)):
        table.defect("option", f"No option leads to {topic}.", "Add it to the topics of one.")
    for topic in sorted({topic for topic in offered if offered.count(topic) > 1}):
        table.defect("option", f"{topic} is in two options.", "Take it out of one.")
    return options, meanings


def _clashes(table: Table, options: tuple[Option, ...], meanings: Mapping[str, str]) -> None:
    """Note keys a telephone lacks, and keys that would mean two things at one place."""
    fixed = [key for key in meanings.values() if key]
    chosen = [option.key for option in options if option.key]
    for key in sorted({key for key in (*fixed, *chosen) if key not in TELEPHONE_KEYS}):
        table.defect("keys", f"{key!r} is not a telephone key.", "Use one of 0 to 9, * and #.")
    for key in sorted({key for key in fixed if fixed.count(key) > 1}):
        table.defect("keys", f"Key {key} has two meanings.", "Give each meaning its own key.")
    for key in sorted({key for key in chosen if [*fixed, *chosen].count(key) > 1}):
        table.defect("option", f"Key {key} is taken already.", "Give each option its own key.")
    for key in sorted(key for key in fixed if key in "123456789"[:MOST_CHOICES]):
        fix = f"Keys 1 to {MOST_CHOICES} choose an answer: give it another."
        table.defect("keys", f"Key {key} is also a choice.", fix)


def _option(table: Table, locales: tuple[str, ...]) -> Option:
    option = Option(
        key=table.text("key"),
        topics=table.texts("topics"),
        wording={locale: _option_wording(table.table(locale)) for locale in locales},
    )
    if not option.topics:
        table.defect("topics", "The option leads nowhere.", "Name at least one topic.")
    table.done()
    return option


def _option_wording(table: Table) -> OptionWording:
    wording = OptionWording(table.text("label"), table.text("text_label"), table.texts("keywords"))
    table.done()
    return wording


def in_menu_order(options: tuple[Option, ...], topics: Mapping[str, Topic]) -> dict[str, Topic]:
    """Return the topics in the order in which the menu offers them."""
    names = [topic for option in options for topic in option.topics if topic in topics]
    return {name: topics[name] for name in names}
