"""What a step of a call, or an answered text, is counted as. Pure.

Every step is counted by the place it leads to. Some are also counted as:

    call                  a call to the line begins
    chose                 it goes on in one language: just chosen, or known from before
    heard, finished       a topic begins; it was heard to its end without a key
    texted                a topic went out as a text
    again, slower, faster the caller asked for this where they are
    no_input, no_match    silence where a key was asked for; a key or words that fit nothing
"""

from collections.abc import Iterator

from voice.dialog import State
from voice.script import Script
from voice.understand import Wants

Counted = Iterator[tuple[str, str]]
"""Events, each with the topic it is about, "" for none."""

_IN_ALL = ("opening", "language", "offer-all", "goodbye-all")
"""Places of a call whose language is not known yet."""
_WITH_TOPIC = ("topic", "after", "text", "ring")


def of_call(script: Script, before: State | None, after: State, silent: bool) -> Counted:
    """Yield what a step of a call is counted as.

    `before` is None when the call begins; `silent` means that nothing was pressed or said.
    """
    topic = topic_of(after.place)
    if after.kind not in _IN_ALL and (before is None or before.kind in _IN_ALL):
        yield "chose", ""
    if before is None:
        yield "call", ""
        return
    event = _event(before, after, silent)
    if event:
        yield event, topic
    if _begins(before, after):
        yield "heard", topic
    if silent and before.place == _last_part(script, topic) and after.place == f"after.{topic}":
        yield "finished", topic
    if after.notice == "sent":
        yield "texted", topic


def of_text(before: str, after: str, wants: Wants | str, target: str) -> Counted:
    """Yield what a text is counted as; `before` and `after` are the places of its thread."""
    topic = target if wants == "topic" else ""
    yield wants, topic
    kind, _, rest = after.partition(".")
    if kind == "topic" and rest.endswith(".1") and (wants == "topic" or before != after):
        yield "texted", rest.removesuffix(".1")


def topic_of(place: str) -> str:
    """Return the topic of a place, "" where it has none."""
    kind, _, rest = place.removeprefix("pause.").partition(".")
    return rest.split(".")[0] if kind in _WITH_TOPIC else ""


def _event(before: State, after: State, silent: bool) -> str:
    if after.tries != "0":
        return after.notice or ("no_input" if silent else "no_match")
    if before.pace != after.pace:
        return "slower" if after.pace == "slow" else "faster"
    if before.place == after.place:
        return "" if silent else "again"
    heard_again = before.kind == "after" and after.place == f"topic.{topic_of(before.place)}.1"
    return "again" if heard_again else after.kind


def _begins(before: State, after: State) -> bool:
    """Say whether a topic is heard from its start, and was not just heard."""
    topic = topic_of(after.place)
    known = before.kind in ("topic", "after", "pause") and topic_of(before.place) == topic
    return after.place == f"topic.{topic}.1" and not known


def _last_part(script: Script, topic: str) -> str:
    """Return the place of a topic's last part, "" for no topic."""
    known = script.topics.get(topic)
    return f"topic.{topic}.{len(known.wording[script.locales[0]].parts)}" if known else ""
