"""The draft heard and rung in real Chromium: its sound made on the spot, by keyboard alone, axe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NewPage, begun
from tests.browser.doubles import hangs
from tests.browser.test_console import WIDE_AND_NARROW, tab_to
from tests.browser.test_pages import violations, wider
from tests.house import OPEN, House
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.rehearsal.orders import Orders, Progress, to_hear, to_ring
from voice.speech.clips import digest_of
from voice.store import Store, open_store
from voice.store.drafts import read_work, save, undo
from voice.store.staff import Newcomer, add_person, find_person, set_profile

EMAIL = "wren@clinic.org"
MESSAGE = "topics/risks.toml:en-US.main_message"
RING = "/console/ring"
NEW = "Each risk has a name, and we tell you all of them."
PLAYS = """() => new Promise((plays) => {
  const player = document.activeElement;
  if (player.currentTime > 0) plays();
  player.ontimeupdate = plays;
})"""


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    """The store of the line, with a writer and a sentence in work."""
    opened = open_store(line.settings.database_url)
    made = add_person(opened, Newcomer(EMAIL, "Wren Diaz", ("writer",), "en"), None, OPEN)
    files = line.live.release.script.files
    field = field_of(files, MESSAGE)
    save(opened, field, NEW, 0, read(files, field), Person(made.id, "Wren"), OPEN)
    yield opened
    for name in read_work(opened).drafts:
        field = field_of(files, name)
        undo(opened, field, read(files, field), Person(made.id, "Wren"), OPEN)
    opened.close()


@pytest.fixture
def signed_in(new_page: NewPage, store: Store):
    """Open a page as the writer, in a language."""

    def opened(path: str, language: str = "en", **options: object) -> Page:
        wren = find_person(store, EMAIL)[0]
        set_profile(store, wren.id, wren.name, language, None, OPEN)
        return new_page(path, session=begun(store, wren.id), **options)

    return opened


def made(page: Page) -> None:
    """Wait until the sound is there."""
    expect(page.locator("#sound")).to_have_attribute("data-state", "done", timeout=30_000)


def test_a_writer_hears_says_and_rings_the_draft_by_keyboard_alone(signed_in):
    page = signed_in("/console/hear")
    tab_to(page, "a[href='/console/hear/topics/risks']")
    page.keyboard.press("Enter")
    made(page)  # nobody pressed anything: it is made as soon as its page is open
    expect(page.locator("#sound-told")).to_have_text("The sound is ready.")
    new = page.locator(".saying", has=page.locator(".mark.new"))
    expect(new).to_contain_text(NEW)
    tab_to(page, ".saying:has(.mark.new) audio")
    page.keyboard.press("Space")
    page.evaluate(PLAYS)

    page.goto("/console/say")
    tab_to(page, "#word")
    page.keyboard.type("cement")
    tab_to(page, "#like")
    page.keyboard.type("see-ment")
    page.keyboard.press("Enter")
    made(page)
    expect(page.locator("#sound")).to_be_focused()  # the next key plays it, not the menu's links
    before, after = (
        page.evaluate("async (src) => (await (await fetch(src)).arrayBuffer()).byteLength", src)
        for src in page.locator("#sound audio").evaluate_all("all => all.map((one) => one.src)")
    )
    assert before != after
    tab_to(page, "form[action='/console/say/save'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("“cement” is kept in the draft.")

    page.goto("/console/ring?subject=topics/risks")
    made(page)
    expect(page.locator(".draft h2")).to_contain_text("This is the draft.")
    tab_to(page, "#call")
    page.keyboard.press("Enter")
    captions = page.locator("#captions")
    expect(captions).to_contain_text("press 1")
    for key, heard in (("1", "Welcome"), ("3", NEW)):
        page.keyboard.press(key)
        expect(captions).to_contain_text(heard)
    tab_to(page, "#text")
    page.keyboard.type("RISKS")
    page.keyboard.press("Enter")
    expect(page.locator("#thread .in").first).to_be_visible()
    page.goto("/try")
    page.locator("#call").click()
    expect(captions).to_contain_text("press 1")
    for key, heard in (("1", "Welcome"), ("3", "Your doctor fills the bone")):
        page.locator("#phone").press(key)
        expect(captions).to_contain_text(heard)
    expect(captions).not_to_contain_text(NEW)


@pytest.mark.parametrize(
    ("language", "path", "told"),
    [
        (
            "en",
            RING,
            "Something went wrong: you are signed out. Please load the page again to sign in.",
        ),
        (
            "es",
            RING,
            "Algo falló: su sesión se cerró. Por favor, cargue la página otra vez para entrar.",
        ),
        ("en", f"{RING}?locale=es-US", "Algo falló: su sesión se cerró. Por favor, cargue la"),
    ],
    ids=["en", "es", "en-ringing-es"],
)
def test_who_rings_the_draft_and_is_signed_out_is_told_so(
    signed_in, chromium: Browser, line: House, language: str, path: str, told: str
):
    # Not by new_page: a browser notes the line's 401 as an error.
    cookies = signed_in(RING, language).context.cookies()
    page = chromium.new_page(base_url=line.settings.public_url)
    page.context.add_cookies(cookies)
    page.goto(path)
    made(page)  # else the page asks for its sound again, and leaves to sign in
    page.context.clear_cookies()
    page.locator("#call").click()
    expect(page.locator("#captions .did")).to_contain_text(told)
    page.close()


OF_ANOTHER_SESSION = "desk.dataset.token = 'of another session'"
OF_A_SUBJECT_THAT_WENT = "desk.dataset.scope = '?subject=topics/nothing'"


@pytest.mark.parametrize(
    ("language", "becomes", "told"),
    [
        ("en", OF_ANOTHER_SESSION, "this page has been open too long. Please load the page again."),
        ("es", OF_ANOTHER_SESSION, "esta página lleva demasiado tiempo abierta. Por favor, cargue"),
        ("en", OF_A_SUBJECT_THAT_WENT, "the line does not understand this page. Please load the"),
        ("es", OF_A_SUBJECT_THAT_WENT, "la línea no entiende esta página. Por favor, cargue la"),
    ],
)
def test_who_rings_the_draft_from_a_page_that_is_no_more_is_told_what_helps(
    signed_in, chromium: Browser, line: House, language: str, becomes: str, told: str
):
    # Not by new_page: a browser notes what the line refuses as an error.
    cookies = signed_in(RING, language).context.cookies()
    page = chromium.new_page(base_url=line.settings.public_url)
    page.context.add_cookies(cookies)
    page.goto(RING)
    page.evaluate(becomes)
    page.locator("#call").click()
    expect(page.locator("#captions .did")).to_contain_text(told)
    page.locator(".suggestions button").first.click()
    expect(page.locator("#thread .note")).to_contain_text(told)
    page.close()


@WIDE_AND_NARROW
def test_axe_finds_nothing_where_the_draft_is_heard_and_rung(signed_in, language: str, width: int):
    page = signed_in("/console/hear", language, width=width)
    expect(page.locator("h1")).to_be_visible()
    assert wrong(page) == []
    for path in ("/console/hear/topics/risks", "/console/ring?subject=topics/risks"):
        page.goto(path)
        made(page)
        assert wrong(page) == [], path
    page.goto("/console/say")
    page.locator("#word").fill("cemento" if language == "es" else "cement")
    page.locator("main form button").first.click()
    expect(page.locator("#errors")).to_be_focused()
    assert wrong(page) == []
    page.locator("#like").fill("semiento" if language == "es" else "see-ment")
    page.locator("main form button").first.click()
    made(page)
    assert wrong(page) == []


def wrong(page: Page) -> list[str]:
    """What axe finds; the page is not wider than its window."""
    assert wider(page) == []
    return violations(page)


DURATION = "/console/hear/topics/duration"
MAKING = Progress("making", 1, 9)
FAILED = Progress("failed", 1, 9, "No voice.")


def heard(line: House) -> str:
    """The name of the order for the sound of a subject that nobody has in work."""
    live = line.live.release.script
    return to_hear(live, live, "topics/duration", digest_of({})).name


def rung(line: House) -> str:
    """The name of the order for the sound of a call in which nothing is new."""
    live = line.live.release.script
    return to_ring(live, live, digest_of({})).name


Following = tuple[Page, Callable[[Progress], None]]


@contextmanager
def told_of(line: House, name: str) -> Iterator[Callable[[Progress], None]]:
    """Tell a page how far its sound is, as the process that makes it would."""
    orders = Orders(line.settings)
    (orders.root / "order").mkdir(parents=True, exist_ok=True)
    with orders.taken(name, 0):
        yield lambda progress: orders.tell(name, progress)
        (orders.root / "order" / f"{name}.state").unlink()


@WIDE_AND_NARROW
def test_axe_finds_nothing_while_sound_is_made_and_where_it_failed(
    signed_in, line, language: str, width: int
):
    page = signed_in("/console/hear", language, width=width)
    with told_of(line, heard(line)) as tell:
        tell(MAKING)
        page.goto(DURATION)
        expect(page.locator("#sound progress")).to_have_attribute("value", "1")
        assert violations(page) == []
        tell(FAILED)
        expect(page.locator("#sound")).to_contain_text("No voice.")
        assert violations(page) == []
        assert wider(page) == []


@pytest.fixture
def following(signed_in, line) -> Iterator[Following]:
    """A page that follows sound in the making, by a clock of the test's."""
    page = signed_in("/console/hear")
    page.clock.install()
    with told_of(line, heard(line)) as tell:
        tell(MAKING)
        page.goto(DURATION)
        expect(page.locator("#sound-told")).to_have_text("The sound is being made.")
        yield page, tell


def test_a_line_that_hangs_is_not_followed_and_its_button_sends_by_itself(following):
    page, tell = following
    hangs(page, "**/console/hear/progress/*", lambda: page.clock.run_for(1_000))
    expect(page.locator("#sound-told")).to_be_empty()
    tell(FAILED)
    page.reload()
    tell(MAKING)
    hangs(page, f"**{DURATION}", page.locator("#sound .make button").click)
    expect(page.locator("#sound")).to_have_attribute("data-state", "making")


def test_sound_that_is_ready_on_a_line_that_hangs_is_followed_no_more(following):
    page, tell = following
    hangs(page, f"**{DURATION}", lambda: tell(FAILED))
    expect(page.locator("#sound-told")).to_be_empty()


def test_a_button_whose_page_does_not_come_again_sends_by_itself(signed_in, line):
    page = signed_in("/console/hear")
    page.clock.install()
    with told_of(line, rung(line)) as tell:
        tell(FAILED)
        page.goto(f"{RING}?subject=topics/duration")
        tell(MAKING)
        hangs(page, f"**{RING}?subject=**", page.locator("#sound .make button").click)
        expect(page.locator("#sound")).to_have_attribute("data-state", "making")


def test_without_scripts_the_sound_is_made_by_a_button(signed_in):
    page = signed_in("/console/hear/topics/benefits", java_script_enabled=False)
    page.locator("#sound .make button").click()
    expect(page.locator("#sound audio").first).to_be_visible(timeout=30_000)
