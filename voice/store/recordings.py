"""People's recordings of exact words: every machine makes its clips of these."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from voice.draft.review import Person
from voice.script import Pace
from voice.speech.reading import name_of
from voice.store.audit import note
from voice.store.connection import Store, reading, writing
from voice.store.recording_tables import recording
from voice.store.times import into, out_of

Unconfirmed = Literal["", "gone", "own-voice", "confirmed-already"]
"""Why somebody could not confirm a recording; "" where they did."""


@dataclass(frozen=True)
class Confirmed:
    """Who else has heard a recording, and lets callers hear it."""

    by: Person
    at: datetime


@dataclass(frozen=True)
class Recording:
    """A recording without its sound.

    `place` is where the line said the words then; `digest` the SHA-256 of the sound; `level` how
    loud it came, in dBov; `peaks` its picture, each of 100. `confirmed` is of this very sound:
    until somebody else has heard it no caller does.
    """

    words: str
    locale: str
    pace: Pace
    place: str
    digest: str
    seconds: float
    level: float
    peaks: tuple[int, ...]
    by: Person
    at: datetime
    confirmed: Confirmed | None = None

    @property
    def name(self) -> str:
        """16 hex digits of the exact words, the locale and the pace."""
        return name_of(self.words, self.locale, self.pace)


@dataclass(frozen=True)
class Sound:
    """A recording's sound: FLAC at the line's level, and the WAV that a caller hears."""

    content: bytes
    heard: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of what clips are made of."""
        return sha256(self.content).hexdigest()


_ABOUT = tuple(one for one in recording.c if one.name not in ("content", "heard"))


def keep_recording(store: Store, kept: Recording, sound: Sound) -> None:
    """Keep a recording instead of an earlier one of the same words; nobody has confirmed it."""
    row = {
        "locale": kept.locale,
        "pace": kept.pace,
        "words": kept.words,
        "place": kept.place,
        "digest": sound.digest,
        "seconds": kept.seconds,
        "level": kept.level,
        "peaks": list(kept.peaks),
        "content": sound.content,
        "heard": sound.heard,
        "staff": kept.by.id,
        "by": kept.by.name,
        "at": into(kept.at),
        **dict.fromkeys(("confirmed_staff", "confirmed_by", "confirmed_at")),
    }
    with writing(store) as connection:
        change = update(recording).where(recording.c.name == kept.name)
        if connection.execute(change.values(row)).rowcount == 0:
            connection.execute(insert(recording).values(name=kept.name, **row))
        detail = {"pace": kept.pace, "seconds": round(kept.seconds), "words": kept.words[:200]}
        note(connection, kept.by.id, "recording-kept", _subject(kept), detail, kept.at)


def confirm_recording(
    store: Store, name: str, digest: str, by: Person, at: datetime
) -> Unconfirmed:
    """Let callers hear a sound that somebody else than its reader has heard, or say why not.

    `digest` is of the sound that was heard: another that came meanwhile is not confirmed.
    """
    here = (recording.c.name == name, recording.c.digest == digest)
    with writing(store) as connection:
        row = connection.execute(select(*_ABOUT).where(*here)).first()
        if row is None:
            return "gone"
        if row.staff == by.id:
            return "own-voice"
        free = (*here, recording.c.confirmed_staff.is_(None))
        told = {"confirmed_staff": by.id, "confirmed_by": by.name, "confirmed_at": into(at)}
        if connection.execute(update(recording).where(*free).values(told)).rowcount == 0:
            return "confirmed-already"
        kept = _recording(row)
        detail = {"pace": kept.pace, "words": kept.words[:200], "by": kept.by.name}
        note(connection, by.id, "recording-confirmed", _subject(kept), detail, at)
        return ""


def drop_recording(store: Store, name: str, by: Person, at: datetime) -> bool:
    """Delete a recording; whether there was one."""
    with writing(store) as connection:
        row = connection.execute(select(*_ABOUT).where(recording.c.name == name)).first()
        if row is None:
            return False
        connection.execute(delete(recording).where(recording.c.name == name))
        gone = _recording(row)
        detail = {"pace": gone.pace, "words": gone.words[:200], "by": gone.by.name}
        note(connection, by.id, "recording-deleted", _subject(gone), detail, at)
        return True


def recordings(store: Store, locale: str = "") -> tuple[Recording, ...]:
    """Every recording, of a locale or of all, the oldest first."""
    query = select(*_ABOUT).order_by(recording.c.at, recording.c.name)
    if locale:
        query = query.where(recording.c.locale == locale)
    with reading(store) as connection:
        return tuple(_recording(row) for row in connection.execute(query))


def sound_of(store: Store, name: str) -> Sound | None:
    """A recording's sound; None where there is no such recording."""
    query = select(recording.c.content, recording.c.heard).where(recording.c.name == name)
    with reading(store) as connection:
        row = connection.execute(query).first()
        return Sound(row.content, row.heard) if row else None


def _subject(one: Recording) -> str:
    return f"{one.locale} {one.place}"


def _recording(row: Row[Any]) -> Recording:
    return Recording(
        words=row.words,
        locale=row.locale,
        pace=row.pace,
        place=row.place,
        digest=row.digest,
        seconds=row.seconds,
        level=row.level,
        peaks=tuple(row.peaks),
        by=Person(row.staff, row.by),
        at=out_of(row.at),
        confirmed=_confirmed(row),
    )


def _confirmed(row: Row[Any]) -> Confirmed | None:
    if row.confirmed_staff is None:
        return None
    return Confirmed(Person(row.confirmed_staff, row.confirmed_by), out_of(row.confirmed_at))
