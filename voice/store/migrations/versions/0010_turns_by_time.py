"""A contact's messages by their time: those of the last minutes are counted, not all of a month."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_turn_contact_created_at", "turn", ["contact", "created_at"])
    op.drop_index("ix_turn_contact", "turn")
