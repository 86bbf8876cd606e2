"""What refused requests may cost: a count by kind, and a few lines of the log, however many come.

A request that is not Twilio's is never refused for its rate or its sender's address: whoever makes
up requests could have Twilio's own refused so (docs/security.md). Only what is told of it has a
measure.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from voice.signature import KINDS, Verdict

WRITTEN: Final = 10
"""Refusals of a kind that are written one by one in a minute, by each worker."""

HELD_BACK: Final = "kypholine.held_back"
"""Where a request's environment says that nothing of it is written."""

_MINUTE: Final = timedelta(minutes=1)

_log = logging.getLogger("voice.webhook.door")


@dataclass
class Sparing:
    """Which of many events are written: the first of each minute."""

    most: int = WRITTEN
    _begun: datetime | None = None
    _came: int = 0

    def take(self, at: datetime) -> int | None:
        """Take one more event; None: hold it back.

        Else it is to be written, with the number of those held back in the minute before.
        """
        if self._begun is None or not timedelta() <= at - self._begun < _MINUTE:
            held = max(0, self._came - self.most)
            self._begun, self._came = at, 1
            return held
        self._came += 1
        return 0 if self._came <= self.most else None


def _of_each_kind() -> Mapping[str, Sparing]:
    return {kind: Sparing() for kind in KINDS}


@dataclass(frozen=True)
class Refusals:
    """Counts what was refused, and writes of it what is worth a line.

    `count` is told the kind. Each kind has a measure of its own: a flood of requests without a
    signature hides no line about one whose signature does not fit.
    """

    count: Callable[[str], None]
    _lines: Mapping[str, Sparing] = field(default_factory=_of_each_kind)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, door: str, verdict: Verdict, at: datetime) -> bool:
        """Tell of one refusal at a door; False: it was counted, and not written."""
        self.count(verdict.kind)
        with self._lock:
            held = self._lines[verdict.kind].take(at)
        if held is None:
            return False
        if held:
            _log.warning("%d more refused in a minute (%s), not written", held, verdict.kind)
        _log.warning("refused %s: %s", door, verdict.reason)
        return True
