"""Contacts by the keyed hash of their number: one a person, whatever the channel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, bindparam, delete, func, select, update

from voice.mac import code
from voice.store.connection import Store, adding_to, settled, take_turn_for, writing
from voice.store.prepared import Open, Prepared, Row, keyed, one_of
from voice.store.straight import asked
from voice.store.tables import contact
from voice.store.times import into, maybe_into, maybe_out_of, out_of

WHATSAPP: Final = "whatsapp:"

Keys = Sequence[str]
"""A contact's key in use, then those it may have had earlier. None at all: nobody who could be
told from others, a caller who withholds the number for one; nothing is remembered of them."""


@dataclass(frozen=True)
class Contact:
    """What is remembered of someone who writes or calls.

    `place` is where their thread is, in the thread's own spelling; "" is its start. `call_place`
    is where they may go on with their last call, "" for nowhere, and `called_at` when that was.
    An empty locale or pace was never chosen. `opted_out_at` is None while they take our messages.
    `forgotten` is never kept: an answer that sets it forgets them.
    """

    key: str
    practice: bool
    locale: str
    pace: str
    place: str
    opted_out_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    call_place: str = ""
    called_at: datetime | None = None
    forgotten: bool = False


def contact_keys(secrets: Sequence[bytes], address: str, practice: bool = False) -> Keys:
    """A contact's keys: HMAC-SHA256 of the address, hexadecimal, one per contact key and spelling.

    `address` is Twilio's From as it came: a number or `whatsapp:+…`, which are one contact, so
    that an opt-out holds on every channel; "" has no keys. The later keys are of a spelling that
    was in use once. Practice contacts share no key with real ones, whatever their number.
    """
    sort = "practice" if practice else "contact"
    number = address.removeprefix(WHATSAPP)
    spellings = [number, WHATSAPP + number] if number.startswith("+") else [number]
    messages = [f"{sort}:{spelling}".encode("utf-8", "replace") for spelling in spellings]
    pairs = [(secret, message) for message in messages for secret in secrets if number]
    return tuple(code(secret, message, "sha256").hex() for secret, message in pairs)


def read_contact(store: Store, keys: Keys) -> Contact | None:
    """What is remembered of this contact, if anything."""
    return asked(store, lambda connection: find(connection, keys)) if keys else None


def change_contact(
    store: Store, keys: Keys, practice: bool, at: datetime, how: Callable[[Contact], Contact]
) -> None:
    """Change what is remembered of this contact, or of someone new, in one transaction.

    What others change at the same time, an opt-out for one, is seen and stays. `how` may be
    called again, so it only computes.
    """

    def work() -> None:
        with writing(store) as connection:
            known = hold(connection, keys, practice, at)
            change(connection, known, how(known))

    settled(work)


def opt_out(store: Store, keys: Keys, practice: bool, at: datetime) -> None:
    """Send this contact nothing from now on; the time of the first request stands."""

    def stop(known: Contact) -> Contact:
        return replace(known, opted_out_at=known.opted_out_at or at)

    change_contact(store, keys, practice, at, stop)


# Inside a transaction ----------------------------------------------------------------------------


def find(connection: Open, keys: Keys) -> Contact | None:
    """The contact under any of its keys."""
    rows = _found(len(keys)).rows(connection, keyed(keys))
    return as_one([as_contact(row) for row in rows]) if rows else None


def hold(connection: Open, keys: Keys, practice: bool, at: datetime) -> Contact:
    """The contact under any of its keys, locked, and one row under the key in use from now on.

    So neither a new contact key nor a new spelling loses anybody, opt-outs least of all. Someone
    new is made up, and not kept yet.
    """
    return gathered(connection, locked(connection, keys), keys, practice, at)


def locked(connection: Open, keys: Keys) -> list[Contact]:
    """The rows under any of these keys, which nobody changes or adds to before this ends."""
    await_turn(connection, keys)
    rows = _locked(len(keys)).rows(connection, keyed(keys))
    return [as_contact(row) for row in rows]


def await_turn(connection: Open, keys: Keys) -> None:
    """Wait for whoever changes this contact, or makes it: always before asking for its rows.

    A row that another forgets and writes anew would be missed by the question.
    """
    if keys:
        take_turn_for(connection, key_in_use(keys))


def gathered(
    connection: Open, found: Sequence[Contact], keys: Keys, practice: bool, at: datetime
) -> Contact:
    """Of the rows found under these keys one; of none, someone new who is not kept yet."""
    key = key_in_use(keys)
    if not found:
        return stranger(key, practice, at)
    known = as_one(found)
    if len(found) == 1 and known.key == key:
        return known
    known = replace(known, key=key)
    earlier = [row.key for row in found]
    _dropped(len(earlier)).run(connection, keyed(earlier))
    keep(connection, known)
    return known


def stranger(key: str, practice: bool, at: datetime) -> Contact:
    """Someone new, who is not kept yet."""
    return Contact(key, practice, "", "", "", None, at, at)


def change(connection: Open, before: Contact, after: Contact) -> None:
    """Write what became of a contact that was held; only the opt-out that was seen is lifted."""
    lifts = before.opted_out_at is not None and after.opted_out_at is None
    if lifts and after.key:
        _put.run(connection, written(after))
    else:
        keep(connection, after)


def keep(connection: Open, known: Contact) -> None:
    """Write a contact, but over no opt-out: whoever writes may not have seen it.

    One without a key is not kept.
    """
    if known.key:
        _kept.run(connection, written(known))


def written(known: Contact) -> dict[str, Any]:
    """The values of a contact's row."""
    return vars(known) | {
        "opted_out_at": maybe_into(known.opted_out_at),
        "first_seen": into(known.first_seen),
        "last_seen": into(known.last_seen),
        "called_at": maybe_into(known.called_at),
    }


def key_in_use(keys: Keys) -> str:
    """The key under which a contact is written; "" for nobody in particular."""
    return keys[0] if keys else ""


def as_one(rows: Sequence[Contact]) -> Contact:
    """One person's rows as one: the newest, with the first opt-out and the last call of any."""
    if len(rows) == 1:
        return rows[0]
    newest = max(rows, key=lambda row: row.last_seen)
    calls = [(row.called_at, row.call_place) for row in rows if row.called_at]
    called_at, call_place = max(calls, default=(None, ""))
    return replace(
        newest,
        opted_out_at=min((row.opted_out_at for row in rows if row.opted_out_at), default=None),
        first_seen=min(row.first_seen for row in rows),
        call_place=call_place,
        called_at=called_at,
    )


def as_contact(row: Row) -> Contact:
    """The contact of a row of its table."""
    key, practice, locale, pace, place, opted_out_at, first, last, call_place, called_at = row
    times = maybe_out_of(opted_out_at), out_of(first), out_of(last)
    called = maybe_out_of(called_at)
    return Contact(key, practice, locale, pace, place, *times, call_place, called)


# Statements --------------------------------------------------------------------------------------

NAMES: Final = tuple(column.name for column in contact.columns)


@cache
def _found(many: int) -> Prepared:
    return Prepared(lambda _: select(contact).where(one_of(contact.c.key, many)))


@cache
def _locked(many: int) -> Prepared:
    query = select(contact).where(one_of(contact.c.key, many)).order_by(contact.c.key)
    return Prepared(lambda _: query.with_for_update())


@cache
def _dropped(many: int) -> Prepared:
    return Prepared(lambda _: delete(contact).where(one_of(contact.c.key, many)))


def bared(which: ColumnElement[bool]) -> Update:
    """Keep of these, who all opted out, only the key and since when they have."""
    since = contact.c.opted_out_at
    bare = {"locale": "", "pace": "", "place": "", "call_place": "", "called_at": None}
    bare_for = {"first_seen": since, "last_seen": since}
    return update(contact).where(which, since.is_not(None)).values(bare | bare_for)


def _writing(dialect: str, *, lifts: bool) -> Any:
    add = adding_to(dialect, contact).values({name: bindparam(name) for name in NAMES})
    given = {name: add.excluded[name] for name in NAMES if name != "key"}
    if not lifts:
        given["opted_out_at"] = func.coalesce(contact.c.opted_out_at, given["opted_out_at"])
    return add.on_conflict_do_update(index_elements=["key"], set_=given)


_kept: Final = Prepared(lambda dialect: _writing(dialect, lifts=False))
_put: Final = Prepared(lambda dialect: _writing(dialect, lifts=True))
