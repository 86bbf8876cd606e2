"""The release being served: read from the store, made ready with its clips, held in memory."""

import threading
from collections.abc import Callable
from pathlib import Path

from voice.release import Release, make_ready
from voice.script import Script, Utterance, parse
from voice.speech.clips import Manifest, read_manifest
from voice.store import Store, live_number, live_release


class Live:
    """What the doors serve: the live release, and the manifest of its clips.

    Held in memory, so that calls and topic texts are answered while the store is away.
    """

    def __init__(self, public_url: str, audio: Path) -> None:
        self._public_url = public_url
        self._audio = audio
        self._lock = threading.Lock()
        self.release: Release | None = None
        self.manifest = Manifest()

    def load(self, store: Store) -> Release | None:
        """Read the store's live release and make it ready; None where there is none yet.

        Raises StoreError, ScriptError or ManifestError and keeps serving what it served.
        """
        kept = live_release(store)
        return self.serve(parse(kept.files), kept.number) if kept else None

    def serve(self, script: Script, number: int) -> Release:
        """Make a script ready with the clips there are, and serve it from now on."""
        manifest = read_manifest(self._audio)
        release = make_ready(
            script, number, self._public_url, _addresses(self._public_url, manifest)
        )
        with self._lock:
            self.manifest, self.release = manifest, release
        return release

    def is_current(self, store: Store) -> bool:
        """Say whether the store's live release is the one served."""
        return self.release is not None and live_number(store) == self.release.number


def _addresses(public_url: str, manifest: Manifest) -> Callable[[Utterance], str | None]:
    def address(utterance: Utterance) -> str | None:
        clip = manifest.clip(utterance)
        return f"{public_url}/audio/{clip.name}" if clip else None

    return address
