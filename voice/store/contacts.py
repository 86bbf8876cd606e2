"""Contacts by the keyed hash of their address, and each of their messages answered once."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from voice.store.connection import Store, reading, settled, writing
from voice.store.tables import contact, turn
from voice.store.times import into, out_of

Keys = Sequence[str]
"""A contact's key under the contact key in use, then under each earlier one."""


@dataclass(frozen=True)
class Contact:
    """What is remembered of someone who writes or calls.

    `place` is where their thread is, in the thread's own spelling; "" is its start. An empty
    locale or pace was never chosen. `opted_out_at` is None while they take our messages.
    """

    key: str
    practice: bool
    locale: str
    pace: str
    place: str
    opted_out_at: datetime | None
    first_seen: datetime
    last_seen: datetime


Make = Callable[[Contact], tuple[Contact, str]]
"""From the contact as it is to the contact as it becomes, and the reply."""


def contact_keys(secrets: Sequence[bytes], address: str, practice: bool = False) -> Keys:
    """A contact's keys: HMAC-SHA256 of the address, hexadecimal, one per contact key.

    `address` is Twilio's From as it came: a number, `whatsapp:+…`, or a word where it is
    withheld. Practice contacts share no key with real ones, whatever their number.
    """
    sort = "practice" if practice else "contact"
    message = f"{sort}:{address}".encode("utf-8", "replace")
    return tuple(hmac.digest(secret, message, "sha256").hex() for secret in secrets)


def read_contact(store: Store, keys: Keys) -> Contact | None:
    """What is remembered of this contact, if anything."""
    with reading(store) as connection:
        return _find(connection, keys)


def save_contact(store: Store, known: Contact) -> None:
    """Remember a contact as it is given."""

    def work() -> None:
        with writing(store) as connection:
            _save(connection, known)

    settled(work)


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
) -> str:
    """The reply to this message: made now, or the one made when it first came.

    One transaction: a message that is delivered twice, or twice at the same time, has the
    effect of one and gets the same reply. `make` may be called again where a transaction was
    lost to another, so it only computes.
    """

    def work() -> str:
        with writing(store) as connection:
            query = select(turn.c.reply).where(turn.c.message_sid == message_sid)
            earlier: str | None = connection.scalar(query)
            if earlier is not None:
                return earlier
            before = _claim(connection, keys) or _stranger(keys[0], practice, at)
            after, reply = make(before)
            _save(connection, replace(after, key=keys[0], practice=practice, last_seen=at))
            if guard and _replies(connection, keys[0], guard, at) >= guard.most:
                reply = guard.silence
            row = (message_sid, keys[0], reply, into(at))
            connection.execute(insert(turn).values(row))
            return reply

    return settled(work)


def _replies(connection: Connection, key: str, guard: Guard, at: datetime) -> int:
    """How many replies other than silence this contact got within the guard's window."""
    recent = turn.c.created_at > into(at - guard.window)
    said = (turn.c.contact == key) & recent & (turn.c.reply != guard.silence)
    return connection.scalar(select(func.count()).select_from(turn).where(said)) or 0


def opt_out(store: Store, keys: Keys, practice: bool, at: datetime) -> None:
    """Send this contact nothing from now on; the time of the first request stands."""

    def stop(known: Contact) -> Contact:
        return replace(known, opted_out_at=known.opted_out_at or at)

    _change(store, keys, practice, at, stop)


def opt_in(store: Store, keys: Keys, practice: bool, at: datetime) -> None:
    """This contact wants our messages again."""

    def start(known: Contact) -> Contact:
        return replace(known, opted_out_at=None)

    _change(store, keys, practice, at, start)


def _change(
    store: Store, keys: Keys, practice: bool, at: datetime, how: Callable[[Contact], Contact]
) -> None:
    def work() -> None:
        with writing(store) as connection:
            known = _claim(connection, keys) or _stranger(keys[0], practice, at)
            _save(connection, how(known))

    settled(work)


def _stranger(key: str, practice: bool, at: datetime) -> Contact:
    return Contact(key, practice, "", "", "", None, at, at)


def _claim(connection: Connection, keys: Keys) -> Contact | None:
    """The contact under any of its keys, moved to the key in use and locked.

    So a new contact key loses nobody, opt-outs least of all.
    """
    known = _find(connection, keys)
    if known is not None and known.key != keys[0]:
        query = update(contact).where(contact.c.key == known.key)
        connection.execute(query.values(key=keys[0]))
        known = replace(known, key=keys[0])
    return known


def _find(connection: Connection, keys: Keys) -> Contact | None:
    for key in keys:
        query = select(contact).where(contact.c.key == key).with_for_update()
        row = connection.execute(query).mappings().first()
        if row is not None:
            return _contact(row)
    return None


def _contact(row: RowMapping) -> Contact:
    known = Contact(**row)
    return replace(
        known,
        opted_out_at=out_of(known.opted_out_at) if known.opted_out_at else None,
        first_seen=out_of(known.first_seen),
        last_seen=out_of(known.last_seen),
    )


def _save(connection: Connection, known: Contact) -> None:
    values = asdict(known) | {
        "opted_out_at": into(known.opted_out_at) if known.opted_out_at else None,
        "first_seen": into(known.first_seen),
        "last_seen": into(known.last_seen),
    }
    query = update(contact).where(contact.c.key == known.key)
    if connection.execute(query.values(values)).rowcount == 0:
        connection.execute(insert(contact).values(values))
