"""Fields changed in the files: comments, layout and every other byte stay as they are."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from difflib import SequenceMatcher
from typing import Any, cast

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Array, Item, String, Table

from voice.draft.field import LISTS, Field, Value, checked
from voice.draft.fields import (
    LEXICON,
    TOPICS,
    Files,
    field_of,
    holder_of,
    key_of,
    read,
    table,
    value_of,
)

_Row = tuple[Field, Value]

_MULTILINE = '"""'


def apply(files: Files, changes: Mapping[str, Value]) -> dict[str, str]:
    """Return the files with these fields changed, by their ids.

    What is the same already is not touched. Raises NoSuchField and TooLong.
    """
    changed: dict[tuple[str, tuple[str, ...]], list[_Row]] = {}
    for name, value in changes.items():
        field = field_of(files, name)
        wanted = checked(field.kind, value)
        if wanted != read(files, field):
            changed.setdefault((field.file, field.path[:-1]), []).append((field, wanted))
    written = dict(files)
    for (file, _), rows in changed.items():
        written[file] = _rewritten(written[file], rows)
    return written


def sign(files: Files, topic: str, entries: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the files with a topic's sign-offs written in: by locale, by role.

    An entry that stands there already is not touched.
    """
    name = f"{TOPICS}{topic}.toml"
    document = tomlkit.parse(files[name])
    signed = document.setdefault("sign_offs", tomlkit.table(is_super_table=True))
    before = signed.unwrap()
    for locale, given in entries.items():
        held = signed.setdefault(locale, tomlkit.table())
        held.update({role: one for role, one in given.items() if held.get(role) != one})
    return {**files, name: tomlkit.dumps(document) if signed.unwrap() != before else files[name]}


def _rewritten(text: str, rows: list[_Row]) -> str:
    """Return a file with fields of one table changed; only that table is read, if it can be."""
    start, end = _section(text, rows[0][0])
    document = tomlkit.parse(text[start:end])
    for field, value in rows:
        _write(document, field, value)
    return f"{text[:start]}{tomlkit.dumps(document)}{text[end:]}"


def _section(text: str, field: Field) -> tuple[int, int]:
    """Return where the table that holds a field begins and ends; all of the file if in doubt."""
    name = ".".join(field.path[:-1])
    header = re.search(rf"^\[{re.escape(name)}\][ \t]*$", text, re.MULTILINE) if name else None
    if header is None:
        return 0, len(text)
    following = re.compile(r"^\[", re.MULTILINE).search(text, header.end())
    start, end = header.start(), following.start() if following else len(text)
    try:
        alone = holder_of(tomllib.loads(text[start:end]), field)
    except tomllib.TOMLDecodeError:
        return 0, len(text)  # what looked like a table begins inside a text or a list
    return (start, end) if alone == holder_of(table(text), field) else (0, len(text))


def _write(document: TOMLDocument, field: Field, value: Value) -> None:
    holder = _holder(document, field)
    key = key_of(field)
    if field.kind in LISTS:
        _write_list(holder, key, field, cast("tuple[str, ...]", value))
    elif field.file == LEXICON and not value:
        holder.pop(key, None)
    else:
        holder[key] = _item(field, str(value), holder.get(key))


def _holder(document: TOMLDocument, field: Field) -> Any:
    """Return the table a field stands in; a word the lexicon lacks gets one of its own."""
    found = holder_of(document, field)
    if found is None and field.file == LEXICON:
        _, locale, _, word = field.path
        rows = document.setdefault("word", tomlkit.aot())
        if rows:
            rows[-1].add(tomlkit.nl())
        rows.append(_entry(word, locale))
        return rows[-1]
    return found


def _entry(word: str, locale: str) -> Table:
    entry = tomlkit.table()
    entry.update({"word": word, "locale": locale})
    return entry


def _item(field: Field, value: str, before: Any = None) -> Item:
    """Return a value as it is written: a date bare, a text in the quotes it had."""
    if field.kind in ("date", "dates") and _is_date(value):
        return tomlkit.item(date.fromisoformat(value))
    quoted = before.as_string() if isinstance(before, String) else ""
    return tomlkit.string(value, multiline=quoted.startswith(_MULTILINE))


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _write_list(holder: Any, key: str, field: Field, wanted: tuple[str, ...]) -> None:
    array = holder.get(key)
    if field.kind in ("parts", "texts") or not isinstance(array, Array):
        holder[key] = _blocks(field, wanted)
        return
    before = cast("tuple[str, ...]", value_of(holder, field))
    if "\n" not in array.as_string():
        holder[key] = _row(field, wanted)
    elif len(before) == len(array):
        _mend(array, before, wanted, field)
    if value_of(holder, field) != wanted:
        holder[key] = _blocks(field, wanted)


def _mend(array: Array, before: tuple[str, ...], wanted: tuple[str, ...], field: Field) -> None:
    """Change a list item by item, from its end, so that lines and notes around them stay."""
    steps = SequenceMatcher(None, before, wanted, autojunk=False).get_opcodes()
    for step, start, end, first, last in reversed(steps):
        if step == "equal":
            continue
        new = [_item(field, value) for value in wanted[first:last]]
        shared = min(end - start, len(new))
        del array[start + shared : end]
        for at in range(shared):
            array[start + at] = new[at]
        for item in reversed(new[shared:]):
            array.insert(start + shared, item)


def _row(field: Field, values: tuple[str, ...]) -> Array:
    """Return a short list as it was: on one line."""
    return tomlkit.array(f"[{', '.join(_item(field, value).as_string() for value in values)}]")


def _blocks(field: Field, values: tuple[str, ...]) -> Array:
    """Return a list the way staff wrote them: each value on a line of its own."""
    indented = (value.replace("\n", "\n  ") for value in values)
    items = (
        tomlkit.string(value, multiline=True)
        if field.kind in ("parts", "texts")
        else _item(field, value)
        for value in indented
    )
    lines = "".join(f"  {item.as_string()},\n" for item in items)
    return tomlkit.array(f"[\n{lines}]" if lines else "[]")
