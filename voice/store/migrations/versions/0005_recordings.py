"""People's recordings of exact words."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("pace", sa.String(16), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("level", sa.Float, nullable=False),
        sa.Column("peaks", sa.JSON, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("heard", sa.LargeBinary, nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_recording"),
    )
    op.create_index("ix_recording_locale", "recording", ["locale"])
