"""Signing in: one-time links, and the browsers somebody is signed in with.

Tokens come from the caller and are kept only as their SHA-256: 32 random bytes need no slower hash.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from sqlalchemy import Connection, delete, insert, select, update

from voice.store.audit import note
from voice.store.connection import Store, StoreError, reading, writing
from voice.store.console_tables import sign_in_attempt, staff, staff_link, staff_session
from voice.store.staff import Person, new_password, person_of
from voice.store.times import into, out_of

Purpose = Literal["invite", "password"]
IDLE: Final = timedelta(minutes=30)
"""How long a session lasts without a request."""
LONGEST: Final = timedelta(hours=12)
"""How long a session lasts in all."""
LIVES: Final = {"invite": timedelta(days=7), "password": timedelta(days=1)}
"""How long a link works."""
_KEPT: Final = timedelta(days=7)  # an ended session is known by its person that long
_TOUCHED: Final = timedelta(seconds=30)  # a session seen that lately is not written again

_log = logging.getLogger(__name__)


class LinkGone(StoreError):
    """This link was used, is too old, was replaced by a newer one, or never was."""

    def __init__(self) -> None:
        super().__init__("this link works no more")


@dataclass(frozen=True)
class Session:
    """A browser somebody signed in with. Not `current`: their access changed since."""

    person: Person
    made_at: datetime
    seen_at: datetime
    current: bool

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing more is asked."""
        return min(self.seen_at + IDLE, self.made_at + LONGEST)

    def alive(self, now: datetime) -> bool:
        """Whether its person is still signed in; a clock that was far ahead began none of these."""
        return self.current and self.made_at - LONGEST < now < self.ends_at


# Links -------------------------------------------------------------------------------------------


def make_link(
    store: Store, token: str, id: int, purpose: Purpose, by: int | None, at: datetime
) -> datetime:
    """Let this token choose a password once; earlier ones of this person end. When it ends."""
    ends = at + LIVES[purpose]
    row = {
        "key": _key(token),
        "staff": id,
        "purpose": purpose,
        "made_at": into(at),
        "expires_at": into(ends),
    }
    with writing(store) as connection:
        unused = (staff_link.c.staff == id) & staff_link.c.used_at.is_(None)
        connection.execute(delete(staff_link).where(unused))
        connection.execute(insert(staff_link).values(row))
        note(connection, by, "staff-link", f"staff:{id}", {"purpose": purpose}, at)
    return ends


def read_link(store: Store, token: str, at: datetime) -> Person:
    """Whom this link is for; LinkGone."""
    with reading(store) as connection:
        return _linked(connection, token, at)


def use_link(store: Store, token: str, password: str, at: datetime) -> Person:
    """Keep this hash of a password for whom the link is for, and end the link. LinkGone."""
    with writing(store) as connection:
        person = _linked(connection, token, at)
        free = (staff_link.c.key == _key(token)) & staff_link.c.used_at.is_(None)
        using = update(staff_link).where(free).values(used_at=into(at))
        if connection.execute(using).rowcount != 1:
            raise LinkGone
        epoch = new_password(connection, person.id, password, person.id, at)
        return replace(person, epoch=epoch, has_password=True)


def _linked(connection: Connection, token: str, at: datetime) -> Person:
    columns = (staff_link.c.purpose, staff_link.c.expires_at, staff_link.c.used_at)
    query = select(staff, *columns).join(staff_link)
    row = connection.execute(query.where(staff_link.c.key == _key(token))).first()
    if row is None or row.used_at or not row.active:
        raise LinkGone
    left = out_of(row.expires_at) - at
    # A clock that was far ahead made none that would work for years.
    if not timedelta() < left < 2 * LIVES[row.purpose]:
        raise LinkGone
    return person_of(row)


# Sessions ----------------------------------------------------------------------------------------


def begin_session(store: Store, token: str, id: int, at: datetime) -> None:
    """From now on this token is this person, signed in. Sessions long over are forgotten."""
    with writing(store) as connection:
        epoch = connection.scalar(select(staff.c.epoch).where(staff.c.id == id))
        row = {"key": _key(token), "staff": id, "epoch": epoch}
        row |= {"made_at": into(at), "seen_at": into(at)}
        connection.execute(insert(staff_session).values(row))
        connection.execute(update(staff).where(staff.c.id == id).values(signed_in_at=into(at)))
        _forget(connection, into(at))


def _forget(connection: Connection, now: datetime) -> None:
    for old in (
        delete(staff_session).where(staff_session.c.seen_at < now - _KEPT),
        delete(staff_link).where(staff_link.c.expires_at < now - _KEPT),
        delete(sign_in_attempt).where(sign_in_attempt.c.last_at < now - _KEPT),
    ):
        connection.execute(old)


def read_session(store: Store, token: str) -> Session | None:
    """The session of this token, alive or over for less than a week; None for any other token."""
    columns = (staff_session.c.epoch.label("then"), staff_session.c.seen_at)
    query = select(staff, *columns, staff_session.c.made_at.label("begun")).join(staff_session)
    with reading(store) as connection:
        row = connection.execute(query.where(staff_session.c.key == _key(token))).first()
    if row is None:
        return None
    current = row.active and row.epoch == row.then
    return Session(person_of(row), out_of(row.begun), out_of(row.seen_at), current)


def touch_session(store: Store, token: str, session: Session, at: datetime) -> Session:
    """Prolong this session: something was asked in it.

    Where the store takes no writes, it lasts no longer than before: staff can still read.
    """
    if abs(at - session.seen_at) < _TOUCHED:
        return session
    try:
        with writing(store) as connection:
            here = staff_session.c.key == _key(token)
            connection.execute(update(staff_session).where(here).values(seen_at=into(at)))
    except StoreError as problem:
        _log.warning("a session is not prolonged: %s", problem)
        return session
    return Session(session.person, session.made_at, at, session.current)


def end_session(store: Store, token: str) -> None:
    """Sign this browser out."""
    with writing(store) as connection:
        connection.execute(delete(staff_session).where(staff_session.c.key == _key(token)))


def end_every_session(store: Store, at: datetime) -> int:
    """Sign everybody out everywhere, end links nobody used yet; how many people there are.

    Their passwords stay. By epoch: a code that is being asked for gets nobody in either.
    """
    with writing(store) as connection:
        people = connection.execute(update(staff).values(epoch=staff.c.epoch + 1)).rowcount
        connection.execute(delete(staff_link).where(staff_link.c.used_at.is_(None)))
        note(connection, None, "staff-signed-out", "", {}, at)
    return people


def _key(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
