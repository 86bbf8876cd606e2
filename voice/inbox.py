"""The staff's inbox as plain lines: who waits, what was not understood, what did not arrive.

Numbers are opened only where a seal is given. Nothing else here tells who anybody is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from voice.outbound import fault
from voice.script import Script
from voice.seal import Seal, SealError
from voice.store import (
    CallBack,
    Failure,
    Store,
    Unmatched,
    failures,
    finish_call_back,
    unmatched,
    waiting_call_backs,
)
from voice.store.call_backs import Finished

SINCE: Final = timedelta(days=30)
"""How far back failures are shown."""

MOST_WORDS: Final = 50
"""Wordings shown at once; the commonest come first."""

_FINISHED: Final[dict[Finished, str]] = {
    "done": "Call-back {id} is done; its number is deleted.",
    "wrong": "Call-back {id} had a wrong number; it is deleted.",
    "tried": "Call-back {id} was tried; it waits on.",
}
_TIMES: Final = {"morning": "in the morning", "afternoon": "in the afternoon"}
_STATUSES: Final = {
    "busy": "The line was busy.",
    "no-answer": "Nobody answered.",
    "failed": "It could not be done; the log says why.",
    "undelivered": "The carrier did not deliver it, and gave no reason.",
    "unknown": "Twilio did not answer in time: it may or may not have gone out.",
}


class NotWaiting(LookupError):
    """There is no such call-back, or it waits no longer."""

    def __init__(self, id: int) -> None:
        super().__init__(f"No call-back {id} is waiting; somebody else may have done it.")


def finish(store: Store, id: int, state: Finished, at: datetime) -> str:
    """Say how ringing went, and what that did. "done" and "wrong" delete the number.

    Raises NotWaiting.
    """
    if finish_call_back(store, id, state, None, at):
        return _FINISHED[state].format(id=id)
    raise NotWaiting(id)


def lines(store: Store, script: Script, seal: Seal | None, now: datetime) -> Iterator[str]:
    """The whole inbox, a line for each thing. Times are the clinic's."""
    zone = ZoneInfo(script.line.hours.time_zone)
    yield from call_back_lines(waiting_call_backs(store), script, seal, zone)
    yield from unmatched_lines(unmatched(store, MOST_WORDS))
    yield from failure_lines(failures(store, now - SINCE), zone)


def call_back_lines(
    waiting: Iterable[CallBack], script: Script, seal: Seal | None, zone: tzinfo
) -> Iterator[str]:
    """Who waits to be called back, longest waiting first."""
    rows = tuple(waiting)
    yield f"Call-backs waiting: {len(rows)}"
    for row in rows:
        since = _written(row.asked_at, zone)
        details = [f"since {since}", row.locale, _topic(script, row.topic)]
        details.append(_TIMES.get(row.best_time, "any time"))
        details += ["tried"] if row.state == "tried" else []
        details += [_number(seal, row.sealed)] if seal else []
        yield f"  {row.id}: {', '.join(details)}"


def unmatched_lines(found: Iterable[Unmatched]) -> Iterator[str]:
    """What people said or wrote that was not understood, the commonest first."""
    rows = tuple(found)
    yield f"Words not understood: {len(rows)}" + (" or more" if len(rows) == MOST_WORDS else "")
    for row in rows:
        yield f"  {row.count} x {row.locale} {row.channel}: {row.words}"


def failure_lines(found: Iterable[Failure], zone: tzinfo) -> Iterator[str]:
    """What did not arrive, by reason."""
    rows = tuple(found)
    yield f"Not delivered in {SINCE.days} days: {sum(row.count for row in rows)}"
    for row in rows:
        last = _written(row.newest, zone)
        yield f"  {row.count} x {row.channel}: {reason(row.code)} Last {last}."


def reason(code: str) -> str:
    """Why a call or text failed, from Twilio's error code, or the word for what happened."""
    if code.isascii() and code.isdigit():
        return f"{fault(int(code)).reason} ({code})"
    return _STATUSES.get(code, f"Twilio says: {code}.")


def _topic(script: Script, topic: str) -> str:
    if topic in script.topics:
        return script.topics[topic].wording[script.locales[0]].title
    return "no topic"


def _number(seal: Seal, sealed: str) -> str:
    try:
        return seal.open(sealed)
    except SealError:
        return "its number was sealed with another SECRET_KEY"


def _written(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
