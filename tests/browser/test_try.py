"""The browser phone in real Chromium: calls by keyboard and by mouse, texts, in both languages."""

import re
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import NewPage
from tests.browser.doubles import (
    CALL,
    REPLY,
    Row,
    called,
    calls,
    hangs,
    speaking,
    stands_still,
    texted,
    texts,
)
from tests.house import House
from voice.booth import Why
from voice.script import Script


def captions(page: Page) -> object:
    return expect(page.locator("#captions"))


def call(page: Page) -> None:
    page.locator("#call").click()
    captions(page).to_contain_text("nine, one, one")


def pressed(page: Page, keys: str) -> None:
    """Press keys with the mouse, each when the one before was answered."""
    for key in keys:
        before = page.locator("#captions .did").count()
        page.locator(f'[data-key="{key}"]').click()
        expect(page.locator("#captions .did")).to_have_count(before + 1)
        expect(page.locator("#captions .did + .spoken")).to_have_count(before + 1)


# ---------------------------------------------------------------- a call


def test_the_keyboard_alone_places_a_call_through_to_a_topic(new_page: NewPage, script: Script):
    page = new_page("/try?locale=en-US")
    page.locator("#call").focus()
    page.keyboard.press("Enter")
    captions(page).to_contain_text("nine, one, one")
    expect(page.locator("#hang-up")).to_be_focused()
    page.keyboard.type("1")
    captions(page).to_contain_text("Welcome to Sample Clinic.")
    page.keyboard.type("3")
    wording = script.topics["risks"].wording["en-US"]
    said = page.locator('#captions .spoken[lang="en-US"]')
    expect(said.filter(has_text=wording.main_message)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text(script.pages["en-US"]["try"]["over"])
    expect(page.locator("#call")).to_be_focused()


def test_in_forced_colours_keys_that_rest_and_words_being_said_are_told_apart(new_page: NewPage):
    page = new_page("/try", forced_colors="active")
    colour = "(one, of) => getComputedStyle(one)[of]"
    key, call = page.locator('[data-key="1"]'), page.locator("#call")
    assert key.evaluate(colour, "color") != call.evaluate(colour, "color")
    with speaking(page):
        call.click()
        now = page.locator("#captions .now")
        expect(now).to_be_visible()
        assert key.evaluate(colour, "color") == page.locator("#hang-up").evaluate(colour, "color")
        bar = now.evaluate(colour, "borderLeftColor")
        now.evaluate("(one) => one.classList.remove('now')")
        told = page.locator("#captions .spoken").first
        assert told.evaluate(colour, "borderLeftColor") != bar


def test_the_mouse_alone_places_a_call_through_to_a_topic(new_page: NewPage, script: Script):
    page = new_page("/try?locale=es-US")
    call(page)
    pressed(page, "23")
    captions(page).to_contain_text(script.topics["risks"].wording["es-US"].main_message)
    page.locator("#hang-up").click()
    captions(page).to_contain_text(script.pages["es-US"]["try"]["you_hung_up"])


def test_real_clips_are_played_one_after_another_until_the_line_waits(new_page: NewPage):
    page = new_page("/try")
    call(page)
    expect(page.locator("#player")).to_have_js_property("error", None)
    for words in ("Si es una emergencia", "For English", "Para español"):
        captions(page).to_contain_text(words)
    expect(page.locator("#player")).to_have_attribute("src", re.compile(r"^/audio/\w{16}\.wav$"))
    expect(page.locator("#state")).to_have_text("Your turn")
    expect(page.locator("#player")).to_have_js_property("ended", True)


def test_nothing_sounds_before_call_is_pressed(new_page: NewPage):
    page = new_page("/try")
    page.keyboard.type("123")
    expect(page.locator("#player")).not_to_have_attribute("src", re.compile("."))
    expect(page.locator("#captions .spoken")).to_have_count(0)


def test_in_colors_of_their_own_people_see_where_the_button_ends(new_page: NewPage):
    page = new_page("/try", forced_colors="active")
    told = "(one) => [getComputedStyle(one).borderTopStyle, getComputedStyle(one).borderTopWidth]"
    call = page.locator(".hook .call")
    assert call.evaluate(told) == ["solid", "2px"]
    edge = "(one) => getComputedStyle(one).borderTopColor"
    ground = "(one) => getComputedStyle(one).backgroundColor"
    assert call.evaluate(edge) != call.evaluate(ground)


def test_keys_pressed_in_a_hurry_all_count(new_page: NewPage, script: Script):
    page = new_page("/try")
    call(page)
    page.keyboard.type("13")
    captions(page).to_contain_text(script.topics["risks"].wording["en-US"].main_message)


def test_saying_nothing_is_heard_as_silence(new_page: NewPage):
    page = new_page("/try")
    call(page)
    expect(page.locator("#state")).to_have_text("Your turn")
    page.locator("#silence").click()
    captions(page).to_contain_text("You said nothing")
    captions(page).to_contain_text("I did not hear a choice")


def test_the_wait_ends_in_silence_by_itself(new_page: NewPage):
    page = new_page("/try")
    page.clock.install()
    call(page)
    expect(page.locator("#state")).to_have_text("Your turn")
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ s$"))
    page.clock.run_for(20_000)
    captions(page).to_contain_text("I did not hear a choice")


def test_a_person_can_take_all_the_time_they_need(new_page: NewPage):
    page = new_page("/try")
    page.clock.install()
    page.get_by_label("Take all the time I need").check()
    call(page)
    expect(page.locator("#state")).to_have_text("The line waits as long as you like")
    page.clock.run_for(120_000)
    expect(page.locator("#captions")).not_to_contain_text("I did not hear a choice")
    page.get_by_label("Take all the time I need").uncheck()
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ s$"))


def test_a_topic_goes_on_by_itself_to_its_end(new_page: NewPage, script: Script):
    page = new_page("/try")
    call(page)
    page.keyboard.type("13")
    captions(page).to_contain_text(script.topics["risks"].wording["en-US"].action)
    captions(page).to_contain_text("To hear this again")


def test_words_said_while_the_line_speaks_are_heard_when_it_is_done(
    new_page: NewPage, script: Script
):
    page = new_page("/try")
    with speaking(page):
        call(page)
        page.get_by_label("Say something").fill("riesgos")
        page.get_by_role("button", name="Say", exact=True).click()
        expect(page.locator("#say-note")).to_contain_text("when it has finished speaking")
    captions(page).to_contain_text("You said: riesgos")
    captions(page).to_contain_text(script.topics["risks"].wording["es-US"].main_message)
    expect(page.locator("#say-note")).to_be_empty()


def test_digits_typed_into_a_field_are_not_dialed(new_page: NewPage):
    page = new_page("/try")
    call(page)
    page.get_by_label("Say something").fill("")
    page.get_by_label("Say something").press_sequentially("911")
    expect(page.get_by_label("Say something")).to_have_value("911")
    expect(page.locator("#captions .did")).to_have_count(0)


def test_a_person_at_the_clinic_rings_and_is_busy(new_page: NewPage, script: Script):
    page = new_page("/try")
    call(page)
    page.keyboard.type("10")
    ring = page.get_by_role("group", name=f"Ringing {script.line.person.written}")
    ring.get_by_role("button", name="Busy").click()
    captions(page).to_contain_text(script.prompts["en-US"].call["transfer_busy"])
    expect(ring).to_be_hidden()


def test_a_talk_with_a_person_ends_the_call(new_page: NewPage):
    page = new_page("/try")
    call(page)
    page.keyboard.type("10")
    page.get_by_role("button", name="They answer, talk and hang up").click()
    captions(page).to_contain_text("The line hung up")
    expect(page.locator("#state")).to_have_text("The call has ended")


def test_who_hangs_up_before_an_answer_comes_has_hung_up(new_page: NewPage):
    page = new_page("/try")
    deeds = calls(page, called(), called("Hello."), called(stage="over"))
    page.locator("#call").click()
    expect(page.locator("#state")).to_have_text("Press a key")
    held: list[Route] = []
    page.route("**/try/call", lambda route: held.append(route), times=1)
    with page.expect_request("**/try/call"):
        page.locator('[data-key="1"]').click()
    page.locator("#hang-up").click()
    held[0].fallback()
    expect(page.locator("#state")).to_have_text("The call has ended")
    assert [one["do"] for one in deeds] == ["dial", "press", "hang-up"]


def test_a_second_call_starts_anew(new_page: NewPage):
    page = new_page("/try")
    for _ in range(2):
        call(page)
        expect(page.locator("#captions .spoken").first).to_contain_text("nine, one, one")
        page.locator("#hang-up").click()
        expect(page.locator("#call")).to_be_visible()


def test_a_key_lights_up_and_the_words_being_spoken_are_marked(new_page: NewPage):
    page = new_page("/try")
    stands_still(page)
    with speaking(page):
        call(page)
        expect(page.locator("#captions .now")).to_have_count(1)
        page.keyboard.type("1")
        expect(page.locator('[data-key="1"]')).to_have_class("down")
    page.clock.run_for(500)
    expect(page.locator('[data-key="1"]')).not_to_have_class("down")


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(("locale", "word"), [("en-US", "risks"), ("es-US", "riesgos")])
def test_a_text_is_answered_in_its_language_with_its_cost(
    new_page: NewPage, script: Script, locale: str, word: str
):
    page = new_page(f"/try?locale={locale}")
    page.locator("#text").fill(word)
    page.keyboard.press("Enter")
    answer = page.locator(".bubble.in").first
    expect(answer.locator(f'p[lang="{locale}"]')).to_contain_text(script.line.name[locale])
    expect(answer.locator(".cost")).to_have_text(re.compile(r"^\d segment"))
    expect(page.locator(".bubble.out")).to_contain_text(word)
    expect(page.locator("#text")).to_have_value("")


def test_a_word_to_try_is_sent_by_its_button(new_page: NewPage):
    page = new_page("/try")
    page.get_by_role("button", name="MENU").click()
    expect(page.locator(".bubble.in").first).to_contain_text("1")
    expect(page.locator(".bubble.out")).to_contain_text("MENU")


def test_a_text_the_line_leaves_to_twilio_is_told(new_page: NewPage):
    page = new_page("/try?locale=es-US")
    page.locator("#text").fill("STOP")
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_contain_text("A esto responde Twilio.")
    expect(page.locator(".bubble.in")).to_have_count(0)


def test_a_text_that_nobody_answers_is_told(new_page: NewPage):
    page = new_page("/try")
    texts(page, texted())
    page.get_by_role("button", name="MENU").click()
    expect(page.locator("#thread")).to_contain_text("The line sends no answer to this.")


def test_a_sound_is_played_in_its_bubble_and_only_when_asked(new_page: NewPage, line: House):
    page = new_page("/try")
    src = f"/audio/{next(iter(line.live.manifest.topics.values())).name}"
    texts(page, texted({**REPLY, "media": [src]}))
    page.get_by_role("button", name="LISTEN").click()
    player = page.get_by_label("Sound")
    expect(player).to_have_js_property("autoplay", False)
    expect(player).to_have_js_property("preload", "none")
    expect(player).to_have_js_property("paused", True)
    assert player.evaluate("(one) => one.getAttribute('src')") == src
    player.evaluate("(one) => one.play()")
    assert player.evaluate("(one) => one.duration") > 30


def test_an_address_of_the_line_is_a_link_and_any_other_stays_words(new_page: NewPage, line: House):
    page = new_page("/try")
    ours = f"{line.settings.public_url}/listen/risks?locale=en-US"
    body = f"Sample Clinic: Hear it: {ours}. Not at https://elsewhere.example/x."
    texts(page, texted({**REPLY, "body": body}))
    page.get_by_role("button", name="LISTEN").click()
    expect(page.locator(".bubble.in .body")).to_contain_text("x.")
    link = page.locator(".bubble.in a")
    expect(link).to_have_count(1)
    expect(link).to_have_text(f"{ours} (opens in a new tab)")
    with page.expect_popup() as opened:
        link.click()
    expect(opened.value.locator("h1")).to_contain_text("Risks")


# ---------------------------------------------------------------- what would be sent


def test_what_a_key_would_have_sent_stands_in_the_thread_and_in_the_list(
    new_page: NewPage, script: Script
):
    page = new_page("/try?locale=es-US")
    words = script.pages["es-US"]["try"]
    outbox = page.get_by_role("region", name=words["outbox"])
    expect(outbox).to_contain_text(words["outbox_empty"])
    item = {"kind": "text", "to": "212-555-0123", **REPLY, "locale": "es-US"}
    calls(page, called(), called(shown=[item]))
    page.locator("#call").click()
    expect(page.locator("#state")).to_have_text(words["waiting_key"])
    page.locator('[data-key="6"]').click()
    bubble = page.locator(".bubble.in")
    expect(bubble).to_contain_text(words["from_call"])
    expect(bubble.locator('[lang="es-US"]')).to_have_text(REPLY["body"])
    row = outbox.get_by_role("listitem")
    expect(row).to_contain_text(words["would_text"].replace("{label}", "212-555-0123"))
    expect(row.locator('[lang="es-US"]')).to_have_text(REPLY["body"])
    expect(page.locator("#outbox-empty")).to_be_hidden()


def ringing(page: Page, script: Script, locale: str) -> dict[str, str]:
    words = script.pages[locale]["try"]
    texts(page, texted(REPLY, shown=[CALL]))
    page.locator("#text").fill("CALL ME")
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name=words["calling_you"])
    expect(group).to_be_visible()
    expect(page.locator("#state")).to_have_text(words["calling_you"])
    expect(page.locator("#text")).to_be_focused()
    would = words["would_call"].replace("{label}", CALL["to"])
    expect(page.get_by_role("region", name=words["outbox"])).to_contain_text(would)
    return words


def test_the_keyboard_alone_answers_a_call_of_the_lines(new_page: NewPage, script: Script):
    page = new_page("/try?locale=es-US")
    words = ringing(page, script, "es-US")
    deeds = calls(page, called("Hello."))
    page.get_by_role("button", name=words["take"], exact=True).focus()
    page.keyboard.press("Enter")
    captions(page).to_contain_text("Hello.")
    captions(page).to_contain_text(words["you_took"])
    assert [(one["do"], one["value"], one["call"]) for one in deeds] == [
        ("take", "person", CALL["ring"])
    ]
    expect(page.locator("#hang-up")).to_be_focused()
    expect(page.locator("#incoming")).to_be_hidden()
    page.keyboard.type("5")
    captions(page).to_contain_text(words["you_pressed"].replace("{label}", "5"))


def test_an_answering_machine_takes_the_call_and_the_line_hangs_up(
    new_page: NewPage, script: Script
):
    page = new_page("/try")
    words = ringing(page, script, "en-US")
    end = {"kind": "hung-up", "by": "line"}
    deeds = calls(page, called("Sample Clinic called.", end, stage="over"))
    page.get_by_role("button", name=words["take_machine"]).click()
    captions(page).to_contain_text(words["machine_took"])
    captions(page).to_contain_text("The line hung up")
    expect(page.locator("#call")).to_be_focused()
    assert deeds[0]["value"] == "machine"


def test_a_call_nobody_answers_is_not_made(new_page: NewPage, script: Script):
    page = new_page("/try")
    words = ringing(page, script, "en-US")
    deeds = calls(page)
    page.get_by_role("button", name=words["take_nobody"]).click()
    expect(page.locator("#incoming")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#state")).to_have_text(words["idle"])
    expect(page.locator("#thread")).to_contain_text(words["nobody_took"])
    assert deeds == []


def test_whoever_is_on_the_phone_hangs_up_to_take_the_call(new_page: NewPage):
    page = new_page("/try")
    deeds = calls(page, called(), called(stage="over"), called("Hello."))
    page.locator("#call").click()
    expect(page.locator("#state")).to_have_text("Press a key")
    texts(page, texted(REPLY, shown=[CALL]))
    page.get_by_role("button", name="CALL ME").click()
    expect(page.locator("#state")).to_have_text("Press a key")
    page.get_by_role("button", name="Answer", exact=True).click()
    captions(page).to_contain_text("Hello.")
    assert [one["do"] for one in deeds] == ["dial", "hang-up", "take"]


@pytest.mark.parametrize("hold", [False, True], ids=["counting", "all-the-time"])
def test_a_number_is_typed_in_one_line_and_its_last_key_ends_it(new_page: NewPage, hold: bool):
    page = new_page("/try")
    if hold:
        page.get_by_label("Take all the time I need").check()
    deeds = calls(
        page, called(), *(called(typed=so_far) for so_far in ("2", "21")), called("Thanks.")
    )
    page.locator("#call").click()
    expect(page.locator("#state")).to_contain_text("Press a key" if not hold else "as long as")
    page.keyboard.type("212")
    captions(page).to_contain_text("Thanks.")
    expect(page.locator("#captions .did")).to_have_text(["You typed 212"])
    assert [one["value"] for one in deeds[1:]] == ["2", "1", "2"]


def test_a_number_that_stops_short_is_sent_when_no_more_keys_come(new_page: NewPage):
    page = new_page("/try")
    stands_still(page)
    deeds = calls(page, called(), called(typed="2"), called("That is too short."))
    page.locator("#call").click()
    expect(page.locator("#state")).to_have_text("Press a key")
    page.keyboard.type("2")
    expect(page.locator("#captions .did")).to_have_text("You pressed 2")
    expect(page.locator("#wait")).to_be_visible()  # what was pressed is answered
    page.clock.run_for(9_000)
    captions(page).to_contain_text("That is too short.")
    expect(page.locator("#captions .did")).to_have_text(["You pressed 2"])
    assert deeds[-1]["do"] == "silence"


# ---------------------------------------------------------------- when something is missing


def test_without_script_the_page_points_to_the_pages_that_need_none(new_page: NewPage):
    page = new_page("/try?locale=es-US", java_script_enabled=False)
    link = page.locator("noscript a")
    expect(link).to_have_attribute("href", "/listen?locale=es-US")
    link.click()
    expect(page.locator("h1")).to_have_text("Leer y escuchar")


def test_a_clip_that_does_not_come_is_shown_for_as_long_as_it_takes_to_read(chromium, line):
    page = chromium.new_page(base_url=line.settings.public_url)
    page.route("**/audio/*", lambda route: route.abort())
    stands_still(page)
    page.goto("/try")
    with page.expect_event("requestfailed"):
        call(page)
    expect(page.locator("#captions .spoken")).to_have_count(1)
    page.clock.run_for(10_000)
    page.clock.resume()  # for where the page gave the clip up only after that
    expect(page.locator("#captions .spoken")).to_have_count(2)
    page.close()


UNANSWERED = {
    "en-US": "Something went wrong: the line did not answer. Please try again in a moment.",
    "es-US": "Algo falló: la línea no respondió. Por favor, intente de nuevo en un momento.",
}
OLD = "Something went wrong: this page has been open too long. Please load the page again."
UNKNOWN = "Algo falló: la línea no entiende esta página. Por favor, cargue la página otra vez."


def called_and_texted(page: Page) -> Iterator[tuple[Callable[[], None], Locator]]:
    """What asks something of the line, and where it is told what came of it."""
    yield page.locator("#call").click, page.locator("#captions .did")
    yield page.locator(".suggestions button").first.click, page.locator("#thread .note")
    expect(page.locator("#call")).to_be_visible()


def answers(page: Page, answer: Row | None) -> None:
    """Answer whatever is asked from now on so, or not at all."""
    page.route("**/try/*", lambda route: route.fulfill(**answer) if answer else route.abort())


BROKEN: dict[str, tuple[tuple[Row | None, str], ...]] = {
    "en-US": (
        (None, UNANSWERED["en-US"]),
        ({"status": 403, "body": "<h1>Forbidden</h1>"}, OLD),
        ({"status": 500, "json": {}}, UNANSWERED["en-US"]),
        ({"status": 409, "json": {"problem": "no"}}, "Something went wrong: no"),
        ({"status": 200, "body": "<h1>Sign in</h1>"}, UNANSWERED["en-US"]),
    ),
    "es-US": (
        (None, UNANSWERED["es-US"]),
        ({"status": 404, "body": "<h1>Not Found</h1>"}, UNKNOWN),
        ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, UNANSWERED["es-US"]),
    ),
}
"""What comes instead of an answer, and what is told; never the same twice in a row."""


@pytest.mark.parametrize("locale", BROKEN)
def test_a_server_that_is_gone_is_told_in_words(chromium, line, locale):
    # Not by new_page: a browser notes as an error what does not come.
    page = chromium.new_page(base_url=line.settings.public_url)
    page.goto(f"/try?locale={locale}")
    for answer, told in BROKEN[locale]:
        answers(page, answer)
        for ask, where in called_and_texted(page):
            ask()
            expect(where.last).to_have_text(told)
    page.close()


@pytest.mark.parametrize("locale", UNANSWERED)
def test_every_problem_is_told_in_the_language_of_the_page(chromium, line, script, locale):
    page = chromium.new_page(base_url=line.settings.public_url)
    page.goto(f"/try?locale={locale}")
    words = script.pages[locale]["try"]
    for why in get_args(Why):
        refusal = {"why": why, "label": "12", "problem": "what a program reads"}
        answers(page, {"status": 409, "json": refusal})
        told = words["problem"].replace("{label}", words[f"why_{why}"]).replace("{label}", "12")
        for ask, where in called_and_texted(page):
            ask()
            expect(where.last).to_have_text(told)
    page.close()


def test_a_page_the_line_knows_no_more_is_told_what_helps(chromium, line):
    page = chromium.new_page(base_url=line.settings.public_url)
    page.goto("/try")
    page.evaluate("desk.dataset.page = 'of long ago'")
    for ask, where in called_and_texted(page):
        ask()
        expect(where).to_contain_text(OLD)
    page.close()


def test_a_line_that_hangs_is_told_in_words(new_page: NewPage):
    page = new_page("/try?locale=es-US")
    page.clock.install()
    for ask, where in called_and_texted(page):
        hangs(page, "**/try/*", ask)
        expect(where).to_have_text(UNANSWERED["es-US"])
