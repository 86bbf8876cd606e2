"""Whole ways through the real line in a real browser: from a text to a call, from a call to a text.

Nothing stands in for anything here but for Twilio, which is asked for nothing: what would be sent
is shown. Each way is gone in one language or the other: what the line says in both is told in
tests/conversations, and what the page says in test_try.py.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.house import House
from voice.script import Script

LANGUAGE_KEY = {"en-US": "1", "es-US": "2"}
RISKS = {"en-US": "RISKS", "es-US": "RIESGOS"}
LISTEN = {"en-US": "LISTEN", "es-US": "ESCUCHAR"}
CALL_ME = {"en-US": "CALL ME", "es-US": "LLAMEME"}
SOURCES = {"en-US": "SOURCES", "es-US": "FUENTES"}


def text(page: Page, words: str) -> None:
    """Send a text and see it answered."""
    answered = page.locator(".bubble.in").count()
    page.locator("#text").fill(words)
    page.locator("#text").press("Enter")
    expect(page.locator(".bubble.in").nth(answered)).to_be_visible()


def answer(page: Page) -> str:
    return page.locator(".bubble.in .body").last.inner_text()


def call(page: Page, locale: str) -> None:
    page.locator("#call").click()
    expect(page.locator("#captions .spoken").first).to_be_visible()
    page.locator("#phone").press(LANGUAGE_KEY[locale])
    expect(page.locator("#captions .did")).to_have_count(1)


def said(page: Page, words: str) -> None:
    """Wait until these words are on the screen, as long as they may take to be said."""
    expect(page.locator("#captions")).to_contain_text(words)


@pytest.mark.parametrize("locale", ["es-US"])
def test_listen_brings_the_sound_of_the_topic_in_hand(new_page: NewPage, line: House, locale: str):
    page = new_page(f"/try?locale={locale}")
    text(page, RISKS[locale])
    text(page, LISTEN[locale])
    player = page.locator(".bubble.in audio")
    expect(player).to_have_count(1)
    name = player.evaluate("(one) => one.getAttribute('src')").removeprefix("/audio/")
    (mp3,) = [one for one in line.live.manifest.topics.values() if one.name == name]
    assert (mp3.topic, mp3.locale, mp3.pace) == ("risks", locale, "normal")
    player.evaluate("(one) => one.play()")
    assert abs(player.evaluate("(one) => one.duration") - mp3.seconds) < 1


@pytest.mark.parametrize("locale", ["en-US"])
def test_sources_lead_to_the_page_that_says_where_facts_come_from(
    new_page: NewPage, script: Script, locale: str
):
    page = new_page(f"/try?locale={locale}")
    text(page, RISKS[locale])
    text(page, SOURCES[locale])
    with page.expect_popup() as opened:
        page.locator(".bubble.in a").click()
    expect(opened.value.locator("h1")).to_have_text(script.topics["risks"].wording[locale].title)
    expect(opened.value.locator(".sources li").first).to_be_visible()


@pytest.mark.parametrize("locale", ["es-US"])
def test_call_me_rings_and_starts_in_the_topic_in_hand(
    new_page: NewPage, script: Script, locale: str
):
    page = new_page(f"/try?locale={locale}")
    words = script.pages[locale]["try"]
    text(page, RISKS[locale])
    text(page, CALL_ME[locale])
    expect(page.get_by_role("group", name=words["calling_you"])).to_be_visible()
    expect(page.locator("#outbox li")).to_have_count(1)
    page.get_by_role("button", name=words["take"], exact=True).press("Enter")
    said(page, script.topics["risks"].wording[locale].main_message)
    expect(page.locator("#hang-up")).to_be_focused()


@pytest.mark.parametrize("locale", ["en-US"])
def test_an_answering_machine_hears_the_clinic_and_its_number_alone(
    new_page: NewPage, script: Script, locale: str
):
    page = new_page(f"/try?locale={locale}")
    words = script.pages[locale]["try"]
    text(page, RISKS[locale])
    text(page, CALL_ME[locale])
    page.get_by_role("button", name=words["take_machine"]).click()
    said(page, words["line_hung_up"])
    heard = page.locator("#captions .spoken").all_inner_texts()
    assert len(heard) == 1
    assert script.line.name[locale] in heard[0]
    title = script.topics["risks"].wording[locale].title
    assert title.lower() not in heard[0].lower()
    assert "kypho" not in heard[0].lower()
    assert "cifo" not in heard[0].lower()


@pytest.mark.parametrize("locale", ["es-US"])
def test_key_6_sends_the_topic_after_a_yes_and_more_goes_on(
    new_page: NewPage, script: Script, locale: str
):
    page = new_page(f"/try?locale={locale}")
    words = script.pages[locale]["try"]
    call(page, locale)
    page.locator("#phone").press("3")
    said(page, script.topics["risks"].wording[locale].main_message)
    page.locator("#phone").press("6")
    said(page, script.prompts[locale].call["text_offer"])
    expect(page.locator("#outbox li")).to_have_count(0)
    page.locator("#phone").press("1")
    said(page, script.prompts[locale].call["text_sent"])
    first, second = (one[:40] for one in script.topics["risks"].wording[locale].texts[:2])
    bubble = page.locator(".bubble.in").first
    expect(bubble).to_contain_text(words["from_call"])
    expect(bubble).to_contain_text(first)
    expect(page.locator("#outbox li").first).to_contain_text(first)
    text(page, {"en-US": "MORE", "es-US": "MAS"}[locale])
    assert second in answer(page)


@pytest.mark.parametrize("locale", ["en-US"])
def test_a_call_back_is_kept_for_the_number_that_was_typed(
    new_page: NewPage, script: Script, locale: str
):
    page = new_page(f"/try?locale={locale}")
    page.clock.install()
    prompts, words = script.prompts[locale].call, script.pages[locale]["try"]
    call(page, locale)
    page.locator("#phone").press("0")
    page.get_by_role("button", name=words["no_answer"]).click()
    said(page, prompts["transfer_no_answer"])
    page.locator("#phone").press("1")
    said(page, prompts["callback"])
    page.locator("#phone").press("2")
    said(page, prompts["callback_number"].split("{")[0])
    page.keyboard.type("2125550123")
    said(page, words["you_typed"].replace("{label}", "2125550123"))
    page.clock.run_for(8_000)
    digits = script.prompts[locale].words["digits"]
    said(page, " ".join(str(digits[int(one)]) for one in "2125550123"))
    page.locator("#phone").press("1")
    page.locator("#phone").press("1")
    said(page, prompts["callback_done"])
