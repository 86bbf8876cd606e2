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

# What follows from the words of the newest release, for machines that would have to work it out.
# name: its file's, a digest of the words and of the code.
worked_out = Table(
    "worked_out",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
