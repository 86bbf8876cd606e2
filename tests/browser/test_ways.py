"""Whole ways through the real line in a real browser: from a text to a call, from a call to a text.

Nothing stands in for anything here but for Twilio, which is asked for nothing: what would be sent
is shown. Each way is gone in one language or the other: what the line says in both is told in
tests/conversations.
"""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.house import House
from voice.script import Script

EN, ES = "en-US", "es-US"


def text(page: Page, words: str) -> None:
    """Send a text and see it answered."""
    answered = page.locator(".bubble.in").count()
    page.locator("#text").fill(words)
    page.locator("#text").press("Enter")
    expect(page.locator(".bubble.in").nth(answered)).to_be_visible()


def answer(page: Page) -> str:
    return page.locator(".bubble.in .body").last.inner_text()


def call(page: Page, language: str) -> None:
    """Call, and press the key of a language."""
    page.locator("#call").click()
    expect(page.locator("#captions .spoken").first).to_be_visible()
    page.locator("#phone").press(language)
    expect(page.locator("#captions .did")).to_have_count(1)


def said(page: Page, words: str) -> None:
    """Wait until these words are on the screen, as long as they may take to be said."""
    expect(page.locator("#captions")).to_contain_text(words)


def test_listen_brings_the_sound_of_the_topic_in_hand(new_page: NewPage, line: House):
    page = new_page(f"/try?locale={ES}")
    text(page, "RIESGOS")
    text(page, "ESCUCHAR")
    player = page.locator(".bubble.in audio")
    expect(player).to_have_count(1)
    name = player.evaluate("(one) => one.getAttribute('src')").removeprefix("/audio/")
    (mp3,) = [one for one in line.live.manifest.topics.values() if one.name == name]
    assert (mp3.topic, mp3.locale, mp3.pace) == ("risks", ES, "normal")
    player.evaluate("(one) => one.play()")
    assert abs(player.evaluate("(one) => one.duration") - mp3.seconds) < 1


def test_sources_lead_to_the_page_that_says_where_facts_come_from(
    new_page: NewPage, script: Script
):
    page = new_page(f"/try?locale={EN}")
    text(page, "RISKS")
    text(page, "SOURCES")
    with page.expect_popup() as opened:
        page.locator(".bubble.in a").click()
    expect(opened.value.locator("h1")).to_have_text(script.topics["risks"].wording[EN].title)
    expect(opened.value.locator(".sources li").first).to_be_visible()


def test_call_me_rings_and_starts_in_the_topic_in_hand(new_page: NewPage, script: Script):
    page = new_page(f"/try?locale={ES}")
    words = script.pages[ES]["try"]
    text(page, "RIESGOS")
    text(page, "LLAMEME")
    expect(page.get_by_role("group", name=words["calling_you"])).to_be_visible()
    expect(page.locator("#outbox li")).to_have_count(1)
    page.get_by_role("button", name=words["take"], exact=True).press("Enter")
    said(page, script.topics["risks"].wording[ES].main_message)
    expect(page.locator("#hang-up")).to_be_focused()


def test_an_answering_machine_hears_the_clinic_and_its_number_alone(
    new_page: NewPage, script: Script
):
    page = new_page(f"/try?locale={EN}")
    words = script.pages[EN]["try"]
    text(page, "RISKS")
    text(page, "CALL ME")
    page.get_by_role("button", name=words["take_machine"]).click()
    said(page, words["line_hung_up"])
    heard = page.locator("#captions .spoken").all_inner_texts()
    assert len(heard) == 1
    assert script.line.name[EN] in heard[0]
    title = script.topics["risks"].wording[EN].title
    assert title.lower() not in heard[0].lower()
    assert "kypho" not in heard[0].lower()
    assert "cifo" not in heard[0].lower()


def test_key_6_sends_the_topic_after_a_yes_and_more_goes_on(new_page: NewPage, script: Script):
    page = new_page(f"/try?locale={ES}")
    words = script.pages[ES]["try"]
    call(page, "2")
    page.locator("#phone").press("3")
    said(page, script.topics["risks"].wording[ES].main_message)
    page.locator("#phone").press("6")
    said(page, script.prompts[ES].call["text_offer"])
    expect(page.locator("#outbox li")).to_have_count(0)
    page.locator("#phone").press("1")
    said(page, script.prompts[ES].call["text_sent"])
    first, second = (one[:40] for one in script.topics["risks"].wording[ES].texts[:2])
    bubble = page.locator(".bubble.in").first
    expect(bubble).to_contain_text(words["from_call"])
    expect(bubble).to_contain_text(first)
    expect(page.locator("#outbox li").first).to_contain_text(first)
    text(page, "MAS")
    assert second in answer(page)


def test_a_call_back_is_kept_for_the_number_that_was_typed(new_page: NewPage, script: Script):
    page = new_page(f"/try?locale={EN}")
    page.clock.install()
    prompts, words = script.prompts[EN].call, script.pages[EN]["try"]
    call(page, "1")
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
    digits = script.prompts[EN].words["digits"]
    said(page, " ".join(str(digits[int(one)]) for one in "2125550123"))
    page.locator("#phone").press("1")
    page.locator("#phone").press("1")
    said(page, prompts["callback_done"])
