"""Alembic's entry: it runs in the transaction that voice.store.migrate opened."""

from alembic import context

from voice.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
