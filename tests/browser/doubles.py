"""Answers that stand in for the server's where a test is about what the page makes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, Route

from tests.house import OPEN

Row = dict[str, Any]

REPLY: Row = {
    "body": "Sample Clinic: The risk is low.",
    "media": [],
    "segments": 1,
    "locale": "en-US",
}
CALL: Row = {"kind": "call", "to": "212-555-0123", "ring": "the-ring"}


def texted(*replies: Row, shown: list[Row] | None = None) -> Row:
    """What comes back for a text."""
    return {"replies": list(replies), "shown": shown or [], "by_twilio": False}


def called(*heard: str | Row, **changes: Any) -> Row:
    """What comes back for a deed in a call: some words, or other things that are heard."""
    said = {"kind": "said", "locale": "en-US", "stops": True, "seconds": 0.05}
    rows = [{**said, "words": one} if isinstance(one, str) else one for one in heard]
    answer = {"call": "token", "stage": "listening", "waits": 8, "speech": False, "typed": ""}
    return {**answer, "heard": rows, "shown": [], **changes}


def texts(page: Page, answer: Row) -> None:
    """Answer every text with this from now on."""
    page.route("**/try/text", lambda route: route.fulfill(json=answer))


def calls(page: Page, *answers: Row) -> list[Row]:
    """Answer deeds with these, one after another, the last ever after; what was asked."""
    deeds: list[Row] = []

    def answer(route: Route) -> None:
        deeds.append(route.request.post_data_json)
        route.fulfill(json=answers[min(len(deeds), len(answers)) - 1])

    page.route("**/try/call", answer)
    return deeds


def stands_still(page: Page) -> None:
    """Stop the page's clock: of its time passes only what the test lets pass."""
    page.clock.install(time=OPEN)
    page.clock.pause_at(OPEN + timedelta(minutes=1))


@contextmanager
def speaking(page: Page) -> Iterator[None]:
    """Keep the line from coming to an end of what it says: no clip comes before the end."""

    def hold(_: Route) -> None:
        """Leave it unanswered."""

    page.route("**/audio/*", hold)
    yield
    page.unroute("**/audio/*", hold)  # lets those that were asked for come


def hangs(page: Page, place: str, ask: Callable[[], object]) -> None:
    """Leave what `ask` makes the page ask unanswered until it gives up: 20 s of its own clock.

    What it asks after that is answered as ever.
    """
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.fallback()
        else:
            held.append(route)

    page.route(place, hold)
    with page.expect_request(place):
        ask()
    with page.expect_event("requestfailed", lambda one: one == held[0].request, timeout=20_000):
        page.clock.run_for(20_000)
    page.unroute(place, hold)  # earlier, it would let the request go on
