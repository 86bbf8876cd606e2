"""Clips in the store, for machines that lack them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, select

from voice.store.connection import Store, adding, reading, take_time, writing
from voice.store.machine_tables import sound


def kept_sounds(store: Store) -> Mapping[str, Mapping[str, Any]]:
    """What is kept: a file's name and its row in a manifest."""
    with reading(store) as connection:
        return {
            row.name: row.told for row in connection.execute(select(sound.c.name, sound.c.told))
        }


def keep_sound(store: Store, name: str, told: Mapping[str, Any], content: bytes) -> None:
    """Keep a clip; one that is kept already stays."""
    row = {"name": name, "told": dict(told), "content": content}
    with writing(store) as connection:
        take_time(connection)
        connection.execute(adding(connection, sound).values(row).on_conflict_do_nothing())


def read_sounds(store: Store, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Clips by their names, one after another; one that is gone is left out."""
    for name in names:
        with reading(store) as connection:
            content = connection.scalar(select(sound.c.content).where(sound.c.name == name))
        if content is not None:
            yield name, bytes(content)


def drop_sounds(store: Store, names: Collection[str]) -> None:
    """Delete clips that nobody needs any more."""
    if names:
        with writing(store) as connection:
            connection.execute(delete(sound).where(sound.c.name.in_(names)))
