"""Words in work: drafts and their history, reviews, sign-offs, going live."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

_SQLITE = """
CREATE TRIGGER draft_history_no_{deed} BEFORE {deed} ON draft_history
BEGIN SELECT RAISE(ABORT, 'the history is never changed'); END
"""
_REFUSE = """
CREATE FUNCTION draft_history_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the history is never changed'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER draft_history_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON draft_history
FOR EACH STATEMENT EXECUTE FUNCTION draft_history_refuse()
"""


def upgrade() -> None:
    _drafts()
    _history()
    _reviews()
    _remarks()
    _choices()
    _publications()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        op.execute(_POSTGRESQL)
    else:
        for deed in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(deed=deed))


def _who() -> tuple[sa.Column[int], sa.Column[str]]:
    return (
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
    )


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("field", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("base", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("begun", sa.Integer, nullable=False),
        *_who(),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("field", name="pk_draft"),
    )


def _history() -> None:
    op.create_table(
        "draft_history",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("field", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("base", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *_who(),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_draft_history"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_draft_history_subject", "draft_history", ["subject"])
    op.create_index("ix_draft_history_field", "draft_history", ["field", "version"])


def _reviews() -> None:
    op.create_table(
        "review",
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        *_who(),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "locale", name="pk_review"),
    )
    op.create_table(
        "sign_off",
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        *_who(),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "locale", "role", "digest", name="pk_sign_off"),
    )


def _remarks() -> None:
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("field", sa.String(300), nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        *_who(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("settled_by", sa.String(120), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_remark"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_remark_subject", "remark", ["subject"])


def _choices() -> None:
    op.create_table(
        "choice",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("staff", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_choice"),
    )


def _publications() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("subjects", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("release", sa.Integer, nullable=True),
        *_who(),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
        sqlite_autoincrement=True,
    )
