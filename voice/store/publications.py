"""Words on their way to callers: one publication at a time, all live at once, crash-safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, and_, insert, select, update

from voice.draft.review import Person
from voice.draft.work import Draft, Work
from voice.store.audit import Detail
from voice.store.audit import note as record
from voice.store.connection import Lock, Store, StoreError, reading, take_turns, writing
from voice.store.draft_tables import publication
from voice.store.drafts import publish_drafts, work_in
from voice.store.releases import add_release, point
from voice.store.reviews import publish_reviews
from voice.store.tables import live, release
from voice.store.times import into, maybe_out_of, out_of

Step = Literal["words", "check", "clips", "sound", "switch"]
Reason = Literal[
    "",
    "nothing",
    "not-approved",
    "unreadable",
    "check",
    "clips",
    "changed",
    "interrupted",
    "broken",
]
"""Why words did not go live."""

LEASE: Final = timedelta(seconds=30)
"""After so long without a sign of life, the process doing it counts as dead."""


class Busy(StoreError):
    """Somebody is making words live just now; `other` is what they are at."""

    def __init__(self, other: "Publication") -> None:
        super().__init__("words are on their way to callers already")
        self.other = other


class Taken(StoreError):
    """Somebody else goes on with this publication, or it is over."""

    def __init__(self) -> None:
        super().__init__("somebody else goes on with this")


class Changed(StoreError):
    """The words in work, or the live release, are not the ones any more that were made ready."""

    def __init__(self) -> None:
        super().__init__("the words have changed meanwhile")


@dataclass(frozen=True)
class Publication:
    """Subjects on their way to callers, and how far they have come.

    `detail` says more about `reason`; `run` counts those who took it over from a dead process.
    `release` is what it made live; known from the start where an earlier one is made live again.
    """

    id: int
    state: Literal["running", "done", "failed"]
    run: int
    step: Step
    done: int
    total: int
    subjects: tuple[str, ...]
    note: str
    reason: Reason
    detail: str
    release: int | None
    by: Person
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None

    def alive(self, at: datetime) -> bool:
        """Say whether somebody is at work on it."""
        return self.state == "running" and abs(at - self.seen_at) < LEASE


@dataclass(frozen=True)
class Ready:
    """A release made ready: the files, the release they were made from, and the words that go."""

    files: Mapping[str, str]
    base: int
    work: Work


def begin(
    store: Store,
    subjects: tuple[str, ...],
    note: str,
    by: Person,
    at: datetime,
    again: int | None = None,
) -> Publication:
    """Start making subjects live, or take over from a process that died doing so. Raises Busy.

    `again` is the number of an earlier release that is to be live again, instead of subjects.
    """
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        other = _running(connection)
        if other and other.alive(at):
            raise Busy(other)
        if other and (other.subjects, other.release) == (subjects, again):
            return _take(connection, other, at)
        if other:
            _end(connection, other, {"state": "failed", "reason": "interrupted"}, at)
        row = {"subjects": list(subjects), "note": note, "release": again}
        return _start(connection, row, by, at)


def take_over(store: Store, at: datetime) -> Publication | None:
    """Go on with what a process left when it died; None where nothing is left."""
    with reading(store) as connection:
        other = _running(connection)
    if other is None or other.alive(at):
        return None
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        other = _running(connection)
        return _take(connection, other, at) if other and not other.alive(at) else None


def read_publication(store: Store, id: int) -> Publication | None:
    """How far a publication has come."""
    with reading(store) as connection:
        row = connection.execute(select(publication).where(publication.c.id == id)).first()
        return _publication(row) if row else None


def publications(store: Store, most: int = 20) -> tuple[Publication, ...]:
    """The newest first."""
    with reading(store) as connection:
        rows = connection.execute(select(publication).order_by(publication.c.id.desc()).limit(most))
        return tuple(_publication(row) for row in rows)


def made_by_staff(store: Store) -> frozenset[int]:
    """The numbers of the releases that staff made in the console; not those made live again."""
    made = (publication.c.release == release.c.number, publication.c.ended_at == release.c.made_at)
    query = select(release.c.number).join(publication, and_(*made))
    with reading(store) as connection:
        return frozenset(connection.scalars(query))


def beat(store: Store, mine: Publication, step: Step, done: int, total: int, at: datetime) -> None:
    """Give a sign of life, and say how far it is. Raises Taken."""
    with writing(store) as connection:
        values = {"step": step, "done": done, "total": total, "seen_at": into(at)}
        _change(connection, mine, values)


def fail(store: Store, mine: Publication, reason: Reason, detail: str, at: datetime) -> None:
    """Give up, and say why; nothing has changed. Raises Taken."""
    with writing(store) as connection:
        told = {"state": "failed", "reason": f"{reason}\n{detail}"}
        _end(connection, mine, told, at)
        deed = {"reason": reason, "subjects": " ".join(mine.subjects)}
        record(connection, mine.by.id, "publication-failed", "", deed, at)


def switch(store: Store, mine: Publication, ready: Ready, at: datetime) -> int:
    """Make a release live and clear its drafts, all at once; its number. Raises Taken, Changed."""
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        if connection.scalar(select(live.c.number)) != ready.base:
            raise Changed
        if part(work_in(connection), mine.subjects) != part(ready.work, mine.subjects):
            raise Changed
        number = add_release(connection, ready.files, mine.note, at)
        went = part(ready.work, mine.subjects).drafts
        publish_drafts(connection, went, mine.by, at)
        publish_reviews(connection, mine.subjects)
        _end(connection, mine, {"state": "done", "step": "switch", "release": number}, at)
        deed = {"subjects": " ".join(mine.subjects), "note": mine.note}
        record(connection, mine.by.id, "words-live", str(number), deed, at)
        return number


def switch_back(store: Store, mine: Publication, base: int, at: datetime) -> int:
    """Make an earlier release live again; its number. Words in work stay. Raises Taken, Changed.

    `base` is the number of the release that was live when the clips were made.
    """
    number = mine.release
    assert number is not None  # noqa: S101 - only such publications come here
    with writing(store) as connection:
        _point_back(connection, number, base, at)
        _end(connection, mine, {"state": "done", "step": "switch"}, at)
        deed: Detail = {"instead of": base, "note": mine.note}
        record(connection, mine.by.id, "release-again", str(number), deed, at)
        return number


def roll_back(store: Store, number: int, base: int, at: datetime) -> None:
    """Do the same for somebody at the machine itself. Raises Changed, NoSuchRelease.

    Words that are on their way to callers stay on it, and find then that another release is live.
    """
    with writing(store) as connection:
        _point_back(connection, number, base, at)
        record(connection, None, "release-again", str(number), {"instead of": base}, at)


def _point_back(connection: Connection, number: int, base: int, at: datetime) -> None:
    take_turns(connection, Lock.DRAFT)
    if connection.scalar(select(live.c.number)) != base:
        raise Changed
    point(connection, number, at)


def part(work: Work, subjects: tuple[str, ...]) -> Work:
    """Return what is in work of some subjects alone."""
    drafts: dict[str, Draft] = {
        name: draft for name, draft in work.drafts.items() if draft.subject in subjects
    }
    reviews = {place: one for place, one in work.reviews.items() if place[0] in subjects}
    return Work(drafts, reviews, tuple(one for one in work.sign_offs if one.subject in subjects))


def _running(connection: Connection) -> Publication | None:
    row = connection.execute(select(publication).where(publication.c.state == "running")).first()
    return _publication(row) if row else None


def _start(
    connection: Connection, wanted: Mapping[str, Any], by: Person, at: datetime
) -> Publication:
    row = {
        **wanted,
        "state": "running",
        "run": 1,
        "step": "words",
        "done": 0,
        "total": 0,
        "reason": "",
        "staff": by.id,
        "name": by.name,
        "started_at": into(at),
        "seen_at": into(at),
    }
    made = connection.execute(insert(publication).values(row).returning(publication)).one()
    return _publication(made)


def _take(connection: Connection, other: Publication, at: datetime) -> Publication:
    _change(connection, other, {"run": other.run + 1, "seen_at": into(at)})
    taken = _running(connection)
    assert taken is not None  # noqa: S101 - changed in this very transaction
    return taken


def _end(connection: Connection, mine: Publication, told: Mapping[str, Any], at: datetime) -> None:
    _change(connection, mine, {**told, "seen_at": into(at), "ended_at": into(at)})


def _change(connection: Connection, mine: Publication, values: Mapping[str, Any]) -> None:
    """Change a publication that is still one's own. Raises Taken."""
    own = (publication.c.id == mine.id, publication.c.run == mine.run)
    query = update(publication).where(*own, publication.c.state == "running")
    if connection.execute(query.values(values)).rowcount == 0:
        raise Taken


def _publication(row: Row[Any]) -> Publication:
    reason, _, detail = row.reason.partition("\n")
    return Publication(
        id=row.id,
        state=row.state,
        run=row.run,
        step=row.step,
        done=row.done,
        total=row.total,
        subjects=tuple(row.subjects),
        note=row.note,
        reason=reason,
        detail=detail,
        release=row.release,
        by=Person(row.staff, row.name),
        started_at=out_of(row.started_at),
        seen_at=out_of(row.seen_at),
        ended_at=maybe_out_of(row.ended_at),
    )
