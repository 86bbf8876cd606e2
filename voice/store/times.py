"""Times on their way into the store and out of it: always UTC."""

from datetime import UTC, datetime


def into(moment: datetime) -> datetime:
    """UTC, for writing; ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return moment.astimezone(UTC)


def out_of(moment: datetime) -> datetime:
    """UTC, from reading: SQLite keeps no zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def maybe_into(moment: datetime | None) -> datetime | None:
    """The same for a time that may be lacking."""
    return into(moment) if moment else None


def maybe_out_of(moment: datetime | None) -> datetime | None:
    """The same for a time that may be lacking."""
    return out_of(moment) if moment else None
