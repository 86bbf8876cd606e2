"""What is said in a state, and what it waits for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voice import lists
from voice.dialog.notices import GREETINGS, TRIES, notice_prompt, noticed
from voice.dialog.numbers import most_digits
from voice.dialog.pieces import (
    LEAD_AFTER_KEY,
    LEAD_FIRST,
    Piece,
    Said,
    everywhere,
    number_said,
    options,
    prompt,
    prompts,
    topic_parts,
    topic_title,
)
from voice.dialog.state import Ask, Reply, State, at
from voice.dialog.tries import ENDS
from voice.script import Script, Utterance

WAITS = {"0": 10, "1": 12, "2": 15, "3": 25}
"""Seconds a question waits, by tries: long and growing, the last one a warning (rules 49, 50)."""
PAUSE_WAIT = 120
"""Seconds a paused call waits before it asks, and again before it offers a person."""
NAMES_NUMBER = ("text", "callback", "callback-check", "callback-done")
"""Places that say the caller's own number."""


def names_number(state: State) -> bool:
    """Say whether a number is spoken in this state, for which no clip can be made beforehand."""
    return state.kind in NAMES_NUMBER


def numberless(state: State) -> State:
    """Return where a call goes instead of a state whose number is not known."""
    match state.kind:
        case "text":
            return at(state, f"after.{state.place.partition('.')[2]}", "withheld")
        case "callback":
            return at(state, "callback-number")
    return at(state, "main", "callback_failed")


def reply(script: Script, state: State, number: str = "") -> Reply:
    """Return what is said in `state`, and what it waits for.

    `number` is the one spoken where a place names a number: E.164, "" where none is known.
    """
    says = tuple(_utterances(state, _said(script, state, number)))
    match state.kind:
        case "transfer":
            return Reply(says, dial=True)
        case kind if kind in ENDS:
            return Reply(says, ends=True)
        case "topic":
            return Reply(says)
        case "ring":
            parting = tuple(_utterances(state, prompts(script, state.locale, "voicemail")))
            return Reply(says, Ask(WAITS["0"], speech=True), ends=True, parting=parting)
        case "pause":
            return _pause(script, state, says)
        case "callback-number":
            return Reply(says, Ask(WAITS[state.tries], speech=True, digits=most_digits(script)))
    wait = WAITS["3" if state.kind.startswith("offer") else state.tries]
    return Reply(says, ask=Ask(wait, speech=True))


def _pause(script: Script, state: State, says: tuple[Utterance, ...]) -> Reply:
    """Wait long, ask, and wait as long once more; both have one address."""
    still = state._replace(notice="")
    asks = tuple(_utterances(still, prompts(script, state.locale, "still_paused")))
    begins = state.notice == "continue"
    ask = Ask(WAITS["0"] if begins else PAUSE_WAIT, speech=begins)
    return Reply(says, ask, parting=asks, patience=PAUSE_WAIT)


def _utterances(state: State, said: Iterable[Piece]) -> Iterator[Utterance]:
    """Give each piece the silence before it: longer where it answers a key."""
    unasked = state.kind in ("opening", "ring", "voicemail") or state.notice in GREETINGS
    lead = LEAD_FIRST if unasked else LEAD_AFTER_KEY
    for piece in said:
        yield Utterance(piece.words, piece.locale, state.pace, piece.lead or lead)
        lead = LEAD_FIRST


def _said(script: Script, state: State, number: str) -> Said:
    yield from noticed(script, state)
    kind, _, rest = state.place.partition(".")
    match kind:
        case "opening" | "language":
            yield from _opening(script, state)
        case "offer-all" | "goodbye-all":
            yield from everywhere(script, kind.removesuffix("-all"))
        case "welcome" | "main" | "menu":
            yield from _menu(script, state, kind)
        case "topic":
            yield from _topic(script, state, *rest.split("."))
        case _ if kind in NAMES_NUMBER:
            yield from _number(script, state, number)
        case "callback-time":
            yield from prompts(script, state.locale, "callback_time")
            yield _choices(script, state)
        case _:
            yield from prompts(script, state.locale, *_plain_prompts(state))


NUMBER_PROMPTS = {
    "text": ("text_offer", "text_rates"),
    "callback": ("callback", ""),
    "callback-check": ("callback_check", ""),
    "callback-done": ("callback_done", "callback_end"),
}
"""The prompts before and after a number."""
RIGHT = ("number_right", "number_other")
CHOICES = {
    "text": ("text_yes", "text_no"),
    "callback": RIGHT,
    "callback-check": RIGHT,
    "callback-time": ("callback_morning", "callback_afternoon", "callback_any"),
}
"""The choices of places that are not menus, at the keys from 1."""


def _number(script: Script, state: State, number: str) -> Said:
    before, after = NUMBER_PROMPTS[state.kind]
    yield from prompts(script, state.locale, before)
    yield from number_said(script, state.locale, number)
    if after:
        yield from prompts(script, state.locale, after)
    if state.kind in CHOICES:
        yield _choices(script, state)


def _choices(script: Script, state: State) -> Piece:
    labels = [prompt(script, state.locale, name) for name in CHOICES[state.kind]]
    return options(script, state.locale, dict(zip("123", labels, strict=False)))


def _plain_prompts(state: State) -> tuple[str, ...]:
    """Return the prompts of places that say the same however they were reached."""
    first = state.tries == "0"
    unreached = ("call_me_back:1", "transfer_again")
    said = {
        "after": ("after_topic" if first and not state.notice else "after_topic_again",),
        "pause": ("continue_keys" if state.notice == "continue" else "paused",),
        "offer": ("offer",),
        "offer-closed": ("offer_closed:1",),
        "goodbye": ("goodbye",),
        "ended": ("goodbye_short",),
        "transfer": ("transfer",),
        "busy": (*(("transfer_busy",) if first else ()), *unreached),
        "no-answer": (*(("transfer_no_answer",) if first else ()), *unreached),
        "failed": (*(("transfer_failed",) if first else ()), *unreached),
        "closed": ("after_hours", "call_me_back:1", "to_main_menu"),
        "callback-number": ("callback_number:#",),
        "emergency": ("emergency_now",),
        "crisis": ("crisis",),
        "apology": ("apology",),
        "ring": ("ring_unclear:1",),
        "voicemail": ("voicemail",),
    }
    return said[state.kind]


def _opening(script: Script, state: State) -> Said:
    if state.place == "opening":
        yield from everywhere(script, "emergency")
    page = lists.split(state.place)[1]
    here = {one: key for key, one in lists.offered(script, script.locales, page).items()}
    for locale in sorted(script.locales, key=lambda one: one not in here):
        if state.notice in TRIES:
            yield from prompts(script, locale, notice_prompt(state))
        yield from prompts(script, locale, f"language:{here.get(locale, script.keys['skip'])}")


def _menu(script: Script, state: State, kind: str) -> Said:
    locale = state.locale
    if kind != "menu":
        yield from _main(script, state, kind)
        return
    if state.tries == "0":
        key = state.place.split(".")[1]
        named = next(option for option in script.options if option.key == key)
        yield Piece(locale, f"{named.wording[locale].text_label}.")
    yield _subjects(script, locale, state.place)


def _subjects(script: Script, locale: str, place: str) -> Piece:
    """Return a page of a menu's subjects, and how to hear the others, if there are any."""
    listed = lists.topics_at(script, place).items()
    labels = {key: script.topics[topic].wording[locale].menu_label for key, topic in listed}
    said = options(script, locale, labels)
    if not lists.next_topics(script, place):
        return said
    return replace(said, words=f"{said.words} {prompt(script, locale, 'more_choices')}")


def _main(script: Script, state: State, kind: str) -> Said:
    """The main menu: who we are on the first visit; the other languages on later ones."""
    locale = state.locale
    welcome = kind == "welcome"
    if state.tries == "0":
        names = ("welcome", "disclaimer") if welcome else ("main_menu",)
        yield from prompts(script, locale, *names, f"person:{script.keys['person']}")
    labels = {option.key: option.wording[locale].label for option in script.options}
    yield options(script, locale, labels)
    if welcome:
        yield from prompts(script, locale, "keys")
    else:
        for other in script.locales:
            if other != locale:
                yield from prompts(script, other, "other_language")


def _topic(script: Script, state: State, topic: str, part: str) -> Said:
    if part == "1" and state.tries == "0":
        yield topic_title(script, state, topic)
    words = topic_parts(script, topic, state.locale)[int(part) - 1]
    yield Piece(state.locale, words, LEAD_AFTER_KEY)
