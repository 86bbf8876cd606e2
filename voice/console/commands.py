"""What `python -m voice staff` does: the first account, and the way back when no manager can."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime

from voice.console.forms import is_email, is_name
from voice.console.words import LANGUAGES
from voice.settings import Settings
from voice.store import Store, StoreError
from voice.store.sessions import Purpose, end_every_session, make_link
from voice.store.staff import (
    ROLES,
    Newcomer,
    Person,
    add_person,
    everyone,
    find_person,
    ordered,
    restore_manager,
)


class StaffError(StoreError):
    """What was asked for makes no account; the error says what would."""


def add(settings: Settings, store: Store, newcomer: Newcomer, at: datetime) -> str:
    """Make an account and say, in words, which link opens it. StaffError, NameTaken.

    The first one is a manager: somebody has to let the others in.
    """
    refuse_known(store, newcomer.email)
    managed = any(one.active and one.holds("manager") for one in everyone(store))
    roles = newcomer.roles or (() if managed else ("manager",))
    if not is_email(newcomer.email) or not is_name(newcomer.name):
        raise StaffError("give an e-mail address and a name, such as you@clinic.org 'Your Name'")
    if not roles or set(roles) - set(ROLES):
        raise StaffError(f"say with --role what they may do: {', '.join(ROLES)}")
    if not managed and "manager" not in roles:
        raise StaffError("there is no manager yet; give this one --role manager too")
    if newcomer.locale not in LANGUAGES:
        raise StaffError(f"the console speaks {' and '.join(LANGUAGES)}")
    chosen = Newcomer(newcomer.email, newcomer.name, ordered(roles), newcomer.locale)
    return link_for(settings, store, add_person(store, chosen, None, at), "invite", at)


def refuse_known(store: Store, email: str) -> None:
    """Nobody has two accounts; StaffError says whose there is, and what lets them in again."""
    known = find_person(store, email)
    if known is None:
        return
    person, _ = known
    raise StaffError(
        f"there is an account for {person.email} already: {person.name} "
        f"({', '.join(person.roles) or 'no role'}). A manager changes its roles in the console and "
        "makes a new link there; where no manager can sign in, run: python -m voice staff restore "
        f"{person.email}"
    )


def restore(settings: Settings, store: Store, email: str, at: datetime) -> str:
    """Make somebody a manager with access again; which link lets them choose a password."""
    return link_for(settings, store, restore_manager(store, email, at), "password", at)


def sign_out(store: Store, at: datetime) -> str:
    """Sign everybody out; what it means, in words."""
    people = end_every_session(store, at)
    return (
        f"Everybody is signed out, {people} in all, and links that nobody used yet work no more. "
        "Passwords stay: a manager gives whoever should change theirs a new link."
    )


def link_for(
    settings: Settings, store: Store, person: Person, purpose: Purpose, at: datetime
) -> str:
    """A new one-time link, and until when it works."""
    token = secrets.token_urlsafe(32)
    ends = make_link(store, token, person.id, purpose, None, at)
    address = f"{settings.public_url}/console/link/{token}"
    return (
        f"{person.name} ({', '.join(person.roles)}) chooses a password here, once, "
        f"until {ends:%Y-%m-%d %H:%M} UTC:\n{address}"
    )


def lines(people: Iterable[Person]) -> Iterator[str]:
    """A line for everybody: address, name, roles, access."""
    for one in people:
        access = "invited" if not one.has_password else "active"
        told = access if one.active else "no access"
        yield f"{one.email}\t{one.name}\t{', '.join(one.roles) or '-'}\t{told}"
