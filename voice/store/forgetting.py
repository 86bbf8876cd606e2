"""Forgetting somebody who asks for it."""

from datetime import datetime

from sqlalchemy import Connection, delete, update

from voice.store.claims import NO_TEXTS
from voice.store.connection import Lock, Store, adding, settled, take_turns, writing
from voice.store.contacts import Contact, Keys, as_one, keep, key_in_use, locked
from voice.store.tables import call_back, consent, contact, forgotten_call, outbound, turn
from voice.store.times import into


def forget(store: Store, keys: Keys, practice: bool, at: datetime, call: str = "") -> None:
    """Forget a contact, and the rest of the `call` (its SID) in which they asked for it.

    An opt-out stays, and nothing else with it. Whom we rang or texted ourselves stays known for
    a day (see purge): a cap that could be forgotten would be none. Without keys only what the
    call itself left behind goes.
    """

    def work() -> None:
        with writing(store) as connection:
            take_turns(connection, Lock.FORGET)
            if call:
                row = {"call": call, "at": into(at)}
                connection.execute(adding(connection, forgotten_call).on_conflict_do_nothing(), row)
                connection.execute(delete(call_back).where(call_back.c.call == call))
            wipe(connection, keys, practice, at)

    settled(work)


def wipe(connection: Connection, keys: Keys, practice: bool, at: datetime) -> None:
    """Forget a contact, inside a transaction."""
    rows = locked(connection, keys)
    connection.execute(delete(contact).where(contact.c.key.in_(keys)))
    connection.execute(delete(consent).where(consent.c.contact.in_(keys)))
    connection.execute(delete(call_back).where(call_back.c.contact.in_(keys)))
    connection.execute(update(turn).where(turn.c.contact.in_(keys)).values(contact=""))
    useless = outbound.c.contact.in_(keys) & outbound.c.error_code.in_(NO_TEXTS)
    connection.execute(update(outbound).where(useless).values(contact=""))
    since = as_one(rows).opted_out_at if rows else None
    if since:
        keep(connection, Contact(key_in_use(keys), practice, "", "", "", since, since, since))
