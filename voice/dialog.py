"""The call as a conversation: step(script, state, event) -> (state, reply). Pure, no clock.

A call is always in one place. A place says something and then waits for a key or words, goes on by
itself, rings a person, or ends. Its whole state fits in an address, so any worker can take the
next key press, and a repeated request is harmless. Places:

    opening, language        the emergency sentence; which language?
    welcome, main, menu.K    the menus; K is the key of a main option
    topic.ID.N, after.ID     part N of a topic; what you can do next
    pause.PLACE              silence until the caller goes on with PLACE
    transfer                 a person's telephone rings; then busy, no-answer, failed or ended
    closed                   nobody is there: opening hours and the number
    emergency, crisis        hang up and dial
    offer, goodbye           after three tries; -all in every language when none is chosen yet
    apology                  something broke on our side
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from voice.script import Pace, Script, Utterance
from voice.understand import UNKNOWN, Meaning
from voice.words import fill, key_name

LEAD_FIRST = 150
"""Milliseconds of silence before a clip that follows another (rule 74)."""
LEAD_AFTER_KEY = 400
"""Milliseconds before a clip that answers a key: time to bring the phone back to the ear."""

WAITS = {"0": 10, "1": 12, "2": 15, "3": 25}
"""Seconds a question waits, by tries: long and growing, the last one a warning (rules 49, 50)."""
PAUSE_WAIT = 120
"""Seconds a paused call waits before it asks, and again before it offers a person."""

PLACES_MEANT = {"emergency": "emergency", "despair": "crisis", "menu": "main"}
QUESTIONS_IN_ALL = ("opening", "language")
COUNTED_APART = (
    "opening", "language", "welcome", "main", "menu", "topic", "after",
    "busy", "no-answer", "failed",
)  # fmt: skip
"""Places that answer silence and a wrong key with words of their own."""
OUTCOMES = {"completed": "ended", "answered": "ended", "busy": "busy", "no-answer": "no-answer"}


@dataclass(frozen=True)
class State:
    """Where a call is. `tries` is "0", or n (no_input) or m (no_match) and how often."""

    place: str
    locale: str
    pace: Pace
    tries: str = "0"


@dataclass(frozen=True)
class Event:
    """What came in: a key, words with their meaning, silence, or how a transfer ended."""

    kind: Literal["key", "speech", "silence", "dialed"]
    value: str = ""
    meaning: Meaning = UNKNOWN
    open: bool = True
    """Whether a person can answer at this moment."""


@dataclass(frozen=True)
class Ask:
    """What a reply waits for after its clips: `wait` seconds; words too where `speech` is true."""

    wait: int
    speech: bool


@dataclass(frozen=True)
class Reply:
    """What goes out: clips, then a question, a call to a person, the end, or on by itself."""

    says: tuple[Utterance, ...]
    ask: Ask | None = None
    dial: bool = False
    ends: bool = False


def start(script: Script) -> State:
    """Return the state a new call begins in."""
    return State("opening", script.locales[0], "normal")


def step(script: Script, state: State, event: Event) -> tuple[State, Reply]:
    """Take one event and say what follows."""
    after = following(script, state, event)
    return after, reply(script, after)


def apology(state: State) -> State:
    """Return where a call goes when something broke on our side."""
    return replace(state, place="apology", tries="0")


# Where the call goes -----------------------------------------------------------------------------


def following(script: Script, state: State, event: Event) -> State:
    """Return the state that follows `event`; the reply depends on that state alone."""
    if event.kind == "key":
        return _key(script, state, event)
    if event.kind == "speech":
        return _speech(script, state, event)
    if event.kind == "dialed":
        return _at(state, OUTCOMES.get(event.value, "failed"))
    return _silence(script, state)


def _at(state: State, place: str) -> State:
    return replace(state, place=place, tries="0")


def _key(script: Script, state: State, event: Event) -> State:
    meanings = {key: meaning for meaning, key in script.keys.items()}
    match meanings.get(event.value):
        case "person":
            return _at(state, "transfer" if event.open else "closed")
        case "back":
            return _at(state, _back(script, _resumed(state.place)))
        case "skip" if state.place in ("welcome", "main"):
            return _next_language(script, state)
        case "skip":
            return _at(state, _skip(script, _resumed(state.place)))
        case "again":
            return _at(state, _again(_resumed(state.place)))
        case "slower":
            pace: Pace = "normal" if state.pace == "slow" else "slow"
            return replace(_at(state, _resumed(state.place)), pace=pace)
        case "pause":
            return _pause(state)
    return _choice(script, state, event.value) or _no_match(script, state)


def _next_language(script: Script, state: State) -> State:
    """From the main menu, skip on to it in the other language; of several, to their choice."""
    if len(script.locales) > 2:
        return _at(state, "language")
    others = [locale for locale in script.locales if locale != state.locale]
    return replace(_at(state, "main"), locale=(others or [state.locale])[0])


def _again(place: str) -> str:
    """Return what is heard again: after a topic the topic itself, else what was just said."""
    kind, _, topic = place.partition(".")
    return f"topic.{topic}.1" if kind == "after" else place


def _resumed(place: str) -> str:
    return place.removeprefix("pause.")


def _pause(state: State) -> State:
    kind = state.place.split(".")[0]
    if kind == "pause":
        return _at(state, _resumed(state.place))
    if kind in ("language", "opening", "welcome", "main", "menu", "topic", "after"):
        return _at(state, f"pause.{state.place}")
    return _at(state, state.place)


def _choice(script: Script, state: State, key: str) -> State | None:
    """Return where a menu key leads, or None where it means nothing."""
    kind, _, rest = state.place.partition(".")
    if kind in ("offer", "offer-all", "apology"):
        return _at(state, "main" if kind != "offer-all" else "language")
    if kind in QUESTIONS_IN_ALL:
        offered = dict(zip("123456789", script.locales, strict=False))
        return State("welcome", offered[key], state.pace) if key in offered else None
    if kind in ("welcome", "main"):
        option = next((option for option in script.options if option.key == key), None)
        return _at(state, _opens(script, option.key)) if option else None
    if kind == "menu":
        topics = dict(zip("123456789", _topics(script, rest), strict=False))
        return _at(state, f"topic.{topics[key]}.1") if key in topics else None
    return None


def _topics(script: Script, key: str) -> tuple[str, ...]:
    return next((option.topics for option in script.options if option.key == key), ())


def _opens(script: Script, key: str) -> str:
    topics = _topics(script, key)
    return f"menu.{key}" if len(topics) > 1 else f"topic.{topics[0]}.1"


def _back(script: Script, place: str) -> str:
    """Return one level up; twice is always the main menu."""
    kind, _, rest = place.partition(".")
    if kind in ("topic", "after"):
        option = next(o for o in script.options if rest.split(".")[0] in o.topics)
        return f"menu.{option.key}" if len(option.topics) > 1 else "main"
    return "language" if kind in ("language", "opening", "offer-all", "goodbye-all") else "main"


def _skip(script: Script, place: str) -> str:
    kind, _, rest = place.partition(".")
    if kind == "topic":
        return _onward(script, place)
    if kind == "after":
        topics = tuple(script.topics)
        return f"topic.{topics[(topics.index(rest) + 1) % len(topics)]}.1"
    if kind in ("opening", "offer-all"):
        return "language"
    return place if kind in ("language", "menu") else "main"


def _onward(script: Script, place: str) -> str:
    """Return what follows a part of a topic when nobody presses a key."""
    _, topic, part = place.split(".")
    last = len(script.topics[topic].wording[script.locales[0]].spoken)
    return f"after.{topic}" if int(part) >= last else f"topic.{topic}.{int(part) + 1}"


def _speech(script: Script, state: State, event: Event) -> State:
    """Follow words: danger first, then a key said aloud, then a subject of the script."""
    meaning = event.meaning
    key = _key_meant(script, meaning)
    if key:
        return _key(script, state, replace(event, kind="key", value=key))
    heard = replace(state, locale=meaning.locale or state.locale)
    if meaning.wants in PLACES_MEANT:
        return _at(heard, PLACES_MEANT[meaning.wants])
    match meaning.wants:
        case "language-switch":
            return State(_translated(state.place), meaning.target, state.pace)
        case "topic" if meaning.does == "ask":
            # Nearly sure: read out the menu it stands in instead of guessing.
            option = next(o for o in script.options if meaning.target in o.topics)
            return _at(heard, _opens(script, option.key))
        case "topic":
            return _at(heard, f"topic.{meaning.target}.1")
        case "option":
            return _at(heard, _opens(script, meaning.target))
    if state.place in ("offer", "offer-all", "apology"):
        return _choice(script, state, "") or state
    return _no_match(script, state)


def _key_meant(script: Script, meaning: Meaning) -> str:
    """Return the key that words stand for: "go back", "three", "a person"."""
    if meaning.wants == "key":
        return meaning.target
    named = {"human": "person", "more": "skip"}.get(meaning.wants)
    return script.keys[named] if named else ""


def _translated(place: str) -> str:
    """Return where a caller goes on in the language they just asked for."""
    kind = _resumed(place).split(".")[0]
    if kind in ("menu", "topic", "after", "main"):
        return _resumed(place)
    return "welcome" if kind in QUESTIONS_IN_ALL else "main"


def _silence(script: Script, state: State) -> State:
    kind = state.place.split(".")[0]
    match kind:
        case "topic":
            return _at(state, _onward(script, state.place))
        case "offer" | "apology":
            return _at(state, "goodbye")
        case "offer-all":
            return _at(state, "goodbye-all")
        case "transfer":
            return _at(state, "failed")
        case "pause" if state.tries != "0" or not state.place.startswith("pause.topic."):
            return _given_up(state, "n")
        case "goodbye" | "goodbye-all" | "ended":
            return state
    return _tried(state, "n")


def _no_match(script: Script, state: State) -> State:
    if state.place.startswith("pause."):
        return _at(state, _resumed(state.place))
    return _tried(state, "m")


def _tried(state: State, how: Literal["n", "m"]) -> State:
    """Count one more try of a question; the third ends in the offer of a person (rule 52)."""
    tries = int(state.tries[-1]) + 1
    if tries >= 3:
        return _given_up(state, how)
    how = how if state.place.split(".")[0] in COUNTED_APART else "n"
    place = "language" if state.place == "opening" else state.place
    return replace(state, place="main" if place == "welcome" else place, tries=f"{how}{tries}")


def _given_up(state: State, how: Literal["n", "m"]) -> State:
    in_all = _resumed(state.place) in QUESTIONS_IN_ALL
    return replace(state, place="offer-all" if in_all else "offer", tries=f"{how}3")


# What is said there ------------------------------------------------------------------------------


def reply(script: Script, state: State) -> Reply:
    """Return what is said in `state`, and what it waits for."""
    says = tuple(_utterances(state, tuple(_said(script, state))))
    kind = state.place.split(".")[0]
    if kind == "transfer":
        return Reply(says, dial=True)
    if kind in ("goodbye", "goodbye-all", "ended"):
        return Reply(says, ends=True)
    if kind == "topic":
        return Reply(says)
    if kind == "pause":
        return Reply(says, ask=Ask(PAUSE_WAIT, speech=False))
    wait = WAITS["3" if kind.startswith("offer") else state.tries[-1]]
    return Reply(says, ask=Ask(wait, speech=True))


def _utterances(state: State, said: tuple[tuple[str, str], ...]) -> Iterator[Utterance]:
    """Give each piece its lead; a part of a topic has one lead wherever it stands, so one clip."""
    lead = LEAD_FIRST if state.place == "opening" else LEAD_AFTER_KEY
    for locale, words in said:
        yield Utterance(words, locale, state.pace, lead)
        if not state.place.startswith("topic."):
            lead = LEAD_FIRST


Said = Iterator[tuple[str, str]]
"""Pairs of locale and words, in the order they are said."""


def _said(script: Script, state: State) -> Said:
    kind, _, rest = state.place.partition(".")
    match kind:
        case "opening" | "language":
            yield from _opening(script, state)
        case "offer-all" | "goodbye-all":
            yield from _everywhere(script, kind.removesuffix("-all"))
        case "welcome" | "main" | "menu":
            yield from _menu(script, state, kind, rest)
        case "topic":
            yield from _topic(script, state, *rest.split("."))
        case "after":
            yield from _prompts(script, state, *_tried_prompt(state), "after_topic")
        case "pause":
            yield from _prompts(script, state, "paused" if state.tries == "0" else "still_paused")
        case _:
            yield from _prompts(script, state, *_plain_prompts(state))


def _plain_prompts(state: State) -> tuple[str, ...]:
    """Return the prompts of places that always say the same."""
    tried = _tried_prompt(state)
    said = {
        "offer": (*tried, "offer"),
        "goodbye": ("goodbye",),
        "ended": ("goodbye_short",),
        "transfer": ("transfer",),
        "busy": (*(tried or ("transfer_busy",)), "transfer_again"),
        "no-answer": (*(tried or ("transfer_no_answer",)), "transfer_again"),
        "failed": (*(tried or ("transfer_failed",)), "transfer_again"),
        "closed": ("after_hours",),
        "emergency": ("emergency_now",),
        "crisis": ("crisis",),
        "apology": ("apology",),
    }
    return said[state.place]


def _prompts(script: Script, state: State, *names: str) -> Said:
    for name in names:
        yield state.locale, prompt(script, state.locale, name)


def prompt(script: Script, locale: str, name: str, key: str = "", **more: str) -> str:
    """Return a call prompt of a locale, filled in; `key` is the telephone key it names."""
    named = {"key": key_name(script, locale, key)} if key else {}
    return fill(script, locale, "call", script.prompts[locale].call[name], **named, **more)


def _tried_prompt(state: State) -> tuple[str, ...]:
    if state.tries == "0":
        return ()
    how = "no_input" if state.tries.startswith("n") else "no_match"
    return (f"{how}_{state.tries[-1]}",)


def _opening(script: Script, state: State) -> Said:
    if state.place == "opening":
        yield from _everywhere(script, "emergency")
    for key, locale in enumerate(script.locales, 1):
        for name in _tried_prompt(state):
            yield locale, prompt(script, locale, name)
        yield locale, prompt(script, locale, "language", str(key))


def _everywhere(script: Script, name: str) -> Said:
    for locale in script.locales:
        yield locale, prompt(script, locale, name)


def _menu(script: Script, state: State, kind: str, rest: str) -> Said:
    locale = state.locale
    yield from _prompts(script, state, *_tried_prompt(state))
    if kind == "menu":
        if state.tries == "0":
            yield locale, f"{_option_wording(script, rest, locale)}."
        topics = zip("123456789", _topics(script, rest), strict=False)
        labels = {key: script.topics[topic].wording[locale].menu_label for key, topic in topics}
        yield locale, _options(script, locale, labels)
    else:
        yield from _main(script, state, kind)


def _main(script: Script, state: State, kind: str) -> Said:
    """The main menu: who we are on the first visit; the other languages on later ones."""
    locale = state.locale
    welcome = kind == "welcome"
    if state.tries == "0":
        yield from _prompts(
            script, state, *(("welcome", "disclaimer") if welcome else ("main_menu",))
        )
        yield locale, prompt(script, locale, "person", script.keys["person"])
    yield locale, _options(script, locale, {o.key: o.wording[locale].label for o in script.options})
    if welcome:
        yield from _prompts(script, state, "keys")
    else:
        for other in script.locales:
            if other != locale:
                yield other, prompt(script, other, "other_language")


def _option_wording(script: Script, key: str, locale: str) -> str:
    return next(o.wording[locale].text_label for o in script.options if o.key == key)


def _options(script: Script, locale: str, labels: Mapping[str, str]) -> str:
    """Return labels with their keys as one piece of speech."""
    said = [prompt(script, locale, "option", key, label=label) for key, label in labels.items()]
    return " ".join(said)


def _topic(script: Script, state: State, topic: str, part: str) -> Said:
    wording = script.topics[topic].wording[state.locale]
    if state.tries != "0":
        yield from _prompts(script, state, "no_match_topic")
    elif part == "1":
        yield state.locale, f"{wording.title}."
    yield state.locale, topic_parts(script, topic, state.locale)[int(part) - 1]


def topic_parts(script: Script, topic: str, locale: str) -> tuple[str, ...]:
    """Return the parts of a topic as they are spoken, placeholders filled in."""
    spoken = script.topics[topic].wording[locale].spoken
    return tuple(fill(script, locale, "call", part) for part in spoken)


# Every state -------------------------------------------------------------------------------------


def states(script: Script) -> tuple[State, ...]:
    """Return every state a call can reach, breadth first from the start."""
    begin = start(script)
    found = {begin: None}
    queue = [begin]
    for state in queue:
        for event in (*_events(script), None):
            after = following(script, state, event) if event else apology(state)
            if after not in found:
                found[after] = None
                queue.append(after)
    return tuple(found)


def _events(script: Script) -> Iterator[Event]:
    for key in "0123456789*#":
        yield Event("key", key)
    yield Event("key", script.keys["person"], open=False)
    yield Event("silence")
    yield Event("speech")
    for locale in script.locales:
        yield Event("speech", meaning=Meaning("emergency", locale=locale))
        yield Event("speech", meaning=Meaning("despair", locale=locale))
        yield Event("speech", meaning=Meaning("language-switch", locale, locale))
        for topic in script.topics:
            yield Event("speech", meaning=Meaning("topic", topic, locale))
    for status in ("completed", "busy", "no-answer", "failed"):
        yield Event("dialed", status)
