"""Each message answered once, however often it is delivered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select

from voice.store.connection import Store, settled, writing
from voice.store.contacts import Contact, Keys, hold, keep, key_in_use
from voice.store.forgetting import wipe
from voice.store.prepared import Prepared, keyed, one_of
from voice.store.tables import turn
from voice.store.times import into

Make = Callable[[Contact], tuple[Contact, str]]
"""From the contact as it is to the contact as it becomes, and the reply."""


@dataclass(frozen=True)
class Guard:
    """Keeps two machines from answering each other for ever, and a flood from costing one.

    Past `most` replies to a contact within `window`, further ones are `silence` until some of
    them are older than that. What a message changes, an opt-out for one, is kept all the same.
    """

    silence: str
    most: int = 40
    window: timedelta = timedelta(minutes=10)


def answer_once(
    store: Store,
    message_sid: str,
    keys: Keys,
    practice: bool,
    at: datetime,
    make: Make,
    guard: Guard | None = None,
    *,
    lasting: bool = True,
) -> str:
    """The reply to this message: made now, or the one made when it first came.

    One transaction: a message that is delivered twice, or twice at the same time, has the
    effect of one and gets the same reply. `make` may be called again where a transaction was
    lost to another, so it only computes. A contact that comes back `forgotten` is forgotten in
    that same transaction. An answer that changes what somebody may be sent is `lasting`: it is
    not given before a loss of power could not undo it.
    """

    def work() -> str:
        with writing(store, lasting=lasting) as connection:
            earlier: str | None = _EARLIER.first(connection, {"sid": message_sid})
            if earlier is not None:
                return earlier
            after, reply = make(hold(connection, keys, practice, at))
            after = replace(after, key=key_in_use(keys), practice=practice, last_seen=at)
            keep(connection, after)
            if after.forgotten:
                wipe(connection, keys, practice, at)
            if guard and _replies(connection, keys, reply, guard, at) >= guard.most:
                reply = guard.silence
            linked = "" if after.forgotten else after.key
            row = (message_sid, linked, reply, into(at), "", "")
            _ANSWERED.run(connection, dict(zip(_NAMES, row, strict=True)))
            return reply

    return settled(work)


def _replies(connection: Connection, keys: Keys, reply: str, guard: Guard, at: datetime) -> int:
    """How many replies other than silence this contact got within the guard's window.

    Who was forgotten can not be told from others: there the same replies to all of those count,
    or someone could ask to be forgotten for ever.
    """
    values = {"since": into(at - guard.window), "reply": reply, "silence": guard.silence}
    return _replied(len(keys)).first(connection, values | keyed(keys)) or 0


# Statements --------------------------------------------------------------------------------------

_NAMES: Final = tuple(column.name for column in turn.columns)
_EARLIER: Final = Prepared(
    lambda _: select(turn.c.reply).where(turn.c.message_sid == bindparam("sid"))
)
_ANSWERED: Final = Prepared(lambda _: insert(turn).values({n: bindparam(n) for n in _NAMES}))


@cache
def _replied(many: int) -> Prepared:
    nobodys = (turn.c.contact == "") & (turn.c.reply == bindparam("reply"))
    recent = turn.c.created_at > bindparam("since")
    said = recent & (turn.c.reply != bindparam("silence"))
    query = select(func.count()).select_from(turn)
    return Prepared(lambda _: query.where((one_of(turn.c.contact, many) | nobodys) & said))
