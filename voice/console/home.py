"""The first page: is the line up, which release, and what needs me."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from voice.console import duties
from voice.console.desk import desk, now, page, require, staff, times, words
from voice.console.needs import link, needs
from voice.console.use import failed_texts, reason_of
from voice.courier import lacking
from voice.release import Release
from voice.store import failures, live_number, live_since
from voice.store.figures import last_day

FAILED_DAYS: Final = 7
"""How far back failures are told here; the page of use tells more."""
REASONS: Final = 3


@dataclass(frozen=True)
class Sign:
    """A sign of how the line is: what is looked at, how it is, and a page that tells more."""

    name: str
    told: str
    good: bool = True
    place: str = ""


def add(routes: Blueprint) -> None:
    """Add this page."""
    routes.add_url_rule("", "home", home)


@require()
def home() -> ResponseReturnValue:
    """How the line is, and what waits for somebody."""
    release = desk().live.release
    signs, up = tuple(_signs(release)), release is not None
    return page("home.html", up=up, signs=signs, needs=needs(release), duties=duties.told)


def _signs(release: Release | None) -> Iterator[Sign]:
    yield _release(release)
    if release is not None:
        yield _clips(release)
    yield _calls()
    yield _failures()
    if staff().holds("manager"):
        yield from _twilio()


def _release(release: Release | None) -> Sign:
    since = live_since(desk().store)
    if release is None or since is None:
        return Sign("release", words()("home.no_release"), good=False)
    told = words()("home.release", number=release.number, since=times().moment(since))
    if live_number(desk().store) != release.number:
        return Sign("release", words()("signs.other_release", number=release.number), good=False)
    return Sign("release", told, place=link("releases"))


def _clips(release: Release) -> Sign:
    number = len(release.unspoken)
    if number:
        told = words().count("home.missing", number)
        return Sign("clips", told, good=False, place=link("audio", state="missing"))
    return Sign("clips", words()("signs.every_clip"), place=link("audio"))


def _calls() -> Sign:
    """When calls and texts were last counted: that they are shows that the line answers."""
    days = {channel: last_day(desk().store, channel) for channel in ("call", "message")}
    told = []
    for channel, day in days.items():
        today = day == times().local(now()).date()
        when = times().day(times().begins(day)) if day else ""
        key = f"signs.{channel}_{'today' if today else 'last' if day else 'none'}"
        told.append(words()(key, day=when))
    return Sign("calls", " ".join(told), place=link("use"))


def _failures() -> Sign:
    since = now() - timedelta(days=FAILED_DAYS)
    found = failures(desk().store, since)
    texts = [one for one in found if one.channel == "message"]
    number = failed_texts(found)
    if not number:
        return Sign("failures", words()("signs.no_failures", days=FAILED_DAYS), place=link("use"))
    told = [words().count("signs.failures", number, days=FAILED_DAYS)]
    told += [f"{one.count} × {reason_of(one.code)}" for one in texts[:REASONS]]
    place = link("use", days=str(FAILED_DAYS), fragment="failures-title")
    return Sign("failures", " ".join(told), good=False, place=place)


def _twilio() -> Iterator[Sign]:
    """What the line lacks of what it needs to reach telephones."""
    settings = desk().settings
    if not settings.twilio_tokens:
        yield Sign("twilio", words()("signs.no_token"), good=False)
    elif lacking(settings):
        yield Sign("twilio", words()("signs.no_reach", names=", ".join(lacking(settings))), False)
    if not settings.notices.anybody:
        yield Sign("notices", words()("signs.nobody_told"), good=False, place=link("call_backs"))
