"""What was worked out for a release, on its way between machines: one gives it, others take it.

Only where machines share a store. Working it out takes each worker of a machine two seconds of the
processor that callers need; what cannot be had is worked out all the same.
"""

import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from voice.built import name_of, put
from voice.script import Script
from voice.store import Store, StoreError
from voice.store.worked_out import keep_worked_out, read_worked_out
from voice.switches import ON, Off, ways_off


def give(store: Store, folder: Path, script: Script) -> None:
    """Keep in the store what is kept here of a script that goes live, with everything off too."""
    if not _is_shared(store):
        return
    paths = [folder / name_of(script.files, off) for off in (ON, *ways_off(script))]
    made = {path.name: zlib.compress(path.read_bytes(), 1) for path in paths if path.exists()}
    if made:
        keep_worked_out(store, made)


def take(store: Store, folder: Path, files: Mapping[str, str], off: Off) -> None:
    """Fetch what these files make with this switched off, if it is not here."""
    path = folder / name_of(files, off)
    if path.exists() or not _is_shared(store):
        return
    with suppress(StoreError, OSError, zlib.error):
        content = read_worked_out(store, path.name)
        if content is not None:
            put(path, zlib.decompress(content))


def _is_shared(store: Store) -> bool:
    return store.engine.dialect.name != "sqlite"
