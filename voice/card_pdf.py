"""The key card as PDF: one Letter page in large print, its letters inside the file.

It has a title, a language, bookmarks, and its words in the order they are read. The library cannot
tag it; the page it is downloaded from is the form that a screen reader reads best.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import reportlab
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from voice.card import Card, Key, Row

WIDTH, HEIGHT = LETTER
MARGIN: Final = 30.0
PLAIN, BOLD = "card-plain", "card-bold"
LARGEST: Final = 16.0
"""Points of the card's print, where all of it fits (rule 57); sixteen topics leave room for 14.5,
in which small letters are as high as Arial's at 15."""
SMALLEST: Final = 7.0


def pdf(card: Card) -> bytes:
    """Return the card as PDF: its print as large as lets all of it fit on one page."""
    _load_fonts()
    size = LARGEST
    while size > SMALLEST and _drawn(card, size, None) < MARGIN:
        size -= 0.25
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=LETTER, lang=card.locale, invariant=1)
    canvas.setTitle(card.title)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    _drawn(card, size, canvas)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


@lru_cache(maxsize=1)
def _load_fonts() -> None:
    """Vera comes with the library and has the letters of western Europe."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(PLAIN, str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "VeraBd.ttf")))


@dataclass
class _Page:
    """A page being filled from its top; with no canvas it only measures."""

    canvas: Canvas | None
    size: float
    y: float = HEIGHT - MARGIN

    def draw(self, what: Callable[[Canvas], object]) -> None:
        """Draw, if this is no measuring."""
        if self.canvas is not None:
            what(self.canvas)

    def write(self, text: str, font: str = PLAIN, scale: float = 1.0, gap: float = 0.45) -> None:
        """Write a paragraph over the whole width; `gap` is the space after it, in lines."""
        size = self.size * scale
        for line in wrapped(text, font, size, WIDTH - 2 * MARGIN):
            self.y -= size * 1.25
            self._line(MARGIN, line, font, size)
        self.y -= size * gap

    def put(self, x: float, y: float, text: str, font: str, scale: float = 1.0) -> None:
        """Write one line at a place."""
        self.draw(lambda canvas: canvas.setFont(font, self.size * scale))
        self.draw(lambda canvas: canvas.drawString(x, y, text))

    def mark(self, heading: str, level: int = 0) -> None:
        """Let a reader's list of bookmarks lead to what comes next."""
        top = self.y
        self.draw(lambda canvas: canvas.bookmarkHorizontalAbsolute(heading, top))
        self.draw(lambda canvas: canvas.addOutlineEntry(heading, heading, level))

    def _line(self, x: float, text: str, font: str, size: float) -> None:
        self.draw(lambda canvas: canvas.setFont(font, size))
        self.draw(lambda canvas: canvas.drawString(x, self.y, text))


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Return a text in lines no wider than `width` points."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and pdfmetrics.stringWidth(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _drawn(card: Card, size: float, canvas: Canvas | None) -> float:
    """Draw the card, or only measure it; where it ends, in points from the page's bottom."""
    page = _Page(canvas, size)
    page.mark(card.title)
    page.write(card.title, BOLD, 1.5)
    _boxed(page, card.emergency)
    for step in card.steps:
        page.write(step, BOLD, 1.15, 0.2)
    page.y -= size * 0.3
    page.mark(card.keys_title, 1)
    page.write(card.keys_title, BOLD, 1.1, 0.5)
    _keypad(page, card.keys)
    page.mark(card.rows_title, 1)
    page.write(card.rows_title, BOLD, 1.1, 0.2)
    _table(page, card.heads, card.rows)
    for note in card.notes:
        page.write(note, gap=0.25)
    return page.y


def _boxed(page: _Page, text: str) -> None:
    """Write what matters most into a thick frame."""
    height = page.size * 1.95
    page.y -= height
    page.draw(lambda canvas: canvas.setLineWidth(2.5))
    page.draw(lambda canvas: canvas.rect(MARGIN, page.y, WIDTH - 2 * MARGIN, height))
    page.put(MARGIN + page.size * 0.7, page.y + page.size * 0.5, text, BOLD, 1.3)
    page.y -= page.size * 0.5


# The keypad --------------------------------------------------------------------------------------


def _keypad(page: _Page, keys: tuple[Key, ...]) -> None:
    """Draw four rows of three keys, each with its sign and what it does."""
    gap = page.size * 0.3
    wide, high = (WIDTH - 2 * MARGIN - 2 * gap) / 3, page.size * 2.2
    for number, key in enumerate(keys):
        row, column = divmod(number, 3)
        x, y = MARGIN + column * (wide + gap), page.y - (row + 1) * high - row * gap
        _key(page, key, x, y, wide, high)
    page.y -= 4 * high + 3 * gap + page.size * 0.55


def _key(page: _Page, key: Key, x: float, y: float, wide: float, high: float) -> None:
    page.draw(lambda canvas: canvas.setLineWidth(1.2))
    page.draw(lambda canvas: canvas.roundRect(x, y, wide, high, page.size * 0.5))
    page.put(x + page.size * 0.6, y + high / 2 - page.size * 0.62, key.sign, BOLD, 1.75)
    left = page.size * 2.4
    lines = wrapped(key.does, PLAIN, page.size * 0.9, wide - left - page.size * 0.4)
    top = y + high / 2 + page.size * (0.55 * len(lines) - 0.88)
    for number, line in enumerate(lines):
        page.put(x + left, top - number * page.size * 1.1, line, PLAIN, 0.9)


# The topics --------------------------------------------------------------------------------------


def _table(page: _Page, heads: tuple[str, str, str], rows: Iterable[Row]) -> None:
    """Write the topics under one another; a thin line guides the eye along each."""
    every = [heads, *((row.title, row.path, row.keyword) for row in rows)]
    last = max(_width(page, row[2]) for row in every)
    middle = max(_width(page, row[1]) for row in every)
    right = WIDTH - MARGIN - last
    columns = (MARGIN, right - middle - page.size * 0.7, right)
    for number, row in enumerate(every):
        _row(page, row, columns, BOLD if number == 0 else PLAIN)
    page.y -= page.size * 0.4


def _row(
    page: _Page, row: tuple[str, str, str], columns: tuple[float, float, float], font: str
) -> None:
    lines = wrapped(row[0], font, page.size, columns[1] - columns[0] - page.size * 0.2)
    top = page.y
    for line in lines:
        page.y -= page.size * 1.24
        page.put(columns[0], page.y, line, font)
    for x, text in zip(columns[1:], row[1:], strict=True):
        page.put(x, top - page.size * 1.24, text, BOLD)
    page.draw(lambda canvas: canvas.setLineWidth(0.4))
    under = page.y - page.size * 0.26
    page.draw(lambda canvas: canvas.line(MARGIN, under, WIDTH - MARGIN, under))


def _width(page: _Page, text: str) -> float:
    return float(pdfmetrics.stringWidth(text, BOLD, page.size))
