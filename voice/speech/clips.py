"""What is made and served: names of clips, the manifest, what is missing and what is left over.

Light: web workers read the manifest with it, so it loads no engine and no numpy. A clip counts
only while its file holds the very bytes the manifest recorded.
"""

import errno
import json
import os
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from voice.script import Pace, Utterance
from voice.speech.engine import SpeechError

MANIFEST = "manifest.json"
UNFINISHED = ".part"
"""How a file's name ends while it is being written."""

LACKS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What a process that cannot read a file may lack itself: it says nothing of the file."""


class ManifestError(SpeechError):
    """A manifest, or a row of one, cannot be read. `source` is its file, or the row's clip."""

    def __init__(self, source: Path | str, problem: Exception) -> None:
        self.source = source
        why = f"{type(problem).__name__}: {problem}"
        super().__init__(f"{source} cannot be read: {why}.", "Run `python -m voice audio`.")


class Key(NamedTuple):
    """What a clip is looked up by: exactly what is heard."""

    words: str
    locale: str
    pace: Pace
    lead: int


class TopicKey(NamedTuple):
    """What a topic's MP3 is looked up by: `parts` are its words, so old words are never found."""

    topic: str
    locale: str
    pace: Pace
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Clip:
    """One served telephone file, as it was made and measured."""

    digest: str
    words: str
    locale: str
    pace: Pace
    lead: int
    """Milliseconds of silence before the first word."""
    speaker: str
    engine: str
    seconds: float
    level: float
    """Active level, dBov."""
    wpm: float
    """Words a minute from the first word to the last, pauses included."""
    sha256: str
    reading: str = ""
    """The digest of the person's recording it was made of; "" where an engine speaks."""

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.digest}.wav"

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return Key(self.words, self.locale, self.pace, self.lead)


@dataclass(frozen=True)
class Mp3:
    """One topic at one pace, all its parts, for pages and multimedia messages."""

    digest: str
    topic: str
    locale: str
    pace: Pace
    parts: tuple[str, ...]
    speaker: str
    engine: str
    seconds: float
    level: float
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """Its file's name: 20 characters, which every carrier takes."""
        return f"{self.digest}.mp3"

    @property
    def key(self) -> TopicKey:
        """What it is looked up by."""
        return TopicKey(self.topic, self.locale, self.pace, self.parts)


@dataclass(frozen=True)
class Manifest:
    """The record of every file that may be served."""

    clips: Mapping[Key, Clip] = field(default_factory=dict)
    topics: Mapping[TopicKey, Mp3] = field(default_factory=dict)

    def clip(self, utterance: Utterance) -> Clip | None:
        """The clip that says an utterance, if there is one."""
        return self.clips.get(key_of(utterance))

    def topic(self, topic: str, locale: str, pace: Pace, parts: Sequence[str]) -> Mp3 | None:
        """The MP3 of a topic that says exactly these parts, if there is one."""
        return self.topics.get(topic_key(topic, locale, pace, parts))

    @property
    def rows(self) -> "tuple[Clip | Mp3, ...]":
        """Every row."""
        return (*self.clips.values(), *self.topics.values())

    @property
    def names(self) -> frozenset[str]:
        """The files that may be served."""
        return frozenset(row.name for row in self.rows)


def composed(words: str) -> str:
    """Words in Unicode's composed form: the same however their accents were typed."""
    return unicodedata.normalize("NFC", words)


def key_of(utterance: Utterance) -> Key:
    """What an utterance's clip is looked up by."""
    words = composed(utterance.words)
    return Key(words, utterance.locale, utterance.pace, utterance.lead)


def topic_key(topic: str, locale: str, pace: Pace, parts: Sequence[str]) -> TopicKey:
    """What a topic's MP3 is looked up by."""
    return TopicKey(topic, locale, pace, tuple(composed(part) for part in parts))


def digest_of(what: Mapping[str, Any]) -> str:
    """16 hex digits of what decides how a file sounds, in one canonical writing."""
    canonical = json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(composed(canonical).encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, without the files that are gone or have other bytes.

    No manifest is an empty one. Raises ManifestError for one that makes no sense, and OSError where
    this process may open no more files. Reads every file: 50 MB take a tenth of a second.
    """
    path = folder / MANIFEST
    try:
        rows = json.loads(path.read_bytes())
        alike: dict[Any, Any] = {}
        clips = [Clip(**_sharing(row, alike)) for row in rows["clips"]]
        topics = [Mp3(**{**row, "parts": tuple(row["parts"])}) for row in rows["topics"]]
    except FileNotFoundError:
        return Manifest()
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(path, error) from error
    listed = Manifest({clip.key: clip for clip in clips}, {mp3.key: mp3 for mp3 in topics})
    return intact(folder, listed)


def _sharing(row: Mapping[str, Any], alike: dict[Any, Any]) -> dict[str, Any]:
    """A row whose values are those of other rows wherever they are equal: a third of its room."""
    return {name: alike.setdefault((type(one), one), one) for name, one in {**row}.items()}


def row_of(name: str, told: Mapping[str, Any]) -> Clip | Mp3:
    """A row again, of what the store keeps of it; `name` is its file.

    Raises ManifestError for one of another version, which knows more or less of a clip.
    """
    try:
        return Mp3(**{**told, "parts": tuple(told["parts"])}) if "parts" in told else Clip(**told)
    except TypeError as error:
        raise ManifestError(name, error) from error


def intact(folder: Path, manifest: Manifest) -> Manifest:
    """A manifest without the files that are gone from a folder or have other bytes."""
    return Manifest(
        {key: clip for key, clip in manifest.clips.items() if is_intact(folder, clip)},
        {key: mp3 for key, mp3 in manifest.topics.items() if is_intact(folder, mp3)},
    )


def is_intact(folder: Path, row: Clip | Mp3) -> bool:
    """Whether a file holds the bytes that were recorded. OSError where this process LACKS a way."""
    try:
        return sha256((folder / row.name).read_bytes()).hexdigest() == row.sha256
    except OSError as problem:
        if problem.errno in LACKS:
            raise
        return False


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of a folder: a line a file, in an order that depends on nothing else."""
    clips = _lines(manifest.clips.values())
    topics = _lines(manifest.topics.values())
    text = f'{{"clips": [\n{clips}\n],\n"topics": [\n{topics}\n]}}\n'
    write_whole(folder / MANIFEST, text.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, however many write it at once."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{UNFINISHED}")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def missing(manifest: Manifest, utterances: Iterable[Utterance]) -> tuple[Utterance, ...]:
    """The utterances no clip says, in order, each once."""
    return tuple(dict.fromkeys(one for one in utterances if manifest.clip(one) is None))


def orphans(folder: Path, wanted: Manifest) -> tuple[Path, ...]:
    """The sound files of a folder that are not in a manifest."""
    made = (path for pattern in ("*.wav", "*.mp3") for path in folder.glob(pattern))
    return tuple(sorted(path for path in made if path.name not in wanted.names))


def only(
    manifest: Manifest, utterances: Iterable[Utterance], topics: Iterable[TopicKey]
) -> Manifest:
    """The rows of a manifest that these utterances and topics need."""
    said, told = {key_of(one) for one in utterances}, set(topics)
    return Manifest(
        {key: clip for key, clip in manifest.clips.items() if key in said},
        {key: mp3 for key, mp3 in manifest.topics.items() if key in told},
    )


def prune(
    folder: Path, utterances: Iterable[Utterance], topics: Iterable[TopicKey]
) -> tuple[Path, ...]:
    """Delete every sound file these utterances and topics do not need; which they were."""
    kept = only(read_manifest(folder), utterances, topics)
    gone = orphans(folder, kept)
    write_manifest(folder, kept)
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _lines(rows: Iterable[Clip | Mp3]) -> str:
    texts = (json.dumps(_told(row), ensure_ascii=False) for row in _in_order(rows))
    return ",\n".join(texts)


def _told(row: Clip | Mp3) -> dict[str, Any]:
    return {name: one for name, one in vars(row).items() if name != "reading" or one}


def _in_order(rows: Iterable[Clip | Mp3]) -> list[Clip | Mp3]:
    return sorted(rows, key=lambda row: row.digest)
