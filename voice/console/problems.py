"""What the console shows when something cannot be done: always what happened, and what to do."""

import logging
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from voice.booth import Refused, Why, refused
from voice.console.desk import go, page, require, stranger
from voice.console.kept import MOST
from voice.store import StoreError

_KINDS = {403: "forbidden", 404: "gone", 413: "large"}
_WHYS: Final[Mapping[str, Why]] = {"forbidden": "old", "gone": "unknown"}
"""What the telephone in the browser is told, which alone asks in JSON: its subject may be gone."""
_FILES = {
    "console.recording_keep": ("large_sound", "console.recording"),
    "console.sheet_preview": ("large_sheet", "console.sheets"),
}
"""Views that take a file: what is said of one that is too large, and the page it is sent from."""

_log = logging.getLogger(__name__)


def add(routes: Blueprint) -> None:
    """Show these pages wherever a view of the console fails, and where there is none."""
    routes.add_url_rule("/", "slash", slash)
    routes.add_url_rule("/<path:place>", "nowhere", nowhere, methods=["GET", "POST"])
    routes.register_error_handler(CSRFError, _stale)
    routes.register_error_handler(HTTPException, _refused)
    routes.register_error_handler(StoreError, _no_store)
    routes.register_error_handler(OverflowError, _nothing)


@require()
def slash() -> ResponseReturnValue:
    """The first page, by an address with a stroke too many."""
    return go(url_for("console.home"))


@require()
def nowhere(place: str) -> ResponseReturnValue:
    """An address under which there is no page."""
    abort(404)


def _stale(problem: CSRFError) -> ResponseReturnValue:
    if request.is_json:
        return refused(Refused(400, "old", "the form's token is not ours"))
    return _tell("stale", 400)


def _refused(problem: HTTPException) -> ResponseReturnValue:
    code = problem.code or 500
    kind = _KINDS.get(code) or ("failed" if code >= 500 else "other")
    if problem.response is not None:
        return problem.response
    if request.is_json and kind in _WHYS:
        return refused(Refused(code, _WHYS[kind], problem.name))
    return _too_large() if kind == "large" else _tell(kind, code)


def _too_large() -> ResponseReturnValue:
    """What was sent is over the limit of its page: how much may be sent, and what to do."""
    most = request.max_content_length or MOST
    kind, form = _FILES.get(request.endpoint or "", ("large", ""))
    back = url_for(form, **(request.view_args or {})) if form else ""
    return _tell(kind, 413, back=back, kilobytes=most // 1000, megabytes=most // 1_000_000)


def _nothing(problem: OverflowError) -> ResponseReturnValue:
    # A number in an address that is larger than the store's: nothing is called that.
    return _tell("gone", 404)


def _no_store(problem: StoreError) -> ResponseReturnValue:
    _log.warning("%s could not use the store: %s", request.endpoint, type(problem).__name__)
    return _tell("store", 503)


def _tell(kind: str, status: int, back: str = "", **told: int) -> ResponseReturnValue:
    if "visit" not in g:
        g.visit = stranger()
    return page("problem.html", status, kind=kind, back=back, told=told)
