"""Translation sheets: taken out, sent in, looked at, and put into drafts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import audited, go, may, page, require, say, staff, words
from voice.console.drafting import (
    SEEN,
    WRITERS,
    Desktop,
    Place,
    Typed,
    kept,
    live_script,
    may_write,
    opened,
    typed,
)
from voice.console.findings import found
from voice.console.layout import Row as Line
from voice.console.layout import label_of, title
from voice.console.layout import sheet as layout
from voice.console.names import language_in_words, language_of
from voice.console.notes import Breach, breaches
from voice.draft.difference import Piece, difference
from voice.draft.field import as_text
from voice.draft.fields import NoSuchField, field_of
from voice.draft.subjects import subject_of, subjects
from voice.script import Script
from voice.translation import Entry, Heads, Refused, Row, po, read, xlsx
from voice.translation.sheet import MOST_BYTES

OWN_WORDS: Final = ("words", "lexicon")
"""Subjects of which each language has words of its own: nothing to translate."""
KINDS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "po": "text/x-gettext-translation; charset=utf-8",
}
_ROOM: Final = 100_000
"""Bytes a form has besides its file."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/sheets", "sheets", sheets)
    routes.add_url_rule("/sheets/<locale>/<kind>", "sheet", sheet)
    routes.add_url_rule("/sheets/preview", "sheet_preview", preview, methods=["POST"])
    routes.add_url_rule("/sheets/confirm", "sheet_confirm", confirm, methods=["POST"])


@require()
def sheets() -> ResponseReturnValue:
    """The sheets there are, and a form to send one in."""
    return _sheets()


def _sheets(wrong: str = "", status: int = 200) -> Response:
    script = live_script()
    return page(
        "sheets.html",
        status,
        locales=[(one, language_of(one)) for one in script.locales[1:]],
        first=language_in_words(script.locales[0]),
        kinds=tuple(KINDS),
        wrong=wrong,
        most=MOST_BYTES,
        may_send=may(staff(), "console.sheet_preview"),
    )


# Out ---------------------------------------------------------------------------------------------


@require()
def sheet(locale: str, kind: str) -> ResponseReturnValue:
    """The words in work of a language beside the first one's, as a file."""
    script = live_script()
    if locale not in script.locales[1:] or kind not in KINDS:
        abort(404)
    entries = tuple(_entries(script, locale))
    made = (
        po.write(entries, locale) if kind == "po" else xlsx.write(entries, locale, _heads(locale))
    )
    audited("sheet-taken", f"locale:{locale}", kind=kind, rows=len(entries))
    response = Response(made, content_type=KINDS[kind])
    name = f"translation-{locale}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _heads(locale: str) -> Heads:
    first = live_script().locales[0]
    return Heads(
        id=words()("sheets.id"),
        context=words()("sheets.context"),
        source=language_of(first),
        text=language_of(locale),
        note=words()("sheets.note"),
        seen=words()("sheets.seen"),
    )


def _entries(script: Script, locale: str) -> Iterator[Entry]:
    for subject in subjects(script):
        if subject not in OWN_WORDS:
            desktop = opened(subject)
            for line in _lines(desktop):
                yield from _entry(desktop, line, locale)


def _lines(desktop: Desktop) -> Iterator[Line]:
    for part in layout(desktop, "").parts:
        yield from layout(desktop, part).rows


def _entry(desktop: Desktop, line: Line, locale: str) -> Iterator[Entry]:
    by_locale = {place.field.locale: place for place in line.places}
    source, place = by_locale.get(desktop.script.locales[0]), by_locale.get(locale)
    if source is None or place is None or not source.text:
        return
    told = f"{title(desktop.subject)}: {label_of(desktop, place.field)}"
    yield Entry(place.field.id, told, source.text, place.text, _note(line, place), place.seen)


def _note(line: Line, place: Place) -> str:
    """What a translator has to know: the field's own hint, and how its value is written."""
    key = f"sheets.as_{place.field.kind}"
    return " ".join(filter(None, (line.hint, words()(key) if key in words() else "")))


# In: what would change ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A field that a sheet changes. `met`: its words were changed here since the sheet was made.

    `text` is what the sheet says, `source` what it translates now; `stale` where that is not what
    the sheet showed. `refused` says why it cannot be taken, "" where it can.
    """

    id: str
    seen: str
    text: str
    source: str
    title: str
    label: str
    locale: str
    pieces: tuple[Piece, ...]
    met: bool
    stale: bool
    refused: str
    problems: tuple[Breach, ...]


@require(*WRITERS, largest=MOST_BYTES + _ROOM)
def preview() -> ResponseReturnValue:
    """Show what a sheet changes; nothing is changed yet."""
    file = request.files.get("sheet")
    content = file.read() if file else b""
    if not content:
        return _sheets(words()("sheets.no_file"), 422)
    try:
        rows = read(content)
    except Refused as why:
        return _sheets(words()(f"sheets.refused_{why.reason}", where=why.where), 422)
    by_subject, unknown = _sorted(live_script(), rows)
    changes = tuple(one for name, mine in by_subject.items() for one in _changes(name, mine))
    return page(
        "sheet_preview.html",
        changes=changes,
        good=[one for one in changes if not one.refused],
        unknown=unknown,
        rows=len(rows),
        seen_name=SEEN,
        language_of=language_of,
    )


def _sorted(script: Script, rows: tuple[Row, ...]) -> tuple[dict[str, dict[str, Row]], int]:
    """The rows by subject, and how many are of fields that there are not."""
    found: dict[str, dict[str, Row]] = {}
    unknown = 0
    for row in rows:
        subject = _subject(script, row.id)
        unknown += not subject
        if subject and row.text.strip():
            found.setdefault(subject, {})[row.id] = row
    return found, unknown


def _subject(script: Script, name: str) -> str:
    """The subject of a field that is translated, "" for any other name."""
    try:
        field = field_of(script.files, name)
    except NoSuchField:
        return ""
    subject = subject_of(field)
    translated = field.locale in script.locales[1:] and subject not in OWN_WORDS
    return subject if translated else ""


def _changes(subject: str, rows: Mapping[str, Row]) -> Iterator[Change]:
    """What a sheet changes in a subject, in the order of its page."""
    desktop = opened(subject)
    form = dict(_form(desktop, rows))
    wanted = {one.field.id: one for one in typed(desktop, form) if one.changed}
    new = {name: one for name, one in wanted.items() if one.value != desktop.places[name].value}
    if not new:
        return
    problems = _problems(desktop, {name: one.text for name, one in new.items() if not one.size})
    for line in _lines(desktop):
        for place in line.places:
            name = place.field.id
            if name in new:
                typed_in = rows[name], new[name], form[SEEN + name]
                yield _change(desktop, line, place, *typed_in, problems.get(name, ()))


def _change(
    desktop: Desktop,
    line: Line,
    place: Place,
    row: Row,
    one: Typed,
    seen: str,
    problems: tuple[Breach, ...],
) -> Change:
    first, text = desktop.script.locales[0], as_text(place.field.kind, one.value)
    source = next((each.text for each in line.places if each.field.locale == first), None)
    return Change(
        id=place.field.id,
        seen=seen,
        text=text or one.text,
        source=source or "",
        title=title(desktop.subject),
        label=label_of(desktop, place.field),
        locale=place.field.locale,
        pieces=() if one.size else _pieces(place, text),
        met=seen != place.seen,
        stale=bool(row.source and source is not None and row.source.split() != source.split()),
        refused=_refusal(desktop, place, one.size),
        problems=problems,
    )


def _form(desktop: Desktop, rows: Mapping[str, Row]) -> Iterator[tuple[str, str]]:
    """The same as the form of the subject's page would bring."""
    for name, row in rows.items():
        place = desktop.places.get(name)
        if place is not None:
            yield name, row.text
            yield SEEN + name, row.seen or place.seen


def _pieces(place: Place, text: str) -> tuple[Piece, ...]:
    return difference(place.text, text)


def _refusal(desktop: Desktop, place: Place, size: int) -> str:
    if size:
        return words()("sheets.too_long")
    if not may_write(staff(), place.field, desktop.script.locales):
        return words()("unknown.not-yours")
    return ""


def _problems(desktop: Desktop, texts: Mapping[str, str]) -> Mapping[str, tuple[Breach, ...]]:
    """What would be wrong with the subject's words, by field."""
    # tomlkit is loaded only where words change, not in every worker.
    from voice.draft.field import of_text
    from voice.draft.writing import apply

    places = desktop.places
    values = {name: of_text(places[name].field.kind, text) for name, text in texts.items()}
    by_field = found(desktop, apply(desktop.files(), values)).by_field
    return {name: breaches(by_field.get(name, ())) for name in values}


# In: into drafts ---------------------------------------------------------------------------------


@require(*WRITERS, largest=MOST_BYTES)
def confirm() -> ResponseReturnValue:
    """Put the changes that were looked at into drafts; what meets somebody else's is told."""
    script, form = live_script(), request.form.to_dict()
    rows = tuple(Row(name, "", text, form.get(SEEN + name, "")) for name, text in form.items())
    by_subject, _ = _sorted(script, rows)
    desktops = ((opened(subject), mine) for subject, mine in by_subject.items())
    done = [one for desktop, mine in desktops for one in kept(desktop, dict(_form(desktop, mine)))]
    saved = sum(one.kind == "saved" for one in done)
    if saved:
        audited("sheet-brought", "words", saved=saved)
        say("sheets.saved_one" if saved == 1 else "sheets.saved_many", number=saved)
    for one in done:
        if one.kind != "saved":
            subject = title(subject_of(one.typed.field))
            say(f"sheets.{one.kind}", subject=subject)
    if not done:
        say("sheets.nothing")
    return go(url_for("console.sheets"))
