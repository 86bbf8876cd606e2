"""Consent: who agreed to be texted or called, or wished it to stop, and to which of our words."""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import insert, select

from voice.store.connection import Store, writing
from voice.store.contacts import Keys, key_in_use
from voice.store.tables import consent
from voice.store.times import into

ONCE_WITHIN: Final = timedelta(days=1)
"""The same consent given again within this time is one: a webhook delivered twice, for one."""


def record_consent(
    store: Store,
    keys: Keys,
    practice: bool,
    kind: Literal["text", "call", "start", "stop"],
    channel: str,
    wording: str,
    at: datetime,
) -> None:
    """Keep a consent with its time, channel and wording: ours, or scrubbed; no message's own."""
    row = {"contact": key_in_use(keys), "practice": practice, "kind": kind}
    row |= {"channel": channel, "wording": wording}
    same = [consent.c[name] == value for name, value in row.items()]
    known = select(consent.c.id).where(*same, consent.c.at > into(at - ONCE_WITHIN))
    with writing(store) as connection:
        if keys and connection.execute(known).first() is None:
            connection.execute(insert(consent).values(row | {"at": into(at)}))
