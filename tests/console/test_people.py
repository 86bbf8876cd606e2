"""People, one's own account, and the first page."""

import re

import pytest
from flask import g
from markupsafe import escape

from tests.console.conftest import WORD, Office
from tests.house import ROOT
from voice.console.desk import rule_of, stranger
from voice.console.duties import DUTIES, duties_of, every
from voice.draft.subjects import subjects
from voice.store.audit import Wanted, entries
from voice.store.staff import ROLES, everyone, find_person, read_person, set_active, set_password

NEW = "a lantern for the ferry"
BO = {"name": "Bo Li", "email": "bo@x.org", "roles": ["clinician", "writer"], "locale": "es"}


def told(page: str) -> list[str]:
    """What the summary of errors says."""
    found = re.search(r'id="errors".*?</ul>', page, re.S)
    return re.findall(r"<li>(?:<a[^>]*>)?(.*?)(?:</a>)?</li>", found[0]) if found else []


# Inviting ----------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_and_shows_its_link_once(office: Office):
    boss = office.hire("boss@x.org", "manager")
    browser = office.signed_in("boss@x.org")
    browser.get("/console/people/invite")
    answer = browser.post("/console/people/invite", **BO)
    link = re.search(r"http://127\.0\.0\.1:8000(/console/link/[\w-]{43})<", answer.text)[1]
    bo, password = find_person(office.store, "bo@x.org")
    assert (bo.name, bo.roles, bo.locale, password) == ("Bo Li", ("writer", "clinician"), "es", "")
    guest = office.browser()
    assert "Bo Li" in guest.get(link).text
    assert guest.post(link, password=NEW).status_code == 303
    assert "Hola, Bo Li" in guest.get("/console").text
    record = [(one.staff, one.deed) for one in entries(office.store, Wanted(), 4)][::-1]
    assert record == [
        (boss.id, "staff-added"),
        (boss.id, "staff-link"),
        (bo.id, "staff-password"),
        (bo.id, "signed-in"),
    ]


WRONG = {
    "nothing": ({"name": "", "email": "", "roles": [], "locale": ""}, 4, "Write the name"),
    "no address": ({"email": "bo@x"}, 1, "whole e-mail address"),
    "signs around it": ({"email": "<bo>@x.org"}, 1, "whole e-mail address"),
    "signs after it": ({"email": "bo@x.org>"}, 1, "whole e-mail address"),
    "two addresses": ({"email": "bo@x.org, al@x.org"}, 1, "whole e-mail address"),
    "a long address": ({"email": "b" * 250 + "@x.org"}, 1, "whole e-mail address"),
    "a long name": ({"name": "x" * 121}, 1, "shorter name"),
    "a name of two lines": ({"name": "Bo\nLi"}, 1, "control signs"),
    "no role": ({"roles": []}, 1, "at least one role"),
    "a role there is not": ({"roles": ["writer", "owner"]}, 1, "at least one role"),
    "a language there is not": ({"locale": "fr"}, 1, "Choose a language"),
    "somebody who is here": ({"email": "BOSS@x.org"}, 1, "already"),
}


@pytest.mark.parametrize(("change", "number", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_an_invitation_is_told_and_what_was_typed_stays(
    office: Office, change, number, said
):
    office.hire("boss@x.org", "manager")
    browser = office.signed_in("boss@x.org")
    browser.get("/console/people/invite")
    answer = browser.post("/console/people/invite", **(BO | change))
    assert answer.status_code == 422
    assert len(told(answer.text)) == number
    assert said in told(answer.text)[0]
    assert len(everyone(office.store)) == 1
    if "name" not in change:
        assert 'value="Bo Li"' in answer.text


def test_a_name_can_not_bring_a_script_along(office: Office):
    office.hire("boss@x.org", "manager")
    evil = '"><script>alert(1)</script>'
    browser = office.signed_in("boss@x.org")
    browser.get("/console/people/invite")
    browser.post("/console/people/invite", **(BO | {"name": evil}))
    for where in ("/console/people", "/console/people/2", "/console/audit"):
        text = browser.get(where).text
        assert evil not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_new_link_ends_the_one_before_and_says_what_it_is_for(office: Office):
    office.hire("boss@x.org", "manager")
    bo = office.hire("bo@x.org", "writer")
    browser = office.signed_in("boss@x.org")
    browser.get(f"/console/people/{bo.id}")
    links = []
    for _ in range(2):
        page = browser.post(f"/console/people/{bo.id}/link").text
        links.append(re.search(r"8000(/console/link/[\w-]+)", page)[1])
        browser.get(f"/console/people/{bo.id}")
    statuses = [office.browser().get(link).status_code for link in links]
    assert statuses == [410, 200]
    assert office.browser().sign_in("bo@x.org").status_code == 303
    purposes = [
        one.detail["purpose"] for one in entries(office.store, Wanted(deed="staff-link"), 9)
    ]
    assert purposes == ["password", "password"]


def test_nobody_without_access_gets_a_link(office: Office):
    office.hire("boss@x.org", "manager")
    bo = office.hire("bo@x.org", "writer")
    set_active(office.store, bo.id, False, None, office.clock())
    browser = office.signed_in("boss@x.org")
    assert "Give the access back first" in browser.get(f"/console/people/{bo.id}").text
    assert browser.post(f"/console/people/{bo.id}/link").status_code == 422


# Changing ----------------------------------------------------------------------------------------


def test_roles_are_exactly_those_ticked(office: Office):
    office.hire("boss@x.org", "manager")
    bo = office.hire("bo@x.org", "writer", "editor")
    browser = office.signed_in("boss@x.org")
    page = browser.get(f"/console/people/{bo.id}").text
    assert re.findall(r'value="(\w+)" checked', page) == ["writer", "editor"]
    answer = browser.post(f"/console/people/{bo.id}/roles", roles=["clinician"])
    assert answer.status_code == 303
    assert "The roles of Bo are saved." in browser.get(answer.location).text
    assert read_person(office.store, bo.id).roles == ("clinician",)
    assert browser.post(f"/console/people/{bo.id}/roles", roles=[]).status_code == 422
    assert read_person(office.store, bo.id).roles == ("clinician",)


def test_who_leaves_is_signed_out_at_once_and_may_come_back(office: Office):
    office.hire("boss@x.org", "manager")
    bo = office.hire("bo@x.org", "writer")
    theirs = office.signed_in("bo@x.org")
    browser = office.signed_in("boss@x.org")
    browser.get(f"/console/people/{bo.id}")
    answer = browser.post(f"/console/people/{bo.id}/deactivate")
    assert "Bo has no access any more" in browser.get(answer.location).text
    assert theirs.get("/console").status_code == 303
    assert office.browser().sign_in("bo@x.org").status_code == 422
    browser.post(f"/console/people/{bo.id}/activate")
    assert theirs.get("/console").status_code == 303
    assert office.browser().sign_in("bo@x.org").status_code == 303


@pytest.mark.parametrize(
    ("deed", "fields"), [("deactivate", {}), ("roles", {"roles": ["writer"]})], ids=["out", "role"]
)
def test_the_last_manager_can_neither_go_nor_give_it_up(office: Office, deed, fields):
    me = office.hire("me@x.org", "manager")
    browser = office.signed_in("me@x.org")
    browser.get(f"/console/people/{me.id}")
    answer = browser.post(f"/console/people/{me.id}/{deed}", **fields)
    assert answer.status_code == 422
    assert told(answer.text) == [
        "Me is the last manager who can sign in. Make somebody else a manager first."
    ]
    assert read_person(office.store, me.id).holds("manager")
    office.hire("two@x.org", "manager")
    assert browser.post(f"/console/people/{me.id}/{deed}", **fields).status_code == 303


def test_a_manager_who_gives_it_up_lands_on_a_page_that_is_open_to_them(office: Office):
    office.hire("two@x.org", "manager")
    me = office.hire("me@x.org", "manager", "writer")
    browser = office.signed_in("me@x.org")
    browser.get(f"/console/people/{me.id}")
    answer = browser.post(f"/console/people/{me.id}/roles", roles=["writer"])
    assert browser.get(answer.location).status_code == 200
    assert "/console/people" not in browser.page


def test_the_list_tells_who_is_here_who_was_and_who_is_not_yet(office: Office):
    office.hire("boss@x.org", "manager")
    gone, new = office.hire("gone@x.org", "writer"), office.hire("new@x.org")
    set_active(office.store, gone.id, False, None, office.clock())
    set_password(office.store, new.id, "", None, office.clock())
    text = office.signed_in("boss@x.org").get("/console/people").text
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in text.split('<tr role="row">')[2:]]
    assert ["has access" in rows[0], "(you)" in rows[0], "November 20, 2026" in rows[0]] == [
        True
    ] * 3
    assert ["no access" in rows[1], "not yet" in rows[1]] == [True, True]
    assert ["invited" in rows[2], "No role" in rows[2]] == [True, True]


# One's own account -------------------------------------------------------------------------------


def test_a_new_name_and_language_hold_from_the_next_page_on(office: Office):
    me = office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    answer = browser.post("/console/account/profile", name=" Ana Ruiz ", locale="es")
    page = browser.get(answer.location).text
    assert '<html lang="es">' in page
    assert "Guardado." in page
    assert "Sesión de Ana Ruiz" in page
    assert read_person(office.store, me.id).name == "Ana Ruiz"
    assert browser.post("/console/account/profile", name="", locale="xx").status_code == 422


def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(office: Office):
    office.hire("me@x.org", "writer")
    here, there = office.signed_in("me@x.org"), office.signed_in("me@x.org")
    here.get("/console/account")
    wrong = here.post("/console/account/password", current_password=NEW, new_password=NEW)
    assert told(wrong.text) == ["Your password now: This is not your password now. Type it again."]
    assert there.get("/console").status_code == 200
    answer = here.post("/console/account/password", current_password=WORD, new_password=NEW)
    assert "Your password is changed" in here.get(answer.location).text
    assert there.get("/console").status_code == 303
    assert office.browser().sign_in("me@x.org", WORD).status_code == 422
    assert office.browser().sign_in("me@x.org", NEW).status_code == 303


@pytest.mark.parametrize(
    ("new", "said"),
    [("short", "at least 12"), ("iloveyou1234", "Many people")],
    ids=["short", "common"],
)
def test_a_bad_new_password_changes_nothing(office: Office, new, said):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    answer = browser.post("/console/account/password", current_password=WORD, new_password=new)
    assert said in told(answer.text)[0]
    assert office.browser().sign_in("me@x.org", WORD).status_code == 303


def test_guessing_the_password_of_an_open_session_is_slowed_down_too(office: Office):
    office.hire("me@x.org", "writer")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    pages = [
        browser.post("/console/account/password", current_password="x", new_password=NEW).text
        for _ in range(6)
    ]
    assert ["Too many tries" in page for page in pages] == [False] * 5 + [True]


# The first page ----------------------------------------------------------------------------------


def needs(office: Office, email: str) -> list[str]:
    page = office.signed_in(email).get("/console").text
    found = re.search(r'<ul class="needs">.*?</ul>', page, re.S)
    return (
        [re.sub("<[^>]+>", "", row) for row in re.findall("<li[^>]*>(.*?)</li>", found[0])]
        if found
        else []
    )


def test_before_the_first_release_the_first_page_says_so(office: Office):
    office.hire("me@x.org", "writer")
    assert "Nothing is live yet" in office.signed_in("me@x.org").get("/console").text
    assert needs(office, "me@x.org") == []


def test_the_first_page_tells_what_is_live_and_what_is_missing(office: Office):
    office.publish()
    office.hire("me@x.org", "writer")
    script, unspoken = office.live.release.script, len(office.live.release.unspoken)
    page = office.signed_in("me@x.org").get("/console").text
    assert "Release 1 is live since November 20, 2026, 10:00 AM." in page
    signs = len(subjects(script)) * (2 * len(script.locales) + len(script.locales) - 1)
    told_of = needs(office, "me@x.org")
    assert f"{signs} sign-offs are still missing from the words that are live." in told_of
    assert any("made-up one" in need for need in told_of)
    assert any(f"{unspoken} sentence" in need for need in told_of) == bool(unspoken)


def test_a_lone_manager_is_asked_for_a_second_one(office: Office):
    office.hire("me@x.org", "manager")
    new = office.hire("new@x.org", "manager")
    set_password(office.store, new.id, "", None, office.clock())
    assert needs(office, "me@x.org") == [
        "1 person was invited and has not signed in yet.",
        "You are the only manager. Invite a second one, so that the console never stays locked.",
    ]
    office.hire("two@x.org", "manager")
    set_active(office.store, new.id, False, None, office.clock())
    assert needs(office, "me@x.org") == []


# What each role may do ---------------------------------------------------------------------------


@pytest.fixture
def said(office: Office) -> dict[str, str]:
    """What each role may do, by what the pages say of themselves."""
    with office.app.test_request_context("/console"):
        g.visit = stranger()
        return dict(every())


def test_the_documents_and_the_page_say_of_each_role_what_the_code_lets_it_do(office: Office, said):
    for document in ("README.md", "docs/for-staff.md"):
        rows = re.findall(r"^\| (\w+) \| (.+) \|$", (ROOT / document).read_text("utf-8"), re.M)
        assert said.items() <= dict(rows).items(), document
    office.hire("me@x.org", "manager")
    page = office.signed_in("me@x.org").get("/console/people").text
    for role, told in said.items():
        assert f"<strong>{role.title()}</strong>: {escape(told)}</li>" in page


def test_whatever_is_not_for_all_staff_is_told_as_a_duty(office: Office):
    with office.app.app_context():
        told = {name: {r for r in ROLES if name in duties_of(r)} for name in DUTIES}
        for endpoint in office.app.view_functions:
            rule = rule_of(endpoint)
            if rule and rule.roles and endpoint != "console.review_sign":
                assert set(rule.roles) in told.values(), endpoint
