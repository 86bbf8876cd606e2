"""The door of the console: closed unless somebody said otherwise, and only to our own forms."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask, session
from sqlalchemy import event
from werkzeug.routing import Rule

from tests.console.conftest import Clock, Office, furnished
from voice.console.door import OPEN, QUIET
from voice.store import Store, StoreUnreachable
from voice.store.sessions import make_link
from voice.store.staff import ROLES

STRANGERS = {"/console/sign-in", "/console/sign-in/code", "/console/link/<token>"}
"""What anybody may open. Nothing else, ever, without a reason in a review."""
ELSEWHERE = {"console.openid", "console.openid_back"}
"""Open only where the line is told of the clinic's own service to sign in with."""
WRITERS = frozenset({"writer", "editor", "translator", "manager"})
CLOSED = {
    **dict.fromkeys(
        (
            "/console/people",
            "/console/people/invite",
            "/console/people/<int:number>",
            "/console/people/<int:number>/roles",
            "/console/people/<int:number>/deactivate",
            "/console/people/<int:number>/activate",
            "/console/people/<int:number>/link",
            "/console/people/<int:number>/authenticator",
            "/console/audit",
            "/console/audit/download",
            "/console/releases/go",
            "/console/releases/<int:number>/again",
            "/console/policy/choose",
            "/console/recordings/live",
        ),
        frozenset({"manager"}),
    ),
    "POST /console/words": frozenset({"writer", "editor", "manager"}),
    "/console/review/<path:subject>/send": WRITERS,
    "/console/review/<path:subject>/back": frozenset(ROLES) - {"writer"},
    "/console/review/<path:subject>/sign": frozenset(ROLES) - {"manager"},
    **dict.fromkeys(
        (
            f"/console/switches/{what}/{way}"
            for what in ("line", "topic/<name>")
            for way in ("on", "off")
        ),
        frozenset({"clinician", "manager"}),
    ),
    "/console/recordings/<locale>/<name>/confirm": frozenset(
        {"editor", "clinician", "translator", "manager"}
    ),
    **dict.fromkeys(
        (f"/console/recordings/<locale>/<name>/{deed}" for deed in ("keep", "delete")),
        frozenset({"writer", "editor", "manager"}),
    ),
    **dict.fromkeys(
        (
            "POST /console/words/<path:subject>",
            "/console/say/save",
            "/console/unknown/teach",
            "/console/unknown/drop",
            "/console/sheets/preview",
            "/console/sheets/confirm",
        ),
        WRITERS,
    ),
    **dict.fromkeys(
        (
            "/console/call-backs",
            "/console/call-backs/<int:number>/show",
            "/console/call-backs/<int:number>/finish",
        ),
        frozenset(ROLES) - {"translator"},
    ),
}
"""Pages that are not for all staff, and the roles they are for; of some only what is sent."""


def rules(app: Flask) -> list[tuple[Rule, str]]:
    """Every route of the console with each of its methods."""
    found = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console")]
    return [(rule, method) for rule in found for method in sorted(rule.methods - {"OPTIONS"})]


def path(rule: Rule) -> str:
    """An address of this rule; a number is that of the first account."""
    return re.sub(r"<\w+>", "x", re.sub(r"<\w+:\w+>", "1", rule.rule))


def test_strangers_get_in_nowhere_but_where_the_list_says(office: Office):
    browser = office.browser()
    walked = rules(office.app)
    assert len(walked) > 20
    for rule, method in walked:
        answer = browser.client.open(path(rule), method=method)
        if rule.rule in STRANGERS:
            assert answer.status_code in (200, 400, 410), rule
        else:
            assert answer.status_code == 303, rule
            assert answer.location.startswith("/console/sign-in"), rule
    assert {rule.rule for rule, _ in walked if rule.endpoint in OPEN} == STRANGERS


def test_a_script_of_a_stranger_is_told_so(office: Office):
    for rule, method in rules(office.app):
        if rule.rule in STRANGERS or method == "HEAD":
            continue
        headers = {"Accept": "application/json"}
        answer = office.browser().client.open(path(rule), method=method, headers=headers)
        assert (answer.status_code, answer.get_json()) == (401, {"sign_in": "/console/sign-in"})


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_meant_for_it(office: Office, role: str):
    office.hire("first@x.org", "manager")
    office.hire("second@x.org", "manager")
    office.hire("me@x.org", role)
    browser = office.signed_in("me@x.org")
    browser.get("/console")
    for rule, method in rules(office.app):
        if rule.rule in STRANGERS or rule.rule == "/console/sign-out" or method == "HEAD":
            continue
        data = {"csrf_token": browser.token} if method == "POST" else None
        status = browser.client.open(path(rule), method=method, data=data).status_code
        roles = CLOSED.get(f"{method} {rule.rule}", CLOSED.get(rule.rule, ROLES))
        closed = role not in roles
        assert (status == 403) == closed, (rule.rule, method, status)


def test_a_view_that_says_nothing_of_itself_is_open_to_nobody(office: Office):
    def forgotten() -> str:
        return "secret"

    rule = Rule("/console/forgotten", endpoint="console.forgotten", methods=["GET"])
    office.app.url_map.add(rule)
    office.app.view_functions["console.forgotten"] = forgotten
    office.hire("a@x.org", *ROLES)
    answer = office.signed_in("a@x.org").get("/console/forgotten")
    assert (answer.status_code, "secret" in answer.text) == (403, False)


def test_every_view_says_whom_it_is_for(office: Office):
    views = {rule.endpoint for rule, _ in rules(office.app)}
    silent = {name for name in views if not hasattr(office.app.view_functions[name], "rule")}
    assert silent == OPEN - ELSEWHERE
    assert views >= QUIET


def test_what_changes_something_is_never_done_by_get(office: Office):
    for rule, method in rules(office.app):
        if rule.rule.rsplit("/", 1)[1] in (
            "roles",
            "deactivate",
            "activate",
            "sign-out",
            "profile",
        ):
            assert method == "POST", rule


# Forms -------------------------------------------------------------------------------------------

FORGED = {
    "no token": ({"csrf_token": ""}, {}),
    "somebody else's token": ({"csrf_token": "other"}, {}),
    "another site": ({}, {"Origin": "https://evil.example"}),
    "a site that hides": ({}, {"Origin": "null"}),
    "a neighbour": ({}, {"Sec-Fetch-Site": "same-site"}),
    "far away": ({}, {"Sec-Fetch-Site": "cross-site"}),
}
TRIED_EVERYWHERE = ("no token", "another site")


def test_a_forged_form_changes_nothing_anywhere(office: Office):
    """Every way of forging at one address, and two of them at all addresses."""
    office.hire("first@x.org", "manager")
    office.hire("me@x.org", *ROLES)
    browser = office.signed_in("me@x.org")
    browser.get("/console/people")
    other = office.signed_in("first@x.org")
    other.get("/console")
    everywhere = [path(rule) for rule, method in rules(office.app) if method == "POST"]
    for name, (fields, headers) in FORGED.items():
        data = {"csrf_token": browser.token} | fields
        if data["csrf_token"] == "other":
            data["csrf_token"] = other.token
        for place in everywhere if name in TRIED_EVERYWHERE else ["/console/account/profile"]:
            answer = browser.client.post(place, data=data, headers=headers)
            assert answer.status_code == 400, (name, place)
    assert browser.get("/console/people/1").status_code == 200


def test_an_own_form_goes_through_on_the_public_address_and_on_this_machine(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    for origin in (office.settings.public_url, "http://localhost"):
        browser.get("/console")
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        data = {"csrf_token": browser.token}
        assert (
            browser.client.post("/console/session", data=data, headers=headers).status_code == 303
        )


def test_twilios_forms_need_no_token(office: Office):
    @office.app.post("/voice/test")
    def test() -> str:
        return "heard"

    assert office.app.test_client().post("/voice/test", data={"x": "1"}).text == "heard"


@pytest.mark.parametrize(("size", "status"), [(200_000, 422), (300_000, 413)])
def test_a_form_may_be_256_kib_and_no_larger(office: Office, size: int, status: int):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    answer = browser.post("/console/account/profile", name="x" * size, locale="en")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "limit", "back"),
    [
        ("/console/sheets/preview", "2 megabytes", "/console/sheets"),
        ("/console/recordings/en-US/x/keep", "20 megabytes", "/console/recordings/en-US/x"),
        ("/console/account/profile", "262 kilobytes", ""),
    ],
)
def test_what_is_too_large_is_told_with_the_limit_and_the_way_back(
    office: Office, path: str, limit: str, back: str
):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    kind = "multipart/form-data; boundary=x"
    answer = browser.client.post(path, data=b"x" * 30_000_000, content_type=kind)
    assert answer.status_code == 413
    assert f"{limit} at most" in answer.text
    assert (f'<p><a href="{back}">' in answer.text) == bool(back)


# Addresses with nothing there --------------------------------------------------------------------


@pytest.mark.parametrize("way", ["get", "post"])
@pytest.mark.parametrize("path", ["/console/x", "/console/people/1/x", "/console/review//x"])
def test_where_no_page_is_staff_are_told_in_their_language_with_the_menu(
    office: Office, path: str, way: str
):
    office.hire("me@x.org", "writer", locale="es")
    browser = office.signed_in("me@x.org")
    browser.get("/console")
    answer = getattr(browser, way)(path)
    assert answer.status_code == 404
    assert "Esta página no está aquí" in answer.text
    assert 'href="/console/account"' in answer.text
    stranger = office.browser().get(path)
    assert (stranger.status_code, stranger.location.split("?")[0]) == (303, "/console/sign-in")


def test_a_stroke_too_many_leads_to_the_first_page(office: Office):
    office.hire("me@x.org", "writer")
    answer = office.signed_in("me@x.org").get("/console/")
    assert (answer.status_code, answer.location) == (303, "/console")


# Cookies and headers -----------------------------------------------------------------------------


def cookies(office: Office) -> dict[str, str]:
    office.hire("me@x.org", "writer")
    browser = office.browser()
    browser.get("/console/sign-in")
    given = browser.sign_in("me@x.org").headers.getlist("Set-Cookie")
    return {cookie.split("=", 1)[0]: cookie for cookie in given}


def test_cookies_are_for_this_site_alone_and_no_script(office: Office):
    given = cookies(office)
    assert set(given) == {"staff", "console"}
    for cookie in given.values():
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "Expires" not in cookie
    assert "SameSite=Strict" in given["staff"]
    assert "SameSite=Lax" in given["console"]


def test_cookies_of_a_public_line_are_secure(office: Office):
    settings = replace(office.settings, public_url="https://line.example.org")
    given = cookies(furnished(settings, office.store, Clock()))
    assert set(given) == {"__Host-staff", "__Host-console"}
    assert all("Secure" in cookie for cookie in given.values())


@pytest.mark.parametrize("where", ["/console/sign-in", "/console", "/console/people/9"])
def test_pages_carry_a_strict_policy_and_are_kept_nowhere(office: Office, where: str):
    office.hire("me@x.org", "manager")
    answer = office.signed_in("me@x.org").get(where)
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "form-action 'self'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "where", ["/console", "/console/people", "/console/account", "/console/audit"]
)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(office: Office, where: str):
    office.hire("me@x.org", "manager")
    text = office.signed_in("me@x.org").get(where).text
    assert re.findall(r'(?:src|href|action)="(?!/|#)([^"]*)"', text) == []
    assert re.findall(r"<style| style=| on\w+=|<script(?! src)|javascript:", text) == []


def test_the_line_itself_sets_no_cookie(office: Office):
    office.publish()
    answer = office.app.test_client().get("/listen")
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_call_does_not_even_open_a_session(office: Office):
    @office.app.get("/voice/kind")
    def kind() -> str:
        return type(session._get_current_object()).__name__

    assert office.app.test_client().get("/voice/kind").text == "NullSession"


# When something fails ----------------------------------------------------------------------------


def test_a_store_that_is_away_is_told_in_words_and_nobody_gets_in(office: Office, monkeypatch):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")

    def away(*_: object) -> None:
        raise StoreUnreachable("away")

    monkeypatch.setattr("voice.console.door.read_session", away)
    for accepts, said in (("en", "The store cannot be reached"), ("es", "base de datos")):
        answer = browser.get("/console/people", **{"Accept-Language": accepts})
        assert (answer.status_code, said in answer.text) == (503, True)


@contextmanager
def read_only(store: Store) -> Iterator[None]:
    """Let the store take no writes, as a standby does."""

    def refuse(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    store.close()
    event.listen(store.engine, "connect", refuse)
    yield
    event.remove(store.engine, "connect", refuse)
    store.close()


def test_staff_read_on_while_the_store_takes_no_writes(office: Office) -> None:
    """And are told so where they want something written."""
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    office.clock.pass_by(minutes=1)
    with read_only(office.store):
        assert browser.get("/console/account").status_code == 200
        answer = browser.post("/console/account/profile", name="Mia", locale="es")
        assert (answer.status_code, "The store cannot be reached" in answer.text) == (503, True)
    assert "Mia" not in browser.get("/console/account").text


def test_a_person_who_is_not_there_is_told_as_a_page_that_is_not_there(office: Office):
    office.hire("me@x.org", "manager")
    answer = office.signed_in("me@x.org").get("/console/people/99")
    assert (answer.status_code, "This page is not here" in answer.text) == (404, True)


def test_a_token_in_an_address_is_not_logged(office: Office, caplog):
    caplog.set_level("DEBUG")
    me = office.hire("me@x.org", "manager")
    make_link(office.store, "very-secret-token", me.id, "password", None, office.clock())
    assert office.browser().get("/console/link/very-secret-token").status_code == 200
    assert "/console/link/<token>" in caplog.text
    assert "very-secret-token" not in caplog.text
    assert "me@x.org" not in caplog.text


@pytest.mark.parametrize("path", ["/console/people/", "/console/releases/"])
def test_a_number_larger_than_any_is_a_page_there_is_not(office: Office, path: str):
    office.hire("max@x.org", "manager")
    answer = office.signed_in("max@x.org").get(f"{path}{10**30}")
    assert answer.status_code == 404
