"""Where a key leads: the keys that mean the same everywhere, then the choices of a place."""

from voice import lists
from voice.dialog import moves
from voice.dialog.numbers import national
from voice.dialog.state import TEXT_OUTCOMES, Event, State, at, resumed
from voice.dialog.tries import no_match, tried
from voice.script import Pace, Script

PAUSED = ("language", "opening", "welcome", "main", "menu", "topic", "after")
"""Places where a caller can pause; anywhere else the pause key repeats what was said."""
YES, NO = "1", "2"
NOBODY = ("closed", "busy", "no-answer", "failed")
"""Places where a person could not be reached, and a call-back is offered."""
TIMES = {"1": "morning", "2": "afternoon", "3": "any"}
"""The keys for the best time to call back."""


def key(script: Script, state: State, event: Event) -> State:
    """Return the state a key leads to."""
    if state.kind == "callback-number" and event.kind == "key" and not _alone(script, event.value):
        return _number(script, state, event)
    meanings = {pressed: meaning for meaning, pressed in script.keys.items()}
    meaning = meanings.get(event.value)
    if meaning == "text":
        return _text(script, state, event)
    return _fixed(script, state, event, meaning) or choice(script, state, event)


def _alone(script: Script, digits: str) -> bool:
    """Say whether these keys are just the one for a person or for going back, not a number."""
    return digits in (script.keys["person"], script.keys["back"])


def _fixed(script: Script, state: State, event: Event, meaning: str | None) -> State | None:
    """Return where a key that means the same everywhere leads, or None."""
    match meaning:
        case "person":
            return at(state, "transfer" if event.open else "closed")
        case "back":
            return at(state, moves.back(script, resumed(state.place)))
        case "skip" if state.place == "main":
            return _next_language(script, state)
        case "skip":
            return at(state, moves.skip(script, resumed(state.place)), _unsent(state))
        case "again":
            return at(state, moves.again(resumed(state.place)))
        case "slower":
            pace: Pace = "normal" if state.pace == "slow" else "slow"
            return at(state, resumed(state.place))._replace(pace=pace)
        case "pause":
            return _pause(state)
    return None


def _unsent(state: State) -> str:
    return "not_sent" if state.kind == "text" else ""


def _next_language(script: Script, state: State) -> State:
    """From the main menu, skip to it in the other language; if there are several, to the choice."""
    if len(script.locales) > 2:
        return at(state, "language")
    others = [locale for locale in script.locales if locale != state.locale]
    return at(state, "main")._replace(locale=(others or [state.locale])[0])


def _pause(state: State) -> State:
    if state.kind == "pause":
        return at(state, resumed(state.place))
    return at(state, f"pause.{state.place}" if state.kind in PAUSED else state.place)


def _text(script: Script, state: State, event: Event) -> State:
    """Return where "text me this" leads: to a question, or to why no text can be sent."""
    kind, _, rest = resumed(state.place).partition(".")
    match kind:
        case "topic" | "after":
            topic, bar = rest.split(".")[0], event.caller.text_bar
            return at(state, f"after.{topic}", bar) if bar else at(state, f"text.{topic}")
        case "text":
            return at(state, state.place)
        case "welcome" | "main" | "menu":
            place = "main" if kind == "welcome" else resumed(state.place)
            return at(state, place, "text_first")
    return choice(script, state, event)


def choice(script: Script, state: State, event: Event) -> State:
    """Return where a menu key leads; if it means nothing here, to the place that says so."""
    return _chosen(script, state, event) or no_match(state)


def _chosen(script: Script, state: State, event: Event) -> State | None:
    kind, _, rest = state.place.partition(".")
    if kind in ("offer", "offer-all", "apology"):
        return at(state, "main" if kind != "offer-all" else "language")
    if kind in ("text", "ring"):
        return _asked(state, event, kind, rest)
    if kind in NOBODY or kind.startswith("callback"):
        return _call_back(state, event)
    if kind == "offer-closed":
        return _call_back(state, event) or at(state, "main")
    if kind in moves.QUESTIONS_IN_ALL:
        locale = lists.offered(script, script.locales, lists.split(state.place)[1]).get(event.value)
        return State("welcome", locale, state.pace) if locale else None
    place = _opened(script, state.place, event.value)
    return at(state, place) if place else None


def _opened(script: Script, place: str, pressed: str) -> str:
    """Return the place a key of a menu opens, "" if it means nothing there."""
    if place in ("welcome", "main"):
        known = pressed in [option.key for option in script.options]
        return moves.opens(script, pressed) if known else ""
    topics = lists.topics_at(script, place)
    return f"topic.{topics[pressed]}.1" if pressed in topics else ""


def _asked(state: State, event: Event, kind: str, topic: str) -> State | None:
    """Return what follows the answer to "a text?", or to "is somebody there?"."""
    if kind == "ring":
        return at(state, f"topic.{topic}.1", "called")
    if event.value != YES:
        return at(state, f"after.{topic}", "not_sent") if event.value == NO else None
    outcome = event.caller.text_bar or event.outcome
    return at(state, f"after.{topic}", outcome if outcome in TEXT_OUTCOMES else "failed")


# Call-backs --------------------------------------------------------------------------------------


def _call_back(state: State, event: Event) -> State | None:
    """Return the next step towards a call-back, or None if the key means nothing there."""
    match state.place, event.value:
        case ("closed" | "busy" | "no-answer" | "failed" | "offer-closed", "1"):
            return at(state, "callback" if event.caller.number else "callback-number")
        case ("callback", "1") if event.caller.number:
            return _kept(state, event, "callback-time")
        case ("callback", "1" | "2") | ("callback-check", "2"):
            return at(state, "callback-number")
        case ("callback-check", "1"):
            return at(state, "callback-time")
        case ("callback-time", pressed) if pressed in TIMES:
            return _kept(state, event, "callback-done")
    return None


def _kept(state: State, event: Event, place: str) -> State:
    """Return `place` if the deed was done, otherwise what the caller can do instead."""
    return at(state, place) if event.outcome == "kept" else at(state, "main", "callback_failed")


def _number(script: Script, state: State, event: Event) -> State:
    """Return what follows the digits of a number; a star among them starts over."""
    if not (event.value.isascii() and event.value.isdigit()):
        return at(state, state.place)
    if not national(script, event.value) or event.outcome == "wrong":
        return tried(state, "number_wrong")
    return _kept(state, event, "callback-check")
