"""A console on a line of its own, with a clock that tests set, and people who can sign in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import databases, kept
from tests.house import OPEN, QUICK, settings_in
from voice import console, listen
from voice.console.passwords import Passwords
from voice.instance import first_release, opened_store
from voice.live import Live
from voice.measures import measures
from voice.settings import Settings
from voice.store import Store
from voice.store.staff import Newcomer, Person, add_person, read_person, set_password
from voice.web import create_app

if TYPE_CHECKING:
    from tests.console.clinic import Clinic

WORD = "seven herons at noon"


@cache
def hashed() -> str:
    return QUICK.hashed(WORD)


@dataclass
class Clock:
    """The time, as long as nobody sets it."""

    at: datetime = OPEN

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **some: float) -> None:
        self.at += timedelta(**some)


@dataclass
class Office:
    """The line, and the people who work on it."""

    app: Flask
    store: Store
    live: Live
    settings: Settings
    clock: Clock
    here: dict[str, "Browser"] = field(default_factory=dict)

    def publish(self) -> None:
        """Serve scripts/ as release 1."""
        first_release(self.settings, self.store, OPEN)
        self.live.load(self.store)

    def hire(self, email: str, *roles: str, locale: str = "en", name: str = "") -> Person:
        """Somebody with the password WORD."""
        newcomer = Newcomer(email, name or email.split("@")[0].title(), roles, locale)
        made = add_person(self.store, newcomer, None, self.clock())
        set_password(self.store, made.id, hashed(), None, self.clock())
        return read_person(self.store, made.id)

    def browser(self, language: str = "en") -> "Browser":
        """A browser nobody signed in with."""
        return Browser(self.app.test_client(), {"Accept-Language": language, "Accept": "text/html"})

    def signed_in(self, email: str) -> "Browser":
        """A browser somebody signed in with."""
        browser = self.browser()
        answer = browser.sign_in(email)
        assert answer.status_code == 303, answer.text
        return browser

    def signed_in_before(self, email: str) -> "Browser":
        """A browser of an earlier test, if its session lasts: a password takes long to check."""
        known = self.here.get(email)
        if known is None or known.get("/console/account").status_code != 200:
            known = self.here[email] = self.signed_in(email)
        return known


@dataclass
class Browser:
    """A client that sends a form as the page it last saw would."""

    client: FlaskClient
    headers: dict[str, str]
    page: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        answer = self.client.get(path, headers=self.headers | headers)
        self.page = answer.text if answer.mimetype == "text/html" else self.page
        return answer

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send fields, and the token of the page last seen."""
        headers = self.headers | {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        answer = self.client.post(path, data={"csrf_token": self.token} | fields, headers=headers)
        self.page = answer.text or self.page
        return answer

    @property
    def token(self) -> str:
        return self.hidden("csrf_token")

    def hidden(self, name: str) -> str:
        """A hidden field of the page last seen."""
        found = re.search(f'name="{name}" value="([^"]*)"', self.page)
        return found[1] if found else ""

    def sign_in(self, email: str, password: str = WORD, **fields: str) -> TestResponse:
        if "kept" not in fields:
            self.get("/console/sign-in")
        return self.post("/console/sign-in", email=email, password=password, **fields)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = settings_in(tmp_path)
    clock = Clock()
    databases.laid_out(settings.instance)
    with opened_store(settings) as store:
        yield furnished(settings, store, clock)


def furnished(
    settings: Settings, store: Store, clock: Clock, passwords: Passwords = QUICK
) -> Office:
    live = Live(settings.public_url, settings.audio, kept.FOLDER)
    doors = (console.blueprint(settings, store, live, clock, passwords), listen.blueprint(live))
    return Office(
        create_app(settings, store, live, measures(), doors), store, live, settings, clock
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for many tests, with release 1 live: each takes away what it put there."""
    settings = settings_in(tmp_path_factory.mktemp("published"))
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock())
        office.publish()
        yield office


@pytest.fixture(scope="module")
def open_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Clinic"]:
    """A clinic of the tiny scripts, for all tests of a file."""
    from tests.console.clinic import opened  # it is made of what is here

    with opened(tmp_path_factory.mktemp("clinic")) as one:
        yield one


@pytest.fixture
def clinic(open_clinic: "Clinic") -> "Clinic":
    """That clinic with nothing in work."""
    open_clinic.anew()
    return open_clinic
