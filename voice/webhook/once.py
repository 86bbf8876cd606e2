"""What this process has counted of the latest requests, as Twilio may send them again."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 2000
"""How many are known at a time, some 0.2 MB; Twilio sends a request again within seconds."""


@dataclass(frozen=True)
class Once:
    """Tells the first time of a thing from every other; threads may ask at the same time."""

    _known: set[int] = field(default_factory=set)
    _order: deque[int] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first(self, *what: str) -> bool:
        """Whether these words come for the first time; only the latest MOST are remembered.

        Only their hash is kept: Python seeds it anew in each process, so nobody can make two alike.
        """
        key = hash(what)
        with self._lock:
            if key in self._known:
                return False
            self._known.add(key)
            self._order.append(key)
            if len(self._order) > MOST:
                self._known.discard(self._order.popleft())
        return True
