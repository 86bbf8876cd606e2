"""Staff accounts: who works here and what they may do. Each change is recorded with its deed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from voice.store.audit import note
from voice.store.authenticators import drop
from voice.store.called import names_in
from voice.store.connection import Store, StoreError, reading, writing
from voice.store.console_tables import staff, staff_link
from voice.store.times import into, out_of

ROLES: Final = ("writer", "editor", "clinician", "translator", "manager")


class NoSuchPerson(StoreError):
    """Nobody here has this number or e-mail address."""

    def __init__(self) -> None:
        super().__init__("nobody here has this address; `staff list` names everyone")


class EmailTaken(StoreError):
    """Somebody else signs in with this e-mail address."""

    def __init__(self) -> None:
        super().__init__("somebody signs in with this address already")


class NameTaken(StoreError):
    """Somebody else has or had this name, or one that reads the same."""

    def __init__(self) -> None:
        super().__init__(
            "somebody here has or had this name, or one that looks the same; add another name or "
            "an initial"
        )


class LastManager(StoreError):
    """Nobody could let people in any more."""

    def __init__(self) -> None:
        super().__init__("this is the last manager; make somebody else a manager first")


@dataclass(frozen=True)
class Newcomer:
    """Someone who is to get an account."""

    email: str
    name: str
    roles: tuple[str, ...]
    locale: str


@dataclass(frozen=True)
class Person:
    """Someone who works here. Without `has_password` they have not used their first link yet."""

    id: int
    email: str
    name: str
    roles: tuple[str, ...]
    locale: str
    active: bool
    has_password: bool
    epoch: int
    made_at: datetime
    signed_in_at: datetime | None

    def holds(self, *roles: str) -> bool:
        """Whether this person holds one of these roles."""
        return bool(set(roles) & set(self.roles))


def everyone(store: Store) -> tuple[Person, ...]:
    """All who work or worked here, by name."""
    with reading(store) as connection:
        rows = connection.execute(select(staff))
        return tuple(sorted(map(person_of, rows), key=lambda one: (one.name.casefold(), one.id)))


def read_person(store: Store, id: int) -> Person:
    """The person of this number; NoSuchPerson."""
    with reading(store) as connection:
        return _person(connection, id)


def find_person(store: Store, email: str) -> tuple[Person, str] | None:
    """Who signs in with this address, and the hash of their password, "" before the first."""
    with reading(store) as connection:
        row = connection.execute(select(staff).where(staff.c.email == folded(email))).first()
        return (person_of(row), row.password) if row else None


def add_person(store: Store, newcomer: Newcomer, by: int | None, at: datetime) -> Person:
    """Open an account; it has no password yet. EmailTaken, NameTaken."""
    with writing(store) as connection:
        email = folded(newcomer.email)
        if connection.scalar(select(staff.c.id).where(staff.c.email == email)) is not None:
            raise EmailTaken
        if names_in(connection).is_anothers(newcomer.name, None):
            raise NameTaken
        told = {"name": newcomer.name.strip(), "roles": " ".join(ordered(newcomer.roles))}
        row = {
            **told,
            "email": email,
            "locale": newcomer.locale,
            "password": "",
            "active": True,
            "epoch": 1,
            "made_at": into(at),
        }
        made: int = connection.execute(insert(staff).values(row).returning(staff.c.id)).scalar_one()
        _note(connection, by, "staff-added", made, told, at)
        return _person(connection, made)


def set_profile(
    store: Store, id: int, name: str, locale: str, by: int | None, at: datetime
) -> None:
    """Change what a person is called and reads the console in. NameTaken for a new name."""
    with writing(store) as connection:
        before, after = _person(connection, id).name, name.strip()
        if after != before and names_in(connection).is_anothers(after, id):
            raise NameTaken
        _change(connection, id, {"name": after, "locale": locale})
        former = {"former": before} if after != before else {}
        told = {**former, "name": after, "locale": locale}
        _note(connection, by, "staff-profile", id, told, at)


def set_roles(store: Store, id: int, roles: Iterable[str], by: int | None, at: datetime) -> None:
    """Give a person exactly these roles. LastManager where nobody would be left to manage."""
    with writing(store) as connection:
        before = _person(connection, id)
        after = ordered(roles)
        if "manager" not in after:
            _keep_a_manager(connection, before)
        _change(connection, id, {"roles": " ".join(after)})
        told = {"before": " ".join(before.roles), "after": " ".join(after)}
        _note(connection, by, "staff-roles", id, told, at)


def set_active(store: Store, id: int, active: bool, by: int | None, at: datetime) -> None:
    """Let a person in again, or out: then every session and link of theirs ends. LastManager."""
    with writing(store) as connection:
        person = _person(connection, id)
        if not active:
            _keep_a_manager(connection, person)
            connection.execute(delete(staff_link).where(staff_link.c.staff == id))
        _change(connection, id, {"active": active, "epoch": person.epoch + (not active)})
        _note(connection, by, "staff-activated" if active else "staff-deactivated", id, {}, at)


def set_password(store: Store, id: int, password: str, by: int | None, at: datetime) -> int:
    """Keep the hash of a new password; every session ends. The epoch new sessions need."""
    with writing(store) as connection:
        return new_password(connection, id, password, by, at)


def new_password(
    connection: Connection, id: int, password: str, by: int | None, at: datetime
) -> int:
    """As set_password, within a transaction; every unused link ends, too."""
    epoch = _person(connection, id).epoch + 1
    _change(connection, id, {"password": password, "epoch": epoch})
    unused = (staff_link.c.staff == id) & staff_link.c.used_at.is_(None)
    connection.execute(delete(staff_link).where(unused))
    _note(connection, by, "staff-password", id, {}, at)
    return epoch


def rehash_password(store: Store, id: int, before: str, after: str) -> None:
    """Keep the same password under a better hash, unless it was changed meanwhile."""
    with writing(store) as connection:
        same = (staff.c.id == id) & (staff.c.password == before)
        connection.execute(update(staff).where(same).values(password=after))


def restore_manager(store: Store, email: str, at: datetime) -> Person:
    """Let this person in again, as a manager: the way back when no manager can. NoSuchPerson."""
    with writing(store) as connection:
        row = connection.execute(select(staff).where(staff.c.email == folded(email))).first()
        if row is None:
            raise NoSuchPerson
        roles = " ".join(ordered((*person_of(row).roles, "manager")))
        _change(connection, row.id, {"active": True, "roles": roles})
        drop(connection, row.id, None, at)
        _note(connection, None, "staff-restored", row.id, {"roles": roles}, at)
        return _person(connection, row.id)


def folded(email: str) -> str:
    """An e-mail address as it is kept and compared."""
    return email.strip().casefold()


def ordered(roles: Iterable[str]) -> tuple[str, ...]:
    """Roles in their order, each once; ValueError for one there is not."""
    given = set(roles)
    if given - set(ROLES):
        raise ValueError("there is no such role")
    return tuple(role for role in ROLES if role in given)


def person_of(row: Row[Any]) -> Person:
    """The person a row of the table tells of."""
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=tuple(row.roles.split()),
        locale=row.locale,
        active=row.active,
        has_password=bool(row.password),
        epoch=row.epoch,
        made_at=out_of(row.made_at),
        signed_in_at=out_of(row.signed_in_at) if row.signed_in_at else None,
    )


def _person(connection: Connection, id: int) -> Person:
    row = connection.execute(select(staff).where(staff.c.id == id)).first()
    if row is None:
        raise NoSuchPerson
    return person_of(row)


def _change(connection: Connection, id: int, values: Mapping[str, Any]) -> None:
    if connection.execute(update(staff).where(staff.c.id == id).values(values)).rowcount == 0:
        raise NoSuchPerson


def _keep_a_manager(connection: Connection, leaving: Person) -> None:
    """LastManager unless another one can sign in. Locks all rows: two may leave at once."""
    if not leaving.holds("manager"):
        return
    rows = connection.execute(select(staff).with_for_update())
    able = [one for one in map(person_of, rows) if one.active and one.has_password]
    if not any(one.holds("manager") and one.id != leaving.id for one in able):
        raise LastManager


def _note(
    connection: Connection,
    by: int | None,
    deed: str,
    id: int,
    detail: Mapping[str, str],
    at: datetime,
) -> None:
    note(connection, by, deed, f"staff:{id}", detail, at)
