"""What every page of the console works with: who asks, and how a page is made."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

from flask import (
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from voice.console.kept import MOST, Keeper
from voice.console.passwords import Passwords
from voice.console.times import Times
from voice.console.words import LANGUAGES, Words, best_language, words_in
from voice.live import Live
from voice.settings import Settings
from voice.store import Store
from voice.store.audit import record
from voice.store.sessions import LONGEST, Session
from voice.store.staff import Person

WARN: Final = timedelta(minutes=5)
"""How long before the end of a session its person is asked whether they are still here."""
NAV: Final = {
    "": ("home",),
    "words": ("subjects", "hear", "recordings", "audio", "sheets"),
    "live": ("reviews", "releases", "switches"),
    "patients": ("call_backs", "unknown", "use", "cards"),
    "clinic": ("people", "audit", "account"),
}
"""Pages in the menu by group, in its order: an endpoint each, and words called nav.ENDPOINT; a
group's are called nav.of_GROUP."""

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Desk:
    """What the console is given where it is made. `token` makes what nobody can guess."""

    settings: Settings
    store: Store
    live: Live
    clock: Callable[[], datetime]
    passwords: Passwords
    keeper: Keeper
    token: Callable[[], str] = field(default=_token)


@dataclass(frozen=True)
class Visit:
    """Who asks. `session` is None for a stranger, and may be over: ask `person`."""

    session: Session | None
    token: str
    words: Words
    at: datetime

    @property
    def person(self) -> Person | None:
        """Who is signed in just now."""
        alive = self.session is not None and self.session.alive(self.at)
        return self.session.person if self.session and alive else None


# Who asks ----------------------------------------------------------------------------------------


def desk() -> Desk:
    """The desk of this app."""
    return cast(Desk, current_app.extensions["console"])


def visit() -> Visit:
    """Who asks just now."""
    return cast(Visit, g.visit)


def staff() -> Person:
    """Who is signed in; 403 where nobody is, which the door lets happen on no closed page."""
    person = visit().person
    if person is None:
        abort(403)
    return person


def stranger() -> Visit:
    """A visit of nobody known, for when the store cannot tell who it is."""
    accepted = tuple(tag for tag, _ in request.accept_languages)
    return Visit(None, "", words_in(best_language("", accepted)), desk().clock())


def words() -> Words:
    """The console's words in the visitor's language."""
    return visit().words


def now() -> datetime:
    """The time of this request, UTC."""
    return visit().at


def times() -> Times:
    """Moments as the clinic's clock and the reader's language tell them."""
    release = desk().live.release
    zone = release.script.line.hours.time_zone if release else "UTC"
    return Times(words(), zone)


# What a page says of itself ----------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """Whom a view is open to, and how many bytes they may send it."""

    roles: tuple[str, ...]
    largest: int


def require(*roles: str, largest: int = MOST) -> Callable[[View], View]:
    """Open a view to those who hold one of these roles; without roles, to everybody signed in.

    The door reads it before the view runs. A view that says nothing is open to nobody.
    """

    def declare(view: View) -> View:
        view.__dict__["rule"] = Rule(roles, largest)
        return view

    return declare


def rule_of(endpoint: str) -> Rule | None:
    """What a view said of itself with `require`."""
    rule: Rule | None = getattr(current_app.view_functions[endpoint], "rule", None)
    return rule


def may(person: Person, endpoint: str) -> bool:
    """Whether a view is open to this person."""
    rule = rule_of(endpoint)
    return rule is not None and (not rule.roles or person.holds(*rule.roles))


def audited(deed: str, subject: str, **detail: str | int | bool | None) -> None:
    """Record that who is signed in did this. Nothing about patients; words called deeds.DEED."""
    record(desk().store, staff().id, deed, subject, detail, now())


def say(key: str, **values: object) -> None:
    """Tell something at the top of the next page shown."""
    flash(words()(key, **values))


def go(place: str) -> Response:
    """Go on to this page of ours, by GET."""
    return Response(status=303, headers={"Location": place})


# Pages -------------------------------------------------------------------------------------------


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the console from templates/console/, in the reader's language."""
    person = visit().person
    shown = render_template(
        f"console/{template}",
        t=words(),
        me=person,
        language=words().language,
        languages=LANGUAGES,
        nav=menu(person) if person else (),
        times=times(),
        session=_session() if person else None,
        **values,
    )
    return make_response(shown, status)


@dataclass(frozen=True)
class Group:
    """A part of the menu: pages with their addresses, none that its reader may not open."""

    name: str
    pages: tuple[tuple[str, str], ...]


def menu(person: Person) -> tuple[Group, ...]:
    """The menu as this person sees it."""
    groups = (
        Group(name, tuple((one, url_for(f"console.{one}")) for one in pages if _opens(person, one)))
        for name, pages in NAV.items()
    )
    return tuple(group for group in groups if group.pages)


def _opens(person: Person, page: str) -> bool:
    return may(person, f"console.{page}")


def _session() -> Mapping[str, Any]:
    """What a page tells of its reader's session, for words and for console.js."""
    session = cast(Session, visit().session)
    left = session.ends_at - now()
    return {
        "ends_at": session.ends_at,
        "left": max(int(left.total_seconds()), 0),
        "final": session.ends_at == session.made_at + LONGEST,
        "warn": int(WARN.total_seconds()),
        "minutes": range(1, int(WARN.total_seconds()) // 60 + 1),
    }


def session_left() -> Mapping[str, Any]:
    """Seconds until the reader is signed out, and whether nothing can put that off."""
    told = _session()
    return {"left": told["left"], "final": told["final"]}
