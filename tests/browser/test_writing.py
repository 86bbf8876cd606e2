"""Writing in real Chromium: saved while somebody types and told without a word of focus, two at
once, a session that ends in mid-sentence, the order by keyboard, axe in every state.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NewPage, begun
from tests.browser.doubles import hangs, stands_still
from tests.browser.test_console import tab_to
from tests.browser.test_pages import TWICE, past_the_edge, violations
from tests.console.conftest import WORD, hashed
from tests.house import OPEN, House
from voice.draft.fields import field_of
from voice.draft.review import Person
from voice.store import Store, open_store
from voice.store.drafts import read_work, undo
from voice.store.staff import Newcomer, add_person, find_person, set_password, set_profile

RISKS = "/console/words/topics/risks"
MENU = "/console/words/menu"
ACTION = "topics/risks.toml:en-US.action"
ORDER = "menu.toml:option.4.topics"
PEOPLE = {"ada@clinic.org": "Ada Roe", "ben@clinic.org": "Ben Orr"}

HIDDEN_BY = """
(cover) => [...document.querySelectorAll("main :is(a, button, input, textarea, summary)")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility())
  .filter((one) => {
    one.focus();
    const box = one.getBoundingClientRect();
    const over = document.querySelector(cover).getBoundingClientRect();
    return box.bottom <= over.bottom && over.top <= box.top;
  })
  .map((one) => one.name || one.textContent)
"""
"""Everything that a part of the page lies over while it has the focus."""
SignedIn = Callable[..., Page]


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    """The store of the line, with two writers in it."""
    opened = open_store(line.settings.database_url)
    for email, name in PEOPLE.items():
        made = add_person(opened, Newcomer(email, name, ("writer",), "en"), None, OPEN)
        set_password(opened, made.id, hashed(), None, OPEN)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_in_work(line: House, store: Store) -> None:
    ada = find_person(store, "ada@clinic.org")[0]
    for name, draft in read_work(store).drafts.items():
        field = field_of(line.live.script.files, name)
        undo(store, field, draft.base, Person(ada.id, ada.name), OPEN)


def sign_in(page: Page, email: str) -> None:
    page.locator("#email").fill(email)
    page.locator("#password").fill(WORD)
    page.locator("main button").click()
    expect(page.locator("header form.leave")).to_be_visible()


@pytest.fixture
def signed_in(new_page: NewPage, store: Store) -> SignedIn:
    def opened(path: str, email: str = "ada@clinic.org", language: str = "en", **more) -> Page:
        who = find_person(store, email)[0]
        set_profile(store, who.id, who.name, language, None, OPEN)
        return new_page(path, session=begun(store, who.id), **more)

    return opened


def box(page: Page, name: str = ACTION):
    return page.locator(f'[name="{name}"]')


def notes(page: Page, name: str = ACTION):
    return page.locator(f"#{box(page, name).get_attribute('id')}-notes")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name || document.activeElement.value")


# Typing ------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_and_told_while_the_focus_stays(signed_in, store: Store):
    page = signed_in(RISKS)
    saved = page.locator("#saved")
    expect(saved).to_have_attribute("role", "status")
    expect(saved).to_have_text("What you type is saved by itself.")
    box(page).press("End")
    box(page).type(" It is utilized.")
    expect(saved).to_have_text("Saved 10:00 AM. To mend: 2. To look at: 2.")
    expect(notes(page)).to_contain_text("The action is more than one thing.")
    expect(notes(page).locator("ins")).to_contain_text("It is utilized.")
    expect(page.locator("#head")).to_contain_text("this one not yet: The one thing to do.")
    assert focused(page) == ACTION
    assert page.evaluate("document.activeElement.selectionStart") == len(box(page).input_value())
    box(page).type(" N")
    expect(notes(page).locator("ins")).to_contain_text("utilized. N")
    assert read_work(store).drafts[ACTION].value.endswith("It is utilized. N")
    notes(page).get_by_role("button", name="Undo").click()
    expect(box(page)).to_have_value("Ask your doctor what these risks mean for you.")
    expect(box(page)).to_be_focused()
    assert read_work(store).drafts == {}


@pytest.mark.parametrize("height", [568, 256])
def test_on_a_small_screen_it_stays_in_sight_that_words_are_saved_and_hides_no_focus(
    signed_in, height: int
):
    page = signed_in(RISKS, width=320)
    page.set_viewport_size({"width": 320, "height": height})
    box(page).press("End")
    box(page).type(" N")
    saved = page.locator("#saved")
    expect(saved).to_contain_text("Saved 10:00 AM.")
    expect(saved).to_be_in_viewport(ratio=1)
    assert saved.bounding_box()["height"] < height / 3
    hidden = page.evaluate(HIDDEN_BY, "#saved")
    assert hidden == []


def test_while_the_line_does_not_answer_words_stay_and_are_sent_later(signed_in, store: Store):
    page = signed_in(RISKS)
    stands_still(page)
    page.goto(RISKS)
    page.route(f"**{RISKS}", lambda route: route.abort())
    box(page).fill("Ask your nurse.")
    page.clock.run_for(2_000)
    expect(page.locator("#saved")).to_contain_text("Your words stay on this page.")
    page.unroute(f"**{RISKS}")
    page.clock.run_for(9_000)
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert read_work(store).drafts[ACTION].value == "Ask your nurse."


ASKED = """
window.asked = 0;
{
  const ask = fetch;
  window.fetch = (...what) => { asked += 1; return ask(...what); };
}
"""
"""Counts what a page asks of the line."""


def test_a_line_that_hangs_is_given_up_and_the_words_are_sent_again(signed_in, store: Store):
    page = signed_in(RISKS)
    page.add_init_script(ASKED)
    stands_still(page)
    page.goto(RISKS)
    box(page).fill("Ask your nurse.")
    hangs(page, f"**{RISKS}", lambda: page.clock.run_for(2_000))
    expect(page.locator("#saved")).to_contain_text("Your words stay on this page.")
    page.clock.run_for(7_000)
    assert page.evaluate("asked") == 1
    page.clock.run_for(2_000)
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert read_work(store).drafts[ACTION].value == "Ask your nurse."


# Two people --------------------------------------------------------------------------------------


def test_two_writers_at_once_lose_nothing(signed_in, store: Store):
    ada, ben = signed_in(RISKS), signed_in(RISKS, "ben@clinic.org")
    box(ada).fill("Ask your nurse.")
    expect(ada.locator("#saved")).to_contain_text("Saved")
    box(ben).fill("Ask your doctor soon.")
    saved = ben.locator("#saved")
    expect(saved).to_contain_text("Ada Roe changed the same words while you wrote.")
    expect(ben.locator("#head")).to_contain_text("Ada Roe is writing here too.")
    assert focused(ben) == ACTION
    expect(box(ben)).to_have_value("Ask your doctor soon.")
    expect(notes(ben)).to_contain_text("Ask your nurse.")
    assert violations(ben) == []
    title = "topics/risks.toml:en-US.title"
    box(ben, title).fill("The risks")
    expect(saved).to_contain_text("Saved")
    expect(notes(ben).get_by_role("button", name="Take mine")).to_be_visible()
    notes(ben).get_by_role("button", name="Take mine").press("Enter")
    expect(notes(ben).get_by_role("button", name="Take mine")).to_have_count(0)
    expect(box(ben)).to_be_focused()
    work = read_work(store).drafts
    assert (work[ACTION].value, work[title].value) == ("Ask your doctor soon.", "The risks")


def test_what_another_wrote_appears_where_nobody_is_writing(signed_in, store: Store):
    ada = signed_in(RISKS)
    ada.clock.install()
    ada.goto(RISKS)
    ben = signed_in(RISKS, "ben@clinic.org")
    box(ben).fill("Ask your nurse.")
    expect(ben.locator("#saved")).to_contain_text("Saved")
    ada.clock.run_for(21_000)
    expect(box(ada)).to_have_value("Ask your nurse.")
    expect(ada.locator("#saved")).to_contain_text("Somebody else changed words on this page.")
    box(ada).fill("Ask your doctor.")
    ada.clock.run_for(2_000)
    expect(ada.locator("#saved")).to_contain_text("Saved")
    assert read_work(store).drafts[ACTION].value == "Ask your doctor."


def test_news_of_others_that_hang_are_given_up_in_silence_and_asked_for_again(signed_in):
    ada = signed_in(RISKS)
    ada.clock.install()
    ada.goto(RISKS)
    hangs(ada, "**/console/word-news/**", lambda: ada.clock.run_for(20_000))
    expect(ada.locator("#saved")).to_have_text("What you type is saved by itself.")
    ben = signed_in(RISKS, "ben@clinic.org")
    box(ben).fill("Ask your nurse.")
    expect(ben.locator("#saved")).to_contain_text("Saved")
    ada.clock.run_for(21_000)
    expect(box(ada)).to_have_value("Ask your nurse.")


# A session that ends -----------------------------------------------------------------------------


def test_a_session_that_ends_in_mid_sentence_keeps_the_words(
    chromium: Browser, line: House, store: Store
):
    # Not by new_page: a browser notes the line's 401 as an error.
    page = chromium.new_page(base_url=line.settings.public_url)
    page.goto(f"/console/sign-in?language=en&next={RISKS}")
    sign_in(page, "ada@clinic.org")
    who = find_person(store, "ada@clinic.org")[0]
    set_password(store, who.id, hashed(), None, OPEN)  # ends the session at the line
    box(page).fill("Ask your nurse about")
    expect(page.locator("#saved")).to_contain_text("you are signed out")
    assert focused(page) == ACTION
    box(page).press("End")
    box(page).type(" it.")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("main")).to_contain_text("what you typed is still there")
    page.get_by_label("E-mail address").fill("ada@clinic.org")
    page.get_by_label("Password").fill(WORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".typed li")).to_have_text(["Ask your nurse about it."])
    page.get_by_role("button", name="Go on with it").click()
    expect(page.locator("h1")).to_have_text("Risks of the treatment")
    expect(box(page)).to_have_value("Ask your nurse about it.")
    assert read_work(store).drafts[ACTION].value == "Ask your nurse about it."
    page.close()


# By keyboard -------------------------------------------------------------------------------------


def test_a_subject_is_moved_by_keyboard_and_keeps_the_focus(signed_in, store: Store):
    page = signed_in(MENU)
    tab_to(page, f'button[value="down:{ORDER}:0"]')
    for place in (1, 2, 3):
        page.keyboard.press("Enter")
        last = "up" if place == 3 else "down"
        expect(page.locator(f'button[value="{last}:{ORDER}:{place}"]')).to_be_focused()
    expect(page.locator("#saved")).to_contain_text("Saved 10:00 AM.")
    moved = read_work(store).drafts[ORDER].value
    assert moved == ("anesthesia", "duration", "prevention", "aftercare")
    assert "Move up: Going home" in page.evaluate("document.activeElement.ariaLabel")
    label = "menu.toml:option.4.en-US.label"
    box(page, label).fill("For that day")
    box(page, label).press("Enter")  # saves, and presses no other button of the form
    expect(page.locator("#saved")).to_have_text(re.compile(r"^Saved"))
    expect(notes(page, label)).to_contain_text("Changed by Ada Roe")
    assert set(read_work(store).drafts) == {ORDER, label}


# Axe ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_and_nothing_is_wider(signed_in, language: str):
    page = signed_in(RISKS, language=language)
    box(page).fill("You could utilize a myocardial “thing”" + "x" * 90)
    expect(notes(page).locator("ins")).to_be_visible()
    for path in (RISKS, "/console/words", f"{RISKS}?past={ACTION}"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        if language == "es" or path == RISKS:
            assert violations(page) == [], path
        page.set_viewport_size({"width": 320, "height": 800})
        assert past_the_edge(page) == [], path
        if path == RISKS:
            assert violations(page) == [], path
        page.set_viewport_size({"width": 640, "height": 800})
        page.evaluate(TWICE)
        assert past_the_edge(page) == [], path


def test_the_focus_is_never_behind_the_bar_that_saves(signed_in):
    page = signed_in(RISKS)
    bar = page.locator(".save").bounding_box()
    assert bar
    for _ in range(24):
        page.keyboard.press("Shift+Tab" if _ > 16 else "Tab")
        top = page.evaluate(
            """() => { const one = document.activeElement, bar = document.querySelector('.save');
            if (bar.contains(one) || one === document.body) return 99999;
            const box = one.getBoundingClientRect(), edge = bar.getBoundingClientRect();
            return box.bottom <= edge.top ? 99999 : box.bottom - edge.bottom; }"""
        )
        assert top > 24
