"""Releases: numbered, never changed, one of them live."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from voice.store.audit import note as record
from voice.store.connection import Store, StoreError, reading, settled, writing
from voice.store.tables import live, release
from voice.store.times import into, out_of


class NoSuchRelease(StoreError):
    """No release has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no release {number}")
        self.number = number


@dataclass(frozen=True)
class Release:
    """One approved set of scripts; `files` maps a path below scripts/ to its text."""

    number: int
    made_at: datetime
    digest: str
    files: Mapping[str, str]
    note: str


@dataclass(frozen=True)
class Listed:
    """A release in a list, without its files."""

    number: int
    made_at: datetime
    note: str


LONGEST_NOTE: Final = 200
"""Characters of a note: it is a line of the list of releases."""


How = Literal["by-hand", "over", "completing"]
"""Somebody at the machine published it, or did so with --over; or a start of the line did."""


def publish(
    store: Store, files: Mapping[str, str], note: str, at: datetime, how: How = "by-hand"
) -> int:
    """Keep these scripts as the next release, make it live and record that; its number."""

    def work() -> int:
        with writing(store) as connection:
            base = connection.scalar(select(live.c.number))
            number = add_release(connection, files, note, at)
            _record(connection, number, base, note, how, at)
            return number

    return settled(work)


def publish_first(store: Store, files: Mapping[str, str], note: str, at: datetime) -> int:
    """Make these release 1 if nothing is live yet; return the number that is live either way.

    It is recorded as the line's own deed: nobody asked for it.
    """

    def work() -> int:
        with writing(store) as connection:
            number = connection.scalar(select(live.c.number))
            if number:
                return int(number)
            # Never the next one: whoever makes the first at the same time gets that one, too.
            _add(connection, 1, files, note, at)
            record(connection, None, "release-first", "1", {}, at)
            return 1

    return settled(work)


def point(connection: Connection, number: int, at: datetime) -> None:
    """Make a release live in a transaction of the caller's. Raises NoSuchRelease."""
    if connection.scalar(select(release.c.number).where(release.c.number == number)) is None:
        raise NoSuchRelease(number)
    _point(connection, number, at)


def releases(store: Store) -> tuple[Listed, ...]:
    """Every release, the newest first."""
    query = select(release.c.number, release.c.made_at, release.c.note)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(release.c.number.desc()))
        return tuple(Listed(row.number, out_of(row.made_at), row.note) for row in rows)


def live_number(store: Store) -> int | None:
    """The number of the release being served; None before the first."""
    with reading(store) as connection:
        return connection.scalar(select(live.c.number))


def live_since(store: Store) -> datetime | None:
    """Since when the release being served is; None before the first."""
    with reading(store) as connection:
        since = connection.scalar(select(live.c.since))
        return out_of(since) if since else None


def live_release(store: Store) -> Release | None:
    """The release being served; None before the first."""
    query = select(release).join(live, live.c.number == release.c.number)
    with reading(store) as connection:
        row = connection.execute(query).first()
    return _release(row) if row else None


def read_release(store: Store, number: int) -> Release:
    """The release of this number, live or not."""
    with reading(store) as connection:
        row = connection.execute(select(release).where(release.c.number == number)).first()
    if row is None:
        raise NoSuchRelease(number)
    return _release(row)


def files_digest(files: Mapping[str, str]) -> str:
    """SHA-256, hexadecimal, of these files: the same files, the same digest."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()


def add_release(connection: Connection, files: Mapping[str, str], note: str, at: datetime) -> int:
    """Keep the next release and make it live, in a transaction of the caller's; its number."""
    number = (connection.scalar(select(func.max(release.c.number))) or 0) + 1
    return _add(connection, number, files, note, at)


def _add(
    connection: Connection, number: int, files: Mapping[str, str], note: str, at: datetime
) -> int:
    row = {
        "number": number,
        "made_at": into(at),
        "digest": files_digest(files),
        "files": dict(files),
        "note": note,
    }
    connection.execute(insert(release).values(row))
    _point(connection, number, at)
    return number


def _record(
    connection: Connection, number: int, base: int | None, note: str, how: How, at: datetime
) -> None:
    """Tell the record which release took the place of `base`, and how."""
    told: dict[str, str | int] = {"instead of": base} if base else {}
    if how == "completing":
        record(connection, None, "release-completed", str(number), told, at)
        return
    told |= {"note": note} | ({"over": "used"} if how == "over" else {})
    record(connection, None, "release-published", str(number), told, at)


def _point(connection: Connection, number: int, at: datetime) -> None:
    values = {"number": number, "since": into(at)}
    if connection.execute(update(live).values(values)).rowcount == 0:
        connection.execute(insert(live).values(only=1, **values))


def _release(row: Row[tuple[object, ...]]) -> Release:
    return Release(row.number, out_of(row.made_at), row.digest, row.files, row.note)
