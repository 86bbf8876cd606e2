"""The pages on which staff look after the line, in real Chromium: axe, 320 px, keyboard, paper."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import polib
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, begun
from tests.browser.test_pages import violations, wider
from tests.house import OPEN, House
from voice.seal import Seal
from voice.store import (
    Store,
    ask_call_back,
    contact_keys,
    keep_number,
    note_unmatched,
    open_store,
    record_delivery,
    waiting_call_backs,
)
from voice.store.staff import Newcomer, add_person, find_person

SHEET = "topics/risks.toml:es-US.title"
PATHS = (
    "/console", "/console/unknown", "/console/call-backs", "/console/use",
    "/console/audio?topic=risks", "/console/card/es-US", "/console/sheets",
)  # fmt: skip

SignedIn = Callable[..., Page]


@pytest.fixture(scope="module")
def cared(line: House) -> Iterator[Store]:
    """The line's store: two people work here, somebody waits, some words were not understood."""
    store = open_store(line.settings.database_url)
    for language in ("en", "es"):
        who = Newcomer(
            f"{language}.care@clinic.org", f"Ana {language}", ("writer", "manager"), language
        )
        add_person(store, who, None, OPEN)
    for number in range(3):
        asks(line, store, number)
    for words in ("soup and bread", "the ferry"):
        note_unmatched(store, "message", "en-US", words, False, OPEN)
    record_delivery(store, "message", "SMcare", "undelivered", "30003", OPEN)
    yield store
    store.close()


def asks(line: House, store: Store, number: int) -> None:
    phone = f"+1212555012{number}"
    keys = contact_keys(line.settings.contact_keys, phone)
    sealed = Seal(line.settings.secret_keys).seal(phone)
    at = OPEN - timedelta(hours=9 - number)
    keep_number(store, f"CAcare{number}", keys, False, sealed, "es-US", "risks", at)
    ask_call_back(store, f"CAcare{number}", "morning", at)


@pytest.fixture
def signed_in(new_page: NewPage, cared: Store) -> SignedIn:
    """Open a page as somebody who reads the console in a language."""

    def opened(path: str, language: str = "en", **options: object) -> Page:
        who = find_person(cared, f"{language}.care@clinic.org")[0]
        return new_page(path, session=begun(cared, who.id), **options)

    return opened


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 320)])
def test_axe_finds_nothing_and_nothing_is_wider(signed_in: SignedIn, language: str, width: int):
    page = signed_in("/console", language, width=width)
    for path in PATHS:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == [], path
        assert wider(page) == [], path


@pytest.mark.parametrize(("language", "width"), [("en", 320), ("es", 1280)])
def test_axe_finds_nothing_in_what_a_press_shows(signed_in: SignedIn, language: str, width: int):
    page = signed_in("/console/call-backs", language, width=width, color_scheme="dark")
    page.locator("form[action*=show] button").first.click()
    expect(page.locator("a.ring")).to_be_focused()
    assert violations(page) == []
    assert wider(page) == []
    page.goto("/console/sheets")
    page.locator("main form button").click()
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    page.locator("#file").set_input_files(sheet(page))
    page.locator("main form button").click()
    expect(page.locator("ins")).to_be_visible()
    assert violations(page) == []
    assert wider(page) == []


def sheet(page: Page) -> dict[str, object]:
    """The sheet of Spanish with another title in it."""
    file = polib.pofile(page.request.get("/console/sheets/es-US/po").text())
    next(one for one in file if one.msgctxt == SHEET).msgstr = "Los peligros del tratamiento"
    return {"name": "es.po", "mimeType": "text/plain", "buffer": str(file).encode()}


def reach(page: Page, selector: str) -> None:
    """Press Tab until this has the focus, and it is to be seen."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"no way to {selector} by keyboard")


def test_a_patient_is_rung_and_words_are_taught_by_keyboard_alone(
    signed_in: SignedIn, cared: Store
):
    page = signed_in("/console/call-backs")
    before = len(waiting_call_backs(cared))
    reach(page, "form[action*=show] button")
    page.keyboard.press("Enter")
    expect(page.locator("a.ring")).to_be_focused()
    assert page.locator("a.ring").get_attribute("href").startswith("tel:+1212555012")
    reach(page, "button[value=done]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Delete this number for good?")
    assert violations(page) == []
    assert len(waiting_call_backs(cared)) == before
    reach(page, "main button.grave")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("The number is deleted.")
    expect(page.locator("#status")).to_be_focused()
    assert len(waiting_call_backs(cared)) == before - 1
    page.goto("/console/unknown?text=ferry")
    reach(page, "select[name=topic]")
    page.keyboard.type("Choose")
    reach(page, "button[value=keyword]")
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    assert violations(page) == []
    reach(page, "#errors a")
    page.keyboard.press("Enter")
    expect(page.locator("select[name=topic]")).to_be_focused()
    page.keyboard.type("Risks")
    reach(page, "button[value=keyword]")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("is now a keyword of “Risks of the treatment”")
    expect(page.locator("#text")).to_have_value("ferry")


def test_a_player_of_the_audio_page_plays(signed_in: SignedIn):
    page = signed_in("/console/audio?topic=risks")
    player = page.locator("audio").first
    player.evaluate("(one) => one.play()")
    page.wait_for_function("(one) => one.currentTime > 0", arg=player.element_handle())
    assert player.evaluate("(one) => one.duration") > 1


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_key_card_comes_out_on_one_sheet(signed_in: SignedIn, locale: str):
    page = signed_in(f"/console/card/{locale}")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1
    page.emulate_media(media="print")
    expect(page.locator(".keypad")).to_be_visible()
    expect(page.locator("header")).to_be_hidden()
    expect(page.locator(".about")).to_be_hidden()
