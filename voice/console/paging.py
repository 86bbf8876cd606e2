"""A long list, a page at a time: which page is asked for, and the addresses of those beside it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import request

MOST_PAGES = 10_000


@dataclass(frozen=True)
class Paging:
    """Page `number` of a list of `count` rows, `size` on each; both count from 1.

    `place` is the address of the list, "" where that is the page's own.
    """

    number: int
    size: int
    count: int
    place: str = ""

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.count // self.size))

    @property
    def skipped(self) -> int:
        """How many rows stand on the pages before."""
        return (self.number - 1) * self.size

    def link(self, number: int) -> str:
        """The address of another page of the same list."""
        path, _, query = (self.place or request.full_path).partition("?")
        return f"{path}?{urlencode(dict(parse_qsl(query)) | {'page': str(number)})}"


def asked_page(name: str = "page") -> int:
    """The page that the address or the form asks for, the first where it asks for none."""
    text = request.values.get(name, "")
    known = text.isascii() and text.isdigit() and len(text) < 6
    return min(max(int(text), 1), MOST_PAGES) if known else 1
