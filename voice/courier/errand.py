"""What the line starts for somebody: an errand, and what became of it. Values only."""

from dataclasses import dataclass, field
from typing import Literal

TextOutcome = Literal["sent", "withheld", "landline", "country", "opted-out", "failed"]
CallOutcome = Literal["calling", "hours", "often", "cannot", "opted-out", "failed"]


@dataclass(frozen=True)
class Errand:
    """A text or a call as it would leave: kept to be shown, where it is only practice."""

    kind: Literal["text", "call"]
    to: str = field(repr=False)
    body: str = field(default="", repr=False)
    media: tuple[str, ...] = ()
    url: str = ""
