"""Pages: every subject's words, and one page on which to write each, saved as somebody types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, get_template_attribute, request, url_for
from flask.typing import ResponseReturnValue

from voice.console import notes
from voice.console.desk import desk, go, page, require, staff, times, words
from voice.console.drafting import (
    SEEN,
    WRITERS,
    Desktop,
    Outcome,
    Place,
    kept,
    live_script,
    may_write,
    moved,
    opened,
    undone,
)
from voice.console.findings import Findings, found
from voice.console.layout import Sheet, full_label, locale_of, part_of, sheet, title
from voice.console.names import language_of
from voice.draft.difference import Piece, difference
from voice.draft.field import as_text
from voice.draft.fields import locales_of
from voice.draft.subjects import spoken
from voice.store.drafts import Past, history

PATH = "/words/<path:subject>"


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule(PATH, "subject", subject)
    routes.add_url_rule(PATH, "save_words", save_words, methods=["POST"])
    routes.add_url_rule("/word-news/<path:subject>", "word_news", word_news)


@require()
def subject(subject: str) -> ResponseReturnValue:
    """A subject's words in every locale, side by side; or what was ever saved in one field."""
    desktop = opened(subject)
    if "past" in request.args:
        return _past(desktop, request.args["past"])
    return _shown(desktop, {})


@require(*WRITERS)
def save_words(subject: str) -> ResponseReturnValue:
    """Save what somebody typed, and do what the button they pressed says."""
    desktop = opened(subject)
    verb, _, rest = request.form.get("do", "").partition(":")
    outcomes = kept(desktop, _chosen(verb, rest))
    deed = _done(subject, verb, rest, outcomes)
    every = (*outcomes, deed) if deed else outcomes
    held = {one.typed.field.id: one for one in every if one.kind != "saved"}
    if _by_script():
        told = "" if held else _told(every, verb)
        return _answer(opened(subject), held, told)
    if held:
        return _shown(opened(subject), held, 409)
    flash(words()("writing.undone") if deed and verb == "undo" else _told(every, verb))
    return go(_back(desktop, rest))


@require()
def word_news(subject: str) -> ResponseReturnValue:
    """What others changed meanwhile; a page asks by itself, which keeps nobody signed in."""
    return _answer(opened(subject), {}, "")


# What a button does ------------------------------------------------------------------------------


def _chosen(verb: str, rest: str) -> Mapping[str, str]:
    """The form with what was chosen where two people's words met."""
    form = request.form.to_dict()
    if verb == "theirs":
        form.pop(rest, None)
    elif verb == "both":
        form[rest] = form.get(f"both:{rest}", form.get(rest, ""))
    return form


def _done(subject: str, verb: str, rest: str, outcomes: tuple[Outcome, ...]) -> Outcome | None:
    """What came of the button; None where it changed nothing, or what was typed is held."""
    name, _, at = rest.rpartition(":") if verb in ("up", "down") else (rest, "", "")
    before = next((one for one in outcomes if one.typed.field.id == name), None)
    if before and before.kind != "saved":
        return None
    if verb == "undo":
        shown = before.seen if before else request.form.get(f"{SEEN}{name}", "")
        return undone(opened(subject), name, shown)
    if at.isdecimal() and len(at) < 4:
        return moved(opened(subject), name, int(at), -1 if verb == "up" else 1)
    return None


def _told(outcomes: tuple[Outcome, ...], verb: str) -> str:
    """Whether anything was saved; where a script took somebody else's words it asks so, too."""
    chosen = verb == "theirs" and _by_script()
    return notes.saved_at() if outcomes or chosen else words()("writing.unchanged")


def _back(desktop: Desktop, rest: str) -> str:
    """The page again, at the field the button belongs to."""
    name = rest if rest in desktop.places else rest.rpartition(":")[0]
    place = desktop.places.get(name)
    anchor = f"f{place.number}-notes" if place else None
    return url_for("console.subject", subject=desktop.subject, part=_part(), _anchor=anchor)


def _part() -> str | None:
    return request.args.get("part") or None


def _by_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


# Pages -------------------------------------------------------------------------------------------


def _shown(desktop: Desktop, held: Mapping[str, Outcome], status: int = 200) -> ResponseReturnValue:
    wanted = sheet(desktop, request.args.get("part", ""))
    result = found(desktop, desktop.files())
    told = notes.notes(desktop, wanted, result, held)
    return page(
        "words_subject.html",
        status,
        **_heading(desktop, result),
        sheet=wanted,
        notes=told,
        held=tuple(told[name] for name in held if name in told),
        links=tuple(_links(desktop)),
        names=_names(desktop, wanted),
    )


def _names(desktop: Desktop, wanted: Sheet) -> Mapping[str, str]:
    """What each locale of a page is called; "" has the word for all of them."""
    locales = dict.fromkeys(place.field.locale for place in wanted.places)
    every = words()("writing.all_languages")
    return {one: language_of(locale_of(desktop, one)) if one else every for one in locales}


def _heading(desktop: Desktop, result: Findings) -> dict[str, Any]:
    return {
        "subject": desktop.subject,
        "title": title(desktop.subject),
        "found": result,
        "problems": notes.breaches(result.others),
        "told": notes.told(result),
        "standing": notes.standing(desktop, result),
        "others": notes.others(desktop),
    }


def _links(desktop: Desktop) -> Iterator[tuple[str, str]]:
    """Where else this subject can be looked at: words called writing.to_NAME."""
    subject = desktop.subject
    yield "review", url_for("console.review_subject", subject=subject)
    if subject in spoken(live_script()):
        yield "hear", url_for("console.hear_subject", subject=subject)
    if subject == "lexicon":
        yield "say", url_for("console.say")
    else:
        yield "ring", url_for("console.ring", subject=subject)


# What a script is told ---------------------------------------------------------------------------


def _answer(desktop: Desktop, held: Mapping[str, Outcome], saved: str) -> dict[str, Any]:
    wanted = sheet(desktop, request.args.get("part", ""))
    result = found(desktop, desktop.files())
    told = notes.notes(desktop, wanted, result, held)
    return {
        "saved": saved,
        "told": notes.told(result),
        "held": [f"{one.label}: {one.wrong}" for one in told.values() if one.wrong],
        "head": _part_of_page("head", **_heading(desktop, result)),
        "fields": {one.id: _field(one, result) for one in told.values()},
    }


def _field(note: notes.Note, result: Findings) -> dict[str, Any]:
    """A field that somebody ever changed comes with its words: another page may show older ones."""
    shown = {"seen": note.seen, "notes": _part_of_page("note", note=note, found=result)}
    shown |= {"yours": note.text} if note.conflict else {}
    return shown | ({"text": note.place.text} if note.place.version else {})


def _part_of_page(name: str, **given: Any) -> str:
    """A part of the page, made as the whole page makes it."""
    made = get_template_attribute("console/words_parts.html", name)
    return str(made(t=words(), times=times(), **given)).strip()


# What was saved before ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Earlier:
    """Something somebody saved, and what it changed; `seen` goes back with it to take it again."""

    past: Past
    text: str
    pieces: tuple[Piece, ...]


def _past(desktop: Desktop, name: str) -> ResponseReturnValue:
    place = desktop.places.get(name)
    if place is None:
        abort(404)
    return page(
        "words_past.html",
        subject=desktop.subject,
        title=title(desktop.subject),
        label=full_label(desktop, place.field),
        place=place,
        part=part_of(place.field),
        mine=may_write(staff(), place.field, locales_of(desktop.live)),
        earlier=tuple(_earlier(place, history(desk().store, name))),
    )


def _earlier(place: Place, saves: Sequence[Past]) -> Iterator[Earlier]:
    """Each save, newest first, and how it differs from the one before."""
    kind = place.field.kind
    texts = [as_text(kind, one.value) for one in saves]
    first = as_text(kind, place.live)
    for past, text, before in zip(saves, texts, (*texts[1:], first), strict=True):
        yield Earlier(past, text, difference(before, text))
