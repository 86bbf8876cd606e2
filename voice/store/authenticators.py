"""Authenticator codes: whose account asks for one after the password. Each change is recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from voice.store.audit import note
from voice.store.connection import Store, reading, writing
from voice.store.console_tables import staff_authenticator
from voice.store.times import into


@dataclass(frozen=True)
class Authenticator:
    """A secret, sealed, that a person's telephone shares, and the step of the last code used."""

    sealed: str
    step: int


def read_authenticator(store: Store, id: int) -> Authenticator | None:
    """The authenticator of a person; None where they sign in by password alone."""
    with reading(store) as connection:
        query = select(staff_authenticator).where(staff_authenticator.c.staff == id)
        row = connection.execute(query).first()
        return Authenticator(row.sealed, row.step) if row else None


def keep_authenticator(store: Store, id: int, sealed: str, step: int, at: datetime) -> None:
    """Ask this person for a code from now on; `step` is that of the code they proved it with."""
    with writing(store) as connection:
        _drop(connection, id)
        row = {"staff": id, "sealed": sealed, "step": step, "made_at": into(at)}
        connection.execute(insert(staff_authenticator).values(row))
        note(connection, id, "authenticator-on", f"staff:{id}", {}, at)


def use_step(store: Store, id: int, step: int, sealed: str) -> bool:
    """Use up a code, and all before it; False where it was used already.

    `sealed` is the secret as it is kept from now on, sealed with the key in use.
    """
    with writing(store) as connection:
        table = staff_authenticator
        later = update(table).where((table.c.staff == id) & (table.c.step < step))
        return connection.execute(later.values(step=step, sealed=sealed)).rowcount == 1


def drop_authenticator(store: Store, id: int, by: int | None, at: datetime) -> None:
    """Ask this person for no code any more."""
    with writing(store) as connection:
        drop(connection, id, by, at)


def drop(connection: Connection, id: int, by: int | None, at: datetime) -> None:
    """As drop_authenticator, within a transaction."""
    if _drop(connection, id):
        note(connection, by, "authenticator-off", f"staff:{id}", {}, at)


def _drop(connection: Connection, id: int) -> bool:
    table = staff_authenticator
    return connection.execute(delete(table).where(table.c.staff == id)).rowcount == 1
