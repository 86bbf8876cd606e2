"""Something done again and again, by a thread of its own, for as long as its process lives."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Rounds:
    """Does something again and again, once it is started, until it is closed.

    `pause` says how many seconds to wait before the next time. `do` deals with its own errors; one
    that it raises all the same is logged, once for as long as it lasts, and ends nothing.
    """

    def __init__(self, do: Callable[[], None], pause: Callable[[], float]) -> None:
        self._do = do
        self._pause = pause
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin, after a first pause."""
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Do it no more."""
        self._closed.set()

    def _run(self) -> None:
        wrong: type[Exception] | None = None
        while not self._closed.wait(self._pause()):
            try:
                self._do()
                wrong = None
            except Exception as problem:
                if type(problem) is not wrong:  # twice a second, it would fill the log's disk
                    _log.exception("what is done again and again failed: it is done again")
                wrong = type(problem)
