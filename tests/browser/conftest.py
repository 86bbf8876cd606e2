"""A real line on a free port and a real Chromium, for every test in this folder.

A page that logs an error, breaks its content policy or asks for something that is not there fails
its test. What the line says and does by itself goes sixteen times as fast, of a clip the last two
seconds are played; where it waits for a person, a second is a second.
"""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.install import find
from tests.house import OPEN, House, house, settings_in
from voice.store import Store
from voice.store.sessions import begin_session

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --renderer-process-limit=1 --in-process-gpu"
    " --disable-site-isolation-trials"
).split()
FAST = """
addEventListener('play', ({ target }) => { target.playbackRate = 16; }, true);
addEventListener('playing', ({ target }) => {
  if (target.duration - target.currentTime > 3) target.currentTime = target.duration - 2;
}, true);
{
  const [later, every] = [setTimeout, setInterval];
  const silence = () => document.getElementById('silence');
  const alone = () => silence() && silence().ariaDisabled !== 'false';
  const pace = (ms) => ms >= 1000 && alone() ? ms / 16 : ms;
  setTimeout = (act, ms, ...more) => later(act, pace(ms), ...more);
  setInterval = (act, ms, ...more) => every(act, pace(ms), ...more);
}
"""

expect.set_options(timeout=20_000)  # what is waited for comes sooner but where all else is busy

NewPage = Callable[..., Page]


def _complaint(said: ConsoleMessage, page: Page) -> list[str]:
    """What the console calls an error, but for the page itself being a 404, as some are to be."""
    itself = said.location["url"] == page.url and said.text.startswith("Failed to load resource")
    return [said.text] if said.type == "error" and not itself else []


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A line that listens on a free port of this machine."""
    with served(tmp_path_factory.mktemp("instance")) as opened:
        yield opened


@contextmanager
def served(folder: Path, **environ: str) -> Iterator[House]:
    """A line with an instance folder and settings of its own, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with house(settings_in(folder, PORT=str(port), **environ)) as opened:
            server = make_server(
                "127.0.0.1", port, opened.app, threaded=True, fd=door.fileno(),
                request_handler=_Silent,
            )  # fmt: skip
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield opened
            server.shutdown()
            thread.join()
            server.server_close()


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: what went wrong is seen in the page."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.fail("no browser: run `make browser`, or set TEST_BROWSER", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Desk:
    """Where the pages of one line are opened, test after test: a second each is saved.

    The page that is kept keeps the browser's process for the line alive, warm.
    """

    context: BrowserContext
    kept: Page

    def cleared(self) -> bool:
        """Leave nothing of a test behind; False if the page's clock was set, which stays."""
        for page in self.context.pages:
            if page != self.kept:
                page.close()
        everything = {"origin": self.kept.url, "storageTypes": "all"}
        self.context.new_cdp_session(self.kept).send("Storage.clearDataForOrigin", everything)
        self.context.clear_cookies()
        return not self.kept.evaluate("'__pwClock' in window")


@dataclass
class Desks:
    """A desk for every line there is."""

    chromium: Browser
    known: dict[str, Desk] = field(default_factory=dict)

    def of(self, url: str) -> BrowserContext:
        """The context of the line at this address."""
        if url not in self.known:
            context = self.chromium.new_context(base_url=url, viewport=_window(1280))
            kept = context.new_page()
            kept.goto("/listen")
            self.known[url] = Desk(context, kept)
        return self.known[url].context

    def clear(self, url: str) -> None:
        """Make the line's desk ready for the next test."""
        if url in self.known and not self.known[url].cleared():
            self.known.pop(url).context.close()


def _window(width: int) -> ViewportSize:
    return {"width": width, "height": 900}


@pytest.fixture(scope="session")
def desks(chromium: Browser) -> Desks:
    return Desks(chromium)


def begun(store: Store, person: int) -> str:
    """What a browser has in which this person has signed in."""
    token = secrets.token_hex(8)
    begin_session(store, token, person, OPEN)
    return token


@pytest.fixture
def new_page(chromium: Browser, desks: Desks, line: House) -> Iterator[NewPage]:
    """Open a page of the line; when the test is over, nothing may have gone wrong in it.

    With `session` somebody is signed in, whom `begun` gave it. The first page of a test is opened
    at the line's desk; others, and those with options, in a context of their own.
    """
    url = line.settings.public_url
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def context(options: dict[str, Any]) -> BrowserContext:
        made = (
            chromium.new_context(base_url=url, viewport=_window(1280), **options)
            if opened or options
            else desks.of(url)
        )
        opened.append(made)
        return made

    def new(path: str, *, width: int = 1280, session: str = "", **options: Any) -> Page:
        here = context(options)
        if session:
            here.add_cookies([{"name": "staff", "value": session, "url": url}])
        page = here.new_page()
        if width != 1280:
            page.set_viewport_size(_window(width))
        page.add_init_script(FAST)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend(_complaint(said, page)))
        page.goto(path)
        return page

    yield new
    at_desk = [desk.context for desk in desks.known.values()]
    for one in opened:
        if one not in at_desk:
            one.close()
    desks.clear(url)
    assert wrong == []
