"""Pages: a recording deleted for good, after a question that names whose it is."""

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import desk, go, now, page, require, say
from voice.console.drafting import live_script, me
from voice.console.recordings import READERS
from voice.console.takes import checklist
from voice.script import PACES
from voice.store.recordings import Recording, drop_recording, recordings


def add(routes: Blueprint) -> None:
    """Add these pages."""
    path = "/recordings/<locale>/<name>/delete"
    routes.add_url_rule(path, "recording_delete", delete, methods=["GET", "POST"])


@require(*READERS)
def delete(locale: str, name: str) -> ResponseReturnValue:
    """Ask, then delete; from the next time something goes live the line's own voice speaks."""
    if locale not in live_script().locales:
        abort(404)
    one = next((one for one in recordings(desk().store, locale) if one.name == name), None)
    if request.method == "GET" and one:
        return page("recording_delete.html", one=one, said=_is_said(one))
    if request.method == "POST" and one and drop_recording(desk().store, name, me(), now()):
        say("recordings.deleted")
    if one is None or _is_said(one):
        return go(url_for("console.recording", locale=locale, name=name))
    return go(url_for("console.recordings_list", locale=locale))


def _is_said(one: Recording) -> bool:
    return any(checklist(one.locale, pace).find(one.name) for pace in PACES)
