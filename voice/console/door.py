"""The door: who may open which page, and that a form comes from a page of ours.

Closed by default: a page is open to strangers only if OPEN names it, and to staff only if its view
says to whom (desk.require).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, url_for
from flask import session as open_page
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from voice.console import (
    account,
    audio,
    authenticator,
    call_backs,
    cards,
    confirming,
    deleting,
    going_live,
    hearing,
    home,
    overview,
    people,
    policy,
    problems,
    recorded,
    recordings,
    releases,
    review,
    ringing,
    saying,
    signing,
    switching,
    translating,
    unknown,
    use,
    writing,
)
from voice.console.cookies import set_up, token_of
from voice.console.desk import Desk, Visit, desk, may, rule_of, visit
from voice.console.kept import MOST, Keeper, keep
from voice.console.passwords import Passwords
from voice.console.words import best_language, words_in
from voice.live import Live
from voice.settings import Settings
from voice.store import Store
from voice.store.sessions import Session, read_session, touch_session

OPEN: Final = frozenset(
    f"console.{name}" for name in ("sign_in", "sign_in_code", "link", "openid", "openid_back")
)
"""What a stranger may open. /static is the app's own and holds no secret."""
QUIET: Final = frozenset(
    {"console.time_left", "console.word_news", "console.going_news", "console.hear_progress"}
)
"""What a page asks by itself: it does not keep anybody signed in."""
PAGES: Final = (
    signing,
    home,
    overview,
    writing,
    hearing,
    saying,
    ringing,
    review,
    releases,
    going_live,
    switching,
    policy,
    unknown,
    call_backs,
    audio,
    cards,
    translating,
    use,
    people,
    account,
    authenticator,
    recorded,
    recordings,
    confirming,
    deleting,
    problems,
)
"""Modules that add pages, in any order."""


def blueprint(
    settings: Settings,
    store: Store,
    live: Live,
    clock: Callable[[], datetime],
    passwords: Passwords | None = None,
) -> Blueprint:
    """Return the routes of the console; `passwords` compares them at another cost."""
    hashes, keeper = passwords or Passwords(), Keeper(settings.secret_key)
    made = Desk(settings, store, live, clock, hashes, keeper)
    routes = Blueprint("console", __name__, url_prefix="/console")
    routes.record_once(lambda state: _furnish(cast(Flask, state.app), made))
    routes.before_request(_guard)
    routes.after_request(_private)
    _add_pages(routes, settings)
    return routes


def _furnish(app: Flask, made: Desk) -> None:
    set_up(app, made.settings)
    app.extensions["console"] = made


def _add_pages(routes: Blueprint, settings: Settings) -> None:
    for pages in PAGES:
        pages.add(routes)
    if settings.openid.issuer:
        # Its library is loaded only where a clinic has a sign-in service.
        from voice.console import openid

        openid.add(routes)


def is_staff(settings: Settings, store: Store, clock: Callable[[], datetime]) -> Callable[[], bool]:
    """Return what tells, on pages that are not the console's, whether who asks is signed in."""

    def known() -> bool:
        token, at = token_of(request, settings), clock()
        session = read_session(store, token) if token else None
        if session is None or not session.alive(at):
            return False
        touch_session(store, token, session, at)
        return True

    return known


def _guard() -> ResponseReturnValue | None:
    """Let in those who may come in; send everybody else to the sign-in page."""
    g.visit = _visit()
    request.max_content_length = MOST
    endpoint = cast(str, request.endpoint)
    if endpoint in OPEN:
        _check_form()
        return None
    person = visit().person
    if person is None:
        return _to_sign_in()
    rule = rule_of(endpoint)
    if rule is None or not may(person, endpoint):
        abort(403)
    request.max_content_length = rule.largest
    _check_form()
    if endpoint not in QUIET:
        g.visit = _touched(visit())
    return None


def _visit() -> Visit:
    token = token_of(request, desk().settings)
    session = read_session(desk().store, token) if token else None
    at = desk().clock()
    alive = session is not None and session.alive(at)
    return Visit(session, token, words_in(_language(session if alive else None)), at)


def _language(session: Session | None) -> str:
    """The language a person chose, else the one their browser was last read in, else its own."""
    if session is not None:
        return session.person.locale
    named = request.args.get("language", "")
    if named:
        open_page["language"] = best_language(named, ())
    accepted = tuple(tag for tag, _ in request.accept_languages)
    return best_language(str(open_page.get("language", "")), accepted)


def _touched(seen: Visit) -> Visit:
    session = touch_session(desk().store, seen.token, cast(Session, seen.session), seen.at)
    return Visit(session, seen.token, seen.words, seen.at)


# Forms -------------------------------------------------------------------------------------------


def _check_form() -> None:
    """Refuse what another site sends in our reader's name. CSRFError."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    own = {desk().settings.public_url, f"{request.scheme}://{request.host}"}
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or request.headers.get("Origin") not in {None, *own}:
        raise CSRFError("another site")
    cast(CSRFProtect, current_app.extensions["csrf"]).protect()


def _is_ours() -> bool:
    try:
        _check_form()
    except CSRFError:
        return False
    return True


def _to_sign_in() -> ResponseReturnValue:
    if _asked_by_script():
        return {"sign_in": url_for("console.sign_in")}, 401
    if request.method != "POST":
        ended = 1 if visit().session else None
        return redirect(url_for("console.sign_in", next=_here(), ended=ended), 303)
    return _keep_what_was_typed() or _nothing_done()


def _keep_what_was_typed() -> Response | None:
    """The sign-in page with the form inside it; None for an empty one, or one that is not ours."""
    whose = _whose()
    if whose is None or not _is_ours():
        return None
    kept = keep(whose, _here(), request.form.items(multi=True))
    if not kept.worth_keeping:
        return None
    return signing.ask(kept=desk().keeper.seal(kept), status=401)


def _whose() -> int | None:
    """Whose session this was; after a sign-out in another tab, the last one's in this browser."""
    session = visit().session
    return session.person.id if session else open_page.get("who")


def _nothing_done() -> ResponseReturnValue:
    """The sign-in page for who pressed a button too late: it says so, and leads back."""
    if request.endpoint == "console.sign_out" or _whose() is None or not _is_ours():
        return redirect(url_for("console.sign_in"), 303)
    if request.endpoint == "console.stay":
        place = request.form.get("next", "")
        return redirect(url_for("console.sign_in", next=place, ended=1), 303)
    return redirect(url_for("console.sign_in", next=_before(), undone=1), 303)


def _before() -> str:
    """The page on which a form was, as its browser says; else the one it was sent to."""
    page = urlsplit(request.referrer or "")
    own = {urlsplit(desk().settings.public_url).netloc, request.host}
    query = f"?{page.query}" if page.query else ""
    return f"{page.path}{query}" if page.netloc in own else _here()


def _asked_by_script() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def _here() -> str:
    return request.full_path if request.query_string else request.path


def _private(response: Response) -> Response:
    """Pages of the console tell their own site where a form was, which Origin depends on."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
