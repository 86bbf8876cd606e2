"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _releases()
    _contacts()
    _counts()


def _releases() -> None:
    op.create_table(
        "release",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_release"),
    )
    op.create_table(
        "live",
        sa.Column("only", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_live"),
        sa.CheckConstraint('"only" = 1', name=op.f("ck_live_one_row")),
        sa.ForeignKeyConstraint(["number"], ["release.number"], name="fk_live_number"),
    )


def _contacts() -> None:
    op.create_table(
        "contact",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("pace", sa.String(16), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("opted_out_at", MOMENT, nullable=True),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_contact"),
    )
    op.create_table(
        "turn",
        sa.Column("message_sid", sa.String(64), nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("message_sid", name="pk_turn"),
    )
    op.create_index("ix_turn_created_at", "turn", ["created_at"])


def _counts() -> None:
    op.create_table(
        "delivery",
        sa.Column("sid", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("error_code", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sid", "status", name="pk_delivery"),
    )
    op.create_index("ix_delivery_at", "delivery", ["at"])
    op.create_table(
        "usage",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "channel", "locale", "topic", "event", "practice", name="pk_usage"
        ),
    )
