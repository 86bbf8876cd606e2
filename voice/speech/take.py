"""A take: somebody has read exact words aloud, and a process of its own listens to it.

Light: a worker that serves loads no numpy. What people send may be anything, so the process that
decodes it has little memory and time, and nothing is lost with it.
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from voice.script import Pace

MOST_BYTES: Final = 20_000_000
"""What may be sent: a minute and a half of stereo at CD quality, and more of anything else."""
MOST_SECONDS: Final = 90
PATIENCE: Final = 30.0
"""Seconds that listening may take."""
TURN: Final = 5.0
"""Seconds to wait for another take: while many are sent, calls still find a free thread."""

_one_at_a_time = threading.Lock()
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Wanted:
    """The words that were to be read. `longest`: seconds a clip of them may last, None for any."""

    words: str
    locale: str
    pace: Pace
    longest: float | None = None


@dataclass(frozen=True)
class Remark:
    """What is to say about a take: which thing, a number, and which number there should be."""

    kind: str
    number: float = 0.0
    usual: float = 0.0


@dataclass(frozen=True)
class Take:
    """What was heard. A take with faults cannot be kept; notes are only told.

    `level` is how loud it came, in dBov; `peaks` its picture, each of 100. `content` is FLAC at the
    line's level, `heard` the WAV that a caller hears; both are empty where there are faults.
    """

    faults: tuple[Remark, ...]
    notes: tuple[Remark, ...] = ()
    seconds: float = 0.0
    level: float = 0.0
    peaks: tuple[int, ...] = ()
    content: bytes = b""
    heard: bytes = b""


def listen(content: bytes, wanted: Wanted) -> Take:
    """Listen to a file in a process of its own; whatever happens to that, the answer is a take."""
    if len(content) > MOST_BYTES:
        return Take((Remark("large", MOST_BYTES / 1e6),))
    if not _one_at_a_time.acquire(timeout=TURN):
        return Take((Remark("busy"),))
    try:
        return read(_answer(json.dumps(asdict(wanted)).encode() + b"\n" + content))
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return Take((Remark("not-sound"),))
    finally:
        _one_at_a_time.release()


def _answer(asked: bytes) -> bytes:
    command = (sys.executable, "-m", "voice.speech.taking")
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread would ask for memory
    done = subprocess.run(  # noqa: S603
        command, input=asked, capture_output=True, timeout=PATIENCE, env=alone, cwd=_ROOT
    )
    return done.stdout


def written(take: Take) -> bytes:
    """A take on its way between processes: a line of JSON, then its sounds."""
    told = asdict(take) | {"content": len(take.content), "heard": len(take.heard)}
    return json.dumps(told).encode() + b"\n" + take.content + take.heard


def read(answer: bytes) -> Take:
    """A take from what `written` made. ValueError or KeyError for anything else."""
    line, _, sounds = answer.partition(b"\n")
    told = json.loads(line)
    return Take(
        faults=tuple(Remark(**one) for one in told["faults"]),
        notes=tuple(Remark(**one) for one in told["notes"]),
        seconds=told["seconds"],
        level=told["level"],
        peaks=tuple(told["peaks"]),
        content=sounds[: told["content"]],
        heard=sounds[told["content"] :],
    )
