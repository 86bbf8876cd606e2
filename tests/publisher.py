"""A process that makes words live and is killed in the middle: `python -m tests.publisher`.

Arguments: the folder of an instance, the publication's id, where to die, seconds to add to the
clock. The scripts are the tiny ones, spoken in tones, and pass every check.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tests.conftest import ROOT
from tests.drafting import AT
from tests.sound import tones
from voice.instance import Progress, all_utterances, topic_keys
from voice.publish import Check, Tools, carry_out
from voice.script import Script
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


def speak(settings: Settings, script: Script, progress: Progress, fails_at: str = "") -> None:
    """Make every clip of tones; fail at a text."""
    engine = tones(fails_at)
    said, told = all_utterances(script), topic_keys(script)
    make(said, told, script.lexicon, settings.audio, engine, progress)


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


def main(folder: str, id: str, where: str, seconds: str) -> None:
    """Make words live, and die on the way."""
    if where in ("words", "switch"):
        event.listen(Engine, "commit", lambda connection: _die_in(connection, where))
    carry_out(settings_of(Path(folder)), int(id), clock_at(float(seconds)), deadly(where))


def _die_in(connection: Connection, where: str) -> None:
    """Die before the first transaction is kept, or before the switch is."""
    query = "SELECT state FROM publication ORDER BY id DESC LIMIT 1"
    row = connection.exec_driver_sql(query).first()
    if row is not None and row.state == ("running" if where == "words" else "done"):
        die()


if __name__ == "__main__":
    main(*sys.argv[1:])
