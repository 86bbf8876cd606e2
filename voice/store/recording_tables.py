"""The table of people's recordings, beside tables.py, in the same metadata."""

from sqlalchemy import JSON, Column, DateTime, Float, Integer, LargeBinary, String, Table, Text

from voice.store.tables import metadata

# A person's recording of exact words; name: their digest, with the locale and the pace. place:
# where the line said them then, so that other words there can tell of it. content: FLAC, at the
# line's level; heard: as a caller hears it. level: dBov, as it came. peaks: for its picture.
# confirmed: who else heard this very sound, and lets callers hear it.
recording = Table(
    "recording",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("locale", String(35), nullable=False, index=True),
    Column("pace", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("place", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("level", Float, nullable=False),
    Column("peaks", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("heard", LargeBinary, nullable=False),
    Column("staff", Integer, nullable=False),
    Column("by", String(120), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("confirmed_staff", Integer),
    Column("confirmed_by", String(120)),
    Column("confirmed_at", DateTime(timezone=True)),
)
