"""Plays clips on this machine, with whichever program it has for that."""

import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from typing import Final, TextIO

# Each with the arguments that make it play one WAV file and be quiet about it.
_PLAYERS: Final = (
    ("afplay",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("play", "-q"),
)

Play = Callable[[bytes], bool]
"""Plays a clip to its end; true where the person typed something and so stopped it."""


def find_player(find: Callable[[str], str | None] = shutil.which) -> tuple[str, ...] | None:
    """The first program on this machine that plays a WAV file, with its arguments."""
    for program, *arguments in _PLAYERS:
        path = find(program)
        if path:
            return (path, *arguments)
    return None


def player_names() -> str:
    """The programs `find_player` looks for, to tell the person who has none."""
    return ", ".join(player[0] for player in _PLAYERS)


def play_with(command: tuple[str, ...], typing: Callable[[], bool]) -> Play:
    """Play clips with a program; `typing` tells whether the person has typed meanwhile."""

    def play(clip: bytes) -> bool:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            file.write(clip)
            file.flush()
            return _play_file((*command, file.name), typing)

    return play


def _play_file(command: tuple[str, ...], typing: Callable[[], bool]) -> bool:
    quiet = subprocess.DEVNULL
    # The program is one of _PLAYERS, found on PATH; the file is ours.
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as player:  # noqa: S603
        while True:
            try:
                player.wait(0.1)
                return typing()
            except subprocess.TimeoutExpired:
                if typing():
                    player.terminate()
                    return True


def typing_at(stdin: TextIO) -> Callable[[], bool]:
    """A test for whether a whole line waits to be read; from a pipe nobody interrupts."""
    if not stdin.isatty():
        return lambda: False
    return lambda: bool(select.select([stdin], [], [], 0)[0])
