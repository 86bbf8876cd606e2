"""The running line put together: settings, store, live release, doors.

    assemble(settings) -> Flask

Threads of each process keep the live release up to date, let the store forget what is old, look
after its file, and share clips between machines.
"""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask

from voice import listen, logs, sharing, shelf, webhook
from voice.gauges import looking
from voice.live import Live
from voice.measures import Measures, measures
from voice.outbound import Client, read_plans
from voice.release import Release
from voice.rounds import Rounds
from voice.script import ScriptError
from voice.settings import Settings
from voice.shelf import Shelf
from voice.speech.clips import LACKS, MANIFEST, ManifestError, read_manifest
from voice.store import Store, StoreError, Tally, checkpoints, older, open_store, purge, staying
from voice.store.chores import is_publishing, steady_from, take
from voice.watchers import Seen, unseen, watched
from voice.web import Teller, clip_headers, create_app, headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from voice.console.passwords import Passwords

WAIT_FOR_FIRST: Final = 0.5
"""Seconds between two looks for a release while there is none."""
WAIT_FOR_NEXT: Final = 2.0
"""Seconds until a newly published release is served, at most."""
EMPTY: Final = "nothing is live yet"
TABLELESS: Final = "StoreUnreachable: it has no tables yet"
"""What a first start finds before it has made its store and its release."""
PURGE_EVERY: Final = timedelta(hours=6)
VERIFY_EVERY: Final = timedelta(hours=1)
"""How often every clip is read again: 50 MB take a tenth of a second."""
TAKE_UP_EVERY: Final = timedelta(seconds=6)
"""How often to look whether a process died while it made words live."""

_log = logging.getLogger(__name__)


def assemble(settings: Settings) -> Flask:
    """The app of this process, serving the live release and following the next ones."""
    logs.configure(settings.log_format)
    seen = watched(settings)
    store = open_store(settings.database_url)
    live = Live(settings.public_url, settings.audio, settings.built)
    tally = Tally(store)
    counts = measures()
    keeper = Keeper(live, store, settings.audio, now, counts.serves)
    keeper.serve()
    before = older.Older(store, now, counts.went_back.inc)
    Rounds(_look(keeper, counts, before), keeper.pause).start()
    if store.files:
        Rounds(staying.Staying(store, store.files).look, lambda: staying.EVERY).start()
        Rounds(checkpoints.Checkpoints(store).look, lambda: checkpoints.EVERY).start()
    else:
        sharer = sharing.Sharer(live, store, settings.audio)
        Rounds(sharer.look, lambda: sharing.EVERY).start()
    # Runs at the end of a server's worker, too, which atexit does not.
    Finalize(tally, tally.close, exitpriority=10)
    parts = _Parts(settings, store, live, tally, counts, now, seen=seen)
    door = parts.door()
    app = parts.app(door, staff=False)
    app.wsgi_app = _later(app.wsgi_app, lambda: parts.app(door, staff=True))  # type: ignore[assignment, method-assign]
    gc.freeze()  # all of this stays; nobody need look through it again and again
    return app


def build(
    settings: Settings,
    store: Store,
    live: Live,
    tally: Tally,
    counts: Measures,
    clock: Callable[[], datetime],
    client: Callable[[], Client | None] | None = None,
    passwords: "Passwords | None" = None,
    seen: Seen = unseen,
) -> Flask:
    """The app over parts that exist already: every door the line has.

    `client` is the way to Twilio; without one it is opened as the settings say, when first used.
    `passwords` compares staff's at another cost. `seen` is told of every answer.
    """
    parts = _Parts(settings, store, live, tally, counts, clock, passwords, seen)
    return parts.app(parts.door(client), staff=True)


@dataclass(frozen=True)
class _Parts:
    """The parts an app is built from."""

    settings: Settings
    store: Store
    live: Live
    tally: Tally
    counts: Measures
    clock: Callable[[], datetime]
    passwords: "Passwords | None" = None
    seen: Seen = unseen

    def door(self, client: Callable[[], Client | None] | None = None) -> webhook.Door:
        """Open Twilio's door."""
        counts = self.counts
        counts.looks.append(looking(counts, self.store, self.clock))
        notes = webhook.Notes(
            lambda how, place: counts.missed.labels(how, place).inc(),
            lambda kind, outcome: counts.sent.labels(kind, outcome).inc(),
            lambda kind, status: counts.delivered.labels(kind, status).inc(),
            lambda channel, kind: counts.apologies.labels(channel, kind).inc(),
            counts.calls.inc,
        )
        refused = counts.refuse
        parts = (self.live, self.settings, self.store, self.tally, self.clock, refused)
        door = webhook.open_door(*parts, client, notes)
        Finalize(door.herald, door.herald.close, exitpriority=10)
        return door

    def app(self, door: webhook.Door, staff: bool) -> Flask:
        """Build the app: for patients only, or with the doors of staff and practice too."""
        settings, counts, tell = self.settings, self.counts, Teller(self.counts, self.seen)
        clips = Shelf(settings.audio, lambda: self.live.manifest)
        doors = [webhook.blueprint(door), shelf.blueprint(clips), listen.blueprint(self.live)]
        doors += self._staff() if staff else []
        app = create_app(settings, self.store, self.live, counts, doors, tell)
        served = webhook.before(app.wsgi_app, door, headers(settings), tell)
        served = shelf.before(served, clips, clip_headers(settings), counts.request)
        app.wsgi_app = served  # type: ignore[assignment, method-assign]
        return app

    def _staff(self) -> list[Blueprint]:
        # Half of all there is to load, and nothing of it answers a patient.
        from voice import console, practice

        settings, store, live, clock = self.settings, self.store, self.live, self.clock
        is_staff = console.is_staff(settings, store, clock)
        return [
            practice.blueprint(settings, live, is_staff=is_staff),
            console.blueprint(settings, store, live, clock, self.passwords),
        ]


STAFF: Final = ("/console", "/try")
"""How the paths of staff and practice begin."""


def _later(wsgi: "WSGIApplication", make: Callable[[], Flask]) -> "WSGIApplication":
    """Leave staff's pages to a second app, which is made when the first of them is asked for."""
    making, made = threading.Lock(), list[Flask]()

    def whole() -> Flask:
        with making:
            if not made:
                made.append(make())
        return made[0]

    def first(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        theirs = environ["PATH_INFO"].startswith(STAFF)
        return (
            whole().wsgi_app(environ, start_response) if theirs else wsgi(environ, start_response)
        )

    return first


def _look(keeper: "Keeper", counts: Measures, before: older.Older) -> Callable[[], None]:
    """Return what a worker does again and again: first what the first caller would wait for."""

    def look() -> None:
        read_plans()
        keeper.look()
        counts.stay()
        before.look()

    return look


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class Keeper:
    """Follows the store's live release and the clips on disk; purges what is old.

    It goes on with a publication that a dead process left.

    What it serves it goes on serving, whatever becomes of the store or of the files.
    """

    def __init__(
        self,
        live: Live,
        store: Store,
        audio: Path,
        clock: Callable[[], datetime],
        told: Callable[[int, int], None] = lambda _number, _missing: None,
    ) -> None:
        """`told` is, of a release it begins to serve, the number and how many clips it lacks."""
        self._told = told
        self._live = live
        self._store = store
        self._audio = audio
        self._clock = clock
        self._seen: int | None = None
        self._verified = clock()
        self._said = ""
        self._purged: datetime | None = None
        self._asked: datetime | None = None

    def serve(self) -> None:
        """Serve the live release if it, or the manifest of its clips, is not the one served."""
        self._do(self._load)

    def look(self) -> None:
        """Serve what is live, and do the chores that are due."""
        self._do(self._verify, self._load, self._purge, self._take_up)

    def _do(self, *duties: Callable[[], None]) -> None:
        try:
            for duty in duties:
                duty()
            self._say("" if self._live.release else EMPTY)
        except (StoreError, ScriptError) as problem:
            self._say(f"{type(problem).__name__}: {problem}")
        except Exception:
            # Whatever it is, the release in memory is still served.
            _log.exception("could not look for the live release")

    def _load(self) -> None:
        stamp, at = _stamp(self._audio, self._seen), self._clock()
        try:
            current = self._live.is_current(self._store, at)
        except StoreError:
            self._renew(stamp)  # clips need no store
            raise
        if current:
            self._renew(stamp)
        else:
            self._note(self._live.load(self._store, at), stamp)

    def _renew(self, stamp: int | None) -> None:
        if stamp != self._seen:
            self._note(self._live.refresh(), stamp)

    def _note(self, release: Release | None, stamp: int | None) -> None:
        if release is not None:
            self._seen = None if self._live.unseen else stamp
            self._told(release.number, len(release.unspoken))
            _log.info("release %d, %d clips missing", release.number, len(release.unspoken))

    def _verify(self) -> None:
        """Read the clips again if a file holds other bytes although it looks unchanged."""
        moment = self._clock()
        if abs(moment - self._verified) < VERIFY_EVERY:
            return
        self._verified = moment
        with suppress(ManifestError, OSError):
            if read_manifest(self._audio) != self._live.manifest:
                _log.warning("the clips on disk are not those that were served: reading them again")
                self._seen = None

    def _purge(self) -> None:
        moment = self._clock()
        if self._purged is not None and abs(moment - self._purged) < PURGE_EVERY:
            return
        if take(self._store, "purge", PURGE_EVERY, moment):
            steady = steady_from(self._store, moment)
            if steady == moment:
                purge(self._store, moment)
                self._forget_log()
            else:
                _log.warning("the clock leapt: nothing old is deleted before %s", steady)
        self._purged = moment

    def _forget_log(self) -> None:
        """Leave nothing of what was deleted in SQLite's log."""
        if self._store.files and not checkpoints.cut(self._store):
            _log.debug("the log was in use: it is cut after the next purge")

    def _take_up(self) -> None:
        """Finish making words live where another process died while doing so."""
        moment = self._clock()
        if self._asked is not None and abs(moment - self._asked) < TAKE_UP_EVERY:
            return
        self._asked = moment
        if not is_publishing(self._store):
            return
        # What publishes is loaded only where something was left: a caller needs none of it.
        from voice.store.publications import take_over

        left = take_over(self._store, moment)
        if left:
            from voice import publish

            _log.warning("publication %d was left by a process that died", left.id)
            publish.launch(left.id)

    def _say(self, problem: str) -> None:
        """Log when something starts to keep a release from being read, and when it stops."""
        if problem != self._said:
            # A first start is on its way from the one to the other, and nobody has to do anything.
            expected = not problem or (not self._live.release and problem in (EMPTY, TABLELESS))
            level = logging.INFO if expected else logging.WARNING
            _log.log(level, problem or "the live release can be read")
            self._said = problem

    def pause(self) -> float:
        """Seconds until the next look."""
        return WAIT_FOR_NEXT if self._live.release else WAIT_FOR_FIRST


def _stamp(folder: Path, before: int | None) -> int | None:
    """A number that changes with any sound file or manifest of a folder; None if it is gone.

    The one of `before` where this process may open no more files. Names, sizes and times of 500
    files are read in about a millisecond.
    """
    try:
        with os.scandir(folder) as entries:
            files = {entry.name: entry.stat() for entry in entries if _is_sound(entry.name)}
    except OSError as problem:
        return before if problem.errno in LACKS else None
    return hash(tuple(sorted((n, f.st_mtime_ns, f.st_size) for n, f in files.items())))


def _is_sound(name: str) -> bool:
    return name == MANIFEST or name.endswith((".wav", ".mp3"))
