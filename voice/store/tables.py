"""The tables. What identifies a person is a keyed hash; no number, no body is ever in here.

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
    Column("only", Integer, CheckConstraint("only = 1", name="one_row"), primary_key=True),
    Column("number", Integer, ForeignKey("release.number"), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)

# Someone who wrote or called, known by the keyed hash of the address.
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
    Column("last_seen", DateTime(timezone=True), nullable=False),
)

# A message that was answered, and the answer, so that a retry gets the same one.
turn = Table(
    "turn",
    metadata,
    Column("message_sid", String(64), primary_key=True),
    Column("contact", String(64), nullable=False),
    Column("reply", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
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
