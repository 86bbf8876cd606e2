"""A real line on a free port and a real Chromium, for every test in this folder.

A page that logs an error, breaks its content policy or asks for something that is not there fails
its test. Clips play at sixteen times their pace; nothing else is sped up.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.install import find
from tests.house import House, house, settings_in

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
FAST = "addEventListener('play', (event) => { event.target.playbackRate = 16; }, true);"

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
            thread = Thread(target=server.serve_forever)
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


@pytest.fixture
def new_page(chromium: Browser, line: House) -> Iterator[NewPage]:
    """Open a page of the line; when the test is over, nothing may have gone wrong in it."""
    opened = []
    wrong: list[str] = []

    def new(path: str, *, width: int = 1280, **options: object) -> Page:
        context = chromium.new_context(
            base_url=line.settings.public_url, viewport={"width": width, "height": 900}, **options
        )
        opened.append(context)
        page = context.new_page()
        page.add_init_script(FAST)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend(_complaint(said, page)))
        page.goto(path)
        return page

    yield new
    for context in opened:
        context.close()
    assert wrong == []
