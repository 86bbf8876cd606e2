"""The first page: is the line up, and what needs me."""

from collections.abc import Iterator

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import desk, now, page, require, staff, times, words
from voice.script import Script
from voice.sign_offs import pending
from voice.store import live_since
from voice.store.staff import everyone


def add(routes: Blueprint) -> None:
    """Add this page."""
    routes.add_url_rule("", "home", home)


@require()
def home() -> ResponseReturnValue:
    """What is live, and what waits for somebody."""
    release = desk().live.release
    needs = [*(_of_words(release.script) if release else ()), *_of_clips(), *_of_people()]
    return page("home.html", release=release, since=live_since(desk().store), needs=needs)


def _of_words(script: Script) -> Iterator[tuple[str, str]]:
    """What is to be done about the words that are live, and the page to do it on."""
    unsigned = sum(1 for _ in pending(script))
    if unsigned:
        yield words().count("home.pending", unsigned), ""
    today = times().local(now()).date()
    due = sum(topic.review_by <= today for topic in script.topics.values())
    if due:
        yield words().count("home.due", due), ""
    if script.line.is_sample:
        yield words()("home.sample"), ""


def _of_clips() -> Iterator[tuple[str, str]]:
    release = desk().live.release
    if release and release.unspoken:
        yield words().count("home.missing", len(release.unspoken)), ""


def _of_people() -> Iterator[tuple[str, str]]:
    if not staff().holds("manager"):
        return
    here = [one for one in everyone(desk().store) if one.active]
    invited = sum(not one.has_password for one in here)
    if invited:
        yield words().count("home.invited", invited), url_for("console.people")
    if sum(one.has_password and one.holds("manager") for one in here) == 1:
        yield words()("home.alone"), url_for("console.invite")
