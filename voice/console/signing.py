"""Signing in and out, one-time links, and staying signed in."""

from typing import Final
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask import session as open_page
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from voice.console import second_step
from voice.console.cookies import give_token, take_token
from voice.console.desk import (
    audited,
    desk,
    go,
    now,
    page,
    require,
    say,
    session_left,
    staff,
    visit,
)
from voice.console.forms import Code, NewPassword, SignIn
from voice.console.proof import Refused, proven
from voice.store.audit import record
from voice.store.sessions import LinkGone, begin_session, end_session, read_link, use_link
from voice.store.staff import Person

NO_PAGES: Final = frozenset(
    "sign_in link openid openid_back slash nowhere".split()
    + "time_left word_news going_news hear_progress".split()
    + "hear_sound recording_sound release_files card_pdf sheet use_download audit_download".split()
)
"""What GET answers with something that is no page to begin with: ways in, news, sounds, files."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/sign-in", "sign_in", sign_in, methods=["GET", "POST"])
    routes.add_url_rule("/sign-in/code", "sign_in_code", sign_in_code, methods=["POST"])
    routes.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    routes.add_url_rule("/link/<token>", "link", link, methods=["GET", "POST"])
    routes.add_url_rule("/session", "time_left", time_left)
    routes.add_url_rule("/session", "stay", stay, methods=["POST"])


# In and out --------------------------------------------------------------------------------------


def sign_in() -> ResponseReturnValue:
    """The sign-in page, and what it sends."""
    if request.method != "POST":
        return ask() if visit().person is None else redirect(next_page(), 303)
    form = SignIn()
    if not form.validate():
        return _again(form, 422)
    try:
        person = proven(form.email.data, form.password.data)
    except Refused as refusal:
        response = _again(form, refusal.status, str(refusal))
        return _waiting(response, refusal)
    return let_in(person)


def sign_in_code() -> ResponseReturnValue:
    """The second step: a code of the authenticator, after the password."""
    form = Code()
    if not form.validate():
        return _ask_code(form, 422)
    try:
        person = second_step.passed(request.form.get("ticket", ""), form.code.data)
    except Refused as refusal:
        return _waiting(_ask_code(form, refusal.status, str(refusal)), refusal)
    return _let_in(person)


def let_in(person: Person) -> Response:
    """Who gave the right password: in at once, or on to the code."""
    if second_step.needed(person):
        return _ask_code(Code(formdata=None), 200, person=person)
    return _let_in(person)


def _ask_code(form: Code, status: int, refused: str = "", person: Person | None = None) -> Response:
    ticket = second_step.ticket(person) if person else request.form.get("ticket", "")
    kept, place = request.form.get("kept", ""), next_page()
    values = {"form": form, "ticket": ticket, "kept": kept, "next": place, "refused": refused}
    return page("code.html", status, **values)


def _waiting(response: Response, refusal: Refused) -> Response:
    if refusal.wait:
        response.headers["Retry-After"] = str(refusal.wait)
    return response


def ask(kept: str = "", status: int = 200, refused: str = "") -> Response:
    """The sign-in page; a form to go on with afterwards may be sealed into it."""
    form = SignIn(formdata=None)
    why = "kept" if kept else _why()
    values = {"form": form, "kept": kept, "why": why, "next": next_page(), "refused": refused}
    return page("sign_in.html", status, **values, openid=_openid())


def _why() -> str:
    """Why somebody is asked to sign in, by the address: words called sign_in.WHY."""
    given = (name for name in ("undone", "ended") if name in request.args)
    return next(given, "needed" if "next" in request.args else "")


def _again(form: SignIn, status: int, refused: str = "") -> Response:
    kept = request.form.get("kept", "")
    values = {"form": form, "kept": kept, "why": "", "next": next_page(), "refused": refused}
    return page("sign_in.html", status, **values, openid=_openid())


def _openid() -> bool:
    """Whether the clinic has a sign-in service of its own."""
    return bool(desk().settings.openid.issuer)


def _let_in(person: Person) -> Response:
    """The page they wanted, or what they typed before; signed in from now on."""
    kept = desk().keeper.open(request.form.get("kept", ""), person.id)
    token = begin(person)
    response = go(next_page()) if kept is None else page("resume.html", kept=kept)
    give_token(response, desk().settings, token)
    return response


def begin(person: Person) -> str:
    """Begin a session of this person and record it; the token their browser needs."""
    token = desk().token()
    begin_session(desk().store, token, person.id, now())
    record(desk().store, person.id, "signed-in", f"staff:{person.id}", {}, now())
    open_page["language"], open_page["who"] = person.locale, person.id
    return token


@require()
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    audited("signed-out", f"staff:{staff().id}")
    end_session(desk().store, visit().token)
    say("sign_in.signed_out")
    response = go(url_for("console.sign_in"))
    take_token(response, desk().settings)
    return response


def next_page() -> str:
    """Where to go after signing in: a page for staff, whatever the address says."""
    wanted = request.values.get("next", "")
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    if plain and _is_deed(wanted):
        wanted = _page_before(wanted)
    own = plain and (wanted == "/try" or _is_page(wanted))
    return wanted if own else url_for("console.home")


def _page_before(deed: str) -> str:
    """The page of a form that was answered with a page where nothing can be opened again."""
    path = urlsplit(deed).path
    while path and not _is_page(path):
        path = path.rpartition("/")[0]
    return path


def _is_page(place: str) -> bool:
    """Whether a page of the console is at an address: no file, no deed, nothing asked by a page."""
    shown = _rule(place, "GET")
    if shown is None or _is_deed(place):
        return False
    return shown.endpoint.removeprefix("console.") not in NO_PAGES


def _is_deed(place: str) -> bool:
    """Whether forms are sent to an address that is nobody's to open."""
    shown, sent = _rule(place, "GET"), _rule(place, "POST")
    if sent is None or sent.endpoint == "console.nowhere":
        return False
    return shown is None or shown.rule != sent.rule


def _rule(place: str, method: str) -> Rule | None:
    """What answers at an address of the console."""
    if not place.startswith(("/console/", "/console?")) and place != "/console":
        return None
    try:
        path = unquote(urlsplit(place).path)
        return current_app.url_map.bind("").match(path, method, return_rule=True)[0]
    except (HTTPException, ValueError):
        return None


# One-time links ----------------------------------------------------------------------------------


def link(token: str) -> ResponseReturnValue:
    """Choose a password, once."""
    try:
        person = read_link(desk().store, token, now())
        form = NewPassword()
        form.own = (person.name, person.email)
        if not form.validate_on_submit():
            status = 422 if request.method == "POST" else 200
            return page("link.html", status, form=form, person=person)
        hashed = desk().passwords.hashed(form.password.data)
        person = use_link(desk().store, token, hashed, now())
    except LinkGone:
        return page("link_gone.html", 410)
    say("link.done")
    return let_in(person)


# Staying -----------------------------------------------------------------------------------------


@require()
def time_left() -> ResponseReturnValue:
    """How long this session lasts, for a page that asks by itself."""
    return dict(session_left())


@require()
def stay() -> ResponseReturnValue:
    """Somebody is still here: the door has put off the end of their session already."""
    if request.accept_mimetypes.best == "application/json":
        return dict(session_left())
    say("session.stayed")
    return go(next_page())
