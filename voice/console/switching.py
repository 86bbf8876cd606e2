"""Switches: a subject, or the whole line, off at once and on again."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue

from voice import dialog, thread
from voice.console.desk import desk, go, now, page, require, say, staff
from voice.console.drafting import live_script, me
from voice.console.names import language_of, title_of
from voice.console.sheets import shown
from voice.script import Script
from voice.store.choices import Choices, read_choices, switch_line, switch_topic
from voice.switches import LINE_OFF, Off, expired, switched

SWITCHERS = ("clinician", "manager")
"""Who may switch: whoever finds words to be wrong must not have to wait."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/switches", "switches", switches)
    for what, view, done in (("line", ask_line, line), ("topic/<name>", ask_topic, topic)):
        for way in ("off", "on"):
            path, endpoint = f"/switches/{what}/{way}", f"{what.split('/')[0]}_{way}"
            given = {"off": way == "off"}
            routes.add_url_rule(path, f"ask_{endpoint}", view, defaults=given)
            routes.add_url_rule(path, f"switch_{endpoint}", done, methods=["POST"], defaults=given)


@dataclass(frozen=True)
class Row:
    """A topic in the list. `since` is the day it was to be read again, where that took it off."""

    id: str
    title: str
    off: bool
    since: str


@dataclass(frozen=True)
class Heard:
    """What is heard and read in a language; of what is heard each with the locale it is in."""

    locale: str
    spoken: tuple[tuple[str, str], ...]
    sent: tuple[str, ...]


@require()
def switches() -> ResponseReturnValue:
    """What is on and what is off."""
    script, choices = live_script(), read_choices(desk().store)
    return page(
        "switches.html",
        off=choices.off,
        rows=tuple(_rows(script, choices)),
        may_switch=staff().holds(*SWITCHERS),
    )


def _rows(script: Script, choices: Choices) -> Iterator[Row]:
    past = expired(script, script.line.hours.day(now()))
    fallen = past if choices.policy.expired == "fall-back" else frozenset()
    for topic in script.topics.values():
        since = shown(topic.review_by) if topic.id in fallen - choices.off.topics else ""
        yield Row(topic.id, title_of(topic.id), topic.id in choices.off.topics, since)


# One topic ---------------------------------------------------------------------------------------


@require(*SWITCHERS)
def ask_topic(name: str, off: bool) -> ResponseReturnValue:
    """Show what callers hear then, and ask."""
    script = _script_with(name)
    then = switched(script, Off(frozenset({name}))) if off else script
    heard = [_of_topic(then, name, locale) for locale in script.locales]
    return _ask("topic", off, heard, name)


@require(*SWITCHERS)
def topic(name: str, off: bool) -> ResponseReturnValue:
    """Switch a topic."""
    _script_with(name)
    switch_topic(desk().store, name, off, me(), now())
    say("switches.now_off" if off else "switches.now_on", name=title_of(name))
    return go(url_for("console.switches"))


def _script_with(name: str) -> Script:
    script = live_script()
    if name not in script.topics:
        abort(404)
    return script


def _of_topic(script: Script, name: str, locale: str) -> Heard:
    spoken = tuple((locale, one) for one in dialog.topic_parts(script, name, locale))
    return Heard(locale, spoken, tuple(thread.topic_texts(script, name, locale)))


# The line ----------------------------------------------------------------------------------------


@require(*SWITCHERS)
def ask_line(off: bool) -> ResponseReturnValue:
    """Show what callers hear then, and ask."""
    script = live_script()
    if not off:
        return _ask("line", off, [])
    then = switched(script, Off(line=True))
    return _ask("line", off, [_of_line(then, locale) for locale in script.locales])


@require(*SWITCHERS)
def line(off: bool) -> ResponseReturnValue:
    """Switch the whole line."""
    switch_line(desk().store, off, me(), now())
    say("switches.line_now_off" if off else "switches.line_now_on")
    return go(url_for("console.switches"))


def _of_line(script: Script, locale: str) -> Heard:
    state = dialog.start(script)._replace(place="main", locale=locale)
    spoken = tuple((one.locale, one.words) for one in dialog.reply(script, state).says)
    return Heard(locale, spoken, tuple(thread.topic_texts(script, LINE_OFF, locale)))


def _ask(what: str, off: bool, heard: list[Heard], name: str = "") -> Response:
    return page(
        "switch.html",
        what=what,
        off=off,
        heard=heard,
        name=title_of(name) if name else "",
        language_of=language_of,
    )
