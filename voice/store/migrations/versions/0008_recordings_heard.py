"""Who else has heard a recording: callers hear none that only its reader knows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recording", sa.Column("confirmed_staff", sa.Integer))
    op.add_column("recording", sa.Column("confirmed_by", sa.String(120)))
    op.add_column("recording", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
