"""A table of figures: on a page with a bar beside each row, and as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flask import Response

from voice.console.desk import times

Cell = str | int | date | datetime

_MARK: Final = "\ufeff"  # tells Excel that the letters are UTF-8
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Row:
    """What a row is about, its figures, and how long its bar is, of 100; None for no bar."""

    name: Cell
    cells: tuple[Cell, ...]
    bar: float | None = None


@dataclass(frozen=True)
class Sheet:
    """A table. `heads` has one entry for each column, the names' first."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def shown(cell: Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, datetime):
        return times().moment(cell)
    if isinstance(cell, date):
        return times().day(times().begins(cell))
    return str(cell)


def download(sheet: Sheet) -> Response:
    """A table as a CSV file."""
    rows = ((row.name, *row.cells) for row in sheet.rows)
    return as_csv(sheet.name, (sheet.heads, *rows))


def as_csv(name: str, rows: Iterable[Iterable[Cell]]) -> Response:
    """Rows as a CSV file of this name; nothing in it is a formula to any spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([safe(_plain(cell)) for cell in row])
    response = Response(_MARK + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def safe(cell: str) -> str:
    """A cell that is text to any spreadsheet."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return times().local(cell).isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
