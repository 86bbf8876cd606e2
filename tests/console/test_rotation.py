"""SECRET_KEY replaced while staff are signed in and their telephones show codes."""

from dataclasses import replace

from tests.console.conftest import Office, furnished
from tests.console.test_authenticator import give_code, turned_on

OLD, NEW = b"s" * 32, b"S" * 32


def with_keys(office: Office, *keys: bytes) -> Office:
    """The same line and people, started again with these secret keys."""
    settings = replace(office.settings, secret_key=keys[0], secret_keys=keys)
    return furnished(settings, office.store, office.clock)


def test_codes_work_on_and_the_old_key_can_go_when_each_was_used_once(office: Office) -> None:
    before, both, after = (with_keys(office, *keys) for keys in ((OLD,), (NEW, OLD), (NEW,)))
    phones = {}
    for name in ("ana", "bo"):
        before.hire(f"{name}@clinic.org", "editor")
        phones[name] = turned_on(before, before.signed_in(f"{name}@clinic.org"))
    office.clock.pass_by(minutes=1)
    for line, name, status in ((both, "ana", 303), (after, "ana", 303), (after, "bo", 422)):
        browser = line.browser()
        browser.sign_in(f"{name}@clinic.org")
        assert give_code(browser, phones[name].at(office.clock())).status_code == status
        office.clock.pass_by(minutes=1)


def test_who_is_signed_in_stays_so_and_sends_an_open_form_again(office: Office) -> None:
    before, after = with_keys(office, OLD), with_keys(office, NEW, OLD)
    before.hire("ana@clinic.org", "editor")
    browser = before.signed_in("ana@clinic.org")
    browser.get("/console/account")
    there = after.browser()
    for cookie in ("staff", "console"):
        kept = browser.client.get_cookie(cookie)
        assert kept is not None
        there.client.set_cookie(cookie, kept.value)
    there.page = browser.page
    profile = {"name": "Ana Ruiz", "locale": "en"}
    assert there.post("/console/account/profile", **profile).status_code >= 400
    assert there.get("/console/account").status_code == 200
    assert there.post("/console/account/profile", **profile).status_code == 303
