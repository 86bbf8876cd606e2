"""What is needed to understand people: reach them, remember them, forget them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _known_tables()
    _outbound()
    _consent()
    _call_back()
    _unmatched()
    _forgotten_call()


def _known_tables() -> None:
    op.add_column("contact", sa.Column("call_place", sa.Text, nullable=False, server_default=""))
    op.add_column("contact", sa.Column("called_at", MOMENT, nullable=True))
    op.create_index("ix_contact_last_seen", "contact", ["last_seen"])
    op.add_column("turn", sa.Column("status", sa.String(32), nullable=False, server_default=""))
    op.add_column("turn", sa.Column("error_code", sa.String(16), nullable=False, server_default=""))
    op.create_index("ix_turn_contact", "turn", ["contact"])


def _outbound() -> None:
    op.create_table(
        "outbound",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("sid", sa.String(64), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("error_code", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbound"),
    )
    op.create_index("ix_outbound_claimed_at", "outbound", ["claimed_at"])


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_contact", "consent", ["contact"])
    op.create_index("ix_consent_at", "consent", ["at"])


def _call_back() -> None:
    op.create_table(
        "call_back",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("best_time", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_back"),
        sa.UniqueConstraint("call", name="uq_call_back_call"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_back_contact", "call_back", ["contact"])
    op.create_index("ix_call_back_changed_at", "call_back", ["changed_at"])


def _unmatched() -> None:
    op.create_table(
        "unmatched",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unmatched"),
    )
    op.create_index("ix_unmatched_at", "unmatched", ["at"])


def _forgotten_call() -> None:
    op.create_table(
        "forgotten_call",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_forgotten_call"),
    )
    op.create_index("ix_forgotten_call_at", "forgotten_call", ["at"])
