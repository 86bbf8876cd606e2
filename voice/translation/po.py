"""Translation sheets as PO: what Poedit, Weblate and other translators' programs read."""

import re
from collections.abc import Iterable
from typing import Final

import polib

from voice.translation.sheet import MOST_BYTES, MOST_ROWS, Entry, Refused, Row

_SEEN: Final = re.compile(r"^seen: (\S{1,40})$", re.MULTILINE)
_NO_FILE: Final = "#\n"
"""What a text begins with that is no file's name: the library would open the file."""


def write(entries: Iterable[Entry], locale: str) -> str:
    """Return the sheet of a locale."""
    made = polib.POFile(wrapwidth=100)
    made.metadata = {
        "Language": locale.replace("-", "_"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for one in entries:
        told = "\n".join(filter(None, (one.context, one.note, f"seen: {one.seen}")))
        entry = polib.POEntry(msgctxt=one.id, msgid=one.source, msgstr=one.text, comment=told)
        made.append(entry)
    return str(made)


def read(content: bytes) -> tuple[Row, ...]:
    """Return the rows of a sheet that somebody sent. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused("large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused("kind") from problem
    if "msgid" not in text or "\0" in text:
        raise Refused("kind")
    rows = tuple(map(_row, _entries(text)))
    if len(rows) > MOST_ROWS:
        raise Refused("large")
    if not any(row.id for row in rows):
        raise Refused("foreign")
    return rows


def _entries(text: str) -> list[polib.POEntry]:
    try:
        found = polib.pofile(_NO_FILE + text)
    except Exception as problem:  # the library tells broken files in many ways
        line = re.search(r"line (\d+)", str(problem))
        raise Refused("broken", line[1] if line else "") from problem
    return [one for one in found if not one.obsolete]


def _row(one: polib.POEntry) -> Row:
    seen = _SEEN.search(one.comment or "")
    return Row(one.msgctxt or "", one.msgid, one.msgstr, seen[1] if seen else "")
