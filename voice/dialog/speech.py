"""Where words lead: danger first, then a key said aloud, a wish, a subject of the script."""

from dataclasses import replace

from voice.dialog import keys, moves
from voice.dialog.state import Event, State, at
from voice.dialog.tries import ENDS, no_match, offered
from voice.script import Script
from voice.understand import Meaning, Wants

PLACES_MEANT = {"emergency": "emergency", "despair": "crisis", "menu": "main"}
ANSWERS = {
    "text": {"yes": keys.YES, "no": keys.NO},
    "callback": {"yes": keys.YES, "no": keys.NO},
    "callback-check": {"yes": keys.YES, "no": keys.NO},
    **{kind: {"yes": keys.YES} for kind in (*keys.NOBODY, "offer-closed")},
    "ring": {"yes": keys.YES},
}
"""The keys that "yes" and "no" stand for, where they answer the question of a place."""
GOES_ON: dict[Wants, str] = {"yes": "pause", "more": "pause", "no": "back"}
"""What answers "you were listening to this subject": on with it, or back to the choices."""
NO_CALL: dict[Wants, str] = {"no": "back"}
"""What answers the offer of a call-back where nobody is there."""
PICKED_UP: tuple[Wants, ...] = ("emergency", "despair", "yes", "key")
"""What only a person says when we call; to anything else, as to a machine, we say little."""
OFFERS = ("offer", "offer-all", "offer-closed")
THANKED = ("welcome", "main", "menu", "after", "pause", "callback-done", *keys.NOBODY)
"""Places at which somebody who thanks us may have heard enough."""
HELD = ("callback", "text", "emergency", "crisis")
"""Places nobody leaves for a subject that their words hardly name."""
NOTICES = {"stop": ("texts_stopped", "stop_failed"), "forget": ("forgotten", "forget_failed")}
"""The notices that say of a wish that it was carried out, or that it was not."""


def speech(script: Script, state: State, event: Event) -> State:
    """Return the state words lead to."""
    meaning = event.meaning
    state = _named(state, meaning)
    if state.kind == "ring" and meaning.wants not in PICKED_UP:
        return at(state, "voicemail")
    pressed = key_meant(script, state, meaning)
    if pressed:
        return keys.key(script, state, replace(event, value=pressed))
    heard = state._replace(locale=_locale(state, meaning))
    if meaning.wants in PLACES_MEANT:
        return at(heard, PLACES_MEANT[meaning.wants])
    if meaning.wants in NOTICES:
        done, failed = NOTICES[meaning.wants]
        return _told(heard, done if event.outcome == "kept" else failed)
    if meaning.wants == "thanks":
        return _parted(heard, meaning.target)
    return _subject(script, heard, meaning) or _unclear(script, state, event)


def _parted(state: State, bye: str) -> State:
    """Return what follows thanks and "goodbye": the offer of a person, and only then the end.

    Thanks at a question about something else are no answer to it.
    """
    if state.kind in OFFERS:
        return at(state, "goodbye-all" if state.kind == "offer-all" else "goodbye")
    return offered(state, "") if bye or state.kind in THANKED else no_match(state)


def _locale(state: State, meaning: Meaning) -> str:
    """Return the language a call goes on in: that of the words, but a mere "stop" changes none."""
    chosen = state.kind not in moves.QUESTIONS_IN_ALL
    kept = chosen and meaning.wants == "stop" and meaning.word
    return state.locale if kept else meaning.locale or state.locale


def _named(state: State, meaning: Meaning) -> State:
    """Go to the topic that somebody wants as a text, as if they had just heard it."""
    return at(state, f"after.{meaning.about}") if meaning.about else state


def key_meant(script: Script, state: State, meaning: Meaning) -> str:
    """Return the key that words stand for where they are said: "go back", "three", "yes"."""
    if meaning.agrees and state.kind == "text":
        return keys.YES
    if meaning.wants == "key":
        return meaning.target
    leads = GOES_ON if state.kind == "pause" else NO_CALL if state.kind in keys.NOBODY else {}
    if meaning.wants in leads:
        return script.keys[leads[meaning.wants]]
    if meaning.wants in ("yes", "no"):
        return ANSWERS.get(state.kind, {}).get(meaning.wants, "")
    named = {"human": "person", "more": "skip"}.get(meaning.wants)
    return script.keys[named] if named else ""


def _told(state: State, notice: str) -> State:
    """Return the question asked again, after a notice; during a clip nobody is listened to."""
    kind, _, rest = state.place.partition(".")
    if kind in ENDS or kind in ("transfer", "ring"):
        return at(state, state.place)
    if kind == "topic":
        return at(state, f"after.{rest.split('.')[0]}", notice)
    if notice == "forgotten" and kind in ("callback-check", "callback-time", "callback-done"):
        return at(state, "main", notice)  # the number it would name is gone
    place = {"opening": "language", "welcome": "main"}.get(state.place, state.place)
    return at(state, place, notice)


def _subject(script: Script, heard: State, meaning: Meaning) -> State | None:
    match meaning.wants:
        case "help":
            return _told(heard, "help")
        case "language-switch":
            return State(moves.translated(heard.place), meaning.target, heard.pace)
        case "topic" if meaning.does == "ask" and heard.kind.startswith(HELD):
            return None  # hardly a question of their own, and what is asked here would be lost
        case "topic" if meaning.does == "ask":
            # Nearly sure: read out the menu it stands in instead of guessing.
            menu = moves.menu_with(script, meaning.target)
            return at(heard, menu if menu != "main" else f"topic.{meaning.target}.1")
        case "topic":
            return at(heard, f"topic.{meaning.target}.1")
        case "option":
            return at(heard, moves.opens(script, meaning.target))
    return None


def _unclear(script: Script, state: State, event: Event) -> State:
    if state.place in ("offer", "offer-all", "offer-closed", "apology"):
        return keys.choice(script, state, event)
    return no_match(state)
