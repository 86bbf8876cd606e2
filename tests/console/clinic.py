"""A clinic with the tiny scripts live and six people signed in, for tests of review and release.

Everything lasting is made once: before each test the database is as it was at first. People are
signed in without their passwords, which take a tenth of a second each.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.console.conftest import Browser, Clock, Office, furnished
from tests.drafting import place
from tests.house import OPEN
from tests.publisher import TINY, no_problems, settings_of, speak
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.draft.work import standings
from voice.instance import opened_store
from voice.publish import Tools, carry_out
from voice.script import read_files
from voice.store import Store, publish_first
from voice.store.choices import read_choices
from voice.store.drafts import read_work, save
from voice.store.sessions import begin_session, end_session
from voice.store.staff import Newcomer, add_person, find_person

SMALL = read_files(TINY)
LAVAGE, APRES = "topics/lavage", "topics/apres"
TITLE = "topics/lavage.toml:fr-FR.title"
MAIN = "topics/lavage.toml:fr-FR.main_message"
LATER = "topics/apres.toml:fr-FR.title"
FRENCH = "fr-FR"
STAFF = {
    "ana": ("writer",),
    "bo": ("editor",),
    "cy": ("clinician",),
    "dee": ("manager",),
    "eve": ("writer", "editor", "clinician", "translator", "manager"),
    "flo": ("translator",),
}


def token(name: str) -> str:
    """What a browser has in which somebody is signed in."""
    return f"session-of-{name}"


def hire(store: Store) -> None:
    """Let everybody in, signed in already."""
    for name, roles in STAFF.items():
        newcomer = Newcomer(f"{name}@x.org", name.title(), roles, "en")
        person = add_person(store, newcomer, None, OPEN)
        begin_session(store, token(name), person.id, OPEN)


@dataclass
class Clinic(Office):
    """The line, its people, and what they do. `first` is what was served at first."""

    first: dict[str, Any] = field(default_factory=dict)

    def browser_of(self, name: str) -> Browser:
        """The browser of somebody signed in, with the list of reviews open."""
        browser = self.browser()
        browser.client.set_cookie("staff", token(name))
        browser.get("/console/account")
        return browser

    def person(self, name: str) -> Person:
        """Somebody, as the history names them."""
        found = find_person(self.store, f"{name}@x.org")
        assert found is not None
        return Person(found[0].id, found[0].name)

    def write(self, value: str = "Laver", name: str = TITLE, by: str = "ana") -> None:
        """Change words, over whatever is in work."""
        field = field_of(self.files, name)
        kept = read_work(self.store).drafts.get(name)
        version = kept.version if kept else 0
        save(self.store, field, value, version, read(self.files, field), self.person(by), OPEN)

    def digest(self, subject: str = LAVAGE, locale: str = FRENCH) -> str:
        """The digest of words in work."""
        return place(self.store, locale, subject, self.files).digest

    def deed(self, who: str, deed: str, subject: str = LAVAGE, **fields: str):
        """Send a form of the review page as who read the words as they are."""
        browser = self.browser_of(who)
        sent = {"locale": FRENCH, "digest": self.digest(subject)} | fields
        return browser.post(f"/console/review/{subject}/{deed}", **sent)

    def approve(self, subject: str = LAVAGE) -> None:
        """Send words; an editor and a clinician approve them."""
        answer = self.deed("ana", "send", subject)
        assert answer.status_code == 303, answer.text
        self.approve_sent(subject)

    def approve_sent(self, subject: str = LAVAGE) -> None:
        """Let an editor and a clinician approve words that were sent."""
        for who, role in (("bo", "editor"), ("cy", "clinician")):
            answer = self.deed(who, "sign", subject, role=role)
            assert answer.status_code == 303, answer.text

    def state(self, subject: str = LAVAGE, locale: str = FRENCH) -> str:
        """Where words stand."""
        policy = read_choices(self.store).policy
        return standings(self.files, read_work(self.store), policy, subject)[locale]

    @property
    def files(self) -> dict[str, str]:
        """The files of the live release."""
        script = self.live.script
        assert script is not None
        return dict(script.files)

    def carry_out(self, id: int, tools: Tools | None = None) -> int | None:
        """Go on with a publication here and now, as its own process would; then look again."""
        number = carry_out(self.settings, id, self.clock, tools or Tools(speak, no_problems))
        self.live.load(self.store, self.clock())
        return number

    def sign_in_anew(self, name: str) -> None:
        """Begin somebody's session now: the one they have may be over by the clock."""
        end_session(self.store, token(name))
        begin_session(self.store, token(name), self.person(name).id, self.clock())

    def anew(self) -> None:
        """Let everything be as it was at first."""
        self.store.engine.dispose()
        for path in self.settings.instance.glob("line.db*"):
            path.unlink()
        shutil.copy(self.settings.instance / "first.db", self.settings.instance / "line.db")
        vars(self.live).update(self.first)
        self.clock.at = OPEN


@contextmanager
def opened(folder: Path) -> Iterator[Clinic]:
    """A clinic in a folder of its own, without clips."""
    settings, clock = settings_of(folder), Clock()
    with opened_store(settings) as store:
        publish_first(store, SMALL, "made from scripts/", OPEN)
        hire(store)
        office = furnished(settings, store, clock)
        office.live.load(store)
        store.engine.dispose()
        shutil.copy(folder / "line.db", folder / "first.db")
        first = dict(vars(office.live))
        yield Clinic(office.app, store, office.live, settings, clock, first=first)
