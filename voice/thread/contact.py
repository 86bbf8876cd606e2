"""Who texts, what came in, and what goes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from voice.script import Pace
from voice.understand import Meaning

Wish = Literal["stop", "start", "help"]

CARRIER_WORDS: dict[str, Wish] = {
    **dict.fromkeys("stop stopall unsubscribe cancel end quit revoke optout".split(), "stop"),
    **dict.fromkeys("start yes unstop".split(), "start"),
    **dict.fromkeys("help info".split(), "help"),
}
"""Words Twilio answers itself on a long code, when they are the whole message, in any case
(revoke and optout since May 2025)."""


@dataclass(frozen=True)
class Text:
    """A text to send: its words, and the https addresses of what is sent with it."""

    body: str
    media: tuple[str, ...] = ()


Texts = tuple[Text, ...]


@dataclass(frozen=True)
class Contact:
    """What we keep about somebody who texts.

    `place` is main, menu.K or its page menu.K.N, topic.ID.N or ask.ID.ID; "" until they were told
    who writes, how often, what it costs and how to stop (rule 86).
    """

    locale: str = ""
    place: str = ""
    opted_out: bool = False
    pace: Pace = "normal"
    forgotten: bool = False
    """Whether all of this is to be deleted, except an opt-out."""

    @property
    def topic(self) -> str:
        """The topic they are in, "" if in none."""
        kind, _, rest = self.place.partition(".")
        return rest.partition(".")[0] if kind == "topic" else ""

    @property
    def asked(self) -> tuple[str, ...]:
        """The topics of the "did you mean" they were sent last, none if they were sent another."""
        kind, _, rest = self.place.partition(".")
        return tuple(rest.split(".")) if kind == "ask" else ()

    @property
    def part(self) -> int:
        """Which of the topic's texts they were sent last, from 1; 0 in no topic."""
        return int(self.place.rpartition(".")[2]) if self.topic else 0


@dataclass(frozen=True)
class Message:
    """A text that came in: what it means, and the carrier word it is, if it is one."""

    meaning: Meaning
    wish: Wish | None = None
    carrier_answers: bool = True
    """Whether Twilio answers carrier words itself, so that we stay silent."""
    outcome: str = ""
    """What became of a CALL ME: calling, hours, often, cannot or failed; or opted-out, where they
    said stop meanwhile, or to Twilio: nothing answers that."""


def no_sound(topic: str, locale: str, pace: Pace) -> str:
    """The stand-in if sounds cannot be sent: a link is sent instead."""
    del topic, locale, pace
    return ""


@dataclass(frozen=True)
class Around:
    """What the thread needs to know about the outside world to point to it.

    `sound` gives the https address of a topic's sound at a pace if it reaches this contact as
    media, else "".
    """

    public_url: str = ""
    sound: Callable[[str, str, Pace], str] = no_sound


def carrier_word(body: str) -> Wish | None:
    """Return the wish Twilio reads in `body`: a reserved word alone, in any case, among blanks."""
    return CARRIER_WORDS.get(body.strip(" \t\r\n").lower())
