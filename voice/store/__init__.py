"""The store: releases, contacts and what they asked for, deliveries, counts.

SQLite as the embedded default, PostgreSQL where there is more than one machine. Every function
takes the store first and the time as an argument; every failure is a StoreError.

    connection.py       open_store, transactions, StoreError
    trying.py           why_unreachable: whether it answers, and keeps what people wish
    older.py            what is told where it went back to an older state
    patience.py         how long a database is waited for
    prepared.py         statements compiled once, for what every text does
    straight.py         their transactions, without a layer between; several at once share one
    files.py            SQLite's file and log, known again
    staying.py          what is done where they are moved or deleted
    checkpoints.py      SQLite's log, taken into its file while nobody waits for it
    migrating.py        migrate: not imported here, a worker that answers needs none
    tables.py           the tables; migrations/ holds how they came to be
    releases.py         publish, publish_first, live_release
    contacts.py         contact_keys, read_contact, change_contact, opt_out
    turns.py            see, answer_seen, answer_once: a message delivered twice gets one answer
    traces.py           where a caller is in a call, for when they call again
    forgetting.py       forget
    unlinked.py         answers to who was forgotten, counted in memory against a flood
    consents.py         who agreed to be texted or called
    claims.py           claim, settle: a text or call of ours goes out once at most
    call_backs.py       the numbers that staff ring, sealed
    unmatched_words.py  what people said that the line did not understand
    counts.py           Tally, which writes uses and traces without making a caller wait
    figures.py          the counts, read for staff
    deliveries.py       record_delivery, failures
    sounds.py           clips, for machines that lack them
    worked_out.py       what follows from a release's words, for them too
    chores.py           what one process does for all
    retention.py        purge
    moving.py           all of it, copied from SQLite into PostgreSQL
    times.py            times on their way in and out: always UTC

Of the console, with tables of their own in the same metadata (console_tables, draft_tables,
machine_tables, recording_tables):

    drafts.py           words in work, with every version kept
    reviews.py          words sent, sent back and signed; remarks.py: what reviewers said
    publications.py     words on their way to callers, and earlier releases made live again
    choices.py          what the manager chose: who must sign, what is off
    recordings.py       people's recordings of exact words
    staff.py            accounts and roles; called.py: what people are called, and were
    sessions.py         one-time links, and who is signed in
    attempts.py         how often somebody may try to sign in
    authenticators.py   whose account asks for a code, too
    identities.py       who a person is at the clinic's own sign-in service
    audit.py            the record of who did what
"""

from voice.store.call_backs import (
    CallBack,
    CallBackState,
    ask_call_back,
    finish_call_back,
    keep_number,
    read_call_back,
    waiting_call_backs,
)
from voice.store.claims import Caps, Claim, claim, settle, takes_no_texts
from voice.store.connection import Store, StoreError, StoreUnreachable, open_store
from voice.store.consents import record_consent
from voice.store.contacts import (
    Contact,
    Keys,
    change_contact,
    contact_keys,
    opt_out,
    read_contact,
)
from voice.store.counts import Tally, Use, add_uses
from voice.store.deliveries import Failure, failures, record_delivery
from voice.store.forgetting import forget
from voice.store.releases import (
    NoSuchRelease,
    Release,
    files_digest,
    live_number,
    live_release,
    live_since,
    publish,
    publish_first,
    read_release,
)
from voice.store.retention import purge
from voice.store.traces import Trace
from voice.store.trying import why_unreachable
from voice.store.turns import Guard, Seen, answer_once, answer_seen, see
from voice.store.unmatched_words import Unmatched, drop_unmatched, note_unmatched, unmatched

__all__ = [
    "CallBack",
    "CallBackState",
    "Caps",
    "Claim",
    "Contact",
    "Failure",
    "Guard",
    "Keys",
    "NoSuchRelease",
    "Release",
    "Seen",
    "Store",
    "StoreError",
    "StoreUnreachable",
    "Tally",
    "Trace",
    "Unmatched",
    "Use",
    "add_uses",
    "answer_once",
    "answer_seen",
    "ask_call_back",
    "change_contact",
    "claim",
    "contact_keys",
    "drop_unmatched",
    "failures",
    "files_digest",
    "finish_call_back",
    "forget",
    "keep_number",
    "live_number",
    "live_release",
    "live_since",
    "note_unmatched",
    "open_store",
    "opt_out",
    "publish",
    "publish_first",
    "purge",
    "read_call_back",
    "read_contact",
    "read_release",
    "record_consent",
    "record_delivery",
    "see",
    "settle",
    "takes_no_texts",
    "unmatched",
    "waiting_call_backs",
    "why_unreachable",
]
