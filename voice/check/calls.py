"""The conversation walked state by state (rules 39, 44, 45, 47, 52, 53, 80, 92, 97 and 120)."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

from voice import dialog, lists
from voice.check.problem import Place, Problem, problem
from voice.dialog import Caller, Event, Reply, State
from voice.plain.finding import Finding
from voice.script import TELEPHONE_KEYS, Script
from voice.understand import Meaning

MENU = Place("menu.toml", where="option")
MOST_SILENCES = 12
"""Silences in a row after which a call must have come to its goodbye."""
PRESSES = 2
"""Key presses from the main menu to any subject (rule 39)."""
GREETINGS = ("welcome_back", "continue", "called")
"""Notices that open the call of somebody we know, or one that we made."""
KNOWN = Caller("+12025550100", "")
"""A caller who can be rung back and texted."""

Said = Callable[[State], Reply]
"""What is said in a state; kept, since a walk comes to the same states again and again."""


def calls(script: Script) -> Iterator[Problem]:
    """Walk the call and yield where it breaks a rule."""
    said = cache(partial(dialog.reply, script))
    every = dialog.states(script)
    yield from _opening(script, said, every)
    yield from _everywhere(script, said, every)
    yield from _reach(script)


def _found(rule: str, state: State, message: str, fix: str) -> Problem:
    place = Place("menu.toml", "", state.locale, state.place)
    return problem(place, Finding(rule, message, fix))


def _opening(script: Script, said: Said, every: Iterable[State]) -> Iterator[Problem]:
    """Find calls that do not open with the emergency sentence in every language (rule 92)."""
    for state in every:
        if state.place != "opening" and state.notice not in GREETINGS:
            continue
        first = said(state).says[: len(script.locales)]
        spoken = {(one.locale, one.words) for one in first}
        expected = {
            (locale, dialog.prompt(script, locale, "emergency")) for locale in script.locales
        }
        if spoken != expected:
            message = "A call does not open with the emergency sentence in every language."
            yield _found("rule 92", state, message, "Say it first in each.")


Broken = Iterator[tuple[str, str]]
"""Pairs of a rule and what breaks it."""


def _everywhere(script: Script, said: Said, every: Iterable[State]) -> Iterator[Problem]:
    """Walk every address: what follows depends on it alone, not on what was said before."""
    seen: set[tuple[str, str]] = set()
    for state in dict.fromkeys(state._replace(notice="") for state in every):
        if state.kind != "ring" and said(state).ends:
            yield from _ending(script, state)
            continue
        rules = _answered if state.kind == "ring" else _rules
        for rule, message in rules(script, state, said):
            if (rule, state.kind) not in seen:
                seen.add((rule, state.kind))
                yield _found(rule, state, message, "This is a fault of the program: report it.")


def _rules(script: Script, state: State, said: Said) -> Broken:
    yield from _announced(script, state, said)
    yield from _person(script, state, said)
    yield from _fixed_keys(script, state)
    yield from _danger(script, state, said)
    yield from _silence(script, state, said)
    yield from _consent(script, state)


def _person(script: Script, state: State, said: Said) -> Broken:
    key = script.keys["person"]
    reply = said(dialog.following(script, state, Event("key", key, open=True)))
    if not reply.dial:
        yield "rule 44", "The key for a person does not ring a person."
    reply = said(dialog.following(script, state, Event("key", key, open=False)))
    words = " ".join(utterance.words for utterance in reply.says)
    if reply.ends or dialog.prompt(script, state.locale, "after_hours") not in words:
        yield "rule 44", "When nobody is there, the key for a person does not tell the hours."


def _announced(script: Script, state: State, said: Said) -> Broken:
    """Find main menus that do not tell how to reach a person (rule 45)."""
    if state.place in ("welcome", "main") and state.tries == "0":
        person = dialog.prompt(script, state.locale, "person", script.keys["person"])
        if person not in [utterance.words for utterance in said(state).says]:
            yield "rule 45", "The main menu does not tell how to reach a person."


def _fixed_keys(script: Script, state: State) -> Broken:
    if not state.place.startswith("topic."):
        return
    again = dialog.following(script, state, Event("key", script.keys["again"]))
    back = dialog.following(script, state, Event("key", script.keys["back"]))
    pause = dialog.following(script, state, Event("key", script.keys["pause"]))
    slower = dialog.following(script, state, Event("key", script.keys["slower"]))
    if again.place != state.place:
        yield "rule 47", "The key for hearing it again does not say it again."
    if back.place == state.place:
        yield "rule 47", "The key for going back does not go back."
    resumed = dialog.following(script, pause, Event("key", script.keys["pause"]))
    if pause.place == state.place or resumed.place != state.place:
        yield "rule 47", "The key for a pause does not pause and go on."
    if slower.pace == state.pace or slower.place != state.place:
        yield "rule 47", "The key for slower speech does not change the pace."


def _danger(script: Script, state: State, said: Said) -> Broken:
    """Find states in which emergency words are not answered at once (rule 97)."""
    for locale in script.locales:
        event = Event("speech", meaning=Meaning("emergency", locale=locale))
        reply = said(dialog.following(script, state, event))
        first = dialog.prompt(script, locale, "emergency_now")
        if not reply.says or reply.says[0].words != first or reply.dial or reply.ends:
            yield "rule 97", "Emergency words are not answered first."


def _answered(script: Script, state: State, said: Said) -> Broken:
    """Find calls we make that tell a machine more than the clinic's name and number (rule 120)."""
    machine = said(dialog.following(script, state, Event("answered", "machine")))
    unclear = said(dialog.following(script, state, Event("answered", "unclear")))
    alone = [dialog.prompt(script, state.locale, "voicemail")]
    heard = [[one.words for one in says] for says in (machine.says, unclear.parting)]
    if heard != [alone, alone] or not (machine.ends and unclear.ends):
        yield "rule 120", "A machine hears more than the clinic's name and number."
    yield from _person(script, state, said)
    yield from _danger(script, state, said)


def _consent(script: Script, state: State) -> Broken:
    """Find texts that go out without a clear yes (rule 80)."""
    for key in TELEPHONE_KEYS:
        deed = dialog.deed(script, state, Event("key", key, caller=KNOWN))
        if deed and deed.kind == "text" and (state.kind, key) != ("text", "1"):
            yield "rule 80", "A text is sent to a caller who has not said yes to it."


def _silence(script: Script, state: State, said: Said) -> Broken:
    """Find states in which a silent caller is not offered a person, then told goodbye."""
    offered = False
    for _ in range(MOST_SILENCES):
        if said(state).ends:
            break
        offered = offered or state.place.startswith(("offer", "apology", "closed"))
        state = dialog.following(script, state, Event("silence"))
        state = _at_the_end(script, state)
    else:
        yield "rule 53", "A silent caller never comes to an end."
        return
    if not offered and not state.place.startswith("ended"):
        yield "rule 53", "A silent caller is not offered a person before the goodbye."


def _at_the_end(script: Script, state: State) -> State:
    """Skip the parts of a subject that follow one another by themselves."""
    while state.place.startswith("topic."):
        state = dialog.following(script, state, Event("silence"))
    return state


def _ending(script: Script, state: State) -> Iterator[Problem]:
    """Find ends that are no authored goodbye (rule 53); a machine gets name and number instead."""
    said = " ".join(utterance.words for utterance in dialog.reply(script, state).says)
    goodbyes = [
        dialog.prompt(script, locale, name)
        for locale in script.locales
        for name in ("goodbye", "goodbye_short", "voicemail")
    ]
    if not any(goodbye in said for goodbye in goodbyes):
        yield _found("rule 53", state, "A call ends without a goodbye.", "Say the goodbye first.")


def _reach(script: Script) -> Iterator[Problem]:
    """Find subjects that are more than two presses from the main menu (rule 39)."""
    begin = State("main", script.locales[0], "normal")
    reached, edge = {begin.place}, [begin]
    for _ in range(PRESSES):
        edge = [
            after
            for state in edge
            for key in "123456789"
            if (after := dialog.following(script, state, Event("key", key))).place not in reached
        ]
        reached |= {state.place for state in edge}
        edge = [state._replace(tries="0") for state in edge]
    for topic in script.topics:
        if f"topic.{topic}.1" not in reached:
            message = f"{topic} is more than {PRESSES} presses from the main menu."
            fix = f"Put it among the first {len(lists.choosing(script))} topics of an option."
            yield problem(MENU, Finding("rule 39", message, fix))
