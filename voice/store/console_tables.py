"""The staff's tables: accounts, one-time links, sign-ins, and the record of what staff did.

Beside tables.py, in the same metadata. Of passwords, links and cookies only hashes are kept.
"""

from sqlalchemy import JSON, Boolean, Column, DateTime, ForeignKey, Integer, String, Table, Text

from voice.store.tables import metadata

# Someone who works here. email, in lower case, is what they sign in with; roles are words apart by
# spaces; password is "" until they chose one. A new epoch ends every session of an older one.
staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("password", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("signed_in_at", DateTime(timezone=True)),
    sqlite_autoincrement=True,
)

# A way in that works once: the first one of an account, or after a forgotten password.
staff_link = Table(
    "staff_link",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("staff", Integer, ForeignKey("staff.id"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

# A browser in which somebody signed in.
staff_session = Table(
    "staff_session",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("staff", Integer, ForeignKey("staff.id"), nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, index=True),
)

# What a person's telephone shares with the line, sealed: then signing in asks for a code, too. step
# is the half minute of the last code used; no earlier one is good any more.
staff_authenticator = Table(
    "staff_authenticator",
    metadata,
    Column("staff", Integer, ForeignKey("staff.id"), primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

# Who this is at the clinic's own sign-in service: its address, and what it calls the person.
staff_identity = Table(
    "staff_identity",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("staff", Integer, ForeignKey("staff.id"), nullable=False, index=True),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

# Wrong sign-ins in a row, by the keyed hash of an account's name or of an address.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
)

# Who did what, when: rows are only ever added, triggers see to it. staff is empty where somebody
# at the machine itself did it. Nothing about patients.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("staff", Integer, ForeignKey("staff.id"), index=True),
    Column("deed", String(64), nullable=False, index=True),
    Column("subject", String(200), nullable=False),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)
