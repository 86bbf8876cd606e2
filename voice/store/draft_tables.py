"""The tables of words in work: drafts and their history, reviews, sign-offs, going live.

Beside tables.py, in the same metadata. People are named by their number and by what they were
called then.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from voice.store.tables import metadata

# A field's words in work. base: what was live when it was begun; begun: the version it was begun
# with. Versions only grow, also from one draft of a field to the next.
draft = Table(
    "draft",
    metadata,
    Column("field", String(300), primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("value", JSON, nullable=False),
    Column("base", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("begun", Integer, nullable=False),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# Everything anybody ever saved: rows are only ever added, triggers see to it. kind: saved;
# conflict, where somebody else had saved in between; undone, back to the live words; live.
draft_history = Table(
    "draft_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("field", String(300), nullable=False),
    Column("subject", String(100), nullable=False, index=True),
    Column("locale", String(35), nullable=False),
    Column("value", JSON, nullable=False),
    Column("base", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("begun", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_draft_history_field", "field", "version"),
    sqlite_autoincrement=True,
)

# How far a subject's words in work have come in a locale: writing, sent, sent-back. digest: the
# exact words that were sent.
review = Table(
    "review",
    metadata,
    Column("subject", String(100), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# A person's approval of exact words; live: of words that callers hear, not of words in work.
sign_off = Table(
    "sign_off",
    metadata,
    Column("subject", String(100), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("live", Boolean, nullable=False),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# What a reviewer says about a sentence. settled: the writer has dealt with it.
remark = Table(
    "remark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(100), nullable=False, index=True),
    Column("locale", String(35), nullable=False),
    Column("field", String(300), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("settled_by", String(120)),
    Column("settled_at", DateTime(timezone=True)),
    sqlite_autoincrement=True,
)

# What the manager chose, by name: who must sign, and what is switched off.
choice = Table(
    "choice",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("staff", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

# Words on their way to callers. state: running, done, failed. seen_at: when whoever does it was
# last at work, so that a dead one can be told from a busy one; run counts who took it over.
publication = Table(
    "publication",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("run", Integer, nullable=False),
    Column("step", String(16), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("release", Integer),
    Column("staff", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    sqlite_autoincrement=True,
)
