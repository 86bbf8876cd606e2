"""The tables. What identifies a person is a keyed hash; no body is ever in here.

No number either, but an open call-back's, which is sealed and goes with it.

Times are UTC. A migration in migrations/versions goes with every change of this file; a test
compares the two.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# An approved set of scripts: files is {path in scripts/: text}. Never changed once written.
release = Table(
    "release",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("files", JSON, nullable=False),
    Column("note", Text, nullable=False),
)

# The one release being served: a single row.
live = Table(
    "live",
    metadata,
    Column("only", Integer, CheckConstraint('"only" = 1', name="one_row"), primary_key=True),
    Column("number", Integer, ForeignKey("release.number"), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)

# Someone who wrote or called, known by the keyed hash of the address. place is where their thread
# is, call_place where their last call was and called_at when.
contact = Table(
    "contact",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("practice", Boolean, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("pace", String(16), nullable=False),
    Column("place", Text, nullable=False),
    Column("opted_out_at", DateTime(timezone=True)),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("last_seen", DateTime(timezone=True), nullable=False, index=True),
    Column("call_place", Text, nullable=False, server_default=""),
    Column("called_at", DateTime(timezone=True)),
)

# A message that was answered, and the answer, so that a retry gets the same one; status and
# error_code are the worst that became of the answer. A contact of "" has been forgotten.
turn = Table(
    "turn",
    metadata,
    Column("message_sid", String(64), primary_key=True),
    Column("contact", String(64), nullable=False),
    Column("reply", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
    Column("status", String(32), nullable=False, server_default=""),
    Column("error_code", String(16), nullable=False, server_default=""),
    Index("ix_turn_contact_created_at", "contact", "created_at"),
)

# What became of a call or message, as Twilio's status callbacks say.
delivery = Table(
    "delivery",
    metadata,
    Column("sid", String(64), primary_key=True),
    Column("status", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("error_code", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

# How often, per day: counts only, nobody in particular.
usage = Table(
    "usage",
    metadata,
    Column("day", Date, primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("topic", String(64), primary_key=True),
    Column("event", String(64), primary_key=True),
    Column("practice", Boolean, primary_key=True),
    Column("count", Integer, nullable=False),
)

# A text or call of ours, written down before it is asked of Twilio: an id is used once. outcome
# is "" until it is known; contact is "" once the caps need it no more.
outbound = Table(
    "outbound",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("contact", String(64), nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False, index=True),
    Column("settled_at", DateTime(timezone=True)),
    Column("outcome", String(16), nullable=False),
    Column("sid", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("error_code", String(16), nullable=False),
)

# Who agreed to what, or wished it to stop: when, on which channel, and to which of our words.
consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("contact", String(64), nullable=False, index=True),
    Column("practice", Boolean, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("wording", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

# A person who wants to be called back, one a call; the row goes when that is done. Its id is never
# used again: a page that staff left open must not end another person's.
call_back = Table(
    "call_back",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call", String(64), nullable=False, unique=True),
    Column("contact", String(64), nullable=False, index=True),
    Column("practice", Boolean, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("best_time", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, index=True),
    sqlite_autoincrement=True,
)

# Words that the line did not understand, without what could name a person, nor whose they were.
unmatched = Table(
    "unmatched",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("words", Text, nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

# A call in which somebody said "forget me": what else happens in it is not remembered.
forgotten_call = Table(
    "forgotten_call",
    metadata,
    Column("call", String(64), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)
