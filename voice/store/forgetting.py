"""Forgetting somebody who asks for it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Executable, Table, bindparam, delete, or_, select, update

from voice.store.claims import NO_TEXTS
from voice.store.connection import Lock, Store, adding, settled, take_turns, writing
from voice.store.contacts import Keys, bared, hold
from voice.store.prepared import Open, Prepared, keyed, one_of
from voice.store.tables import call_back, consent, contact, forgotten_call, outbound, turn
from voice.store.times import into, out_of
from voice.store.unlinked import EACH, KEPT, Given


def forget(store: Store, keys: Keys, practice: bool, at: datetime, call: str = "") -> None:
    """Forget a contact, and the rest of the `call` (its SID) in which they asked for it.

    An opt-out stays, and nothing else with it. Whom we rang or texted ourselves stays known for
    a day (see purge): a cap that could be forgotten would be none. Without keys only what the
    call itself left behind goes.
    """

    def work() -> Sequence[Given]:
        with writing(store) as connection:
            take_turns(connection, Lock.FORGET)
            if call:
                row = {"call": call, "at": into(at)}
                connection.execute(adding(connection, forgotten_call).on_conflict_do_nothing(), row)
                connection.execute(delete(call_back).where(call_back.c.call == call))
            return wipe(connection, keys, practice, at)

    store.unlinked.add(keys, settled(work), at)


def wipe(connection: Open, keys: Keys, practice: bool, at: datetime) -> Sequence[Given]:
    """Forget a contact, inside a transaction; the answers of a day whose they were none knows now.

    A row that says they opted out is never deleted, also where it came a moment ago.
    """
    hold(connection, keys, practice, at)
    values = keyed(keys)
    given = _given(len(keys)).rows(connection, values | {"since": into(at - KEPT)})
    for statement in _wiping(len(keys)):
        statement.run(connection, values)
    return [Given(out_of(moment), hash(reply)) for moment, reply in given]


@cache
def _given(many: int) -> Prepared:
    """The latest answers to whoever has one of so many keys."""
    theirs = one_of(turn.c.contact, many) & (turn.c.created_at > bindparam("since"))
    query = select(turn.c.created_at, turn.c.reply).where(theirs)
    return Prepared(lambda _: query.order_by(turn.c.created_at.desc()).limit(EACH))


@cache
def _wiping(many: int) -> tuple[Prepared, ...]:
    """What becomes of everything under so many keys."""

    def theirs(table: Table) -> ColumnElement[bool]:
        return one_of(table.c["key" if table is contact else "contact"], many)

    no_texts = or_(*(outbound.c.error_code == code for code in NO_TEXTS))
    told = [delete(table).where(theirs(table)) for table in (consent, call_back)]
    known = delete(contact).where(theirs(contact), contact.c.opted_out_at.is_(None))
    unlinked = update(turn).where(theirs(turn)).values(contact="")
    useless = update(outbound).where(theirs(outbound) & no_texts).values(contact="")
    return tuple(map(_same_everywhere, (known, bared(theirs(contact)), *told, unlinked, useless)))


def _same_everywhere(statement: Executable) -> Prepared:
    return Prepared(lambda _: statement)
