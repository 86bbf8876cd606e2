"""Every clip of the tiny scripts, spoken once for all tests of a run by the engine that ships."""

import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from tests import kept
from tests.publisher import TINY
from voice.instance import make_audio
from voice.release import ClipAddress
from voice.script import Utterance, load
from voice.settings import read
from voice.speech.clips import Manifest, read_manifest

PLAYED = re.compile(rb"<Play>[^<]*(/audio/[0-9a-f]{16}\.wav)</Play>")


def spoken(folder: Path) -> None:
    """Put the clips into a folder of a test's own."""
    kept.FOLDER.mkdir(mode=0o700, exist_ok=True)
    given = {"INSTANCE": str(kept.FOLDER / "speaks"), "AUDIO": str(kept.FOLDER / "tiny-audio")}
    settings = read(given | {"SCRIPTS": str(TINY)})
    if not (settings.instance / "spoken").exists():
        make_audio(settings, load(TINY), lambda *_: None)  # a second worker of the run waits here
        (settings.instance / "spoken").touch()
    shutil.copytree(settings.audio, folder)


def addresses(folder: Path, url: str, without: Collection[str] = ()) -> ClipAddress:
    """Where a line at this address has each clip of a folder, but for the names left out."""
    manifest = read_manifest(folder) if folder.exists() else Manifest()

    def address(utterance: Utterance) -> str | None:
        clip = manifest.clip(utterance)
        return f"{url}/audio/{clip.name}" if clip and clip.name not in without else None

    return address


def digests(folder: Path) -> Mapping[str, str]:
    """What the bytes of each clip add up to, by its path on the line."""
    return {f"/audio/{row.name}": row.sha256 for row in read_manifest(folder).rows}
