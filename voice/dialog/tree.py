"""Every state a call can reach, found by trying every event everywhere."""

from collections.abc import Iterator

from voice.dialog.moves import menu_with, opens
from voice.dialog.numbers import most_digits
from voice.dialog.path import following
from voice.dialog.state import (
    TEXT_OUTCOMES,
    Caller,
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


def states(script: Script) -> tuple[State, ...]:
    """Return every state a call can reach: breadth first from the start, then from elsewhere."""
    found: dict[State, None] = {}
    tried: set[State] = set()
    events = tuple(_events(script))
    for begin in _begins(script):
        queue = [] if begin in found else [begin]
        for state in queue:
            found.setdefault(state)
            address = State(state.place, state.locale, state.pace, state.tries)
            if address in tried:  # what follows depends on it alone
                continue
            tried.add(address)
            reached = [following(script, address, event) for event in events]
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
    for outcome in (*TEXT_OUTCOMES, "kept", "wrong"):
        for key in "123":
            yield Event("key", key, caller=KNOWN, outcome=outcome)
        yield Event("key", "1" * most_digits(script), outcome=outcome)


def _said(locale: str) -> Iterator[Event]:
    yield Event("speech", meaning=Meaning("emergency", locale=locale))
    yield Event("speech", meaning=Meaning("despair", locale=locale))
    yield Event("speech", meaning=Meaning("language-switch", locale, locale))
    yield Event("speech", meaning=Meaning("help", locale=locale))
    for outcome in ("kept", "failed"):
        yield Event("speech", meaning=Meaning("stop", locale=locale), outcome=outcome)
        yield Event("speech", meaning=Meaning("forget", locale=locale), outcome=outcome)
