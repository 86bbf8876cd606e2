"""Does a worker grow? Calls and texts in turns, very many of them, its memory noted on the way."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from voice.bench import wire
from voice.bench.load import Load, put
from voice.bench.place import Server, memory, processors, served
from voice.bench.run import CALLS, Say, environ_in, line_command
from voice.script import Script, load
from voice.settings import Settings

MARKS: Final = 20
"""How often memory is noted."""
TEXTS: Final = 0.2
"""The share of a stretch's time in which texts are sent; the rest is calls."""
STRETCH: Final = 5.0
"""Seconds of load between two looks at how many requests there were."""


@dataclass(frozen=True)
class Mark:
    """The worker's memory, MB, after so many requests."""

    requests: int
    memory: float
    failed: int


def soaked(settings: Settings, requests: int, say: Say) -> tuple[Mark, ...]:
    """Send so many requests to a line of its own and note its memory; PlaceError, ScriptError."""
    script = load(settings.scripts)
    with TemporaryDirectory(prefix="kypholine-soak-") as folder:
        environ = environ_in(settings, Path(folder))
        on, by = processors()
        with served(line_command, environ, "/readyz", on) as line:
            return _marks(line, script, requests, by, say)


def _marks(
    line: Server, script: Script, requests: int, by: int | None, say: Say
) -> tuple[Mark, ...]:
    calls = [wire.raw(sent) for n in range(CALLS) for sent in wire.call(line.url, script, n)]
    bodies, marks = wire.mixed(script), [Mark(len(calls), memory(line), 0)]
    sent, failed, turn = len(calls), 0, 0
    while sent < requests:
        many = max(1, requests // 200)
        texts = wire.texts(line.url, bodies, turn * many, many)
        for load_ in (
            Load(line.port, calls, STRETCH * (1 - TEXTS)),
            Load(line.port, texts, STRETCH * TEXTS),
        ):
            outcome = put(load_, by)
            sent, failed = sent + outcome.answered, failed + outcome.failed
        turn += 1
        if sent >= len(marks) * requests / MARKS:
            marks.append(Mark(sent, memory(line), failed))
            say(f"{sent:,} requests, {marks[-1].memory:.1f} MB")
    return tuple(marks)
