"""What a call is made of: where it is, what comes in, what has to be done, what goes out."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from voice.script import Pace, Script, Utterance
from voice.understand import UNKNOWN, Meaning

TextBar = Literal["", "withheld", "landline", "country"]
TEXT_OUTCOMES = ("sent", "withheld", "landline", "country", "opted-out", "failed")
"""How the sending of a text may go."""
DeedKind = Literal["text", "stop", "forget", "number", "call-back"]


class State(NamedTuple):
    """Where a call is. Its address holds all of it but `notice`.

    A release tries a hundred thousand, and each request looks one up: a tuple is made, compared and
    looked up in less than half the time of a dataclass.
    """

    place: str
    locale: str
    pace: Pace
    tries: str = "0"
    """How often in a row nothing, or nothing fitting, was pressed or said here: "0" to "3"."""
    notice: str = ""
    """What is said before the place speaks: why nothing was understood, how a deed went."""

    @property
    def kind(self) -> str:
        """The first word of the place: "topic" of "topic.risks.1"."""
        return self.place.partition(".")[0]


@dataclass(frozen=True)
class Caller:
    """What is known of the caller's number."""

    number: str = ""
    """E.164, "" if nobody can be called back at it."""
    text_bar: TextBar = "withheld"
    """Why no text may be sent to it, "" if one may."""


@dataclass(frozen=True)
class Event:
    """What came in: a key, words with their meaning, silence, how a call to somebody went."""

    kind: Literal["key", "speech", "silence", "dialed", "answered"]
    value: str = ""
    """The key, at `callback-number` all digits; how a transfer ended; who answered our call."""
    meaning: Meaning = UNKNOWN
    open: bool = True
    """Whether a person can answer at this moment."""
    caller: Caller = Caller()
    outcome: str = ""
    """How the deed this event asks for went; "" counts as failed."""


@dataclass(frozen=True)
class Deed:
    """What must be done outside before the call goes on, and what it is about.

    text: send the topic `value` · stop, forget: as wished · number: keep the digits `value` to
    call back, "" the caller's own · call-back: ask for it, `value` the best time.
    """

    kind: DeedKind
    value: str = ""


@dataclass(frozen=True)
class Ask:
    """What a reply waits for after its clips: `wait` seconds; words too where `speech` is true."""

    wait: int
    speech: bool
    digits: int = 1
    """How many keys make an answer, at most; more than one may be ended with #."""


@dataclass(frozen=True)
class Reply:
    """What goes out: clips, then a question, a call to a person, the end, or on by itself."""

    says: tuple[Utterance, ...]
    ask: Ask | None = None
    dial: bool = False
    ends: bool = False
    parting: tuple[Utterance, ...] = ()
    """What is said where a question met silence: before the end, or before it waits once more."""
    patience: int = 1
    """Seconds a key is waited for after `parting`."""


def start(script: Script) -> State:
    """Return the state a new call begins in."""
    return State("opening", script.locales[0], "normal")


def welcome_back(script: Script, locale: str, pace: Pace, place: str = "") -> State:
    """Return the state the call of somebody we know begins in.

    `place` is the "topic.ID.N" their last call dropped in, "" where there is nothing to go on
    with; a topic or language that is gone is left out.
    """
    locale = locale if locale in script.locales else script.locales[0]
    if is_part(script, place):
        return State(f"pause.{place}", locale, pace, notice="continue")
    return State("main", locale, pace, notice="welcome_back")


def is_part(script: Script, place: str) -> bool:
    """Say whether a place is a part of a topic of this script."""
    kind, _, rest = place.partition(".")
    topic, _, part = rest.partition(".")
    known = kind == "topic" and topic in script.topics
    return known and part in {str(n) for n in range(1, parts_of(script, topic) + 1)}


def parts_of(script: Script, topic: str) -> int:
    """Return how many parts a topic has, the same in every language."""
    return len(script.topics[topic].wording[script.locales[0]].parts)


def at(state: State, place: str, notice: str = "") -> State:
    """Return `state` moved to a place, nothing tried there yet."""
    return State(place, state.locale, state.pace, notice=notice)


def apology(state: State) -> State:
    """Return where a call goes when something broke on our side."""
    return at(state, "apology")


def resumed(place: str) -> str:
    """Return the place a pause goes on with; any other place is itself."""
    return place.removeprefix("pause.")
