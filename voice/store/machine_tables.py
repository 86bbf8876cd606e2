"""What several machines share, beside tables.py, in the same metadata."""

from sqlalchemy import JSON, Column, DateTime, LargeBinary, String, Table

from voice.store.tables import metadata

# Something that one process does for all, and when it was last begun.
chore = Table(
    "chore",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

# A clip that one machine made, for those that lack it. name: its file's; told: its row in the
# manifest, which has the digest of its bytes.
sound = Table(
    "sound",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("told", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
