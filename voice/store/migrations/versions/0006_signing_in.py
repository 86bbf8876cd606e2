"""Signing in with an authenticator code, and by the clinic's own sign-in service."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_authenticator",
        sa.Column("staff", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("staff", name="pk_staff_authenticator"),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name="fk_staff_authenticator_staff"),
    )
    op.create_table(
        "staff_identity",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_staff_identity"),
        sa.ForeignKeyConstraint(["staff"], ["staff.id"], name="fk_staff_identity_staff"),
    )
    op.create_index("ix_staff_identity_staff", "staff_identity", ["staff"])
