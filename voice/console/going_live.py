"""Going live: approved subjects on their way to callers, and how far they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.checks import in_language
from voice.console.desk import audited, desk, go, now, page, require, words
from voice.console.drafting import live_script, me
from voice.console.layout import title
from voice.console.names import language_in_words
from voice.console.words import LANGUAGES, words_in
from voice.draft.field import Field
from voice.draft.subjects import subject_of, subjects
from voice.publish import launch
from voice.store.publications import (
    Busy,
    Publication,
    Step,
    begin,
    publications,
    read_publication,
    take_over,
)
from voice.store.releases import LONGEST_NOTE

STEPS: Final[tuple[Step, ...]] = get_args(Step)
SHARES: Final = (0, 5, 10, 85, 97)
"""Percent done when each step begins; sound takes by far the longest."""
_LINE: Final = re.compile(r"(\S+)\.toml (\S*) [^:]*: (.*)")


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/releases/going/<int:number>", "going", going)
    routes.add_url_rule("/releases/going/<int:number>/news", "going_news", going_news)


def start(subjects: tuple[str, ...], note: str, again: int | None = None) -> ResponseReturnValue:
    """Begin in a process of its own, and show how far it is. Raises Busy."""
    mine = begin(desk().store, subjects, note, me(), now(), again)
    audited("publication-begun", str(mine.id), subjects=" ".join(subjects), again=again)
    launch(mine.id)
    return go(url_for("console.going", number=mine.id))


def note_of() -> str:
    """The note of a form, on one line, without signs that nobody sees."""
    words = " ".join(request.form.get("note", "").split())
    return "".join(sign for sign in words if sign.isprintable())


def told_note(note: str) -> str:
    """A note in the reader's language where the line wrote it, else as somebody wrote it."""
    fixed = ("releases.first_note", "releases.scripts_note", "recordings.live_note")
    each = (key for key in fixed if note in {words_in(one)(key) for one in LANGUAGES})
    key = next(each, "")
    return words()(key) if key else note


def wrong_with(note: str) -> str:
    """What is wrong with a note, "" where nothing is."""
    if not note:
        return words()("releases.no_note")
    if len(note) > LONGEST_NOTE:
        return words()("releases.long_note", number=len(note), most=LONGEST_NOTE)
    return ""


def busy(problem: Busy) -> str:
    """Say who makes words live just now."""
    return words()("releases.busy", name=problem.other.by.name)


def left_over() -> Publication | None:
    """What is on its way to callers; whatever a dead process left is gone on with first."""
    taken = take_over(desk().store, now())
    if taken:
        launch(taken.id)
    return next((one for one in publications(desk().store, 1) if one.state == "running"), None)


# How far it is -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a publication is, in words and in percent."""

    percent: int
    step: str
    clips: str


@require()
def going(number: int) -> ResponseReturnValue:
    """How far a publication is, or how it ended."""
    left_over()
    one = _publication(number)
    return page(
        "going.html",
        one=one,
        progress=progress(one),
        what=what(one),
        why=why(one),
        told_note=told_note,
        details=tuple(_details(one)),
        refresh=one.state == "running",
    )


@require()
def going_news(number: int) -> ResponseReturnValue:
    """The same for the script of the page, which asks again and again."""
    left_over()
    one = _publication(number)
    told = progress(one)
    return {
        "state": one.state,
        "percent": told.percent,
        "told": words()("going.percent", percent=told.percent),
        "step": told.step,
        "clips": told.clips,
    }


def _publication(number: int) -> Publication:
    return read_publication(desk().store, number) or abort(404)


def progress(one: Publication) -> Progress:
    """Return how far a publication is."""
    at = STEPS.index(one.step)
    ends = (*SHARES[1:], 100)
    share = one.done / one.total if one.total else 0
    percent = 100 if one.state == "done" else int(SHARES[at] + share * (ends[at] - SHARES[at]))
    name = words()(f"going.steps_{one.step}")
    step = words()("going.step", number=at + 1, most=len(STEPS), name=name)
    counted = words()("going.clips", done=one.done, total=one.total) if one.total else ""
    return Progress(percent, step, counted)


def what(one: Publication) -> str:
    """Say what goes live."""
    if one.subjects:
        key = "going.not_subjects" if one.state == "failed" else "going.subjects"
        return words()(key, names=", ".join(map(title, one.subjects)))
    if one.release is not None and one.state != "done":
        return words()("going.again", number=one.release)
    note = told_note(one.note)
    return note if one.state == "done" else words()("going.noted", note=note)


def why(one: Publication) -> str:
    """Say why nothing went live, "" where something did."""
    if not one.reason:
        return ""
    names = ", ".join(map(title, one.detail.split())) if one.reason == "not-approved" else ""
    return words()(f"reasons.{one.reason}", names=names)


@dataclass(frozen=True)
class Found:
    """What was found, and the subject's title, page and language where they are known.

    `tag` is the language it is told in: English where nobody translated it.
    """

    title: str
    place: str
    language: str
    told: str
    tag: str


def _details(one: Publication) -> Iterator[Found]:
    """Yield what was found, line by line."""
    if one.reason not in ("check", "unreadable", "clips"):
        return
    known = subjects(live_script())
    for line in one.detail.splitlines():
        match = _LINE.fullmatch(line)
        subject = subject_of(Field(f"{match[1]}.toml", (), "", "text")) if match else ""
        if match is None or subject not in known:
            yield Found("", "", "", *_told(line))
            continue
        place = url_for("console.subject", subject=subject)
        language = language_in_words(match[2]) if match[2] else ""
        yield Found(title(subject), place, language, *_told(match[3]))


def _told(line: str) -> tuple[str, str]:
    """A line of the check in the reader's language if it is known in it, and which it is in."""
    language = words().language
    pieces = [in_language(piece, language) for piece in line.split("\t")]
    told = [piece for piece in pieces if piece is not None]
    if len(told) < len(pieces):
        return line.replace("\t", " "), "en"
    return " ".join(told), language


def failed() -> Iterator[Publication]:
    """What did not go live of late, the newest first."""
    return (one for one in publications(desk().store) if one.state == "failed")
