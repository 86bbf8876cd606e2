"""The store: releases, contacts, answered messages, deliveries, counts.

SQLite as the embedded default, PostgreSQL where there is more than one machine. Every function
takes the store first and the time as an argument; every failure is a StoreError.

    connection.py   open_store, why_unreachable, transactions, StoreError
    migrating.py    migrate: not imported here, a worker that answers needs no Alembic
    tables.py       the tables; migrations/ holds how they came to be
    releases.py     publish, make_live, live_release
    contacts.py     contact_keys, answer_once, opt_out, opt_in
    counts.py       Tally, record_delivery
    retention.py    purge
"""

from voice.store.connection import (
    Store,
    StoreError,
    StoreUnreachable,
    open_store,
    why_unreachable,
)
from voice.store.contacts import (
    Contact,
    Guard,
    Keys,
    answer_once,
    contact_keys,
    opt_in,
    opt_out,
    read_contact,
    save_contact,
)
from voice.store.counts import Tally, Use, add_uses, record_delivery
from voice.store.releases import (
    NoSuchRelease,
    Release,
    files_digest,
    live_number,
    live_release,
    make_live,
    publish,
    publish_first,
    read_release,
)
from voice.store.retention import purge

__all__ = [
    "Contact",
    "Guard",
    "Keys",
    "NoSuchRelease",
    "Release",
    "Store",
    "StoreError",
    "StoreUnreachable",
    "Tally",
    "Use",
    "add_uses",
    "answer_once",
    "contact_keys",
    "files_digest",
    "live_number",
    "live_release",
    "make_live",
    "open_store",
    "opt_in",
    "opt_out",
    "publish",
    "publish_first",
    "purge",
    "read_contact",
    "read_release",
    "record_delivery",
    "save_contact",
    "why_unreachable",
]
