"""/try: a telephone and a text thread in the browser, over the real webhooks with real signatures.

    GET  /try        the page
    POST /try/call   one deed of a caller
    POST /try/text   one text

What they show and take is in booth.py.
"""

import secrets
from collections.abc import Callable
from functools import partial
from typing import cast

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from voice import handset
from voice.booth import Booth, Refused, answer_call, answer_text, page_of, refused
from voice.exchange import over_wsgi
from voice.listen import locale_of
from voice.live import Live
from voice.script import Script
from voice.settings import Settings, is_loopback


def blueprint(
    settings: Settings,
    live: Live,
    below: Callable[[int], int] = secrets.randbelow,
    is_staff: Callable[[], bool] = lambda: False,
) -> Blueprint:
    """Return the routes of /try: open to all where only this machine can reach the line.

    Elsewhere they are only for those `is_staff` knows to be signed in. `below` gives a random
    number from 0 to just below its argument.
    """
    routes = Blueprint("practice", __name__)
    routes.before_request(lambda: _only_here(settings, is_staff))
    page = partial(_page, settings, live, below)
    routes.add_url_rule("/try", "page", page, strict_slashes=False)
    for name, answer in (("call", answer_call), ("text", answer_text)):
        view = partial(answer, settings, lambda: _booth(settings, live))
        routes.add_url_rule(f"/try/{name}", name, view, methods=["POST"])
    return routes


def _only_here(settings: Settings, is_staff: Callable[[], bool]) -> AnyResponse | None:
    if settings.local:
        return None if is_loopback(f"http://{request.host}") else abort(404)
    if is_staff():
        return None
    if request.method == "POST":
        return refused(Refused(401, "ended", "nobody is signed in"))
    return redirect("/console/sign-in?next=/try", 303)


def _script(live: Live) -> Script:
    if live.release is None:
        raise ServiceUnavailable
    return live.release.script


def _page(settings: Settings, live: Live, below: Callable[[int], int]) -> Response:
    script = _script(live)
    values = page_of(settings, script, locale_of(script, request), below)
    if not values["words"].written:  # scripts that came without words for this page
        abort(404)
    response = make_response(render_template("try.html", base="/try", **values))
    response.headers["Cache-Control"] = "no-store"
    return response


def _booth(settings: Settings, live: Live) -> Booth:
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    script = _script(live)
    return Booth(settings, script, handset.phone(settings, live.manifest, script, over_wsgi(app)))
