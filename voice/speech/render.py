"""Makes every clip that is missing: several at a time, interruptible, the same bytes every time."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from voice.script import LexiconEntry, Pace, Utterance
from voice.speech.clips import (
    UNFINISHED,
    Clip,
    Manifest,
    ManifestError,
    Mp3,
    TopicKey,
    composed,
    digest_of,
    key_of,
    read_manifest,
    topic_key,
    write_manifest,
    write_whole,
)
from voice.speech.engine import SLOW, Engine, SpeechError
from voice.speech.lexicon import entries_used, pronounce
from voice.speech.mastering import (
    CALL,
    PAGE,
    PAUSES,
    Samples,
    between_silences,
    joined,
    mastered,
    mp3,
    sentence,
    wav,
)
from voice.speech.measure import measure
from voice.speech.reading import Finder, nobody
from voice.speech.wording import digit_by_digit, lines

Progress = Callable[[int, int], None]
"""Called with how many files are done and how many there are to make."""

Spoken = tuple[str, str, Pace]
"""Words, locale, pace."""

SAVED_EVERY = 8
"""Files between two writes of the manifest: at most so many are made again after a kill."""

WORDS_KEPT = 8

RECORDED = "recording"
"""The engine of a clip that a person speaks."""

PAGE_LEAD = 150
"""Milliseconds of silence before a topic's MP3."""

SENTENCES_KEPT = 96
"""About 5 minutes of speech, 25 MB: a topic's MP3 says the sentences of the clips before it."""


@dataclass(frozen=True)
class Source:
    """Who says words: a human recording where there is one, else the engine."""

    engine: Engine
    lexicon: tuple[LexiconEntry, ...]
    recording: Finder
    say: "Callable[[str, str, Pace], tuple[Samples, int]]"
    """One sentence, cut and faded, and its samples a second."""
    kept: dict[Spoken, Samples] = field(default_factory=dict)
    """The last few words mastered for the telephone: most are wanted after two silences."""

    def mastered(self, words: str, locale: str, pace: Pace) -> Samples:
        """Words as the telephone plays them, without the silence around."""
        spoken = (words, locale, pace)
        samples = self.kept.get(spoken)
        if samples is None:
            samples = mastered(*self.speech(*spoken), CALL)
            self.kept[spoken] = samples
            for old in list(self.kept)[:-WORDS_KEPT]:
                self.kept.pop(old, None)
        return samples

    def speech(self, words: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        """Words as sound, with the pauses of the pace between sentences and lines."""
        recording = self.recording(words, locale, pace)
        if recording is not None:
            return recording.sound()
        pauses = PAUSES[pace]
        pieces: list[Samples] = []
        between: list[int] = []
        rate = CALL.rate
        for line in lines(words):
            for text in line:
                samples, rate = self.say(text, locale, pace)
                pieces.append(samples)
                between.append(pauses.sentence)
            between[-1] = pauses.line
        if not pieces or not sum(map(len, pieces)):
            raise SpeechError(f"{words!r} came out silent in {locale}.", "Check its wording.")
        return joined(pieces, between[:-1], rate), rate

    def who(self, words: str, locale: str, pace: Pace) -> tuple[str, str]:
        """The speaker and the engine that say these words."""
        recording = self.recording(words, locale, pace)
        if recording is not None:
            return recording.speaker, RECORDED
        return self.engine.speaker(locale), self.engine.name

    def identity(self, words: str, locale: str, pace: Pace) -> dict[str, Any]:
        """Everything that decides how these words sound before mastering."""
        said = {"words": composed(words), "locale": locale, "pace": pace}
        recording = self.recording(words, locale, pace)
        if recording is not None:
            return said | {"recording": recording.digest}
        said_as = [
            (entry.word, getattr(entry, self.engine.notation))
            for entry in entries_used(words, locale, self.lexicon)
        ]
        return said | {
            "speaker": self.engine.speaker(locale),
            "engine": self.engine.fingerprint,
            "lexicon": [(word, sound) for word, sound in said_as if sound],
            "pauses": vars(PAUSES[pace]),
            "rate factor": SLOW if pace == "slow" else 1,
        }


def source(
    engine: Engine, lexicon: tuple[LexiconEntry, ...], recordings: Finder = nobody
) -> Source:
    """Who says words, remembering the sentences last said."""

    @lru_cache(SENTENCES_KEPT)
    def say(text: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        read = pronounce(digit_by_digit(text), locale, lexicon, engine.notation)
        samples, rate = engine.speak(read, locale, pace)
        return sentence(samples, rate, PAUSES[pace].clause, CALL), rate

    return Source(engine, lexicon, recordings, say)


@dataclass(frozen=True)
class Job:
    """One file to make: its name without ending, and how."""

    digest: str
    run: Callable[[], tuple[bytes, Clip | Mp3]]


def make(
    utterances: Iterable[Utterance],
    topics: Iterable[TopicKey],
    lexicon: tuple[LexiconEntry, ...],
    folder: Path,
    engine: Engine,
    progress: Progress,
    recordings: Finder = nobody,
) -> Manifest:
    """Make what is missing or out of date in a folder, and its manifest.

    Stops at the first SpeechError or interrupt and keeps what was made; run again, it goes on.
    """
    who = source(engine, lexicon, recordings)
    with alone(folder):
        rows = _Rows(folder, _read_or_empty(folder))
        jobs = [job for job in _in_order(who, utterances, topics) if not rows.has(job)]
        _run(jobs, rows, progress, max(1, engine.at_once))
        return rows.manifest


class _Rows:
    """The manifest while it grows."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.clips = dict(manifest.clips)
        self.topics = dict(manifest.topics)
        self.digests = {row.digest for row in manifest.rows}

    @property
    def manifest(self) -> Manifest:
        return Manifest(self.clips, self.topics)

    def has(self, job: Job) -> bool:
        return job.digest in self.digests

    def keep(self, content: bytes, row: Clip | Mp3) -> None:
        write_whole(self.folder / row.name, content)
        if isinstance(row, Clip):
            self.clips[row.key] = row
        else:
            self.topics[row.key] = row

    def save(self) -> None:
        write_manifest(self.folder, self.manifest)


def _run(jobs: Sequence[Job], rows: _Rows, progress: Progress, at_once: int) -> None:
    """Do the jobs; whatever happens, what was finished is on disk and in the manifest."""
    progress(0, len(jobs))
    pool = ThreadPoolExecutor(at_once)
    waiting = {pool.submit(job.run) for job in jobs}
    try:
        for done, future in enumerate(as_completed(set(waiting)), 1):
            waiting.discard(future)
            rows.keep(*future.result())
            progress(done, len(jobs))
            if done % SAVED_EVERY == 0:
                rows.save()
    finally:
        pool.shutdown(cancel_futures=True)
        for future in waiting:
            _keep_if_finished(future, rows)
        rows.save()


def _keep_if_finished(future: "Future[tuple[bytes, Clip | Mp3]]", rows: _Rows) -> None:
    if future.done() and not future.cancelled() and future.exception() is None:
        rows.keep(*future.result())


def _in_order(
    who: Source, utterances: Iterable[Utterance], topics: Iterable[TopicKey]
) -> Iterator[Job]:
    """A job a file: each topic's clips, then its MP3, while its sentences are remembered."""
    waiting: dict[Spoken, dict[Utterance, None]] = {}
    for one in utterances:
        waiting.setdefault((composed(one.words), one.locale, one.pace), {})[one] = None
    for topic in dict.fromkeys(topic_key(*each) for each in topics):
        ones = [
            one
            for words in topic.parts
            for one in waiting.pop((words, topic.locale, topic.pace), {})
        ]
        # By lead, so that of two clips of the same words the second finds the first one's sound.
        for one in sorted(ones, key=lambda one: one.lead):
            yield _clip_job(who, one)
        yield _topic_job(who, topic)
    for each in waiting.values():
        for one in each:
            yield _clip_job(who, one)


def _clip_job(who: Source, one: Utterance) -> Job:
    words, locale, pace, lead = key_of(one)
    spoken = who.identity(words, locale, pace)
    digest = digest_of({"lead": lead, "mastering": vars(CALL), "spoken": spoken})

    def run() -> tuple[bytes, Clip]:
        content = wav(between_silences(who.mastered(words, locale, pace), lead, CALL))
        people = who.who(words, locale, pace)
        return content, _clip(digest, one, people, content, spoken.get("recording", ""))

    return Job(digest, run)


def _clip(
    digest: str, one: Utterance, people: tuple[str, str], content: bytes, reading: str
) -> Clip:
    """The row of a clip; `people` are its speaker and its engine."""
    words, locale, pace, lead = key_of(one)
    (speaker, engine), found = people, measure(content)
    return Clip(
        digest=digest,
        words=words,
        locale=locale,
        pace=pace,
        lead=lead,
        speaker=speaker,
        engine=engine,
        seconds=round(found.seconds, 3),
        level=round(found.level, 2),
        wpm=round(found.pace(words), 1),
        sha256=sha256(content).hexdigest(),
        reading=reading,
    )


def _topic_job(who: Source, topic: TopicKey) -> Job:
    said = [who.identity(words, topic.locale, topic.pace) for words in topic.parts]
    line = PAUSES[topic.pace].line
    how = {"mastering": vars(PAGE), "between parts": line}
    digest = digest_of({"topic": topic.topic, "spoken": said} | how)

    def run() -> tuple[bytes, Mp3]:
        samples = _whole_topic(who, topic, line)
        content = mp3(samples)
        people = [who.who(words, topic.locale, topic.pace) for words in topic.parts]
        seconds = round(len(samples) / PAGE.rate, 3)
        return content, _mp3(digest, topic, people, content, seconds)

    return Job(digest, run)


def _mp3(
    digest: str, topic: TopicKey, people: list[tuple[str, str]], content: bytes, seconds: float
) -> Mp3:
    """The row of a topic's sound; `people` are the speaker and the engine of each part."""
    return Mp3(
        digest=digest,
        topic=topic.topic,
        locale=topic.locale,
        pace=topic.pace,
        parts=topic.parts,
        speaker=", ".join(dict.fromkeys(speaker for speaker, _ in people)),
        engine=", ".join(dict.fromkeys(engine for _, engine in people)),
        seconds=seconds,
        level=round(measure(content).level, 2),
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
    )


def _whole_topic(who: Source, topic: TopicKey, line: int) -> Samples:
    """All parts of a topic, each at its level, a key point's pause between them."""
    parts = [mastered(*who.speech(words, topic.locale, topic.pace), PAGE) for words in topic.parts]
    return between_silences(joined(parts, [line] * (len(parts) - 1), PAGE.rate), PAGE_LEAD, PAGE)


def _read_or_empty(folder: Path) -> Manifest:
    """The manifest; of one that cannot be read nothing is kept: making again mends it."""
    try:
        return read_manifest(folder)
    except ManifestError:
        return Manifest()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One who changes a folder at a time; a second maker waits, and then finds nothing missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".making", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f".*{UNFINISHED}"):
            left.unlink(missing_ok=True)
        yield


def workers(jobs: int | None) -> int:
    """How many sentences to speak at once: as told, else one a processor."""
    return jobs or os.cpu_count() or 1
