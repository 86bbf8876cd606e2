"""What somebody wants: the outcome of understanding."""

from dataclasses import dataclass, field
from typing import Literal

Wants = Literal[
    "topic", "option", "menu", "more", "human", "help", "stop", "start", "language-switch",
    "emergency", "despair", "key", "listen", "sources", "forget", "call-me", "yes", "no",
    "thanks", "unknown",
]  # fmt: skip
Does = Literal["answer", "ask", "menu"]


@dataclass(frozen=True)
class Meaning:
    """What somebody wants, and in which locale's words they said it.

    `target` is a topic id, a menu option's key, a locale, or a telephone key, as `wants` tells.
    With "listen" it is a topic id or a figure of the list sent last, if one was named.
    Two meanings are equal when they ask for the same, however sure we are and whatever decided.
    """

    wants: Wants
    target: str = ""
    locale: str = ""
    does: Does = "answer"
    """answer: sure. ask: "did you mean", this meaning first, then `also`. menu: not understood."""
    also: tuple[tuple[Wants, str], ...] = field(default=(), compare=False)
    """The runners-up, wants and target, the likeliest first; with danger, a wish to stop."""
    sure: float = field(default=1.0, compare=False)
    """From 0 to 1: how clearly this meaning stands out from all others."""
    why: tuple[str, ...] = field(default=(), compare=False)
    """The words and rules that decided. What was most likely of all has none here: `explained`
    finds them, as hardly anybody asks."""

    @property
    def about(self) -> str:
        """The topic that was named with the key for a text, "" if none was."""
        named = (target for wants, target in self.also if wants == "topic")
        return next(named, "") if self.wants == "key" else ""

    @property
    def agrees(self) -> bool:
        """Whether words that stand for a key are a yes as well: "text it to me"."""
        return self.wants == "key" and ("yes", "") in self.also

    @property
    def word(self) -> str:
        """The one word that said this, courtesies aside; "" if it took more than one.

        Some words are said in every language: STOP tells little of somebody's own.
        """
        said = " ".join(self.why)
        return "" if " " in said else said

    @property
    def stops_too(self) -> bool:
        """Whether danger came with a wish to get no more texts."""
        return self.wants in ("emergency", "despair") and STOP in self.also


STOP: tuple[Wants, str] = ("stop", "")
"""A wish to stop, as a runner-up."""

UNKNOWN = Meaning("unknown", does="menu", sure=0.0)
