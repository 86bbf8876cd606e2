"""Signing in and out, links, and what becomes of what was typed when a session ends."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Literal

import pytest
from argon2 import PasswordHasher

from tests.conftest import ROOT
from tests.console.conftest import WORD, Office, furnished, hashed
from tests.house import QUICK
from voice.console.kept import Keeper, filled_in, keep
from voice.console.passwords import AT_ONCE, WAITING, Busy, Passwords
from voice.console.proof import FREE_OF_ACCOUNT, FREE_OF_ADDRESS
from voice.server import THREADS
from voice.store.audit import Wanted, entries
from voice.store.choices import read_choices
from voice.store.sessions import IDLE, LIVES, LONGEST, make_link
from voice.store.staff import find_person, read_person, set_active, set_password, set_roles

NEW = "a lantern for the ferry"
PAGES = ROOT / "voice/templates/console"


# In ----------------------------------------------------------------------------------------------


def test_the_right_password_lets_in_and_the_record_says_so(office: Office):
    me = office.hire("me@x.org", "writer")
    browser = office.browser()
    answer = browser.sign_in(" ME@X.org ")
    assert (answer.status_code, answer.location) == (303, "/console")
    assert "Hello, Me" in browser.get("/console").text
    assert read_person(office.store, me.id).signed_in_at == office.clock()
    assert entries(office.store, Wanted(deed="signed-in"), 9)[0].staff == me.id
    assert browser.get("/console/sign-in").location == "/console"


def refusals(office: Office) -> dict[str, tuple[str, str]]:
    """Who may not come in, and with what."""
    office.hire("first@x.org", "manager")
    gone = office.hire("gone@x.org", "writer")
    set_active(office.store, gone.id, False, None, office.clock())
    new = office.hire("new@x.org", "writer")
    set_password(office.store, new.id, "", None, office.clock())
    return {
        "a wrong password": ("first@x.org", NEW),
        "somebody unknown": ("nobody@x.org", WORD),
        "somebody without access": ("gone@x.org", WORD),
        "somebody without a password": ("new@x.org", WORD),
        "an empty hash": ("new@x.org", ""),
    }


def test_every_no_is_the_same_answer(office: Office):
    told = set()
    for email, password in refusals(office).values():
        if password:
            browser = office.browser()
            answer = browser.sign_in(email, password)
            text = answer.text.replace(email, "").replace(browser.token, "")
            told.add((answer.status_code, text))
            assert browser.get("/console").status_code == 303
    assert len(told) == 1
    assert "do not go together" in told.pop()[1]


def parameters(hash: str) -> str:
    """What says how long a look at a hash takes."""
    return hash[: hash.index("p=") + 4]


def test_every_no_takes_one_look_at_a_hash(office: Office, monkeypatch):
    looked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        looked.append(kept)
        return verify(self, kept, password)

    cases = refusals(office)
    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email, password in cases.values():
        if password:
            before = len(looked)
            office.browser().sign_in(email, password)
            assert len(looked) == before + 1, email
            assert parameters(looked[-1]) == parameters(hashed()), email


class Held(PasswordHasher):
    """Looks at a password for as long as a test wants."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looking, self.go = threading.Semaphore(0), threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.looking.release()
        self.go.wait()
        return super().verify(hash, password)


def together(*deeds: Callable[[], object]) -> list[threading.Thread]:
    """Threads that do these at once."""
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    return threads


def test_of_five_passwords_at_once_one_waits_and_no_caller_does():
    """A worker has four threads: two look, one waits, and one is left for calls."""
    held, told = Held(), []
    passwords, refused = Passwords(held), threading.Semaphore(0)

    def ask() -> None:
        try:
            told.append(passwords.fits(hashed(), WORD))
        except Busy:
            refused.release()

    five = together(*[ask] * 5)
    for _ in range(5 - AT_ONCE - WAITING):
        refused.acquire()
    for _ in range(AT_ONCE):
        held.looking.acquire()
    assert not held.looking.acquire(timeout=0.05)  # no more are looked at together
    assert AT_ONCE + WAITING < THREADS
    held.go.set()
    for one in five:
        one.join()
    assert told == [True] * 3


@pytest.mark.parametrize("wrong", [0, 5])
def test_a_password_nobody_had_time_to_look_at_counts_as_no_try(office: Office, wrong: int):
    office.hire("me@x.org", "writer")
    for _ in range(wrong):
        office.browser().sign_in("me@x.org", "seven lost herons")
    office.clock.pass_by(minutes=1)
    held = Held()
    passwords = Passwords(held, patience=0)
    office = furnished(office.settings, office.store, office.clock, passwords)
    others = together(*[partial(passwords.fits, hashed(), WORD)] * AT_ONCE)
    for _ in others:
        held.looking.acquire()
    answers = [office.browser().sign_in("me@x.org") for _ in range(7)]
    held.go.set()
    for other in others:
        other.join()
    assert [one.status_code for one in answers] == [503] * 7
    assert "Several people are signing in" in answers[0].text
    assert office.browser().sign_in("me@x.org").status_code == 303


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [("", WORD, "whole e-mail"), ("me@x.org", "", "Write your password"), (" ", "", "2 problems")],
)
def test_an_empty_field_is_told_beside_it(office: Office, email: str, password: str, said: str):
    browser = office.browser()
    answer = browser.sign_in(email, password)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Error: " in answer.text
    assert WORD not in answer.text


def test_a_hash_of_weaker_parameters_is_made_anew_when_its_password_comes(office: Office):
    me = office.hire("me@x.org", "writer")
    weak = QUICK.hashed(WORD)
    set_password(office.store, me.id, weak, None, office.clock())
    office = furnished(office.settings, office.store, office.clock, Passwords())
    office.signed_in("me@x.org")
    found = find_person(office.store, "me@x.org")
    assert found is not None
    assert found[1] != weak
    assert not Passwords().is_old(found[1])
    office.signed_in("me@x.org")


@pytest.mark.parametrize(
    ("next", "then"),
    [
        ("/console/account", "/console/account"),
        ("/console/audit?deed=x", "/console/audit?deed=x"),
        ("//evil.example/console", "/console"),
        ("https://evil.example/console", "/console"),
        ("/console\\@evil.example", "/console"),
        ("/consolex", "/console"),
        ("/console/\r\nSet-Cookie: x=1", "/console"),
        ("/listen", "/console"),
        ("/try", "/try"),
        ("/console/people/3?x=1#y", "/console/people/3?x=1#y"),
        ("/console/sign-out", "/console"),
        ("/console/people/3/deactivate", "/console/people/3"),
        ("/console/session", "/console"),
        ("/console/audit/download", "/console"),
        ("/console/link/x", "/console"),
        ("/console/nowhere", "/console"),
        ("/console/", "/console"),
        ("", "/console"),
    ],
)
def test_signing_in_leads_to_the_page_wanted_and_never_elsewhere(office: Office, next, then):
    office.hire("me@x.org", "manager")
    assert office.browser().sign_in("me@x.org", next=next).location == then


def test_a_page_wanted_is_opened_after_signing_in(office: Office):
    office.hire("me@x.org", "manager")
    browser = office.browser()
    browser.get(browser.get("/console/people?x=1").location)
    assert "Please sign in first" in browser.page
    answer = browser.post(
        "/console/sign-in", email="me@x.org", password=WORD, next=unescape(browser.hidden("next"))
    )
    assert answer.location == "/console/people?x=1"


def test_a_session_has_a_token_of_its_own_each_time(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.browser()
    tokens = set()
    for _ in range(2):
        browser.sign_in("me@x.org")
        tokens.add(browser.client.get_cookie("staff").value)
        browser.get("/console")
        browser.post("/console/sign-out")
    browser.client.set_cookie("staff", "chosen-by-somebody-else")
    browser.sign_in("me@x.org")
    assert browser.client.get_cookie("staff").value not in {*tokens, "chosen-by-somebody-else"}
    assert len(tokens) == 2


def test_signing_out_ends_the_session_and_not_only_the_cookie(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    token = browser.client.get_cookie("staff").value
    browser.get("/console")
    answer = browser.post("/console/sign-out")
    assert answer.location == "/console/sign-in"
    assert browser.client.get_cookie("staff") is None
    assert "You are signed out." in browser.get("/console/sign-in").text
    browser.client.set_cookie("staff", token)
    assert browser.get("/console").status_code == 303
    assert entries(office.store, Wanted(deed="signed-out"), 9) != ()


# Tries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["me@x.org", "nobody@x.org"])
def test_after_five_wrong_tries_an_account_waits_longer_each_time(office: Office, email: str):
    office.hire("me@x.org", "writer")
    browser = office.browser()
    for _ in range(FREE_OF_ACCOUNT):
        assert browser.sign_in(email, NEW).status_code == 422
    for seconds, said in (
        (15, "15 seconds"),
        (30, "30 seconds"),
        (60, "60 seconds"),
        (120, "2 min"),
    ):
        answer = browser.sign_in(email, WORD)
        assert (answer.status_code, said in answer.text) == (429, True)
        assert answer.headers["Retry-After"] == str(seconds)
        office.clock.pass_by(seconds=seconds)
        assert browser.sign_in(email, NEW).status_code == 422


def test_who_keeps_trying_elsewhere_does_not_shut_out_the_browser_somebody_works_in(
    office: Office,
):
    office.hire("me@x.org", "writer")
    office.hire("you@x.org", "writer")
    mine = office.signed_in("me@x.org")
    mine.post("/console/sign-out")
    stranger = office.browser()
    for _ in range(FREE_OF_ACCOUNT):
        stranger.sign_in("me@x.org", NEW)
        stranger.sign_in("you@x.org", NEW)
    assert stranger.sign_in("me@x.org", WORD).status_code == 429
    assert mine.sign_in("you@x.org", WORD).status_code == 429
    assert mine.sign_in("me@x.org", WORD).status_code == 303
    mine.post("/console/sign-out")
    for _ in range(FREE_OF_ACCOUNT):
        assert mine.sign_in("me@x.org", NEW).status_code == 422
    assert mine.sign_in("me@x.org", WORD).status_code == 429


def test_waiting_is_told_in_spanish_too(office: Office):
    browser = office.browser("es")
    for _ in range(FREE_OF_ACCOUNT):
        browser.sign_in("x@x.org", NEW)
    assert "Espere 15 segundos" in browser.sign_in("x@x.org", NEW).text


def test_a_wait_passes_and_the_right_password_begins_the_count_anew(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.browser()
    for _ in range(FREE_OF_ACCOUNT):
        browser.sign_in("me@x.org", NEW)
    office.clock.pass_by(seconds=15)
    assert browser.sign_in("me@x.org").status_code == 303
    browser = office.browser()
    for _ in range(FREE_OF_ACCOUNT):
        assert browser.sign_in("me@x.org", NEW).status_code == 422


def test_one_address_that_tries_many_accounts_waits_and_others_do_not(office: Office):
    office.hire("me@x.org", "writer")
    here, there = office.browser(), office.browser()
    here.headers["X-Forwarded-For"] = "10.0.0.1, 203.0.113.9"
    there.headers["X-Forwarded-For"] = "203.0.113.9, 203.0.113.10"
    for number in range(FREE_OF_ADDRESS):
        assert here.sign_in(f"{number}@x.org", NEW).status_code == 422
    assert here.sign_in("me@x.org").status_code == 429
    assert there.sign_in("me@x.org").status_code == 303


def test_a_stranger_far_away_can_not_choose_the_address_tries_are_counted_by(office: Office):
    browser = office.browser()
    browser.client.environ_base["REMOTE_ADDR"] = "8.8.8.8"
    statuses = []
    for number in range(FREE_OF_ADDRESS + 1):
        browser.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        statuses.append(browser.sign_in(f"{number}@x.org", NEW).status_code)
    assert statuses == [422] * FREE_OF_ADDRESS + [429]


# Links -------------------------------------------------------------------------------------------


def linked(office: Office, email: str = "me@x.org", purpose: str = "invite") -> str:
    me = office.hire(email, "writer")
    make_link(office.store, "token", me.id, purpose, None, office.clock())
    return "/console/link/token"


def test_a_link_lets_choose_a_password_once_and_signs_in(office: Office):
    where = linked(office)
    browser = office.browser()
    assert "choose a new password" in browser.get(where).text
    answer = browser.post(where, password=NEW)
    assert (answer.status_code, answer.location) == (303, "/console")
    assert "Your password is saved" in browser.get("/console").text
    again = office.browser()
    assert again.get(where).status_code == 410
    assert "This link works no more" in again.page
    again.get("/console/sign-in")
    assert again.post(where, password=WORD).status_code == 410
    assert office.browser().sign_in("me@x.org", WORD).status_code == 422
    assert office.browser().sign_in("me@x.org", NEW).status_code == 303


@pytest.mark.parametrize("purpose", ["invite", "password"])
def test_a_link_ends(office: Office, purpose):
    where = linked(office, purpose=purpose)
    browser = office.browser()
    browser.get(where)
    office.clock.at += LIVES[purpose]
    assert browser.post(where, password=NEW).status_code == 410
    assert browser.get(where).status_code == 410
    assert office.browser().sign_in("me@x.org", NEW).status_code == 422


def test_looking_at_a_link_does_not_use_it_up(office: Office):
    where = linked(office)
    for _ in range(3):
        assert office.browser().get(where).status_code == 200
        office.browser().client.head(where)
    browser = office.browser()
    browser.get(where)
    assert browser.post(where, password=NEW).status_code == 303


def test_a_new_password_ends_every_session_there_was(office: Office):
    where = linked(office)
    before = office.signed_in("me@x.org")
    browser = office.browser()
    browser.get(where)
    browser.post(where, password=NEW)
    assert before.get("/console").status_code == 303
    assert browser.get("/console").status_code == 200


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "has 0 characters"),
        ("elevensigns", "has 11 characters"),
        ("x" * 501, "500 characters at most"),
        ("Password2024!", "Many people use this"),
        ("me@x.org.1234", "your name or address"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused_with_the_reason(office, password, said):
    where = linked(office)
    browser = office.browser()
    browser.get(where)
    answer = browser.post(where, password=password)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert not password or f'"{password}"' not in answer.text
    assert browser.post(where, password=NEW).status_code == 303


# Staying and ending ------------------------------------------------------------------------------


def test_half_an_hour_of_nothing_ends_a_session_and_any_page_puts_it_off(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    for _ in range(4):
        office.clock.at += IDLE - timedelta(minutes=1)
        assert browser.get("/console").status_code == 200
    office.clock.at += IDLE
    answer = browser.get("/console/account")
    assert answer.location == "/console/sign-in?next=/console/account&ended=1"
    assert "You were signed out" in browser.get(answer.location).text


def test_twelve_hours_end_a_session_whatever_is_asked_and_the_last_page_says_so(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    begun, step = office.clock(), IDLE - timedelta(minutes=1)
    assert "data-final" not in browser.get("/console").text
    while office.clock() + step < begun + LONGEST:
        office.clock.at += step
        assert browser.get("/console/account").status_code == 200
    assert "data-final" in browser.page
    assert browser.get("/console/session", Accept="application/json").get_json()["final"]
    office.clock.at = begun + LONGEST
    assert browser.get("/console").status_code == 303


def test_asking_how_long_is_left_does_not_make_it_longer_and_staying_does(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console")
    office.clock.pass_by(minutes=26)
    accept = {"Accept": "application/json"}
    for _ in range(2):
        assert browser.get("/console/session", **accept).get_json() == {
            "left": 240,
            "final": False,
        }
    browser.get("/console")
    office.clock.pass_by(minutes=26)
    headers = accept | {"X-CSRFToken": browser.token}
    answer = browser.client.post("/console/session", headers=headers)
    assert answer.get_json() == {"left": 1800, "final": False}


def test_without_script_staying_is_a_button_that_leads_back(office: Office):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/audit?deed=signed-in&person=1")
    office.clock.pass_by(minutes=29)
    answer = browser.post("/console/session", next=unescape(browser.hidden("next")))
    assert answer.location == "/console/audit?deed=signed-in&person=1"
    assert "You stay signed in" in browser.get("/console/account").text
    office.clock.pass_by(minutes=29)
    assert browser.get("/console").status_code == 200


# What was typed ----------------------------------------------------------------------------------

INVITATION = {
    "name": 'Bo "the <b>best</b>" Ruiz',
    "email": "bo@x.org",
    "roles": ["writer", "editor"],
    "locale": "es",
}


def sent_again(office: Office, browser) -> str:
    """Send the form of the page that shows what was typed, as its button would."""
    form = browser.page.split('<form method="post" action="')[-1]
    action = unescape(form.split('"')[0])
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(unescape(name), []).append(unescape(value))
    data["csrf_token"] = [browser.token]
    return browser.client.post(action, data=data, headers=browser.headers).text


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(office: Office):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/people/invite")
    office.clock.at += IDLE
    answer = browser.post("/console/people/invite", **INVITATION)
    assert answer.status_code == 401
    assert "what you typed is still there" in answer.text
    assert "bo@x.org" not in answer.text
    wrong = browser.post(
        "/console/sign-in", email="me@x.org", password=NEW, kept=browser.hidden("kept")
    )
    assert wrong.status_code == 422
    answer = browser.post(
        "/console/sign-in", email="me@x.org", password=WORD, kept=browser.hidden("kept")
    )
    assert answer.status_code == 200
    assert "Welcome back" in answer.text
    assert unescape(answer.text).count(INVITATION["name"]) == 2
    assert "<b>best</b>" not in answer.text
    assert find_person(office.store, "bo@x.org") is None
    assert "A link for Bo" in sent_again(office, browser)
    made, _ = find_person(office.store, "bo@x.org")
    assert (made.name, made.roles, made.locale) == (
        INVITATION["name"], ("writer", "editor"), "es"
    )  # fmt: skip


def test_a_session_that_was_ended_by_a_manager_keeps_what_was_typed_just_so(office: Office):
    me = office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/people/invite")
    set_password(office.store, me.id, QUICK.hashed(NEW), None, office.clock())
    browser.post("/console/people/invite", **INVITATION)
    assert browser.hidden("kept")
    answer = browser.post(
        "/console/sign-in", email="me@x.org", password=NEW, kept=browser.hidden("kept")
    )
    assert "bo@x.org" in answer.text


def test_nobody_else_gets_to_see_what_was_typed(office: Office):
    office.hire("me@x.org", "manager")
    office.hire("you@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/people/invite")
    office.clock.at += IDLE
    browser.post("/console/people/invite", **INVITATION)
    answer = browser.post(
        "/console/sign-in", email="you@x.org", password=WORD, kept=browser.hidden("kept")
    )
    assert (answer.status_code, answer.location) == (303, "/console")


def test_passwords_are_never_kept(office: Office):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    office.clock.at += IDLE
    fields = {"email": "me@x.org", "current_password": WORD, "new_password": NEW}
    browser.post("/console/account/password", **fields)
    answer = browser.post(
        "/console/sign-in", email="me@x.org", password=WORD, kept=browser.hidden("kept")
    )
    assert "passwords are not kept" in answer.text
    assert WORD not in answer.text
    assert NEW not in answer.text


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ("/console/sign-out", ""),
        ("/console/session", "?next=/console/account&ended=1"),
        ("/console/people/1/activate", "?next=/console/people/1/activate&undone=1"),
    ],
)
def test_a_form_in_which_nothing_is_typed_is_not_kept(office: Office, where: str, asked: str):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console")
    office.clock.at += IDLE
    answer = browser.post(where, next="/console/account")
    assert answer.location == f"/console/sign-in{asked}"


@pytest.mark.parametrize(
    ("page", "to", "fields"),
    [
        ("/console/switches/topic/risks/off", "/console/switches/topic/risks/off", {}),
        ("/console/call-backs?practice=1", "/console/call-backs/1/show", {"practice": "1"}),
        ("/console/call-backs", "/console/call-backs/1/finish", {"deed": "tried"}),
    ],
)
def test_who_presses_a_button_too_late_is_told_that_nothing_was_done_and_led_back(
    office: Office, page: str, to: str, fields: dict[str, str]
):
    office.publish()
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    assert browser.get(page).status_code == 200
    office.clock.at += IDLE
    browser.headers = browser.headers | {"Referer": f"http://localhost{page}"}
    answer = browser.post(to, **fields)
    asked = browser.get(answer.location)
    assert "nothing was done" in asked.text
    assert "Lo que" not in asked.text
    back = browser.post(
        "/console/sign-in", email="me@x.org", password=WORD, next=browser.hidden("next")
    )
    assert (back.status_code, back.location) == (303, page)
    assert not read_choices(office.store).off.topics


@pytest.mark.parametrize(
    ("page", "to"),
    [
        ("/console/call-backs/1/show", "/console/call-backs"),
        ("/console/call-backs/1/finish", "/console/call-backs"),
        ("/console/unknown/teach", "/console/unknown"),
        ("/console/review/topics/risks/sign", "/console/review/topics/risks"),
        ("/console/people/1/roles", "/console/people/1"),
        ("/console/sign-out", "/console"),
    ],
)
def test_who_saw_what_a_form_was_answered_with_is_led_back_to_the_page_before(
    office: Office, page: str, to: str
):
    office.hire("me@x.org", "manager")
    assert office.browser().sign_in("me@x.org", next=page).location == to
    me = office.signed_in("me@x.org")
    me.get("/console")
    assert me.post("/console/session", next=page).location == to


def test_a_page_of_another_site_is_not_led_back_to(office: Office):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console")
    office.clock.at += IDLE
    browser.headers = browser.headers | {"Referer": "https://evil.example/console/audit"}
    answer = browser.post("/console/people/1/activate")
    assert "audit" not in answer.location


def test_what_pages_fill_in_themselves_is_not_shown_as_typed():
    given = re.compile(r'<(?:input type="hidden"|button[^>]*) name="([^"{]+)')
    found = {name for path in PAGES.glob("*.html") for name in given.findall(path.read_text())}
    assert {"deed", "locale", "digest", "seen:"} <= found
    assert {name for name in found if not filled_in(name)} == {"csrf_token"}


def test_what_is_ticked_alone_is_kept_and_not_shown_by_its_inner_name(office: Office):
    office.publish()
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/policy")
    office.clock.at += IDLE
    assert browser.post("/console/policy/choose", expired="fall-back").status_code == 401
    answer = browser.sign_in("me@x.org", kept=browser.hidden("kept"))
    assert "What you chose is still there." in answer.text
    assert "<li>fall-back" not in answer.text
    assert 'name="expired" value="fall-back"' in answer.text


@pytest.mark.parametrize("forged", ["token", "site"])
def test_a_form_that_is_not_ours_is_not_kept_either(office: Office, forged: str):
    office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/people/invite")
    office.clock.at += IDLE
    headers = {"Origin": "https://evil.example"} if forged == "site" else {}
    data = INVITATION | {"csrf_token": "" if forged == "token" else browser.token}
    answer = browser.client.post("/console/people/invite", data=data, headers=headers)
    assert (answer.status_code, answer.location) == (303, "/console/sign-in")


def test_a_strangers_form_is_not_kept(office: Office):
    stranger = office.browser()
    stranger.get("/console/sign-in")
    answer = stranger.post("/console/people/invite", **INVITATION)
    assert (answer.status_code, answer.location) == (303, "/console/sign-in")


def test_after_a_sign_out_in_another_tab_what_is_typed_is_kept_for_the_same_person(office: Office):
    office.hire("me@x.org", "manager")
    office.hire("you@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get("/console/people/invite")
    typed = browser.page
    browser.post("/console/sign-out")
    browser.page = typed
    answer = browser.post("/console/people/invite", **INVITATION)
    assert answer.status_code == 401
    kept = browser.hidden("kept")
    assert INVITATION["email"] in browser.sign_in("me@x.org", kept=kept).text
    other = office.browser()
    other.get("/console/sign-in")
    assert INVITATION["email"] not in other.sign_in("you@x.org", kept=kept).text


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA" * 20])
def test_a_kept_form_that_was_tampered_with_is_none(office: Office, sealed: str):
    office.hire("me@x.org", "manager")
    answer = office.browser().sign_in("me@x.org", kept=sealed)
    assert answer.status_code in (303, 400)
    keeper = Keeper(b"a secret")
    assert keeper.open(sealed, 1) is None


def test_a_long_text_is_kept_whole(office: Office):
    words = "".join(f"palabra {number} " for number in range(3000))
    keeper = Keeper(b"a secret")
    kept = keep(1, "/console/x", [("text", words), ("text", "again"), ("csrf_token", "no")])
    sealed = keeper.seal(kept)
    assert keeper.open(sealed, 1) == kept
    assert kept.fields == (("text", words), ("text", "again"))
    assert keeper.open(sealed, 2) is None
    assert Keeper(b"another").open(sealed, 1) is None
    assert "palabra" not in sealed


# Language ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepts", "asked", "said"),
    [("es-MX,en;q=0.5", "", "Entrar"), ("fr", "", "Sign in"), ("es", "?language=en", "Sign in"),
     ("en", "?language=es", "Entrar"), ("en", "?language=xx", "Sign in")],
)  # fmt: skip
def test_the_sign_in_page_is_in_the_browsers_language_or_the_one_chosen(
    office: Office, accepts: str, asked: str, said: str
):
    browser = office.browser(accepts)
    assert f"<h1>{said}</h1>" in browser.get(f"/console/sign-in{asked}").text
    assert f"<h1>{said}</h1>" in browser.get("/console/sign-in").text


def test_after_signing_in_pages_are_in_the_persons_language_and_stay_so_signed_out(office: Office):
    office.hire("me@x.org", "writer", locale="es")
    browser = office.browser("en")
    browser.sign_in("me@x.org")
    assert '<html lang="es">' in browser.get("/console").text
    browser.post("/console/sign-out")
    assert '<html lang="es">' in browser.get("/console/sign-in").text


def test_losing_the_role_of_manager_shows_at_the_next_page(office: Office):
    office.hire("other@x.org", "manager")
    me = office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    assert browser.get("/console/people").status_code == 200
    set_roles(office.store, me.id, ("writer",), None, office.clock())
    assert browser.get("/console/people").status_code == 403


def test_what_the_line_is_about_is_no_password(office: Office):
    office.publish()
    office.hire("ana@clinic.org", "editor")
    browser = office.signed_in("ana@clinic.org")
    browser.get("/console/account")
    fields = {"current_password": WORD, "new_password": "Kyphoplasty 2026"}
    answer = browser.post("/console/account/password", **fields)
    assert answer.status_code == 422
    assert "guess" in answer.text
