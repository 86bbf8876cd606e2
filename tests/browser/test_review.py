"""From the first letter to live in real Chromium, by keyboard too; axe on every page of the way.

The scripts are the tiny ones, spoken in tones by a process of its own, as words really go live.
"""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.browser.conftest import NewPage, _Silent
from tests.browser.doubles import hangs
from tests.browser.test_console import tab_to
from tests.browser.test_pages import narrow, violations, walk, wider
from tests.conftest import ROOT
from tests.console.clinic import APRES, LATER, LAVAGE, Clinic, hire, token
from tests.console.conftest import Clock
from tests.house import House, house
from tests.publisher import settings_of
from voice import assembly
from voice.assembly import Keeper
from voice.console import going_live
from voice.rounds import Rounds
from voice.settings import Settings, read
from voice.store import Store, open_store, publications
from voice.store.publications import beat, begin, fail
from voice.store.staff import find_person, set_profile

PORTUGUESE = "topics/lavage.toml:pt-BR.title"
MAIN = "topics/lavage.toml:fr-FR.main_message"

# Headings that are more than one level below the one before them.
DEEPER = """() => [...document.querySelectorAll('main :is(h1, h2, h3, h4)')]
  .filter((one, at, all) => at && one.tagName[1] - all[at - 1].tagName[1] > 1)
  .map((one) => one.outerHTML)"""
UNFOLD = "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A line of the tiny scripts, at first without a clip, that looks for releases often."""
    folder = tmp_path_factory.mktemp("clinic")
    with socket.create_server(("127.0.0.1", 0)) as door, pytest.MonkeyPatch.context() as patch:
        port = door.getsockname()[1]
        patch.setattr(assembly, "WAIT_FOR_NEXT", 0.2)
        patch.setattr(publications, "LEASE", timedelta(days=800))  # nobody here dies at it
        launched: list[subprocess.Popen[bytes]] = []
        patch.setattr(going_live, "launch", lambda id: launched.append(_launched(settings, id)))
        settings = _at(settings_of(folder), port)
        with house(settings) as opened:
            store = open_store(settings.database_url)
            hire(store)
            keeper = Keeper(opened.live, store, settings.audio, Clock())
            rounds = Rounds(keeper.look, keeper.pause)
            rounds.start()
            server = make_server(
                "127.0.0.1", port, opened.app, threaded=True, fd=door.fileno(),
                request_handler=_Silent,
            )  # fmt: skip
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield opened
            for process in launched:
                process.wait(60)
            rounds.close()
            server.shutdown()
            thread.join()
            server.server_close()
            store.close()


def _at(settings: Settings, port: int) -> Settings:
    """The settings of a line on a port, with words for the practice telephone among its scripts."""
    scripts = settings.instance / "scripts"
    shutil.copytree(settings.scripts, scripts)
    pages = (ROOT / "scripts" / "pages.toml").read_text("utf-8")
    pages = pages.replace("en-US", "fr-FR").replace("es-US", "pt-BR")
    (scripts / "pages.toml").write_text(pages, "utf-8")
    given = {"INSTANCE": settings.instance, "AUDIO": settings.audio, "SCRIPTS": scripts}
    return read({name: str(path) for name, path in given.items()} | {"PORT": str(port)}, root=ROOT)


def _launched(settings: Settings, id: int) -> subprocess.Popen[bytes]:
    python = [sys.executable, "-m", "tests.publisher", str(settings.instance), str(id)]
    return subprocess.Popen(python, cwd=ROOT)


@pytest.fixture(scope="module")
def store(line: House) -> Iterator[Store]:
    opened = open_store(line.settings.database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def clinic(line: House, store: Store) -> Clinic:
    """The same line, for what is not worth a browser."""
    return Clinic(line.app, store, line.live, line.settings, Clock(), {})


@pytest.fixture
def visit(new_page: NewPage, line: House, store: Store) -> Visit:
    """Open a page as somebody who is signed in already."""

    def opened(who: str, path: str, language: str = "en", width: int = 1280) -> Page:
        found = find_person(store, f"{who}@x.org")
        assert found is not None
        set_profile(store, found[0].id, found[0].name, language, None, Clock()())
        page = new_page(path, width=width, session=token(who))
        return page

    return opened


def test_a_change_goes_from_the_first_letter_to_what_callers_hear(visit, line: House) -> None:
    """The editor and the manager have no mouse."""
    ana = visit("ana", f"/console/words/{LAVAGE}")
    ana.locator(f'[name="{MAIN}"]').fill("De l'eau bien tiède nettoie votre oreille.")
    ana.get_by_role("button", name="Save", exact=True).first.click()
    expect(ana.locator(".save")).to_contain_text("Saved")
    ana.goto(f"/console/review/{LAVAGE}")
    expect(ana.locator("ins").first).to_contain_text("bien")
    ana.get_by_role("button", name="Send for review (Français)").click()
    expect(ana.locator("#status")).to_contain_text("sent for review")

    cy = visit("cy", f"/console/review/{LAVAGE}")
    cy.locator("summary", has_text="Send back").click()
    cy.get_by_label("De l'eau bien tiède").fill("How warm?")
    cy.get_by_role("button", name="Send back").click()
    expect(cy.locator("#status")).to_contain_text("sent back with your comments")

    ana.reload()
    expect(ana.locator(".remarks")).to_contain_text("How warm?")
    ana.get_by_role("button", name="Dealt with").click()
    ana.get_by_role("button", name="Send for review (Français)").click()
    expect(ana.locator("#status")).to_contain_text("sent for review")

    cy.goto(f"/console/review/{LAVAGE}")
    cy.get_by_role("button", name="Approve as: Clinician (Français)").click()
    expect(cy.locator("#status")).to_contain_text("You approved the Français words.")

    bo = visit("bo", "/console/review")
    tab_to(bo, 'main .needs a[href$="lavage"]')
    bo.keyboard.press("Enter")
    expect(bo.locator("h1")).to_have_text("Le lavage")
    tab_to(bo, "form.deed button")
    bo.keyboard.press("Enter")
    expect(bo.locator("#status")).to_contain_text("Role: Editor.")

    dee = visit("dee", "/console/releases")
    tab_to(dee, "#note")
    dee.keyboard.type("Warmer")
    tab_to(dee, "main form button")
    dee.keyboard.press("Enter")
    expect(dee.locator("#step")).to_have_attribute("role", "status")
    expect(dee.locator("h1")).to_have_text("Release 2 is live", timeout=90_000)
    served = "async () => (await (await fetch('/readyz')).json()).release === 2"
    dee.wait_for_function(served)  # a call that began before stays with its words

    phone = visit("dee", "/try?locale=fr-FR")
    phone.locator("#call").click()
    expect(phone.locator("#captions .spoken").first).to_be_visible()
    for number, key in enumerate("14", 1):
        phone.locator("#phone").press(key)
        expect(phone.locator("#captions .did")).to_have_count(number)
    expect(phone.locator("#captions")).to_contain_text("bien tiède")


def test_it_goes_back_as_easily_and_without_script(chromium, line: House, store: Store) -> None:
    context = chromium.new_context(base_url=line.settings.public_url, java_script_enabled=False)
    context.add_cookies([{"name": "staff", "value": token("dee"), "url": line.settings.public_url}])
    page = context.new_page()
    page.goto("/console/releases/1/again")
    page.get_by_label("What changes, in a few words").fill("Back")
    page.get_by_role("button", name="Make release 1 live again").click()
    expect(page.locator("h1")).to_have_text("Release 1 is live", timeout=90_000)
    page.goto("/console/switches/topic/lavage/off")
    page.get_by_role("button", name="Yes, switch it off").click()
    expect(page.locator("#status")).to_contain_text("is switched off")
    page.get_by_role("link", name="Switch on: Le lavage").click()
    page.get_by_role("button", name="Yes, switch it on").click()
    expect(page.locator("#status")).to_contain_text("is switched on")
    context.close()


# Axe ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def states(clinic: Clinic) -> tuple[str, ...]:
    """Every page, with words in each state: sent with a comment, sent back, approved; and both
    ways in which going live is seen. Their addresses.
    """
    clinic.write("Lavar", PORTUGUESE)
    portuguese = {"locale": "pt-BR", "digest": clinic.digest(locale="pt-BR")}
    clinic.deed("ana", "send", **portuguese)
    clinic.deed("cy", "back", **portuguese, say="Almost.")
    clinic.write("L'eau tiède nettoie bien. Elle coule.", MAIN)
    clinic.deed("ana", "send")
    clinic.write("Plus tard", LATER)
    clinic.approve(APRES)
    dee, at = clinic.person("dee"), clinic.clock()
    lost = begin(clinic.store, (LAVAGE,), "Lost", dee, at)
    detail = "topics/lavage.toml fr-FR title: Too long.\tMake it shorter."
    fail(clinic.store, lost, "check", detail, at)
    running = begin(clinic.store, (APRES,), "Later", dee, at)
    beat(clinic.store, running, "clips", 3, 6, at.replace(year=2027))
    return (
        "/console/review", f"/console/review/{LAVAGE}", f"/console/review/{APRES}",
        "/console/review/menu", "/console/releases", "/console/releases/1",
        "/console/releases/2/again", f"/console/releases/going/{lost.id}",
        f"/console/releases/going/{running.id}", "/console/switches",
        "/console/switches/topic/lavage/off", "/console/switches/line/off", "/console/policy",
    )  # fmt: skip


def problems(page: Page) -> list[str]:
    """What axe finds, English wide and Spanish narrow; headings that leave out a level; and what
    is wider than a narrow window, with more space between letters and lines too."""
    spanish = page.locator("html").get_attribute("lang") == "es"
    found = page.evaluate(DEEPER) + ([] if spanish else violations(page))
    page.set_viewport_size({"width": 320, "height": 900})
    found += violations(page) if spanish else []
    found += wider(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_in_any_state_wide_or_narrow(visit, states, language: str) -> None:
    page = visit("eve", "/console/review", language)
    for path in states:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("header form.leave").count() == 1
        page.evaluate(UNFOLD)
        assert problems(page) == [], path


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_where_something_is_wrong(visit, states, language: str) -> None:
    page = visit("eve", f"/console/review/{LAVAGE}", language)
    page.locator("details.deed summary").first.click()
    page.locator("details.deed button").first.click()
    expect(page.locator("#errors")).to_be_focused()
    assert problems(page) == []
    page.goto("/console/releases")
    page.locator("main form button").first.click()
    expect(page.locator("#errors")).to_be_focused()
    assert problems(page) == []
    page.goto("/console/policy")
    for box in page.locator("main input[type=checkbox]").all():
        box.uncheck()
    page.locator("main form button").first.click()
    expect(page.locator("#errors")).to_be_focused()
    assert problems(page) == []


def test_tab_goes_through_a_page_with_the_focus_always_to_be_seen(visit, states) -> None:
    page = visit("eve", "/console/review")
    for path in (f"/console/review/{LAVAGE}", "/console/releases", "/console/policy"):
        page.goto(path)
        steps = walk(page)
        assert len(steps) > 20
        assert [step for step in steps if not (step["ringed"] and step["seen"])] == [], path


def test_everything_to_press_is_large_enough(visit, states) -> None:
    page = visit("eve", "/console/review", width=320)
    for path in states:
        page.goto(path)
        wanted = "main button:visible, main input:visible, main a:visible, main summary:visible"
        assert narrow(page, wanted) == [], path


def under_way(states: tuple[str, ...]) -> str:
    """The page of what is going live."""
    return next(one for one in reversed(states) if "going" in one)


def step_4(page: Page) -> None:
    """Have the line tell that the last step but one has begun."""
    state = {"state": "running", "percent": 85, "told": "85 percent", "clips": "", "step": "Step 4"}
    page.route("**/news", lambda route: route.fulfill(json=state))


def test_progress_is_told_as_it_comes(visit, states) -> None:
    page = visit("dee", under_way(states))
    expect(page.locator("#percent")).to_have_text("47 percent")
    step_4(page)
    expect(page.locator("#step")).to_have_text("Step 4")
    expect(page.locator("#bar")).to_have_js_property("value", 85)


def test_a_line_that_hangs_is_asked_again_how_far_it_is(visit, states) -> None:
    page = visit("dee", under_way(states))
    page.clock.install()
    page.goto(under_way(states))
    hangs(page, "**/news", lambda: page.clock.run_for(1_000))
    step_4(page)
    page.clock.run_for(1_000)
    expect(page.locator("#step")).to_have_text("Step 4")
