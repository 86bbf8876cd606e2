"""The console in real Chromium: axe in both languages and every state, by keyboard alone, and a
session that ends (rules 104-109, 111-113, 116).
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from tests.browser.conftest import NewPage, begun
from tests.browser.doubles import hangs
from tests.browser.test_pages import narrow, past_the_edge, violations, walk, wider
from tests.console.conftest import WORD, hashed
from tests.house import OPEN, House
from voice.store import Store, open_store
from voice.store.sessions import make_link
from voice.store.staff import Newcomer, add_person, find_person, set_password, set_profile

LANGUAGES = ("en", "es")
WIDTHS = (1280, 320)
WIDE_AND_NARROW = pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 320)])
"""The pages of both languages are of one template, and Spanish is the longer."""
EMAIL = "ana@clinic.org"
NEW = "a lantern for the ferry"
SIGNED_IN = (
    "/console", "/console/people", "/console/people/invite", "/console/people/1",
    "/console/account", "/console/account/authenticator", "/console/audit", "/console/people/999",
)  # fmt: skip
"""Every page of the console that is opened by its address."""


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    """The store of the line, with two managers in it."""
    opened = open_store(line.settings.database_url)
    for email, name in ((EMAIL, "Ana Ruiz"), ("bo@clinic.org", "Bo Li")):
        made = add_person(opened, Newcomer(email, name, ("writer", "manager"), "en"), None, OPEN)
        set_password(opened, made.id, hashed(), None, OPEN)
    yield opened
    opened.close()


def speaks(store: Store, language: str) -> None:
    """Let Ana read the console in this language from now on."""
    ana = find_person(store, EMAIL)[0]
    set_profile(store, ana.id, ana.name, language, None, OPEN)


def sign_in(page: Page) -> None:
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(WORD)
    page.locator("main button").click()
    expect(page.locator("header form.leave")).to_be_visible()


@pytest.fixture
def signed_in(new_page: NewPage, store: Store):
    """Open a page as Ana, in a language."""

    def opened(path: str, language: str = "en", **options: object) -> Page:
        speaks(store, language)
        ana = find_person(store, EMAIL)[0]
        return new_page(path, session=begun(store, ana.id), **options)

    return opened


def link(store: Store, token: str, purpose: str = "password") -> str:
    make_link(store, token, find_person(store, "bo@clinic.org")[0].id, purpose, None, OPEN)
    return f"/console/link/{token}"


# A code from a telephone -------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_authenticator_is_turned_on_asked_for_and_turned_off(signed_in, new_page, language):
    page = signed_in("/console/account/authenticator", language)
    phone = TOTP(page.locator("kbd").inner_text().replace(" ", ""))
    page.locator("#code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.locator("#code").fill(phone.at(OPEN))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/console/account$"))
    other = new_page(f"/console/sign-in?language={language}", width=320)
    other.locator("#email").fill(EMAIL)
    other.locator("#password").fill(WORD)
    other.keyboard.press("Enter")
    expect(other.locator("#code")).to_be_visible()
    assert violations(other) == []
    assert wider(other) == []
    other.keyboard.press("Tab")
    other.locator("#code").fill(phone.at(OPEN + timedelta(seconds=30)))
    other.keyboard.press("Enter")
    expect(other.locator("header form.leave")).to_be_visible()
    other.goto("/console/account/authenticator")
    assert violations(other) == []
    other.locator("#known_password").fill(WORD)
    other.keyboard.press("Enter")
    expect(other).to_have_url(re.compile("/console/account$"))


# Axe ---------------------------------------------------------------------------------------------


@WIDE_AND_NARROW
def test_axe_finds_nothing_before_signing_in(new_page, store, language: str, width: int):
    first = f"/console/sign-in?language={language}"
    page = new_page(first, width=width)
    assert violations(page) == []
    page.locator("main button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.goto(link(store, f"token-{language}-{width}"))
    assert page.locator("html").get_attribute("lang") == language
    assert violations(page) == []
    page.locator("#password").fill("short")
    page.locator("main button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.goto("/console/link/no-such-link")
    assert violations(page) == []


@WIDE_AND_NARROW
def test_axe_finds_nothing_on_any_page_and_nothing_is_wider(signed_in, language, width):
    page = signed_in("/console", language, width=width)
    for path in SIGNED_IN:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == [], path
        assert wider(page) == [], path


@WIDE_AND_NARROW
def test_axe_finds_nothing_where_something_is_wrong(signed_in, language: str, width: int):
    page = signed_in("/console/people/invite", language, width=width)
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    assert wider(page) == []
    page.goto("/console/account")
    page.locator("form[action$=password] button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.goto("/console/audit?since=x&until=y")
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.goto("/console/people/2")
    for box in page.locator("input[type=checkbox]").all():
        box.uncheck()
    page.locator("form[action$=roles] button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_the_dark_and_with_a_question_open(signed_in, language: str):
    page = signed_in("/console/people/invite", language, color_scheme="dark")
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.clock.install()
    page.goto("/console/people")
    soon(page)
    expect(page.locator("#soon")).to_be_visible()
    assert violations(page) == []


# By keyboard -------------------------------------------------------------------------------------


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_a_manager_signs_in_and_invites_somebody_by_keyboard_alone(new_page, store):
    speaks(store, "en")
    page = new_page("/console/people/invite")
    tab_to(page, "#email")
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    tab_to(page, "#password")
    page.keyboard.type(WORD)
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("Cy Dee")
    page.keyboard.press("Tab")
    page.keyboard.type("cy@clinic.org")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "input[type=radio]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main button")
    page.keyboard.press("Enter")
    address = page.locator("#address")
    expect(address).to_have_value(re.compile(r"/console/link/[\w-]{43}$"))
    made, _ = find_person(store, "cy@clinic.org")
    assert (made.name, made.roles, made.locale) == ("Cy Dee", ("writer",), "es")
    guest = new_page(address.input_value())
    tab_to(guest, "#password")
    guest.keyboard.type(NEW)
    guest.keyboard.press("Enter")
    expect(guest.locator("h1")).to_have_text("Hola, Cy Dee")
    tab_to(guest, "header form button")
    guest.keyboard.press("Enter")
    expect(guest.locator("h1")).to_have_text("Entrar")


@pytest.mark.parametrize("path", SIGNED_IN)
def test_tab_goes_through_a_page_with_the_focus_always_to_be_seen(signed_in, path: str):
    steps = walk(signed_in(path))
    assert steps[0]["name"] == "#page"
    assert len(steps) > 8
    assert [step for step in steps if not (step["ringed"] and step["seen"])] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_buttons_and_fields_are_large_enough(signed_in, width: int):
    page = signed_in("/console", width=width)
    for path in SIGNED_IN:
        page.goto(path)
        wanted = "main button:visible, main input:visible, main select:visible, main a:visible"
        assert narrow(page, wanted) == [], path


def test_with_letters_twice_as_large_nothing_is_cut_off(signed_in):
    page = signed_in("/console", width=640)
    for path in SIGNED_IN:
        page.goto(path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert past_the_edge(page) == [], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_telephone_with_letters_twice_as_large_the_skip_link_is_seen_with_the_focus_alone(
    signed_in, language: str
):
    page = signed_in("/console", language, width=320)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    skip = page.locator("a.skip")
    assert not within(page, skip.bounding_box())
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    assert within(page, skip.bounding_box())


def within(page: Page, box: dict[str, float]) -> bool:
    """Whether any of a box is in the window."""
    window = page.viewport_size
    across = box["x"] < window["width"] and box["x"] + box["width"] > 0
    return across and box["y"] < window["height"] and box["y"] + box["height"] > 0


# Without script ----------------------------------------------------------------------------------


def test_everything_works_without_script(signed_in, store: Store):
    page = signed_in("/console/people/invite", java_script_enabled=False)
    page.get_by_label("Name").fill("Di Eff")
    page.get_by_label("E-mail address").fill("di@clinic.org")
    page.get_by_label("Clinician").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("button", name="Copy the link")).to_have_count(0)
    page.get_by_role("link", name="Back to all people").click()
    page.get_by_role("link", name="Di Eff").click()
    page.get_by_role("button", name="Take the access away").click()
    expect(page.get_by_role("status")).to_contain_text("Di Eff has no access any more.")
    page.get_by_role("button", name="I am still here").click()
    expect(page.get_by_role("status")).to_contain_text("You stay signed in")
    assert not find_person(store, "di@clinic.org")[0].active


def test_the_link_is_copied_and_that_is_said(signed_in, store: Store):
    page = signed_in("/console/people/2", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#address").input_value()


# A session that ends -----------------------------------------------------------------------------

TWENTY_FIVE = timedelta(minutes=25, seconds=2).total_seconds() * 1000


def soon(page: Page, final: bool = False) -> None:
    """Let 25 minutes pass in the page; the line says how many seconds are left."""
    page.route(
        "**/console/session",
        lambda route: (
            route.fulfill(json={"left": 290, "final": final})
            if route.request.method == "GET"
            else route.continue_()
        ),
    )
    page.clock.run_for(TWENTY_FIVE)


@pytest.mark.parametrize(
    ("language", "asks", "button"),
    [
        ("en", "You will be signed out in 5 minutes.", "I am still here"),
        ("es", "Su sesión se cerrará en 5 minutos.", "Sigo aquí"),
    ],
)
def test_five_minutes_before_the_end_the_page_asks_and_goes_on(signed_in, language, asks, button):
    page = signed_in("/console", language)
    page.clock.install()
    page.goto("/console/people/invite")
    page.locator("#name").fill("half a na")
    soon(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(asks)
    expect(dialog.get_by_role("button", name=button)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator("#name")).to_have_value("half a na")
    page.clock.run_for(200)
    expect(page.locator("#status")).not_to_be_empty()
    page.clock.run_for(60_000)
    expect(dialog).not_to_be_visible()


def test_minutes_are_counted_down_aloud_and_at_the_end_nothing_is_lost(chromium, line, store):
    speaks(store, "en")
    # Not by new_page: a browser notes the line's 401 as an error.
    page = chromium.new_page(base_url=line.settings.public_url)
    page.goto("/console/sign-in?language=en")
    sign_in(page)
    page.clock.install()
    page.goto("/console/people/invite")
    page.get_by_label("Name").fill("Eve Fox")
    page.get_by_label("E-mail address").fill("eve@clinic.org")
    page.get_by_label("Editor").check()
    soon(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    words = page.locator("#soon-words")
    expect(words).to_have_attribute("role", "status")
    for minutes in ("4 minutes", "3 minutes", "2 minutes", "1 minute"):
        page.clock.run_for(60_000)
        expect(words).to_contain_text(f"in {minutes}.")
    page.unroute("**/console/session")
    ana = find_person(store, EMAIL)[0]
    set_password(store, ana.id, hashed(), None, OPEN)  # ends the session at the line, too
    page.clock.run_for(60_000)
    expect(page.get_by_role("dialog")).to_contain_text("You are signed out")
    expect(page.get_by_role("button", name="Back to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("main")).to_contain_text("what you typed is still there")
    assert violations(page) == []
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(WORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main")).to_contain_text("Eve Fox")
    assert violations(page) == []
    page.get_by_role("button", name="Go on with it").click()
    expect(page.locator("h1")).to_have_text("A link for Eve Fox")
    assert find_person(store, "eve@clinic.org")[0].roles == ("editor",)
    page.close()


def test_a_line_that_hangs_keeps_nobody_from_being_asked_or_told(signed_in):
    page = signed_in("/console")
    page.clock.install()
    page.goto("/console/people")
    hangs(page, "**/console/session", lambda: page.clock.run_for(TWENTY_FIVE))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You will be signed out in 5 minutes.")
    stay = dialog.get_by_role("button", name="I am still here")
    hangs(page, "**/console/session", stay.click)
    expect(dialog).to_contain_text("That did not work. Please try again.")
    stay.click()
    expect(dialog).not_to_be_visible()


def test_another_tab_that_goes_on_keeps_this_one_quiet(signed_in):
    page = signed_in("/console")
    page.clock.install()
    page.goto("/console/people")
    with page.expect_request_finished(lambda one: one.url.endswith("/console/session")):
        page.clock.run_for(TWENTY_FIVE)  # the line's own clock stands still: half an hour is left
    page.evaluate("fetch('/console/session').then((one) => one.text())")
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_the_end_of_twelve_hours_is_told_without_a_button_that_does_nothing(signed_in):
    page = signed_in("/console")
    page.clock.install()
    page.goto("/console/people")
    soon(page, final=True)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("you have been here for twelve hours")
    expect(dialog.get_by_role("button", name="I am still here")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Back to the page")).to_be_focused()
