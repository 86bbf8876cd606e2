"""What a release needs to be served, worked out once and kept: the next start reads it back.

Where every place of a call is, what is said there, and what the script knows of people's words take
two seconds to work out, and a twentieth of one to read. What is kept belongs to these very files
and this very code; nothing else is ever read. Without a folder it is worked out each time.
"""

import gc
import hashlib
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from voice.release import Built, build
from voice.script import parse
from voice.speech.clips import write_whole
from voice.switches import ON, Off, switched

MOST_KEPT: Final = 12
"""How many are kept at most, three for each release; the oldest go."""

_PARTS: Final = (
    "script",
    "hours.py",
    "switches.py",
    "words.py",
    "lists.py",
    "built.py",
    "release.py",
    "dialog",
    "understand",
)
"""The code that works it out, in this package."""


def built(files: Mapping[str, str], off: Off = ON, folder: Path | None = None) -> Built:
    """Return what these files make with this switched off: kept in `folder`, or worked out.

    Raises ScriptError for files that make no script.
    """
    if folder is None:
        return build(switched(parse(files), off))
    path = folder / name_of(files, off)
    kept = read_kept(path)
    if kept is None:
        kept = build(switched(parse(files), off))
        with suppress(OSError):  # a folder that nobody may write to, or a full disk
            keep(path, kept)
    return kept


def name_of(files: Mapping[str, str], off: Off) -> str:
    """Return the name of the file in which it is kept: a digest of the words and of the code."""
    what = [_code(), *(f"{name}\0{files[name]}" for name in sorted(files))]
    what += [*sorted(off.topics), f"line off: {off.line}"]
    digest = hashlib.sha256("\0\0".join(what).encode("utf-8", "replace"))
    return f"{digest.hexdigest()}.built"


@cache
def _code() -> str:
    """Return a digest of the code that works it out."""
    here = Path(__file__).parent
    found = [path for part in _PARTS for path in _sources(here / part)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in found)).hexdigest()


def _sources(path: Path) -> list[Path]:
    return sorted(path.glob("*.py")) if path.is_dir() else [path]


# On disk -----------------------------------------------------------------------------------------


class _Writer(pickle.Pickler):
    """Writes a number for each word: whoever reads them holds one of each, 1 MB less."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.words: dict[str, int] = {}

    def persistent_id(self, obj: Any) -> int | None:
        return self.words.setdefault(obj, len(self.words)) if type(obj) is str else None


class _Reader(pickle.Unpickler):
    """Makes our own values and plain ones, and nothing that could do anything."""

    def __init__(self, file: io.BytesIO, words: Sequence[str] = ()) -> None:
        super().__init__(file)
        self._words = words

    def persistent_load(self, pid: int) -> str:
        return self._words[pid]

    def find_class(self, module: str, name: str) -> Any:
        plain = {("builtins", "frozenset"), ("datetime", "date"), ("datetime", "time")}
        ours = module.startswith("voice.") and name[0].isupper() and "." not in name
        if not ours and (module, name) not in plain:
            raise pickle.UnpicklingError(f"{module}.{name} is not kept here")
        return super().find_class(module, name)


_UNREADABLE: Final = (pickle.UnpicklingError, AttributeError, EOFError, IndexError)
"""What pickle says it raises where something else was written than is read."""

_SUM: Final = 32
"""Bytes of the digest a file begins with; after it come its words, then all else."""


def read_kept(path: Path) -> Built | None:
    """Return what is kept at a path; None where it is nothing, or broken."""
    try:
        content = path.read_bytes()
        if hashlib.sha256(content[_SUM:]).digest() != content[:_SUM]:
            return None
        with _at_once():
            file = io.BytesIO(content[_SUM:])
            kept = _Reader(file, _Reader(file).load()).load()
    except (OSError, *_UNREADABLE):
        return None
    return kept if isinstance(kept, Built) else None


def keep(path: Path, made: Built) -> None:
    """Write what was worked out. OSError where it cannot be written."""
    file = io.BytesIO()
    writer = _Writer(file)
    writer.dump(made)
    content = pickle.dumps(tuple(writer.words), protocol=5) + file.getvalue()
    put(path, hashlib.sha256(content).digest() + content)


def put(path: Path, content: bytes) -> None:
    """Write a file as it is kept; the oldest go. OSError where it cannot be written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content)
    kept = sorted(path.parent.glob("*.built"), key=lambda one: one.stat().st_mtime)
    for old in kept[:-MOST_KEPT]:
        old.unlink(missing_ok=True)


@contextmanager
def _at_once() -> Iterator[None]:
    """Make many values without a look, again and again, for those that nobody needs any more."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()
