"""What happens when nothing, or nothing that fits, was pressed or said (rules 49, 50 and 52)."""

from voice.dialog.moves import QUESTIONS_IN_ALL
from voice.dialog.state import State, at, resumed

MOST = 3
COUNTED_APART = (
    "opening", "language", "welcome", "main", "menu", "topic", "after", "text",
    "busy", "no-answer", "failed",
    "callback", "callback-number", "callback-check", "callback-time",
)  # fmt: skip
"""Places that answer silence and a wrong key with words of their own."""
ENDS = ("goodbye", "goodbye-all", "ended", "voicemail")


def no_match(state: State) -> State:
    """Return what follows a key or words that mean nothing here."""
    if state.kind == "pause":
        return at(state, resumed(state.place))
    if state.kind in ENDS or state.kind == "ring":
        return at(state, state.place)
    return tried(state, "number_wrong" if state.kind == "callback-number" else "no_match")


def tried(state: State, why: str) -> State:
    """Count one more try of a question; the third ends in the offer of a person (rule 52)."""
    tries = int(state.tries) + 1
    if tries >= MOST:
        return given_up(state, why)
    place = {"opening": "language", "welcome": "main"}.get(state.place, state.place)
    notice = why if state.kind in COUNTED_APART else ""
    return State(place, state.locale, state.pace, str(tries), notice)


def given_up(state: State, why: str) -> State:
    """Return the offer of a person after too many tries."""
    return offered(state, why if why == "no_input" else "no_match")


def offered(state: State, notice: str) -> State:
    """Return the offer of a person, in every language where none is chosen yet.

    Where a person was asked for and the clinic is closed, it is the offer of a call-back.
    """
    in_all = resumed(state.place).split(".")[0] in QUESTIONS_IN_ALL
    place = "offer-all" if in_all else "offer-closed" if state.kind == "closed" else "offer"
    return State(place, state.locale, state.pace, str(MOST), notice)
