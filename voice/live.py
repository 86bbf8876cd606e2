"""The release being served: read from the store, made ready with its clips, held in memory."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from voice import passing
from voice.built import built
from voice.release import Built, Release, build, ready
from voice.script import Script, Utterance
from voice.speech.clips import LACKS, Manifest, ManifestError, intact, read_manifest
from voice.store import Store, live_number, live_release
from voice.store.choices import read_choices
from voice.switches import ON, Off

_UNSEEN: Final = (
    "the clips cannot be looked at, and are taken to be as they were: %s; a limit of this process "
    "(LimitNOFILE of the service, ulimit -n) or of the machine is too low for what it has to do"
)

_log = logging.getLogger(__name__)


class Live:
    """What the doors serve: the live release, and the manifest of its clips.

    Held in memory, so that calls and topic texts are answered while the store is away. `script` is
    what staff made live; the release says less of it while something is switched off.
    """

    def __init__(self, public_url: str, audio: Path, kept: Path | None = None) -> None:
        """`kept` is the folder of what was worked out before; if None, each start works it out."""
        self._public_url = public_url
        self._audio = audio
        self._kept = kept
        self._lock = threading.Lock()
        self.release: Release | None = None
        self.script: Script | None = None
        self.off = ON
        self.manifest = Manifest()
        self.unseen = False
        """Whether the clips could not be looked at when it began to serve what it serves."""
        self._said: Built | None = None

    def load(self, store: Store, at: datetime | None = None) -> Release | None:
        """Read the store's live release and make it ready; None if there is none yet.

        `at` says which topics are past their review; without it none is. Raises StoreError or
        ScriptError and keeps serving what it served.
        """
        live = live_release(store)
        if live is None:
            return None
        made = self._made(store, live.files, ON)
        off = _off(store, made.script, at)
        said = self._made(store, live.files, off) if off != ON else made
        return self._serve(made.script, said, live.number, off)

    def _made(self, store: Store, files: Mapping[str, str], off: Off) -> Built:
        if self._kept is not None:
            passing.take(store, self._kept, files, off)
        return built(files, off, self._kept)

    def serve(self, script: Script, number: int) -> Release:
        """Make a script ready with the clips that exist, and serve it from now on."""
        return self._serve(script, build(script), number, ON)

    def refresh(self) -> Release | None:
        """Serve the same words with the clips that exist now; None if nothing is served."""
        if self.release is None or self.script is None or self._said is None:
            return None
        return self._serve(self.script, self._said, self.release.number, self.off)

    def _serve(self, script: Script, said: Built, number: int, off: Off) -> Release:
        manifest = self._clips()
        release = ready(said, number, self._public_url, _addresses(self._public_url, manifest))
        with self._lock:
            self.manifest, self.release, self.script, self.off = manifest, release, script, off
            self._said = said
        return release

    def _clips(self) -> Manifest:
        """The manifest; if it cannot be read, what is still there of the last one that could.

        Words are never kept from callers by a file that says how they sound. Where this process may
        open no more files, the clips are taken to be as they were.
        """
        self.unseen = False
        try:
            return self._read()
        except OSError as problem:
            if problem.errno not in LACKS:
                raise
            self.unseen = True
            _log.warning(_UNSEEN, problem.strerror)
            return self.manifest

    def _read(self) -> Manifest:
        try:
            return read_manifest(self._audio)
        except (ManifestError, OSError) as problem:
            if isinstance(problem, OSError) and problem.errno in LACKS:
                raise
            _log.warning("%s: %s", type(problem).__name__, problem)
            return intact(self._audio, self.manifest)

    def is_current(self, store: Store, at: datetime | None = None) -> bool:
        """Say whether this serves the store's live release, with exactly what is switched off."""
        if self.release is None or self.script is None:
            return False
        same = live_number(store) == self.release.number
        return same and _off(store, self.script, at) == self.off


def _off(store: Store, script: Script, at: datetime | None) -> Off:
    """What is switched off; also topics past their review, if the manager chose so."""
    choices = read_choices(store)
    return choices.off_on(script, script.line.hours.day(at)) if at else choices.off


def _addresses(public_url: str, manifest: Manifest) -> Callable[[Utterance], str | None]:
    def address(utterance: Utterance) -> str | None:
        clip = manifest.clip(utterance)
        return f"{public_url}/audio/{clip.name}" if clip else None

    return address
