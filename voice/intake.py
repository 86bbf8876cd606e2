"""What is sent is taken in before anybody works on it, and who never finishes sending is cut off.

granian hands a request on when its head has come. Whoever then reads its body waits for the sender,
for ever if need be: the server has no limit for that. So more threads take in than work, and where
a body stays away too long its connection is shut, which ends the reading. A proxy passes requests
on when they are whole; behind one nobody ever waits here.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from io import BytesIO
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple

from voice.connections import cut, hurry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST: Final = 256 * 1024
"""Bytes; only signed-in staff may send more, which is read where it is needed."""
PATIENT: Final = 10.0
"""Seconds a head may take, and a body after it. Twilio sends both at once."""
PRESSED: Final = 0.5
"""Seconds it may take where half of those who take in wait already."""
UNREAD: Final = 30
"""Seconds nobody may read on in an answer; the server has no limit for that either. As nginx's."""
EVERY: Final = 0.25
"""Seconds between two looks for those that take too long."""

TOO_LARGE: Final = "413 CONTENT TOO LARGE"
BROKEN_OFF: Final = "400 BAD REQUEST"
"""Nobody reads it: the connection is gone."""

_log = logging.getLogger(__name__)


class Awaited(NamedTuple):
    """A body somebody waits for."""

    begun: float
    """When the waiting began, in seconds of the clock that only goes on."""
    sender: str
    """The IP address it comes from."""
    port: int
    """Our own, to which it comes."""


class Intake:
    """Lets so many threads `work` at once, and so many `more` wait for what is still being sent."""

    def __init__(self, work: int, more: int) -> None:
        self.awaited: dict[int, Awaited] = {}
        """By the number of the thread that waits."""
        self._turns = SimpleQueue[None]()
        for _ in range(work):
            self._turns.put(None)
        self._many = (work + more) // 2
        self._before = set[Awaited]()
        self._hurried = False

    def of(self, app: "WSGIApplication") -> "WSGIApplication":
        """An app that answers as this one does, once it has all that was sent."""
        turns = self._turns

        def whole(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            refused = self._take_in(environ)
            if refused:
                start_response(refused, [("Content-Length", "0"), ("Server", "kypholine")])
                return [b""]
            turns.get()
            try:
                return app(environ, start_response)
            finally:
                turns.put(None)

        return whole

    def _take_in(self, environ: "WSGIEnvironment") -> str:
        """Have the body in memory; "" or the status it is refused with."""
        size = announced(environ)
        if not size:
            return ""
        thread, port = threading.get_ident(), int(environ["SERVER_PORT"])
        self.awaited[thread] = Awaited(time.monotonic(), environ["REMOTE_ADDR"], port)
        try:
            body = environ["wsgi.input"].read(size)
        finally:
            del self.awaited[thread]
        environ["wsgi.input"] = BytesIO(body)
        if len(body) > LARGEST:
            return TOO_LARGE
        return BROKEN_OFF if environ.get("CONTENT_LENGTH") and len(body) < size else ""

    def look(self) -> None:
        """Cut off who takes too long; the system does so with who does not read."""
        self._hurried = self._hurried or hurry(UNREAD)
        for (port, sender), ages in self.overdue(time.monotonic()).items():
            number = cut(port, sender, ages)
            if number:
                _log.warning("cut off %d that did not finish what they sent", number)

    def overdue(self, now: float) -> Mapping[tuple[int, str], list[float]]:
        """Who takes too long, as `late` tells it, and was there when this was asked before.

        After a whole machine stood still, everybody seems late who was just sending.
        """
        awaited = set(self.awaited.values())
        still, self._before = awaited & self._before, awaited
        return late(still, self._many, now)


def announced(environ: "WSGIEnvironment") -> int:
    """How many bytes to take in: as many as announced, one too many where none are; 0 for nothing.

    Nothing is taken in of what is too large for anybody but staff.
    """
    told = environ.get("CONTENT_LENGTH") or ""
    if told.isascii() and told.isdigit():
        return int(told) if len(told) < 9 and int(told) <= LARGEST else 0
    return LARGEST + 1 if "HTTP_TRANSFER_ENCODING" in environ else 0


def late(
    awaited: Collection[Awaited], many: int, now: float
) -> Mapping[tuple[int, str], list[float]]:
    """By our port and who sends, for how many seconds each body has stayed away that is too late.

    Where `many` are awaited there is less patience.
    """
    patience = PRESSED if len(awaited) >= many else PATIENT
    found: dict[tuple[int, str], list[float]] = {}
    for begun, sender, port in awaited:
        if now - begun > patience:
            found.setdefault((port, sender), []).append(now - begun)
    return found
