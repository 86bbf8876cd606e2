"""The page of all words: where each subject stands, who works on it, what is to mend."""

from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.behind import locales_behind
from voice.console.desk import desk, go, now, page, require, say
from voice.console.drafting import Desktop, live_script, me, opened
from voice.console.findings import found
from voice.console.layout import title
from voice.console.names import language_in_words, language_of
from voice.console.standing import Board, Stand, board
from voice.draft.field import Field
from voice.draft.fields import TOPICS
from voice.draft.subjects import subjects as all_subjects
from voice.draft.work import Draft, lost
from voice.store.drafts import read_work, undo


@dataclass(frozen=True)
class Line:
    """A subject. `fails` and `warns` count what is found in words in work, none while all is live.

    `stands` are of each locale in turn.
    """

    subject: str
    title: str
    stands: tuple[Stand, ...]
    people: tuple[str, ...]
    behind: tuple[str, ...]
    fails: int
    warns: int


def add(routes: Blueprint) -> None:
    """Add this page."""
    routes.add_url_rule("/words", "subjects", subjects)
    routes.add_url_rule("/words", "drop_words", drop_words, methods=["POST"])


@require()
def subjects() -> ResponseReturnValue:
    """Every subject in the menu's order, then what the line says itself."""
    here = board()
    late = locales_behind(here.script.files, here.work)
    lines = [_line(here, name, late.get(name, ())) for name in all_subjects(here.script)]
    return page(
        "words.html",
        topics=[line for line in lines if line.subject.startswith(TOPICS)],
        others=[line for line in lines if not line.subject.startswith(TOPICS)],
        languages_of_line=[language_of(locale) for locale in here.script.locales],
        lost=tuple(lost(here.script.files, here.work)),
    )


@require("writer", "editor", "manager")
def drop_words() -> ResponseReturnValue:
    """Leave out words in work whose place is gone; the history keeps them."""
    name = request.form.get("field", "")
    for draft in lost(live_script().files, read_work(desk().store)):
        if draft.field == name:
            undo(desk().store, _field_of(draft), draft.base, me(), now())
            say("writing.dropped")
    return go(url_for("console.subjects"))


def _field_of(draft: Draft) -> Field:
    """The field a draft was of, which the live scripts do not have."""
    file, _, path = draft.field.partition(":")
    return Field(file, tuple(path.split(".")), draft.locale, "text")


def _line(here: Board, subject: str, late: tuple[str, ...]) -> Line:
    stands, behind = here.stands(subject), tuple(map(language_in_words, late))
    if subject not in here.work.subjects:
        return Line(subject, title(subject), stands, (), behind, 0, 0)
    desktop = opened(subject)
    result = found(desktop, desktop.files())
    return Line(
        subject,
        title(subject),
        stands,
        _people(desktop),
        behind,
        result.number("fail"),
        result.number("warn"),
    )


def _people(desktop: Desktop) -> tuple[str, ...]:
    drafts = (place.draft for place in desktop.places.values() if place.draft)
    return tuple(dict.fromkeys(draft.by.name for draft in drafts))
