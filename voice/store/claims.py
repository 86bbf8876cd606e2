"""Texts and calls the line starts: each claimed before Twilio is asked, so that none goes twice.

A process that stops between the claim and its outcome leaves it open for ever: whether Twilio
was asked is then not known, and it is never asked again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from voice.store.connection import Lock, Store, reading, settled, take_turns, writing
from voice.store.contacts import Keys, find, key_in_use
from voice.store.tables import outbound
from voice.store.times import into, out_of

Bar = Literal["", "opted-out", "often", "all"]

UNKNOWN: Final = "unknown"
CAP_WINDOW: Final = timedelta(hours=24)
NO_TEXTS: Final = ("21614", "21635", "30006")
"""Twilio's codes for a number that takes no texts, a landline for one."""
_MAY_HAVE_GONE = ("", UNKNOWN, "sent", "calling")


@dataclass(frozen=True)
class Caps:
    """How many of a kind may go out in 24 hours: to one contact, and to everybody together."""

    per_number: int
    in_all: int


@dataclass(frozen=True)
class Claim:
    """Whether to go ahead: only when `new`.

    Otherwise `bar` says why not, or, where it is "", this id was claimed before and `outcome` is
    what became of it; "unknown" when that was never learned. Of a claim that was not settled yet,
    `open_since` is when it was made: whoever made it may still be at work.
    """

    new: bool
    bar: Bar = ""
    outcome: str = ""
    open_since: datetime | None = None


def claim(
    store: Store,
    id: str,
    kind: Literal["text", "call"],
    keys: Keys,
    practice: bool,
    at: datetime,
    caps: Caps | None = None,
) -> Claim:
    """Claim the text or call of this id; of many that try at once, only one gets it as new.

    Where a bar stands nothing is claimed, and the same id may be tried again later. Caps count
    what went or may have gone out; practice is counted apart.
    """

    def work() -> Claim:
        with writing(store) as connection:
            take_turns(connection, Lock.CLAIM)
            earlier = _earlier(connection, id)
            if earlier:
                return earlier
            bar = _bar(connection, kind, keys, practice, at, caps)
            if bar:
                return Claim(new=False, bar=bar)
            row = (id, kind, key_in_use(keys), practice, into(at), None, "", "", "", "")
            connection.execute(insert(outbound).values(row))
            return Claim(new=True)

    return settled(work)


def outcome_of(store: Store, id: str) -> str:
    """What became of the claim of this id; "" while it is not settled."""
    with reading(store) as connection:
        query = select(outbound.c.outcome).where(outbound.c.id == id)
        return connection.scalar(query) or ""


def settle(store: Store, id: str, outcome: str, sid: str, code: str, at: datetime) -> None:
    """Say what became of a claim: an outcome, Twilio's SID for it and Twilio's error code if any.

    An outcome of "failed" no longer counts against the caps; one that is not known stays open.
    """
    values = {"outcome": outcome, "error_code": code, "settled_at": into(at)}
    query = update(outbound).where(outbound.c.id == id)
    with writing(store) as connection:
        connection.execute(query.values(values | ({"sid": sid} if sid else {})))


def takes_no_texts(store: Store, keys: Keys) -> bool:
    """Whether a text to this number failed because it can get none."""
    with reading(store) as connection:
        theirs = outbound.c.contact.in_(keys) & outbound.c.error_code.in_(NO_TEXTS)
        return _count(connection, theirs) > 0


def _earlier(connection: Connection, id: str) -> Claim | None:
    query = select(outbound.c.outcome, outbound.c.claimed_at).where(outbound.c.id == id)
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.outcome:
        return Claim(new=False, outcome=row.outcome)
    return Claim(new=False, outcome=UNKNOWN, open_since=out_of(row.claimed_at))


def _bar(
    connection: Connection, kind: str, keys: Keys, practice: bool, at: datetime, caps: Caps | None
) -> Bar:
    known = find(connection, keys)
    if known is not None and known.opted_out_at is not None:
        return "opted-out"
    if caps is None:
        return ""
    # What lies further ahead than the window was claimed by a clock that was wrong.
    ahead = outbound.c.claimed_at > into(at + CAP_WINDOW)
    recent = (outbound.c.claimed_at > into(at - CAP_WINDOW)) & ~ahead
    gone = recent & (outbound.c.kind == kind) & outbound.c.outcome.in_(_MAY_HAVE_GONE)
    alike = gone & (outbound.c.practice == practice)
    if _count(connection, alike & outbound.c.contact.in_(keys)) >= caps.per_number:
        return "often"
    return "all" if _count(connection, alike) >= caps.in_all else ""


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(outbound).where(which)) or 0
