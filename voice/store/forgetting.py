"""Forgetting somebody who asks for it."""

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Executable, Table, delete, or_, update

from voice.store.claims import NO_TEXTS
from voice.store.connection import Lock, Store, adding, settled, take_turns, writing
from voice.store.contacts import Contact, Keys, as_one, keep, key_in_use, locked
from voice.store.prepared import Open, Prepared, keyed, one_of
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


def wipe(connection: Open, keys: Keys, practice: bool, at: datetime) -> None:
    """Forget a contact, inside a transaction."""
    rows = locked(connection, keys)
    for statement in _wiping(len(keys)):
        statement.run(connection, keyed(keys))
    since = as_one(rows).opted_out_at if rows else None
    if since:
        keep(connection, Contact(key_in_use(keys), practice, "", "", "", since, since, since))


@cache
def _wiping(many: int) -> tuple[Prepared, ...]:
    """What becomes of everything under so many keys."""

    def theirs(table: Table) -> ColumnElement[bool]:
        return one_of(table.c["key" if table is contact else "contact"], many)

    no_texts = or_(*(outbound.c.error_code == code for code in NO_TEXTS))
    gone = [delete(table).where(theirs(table)) for table in (contact, consent, call_back)]
    unlinked = update(turn).where(theirs(turn)).values(contact="")
    useless = update(outbound).where(theirs(outbound) & no_texts).values(contact="")
    return tuple(map(_same_everywhere, (*gone, unlinked, useless)))


def _same_everywhere(statement: Executable) -> Prepared:
    return Prepared(lambda _: statement)
