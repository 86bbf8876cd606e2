"""Every state a call can reach, found by trying every event everywhere."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from voice.dialog.answers import BYE
from voice.dialog.moves import menu_with, opens
from voice.dialog.numbers import most_digits
from voice.dialog.path import deed, following
from voice.dialog.state import (
    TEXT_OUTCOMES,
    Caller,
    DeedKind,
    Event,
    State,
    apology,
    parts_of,
    start,
    welcome_back,
)
from voice.script import PACES, Script
from voice.understand import Meaning

KNOWN = Caller("+12025550100", "")
"""A caller who can be rung back and texted."""
WENT: Mapping[DeedKind, tuple[str, ...]] = {
    "text": TEXT_OUTCOMES,
    "number": ("kept", "wrong", "failed"),
    "call-back": ("kept", "failed"),
    "stop": ("kept", "failed"),
    "forget": ("kept", "failed"),
}
"""How a deed may go."""
Asking = tuple[Event, Mapping[DeedKind, tuple[Event, ...]]]


def states(script: Script) -> tuple[State, ...]:
    """Return every state a call can reach: breadth first from the start, then from elsewhere."""
    found: dict[State, None] = {}
    tried: set[State] = set()
    events, asking = tuple(_events(script)), tuple(_asking(script))
    for begin in _begins(script):
        queue = [] if begin in found else [begin]
        for state in queue:
            found.setdefault(state)
            address = State(state.place, state.locale, state.pace, state.tries)
            if address in tried:  # what follows depends on it alone
                continue
            tried.add(address)
            every = (*events, *_asked(script, address, asking))
            reached = [following(script, address, event) for event in every]
            queue += [after for after in (*reached, apology(address)) if after not in found]
    return tuple(found)


def _begins(script: Script) -> Iterator[State]:
    """Yield the states a call begins in: of a stranger, of somebody we know, or made by us.

    Words lead to any topic, those beyond the keys of a menu too.
    """
    yield start(script)
    for locale in script.locales:
        for pace in PACES:
            yield welcome_back(script, locale, pace)
            for place in _straight(script):
                yield State(place, locale, pace, notice="disclaimer")
            for topic in script.topics:
                yield State(f"ring.{topic}", locale, pace)
                for part in range(1, parts_of(script, topic) + 1):
                    yield State(f"topic.{topic}.{part}", locale, pace)
                    yield welcome_back(script, locale, pace, f"topic.{topic}.{part}")


def _straight(script: Script) -> Iterator[str]:
    """Yield the places words lead to before a language is chosen."""
    yield "main"
    for option in script.options:
        yield opens(script, option.key)
    for topic in script.topics:
        yield menu_with(script, topic)
        yield f"topic.{topic}.1"


def _events(script: Script) -> Iterator[Event]:
    yield from _pressed(script)
    yield Event("silence")
    yield Event("speech")
    for locale in script.locales:
        yield from _said(locale)
    for status in ("completed", "busy", "no-answer", "failed"):
        yield Event("dialed", status)
    for who in ("person", "machine", "unclear"):
        yield Event("answered", who)


def _pressed(script: Script) -> Iterator[Event]:
    for key in "0123456789*#":
        yield Event("key", key)
    yield Event("key", script.keys["person"], open=False)
    yield Event("key", script.keys["text"], caller=KNOWN)
    for bar in ("landline", "country"):
        yield Event("key", script.keys["text"], caller=Caller(text_bar=bar))


def _said(locale: str) -> Iterator[Event]:
    yield Event("speech", meaning=Meaning("emergency", locale=locale))
    yield Event("speech", meaning=Meaning("despair", locale=locale))
    yield Event("speech", meaning=Meaning("language-switch", locale, locale))
    yield Event("speech", meaning=Meaning("help", locale=locale))
    yield Event("speech", meaning=Meaning("thanks", locale=locale))
    yield Event("speech", meaning=Meaning("thanks", BYE, locale))


def _asking(script: Script) -> Iterator[Asking]:
    """Yield what may ask for a deed, and the same after each deed, however that went."""
    events = [Event("key", key, caller=KNOWN) for key in "123"]
    events.append(Event("key", "1" * most_digits(script)))
    for locale in script.locales:
        events.append(Event("speech", meaning=Meaning("stop", locale=locale)))
        events.append(Event("speech", meaning=Meaning("forget", locale=locale)))
    for event in events:
        done = {kind: tuple(replace(event, outcome=one) for one in WENT[kind]) for kind in WENT}
        yield event, done


def _asked(script: Script, state: State, asking: Iterable[Asking]) -> Iterator[Event]:
    """Yield what may ask for a deed, and where it does so here, the same after the deed."""
    for event, done in asking:
        yield event
        asked = deed(script, state, event)
        if asked:
            yield from done[asked.kind]
