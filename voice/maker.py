"""What a start lacks, made beside the server: tables, clips, release 1.

A process of its own, which ends when the line is ready and what was being published is live.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import click

from voice import passing
from voice.completing import note, whole
from voice.instance import first_release, make_audio, opened_store
from voice.progress import progress_bar
from voice.script import Script, ScriptError, parse, read_files
from voice.server import bound_to
from voice.settings import Settings
from voice.speech.engine import SpeechError
from voice.store import Release, StoreError, StoreUnreachable, live_release, publish
from voice.unmoved import refuse_unmoved

READY_SECONDS: Final = 120
"""How long the workers may take to load what was made."""
WORKERS_FIRST: Final = 5
"""Seconds that workers may take to answer before anything is made: a second or so is enough."""
TOLD: Final = 5
"""Problems of the first words that are said one by one."""
AGAIN: Final = 2.0
"""Seconds between two tries while the store is away."""

_TRIED: Final = "This is tried again until it works; nothing has to be restarted."
_MEND: Final = "Mend that, then stop the line and start it again: nothing looks again by itself."

Say = Callable[[str], None]


def prepare(settings: Settings, say: Say) -> int:
    """Make what a start needs: tables, clips, then release 1; the number of the live release.

    Clips of the live release come first; one that an earlier version made is completed where this
    one asks for words it does not have. On an empty instance they are those of scripts/, and
    release 1 is published when it can be heard; what `publish` would have refused is said then, for
    a newcomer's line comes up all the same. Raises StoreError, ScriptError or SpeechError; Unmoved
    before anything is made.
    """
    with opened_store(settings) as store:
        kept = live_release(store)
        if kept is None:
            refuse_unmoved(settings)
        script = _to_serve(kept, settings.scripts, say)
        say("Making the clips that are missing: two to four minutes for all, no time for none.")
        with progress_bar("clips") as progress:
            make_audio(settings, script, progress)
        passing.give(store, settings.built, script)
        if kept and script.files != kept.files:
            told = note(kept.number)
            return publish(store, script.files, told, datetime.now(UTC), "completing")
        number = first_release(settings, store, datetime.now(UTC))
    if kept is None:
        tell_unfit(settings, script, say)
    return number


def tell_unfit(settings: Settings, script: Script, say: Say) -> None:
    """Say what keeps these words from patients, where and what to do; nothing if nothing does."""
    # The check is loaded where there is something to check: once in a line's life.
    from voice.publish import check

    found = check(settings, script, datetime.now(UTC).date(), False)
    if not found:
        return
    say(
        f"Let no patient call yet: `publish` would refuse these words for {len(found)} problems. "
        "Mend them, then run: python -m voice publish. python -m voice check tells all of them."
    )
    for one in found[:TOLD]:
        place = " ".join(filter(None, (one.file, one.locale, one.where)))
        say(f"  {place}: {one.message} {one.fix}")


def prepare_when_it_can(settings: Settings, pause: Callable[[float], None] = time.sleep) -> int:
    """Prepare as soon as the store is there: a machine may start before its database does."""
    said = ""
    while True:
        try:
            return prepare(settings, _echo)
        except StoreUnreachable as problem:
            if problem.what != said:
                said = problem.what
                _echo(f"The line is not ready. {said} {problem.remedy} {_TRIED}", err=True)
        pause(AGAIN)


def _to_serve(kept: Release | None, folder: Path, say: Say) -> Script:
    """The live release, completed from the scripts if need be; before the first, the scripts."""
    shipped = read_files(folder)
    if not shipped:
        goes_on = " The live release goes on." if kept else ""
        say(f"There are no scripts in {folder}: SCRIPTS names their folder.{goes_on}")
    return whole(kept.files, shipped) if kept else parse(shipped)


def _echo(text: str, err: bool = False) -> None:
    """Say it; a log that takes nothing more, on a full disk, keeps no line from its start."""
    with suppress(OSError):
        click.echo(text, err=err)


def make_ready(settings: Settings) -> None:
    """Prepare, wait for the server, and say where to point the browser. A process's whole work."""
    _answers(settings, "/healthz", WORKERS_FIRST)
    try:
        prepare_when_it_can(settings)
    except (StoreError, ScriptError, SpeechError, OSError) as problem:
        _echo(f"The line is not ready. {problem}\n{_MEND}", err=True)
        sys.exit(1)
    if not _answers(settings, "/readyz", READY_SECONDS):
        _echo("The line is not ready; its log says why.", err=True)
        sys.exit(1)
    _echo(f"The line is ready. Point your browser at {first_page(settings)}")


def first_page(settings: Settings) -> str:
    """Where a newcomer should look: the browser's telephone where it is open to all."""
    return settings.public_url + ("/try" if settings.local else "/listen")


def _answers(settings: Settings, path: str, within: int) -> bool:
    """Wait so many seconds until the server answers 200 here."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a comparison
    address = bound_to(settings)
    host = everywhere.get(address, address)
    for _ in range(within * 4):
        if _status(host, settings.port, path) == 200:
            return True
        time.sleep(0.25)
    return False


def _status(host: str, port: int, path: str) -> int:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
