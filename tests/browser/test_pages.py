"""The pages in real Chromium: axe, reflow, keyboard, sizes, print (rules 104-109, 115)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.doubles import CALL, REPLY, texted, texts

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What axe checks stays the same; of what it found right it says less, which takes most of the time.
RUN = """async (tags) => {
  const less = { resultTypes: ['violations'], selectors: false };
  const found = await axe.run(document, { runOnly: tags, ...less });
  const wrong = found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]));
  return { checked: found.passes.length, wrong };
}"""
LOCALES = ("en-US", "es-US")
WIDTHS = (1280, 320)
WIDE_AND_NARROW = pytest.mark.parametrize(("locale", "width"), [("en-US", 1280), ("es-US", 320)])
"""The pages of both languages are of one template, and Spanish is the longer."""

# Every box that reaches past the right edge of the window, as a person would have to scroll to it.
WIDER = """() => [...document.body.querySelectorAll('*')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(one).position !== 'absolute')
  .map((one) => one.outerHTML.slice(0, 80))"""
# The shorter side of each box, and what it is.
SIZES = """(all) => all.map((one) => {
  const box = one.getBoundingClientRect()
  return [Math.min(box.width, box.height), one.outerHTML.slice(0, 80)]
})"""
# WCAG 1.4.12, by CSSOM because the page's policy allows no style of ours.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
# WCAG 1.4.4: the browser's own print is twice as large; everything here is sized by it.
TWICE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":root { font-size: 200% }");
  document.adoptedStyleSheets = [sheet];
}"""
SMALL = """(least) => [...document.querySelectorAll('body *')]
  .filter((one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((one) => one.checkVisibility() && parseFloat(getComputedStyle(one).fontSize) < least)
  .map((one) => one.outerHTML.slice(0, 80))"""
FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const style = getComputedStyle(one.closest('figure') ?? one);  // a player's own ring is inside
  return {
    place: [...document.querySelectorAll('*')].indexOf(one),
    name: one.id || one.dataset.key || one.dataset.text || one.getAttribute('href') || one.tagName,
    ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
  };
}"""


def narrow(page: Page, wanted: str, least: int = 24) -> list[str]:
    """What is there to press and less wide or high than so many pixels."""
    boxes = page.locator(wanted).evaluate_all(SIZES)
    return [html for size, html in boxes if size < least]


def past_the_edge(page: Page) -> list[str]:
    """What is wider than the window, or by how much the page is."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return page.evaluate(WIDER) + ([f"all of it: {over}"] if over > 0 else [])


def wider(page: Page) -> list[str]:
    """The same with print as it is, and then with more space between letters and lines."""
    as_is = past_the_edge(page)
    page.evaluate(SPACED)
    return as_is + past_the_edge(page)


def violations(page: Page) -> list[str]:
    """What axe finds, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(RUN, TAGS)
    assert found["checked"]
    return [f"{name}: {html}" for name, html in found["wrong"]]


@WIDE_AND_NARROW
@pytest.mark.parametrize("path", ["/try", "/listen", "/listen/risks", "/listen/not-here"])
def test_axe_finds_nothing(new_page: NewPage, path: str, locale: str, width: int):
    assert violations(new_page(f"{path}?locale={locale}", width=width)) == []


@WIDE_AND_NARROW
def test_axe_finds_nothing_while_the_phone_is_in_use(new_page: NewPage, locale: str, width: int):
    page = new_page(f"/try?locale={locale}", width=width)
    page.locator("#call").click()
    expect(page.locator("#captions .spoken").first).to_be_visible()
    assert violations(page) == []
    page.locator("[data-text]").first.click()
    expect(page.locator(".bubble.in").first).to_be_visible()
    page.locator('[data-key="1"]').click()
    page.locator('[data-key="0"]').click()
    expect(page.locator("#ring")).to_be_visible()
    assert violations(page) == []
    page.locator("#hang-up").click()
    expect(page.locator("#call")).to_be_visible()
    assert violations(page) == []


def ring(page: Page) -> None:
    """Have the line answer with a sound and a link, show a text, and ring."""
    body = (
        f"{REPLY['body']} {page.evaluate('document.getElementById(`desk`).dataset.line')}/listen/a"
    )
    sound = {**REPLY, "body": body, "media": ["/audio/0123456789abcdef.mp3"]}
    text = {"kind": "text", "to": "212-555-0123", **sound}
    texts(page, texted(sound, shown=[text, CALL]))
    page.locator("[data-text]").first.click()
    expect(page.locator("#incoming")).to_be_visible()
    expect(page.locator("#outbox li")).to_have_count(2)


@WIDE_AND_NARROW
def test_axe_finds_nothing_while_the_line_calls(new_page: NewPage, locale: str, width: int):
    page = new_page(f"/try?locale={locale}", width=width)
    ring(page)
    assert violations(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_would_be_sent_is_not_wider_than_a_narrow_window(new_page: NewPage, locale: str):
    page = new_page(f"/try?locale={locale}", width=320)
    ring(page)
    assert wider(page) == []


def test_print_of_twice_the_size_fits_half_the_window(new_page: NewPage):
    page = new_page("/try", width=640)
    page.evaluate(TWICE)
    ring(page)
    assert past_the_edge(page) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", ["/try", "/listen", "/listen/risks", "/listen/when-to-get-help"])
def test_nothing_is_wider_than_a_narrow_window(new_page: NewPage, path: str, locale: str):
    assert wider(new_page(f"{path}?locale={locale}", width=320)) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", ["/try", "/listen", "/listen/risks"])
def test_print_of_twice_the_size_fits_a_narrow_window(new_page: NewPage, path: str, locale: str):
    page = new_page(f"{path}?locale={locale}", width=320)
    page.evaluate(TWICE)
    assert past_the_edge(page) == []
    aside = page.locator(".skip").bounding_box()
    assert aside is not None
    assert aside["y"] + aside["height"] <= 0, "it is seen before anybody tabs to it"


def test_the_phone_in_use_is_not_wider_than_a_narrow_window(new_page: NewPage):
    page = new_page("/try", width=320)
    page.locator("#call").click()
    expect(page.locator("#captions .spoken").first).to_be_visible()
    page.keyboard.type("10")
    expect(page.locator("#ring")).to_be_visible()
    page.locator("[data-text]").first.click()
    expect(page.locator(".bubble.in").first).to_be_visible()
    assert past_the_edge(page) == []


def walk(page: Page) -> list[dict[str, object]]:
    """Tab through a page to its end; what has the focus each time, a player once."""
    steps: dict[object, dict[str, object]] = {}
    for _ in range(200):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUS)
        if step["name"] == "BODY" or (len(steps) > 1 and step["place"] == next(iter(steps))):
            return list(steps.values())
        steps[step["place"]] = step
    raise AssertionError("the focus never leaves the page")


def test_tab_goes_through_the_phone_in_the_order_it_is_read(new_page: NewPage):
    steps = walk(new_page("/try"))
    names = [step["name"] for step in steps]
    keys = list("123456789*0#")
    assert names == [
        "#phone", "/listen?locale=en-US", "/try?locale=es-US", "captions", *keys, "call",
        "say", "BUTTON", "silence", "hold", "thread", "MENU", "RISKS", "LISTEN", "CALL ME", "HELP",
        "text", "send",
    ]  # fmt: skip
    assert [step for step in steps if not (step["ringed"] and step["seen"])] == []


def test_tab_reaches_the_call_that_comes_in_right_after_the_thread(new_page: NewPage):
    page = new_page("/try")
    ring(page)
    page.locator("#thread").focus()
    steps = walk(page)
    takes = ["BUTTON"] * 3
    names = [step["name"] for step in steps]
    after = names.index("MENU")
    assert names[after - 3 : after] == takes
    assert [step for step in steps if not (step["ringed"] and step["seen"])] == []


@pytest.mark.parametrize("path", ["/listen", "/listen/risks"])
def test_tab_goes_through_a_page_with_the_focus_always_to_be_seen(new_page: NewPage, path: str):
    steps = walk(new_page(path))
    assert steps[0]["name"] == "#text"
    assert len(steps) > 8
    assert [step for step in steps if not (step["ringed"] and step["seen"])] == []


def test_the_skip_link_leads_past_the_head_of_the_page(new_page: NewPage):
    page = new_page("/try")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#phone")).to_be_focused()


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_to_press_on_the_phone_is_large_enough(new_page: NewPage, width: int):
    page = new_page("/try", width=width)
    page.locator("#call").click()
    expect(page.locator("#hang-up")).to_be_visible()
    ring(page)
    assert narrow(page, "button:visible, input[type=text]", 44) == []


@pytest.mark.parametrize("path", ["/listen", "/listen/risks"])
def test_all_print_is_large(new_page: NewPage, path: str):
    page = new_page(path)
    assert page.evaluate(SMALL, 20) == []
    assert page.evaluate(SMALL, 200) != []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_topic_is_heard_at_both_paces(new_page: NewPage, locale: str):
    page = new_page(f"/listen/risks?locale={locale}")
    for player in page.locator("audio").all():
        expect(player).to_have_js_property("paused", True)
        player.evaluate("(one) => one.play()")
        assert player.evaluate("(one) => one.duration") > 30
        expect(player).to_have_js_property("ended", True)


def test_the_pages_need_no_script(new_page: NewPage):
    page = new_page("/listen", java_script_enabled=False)
    page.get_by_role("link", name="Risks of the treatment").click()
    expect(page.locator("audio")).to_have_count(2)
    page.get_by_role("link", name="Español").click()
    expect(page.locator("h1")).to_have_text("Los riesgos del tratamiento")


def test_print_leaves_out_what_paper_can_not_do(new_page: NewPage):
    page = new_page("/listen/risks")
    page.emulate_media(media="print")
    expect(page.locator("audio").first).to_be_hidden()
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator(".emergency")).to_be_visible()
    expect(page.locator(".sources")).to_be_visible()
