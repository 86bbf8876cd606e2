"""Reviews: words sent, sent back, and signed by others than who wrote them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from voice.draft.field import concerns
from voice.draft.review import (
    SENDER,
    Deed,
    Person,
    Refusal,
    SignOff,
    State,
    after,
    may_sign,
)
from voice.draft.work import Review
from voice.store.audit import note
from voice.store.connection import Lock, Store, reading, settled, take_turns, writing
from voice.store.draft_tables import draft, draft_history, review, sign_off
from voice.store.remarks import Said, write_remark
from voice.store.times import into, out_of


@dataclass(frozen=True)
class Place:
    """A subject's words in one locale, and the digest of those that somebody sees."""

    subject: str
    locale: str
    digest: str


def send(store: Store, place: Place, by: Person, at: datetime) -> None:
    """Send words in work for review; the sender vouches for them as their writer.

    Raises NotNow if they are not being written.
    """
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        _move(connection, place, "send", by, at)
        _sign(connection, SignOff(place.subject, place.locale, SENDER, by, place.digest, at), False)
        _note(connection, "words-sent", place, by, at)


def send_back(store: Store, place: Place, said: Iterable[Said], by: Person, at: datetime) -> None:
    """Send words back, and say why. Raises NotNow where they were not sent."""
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        _move(connection, place, "send-back", by, at)
        for one in said:
            write_remark(connection, place.subject, place.locale, one, by, at)
        _note(connection, "words-sent-back", place, by, at)


def sign(
    store: Store, place: Place, role: str, by: Person, held: Collection[str], at: datetime
) -> Refusal:
    """Approve words in a role, or say why not; `held` are the person's roles.

    `place.digest` is of the words the person read, and of the words as they are: compare first.
    """

    def work() -> Refusal:
        with writing(store) as connection:
            take_turns(connection, Lock.DRAFT)
            state = _state(connection, place)
            signed = _signed(connection, place)
            wrote = _writers(connection, place.subject, place.locale)
            refusal = may_sign(role, by, held, state, wrote, signed, place.digest)
            if not refusal:
                given = SignOff(place.subject, place.locale, role, by, place.digest, at)
                _sign(connection, given, state == "live")
                _note(connection, "words-signed", place, by, at, role)
            return refusal

    return settled(work)


def writers(store: Store, subject: str, locale: str) -> frozenset[int]:
    """The numbers of those who wrote any of the words in work; where none are, of the live ones.

    Whoever wrote words that others approved, and that went live, may approve a change of them.
    """
    with reading(store) as connection:
        return _writers(connection, subject, locale)


# In a transaction of the caller's ----------------------------------------------------------------


def reopen(
    connection: Connection,
    subject: str,
    concerned: Callable[[str], bool],
    by: Person,
    at: datetime,
) -> None:
    """Set the review of changed words back to writing, and end their sign-offs."""
    rows = select(review.c.locale).where(review.c.subject == subject)
    for locale in connection.scalars(rows).all():
        if concerned(locale):
            here = (review.c.subject == subject, review.c.locale == locale)
            told = {"state": "writing", "digest": "", **_who(by, at)}
            connection.execute(update(review).where(*here).values(told))
    signed = select(sign_off.c.locale).where(sign_off.c.subject == subject).distinct()
    for locale in connection.scalars(signed).all():
        if concerned(locale):
            here = (sign_off.c.subject == subject, sign_off.c.locale == locale)
            connection.execute(delete(sign_off).where(*here, sign_off.c.live.is_(False)))


def reviews_in(connection: Connection) -> Mapping[tuple[str, str], Review]:
    """How far each subject has come in each locale."""
    rows = connection.execute(select(review))
    return {(row.subject, row.locale): _of_review(row) for row in rows}


def sign_offs_in(connection: Connection) -> tuple[SignOff, ...]:
    """Every sign-off, oldest first."""
    rows = connection.execute(select(sign_off).order_by(sign_off.c.at))
    return tuple(_of_sign_off(row) for row in rows)


def publish_reviews(connection: Connection, subjects: Collection[str]) -> None:
    """End the reviews of subjects that are live from now on; what was signed is now live words."""
    went = review.c.subject.in_(subjects)
    for row in connection.execute(select(review).where(went)).all():
        here = (sign_off.c.subject == row.subject, sign_off.c.locale == row.locale)
        same = sign_off.c.digest == row.digest
        connection.execute(update(sign_off).where(*here, same).values(live=True))
        connection.execute(delete(sign_off).where(*here, ~same))
    connection.execute(delete(review).where(went))


def _move(connection: Connection, place: Place, deed: Deed, by: Person, at: datetime) -> None:
    state = after(_state(connection, place), deed)
    here = (review.c.subject == place.subject, review.c.locale == place.locale)
    told = {"state": state, "digest": place.digest, **_who(by, at)}
    if connection.execute(update(review).where(*here).values(told)).rowcount == 0:
        row = {"subject": place.subject, "locale": place.locale, **told}
        connection.execute(insert(review).values(row))


def _state(connection: Connection, place: Place) -> State:
    """Where the words stand; what was sent before it changed is in writing."""
    drafts = connection.execute(select(draft).where(draft.c.subject == place.subject)).all()
    if not any(concerns(row.locale, place.locale) for row in drafts):
        return "live"
    here = (review.c.subject == place.subject, review.c.locale == place.locale)
    row = connection.execute(select(review).where(*here)).first()
    if row is None or (row.state == "sent" and row.digest != place.digest):
        return "writing"
    state: State = row.state
    return state


def _signed(connection: Connection, place: Place) -> tuple[SignOff, ...]:
    here = (sign_off.c.subject == place.subject, sign_off.c.locale == place.locale)
    return tuple(_of_sign_off(row) for row in connection.execute(select(sign_off).where(*here)))


def _sign(connection: Connection, given: SignOff, live: bool) -> None:
    """Keep a sign-off; whoever signed the same words in this role before gives way."""
    key = {
        "subject": given.subject,
        "locale": given.locale,
        "role": given.role,
        "digest": given.digest,
    }
    connection.execute(delete(sign_off).filter_by(**key))
    row = {**key, "live": live, **_who(given.person, given.at)}
    connection.execute(insert(sign_off).values(row))


def _writers(connection: Connection, subject: str, locale: str) -> frozenset[int]:
    """Who saved words on their way to what is there now, or once saved the very same."""
    rows = connection.execute(select(draft).where(draft.c.subject == subject)).all()
    drafts = {row.field: row for row in rows if concerns(row.locale, locale)}
    told = connection.execute(select(draft_history).where(draft_history.c.subject == subject))
    past = [row for row in told if concerns(row.locale, locale)]
    saves = [row for row in past if row.kind == "saved"]
    if not drafts:
        went = {(row.field, row.begun) for row in past if row.kind == "live"}
        return frozenset(row.staff for row in saves if (row.field, row.begun) in went)
    pairs = ((row, drafts[row.field]) for row in saves if row.field in drafts)
    return frozenset(
        row.staff for row, now in pairs if row.begun == now.begun or row.value == now.value
    )


def _note(
    connection: Connection, deed: str, place: Place, by: Person, at: datetime, role: str = ""
) -> None:
    told = {"locale": place.locale, "digest": place.digest, **({"role": role} if role else {})}
    note(connection, by.id, deed, place.subject, told, at)


# Rows --------------------------------------------------------------------------------------------


def _who(by: Person, at: datetime) -> dict[str, Any]:
    return {"staff": by.id, "name": by.name, "at": into(at)}


def _of_review(row: Row[Any]) -> Review:
    return Review(row.state, row.digest, Person(row.staff, row.name), out_of(row.at))


def _of_sign_off(row: Row[Any]) -> SignOff:
    by = Person(row.staff, row.name)
    return SignOff(row.subject, row.locale, row.role, by, row.digest, out_of(row.at))
