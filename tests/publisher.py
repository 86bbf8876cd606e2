"""A process that makes words live, and may be killed in the middle.

The scripts are the tiny ones, spoken in tones, and pass every check. A test forks it, or starts
`python -m tests.publisher FOLDER ID` with an instance's folder and a publication's id.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tests import kept
from tests.conftest import ROOT
from tests.drafting import AT
from tests.sound import tones
from voice.instance import Progress, topic_keys
from voice.publish import Check, Tools, carry_out
from voice.script import Script, Utterance, load, parse
from voice.settings import Settings, read
from voice.speech.render import make

TINY = ROOT / "tests" / "data" / "tiny-scripts"


def settings_of(folder: Path) -> Settings:
    """The settings of an instance whose clips are its own."""
    given = {"INSTANCE": str(folder), "AUDIO": str(folder / "audio"), "SCRIPTS": str(TINY)}
    return read(given, root=ROOT)


def no_problems(*_: object) -> tuple[()]:
    """A check that finds nothing."""
    return ()


def all_utterances(script: Script, _: Path | None = None) -> tuple[Utterance, ...]:
    """What `voice.instance` says has to be spoken, told once for the same files."""
    return _utterances(tuple(script.files.items()))


@cache
def _utterances(files: tuple[tuple[str, str], ...]) -> tuple[Utterance, ...]:
    return kept.ever_said(parse(dict(files)))


def speak(settings: Settings, script: Script, progress: Progress, fails_at: str = "") -> None:
    """Make every clip of tones; fail at a text. Those of the tiny scripts are made once a run."""
    if not settings.audio.exists():
        kept.FOLDER.mkdir(mode=0o700, exist_ok=True)
        tiny, folder = load(TINY), kept.FOLDER / "tones"
        _speak(tiny, folder, lambda *_: None)  # a second worker of the run waits here
        shutil.copytree(folder, settings.audio)
    _speak(script, settings.audio, progress, fails_at)


def _speak(script: Script, folder: Path, progress: Progress, fails_at: str = "") -> None:
    engine = tones(fails_at)
    said, told = all_utterances(script), topic_keys(script)
    make(said, told, script.lexicon, folder, engine, progress)


def clock_at(seconds: float) -> Callable[[], datetime]:
    """A clock that stands still some seconds after the tests' own time."""
    return lambda: AT + timedelta(seconds=seconds)


def die(*_: object) -> None:
    """End as a killed process ends: at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(where: str) -> Tools:
    """Tools of which one kills the process."""

    def check(settings: Settings, script: Script, today: object, audio: bool) -> tuple[()]:
        if where == ("sound" if audio else "check"):
            die()
        return ()

    def make_some(settings: Settings, script: Script, progress: Progress) -> None:
        def counted(done: int, total: int) -> None:
            progress(done, total)
            if where == "clips" and done == 1:
                die()

        speak(settings, script, counted)

    told: Check = check
    return Tools(make_some, told)


def die_at(where: str, settings: Settings, id: int, seconds: float) -> int:
    """Go on with a publication in a child of this process that is killed; how it ended.

    No connection of this process to the store may be open.
    """
    child = os.fork()
    if child == 0:
        try:
            if where in ("words", "switch"):
                event.listen(Engine, "commit", lambda connection: _die_in(connection, where))
            carry_out(settings, id, clock_at(seconds), deadly(where))
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_in(connection: Connection, where: str) -> None:
    """Die before the first transaction is kept, or before the switch is."""
    query = "SELECT state FROM publication ORDER BY id DESC LIMIT 1"
    row = connection.exec_driver_sql(query).first()
    if row is not None and row.state == ("running" if where == "words" else "done"):
        die()


if __name__ == "__main__":
    carry_out(
        settings_of(Path(sys.argv[1])), int(sys.argv[2]), clock_at(0), Tools(speak, no_problems)
    )
