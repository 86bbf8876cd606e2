"""Who a person is at the clinic's own sign-in service. Each new one is recorded."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from voice.store.audit import note
from voice.store.connection import Store, StoreError, reading, writing
from voice.store.console_tables import staff, staff_identity
from voice.store.staff import Person, person_of
from voice.store.times import into


class IdentityTaken(StoreError):
    """The account belongs to somebody else at the sign-in service, or they have another account.

    An address that went to a new person is not the old person's account.
    """

    def __init__(self) -> None:
        super().__init__("this account is known to the sign-in service as somebody else")


def find_identity(store: Store, issuer: str, subject: str) -> Person | None:
    """Who this is here; None for somebody never seen."""
    with reading(store) as connection:
        return _found(connection, issuer, subject)


def keep_identity(store: Store, id: int, issuer: str, subject: str, at: datetime) -> None:
    """Know this person by what the service calls them from now on. IdentityTaken."""
    with writing(store) as connection:
        table = staff_identity
        known = _found(connection, issuer, subject)
        if known is not None and known.id == id:
            return
        own = select(table.c.subject).where((table.c.staff == id) & (table.c.issuer == issuer))
        if known is not None or connection.scalar(own) is not None:
            raise IdentityTaken
        row = {"issuer": issuer, "subject": subject, "staff": id, "made_at": into(at)}
        connection.execute(insert(table).values(row))
        note(connection, id, "identity-kept", f"staff:{id}", {"issuer": issuer}, at)


def _found(connection: Connection, issuer: str, subject: str) -> Person | None:
    table = staff_identity
    same = (table.c.issuer == issuer) & (table.c.subject == subject)
    row = connection.execute(select(staff).join(table).where(same)).first()
    return person_of(row) if row else None
