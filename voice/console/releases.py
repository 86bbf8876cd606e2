"""Releases: what is live, what can go live, and every release there was."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console import comparing
from voice.console.confirming import confirmed, fresh
from voice.console.desk import audited, desk, go, page, require, words
from voice.console.drafting import live_script, opened
from voice.console.going_live import (
    busy,
    failed,
    left_over,
    note_of,
    start,
    told_note,
    why,
    wrong_with,
)
from voice.console.layout import title
from voice.console.names import language_in_words, title_of
from voice.console.notes import fallen_behind
from voice.console.standing import Board, board
from voice.console.takes import waiting
from voice.dialog import topic_parts
from voice.draft.work import ready
from voice.script import ScriptError, parse
from voice.store import NoSuchRelease, live_number, live_since, read_release
from voice.store.publications import Busy, publications
from voice.store.releases import Listed, Release, releases

MOST_FAILED = 5


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/releases", "releases", every)
    routes.add_url_rule("/releases/go", "releases_go", make_live, methods=["POST"])
    routes.add_url_rule("/releases/<int:number>", "release", one)
    routes.add_url_rule("/releases/<int:number>/files", "release_files", files)
    path = "/releases/<int:number>/again"
    routes.add_url_rule(path, "release_again", again, methods=["GET", "POST"])
    routes.register_error_handler(NoSuchRelease, _gone)


def _gone(problem: NoSuchRelease) -> ResponseReturnValue:
    return page("problem.html", 404, kind="gone")


@dataclass(frozen=True)
class Offer:
    """A subject that may go live, what it changes, and which languages are left behind where."""

    subject: str
    title: str
    changes: tuple[comparing.Group, ...]
    behind: tuple[tuple[str, str], ...]


@require()
def every() -> ResponseReturnValue:
    """What is live, what can go live, and all releases."""
    return _every()


def _every(status: int = 200, wrong: dict[str, str] | None = None) -> Response:
    here, known, new = board(), releases(desk().store), fresh()
    approved = ready(here.script.files, here.work, here.policy)
    return page(
        "releases.html",
        status,
        number=live_number(desk().store),
        since=live_since(desk().store),
        unsigned=sum(len(stand.missing) for stand in here.pending),
        running=left_over(),
        offers=tuple(_offer(here, subject) for subject in approved),
        unready=[title(one) for one in here.in_work if one not in approved],
        signatures=_new_signatures(here),
        fresh=new,
        sounds=any(one.waits for one in new) or waiting(),
        heard=request.form.getlist("heard"),
        releases=known,
        makers=_makers(known),
        failed_ones=list(failed())[:MOST_FAILED],
        why=why,
        told_note=told_note,
        wrong=wrong or {},
        chosen=request.form.getlist("subject"),
        note=note_of(),
    )


def _offer(here: Board, subject: str) -> Offer:
    script, live = here.words(subject), here.script
    found = comparing.groups(live, live.files, script.files) if script else ()
    return Offer(subject, title(subject), found, fallen_behind(opened(subject)))


def _new_signatures(here: Board) -> bool:
    """Whether somebody signed live words since their release was made."""
    written = {
        (topic.id, locale, role)
        for topic in here.script.topics.values()
        for locale, entries in topic.sign_offs.items()
        for role, entry in entries.items()
        if "," in entry
    }
    stands = (one for topic in here.script.topics for one in here.stands(f"topics/{topic}"))
    given = {
        (one.subject.removeprefix("topics/"), one.locale, signed.role)
        for one in stands
        if one.state == "live"
        for signed in one.signed
    }
    return bool(given - written)


def _makers(known: tuple[Listed, ...]) -> dict[int, str]:
    """Who made which release live when it was new; who only made it live again does not count."""
    made_at = {one.number: one.made_at for one in known}
    done = (one for one in publications(desk().store, 1000) if one.state == "done")
    return {
        one.release: one.by.name
        for one in done
        if one.release in made_at and one.started_at <= made_at[one.release]
    }


@require("manager")
def make_live() -> ResponseReturnValue:
    """Start to make the chosen subjects live."""
    here = board()
    approved = ready(here.script.files, here.work, here.policy)
    chosen = tuple(one for one in approved if one in request.form.getlist("subject"))
    wrong = {"note": wrong_with(note_of())}
    if not chosen and request.form.get("signatures") != "1":
        wrong["subject"] = words()("releases.none_chosen")
    elif not chosen and not _has_more(here):
        wrong["busy"] = words()("releases.nothing_new")
    if any(wrong.values()):
        return _every(422, wrong)
    if confirmed(request.form.getlist("heard")):
        return _every(409, {"heard": words()("recordings.confirm_gone")})
    try:
        return start(chosen, note_of())
    except Busy as problem:
        return _every(409, {"busy": busy(problem)})


def _has_more(here: Board) -> bool:
    """Whether anything but words would be new: signatures, or what was recorded."""
    return bool(request.form.getlist("heard")) or _new_signatures(here) or bool(waiting())


# One release -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sound:
    """A topic's sound in a language; `name` is "" where none is kept."""

    title: str
    locale: str
    name: str


@require()
def one(number: int) -> ResponseReturnValue:
    """One release, compared with another."""
    release, known = read_release(desk().store, number), releases(desk().store)
    other = _other(release, known)
    found = comparing.groups(live_script(), other.files, release.files) if other else ()
    return page(
        "release.html",
        release=release,
        live=live_number(desk().store),
        maker=_makers(known).get(number, ""),
        told_note=told_note,
        others=[each for each in known if each.number != number],
        other=other,
        groups=found,
        changed=comparing.number(found),
        sounds=tuple(_sounds(release)),
        language_in_words=language_in_words,
    )


def _other(release: Release, known: tuple[Listed, ...]) -> Release | None:
    """The release to compare with: the one asked for, else the one before, else the live one."""
    asked = request.args.get("with", "")
    numbers = [one.number for one in known if one.number != release.number]
    before = [number for number in numbers if number < release.number]
    wanted = next((number for number in numbers if str(number) == asked), None)
    number = wanted or max(before, default=None) or live_number(desk().store)
    return read_release(desk().store, number) if number and number != release.number else None


def _sounds(release: Release) -> Iterator[Sound]:
    try:
        script = parse(release.files)
    except ScriptError:
        return
    for topic in script.topics:
        for locale in script.locales:
            parts = topic_parts(script, topic, locale)
            kept = desk().live.manifest.topic(topic, locale, "normal", parts)
            name = script.topics[topic].wording[locale].title
            yield Sound(name or title_of(topic), locale, kept.name if kept else "")


@require()
def files(number: int) -> ResponseReturnValue:
    """The files of a release, as a folder scripts/ in a ZIP file."""
    release = read_release(desk().store, number)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in release.files.items():
            at = release.made_at.timetuple()[:6]
            packing = zipfile.ZipInfo(f"scripts/{name}", at)
            archive.writestr(packing, text.encode(), zipfile.ZIP_DEFLATED)
    audited("release-downloaded", str(number))
    response = Response(packed.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="release-{number}.zip"'
    return response


@require("manager")
def again(number: int) -> ResponseReturnValue:
    """Ask whether an earlier release is to be live again, then do it."""
    if request.method == "GET":
        return _again(number)
    wrong = wrong_with(note_of())
    if wrong:
        return _again(number, 422, wrong)
    if number == live_number(desk().store):
        return go(url_for("console.release", number=number))
    try:
        read_release(desk().store, number)
        return start((), note_of(), again=number)
    except Busy as problem:
        return _again(number, 409, busy=busy(problem))


def _again(number: int, status: int = 200, wrong: str = "", busy: str = "") -> Response:
    release, live = read_release(desk().store, number), live_number(desk().store)
    if live is None:
        abort(503)
    now_live = read_release(desk().store, live)
    found = comparing.groups(live_script(), now_live.files, release.files)
    said = words()("releases.again_said", number=number)
    return page(
        "release_again.html",
        status,
        release=release,
        live=live,
        groups=found,
        wrong=wrong,
        busy=busy,
        note=note_of() if request.method == "POST" else said,
    )
