"""What a translation sheet has on each row, and why one is refused."""

from dataclasses import dataclass
from typing import Final, Literal

MOST_BYTES: Final = 2_000_000
"""A sheet as it is sent; the largest that goes out has a tenth of it."""
MOST_ROWS: Final = 5_000

Reason = Literal["large", "kind", "broken", "formula", "foreign"]


class Refused(Exception):
    """A sheet cannot be taken; `reason` says why, `where` in which cell or line."""

    def __init__(self, reason: Reason, where: str = "") -> None:
        self.reason = reason
        self.where = where
        super().__init__(f"{reason} {where}".strip())


@dataclass(frozen=True)
class Entry:
    """A row that goes out. `id` names the field, `seen` says which words it showed."""

    id: str
    context: str
    source: str
    text: str
    note: str
    seen: str


@dataclass(frozen=True)
class Row:
    """A row that comes in; `seen` is "" where somebody's program took it away."""

    id: str
    source: str
    text: str
    seen: str


@dataclass(frozen=True)
class Heads:
    """What the columns are called, in the reader's language."""

    id: str
    context: str
    source: str
    text: str
    note: str
    seen: str
