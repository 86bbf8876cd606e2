"""Each message answered once, however often it is delivered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import Connection, bindparam, case, func, insert, select

from voice.store.connection import Store, settled, writing
from voice.store.contacts import Contact, Keys, hold, keep, key_in_use
from voice.store.forgetting import wipe
from voice.store.prepared import Prepared, keyed, one_of
from voice.store.tables import turn
from voice.store.times import into

_DAY: Final = timedelta(days=1)

Make = Callable[[Contact], tuple[Contact, str]]
"""From the contact as it is to the contact as it becomes, and the reply."""


@dataclass(frozen=True)
class Guard:
    """Keeps two machines from answering each other for ever, and a flood from costing one.

    Past `most` replies to a contact within `window`, further ones are `silence` until some of
    them are older than that. So it is past `daily` messages from a contact within a day, answered
    or not: a machine that goes on is silenced for as long as it does, however slow it is. Where
    `alike` is given, only that many of this very reply in a day count: danger is answered in a
    flood of anything else. What a message changes, an opt-out for one, is kept all the same.
    """

    silence: str
    most: int = 40
    window: timedelta = timedelta(minutes=10)
    daily: int = 120
    alike: int = 0


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
            if guard and _is_flood(connection, keys, reply, guard, at):
                reply = guard.silence
            linked = "" if after.forgotten else after.key
            row = (message_sid, linked, reply, into(at), "", "")
            _ANSWERED.run(connection, dict(zip(_NAMES, row, strict=True)))
            return reply

    return settled(work)


def _is_flood(connection: Connection, keys: Keys, reply: str, guard: Guard, at: datetime) -> bool:
    """Whether this contact got, or sent, as many already as the guard lets pass.

    Who was forgotten can not be told from others: there the same replies to all of those count,
    or someone could ask to be forgotten for ever.
    """
    since = {"since": into(at - guard.window), "day": into(at - _DAY)}
    values = {"reply": reply, "silence": guard.silence, **since, **keyed(keys)}
    ((replies, messages, alike),) = _counted(len(keys)).rows(connection, values)
    if guard.alike:
        return bool(alike >= guard.alike)
    return bool(replies >= guard.most or messages >= guard.daily)


# Statements --------------------------------------------------------------------------------------

_NAMES: Final = tuple(column.name for column in turn.columns)
_EARLIER: Final = Prepared(
    lambda _: select(turn.c.reply).where(turn.c.message_sid == bindparam("sid"))
)
_ANSWERED: Final = Prepared(lambda _: insert(turn).values({n: bindparam(n) for n in _NAMES}))


@cache
def _counted(many: int) -> Prepared:
    theirs = one_of(turn.c.contact, many)
    recent = turn.c.created_at > bindparam("since")
    nobodys = (turn.c.contact == "") & (turn.c.reply == bindparam("reply")) & recent
    said = recent & (turn.c.reply != bindparam("silence"))
    alike = theirs & (turn.c.reply == bindparam("reply"))
    counts = [func.count(case((which, 1))) for which in (said, theirs, alike)]
    today = theirs & (turn.c.created_at > bindparam("day"))
    return Prepared(lambda _: select(*counts).where(today | nobodys))
