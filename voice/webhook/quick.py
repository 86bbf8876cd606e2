"""The short way for what Twilio posts all day: a call's requests and texts, before Flask sees them.

The same checks and the same answers as the long way, without what Flask does for any page; that
alone is worth a third of a request. Whatever is not so plain goes the long way: no post, no length,
a signature that is refused, the practice telephone, a status.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Final

from voice import signature
from voice.webhook.calls import call_document
from voice.webhook.door import XML, Door, Form
from voice.webhook.texts import text_document

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST: Final = 64 * 1024
"""Bytes of a form; a webhook with every add-on is under 10 kB."""

Tell = Callable[[str, str, str, int, float], str]
"""method, endpoint, route, status, seconds -> the request's number"""


def before(
    wsgi: "WSGIApplication", door: Door, headers: Mapping[str, str], tell: Tell
) -> "WSGIApplication":
    """Answer plain requests of calls and texts; the rest is left to `wsgi`.

    `headers` are those every answer of the line has; `tell` logs and counts.
    """
    every = [("Content-Type", XML), *headers.items()]

    def first(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        begun = perf_counter()
        path = environ["PATH_INFO"]
        way = _way(path) if environ["REQUEST_METHOD"] == "POST" else None
        form = _form(door, environ, path) if way and door.live.release else None
        body = way.answer(door, form) if way and form else None
        if way is None or body is None:
            return wsgi(environ, start_response)
        number = tell("POST", way.endpoint, way.route, 200, perf_counter() - begun)
        length = ("Content-Length", str(len(body)))
        start_response("200 OK", [*every, length, ("X-Request-Id", number)])
        return [body]  # granian sends a list as it is; anything else it asks for piece by piece

    return first


@dataclass(frozen=True)
class _Way:
    """What is asked: who answers it, and what it is counted and logged as."""

    answer: Callable[[Door, Form], bytes | None]
    endpoint: str
    route: str


_TEXT: Final = _Way(text_document, "webhook.sms", "/sms")
_CALL: Final = _Way(call_document, "webhook.voice", "/voice")
_STATE: Final = _Way(call_document, "webhook.voice", "/voice/<path:state>")


def _way(path: str) -> _Way | None:
    if path == "/sms":
        return _TEXT
    if path == "/voice":
        return _CALL
    return _STATE if path.startswith("/voice/") and path[7:8].isdigit() and path.isascii() else None


def _form(door: Door, environ: "WSGIEnvironment", path: str) -> Form | None:
    """Return the form of a request that Twilio signed; None for any other, which stays whole."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and 0 < int(length) <= LARGEST):
        return None
    body = environ["wsgi.input"].read(int(length))
    verdict = signature.check(door.tokens, door.settings.public_url, environ, body)
    if verdict.signer is None or verdict.signer == len(door.tokens) - 1:
        environ["wsgi.input"] = BytesIO(body)
        return None
    return Form(verdict.fields, False, path)
