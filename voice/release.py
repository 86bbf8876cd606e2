"""A script made ready to serve: every state of a call as the bytes of its answer.

A release is immutable and numbered. Its replies depend on the state alone, so they are made once,
when it is loaded; a request only looks bytes up. Only a caller's own number, which no release can
know, makes an answer that is rendered when it is asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from voice import dialog, twiml
from voice.dialog import State
from voice.script import PACES, Script, Utterance
from voice.understand import Vocabulary, vocabulary

ADDRESS = re.compile(r"/voice/(\d{1,9})/([a-z0-9.-]{1,80})/([A-Za-z0-9-]{1,20})/([a-z]+)/([0-3])")

ClipAddress = Callable[[Utterance], str | None]


@dataclass(frozen=True)
class Release:
    """A numbered script with every answer ready."""

    number: int
    script: Script
    vocabulary: Vocabulary
    replies: Mapping[State, bytes] = field(repr=False)
    places: frozenset[State] = field(repr=False)
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


def make_ready(script: Script, number: int, public_url: str, clip: ClipAddress) -> Release:
    """Render every reachable state of `script` to TwiML under `public_url`.

    `clip` gives the absolute address of an utterance's clip, or None where it is missing.
    """
    hints = {locale: hints_of(script, locale) for locale in script.locales}

    def document(state: State, reply: dialog.Reply) -> bytes:
        own = f"{public_url}{address(number, state)}"
        return twiml.call(reply, _around(script, state, own, hints[state.locale]), clip)

    said = _said(script)
    replies = {state: document(state, reply) for state, reply in said.items()}
    return Release(
        number,
        script,
        vocabulary(script),
        replies,
        places=frozenset(replace(state, notice="") for state in replies),
        unspoken=tuple(one for one in _spoken(script, said) if clip(one) is None),
        render=lambda state, spoken: document(state, dialog.reply(script, state, spoken)),
    )


def _around(script: Script, state: State, own: str, hints: str) -> twiml.Surroundings:
    line = script.line
    return twiml.Surroundings(
        own, state.locale, hints, line.person.dialled, line.line_phone.dialled
    )


def address(number: int, state: State) -> str:
    """Return the path that holds a call's whole state but its notice."""
    return f"/voice/{number}/{state.place}/{state.locale}/{state.pace}/{state.tries}"


def state_of(release: Release, path: str) -> State | None:
    """Return the state a path names, or None where this release knows no such state.

    A call that started on another release goes on at the same place where it still exists.
    """
    match = ADDRESS.fullmatch(path)
    if not match:
        return None
    _, place, locale, written, tries = match.groups()
    pace = next((pace for pace in PACES if pace == written), PACES[0])
    state = State(place, locale, pace, tries)
    return state if state in release.places else None


def hints_of(script: Script, locale: str) -> str:
    """Return the words a recogniser should expect: at most 500, each under 100 characters."""
    words = [word for topic in script.topics.values() for word in topic.wording[locale].keywords]
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
    return _spoken(script, _said(script))


def _said(script: Script) -> dict[State, dialog.Reply]:
    return {state: dialog.reply(script, state) for state in dialog.states(script)}


def _spoken(script: Script, said: Mapping[State, dialog.Reply]) -> dict[Utterance, State]:
    found: dict[Utterance, State] = {}
    for state, reply in said.items():
        for utterance in (*reply.says, *reply.parting):
            found.setdefault(utterance, state)
    for state in {(s.locale, s.pace): s for s in said if dialog.names_number(s)}.values():
        for number in dialog.every_digit():
            for utterance in dialog.reply(script, state, number).says:
                found.setdefault(utterance, state)
    return found
