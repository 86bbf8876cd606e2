"""Alembic's entry: it runs in the transaction that voice.store.migrate opened."""

from alembic import context

from voice.store import console_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=console_tables.staff.metadata,
    render_as_batch=True,
)
context.run_migrations()
