"""Keys this instance made for itself: once, in a file only its owner may read."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILE: Final = "keys.json"
_PRIVATE = 0o600


class SecretsError(Exception):
    """The keys in the instance folder cannot be read or made."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class KeysLost(SecretsError):
    """There are no keys, and the store knows people by some: under new ones they are strangers."""


@dataclass(frozen=True)
class Keys:
    """Hexadecimal texts of 32 random bytes each."""

    secret_key: str = field(repr=False)
    contact_key: str = field(repr=False)


def kept(folder: Path) -> Keys | None:
    """The keys made earlier, if any were."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text("utf-8"))
        return Keys(str(found["secret_key"]), str(found["contact_key"]))
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise SecretsError(path, problem.strerror or "cannot be read") from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise SecretsError(path, "holds no keys; bring back its backup") from problem


def keep(folder: Path, randomness: Callable[[int], bytes], store: Path) -> Keys:
    """The keys of this instance, made now if there are none.

    Processes that start at once agree: one makes them, the others read them. Keys that are there
    are read without waiting, for they are written whole: so a disk that takes no writing any more
    keeps no line from its start. Raises KeysLost where the SQLite file of the store knows somebody.
    """
    known = kept(folder)
    if known:
        return known
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            found = kept(folder)
            if not found and _knows_people(store):
                raise KeysLost(folder / FILE, f"is gone, and {store} holds what only it opens")
            return found or _make(folder / FILE, randomness)
    except OSError as problem:
        raise SecretsError(folder / FILE, problem.strerror or "cannot be made") from problem


def _knows_people(store: Path) -> bool:
    """Whether a SQLite file holds a contact, or may: one that is held is not passed over."""
    if not store.is_file():
        return False
    import sqlite3  # for a moment in which no keys are there

    try:
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as file:
            return file.execute("SELECT 1 FROM contact").fetchone() is not None
    except sqlite3.Error as problem:
        return not any(why in str(problem) for why in ("no such table", "not a database"))


def _make(path: Path, randomness: Callable[[int], bytes]) -> Keys:
    keys = Keys(randomness(32).hex(), randomness(32).hex())
    text = json.dumps({"secret_key": keys.secret_key, "contact_key": keys.contact_key}, indent=1)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return keys


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While inside, no other process of this machine is."""
    handle = os.open(folder / "keys.lock", os.O_RDWR | os.O_CREAT, _PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
