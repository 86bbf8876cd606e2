"""The script that is live by the store: one for a whole page, whatever this machine still has."""

from functools import lru_cache

from flask import g

from voice.console.desk import desk
from voice.script import Script, parse
from voice.store import live_number, read_release


def served() -> Script | None:
    """What is live, looked up once a request; None before the first release.

    For seconds after a release this machine serves the one before: a page tells of the new one.
    """
    if "served" not in g:
        g.served = _served()
    script: Script | None = g.served
    return script


def _served() -> Script | None:
    live = desk().live
    number = live_number(desk().store)
    if live.release is None or number in (None, live.release.number):
        return live.script
    return _parsed(tuple(read_release(desk().store, number).files.items()))


@lru_cache(maxsize=2)
def _parsed(files: tuple[tuple[str, str], ...]) -> Script:
    return parse(dict(files))
