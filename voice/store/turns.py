"""Each message answered once, however often it is delivered."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func, insert, select

from voice.store.connection import Store, settled
from voice.store.contacts import (
    Contact,
    Keys,
    as_contact,
    await_turn,
    gathered,
    keep,
    key_in_use,
)
from voice.store.forgetting import wipe
from voice.store.prepared import Prepared, keyed, one_of
from voice.store.straight import Straight, together
from voice.store.tables import contact, turn
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
    hushes: bool = False
    """Whether an answer from before somebody opted out is silence to a message that comes again."""


_UNGUARDED: Final = Guard("", most=sys.maxsize, daily=sys.maxsize)


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
    effect of one and gets the same reply; only an opt-out in between may hush it, as the guard
    says. `make` may be called again where a transaction was lost to another, so it only
    computes. A contact that comes back `forgotten` is forgotten in that same transaction. An
    answer that changes what somebody may be sent is `lasting`: it is not given before a loss of
    power could not undo it.
    """
    message = _Message(message_sid, keys, practice, at, guard or _UNGUARDED)

    def work(connection: Straight) -> str:
        return _answer(connection, message, make)

    return settled(lambda: together(store, work, lasting=lasting))


@dataclass(frozen=True)
class _Message:
    """What came, from whom and when."""

    sid: str
    keys: Keys
    practice: bool
    at: datetime
    guard: Guard

    def asking(self, **more: str) -> dict[str, Any]:
        """Values for the questions about it."""
        since, day = into(self.at - self.guard.window), into(self.at - _DAY)
        times = {"since": since, "day": day, "ahead": into(self.at + _DAY)}
        return {"sid": self.sid, "silence": self.guard.silence, **times, **keyed(self.keys), **more}


@dataclass(frozen=True)
class _Known:
    """What the store knows of a message: its reply, if it was answered, and how many there were.

    `recent` is replies that may count within the guard's window, at most; `today` is those to
    messages of the same contact within a day.
    """

    reply: str | None
    recent: int
    today: int


def _answer(connection: Straight, message: _Message, make: Make) -> str:
    """Answer a message inside a transaction."""
    rows, known = _look(connection, message)
    if known.reply is not None:
        hushed = message.guard.hushes and any(row.opted_out_at for row in rows)
        return message.guard.silence if hushed else known.reply
    keys, practice, at = message.keys, message.practice, message.at
    after, reply = make(gathered(connection, rows, keys, practice, at))
    after = replace(after, key=key_in_use(keys), practice=practice, last_seen=at)
    keep(connection, after)
    if after.forgotten:
        wipe(connection, keys, practice, at)
    if _is_flood(connection, message, known, reply):
        reply = message.guard.silence
    linked = "" if after.forgotten else after.key
    row = (message.sid, linked, reply, into(at), "", "")
    _ANSWERED.run(connection, dict(zip(_NAMES, row, strict=True)))
    return reply


def _look(connection: Straight, message: _Message) -> tuple[list[Contact], _Known]:
    """The contact's rows, locked, and what is known of the message, in one question."""
    many, values = len(message.keys), message.asking()
    await_turn(connection, message.keys)
    rows = _both(many).rows(connection, values)
    # Nobody is known: then there is no row to tell of the message either.
    about = rows[0][_OF_CONTACT:] if rows else _about(many).rows(connection, values)[0]
    return [as_contact(row[:_OF_CONTACT]) for row in rows], _Known(*about)


def _is_flood(connection: Straight, message: _Message, known: _Known, reply: str) -> bool:
    """Whether this contact got, or sent, as many already as the guard lets pass.

    Who was forgotten can not be told from others: there the same replies to all of those count,
    or someone could ask to be forgotten for ever.
    """
    guard = message.guard
    within = known.recent < guard.most and known.today < guard.daily
    if known.today < guard.alike if guard.alike else within:
        return False
    values = message.asking(reply=reply)
    ((replies, messages, alike),) = _counted(len(message.keys)).rows(connection, values)
    if guard.alike:
        return bool(alike >= guard.alike)
    return bool(replies >= guard.most or messages >= guard.daily)


# Statements --------------------------------------------------------------------------------------

_NAMES: Final = tuple(column.name for column in turn.columns)
_OF_CONTACT: Final = len(contact.columns)
_ANSWERED: Final = Prepared(lambda _: insert(turn).values({n: bindparam(n) for n in _NAMES}))


@cache
def _both(many: int) -> Prepared:
    theirs = one_of(contact.c.key, many)
    query = select(*contact.columns, *_questions(many)).where(theirs).order_by(contact.c.key)
    return Prepared(lambda _: query.with_for_update(of=contact))


@cache
def _about(many: int) -> Prepared:
    return Prepared(lambda _: select(*_questions(many)))


def _questions(many: int) -> tuple[ScalarSelect[Any], ...]:
    """A question for each field of _Known."""
    theirs = one_of(turn.c.contact, many)
    earlier = select(turn.c.reply).where(turn.c.message_sid == bindparam("sid"))
    said = _within("since") & (turn.c.reply != bindparam("silence"))
    recent = select(func.count()).where((theirs | (turn.c.contact == "")) & said)
    today = select(func.count()).where(theirs & _within("day"))
    return earlier.scalar_subquery(), recent.scalar_subquery(), today.scalar_subquery()


def _within(begin: str) -> ColumnElement[bool]:
    """Since then. What lies more than a day ahead was answered by a clock that was wrong."""
    return (turn.c.created_at > bindparam(begin)) & (turn.c.created_at <= bindparam("ahead"))


@cache
def _counted(many: int) -> Prepared:
    theirs = one_of(turn.c.contact, many)
    recent = _within("since")
    nobodys = (turn.c.contact == "") & (turn.c.reply == bindparam("reply")) & recent
    said = recent & (turn.c.reply != bindparam("silence"))
    alike = theirs & (turn.c.reply == bindparam("reply"))
    counts = [func.count(case((which, 1))) for which in (said, theirs, alike)]
    today = theirs & _within("day")
    return Prepared(lambda _: select(*counts).where(today | nobodys))
