"""Sound somebody waits for: asked for, how far it is, and what came of it.

An order is a file that holds all its process needs to know; its name is a digest of it, so the same
order is the same file, and what came of it lies beside it. Light: no engine and no numpy.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from voice.rehearsal.sounds import FOLDER, prune
from voice.script import Script
from voice.settings import Settings
from voice.speech.clips import digest_of, write_whole

BEGINS: Final = 20.0
"""Seconds in which a process that was started takes its order, or never does."""

State = Literal["waiting", "making", "done", "failed", "late", "busy", "died"]


@dataclass(frozen=True)
class Progress:
    """How far an order is: `done` clips of `total`. `reason` says what failed, in English."""

    state: State
    done: int = 0
    total: int = 0
    reason: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self.state in ("waiting", "making")


@dataclass(frozen=True)
class Order:
    """What is to be made: `kind` is hear, ring or say; the others say what of."""

    kind: str
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name: 16 hex digits."""
        return digest_of({"kind": self.kind, "fields": self.fields})


def to_hear(draft: Script, live: Script, subject: str, recorded: str = "") -> Order:
    """What the line says of a subject; `recorded` changes with what people recorded."""
    return Order("hear", {**_scripts(draft, live), "subject": subject, "recorded": recorded})


def to_ring(draft: Script, live: Script, recorded: str = "") -> Order:
    """All that a call can say and that callers do not hear yet; `recorded` as in `to_hear`."""
    return Order("ring", {**_scripts(draft, live), "recorded": recorded})


def to_say(live: Script, word: str, locale: str, like: str, sentence: str) -> Order:
    """A sentence with a word in it, as callers hear it now and with the word said like this."""
    told = {"word": word, "locale": locale, "like": like, "sentence": sentence}
    return Order("say", {"lexicon": [asdict(entry) for entry in live.lexicon], **told})


def _scripts(draft: Script, live: Script) -> dict[str, Any]:
    changed = {name: text for name, text in draft.files.items() if live.files.get(name) != text}
    return {"live": dict(live.files), "changed": changed}


def launch(settings: Settings, name: str, person: int) -> None:
    """Start a process that makes an order. It has this process's environment and outlives it.

    Which instance it works for it is told, for whoever set that elsewhere.
    """
    folders = {"INSTANCE": settings.instance, "AUDIO": settings.audio, "SCRIPTS": settings.scripts}
    command = (sys.executable, "-m", "voice.rehearsal.maker", name, str(person))
    process = subprocess.Popen(  # noqa: S603 - our own program; a digest and a number
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **{key: str(path) for key, path in folders.items()}},
    )
    threading.Thread(target=process.wait, daemon=True).start()


class Orders:
    """The orders of an instance. Any worker of the machine can go on with them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.root = settings.instance / FOLDER

    def progress(self, name: str) -> Progress | None:
        """How far an order of this name is; None for one that nobody gave, or too long ago."""
        try:
            told = Progress(**json.loads(self._state(name).read_bytes()))
            age = time.time() - self._state(name).stat().st_mtime
        except (OSError, ValueError, TypeError):
            return None
        lost = told.state == "waiting" and age > BEGINS
        if lost or (told.state == "making" and not self._is_held(self._lock(name))):
            return Progress("died", told.done, told.total)
        return told

    def begin(self, order: Order, person: int) -> bool:
        """Start making what is ordered; False where this person waits for something else."""
        (self.root / "order").mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._one_at_a_time():
            told = self.progress(order.name)
            if told is not None and (told.running or told.state == "done"):
                return True
            if self._is_busy(person):
                return False
            prune(self.root)
            content = json.dumps({"kind": order.kind, **order.fields}, ensure_ascii=False)
            write_whole(self._order(order.name), content.encode())
            self.tell(order.name, Progress("waiting"))
            self._theirs(person).write_text(order.name)
        launch(self._settings, order.name, person)
        return True

    # What the process does -----------------------------------------------------------------------

    def read(self, name: str) -> dict[str, Any]:
        """What is ordered. OSError and ValueError where it cannot be read."""
        ordered: dict[str, Any] = json.loads(self._order(name).read_bytes())
        return ordered

    def tell(self, name: str, progress: Progress) -> None:
        """Note how far an order is."""
        told = json.dumps(asdict(progress), ensure_ascii=False)
        write_whole(self._state(name), told.encode())

    @contextmanager
    def taken(self, name: str, person: int) -> Iterator[bool]:
        """Hold an order while it is made; False where another process does, or makes this person's.

        Both locks end with the process, however it ends.
        """
        with open(self._lock(name), "a") as mine, open(self._theirs(person), "a") as theirs:
            try:
                fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(theirs, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Let nobody else begin an order: two quick presses would begin it twice."""
        with open(self.root / "beginning.lock", "a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _is_busy(self, person: int) -> bool:
        """Whether something is made for a person, or a process was only just started for that."""
        theirs = self._theirs(person)
        if self._is_held(theirs):
            return True
        last = self.progress(theirs.read_text()) if theirs.exists() else None
        return last is not None and last.state == "waiting"

    def _is_held(self, lock: Path) -> bool:
        try:
            with open(lock) as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    def _order(self, name: str) -> Path:
        return self.root / "order" / f"{name}.json"

    def _state(self, name: str) -> Path:
        return self.root / "order" / f"{name}.state"

    def _lock(self, name: str) -> Path:
        return self.root / "order" / f"{name}.lock"

    def _theirs(self, person: int) -> Path:
        return self.root / "order" / f"person-{person}.lock"
