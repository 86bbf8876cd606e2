"""Words patients use, read from words.toml; how hard words are said, from lexicon.toml."""

from collections.abc import Iterator

from voice.script.content import LexiconEntry
from voice.script.table import Table

WORD_GROUPS = (
    "emergency despair stop start help person menu more language polite "
    "again back skip pause slower listen sources forget call_me text_me yes no"
).split()

LATER_GROUPS = (
    "thanks call_back right_number other_number morning afternoon any_time neither zero"
    " send_it do_not_send elsewhere no_emergency pardon bye"
).split()
"""Lists that scripts may lack: they came when clinics had languages of their own."""


def read_word_lists(table: Table) -> dict[str, tuple[str, ...]]:
    """Return one locale's lists; understand/ reads the other tables."""
    lists = {group: table.texts(group) for group in WORD_GROUPS}
    lists |= {group: table.texts(group) if group in table.values else () for group in LATER_GROUPS}
    table.done()
    return lists


def read_lexicon(table: Table) -> Iterator[LexiconEntry]:
    """Yield how each word is pronounced."""
    rows = table.get("word", list, "The list of words", []) if "word" in table.values else []
    table.done()
    for number, row in enumerate(rows, 1):
        entry = Table(row, table.file, f"word {number}", table.defects)
        optional = {
            key: " ".join(str(entry.values.get(key, "")).split())
            for key in ("espeak", "ipa", "say")
        }
        entry.used |= set(optional)
        yield LexiconEntry(entry.text("word"), entry.text("locale"), **optional)
        entry.done()
