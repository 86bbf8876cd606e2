"""A code from a telephone after the password: turned on, asked for, lost."""

import re
from datetime import UTC, datetime

import pytest
from pyotp import TOTP

from tests.console.conftest import WORD, Browser, Office
from voice.console.codes import address, secret_of, spelled, step_of

RFC = secret_of(b"12345678901234567890")
"""The secret of RFC 6238's test vectors (appendix B), whose codes of 8 digits end like ours."""


def when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert step_of(RFC, code, 0, when(seconds)) == seconds // 30


@pytest.mark.parametrize(
    ("typed", "after", "seconds", "good"),
    [
        ("287082", 0, 59, True),
        (" 287 082 ", 0, 59, True),
        ("287082", 0, 59 + 30, True),  # the telephone is half a minute slow
        ("287082", 0, 59 - 30, True),  # or fast
        ("287082", 0, 59 + 60, False),
        ("287082", 1, 59, False),  # used already
        ("287083", 0, 59, False),
        ("", 0, 59, False),
        ("94287082", 0, 59, False),
        ("٢٨٧٠٨٢", 0, 59, False),
    ],
)
def test_a_code_is_good_for_its_half_minute_and_once(
    typed: str, after: int, seconds: int, good: bool
) -> None:
    assert (step_of(RFC, typed, after, when(seconds)) is not None) is good


def test_an_app_learns_whose_code_it_is() -> None:
    told = address(RFC, "ana@clinic.org")
    assert told.startswith("otpauth://totp/kypholine:ana")
    assert f"secret={RFC}" in told
    assert "issuer=kypholine" in told
    assert spelled("ABCDEFGHIJ") == "ABCD EFGH IJ"


def turned_on(office: Office, browser: Browser) -> TOTP:
    """Turn the authenticator on, as somebody with a telephone does; what the telephone has now."""
    page = browser.get("/console/account/authenticator").text
    shared = re.search(r"<kbd>([A-Z2-7 ]+)</kbd>", page)
    assert shared is not None
    phone = TOTP(shared[1].replace(" ", ""))
    answer = browser.post(
        "/console/account/authenticator",
        sealed=browser.hidden("sealed"),
        code=phone.at(office.clock()),
    )
    assert answer.status_code == 303, answer.text
    return phone


@pytest.fixture
def phone(office: Office) -> TOTP:
    """Ana's telephone, after she turned her authenticator on; her clock has gone on since."""
    office.hire("ana@clinic.org", "editor")
    phone = turned_on(office, office.signed_in("ana@clinic.org"))
    office.clock.pass_by(minutes=1)
    return phone


def give_code(browser: Browser, code: str):
    ticket, place = browser.hidden("ticket"), browser.hidden("next")
    return browser.post("/console/sign-in/code", ticket=ticket, next=place, code=code)


def test_after_the_password_a_code_is_asked_for(office: Office, phone: TOTP) -> None:
    browser = office.browser()
    answer = browser.sign_in("ana@clinic.org")
    assert "Enter your code" in answer.text
    assert browser.get("/console/account").status_code == 303  # not in yet
    browser.sign_in("ana@clinic.org")
    answer = give_code(browser, phone.at(office.clock()))
    assert (answer.status_code, answer.location) == (303, "/console")
    assert browser.get("/console/account").status_code == 200


def test_a_code_is_good_once(office: Office, phone: TOTP) -> None:
    code = phone.at(office.clock())
    first, second = office.browser(), office.browser()
    first.sign_in("ana@clinic.org")
    assert give_code(first, code).status_code == 303
    second.sign_in("ana@clinic.org")
    answer = give_code(second, code)
    assert answer.status_code == 422
    assert "was used already" in answer.text


def test_a_wrong_code_is_told_and_too_many_have_to_wait(office: Office, phone: TOTP) -> None:
    browser = office.browser()
    browser.sign_in("ana@clinic.org")
    for _ in range(5):
        answer = give_code(browser, "000000")
        assert (answer.status_code, "not right" in answer.text) == (422, True)
    answer = give_code(browser, phone.at(office.clock()))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_code_alone_or_too_late_or_after_a_new_password_is_nothing(
    office: Office, phone: TOTP
) -> None:
    browser = office.browser()
    browser.sign_in("ana@clinic.org")
    ticket = browser.hidden("ticket")
    office.clock.pass_by(minutes=11)
    late = give_code(browser, phone.at(office.clock()))
    assert (late.status_code, "took too long" in late.text) == (403, True)
    for forged in ("", "x", ticket[:-4] + "AAAA"):
        browser.get("/console/sign-in")
        answer = browser.post("/console/sign-in/code", ticket=forged, code=phone.at(office.clock()))
        assert answer.status_code == 403


def test_a_password_typed_by_a_clock_that_was_ahead_is_not_waited_for_until_then(
    office: Office, phone: TOTP
) -> None:
    office.clock.pass_by(days=1)
    browser = office.browser()
    browser.sign_in("ana@clinic.org")
    office.clock.pass_by(days=-1)
    assert give_code(browser, phone.at(office.clock())).status_code == 403


def test_what_was_typed_before_comes_through_both_steps(office: Office, phone: TOTP) -> None:
    browser = office.browser()
    browser.sign_in("ana@clinic.org")
    give_code(browser, phone.at(office.clock()))
    browser.get("/console/account")
    office.clock.pass_by(hours=1)
    browser.post("/console/account/profile", name="Ana María", locale="en")
    browser.sign_in("ana@clinic.org", kept=browser.hidden("kept"))
    answer = browser.post(
        "/console/sign-in/code",
        ticket=browser.hidden("ticket"),
        kept=browser.hidden("kept"),
        code=phone.at(office.clock()),
    )
    assert "Ana María" in answer.text


def test_who_lost_the_telephone_asks_a_manager(office: Office, phone: TOTP) -> None:
    office.hire("max@clinic.org", "manager")
    max = office.signed_in("max@clinic.org")
    assert "signs in with a password and a code" in max.get("/console/people/1").text
    assert max.post("/console/people/1/authenticator").status_code == 303
    assert "The authenticator of Ana is off" in max.get("/console/people/1").text
    assert office.browser().sign_in("ana@clinic.org").status_code == 303
    assert "Turned an authenticator off" in max.get("/console/audit").text


def test_nobody_else_turns_it_off(office: Office, phone: TOTP) -> None:
    office.hire("bo@clinic.org", "writer", "editor", "clinician", "translator")
    bo = office.signed_in("bo@clinic.org")
    bo.get("/console/account")
    assert bo.post("/console/people/1/authenticator").status_code == 403
    assert "Enter your code" in office.browser().sign_in("ana@clinic.org").text


def test_one_turns_it_off_oneself_by_the_password(office: Office, phone: TOTP) -> None:
    browser = office.browser()
    browser.sign_in("ana@clinic.org")
    give_code(browser, phone.at(office.clock()))
    browser.get("/console/account/authenticator")
    wrong = browser.post("/console/account/authenticator/off", known_password="not this one")
    assert wrong.status_code == 422
    assert 'autocomplete="current-password"' in wrong.text
    assert browser.post("/console/account/authenticator/off", known_password=WORD).location
    assert office.browser().sign_in("ana@clinic.org").status_code == 303


def test_it_is_not_on_before_the_telephone_has_shown_the_right_code(office: Office) -> None:
    office.hire("ana@clinic.org", "editor")
    browser = office.signed_in("ana@clinic.org")
    browser.get("/console/account/authenticator")
    sealed = browser.hidden("sealed")
    answer = browser.post("/console/account/authenticator", sealed=sealed, code="000000")
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert office.browser().sign_in("ana@clinic.org").status_code == 303


def test_a_link_gives_a_password_and_still_asks_for_the_code(office: Office, phone: TOTP) -> None:
    office.hire("max@clinic.org", "manager")
    max = office.signed_in("max@clinic.org")
    max.get("/console/people/1")
    page = max.post("/console/people/1/link").text
    link = re.search(r"/console/link/[\w-]+", page)
    assert link is not None
    browser = office.browser()
    browser.get(link[0])
    answer = browser.post(link[0], password="eight owls at dawn")
    assert "Enter your code" in answer.text
    assert give_code(browser, phone.at(office.clock())).location == "/console"


def test_the_command_that_restores_a_manager_turns_it_off(office: Office) -> None:
    from voice.console.commands import restore

    office.hire("max@clinic.org", "manager")
    turned_on(office, office.signed_in("max@clinic.org"))
    restore(office.settings, office.store, "max@clinic.org", office.clock())
    assert office.browser().sign_in("max@clinic.org").status_code == 303
