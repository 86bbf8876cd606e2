"""A scripts folder or the texts of its files -> a frozen Script, or one ScriptError."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from voice.script.content import Script
from voice.script.line import read_line
from voice.script.menu import in_menu_order, read_menu
from voice.script.prompts import read_prompts
from voice.script.table import Defect, Table, no_file
from voice.script.topics import read_topics
from voice.script.wordlists import read_lexicon, read_word_lists

NEEDED = ("line.toml", "menu.toml", "prompts.toml", "words.toml", "sources.toml")
"""The files no script can do without."""


class ScriptError(ValueError):
    """The scripts folder cannot be loaded; `defects` lists everything that is wrong.

    `script` is what could be read all the same, for a check of the rest; None if too little was.
    """

    def __init__(self, defects: tuple[Defect, ...], script: Script | None = None) -> None:
        self.defects = defects
        self.script = script
        lines = [f"{d.file}: {d.where}: {d.message} {d.fix}" for d in defects]
        super().__init__("\n".join(lines))


def load(folder: Path) -> Script:
    """Load and freeze a scripts folder.

    Raises ScriptError with every defect of every file, sorted by file and place.
    """
    return parse(read_files(folder))


def read_files(folder: Path) -> dict[str, str]:
    """Return the text of every TOML file below `folder`, by its path there.

    Bytes that are not UTF-8 are kept as lone surrogates, for `parse` to complain about.
    """
    paths = sorted(folder.rglob("*.toml"))
    # Some editors put a byte order mark first: utf-8-sig takes it off.
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8-sig", "surrogateescape")
        for path in paths
    }


def parse(files: Mapping[str, str]) -> Script:
    """Build a Script from the texts of its files. Raises ScriptError like `load`."""
    defects: list[Defect] = []
    tables = {name: _toml(name, text, defects) for name, text in files.items()}
    for name in NEEDED:
        if name not in files:
            defects.append(Defect(name, "file", "The file is missing.", "Put it back."))
    unread = {defect.file for defect in defects}
    if unread.intersection(NEEDED):
        raise ScriptError(tuple(sorted(defects, key=_order)))
    read = {name: table for name, table in tables.items() if name not in unread}
    script = _build(files, read, defects)
    if defects:
        known = [defect for defect in defects if not _follows(defect, unread)]
        raise ScriptError(tuple(sorted(known, key=_order)), _reachable(script))
    return script


def _follows(defect: Defect, unread: set[str]) -> bool:
    """Say whether a defect only repeats that a topic's file could not be read."""
    return any(defect.message == no_file(name) for name in unread)


def _reachable(script: Script) -> Script:
    """Leave out of the menu what could not be read, so that the rest can be checked."""
    options = (
        replace(option, topics=tuple(topic for topic in option.topics if topic in script.topics))
        for option in script.options
    )
    return replace(script, options=tuple(option for option in options if option.topics))


def _order(defect: Defect) -> tuple[str, str, str]:
    return defect.file, defect.where, defect.message


def _toml(name: str, text: str, defects: list[Defect]) -> dict[str, Any]:
    stray = re.search("[\ud800-\udfff]", text)
    if stray:
        where = f"line {text.count(chr(10), 0, stray.start()) + 1}"
        fix = 'Save the file as "UTF-8" in your editor.'
        defects.append(Defect(name, where, "The file is not UTF-8 text.", fix))
        return {}
    try:
        return _table_of(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line \d+", str(error))
        defects.append(
            Defect(
                name,
                place.group() if place else "file",
                f"The file cannot be read: {error}.",
                "Look for a missing quotation mark or bracket on this line or the one before.",
            )
        )
        return {}


@lru_cache(maxsize=64)
def _table_of(text: str) -> dict[str, Any]:
    """Read a file's text. Nobody may change the result: the same text gives the same table."""
    return tomllib.loads(text)


def _build(files: Mapping[str, str], tables: dict[str, Any], defects: list[Defect]) -> Script:
    def table(name: str) -> Table:
        return Table(tables.get(name, {}), name, "", defects)

    line = read_line(table("line.toml"))
    topics = dict(read_topics(tables, line.locales, defects))
    options, keys = read_menu(table("menu.toml"), line.locales, topics)
    prompts = table("prompts.toml")
    words = table("words.toml")
    return Script(
        line=line,
        options=options,
        keys=keys,
        prompts={locale: read_prompts(prompts.table(locale)) for locale in line.locales},
        topics=in_menu_order(options, topics),
        words={locale: read_word_lists(words.table(locale)) for locale in line.locales},
        lexicon=tuple(read_lexicon(table("lexicon.toml"))),
        sources=tables["sources.toml"],
        plain=tables.get("plain.toml", {}),
        pages=tables.get("pages.toml", {}),
        files=dict(files),
    )
