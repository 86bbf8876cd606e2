"""What follows from a release's words, worked out by one machine, for those that lack it."""

from collections.abc import Mapping

from sqlalchemy import delete, select

from voice.store.connection import Store, adding, reading, take_time, writing
from voice.store.machine_tables import worked_out


def keep_worked_out(store: Store, made: Mapping[str, bytes]) -> None:
    """Keep this by its names, and nothing else any more."""
    with writing(store) as connection:
        take_time(connection)
        connection.execute(delete(worked_out).where(worked_out.c.name.not_in(made)))
        for name, content in made.items():
            row = {"name": name, "content": content}
            connection.execute(adding(connection, worked_out).values(row).on_conflict_do_nothing())


def read_worked_out(store: Store, name: str) -> bytes | None:
    """What is kept under a name, if anything."""
    with reading(store) as connection:
        content = connection.scalar(select(worked_out.c.content).where(worked_out.c.name == name))
    return None if content is None else bytes(content)
