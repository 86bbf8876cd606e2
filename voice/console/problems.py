"""What the console shows when something can not be done: always what happened, and what to do."""

import logging

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from voice.console.desk import page, stranger
from voice.store import StoreError

_KINDS = {403: "forbidden", 404: "gone", 413: "large"}

_log = logging.getLogger(__name__)


def add(routes: Blueprint) -> None:
    """Show these pages wherever a view of the console fails."""
    routes.register_error_handler(CSRFError, _stale)
    routes.register_error_handler(HTTPException, _refused)
    routes.register_error_handler(StoreError, _no_store)
    routes.register_error_handler(OverflowError, _nothing)


def _stale(problem: CSRFError) -> ResponseReturnValue:
    return _tell("stale", 400)


def _refused(problem: HTTPException) -> ResponseReturnValue:
    code = problem.code or 500
    kind = _KINDS.get(code) or ("failed" if code >= 500 else "other")
    if problem.response is not None:
        return problem.response
    return _tell(kind, code)


def _nothing(problem: OverflowError) -> ResponseReturnValue:
    # A number in an address that is larger than the store's: nothing is called that.
    return _tell("gone", 404)


def _no_store(problem: StoreError) -> ResponseReturnValue:
    _log.warning("%s could not use the store: %s", request.endpoint, type(problem).__name__)
    return _tell("store", 503)


def _tell(kind: str, status: int) -> ResponseReturnValue:
    if "visit" not in g:
        g.visit = stranger()
    return page("problem.html", status, kind=kind)
