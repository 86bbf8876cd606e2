"""Translation sheets as XLSX: text and nothing else, whatever signs a cell begins with."""

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from voice.translation.sheet import MOST_BYTES, MOST_ROWS, Entry, Heads, Refused, Row

MOST_UNPACKED: Final = 10_000_000
"""Bytes of a sheet when it is unpacked: forty times the largest that goes out."""
MOST_PARTS: Final = 60
_COLUMNS: Final = ("id", "context", "source", "text", "note", "seen")
_WIDTHS: Final = (10, 28, 60, 60, 40, 10)
_HIDDEN: Final = ("A", "F")
_TEXT: Final = "@"
"""The number format of text: what is typed into such a cell later is no formula either."""


def write(entries: Iterable[Entry], locale: str, heads: Heads) -> bytes:
    """Return the sheet of a locale; where each row came from is in columns that are hidden."""
    # What makes spreadsheets takes memory that only a worker needs which makes one.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet: Any = book.active
    sheet.title = locale
    top = Alignment(vertical="top", wrap_text=True)
    for number, row in enumerate((heads, *entries), 1):
        for column, name in enumerate(_COLUMNS, 1):
            cell = sheet.cell(number, column)
            cell.value = getattr(row, name)
            # The library takes what begins with "=" for a formula, unless it is told otherwise.
            cell.data_type = "s"
            cell.number_format, cell.alignment, cell.quotePrefix = _TEXT, top, True
            if number == 1:
                cell.font = Font(bold=True)
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
        sheet.column_dimensions[letter].hidden = letter in _HIDDEN
    sheet.freeze_panes = "D2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def read(content: bytes) -> tuple[Row, ...]:
    """Return the rows of a sheet that somebody sent. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused("large")
    _look_at(content)
    try:
        rows = tuple(_rows(content))
    except Refused:
        raise
    except Exception as problem:  # the library tells broken files in many ways
        raise Refused("broken") from problem
    if not rows:
        raise Refused("foreign")
    return rows


def _look_at(content: bytes) -> None:
    """Refuse what would unpack to more than anybody can read, or has parts no sheet has."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            sizes = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or sizes > MOST_UNPACKED:
                raise Refused("large")
            if "[Content_Types].xml" not in packed.namelist():
                raise Refused("kind")
            for part in parts:
                _look_into(packed.read(part))
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as problem:
        raise Refused("broken") from problem


def _look_into(part: bytes) -> None:
    """Refuse XML that declares things of its own: they can be made to grow without end."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Refused("broken")


def _rows(content: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True)
        sheet = book.worksheets[0]
        wide = len(_COLUMNS)
        for number, cells in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=wide), 1):
            if number > MOST_ROWS + 1:
                raise Refused("large")
            for cell in cells:
                if cell.data_type == "f":
                    raise Refused("formula", f"{'ABCDEF'[cells.index(cell)]}{number}")
            if number > 1:
                yield from _row([_text(cell.value) for cell in cells])


def _row(cells: list[str]) -> Iterator[Row]:
    given = dict(zip(_COLUMNS, cells, strict=False))
    if given.get("id"):
        yield Row(
            given["id"], given.get("source", ""), given.get("text", ""), given.get("seen", "")
        )


def _text(value: object) -> str:
    """A cell as text; a number that somebody typed has no decimals it does not need."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
