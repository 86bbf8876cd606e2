"""The pictures of docs/for-staff.md, made anew from a line on which something waits.

`make pictures` makes them; it takes the clips of audio/ as they are.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import QUIET, begun, served
from tests.browser.install import find
from tests.drafting import place
from tests.house import OPEN, ROOT, House
from voice.draft.fields import field_of, read
from voice.draft.review import Person as Name
from voice.seal import Seal
from voice.store import (
    Store,
    Use,
    add_uses,
    ask_call_back,
    contact_keys,
    keep_number,
    note_unmatched,
    open_store,
    record_delivery,
)
from voice.store.drafts import save
from voice.store.reviews import send
from voice.store.staff import Newcomer, Person, add_person, set_password

WIDTH: Final = 1000
PICTURES: Final = {
    "start": ("/console", 1070),
    "call-backs": ("/console/call-backs", 820),
    "words": ("/console/words/topics/risks", 1080),
    "review": ("/console/review/topics/risks", 1240),
    "releases": ("/console/releases", 1050),
    "unknown": ("/console/unknown", 900),
    "recordings": ("/console/recordings/en-US", 900),
    "card": ("/console/card/en-US", 1240),
    "use": ("/console/use", 1000),
}
"""Each picture's page, and its height in pixels."""
MESSAGE: Final = "topics/risks.toml:en-US.main_message"
WORDS: Final = (
    "can i have soup after it", "is there parking", "who is the nurse", "does it beep at airports",
    "may my sister come", "puedo comer pan", "can i dance", "is it loud",
)  # fmt: skip
_BARS: Final = (8, 12, 5, 9, 13, 6, 10, 3, 7, 11, 4)
"""Calls on one day after another, over and over."""


def main() -> None:
    """Make every picture."""
    with (
        TemporaryDirectory() as folder,
        served(Path(folder)) as line,
        sync_playwright() as browsers,
    ):
        store = open_store(line.settings.database_url)
        person = busy(line, store)
        browser = browsers.chromium.launch(executable_path=find(), args=QUIET)
        page = browser.new_page(base_url=line.settings.public_url)
        token, here = begun(store, person.id), line.settings.public_url
        page.context.add_cookies([{"name": "staff", "value": token, "url": here}])
        for name, (path, height) in PICTURES.items():
            taken(page, name, path, height)
        store.close()


def taken(page: Page, name: str, path: str, height: int) -> None:
    """Take the picture of a page."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.goto(path)
    if name == "call-backs":
        page.get_by_role("button", name="Show the number").first.click()
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
    page.screenshot(path=ROOT / "docs" / f"console-{name}.png")


# A line on a busy day ----------------------------------------------------------------------------


def busy(line: House, store: Store) -> Person:
    """Let people work here and patients wait; who looks at it all."""
    editor = hired(store, "Sample Editor", "editor", "manager")
    writer = hired(store, "Sample Writer", "writer", "manager")
    clinician = Newcomer("clinician@clinic.org", "Sample Clinician", ("clinician",), "en")
    add_person(store, clinician, None, OPEN)
    wrote(line, store, writer)
    for number in range(3):
        asked(line, store, number)
    for number, words in enumerate(WORDS):
        at = OPEN - timedelta(hours=number)
        locale = "es-US" if words.startswith("puedo") else "en-US"
        note_unmatched(store, "call" if number % 3 else "message", locale, words, False, at)
    record_delivery(store, "message", "SM1", "undelivered", "30003", OPEN)
    add_uses(store, dict(uses()))
    return editor


def hired(store: Store, name: str, *roles: str) -> Person:
    """Somebody who has a password."""
    newcomer = Newcomer(f"{name.split()[-1].lower()}@clinic.org", name, roles, "en")
    made = add_person(store, newcomer, None, OPEN)
    set_password(store, made.id, "chosen", None, OPEN)
    return made


def wrote(line: House, store: Store, who: Person) -> None:
    """Words changed and sent for review."""
    script, name = line.live.script, Name(who.id, who.name)
    assert script is not None
    field = field_of(script.files, MESSAGE)
    live = read(script.files, field)
    save(store, field, str(live).replace("some risk", "a few risks"), 0, live, name, OPEN)
    send(store, place(store, files=script.files), name, OPEN)


def asked(line: House, store: Store, number: int) -> None:
    """A patient who waits to be called back."""
    phone, at = f"+1212555012{number}", OPEN - timedelta(hours=(19, 3, 1)[number])
    keys = contact_keys(line.settings.contact_keys, phone)
    sealed = Seal(line.settings.secret_keys).seal(phone)
    locale = "es-US" if number == 0 else "en-US"
    topic = ("aftercare", "risks", "before")[number]
    keep_number(store, f"CA{number}", keys, False, sealed, locale, topic, at)
    ask_call_back(store, f"CA{number}", ("afternoon", "any", "morning")[number], at)


def uses() -> Iterator[tuple[Use, int]]:
    """Calls and texts of thirty days."""
    kinds: Mapping[str, int] = {"call": 1, "message": 2}
    for ago in range(30):
        day = (OPEN - timedelta(days=ago)).date()
        for channel, less in kinds.items():
            number = max(_BARS[ago % len(_BARS)] // less, 1)
            yield Use(day, channel, "en-US", "", channel), number


if __name__ == "__main__":
    main()
