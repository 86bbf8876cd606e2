"""Each message answered once, however often it is delivered.

A message is looked at first, and understood in the language that is known of its sender; that takes
no transaction. Its answer is made from what was seen, and written if nothing of that has changed:
`see`, `answer_seen`. Where something has, or it takes more than two writes, it is answered inside a
transaction, from what is there then: `answer_once`.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from voice.store.connection import Collision, Store, adding_to, settled
from voice.store.contacts import (
    NAMES,
    Contact,
    Keys,
    as_contact,
    as_one,
    await_turn,
    change,
    gathered,
    key_in_use,
    stranger,
    written,
)
from voice.store.forgetting import wipe
from voice.store.prepared import Prepared, keyed, one_of
from voice.store.straight import Straight, asked, together
from voice.store.tables import contact, turn
from voice.store.times import into, maybe_into
from voice.store.unlinked import Given

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
    unlinked = store.unlinked.of(keys, at)
    message = _Message(message_sid, keys, practice, at, guard or _UNGUARDED, unlinked)

    def work(connection: Straight) -> tuple[str, Sequence[Given]]:
        return _answer(connection, message, make)

    reply, given = settled(lambda: together(store, work, lasting=lasting))
    if given:
        store.unlinked.add(keys, given, at)
    return reply


@dataclass(frozen=True)
class _Message:
    """What came, from whom and when."""

    sid: str
    keys: Keys
    practice: bool
    at: datetime
    guard: Guard
    unlinked: Sequence[Given]
    """Earlier answers to the same contact, which no row links to it."""

    def asking(self, **more: str) -> dict[str, Any]:
        """Values for the questions about it."""
        since, day = into(self.at - self.guard.window), into(self.at - _DAY)
        times = {"since": since, "day": day, "ahead": into(self.at + _DAY)}
        return {"sid": self.sid, "silence": self.guard.silence, **times, **keyed(self.keys), **more}

    def counted(self, reply: str = "") -> tuple[int, int, int]:
        """Of the unlinked: replies within the window; of a day, all, and those with these words."""
        if not self.unlinked:
            return 0, 0, 0
        day = [one for one in self.unlinked if -_DAY < one.at - self.at <= _DAY]
        recent = [one for one in day if one.at > self.at - self.guard.window]
        said = [one for one in recent if one.words != hash(self.guard.silence)]
        return len(said), len(day), sum(one.words == hash(reply) for one in day)


@dataclass(frozen=True)
class _Known:
    """What the store knows of a message: its reply, if it was answered, and how many there were.

    `recent` is replies to the same contact within the guard's window; `today` is its messages
    within a day.
    """

    reply: str | None
    recent: int
    today: int

    def and_unlinked(self, message: _Message) -> "_Known":
        """The same, with what no row links to the contact any more."""
        replies, messages, _ = message.counted()
        return replace(self, recent=self.recent + replies, today=self.today + messages)


@dataclass(frozen=True)
class Seen:
    """What the store knew of a message, and of who sent it, a moment ago."""

    message: _Message
    rows: Sequence[Contact]
    known: _Known

    contact: Contact
    """Who sent it, as they are remembered; someone new who is not kept yet, if they are not."""


def see(
    store: Store, message_sid: str, keys: Keys, practice: bool, at: datetime, guard: Guard
) -> Seen:
    """What is known of a message that has come. Of the guard, the times and the silence matter."""
    message = _Message(message_sid, keys, practice, at, guard, store.unlinked.of(keys, at))
    question, values = _seen(len(keys)), message.asking()
    rows = asked(store, lambda connection: question.rows(connection, values))
    found = [as_contact(row[_QUESTIONS:]) for row in rows if row[_QUESTIONS] is not None]
    contact = as_one(found) if found else stranger(key_in_use(keys), practice, at)
    known = _Known(*rows[0][:_QUESTIONS]).and_unlinked(message)
    return Seen(message, found, known, contact)


def answer_seen(
    store: Store, seen: Seen, make: Make, guard: Guard, *, lasting: bool = True
) -> str | None:
    """The reply to a message that was seen, if all is still as it was then; else None.

    None means that nothing was done, and that `answer_once` will do it. Of a contact, `make` may
    change what a thread is about: _THREAD.
    """
    if seen.known.reply is not None:
        return _again(guard, seen.rows, seen.known.reply)
    if not _is_plain(seen) or _may_be_flood(guard, seen.known):
        return None
    after, reply = make(seen.contact)
    if after.forgotten:
        return None
    work = _writing(seen, after, reply)
    try:
        return reply if together(store, work, lasting=lasting) else None
    except Collision:
        return None


def _is_plain(seen: Seen) -> bool:
    """Whether somebody in particular sent it, of whom there is one row at most, under this key."""
    key = key_in_use(seen.message.keys)
    return bool(key) and len(seen.rows) <= 1 and seen.contact.key == key


def _writing(seen: Seen, after: Contact, reply: str) -> Callable[[Straight], bool]:
    """Write a contact, if it is as it was seen, and the answer; False where it is not."""
    answer = _as_row(seen.message, after.key, reply)
    at = answer["created_at"]
    if seen.rows:
        written_by, values = _MOVED, _as_thread(seen.contact, "was_") | _as_thread(after)
    else:
        written_by, values = _MET, written(after)
    values["last_seen"] = at

    def work(connection: Straight) -> bool:
        if not seen.rows:
            await_turn(connection, seen.message.keys)
        if not written_by.changes(connection, values):
            return False
        _ANSWERED.run(connection, answer)
        return True

    return work


def _as_thread(known: Contact, prefix: str = "") -> dict[str, Any]:
    values = vars(known) | {
        "opted_out_at": maybe_into(known.opted_out_at),
        "last_seen": into(known.last_seen),
    }
    return {prefix + name: values[name] for name in ("key", *_THREAD)}


def _again(guard: Guard, rows: Sequence[Contact], reply: str) -> str:
    """What a message that was answered before is answered with."""
    return guard.silence if guard.hushes and any(row.opted_out_at for row in rows) else reply


def _answer(connection: Straight, message: _Message, make: Make) -> tuple[str, Sequence[Given]]:
    """Answer a message inside a transaction; the answers that no row links to anybody now."""
    rows, known = _look(connection, message)
    if known.reply is not None:
        return _again(message.guard, rows, known.reply), ()
    keys, practice, at = message.keys, message.practice, message.at
    before = gathered(connection, rows, keys, practice, at)
    after, reply = make(before)
    after = replace(after, key=key_in_use(keys), practice=practice, last_seen=at)
    change(connection, before, after)
    if _is_flood(connection, message, known, reply):
        reply = message.guard.silence
    given = wipe(connection, keys, practice, at) if after.forgotten else ()
    linked = "" if after.forgotten else after.key
    _ANSWERED.run(connection, _as_row(message, linked, reply))
    return reply, given if linked else (*given, Given(at, hash(reply)))


def _as_row(message: _Message, linked: str, reply: str) -> dict[str, Any]:
    row = (message.sid, linked, reply, into(message.at))
    return dict(zip(_NAMES, row, strict=True))


def _look(connection: Straight, message: _Message) -> tuple[list[Contact], _Known]:
    """The contact's rows, locked, and what is known of the message, in one question."""
    many, values = len(message.keys), message.asking()
    await_turn(connection, message.keys)
    rows = _both(many).rows(connection, values)
    # Nobody is known: then there is no row to tell of the message either.
    about = rows[0][_OF_CONTACT:] if rows else _about(many).rows(connection, values)[0]
    known = _Known(*about).and_unlinked(message)
    return [as_contact(row[:_OF_CONTACT]) for row in rows], known


def _is_flood(connection: Straight, message: _Message, known: _Known, reply: str) -> bool:
    """Whether this contact got, or sent, as many already as the guard lets pass."""
    guard = message.guard
    if not _may_be_flood(guard, known):
        return False
    values = message.asking(reply=reply)
    (linked,) = _counted(len(message.keys)).rows(connection, values)
    replies, messages, alike = map(sum, zip(linked, message.counted(reply), strict=True))
    if guard.alike:
        return alike >= guard.alike
    return replies >= guard.most or messages >= guard.daily


def _may_be_flood(guard: Guard, known: _Known) -> bool:
    """Whether so many are known that they have to be counted exactly."""
    if guard.alike:
        return known.today >= guard.alike
    return known.recent >= guard.most or known.today >= guard.daily


# Statements --------------------------------------------------------------------------------------

_NAMES: Final = ("message_sid", "contact", "reply", "created_at")
_THREAD: Final = ("locale", "pace", "place", "opted_out_at", "last_seen")
_OF_CONTACT: Final = len(contact.columns)
_QUESTIONS: Final = len(fields(_Known))
_ANSWERED: Final = Prepared(lambda _: insert(turn).values({n: bindparam(n) for n in _NAMES}))


@cache
def _both(many: int) -> Prepared:
    theirs = one_of(contact.c.key, many)
    query = select(*contact.columns, *_questions(many)).where(theirs).order_by(contact.c.key)
    return Prepared(lambda _: query.with_for_update(of=contact))


@cache
def _about(many: int) -> Prepared:
    return Prepared(lambda _: select(*_questions(many)))


@cache
def _seen(many: int) -> Prepared:
    """The answers to all questions, with each of the contact's rows; with nothing, if it has none.

    No row is locked.
    """
    always = select(literal(1)).subquery()
    rows = always.outerjoin(contact, one_of(contact.c.key, many))
    query = select(*_questions(many), *contact.columns).select_from(rows)
    return Prepared(lambda _: query.order_by(contact.c.key))


def _questions(many: int) -> tuple[ScalarSelect[Any], ...]:
    """A question for each field of _Known."""
    theirs = one_of(turn.c.contact, many)
    earlier = select(turn.c.reply).where(turn.c.message_sid == bindparam("sid"))
    said = _within("since") & (turn.c.reply != bindparam("silence"))
    recent = select(func.count()).where(theirs & said)
    today = select(func.count()).where(theirs & _within("day"))
    return earlier.scalar_subquery(), recent.scalar_subquery(), today.scalar_subquery()


def _moving(_: str) -> Any:
    """Change a contact that is still as it was."""
    same = (contact.c[name].is_not_distinct_from(_bound(name, "was_")) for name in _THREAD)
    query = update(contact).where(contact.c.key == _bound("key", "was_"), *same)
    return query.values({name: _bound(name) for name in _THREAD})


def _bound(name: str, prefix: str = "") -> Any:
    return bindparam(prefix + name, type_=contact.c[name].type)


def _meeting(dialect: str) -> Any:
    """Add a contact that was not known, if it still is not."""
    add = adding_to(dialect, contact).values({name: bindparam(name) for name in NAMES})
    return add.on_conflict_do_nothing()


_MOVED: Final = Prepared(_moving)
_MET: Final = Prepared(_meeting)


def _within(begin: str) -> ColumnElement[bool]:
    """Since then. What lies more than a day ahead was answered by a clock that was wrong."""
    return (turn.c.created_at > bindparam(begin)) & (turn.c.created_at <= bindparam("ahead"))


@cache
def _counted(many: int) -> Prepared:
    theirs = one_of(turn.c.contact, many)
    said = _within("since") & (turn.c.reply != bindparam("silence"))
    alike = turn.c.reply == bindparam("reply")
    counts = [func.count(case((which, 1))) for which in (said, alike)]
    query = select(counts[0], func.count(), counts[1]).where(theirs & _within("day"))
    return Prepared(lambda _: query)
