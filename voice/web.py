"""The factory: doors put together, headers on every answer, error pages, health, metrics.

    create_app(settings, store, live, measures, doors) -> Flask

A door is a blueprint; assembly.py makes each and gives it what it needs. On Twilio's paths an error
is answered with its status and an empty body: an error page would be read to a caller or sent to a
patient as a text.
"""

import hmac
import ipaddress
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, cast

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    redirect,
    render_template,
    request,
)
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_date
from werkzeug.wrappers import Response as AnyResponse

from voice import listen
from voice.gauges import Glances
from voice.live import Live
from voice.measures import Measures
from voice.refusals import HELD_BACK
from voice.settings import Settings
from voice.store import Store
from voice.watchers import Seen, unseen

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY: Final = 64 * 1024
"""Bytes; a webhook with every add-on is under 10 kB."""

# Monitoring asks for these every few seconds; logged only at DEBUG.
_ROUTINE = frozenset({"/healthz", "/readyz", "/metrics"})

_PASSED_ON = (
    "forwarded", "x-forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip",
    "cf-connecting-ip",
)  # fmt: skip
"""How the headers begin by which a proxy says that it passed a request on."""

_DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")
"""Headers that Werkzeug reads as dates."""

_log = logging.getLogger(__name__)
_access = logging.getLogger("voice.access")


@dataclass(frozen=True)
class ErrorWords:
    """An error page's words: what happened, and what to do."""

    title: str
    advice: str


_NOT_FOUND = (
    ErrorWords("This page is not here", "The address may have a typing mistake."),
    ErrorWords("Esta página no está aquí", "La dirección puede tener un error."),
)
_NOT_NOW = (
    ErrorWords("The line is getting ready", "Please try again in a minute."),
    ErrorWords("La línea se está preparando", "Intente de nuevo en un minuto."),
)
_FAILED = (
    ErrorWords("Something went wrong here", "It is not your fault. Please try again."),
    ErrorWords("Algo falló aquí", "No es culpa suya. Intente de nuevo."),
)
_REFUSED = (
    ErrorWords("This cannot be done", "Please go back and try another way."),
    ErrorWords("Esto no se puede hacer", "Regrese e intente de otra manera."),
)


def create_app(
    settings: Settings,
    store: Store,
    live: Live,
    measures: Measures,
    doors: Iterable[Blueprint],
    tell: "Teller | None" = None,
) -> Flask:
    """The app with these doors; `tell` logs and counts what it answers."""
    app = Flask("voice", static_folder="static", template_folder="templates")
    app.request_class = _Asked
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.url_map.merge_slashes = False  # a redirect would lose what Twilio posted
    for door in doors:
        app.register_blueprint(door)
    _open_health(app, store, live)
    _open_metrics(app, settings, live, measures)
    _open_errors(app, live)
    around = _around(app.wsgi_app, settings, tell or Teller(measures))
    app.wsgi_app = around  # type: ignore[assignment, method-assign]
    return app


class _Forms(FormDataParser):
    """Reads forms; one with a field that has no name is broken, and what is broken is empty.

    Werkzeug would call such a field None, and whoever looks through the names would fail.
    """

    def parse(self, *given: Any, **named: Any) -> tuple[Any, Any, Any]:
        stream, form, files = super().parse(*given, **named)
        return stream, self.cls() if None in form else form, files


class _Asked(Request):
    """A request that reads its form so."""

    form_data_parser_class = _Forms


def _open_health(app: Flask, store: Store, live: Live) -> None:
    glances = Glances(store)

    @app.get("/")
    def home() -> AnyResponse:
        return redirect("/listen")

    @app.get("/healthz", strict_slashes=False)
    def healthz() -> Response:
        return Response("alive\n", content_type="text/plain; charset=utf-8")

    @app.get("/readyz", strict_slashes=False)
    def readyz() -> tuple[dict[str, object], int]:
        release, why = live.release, glances.why()
        state: dict[str, object] = {
            "ready": release is not None,
            "release": release.number if release else None,
            "clips": {"missing": len(release.unspoken) if release else 0},
            "store": f"degraded: {why}" if why else "reachable",
        }
        return state, 200 if release else 503


def _open_metrics(app: Flask, settings: Settings, live: Live, measures: Measures) -> None:
    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_measure(settings.metrics_token):
            abort(404)
        release = live.release
        measures.serves(release.number if release else 0, len(release.unspoken) if release else 0)
        return Response(measures.text(), content_type=CONTENT_TYPE_LATEST)


def _may_measure(token: str) -> bool:
    """This machine may, unless a proxy on it passed the request on; others need the token."""
    offered = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if token and hmac.compare_digest(offered, f"Bearer {token}".encode()):
        return True
    if any(name.lower().startswith(_PASSED_ON) for name, _ in request.headers):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class Teller:
    """Records every answer: one log line, one count, and a word to whatever else watches.

    Returns the request's number.
    """

    def __init__(self, measures: Measures, seen: Seen = unseen) -> None:
        self._measures = measures
        self._seen = seen
        # New random bytes for every answer would cost more.
        self._begins = secrets.token_hex(3)
        self._numbers = count()

    def __call__(self, method: str, endpoint: str, route: str, status: int, seconds: float) -> str:
        number = self.quietly(method, endpoint, route, status, seconds)
        level = logging.DEBUG if route in _ROUTINE else logging.INFO
        if _access.isEnabledFor(level):
            fields = (method, route, status, seconds * 1000, number)
            _access.handle(_access_record(level, fields))
        return number

    def quietly(self, method: str, endpoint: str, route: str, status: int, seconds: float) -> str:
        """Do the same without a line in the log."""
        self._measures.request(endpoint, status, seconds)
        self._seen(method, route, status, seconds)
        return f"{self._begins}{next(self._numbers):06x}"


def _around(wsgi: "WSGIApplication", settings: Settings, tell: Teller) -> "WSGIApplication":
    """Give every answer the headers its view did not set itself, a log line and a count.

    Done here, on the plain list of headers: Flask's hooks, and looking up eight names in its
    headers, would cost more than a small answer does.
    """
    fixed = tuple((name.lower(), (name, value)) for name, value in headers(settings).items())

    def around(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        begun = perf_counter()
        _drop_odd_dates(environ)

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            given = {name.lower() for name, _ in headers}
            more = [header for name, header in fixed if name not in given]
            # Werkzeug keeps its request in the environment.
            asked: Request | None = environ.get("werkzeug.request")
            rule = asked.url_rule if asked else None
            endpoint, route = (rule.endpoint, rule.rule) if rule else ("-", "-")
            method, code = str(environ["REQUEST_METHOD"]), int(status[:3])
            told = tell.quietly if HELD_BACK in environ else tell
            number = told(method, endpoint, route, code, perf_counter() - begun)
            return start_response(status, [*headers, *more, ("X-Request-Id", number)], error)

        return wsgi(environ, start)

    return around


def _drop_odd_dates(environ: "WSGIEnvironment") -> None:
    """Take out dates with numbers too large for any: Werkzeug would not ignore them, but fail."""
    for name in _DATES:
        if name in environ:
            try:
                parse_date(environ[name])
            except OverflowError:
                del environ[name]


def _access_record(level: int, fields: tuple[str, str, int, float, str]) -> logging.LogRecord:
    """A log record made directly, which saves the search for the line of code that logs."""
    message = "%s %s %d %.1f ms %s"
    record = logging.LogRecord(_access.name, level, "", 0, message, fields, None)
    method, route, status, ms, number = fields
    record.__dict__.update(
        method=method, route=route, status=status, ms=round(ms, 1), request=number
    )
    return record


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every answer, unless its view set them otherwise."""
    own = f"'self' {settings.public_url}"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "media-src": own,
        "connect-src": own,
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Server": "kypholine",  # else the server tells its own name
    }


def clip_headers(settings: Settings) -> dict[str, str]:
    """Those that a clip carries: the others are for pages, and a sixth of what a clip costs."""
    every = headers(settings)
    return {name: every[name] for name in ("X-Content-Type-Options", "Server")}


def _open_errors(app: Flask, live: Live) -> None:
    @app.errorhandler(Exception)
    def failed(problem: Exception) -> AnyResponse:
        if not isinstance(problem, HTTPException):
            _log.error("%s failed", request.endpoint or "-", exc_info=problem)
            problem = InternalServerError()
        if problem.response is not None:
            return cast(AnyResponse, problem.response)
        return _error(live, problem)


def _error(live: Live, problem: HTTPException) -> AnyResponse:
    """An error with the headers it needs and a body its reader can use: none for Twilio."""
    response = _error_body(live, problem)
    response.status_code = problem.code or 500
    for name, value in problem.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _error_body(live: Live, problem: HTTPException) -> Response:
    first = request.path.split("/")[1] if "/" in request.path else ""
    if first in ("voice", "sms"):
        return Response()
    if not request.accept_mimetypes.accept_html or "Accept" not in request.headers:
        return Response(
            f"{problem.code} {problem.name}\n", content_type="text/plain; charset=utf-8"
        )
    script = live.release.script if live.release else None
    if problem.code == 404 and script:
        try:
            return listen.missing(script, listen.locale_of(script, request))
        except Exception:
            _log.exception("the page for a missing page failed")
    english, spanish = _words(problem.code or 500)
    phone = script.line.phone if script else None
    return Response(render_template("error.html", english=english, spanish=spanish, phone=phone))


def _words(code: int) -> tuple[ErrorWords, ErrorWords]:
    known = {404: _NOT_FOUND, 503: _NOT_NOW}
    return known.get(code) or (_FAILED if code >= 500 else _REFUSED)
