"""`python -m voice staff`: the first manager, everybody, and the way back."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.console.conftest import Browser, Clock, furnished
from tests.house import settings_in
from voice.__main__ import main
from voice.assembly import now
from voice.instance import opened_store
from voice.store.staff import everyone, set_active, set_roles

NEW = "a lantern for the ferry"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    return tmp_path


def staff(*words: str) -> Result:
    return CliRunner().invoke(main, ["staff", *words])


def link_in(result: Result) -> str:
    """The path of the link printed, after which nothing comes."""
    assert result.exit_code == 0, result.output
    return re.fullmatch(
        r"(?s).*http://127\.0\.0\.1:8000(/console/link/[\w-]{43})\n", result.output
    )[1]


def test_the_first_account_is_a_managers_and_its_link_opens_the_console(folder: Path):
    result = staff("add", "Ana@clinic.org", "Ana Ruiz", "--language", "es")
    where = link_in(result)
    assert "Ana Ruiz (manager)" in result.output
    settings = settings_in(folder)
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock(now()))
        browser: Browser = office.browser()
        browser.get(where)
        assert browser.post(where, password=NEW).status_code == 303
        assert "Hola, Ana Ruiz" in browser.get("/console").text
        assert browser.get("/console/people").status_code == 200


def test_everybody_is_listed(folder: Path):
    staff("add", "a@x.org", "Ana", "--role", "manager", "--role", "writer")
    staff("add", "b@x.org", "Bo", "--role", "clinician")
    with opened_store(settings_in(folder)) as store:
        set_active(store, 2, False, None, now())
    assert staff("list").output == (
        "a@x.org\tAna\twriter, manager\tinvited\nb@x.org\tBo\tclinician\tno access\n"
    )


WRONG = {
    "first is no manager": (("add", "a@x.org", "Ana", "--role", "writer"), "--role manager"),
    "no address": (("add", "ana", "Ana"), "e-mail address"),
    "no name": (("add", "a@x.org", " "), "a name"),
    "unknown role": (("add", "a@x.org", "Ana", "--role", "boss"), "writer, editor"),
    "unknown language": (("add", "a@x.org", "Ana", "--language", "fr"), "en and es"),
    "nobody to restore": (("restore", "a@x.org"), "staff list"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_makes_no_account_is_told_with_what_would(folder: Path, words, said):
    result = staff(*words)
    assert (result.exit_code, said in result.output) == (1, True)
    with opened_store(settings_in(folder)) as store:
        assert everyone(store) == ()


def test_later_accounts_say_their_roles_and_have_an_address_of_their_own(folder: Path):
    staff("add", "a@x.org", "Ana")
    assert "--role" in staff("add", "b@x.org", "Bo").output
    assert "Bo (writer)" in staff("add", "b@x.org", "Bo", "--role", "writer").output


@pytest.mark.parametrize(
    "words",
    [("Bo",), ("Ana",), (" ",), ("Bo", "--role", "writer"), ("Bo", "--role", "boss")],
    ids=" ".join,
)
def test_an_address_that_has_an_account_is_told_first_whatever_else_is_asked(
    folder: Path, words: tuple[str, ...]
):
    staff("add", "a@x.org", "Ana")
    staff("add", "b@x.org", "Cy", "--role", "clinician")
    known = {"A@X.org": "a@x.org already: Ana (manager).", "b@x.org": "already: Cy (clinician)."}
    for address, said in known.items():
        result = staff("add", address, *words)
        assert (result.exit_code, said in result.output) == (1, True), result.output
        assert "staff restore" in result.output
        assert "--role" not in result.output
    with opened_store(settings_in(folder)) as store:
        assert len(everyone(store)) == 2


def test_a_manager_who_can_no_more_is_restored_with_a_link(folder: Path):
    staff("add", "a@x.org", "Ana")
    staff("add", "b@x.org", "Bo", "--role", "manager")
    settings = settings_in(folder)
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock(now()))
        office.hire("c@x.org", "manager")
        set_roles(store, 1, (), None, now())
        set_active(store, 1, False, None, now())
        where = link_in(staff("restore", "A@x.org"))
        browser = office.browser()
        browser.get(where)
        assert browser.post(where, password=NEW).status_code == 303
        assert browser.get("/console/people").status_code == 200


def test_everybody_is_signed_out_and_links_nobody_used_open_nothing(folder: Path):
    staff("add", "a@x.org", "Ana")
    settings = settings_in(folder)
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock(now()))
        office.hire("b@x.org", "manager")
        browser, unused = office.signed_in("b@x.org"), link_in(staff("restore", "a@x.org"))
        assert browser.get("/console/people").status_code == 200
        assert "Everybody is signed out, 2 in all" in staff("sign-out").output
        assert browser.get("/console/people").status_code in (302, 303)
        assert browser.get(unused).status_code in (404, 410)
        again = office.signed_in("b@x.org").get("/console/audit")
        assert "Signed everybody out" in again.text
