"""Where the clips of words in work are: those callers hear where they say the same, else new ones.

New ones lie in a folder for each lexicon, since the same words may be said in another way. Light:
no engine and no numpy.
"""

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from voice.rehearsal.sayings import says_otherwise
from voice.script import LexiconEntry, Script, Utterance
from voice.speech.clips import MANIFEST, Clip, Manifest, digest_of, key_of, read_manifest

FOLDER: Final = "drafts"
"""The folder in an instance's."""
KEPT: Final = 24 * 3600
"""Seconds until a clip is deleted; it is made again when somebody wants to hear it."""
NAME: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Sounds:
    """The clips of a draft: `live` are the clips of the script callers hear, `callers`."""

    root: Path
    live: Manifest
    draft: Script
    callers: Script

    def reused(self, said: Utterance) -> Clip | None:
        """The clip callers hear now, where the draft says the same in the same way."""
        return None if says_otherwise(said, self.draft, self.callers) else self.live.clip(said)

    def address(self, said: Utterance) -> str:
        """Where a browser finds what an utterance sounds like, made or not yet."""
        clip = self.reused(said)
        return f"/audio/{clip.name}" if clip else address(self.draft.lexicon, said)


def address(lexicon: tuple[LexiconEntry, ...], said: Utterance) -> str:
    """The address of words in work as this lexicon has them said."""
    return f"/console/hear/sound/{name_of_lexicon(lexicon)}/{name_of(said)}"


def name_of(said: Utterance) -> str:
    """What an utterance is called in addresses: 16 hex digits."""
    return digest_of(key_of(said)._asdict())


@lru_cache(maxsize=16)
def name_of_lexicon(lexicon: tuple[LexiconEntry, ...]) -> str:
    """What a lexicon's folder is called: 16 hex digits."""
    return digest_of({"lexicon": [astuple(entry) for entry in lexicon]})


def folder_of(root: Path, lexicon: str) -> Path:
    """The folder of a lexicon's clips."""
    return root / "sound" / lexicon


def found(root: Path, lexicon: str, name: str) -> Clip | None:
    """The clip of this name, made with this lexicon; None where there is none (any more)."""
    folder = folder_of(root, lexicon)
    try:
        stamp = (folder / MANIFEST).stat().st_mtime_ns
    except OSError:
        return None
    return _clips(folder, stamp).get(name)


@lru_cache(maxsize=8)
def _clips(folder: Path, _stamp: int) -> Mapping[str, Clip]:
    clips = read_manifest(folder).clips.values()
    return {digest_of(clip.key._asdict()): clip for clip in clips}


def prune(root: Path) -> None:
    """Delete what was made more than a day ago."""
    oldest = time.time() - KEPT
    for path in root.glob("order/*"):
        if _age(path) < oldest:
            path.unlink(missing_ok=True)
    for path in root.glob("sound/*/*.wav"):
        if _age(path) < oldest:
            path.unlink(missing_ok=True)
    for folder in root.glob("sound/*"):
        if _age(folder / MANIFEST) < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _age(path: Path) -> float:
    """When a file was written; now, for one somebody else just deleted or is about to write."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
