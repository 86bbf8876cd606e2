"""How long anything is kept, and the purge that sees to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Delete, Update, delete, or_, update

from voice.store.claims import CAP_WINDOW, NO_TEXTS
from voice.store.connection import Store, take_time, writing
from voice.store.contacts import bared
from voice.store.tables import (
    call_back,
    consent,
    contact,
    delivery,
    forgotten_call,
    outbound,
    turn,
    unmatched,
    usage,
)
from voice.store.times import into

USAGE_DAYS: Final = 90
DELIVERY_DAYS: Final = 90
TURN_DAYS: Final = 30
UNMATCHED_DAYS: Final = 30
CALL_BACK_DAYS: Final = 30
UNASKED_DAYS: Final = 1
"""A call-back that its caller never finished asking for."""
OUTBOUND_DAYS: Final = 30
FORGOTTEN_CALL_DAYS: Final = 2
CONTACT_DAYS: Final = 30
CONSENT_DAYS: Final = 5 * 365 + 2


def purge(store: Store, now: datetime) -> int:
    """Delete what is too old; how many rows went, or lost what they said about someone.

    A contact goes when nobody was seen for CONTACT_DAYS. An opt-out has no end: of those only it
    and the key stay. Whom we texted or rang is known for as long as the caps ask for it; a number
    that takes no texts for as long as its row is kept.
    """
    with writing(store) as connection:
        take_time(connection)
        return sum(connection.execute(statement).rowcount for statement in _purges(into(now)))


def _purges(now: datetime) -> Iterator[Delete | Update]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    unasked = (call_back.c.state == "asking") & (call_back.c.asked_at < before(UNASKED_DAYS))
    yield delete(usage).where(usage.c.day < before(USAGE_DAYS).date())
    yield delete(delivery).where(delivery.c.at < before(DELIVERY_DAYS))
    yield delete(turn).where(turn.c.created_at < before(TURN_DAYS))
    yield delete(unmatched).where(unmatched.c.at < before(UNMATCHED_DAYS))
    yield delete(call_back).where((call_back.c.asked_at < before(CALL_BACK_DAYS)) | unasked)
    yield delete(outbound).where(outbound.c.claimed_at < before(OUTBOUND_DAYS))
    yield delete(forgotten_call).where(forgotten_call.c.at < before(FORGOTTEN_CALL_DAYS))
    yield delete(consent).where(consent.c.at < before(CONSENT_DAYS))
    yield _unlinked(now - CAP_WINDOW)
    unseen = contact.c.last_seen < before(CONTACT_DAYS)
    yield delete(contact).where(unseen, contact.c.opted_out_at.is_(None))
    told = [contact.c[name] != "" for name in ("locale", "pace", "place", "call_place")]
    yield bared(unseen & or_(*told, contact.c.called_at.is_not(None)))


def _unlinked(since: datetime) -> Update:
    linked = (outbound.c.contact != "") & (outbound.c.claimed_at < since)
    useless = outbound.c.error_code.in_(NO_TEXTS)
    return update(outbound).where(linked, ~useless).values(contact="")
