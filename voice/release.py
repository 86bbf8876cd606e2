"""A script made ready to serve: every state of a call as the bytes of its answer.

A release is immutable and numbered. Its replies depend on the state alone, so each is made when it
is first asked for; from then on a request only looks bytes up. Places that few ever reach, and a
caller's own number, which no release can know, make answers that are rendered every time.
"""

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from typing import Final

from voice import dialog, twiml
from voice.dialog import State
from voice.script import PACES, Script, Utterance
from voice.script.packed import Packed
from voice.twiml import ClipAddress
from voice.understand import Vocabulary, vocabulary

ADDRESS = re.compile(r"/voice/(\d{1,9})/([a-z0-9.-]{1,80})/([A-Za-z0-9-]{1,20})/([a-z]+)/([0-3])")

MOST_READY: Final = 2_000
"""How many answers to hold, 1.7 kB each: those that the first callers hear. Sixteen topics in two
languages have five thousand; another one is rendered in a fifth of a millisecond."""


@dataclass(frozen=True)
class Built:
    """A script with all that follows from its words; built.py keeps it for the next start.

    Nothing that is served asks for the texts of the script's files: they are packed.
    """

    script: Script
    vocabulary: Vocabulary = field(repr=False)
    states: tuple[State, ...] = field(repr=False)
    """Every state a call can reach."""
    says: tuple[Utterance, ...] = field(repr=False)
    """Everything a call can say."""


class Replies(Mapping[State, bytes]):
    """The answer of every state, made when it is asked for; as many as may be stay."""

    def __init__(self, states: Collection[State], render: Callable[[State], bytes]) -> None:
        self._states = states
        self._render = render
        self._ready: dict[State, bytes] = {}

    def __getitem__(self, state: State) -> bytes:
        ready = self._ready.get(state)
        if ready is None:
            if state not in self._states:
                raise KeyError(state)
            ready = self._render(state)
            if len(self._ready) < MOST_READY:
                self._ready[state] = ready
        return ready

    def __iter__(self) -> Iterator[State]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)


@dataclass(frozen=True)
class Release:
    """A numbered script with an answer for every state."""

    number: int
    script: Script
    vocabulary: Vocabulary
    replies: Mapping[State, bytes] = field(repr=False)
    places: Container[State] = field(repr=False)
    """Every state with an address of its own: without a notice."""
    unspoken: tuple[Utterance, ...] = field(repr=False)
    """Utterances without a clip: Twilio's own voice says them, and staff see them."""
    render: Callable[[State, str], bytes] = field(repr=False)
    """Renders a state that names a number."""

    def answer(self, state: State, number: str = "") -> bytes:
        """Return the document of a state; `number` is the one it names, E.164.

        Raises KeyError for a state no call of this release can reach.
        """
        if number and dialog.names_number(state):
            return self.render(state, number)
        return self.replies[state]


def build(script: Script) -> Built:
    """Work out what follows from a script's words: a second or two for sixteen topics."""
    states = dialog.states(script)
    known, says = vocabulary(script), tuple(_spoken(script, states))
    return Built(replace(script, files=Packed(script.files)), known, states, says)


def on_demand(script: Script, number: int, public_url: str, clip: ClipAddress) -> Release:
    """Make ready a script that few will hear: its states are worked out only when reached.

    What has no clip is not known then.
    """
    states = _Sayable(script)
    return _release(
        Built(script, vocabulary(script), (), ()), states, states, number, public_url, clip
    )


def ready(built: Built, number: int, public_url: str, clip: ClipAddress) -> Release:
    """Make ready what is built already, to be served under `public_url`.

    `clip` gives the absolute address of an utterance's clip, or None where it is missing.
    """
    states = dict.fromkeys(built.states).keys()
    # Alike but for their notice, four in five are one place: the copies would take as long to make
    # as all else here.
    found = {(one.place, one.locale, one.pace, one.tries) for one in built.states}
    places = frozenset(State(*one) for one in found)
    return _release(built, states, places, number, public_url, clip)


def _release(
    built: Built,
    states: Collection[State],
    places: Container[State],
    number: int,
    public_url: str,
    clip: ClipAddress,
) -> Release:
    script = built.script
    hints = cache(partial(hints_of, script))

    def render(state: State, spoken: str = "") -> bytes:
        reply = dialog.reply(script, state, spoken)
        own = f"{public_url}{address(number, state)}"
        expected = hints(state.locale, dialog.likely_words(script, state.locale, state.kind))
        return twiml.call(reply, _around(script, state, own, expected), clip)

    unspoken = tuple(one for one in built.says if clip(one) is None)
    replies = Replies(states, render)
    return Release(number, script, built.vocabulary, replies, places, unspoken, render)


class _Sayable(Collection[State]):
    """The states of a script, known one by one: those in which there is something to say."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def __contains__(self, state: object) -> bool:
        try:
            return isinstance(state, State) and bool(dialog.reply(self._script, state))
        except (LookupError, ValueError, StopIteration, RuntimeError, TypeError):
            return False

    @cached_property
    def _all(self) -> tuple[State, ...]:
        return dialog.states(self._script)

    def __iter__(self) -> Iterator[State]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _around(script: Script, state: State, own: str, hints: str) -> twiml.Surroundings:
    line = script.line
    return twiml.Surroundings(
        own, state.locale, hints, line.person.dialled, line.line_phone.dialled
    )


def address(number: int, state: State) -> str:
    """Return the path that holds a call's whole state but its notice."""
    return f"/voice/{number}/{state.place}/{state.locale}/{state.pace}/{state.tries}"


def state_of(release: Release, path: str) -> State | None:
    """Return the state a path names, or None if this release has no such state.

    A call that started on another release goes on at the same place where it still exists.
    """
    match = ADDRESS.fullmatch(path)
    if not match:
        return None
    _, place, locale, written, tries = match.groups()
    pace = next((pace for pace in PACES if pace == written), PACES[0])
    state = State(place, locale, pace, tries)
    return state if state in release.places else None


def hints_of(script: Script, locale: str, answers: tuple[str, ...] = ()) -> str:
    """Return the words a recogniser should expect: at most 500, each under 100 characters.

    They are the `answers` of a question of its own, or else the subjects; and what always counts.
    """
    words = list(answers)
    if not answers:
        words += [
            word for topic in script.topics.values() for word in topic.wording[locale].keywords
        ]
        words += [option.wording[locale].text_label for option in script.options]
    for group in ("person", "menu", "again", "back", "skip", "pause", "slower"):
        words += script.words[locale][group]
    words += [word for other in script.locales for word in script.words[other]["language"]]
    plain = dict.fromkeys(word.replace(",", " ") for word in words if len(word) < 100)
    return ",".join(list(plain)[:500])


def utterances(script: Script) -> dict[Utterance, State]:
    """Return everything a call can say, each with the first state that says it.

    Every digit is among them, first in a group and within one.
    """
    return _spoken(script, dialog.states(script))


def _spoken(script: Script, states: Iterable[State]) -> dict[Utterance, State]:
    found: dict[Utterance, State] = {}
    numbered: dict[tuple[str, str], State] = {}
    for state in states:
        reply = dialog.reply(script, state)
        for utterance in (*reply.says, *reply.parting):
            found.setdefault(utterance, state)
        if dialog.names_number(state):
            numbered[state.locale, state.pace] = state
    for state in numbered.values():
        for number in dialog.every_digit():
            for utterance in dialog.reply(script, state, number).says:
                found.setdefault(utterance, state)
    return found
