"""How many wait for Twilio at once, so that it never keeps callers waiting who want nothing of it.

A worker answers a few requests at a time. Were all of them texts that wait for a Twilio that does
not answer, nobody's key would be heard.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voice.outbound import Outcome, Sent

MOST: Final = 3
"""Errands of a worker that wait for Twilio at once, and requests that wait for what became of one:
together one less than it answers requests."""

SLOW: Final = 2.0
"""Seconds; an errand that failed after so long is one that nobody else should wait for."""

AGAIN_AFTER: Final = 10.0
"""Seconds until the next one may try, alone."""


@dataclass
class Turns:
    """Who may ask Twilio now; one of these for all errands of a process."""

    timer: Callable[[], float] = time.monotonic
    _waiting: int = 0
    _beside: int = 0
    _again_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, ask: Callable[[], Outcome]) -> Outcome | None:
        """Ask, and return what became of it; None, at once, where it would wait in vain."""
        begun = self.timer()
        if not self._take(begun):
            return None
        outcome: Outcome | None = None
        try:
            outcome = ask()
            return outcome
        finally:
            self._give_back(begun, isinstance(outcome, Sent))

    def beside(self, wait: Callable[[], str]) -> str:
        """Wait for what another request asks for, and return it; "", at once, where none may wait.

        How long that takes says nothing about Twilio.
        """
        with self._lock:
            if self._waiting + self._beside >= MOST:
                return ""
            self._beside += 1
        try:
            return wait()
        finally:
            with self._lock:
                self._beside -= 1

    def _take(self, now: float) -> bool:
        with self._lock:
            most = min(MOST - self._beside, MOST if self._again_at is None else 1)
            if self._waiting >= most or (self._again_at is not None and now < self._again_at):
                return False
            self._waiting += 1
            return True

    def _give_back(self, begun: float, done: bool) -> None:
        now = self.timer()
        in_vain = not done and now - begun >= SLOW
        with self._lock:
            self._waiting -= 1
            self._again_at = now + AGAIN_AFTER if in_vain else None
