"""Pages: the telephone and the text thread of the browser on words in work."""

import threading
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from voice.booth import Booth, Refused, answer_call, answer_text, page_of
from voice.console.desk import desk, go, page, require, words
from voice.console.drafting import live_script
from voice.console.hearing import begun, mends, orders, recorded
from voice.console.layout import title
from voice.console.names import readers_locale
from voice.draft.subjects import spoken, subjects
from voice.draft.work import Work
from voice.rehearsal.draft import broken, in_work, without
from voice.rehearsal.line import Lines
from voice.rehearsal.orders import to_ring
from voice.rehearsal.sounds import Sounds
from voice.script import Script, ScriptError
from voice.store.drafts import read_work

PATH: Final = "/console/ring"
_opening = threading.Lock()


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/ring", "ring", ring)
    routes.add_url_rule("/ring/call", "ring_call", ring_call, methods=["POST"])
    routes.add_url_rule("/ring/text", "ring_text", ring_text, methods=["POST"])
    routes.add_url_rule("/ring/sound", "ring_sound", ring_sound, methods=["POST"])


@require()
def ring() -> ResponseReturnValue:
    """The telephone on all words in work, or on those of one subject."""
    live, subject = live_script(), _subject()
    work, left = _work(live, subject)
    try:
        draft = in_work(live, work, subject)
    except ScriptError as error:
        shown = {"subject": subject, "title": _title(subject), "mends": mends(error)}
        return page("hear_broken.html", 200, **shown)
    values = page_of(desk().settings, draft, _locale(live))
    if not values["words"].written:  # scripts that came without words for a telephone's page
        abort(404)
    values |= _around(work, draft, live, subject)
    values["left"] = [(name, title(name)) for name in left]
    return make_response(render_template("console/ring.html", base=PATH, **values))


def _work(live: Script, subject: str) -> tuple[Work, tuple[str, ...]]:
    """What is rung, and the subjects that are left out of all words in work: what keeps some
    from being read keeps nobody from ringing the others."""
    work = read_work(desk().store)
    left = () if subject else broken(live, work)
    return without(work, left), left


def _around(work: Work, draft: Script, live: Script, subject: str) -> dict[str, Any]:
    """What the page says around the telephone."""
    order = to_ring(draft, live, recorded())
    scope = {"subject": subject} if subject else {}
    return {
        "t": words(),
        "subject": subject,
        "to_hear": _to_hear(live, subject),
        "titles": [(name, title(name)) for name in read_work(desk().store).subjects],
        "title": _title(subject),
        "in_work": bool(work.of(subject) if subject else work.drafts),
        "scope": f"&{urlencode(scope)}" if scope else "",
        "asked": f"?{urlencode(scope)}" if scope else "",
        "told": orders().progress(order.name),
        "progress": url_for("console.hear_progress", name=order.name),
    }


def _to_hear(live: Script, subject: str) -> str:
    """Where its clips can be heard: pages and what is matched have none of their own."""
    own = subject in spoken(live)
    return url_for("console.hear_subject", subject=subject) if own else url_for("console.hear")


@require()
def ring_call() -> ResponseReturnValue:
    """One step of somebody who rings the draft."""
    return answer_call(desk().settings, _booth)


@require()
def ring_text() -> ResponseReturnValue:
    """One text to the draft."""
    return answer_text(desk().settings, _booth)


@require()
def ring_sound() -> ResponseReturnValue:
    """Make the sound of what callers do not hear yet."""
    live, subject = live_script(), _subject()
    back = url_for("console.ring", subject=subject or None)
    try:
        draft = in_work(live, _work(live, subject)[0], subject)
    except ScriptError:
        return go(back)
    return begun(to_ring(draft, live, recorded()), back)


def _booth() -> Booth:
    """The draft as it is just now, whichever worker made the page."""
    live, subject = live_script(), _subject()
    try:
        draft = in_work(live, _work(live, subject)[0], subject)
    except ScriptError as error:
        raise Refused(409, "broken", "the words do not fit together") from error
    return _lines().reach(Sounds(orders().root, desk().live.manifest, draft, live))


def _lines() -> Lines:
    """The drafts' lines of this process."""
    with _opening:
        kept = current_app.extensions
        if "drafts" not in kept:
            kept["drafts"] = Lines(desk().settings, desk().store, desk().clock)
        lines: Lines = kept["drafts"]
        return lines


def _subject() -> str:
    """The subject that is rung, "" for all words in work; 404 for one there is not."""
    subject = request.args.get("subject", "")
    if subject and subject not in subjects(live_script()):
        abort(404)
    return subject


def _title(subject: str) -> str:
    return title(subject) if subject else words()("ring.all")


def _locale(script: Script) -> str:
    named = request.args.get("locale", "")
    return named if named in script.locales else readers_locale(script)
