"""The short way for what Twilio posts all day, before Flask sees it: calls, texts, statuses.

The same checks and the same answers as the long way, without what Flask does for any page; that
alone is worth a third of a request. Whatever is not so plain goes the long way: no post, no length,
a signature that is refused, the practice telephone.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Final

from voice.webhook.calls import call_document
from voice.webhook.door import XML, Door, Form, form_of, judged
from voice.webhook.statuses import keep_call_status, keep_text_status
from voice.webhook.texts import text_document

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST: Final = 64 * 1024
"""Bytes of a form; a webhook with every add-on is under 10 kB."""

_log = logging.getLogger(__name__)

Answer = tuple[str, list[tuple[str, str]], bytes]
"""Status, headers of its own, body."""

Tell = Callable[[str, str, str, int, float], str]
"""method, endpoint, route, status, seconds -> the request's number"""


def before(
    wsgi: "WSGIApplication", door: Door, headers: Mapping[str, str], tell: Tell
) -> "WSGIApplication":
    """Answer plain requests of calls and texts, and statuses; the rest is left to `wsgi`.

    `headers` are those every answer of the line has; `tell` logs and counts.
    """
    every = list(headers.items())

    def first(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        begun = perf_counter()
        path = environ["PATH_INFO"]
        way = _way(path) if environ["REQUEST_METHOD"] == "POST" else None
        form = _form(door, environ, path) if way and door.live.release else None
        answer = way.answer(door, form) if way and form else None
        if way is None or answer is None:
            return wsgi(environ, start_response)
        status, own, body = answer
        took = perf_counter() - begun
        number = tell("POST", way.endpoint, way.route, int(status[:3]), took)
        start_response(status, [*own, *every, ("X-Request-Id", number)])
        return [body]  # granian sends a list as it is; anything else it asks for piece by piece

    return first


@dataclass(frozen=True)
class _Way:
    """What is asked: who answers it, and what it is counted and logged as."""

    answer: Callable[[Door, Form], Answer | None]
    endpoint: str
    route: str


def _document(make: Callable[[Door, Form], bytes | None]) -> Callable[[Door, Form], Answer | None]:
    """Answer with TwiML, where there is some."""

    def answer(door: Door, form: Form) -> Answer | None:
        try:
            body = make(door, form)
        except Exception as error:  # not even an apology; the server's own answer is not counted
            _log.error("%s failed: %s", make.__name__, type(error).__name__, exc_info=error)
            return _EMPTY[500]
        if body is None:
            return None
        return "200 OK", [("Content-Type", XML), ("Content-Length", str(len(body)))], body

    return answer


_TYPE: Final = ("Content-Type", "text/html; charset=utf-8")
_NOTHING: Final = ("Content-Length", "0")
_EMPTY: Final[Mapping[int, Answer]] = {
    204: ("204 NO CONTENT", [_TYPE], b""),
    500: ("500 INTERNAL SERVER ERROR", [_TYPE, _NOTHING], b""),
    503: ("503 SERVICE UNAVAILABLE", [_TYPE, _NOTHING], b""),
}
"""As Flask writes them."""


def _status(keep: Callable[[Door, Form], int]) -> Callable[[Door, Form], Answer]:
    """Answer with a status and nothing else."""
    return lambda door, form: _EMPTY[keep(door, form)]


_CALL: Final = _document(call_document)
_STATE: Final = _Way(_CALL, "webhook.voice", "/voice/<path:state>")
_WAYS: Final[Mapping[str, _Way]] = {
    "/voice": _Way(_CALL, "webhook.voice", "/voice"),
    "/sms": _Way(_document(text_document), "webhook.sms", "/sms"),
    "/voice/status": _Way(_status(keep_call_status), "webhook.voice_status", "/voice/status"),
    "/sms/status": _Way(_status(keep_text_status), "webhook.sms_status", "/sms/status"),
}


def _way(path: str) -> _Way | None:
    if path.startswith("/voice/") and path[7:8].isdigit() and path.isascii():
        return _STATE
    return _WAYS.get(path)


def _form(door: Door, environ: "WSGIEnvironment", path: str) -> Form | None:
    """Return the form of a request that Twilio signed; None for any other, which stays whole."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and 0 < int(length) <= LARGEST):
        return None
    body = environ["wsgi.input"].read(int(length))
    verdict = judged(door, environ, body)
    if verdict.signer is None or verdict.signer == len(door.tokens) - 1:
        environ["wsgi.input"] = BytesIO(body)
        return None
    return form_of(verdict, False, path, environ)
