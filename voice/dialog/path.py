"""Where the call goes: the state that follows an event, and what must be done before."""

from typing import cast

from voice.dialog.keys import TIMES, key
from voice.dialog.moves import onward
from voice.dialog.notices import IN_ALL
from voice.dialog.numbers import national
from voice.dialog.speech import NOTICES, key_meant, speech
from voice.dialog.state import Deed, DeedKind, Event, State, at, resumed
from voice.dialog.tries import ENDS, given_up, tried
from voice.script import Script

UNGREETED = (*IN_ALL, "emergency", "crisis", "apology")
"""Places a call may come to before its caller heard the disclaimer."""
OUTCOMES = {"completed": "ended", "answered": "ended", "busy": "busy", "no-answer": "no-answer"}


def following(script: Script, state: State, event: Event) -> State:
    """Return the state that follows `event`; the reply depends on that state alone."""
    if state.notice:
        state = state._replace(notice="")
    return _informed(state, _followed(script, state, event))


def _informed(before: State, after: State) -> State:
    """Let who asks for a subject before choosing a language hear the disclaimer, too (rule 98).

    All others hear it with the greeting. Danger, and what broke on our side, may come before that,
    and the address does not tell whether it did: who goes on from there hears it again.
    """
    asked = resumed(before.place).partition(".")[0]
    unheard = asked in UNGREETED and after.kind in ("main", "menu", "topic")
    return after._replace(notice=after.notice or "disclaimer") if unheard else after


def _followed(script: Script, state: State, event: Event) -> State:
    match event.kind:
        case "key":
            return key(script, state, event)
        case "speech":
            return speech(script, state, event)
        case "dialed":
            return at(state, OUTCOMES.get(event.value, "failed"))
        case "answered" if state.kind == "ring":
            return _answered(state, event.value)
    return _silence(script, state)


def _answered(state: State, who: str) -> State:
    """Return what somebody hears whom we called; an answering machine hears no subject."""
    match who:
        case "person":
            return at(state, f"topic.{state.place.partition('.')[2]}.1", "called")
        case "machine":
            return at(state, "voicemail")
    return at(state, state.place)


def _silence(script: Script, state: State) -> State:
    match state.kind:
        case "topic":
            return at(state, onward(script, state.place))
        case "text":
            return at(state, f"after.{state.place.partition('.')[2]}", "not_sent")
        case "offer" | "offer-closed" | "apology":
            return at(state, "goodbye")
        case "offer-all":
            return at(state, "goodbye-all")
        case "transfer":
            return at(state, "failed")
        case "pause":
            return given_up(state, "no_input")
        case kind if kind in ENDS or kind == "ring":
            return at(state, state.place)
    return tried(state, "no_input")


def deed(script: Script, state: State, event: Event) -> Deed | None:
    """Return what must be done before the call follows `event`, or None.

    Whoever does it sets the event's outcome: text: sent, withheld, landline, country, opted-out or
    failed · number: kept, wrong or failed · all others: kept or failed.
    """
    if event.kind == "speech" and event.meaning.wants in NOTICES:
        return Deed(cast("DeedKind", event.meaning.wants))
    if event.kind == "speech" and event.meaning.stops_too:
        return Deed("stop")
    if event.kind == "key" and state.kind == "callback-number":
        number = national(script, event.value)
        return Deed("number", number) if number else None
    if event.kind in ("key", "speech"):
        spoken = event.kind == "speech"
        pressed = key_meant(script, state, event.meaning) if spoken else event.value
        return _chosen(state, event, pressed)
    return None


def _chosen(state: State, event: Event, pressed: str) -> Deed | None:
    match state.kind, pressed:
        case ("text", "1") if not event.caller.text_bar:
            return Deed("text", state.place.partition(".")[2])
        case ("callback", "1") if event.caller.number:
            return Deed("number")
        case ("callback-time", pressed) if pressed in TIMES:
            return Deed("call-back", TIMES[pressed])
    return None
