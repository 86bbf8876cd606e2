"""Clips on their way between machines: one that made them keeps them in the store, others fetch.

Only where machines share a store. Nothing is ever replaced: a machine keeps the clips it has, also
where another speaks the same words in another voice.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

from voice.live import Live
from voice.speech.clips import (
    Clip,
    Manifest,
    ManifestError,
    Mp3,
    read_manifest,
    row_of,
    write_manifest,
    write_whole,
)
from voice.store import Store, StoreError
from voice.store.sounds import drop_sounds, keep_sound, kept_sounds, read_sounds

EVERY: Final = 3.0
"""Seconds between two looks."""

_log = logging.getLogger(__name__)

Row = Clip | Mp3


def give(store: Store, folder: Path) -> int:
    """Keep in the store what is here and not there; how many that were.

    A machine that lacks nothing gives: what it does not have itself nobody needs any more.
    """
    mine = read_manifest(folder).rows
    keys = {row.key for row in mine}
    theirs = {name: row for name, row in _kept(store).items() if row.key in keys}
    drop_sounds(store, [name for name in kept_sounds(store) if name not in theirs])
    known = {row.key for row in theirs.values()}
    given = [row for row in mine if row.key not in known]
    for row in given:
        keep_sound(store, row.name, asdict(row), (folder / row.name).read_bytes())
    return len(given)


def take(store: Store, folder: Path) -> int:
    """Fetch what is in the store and not here; how many that were."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder) as alone:
        if not alone:
            return 0  # clips are being made here, these too perhaps
        manifest = read_manifest(folder)
        mine = {row.key for row in manifest.rows}
        wanted = {name: row for name, row in _kept(store).items() if row.key not in mine}
        taken = []
        for name, content in read_sounds(store, wanted):
            if sha256(content).hexdigest() == wanted[name].sha256:
                write_whole(folder / name, content)
                taken.append(wanted[name])
        if taken:
            write_manifest(folder, _with(manifest, taken))
    return len(taken)


def _kept(store: Store) -> dict[str, Row]:
    """What the store keeps, but for rows whose name is not a file's plain name."""
    rows = {name: row_of(name, told) for name, told in kept_sounds(store).items()}
    return {name: row for name, row in rows.items() if name == row.name == Path(name).name}


class Sharer:
    """Gives and takes clips of the live release."""

    def __init__(self, live: Live, store: Store, folder: Path) -> None:
        self._live = live
        self._store = store
        self._folder = folder
        self._given: int | None = None
        self._said = ""

    def look(self) -> None:
        """Take what is missing; where nothing is, give, once for each release."""
        problem = ""
        try:
            self._share()
        except (StoreError, ManifestError, OSError) as error:
            problem = type(error).__name__
        if problem and problem != self._said:
            _log.warning("clips are not shared just now: %s", problem)
        self._said = problem

    def _share(self) -> None:
        release = self._live.release
        if release is None:
            return
        if release.unspoken:
            self._told(take)
        elif self._given != release.number:
            self._told(give)
            self._given = release.number

    def _told(self, share: Callable[[Store, Path], int]) -> None:
        number = share(self._store, self._folder)
        if number:
            _log.info("%s %d clips", "took" if share is take else "gave", number)


def _with(manifest: Manifest, rows: list[Row]) -> Manifest:
    clips = {row.key: row for row in rows if isinstance(row, Clip)}
    topics = {row.key: row for row in rows if isinstance(row, Mp3)}
    return Manifest({**manifest.clips, **clips}, {**manifest.topics, **topics})


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else writes clips here, who is kept waiting meanwhile."""
    with (folder / ".making").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
