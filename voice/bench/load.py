"""A client that keeps a server busy: many connections that stay open, in a process of its own.

Closed loop: each connection asks again as soon as it is answered, which finds the highest rate.
Open loop: requests are due at a fixed rate whether or not the ones before were answered, and time
counts from when a request was due, which is what callers feel.
"""

import re
import secrets
import selectors
import socket
import time
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

from voice.bench.place import pin

CONNECTIONS: Final = 32
ANY: Final = b"0123456789abcdef" * 2
"""What stands in a request for a token that tells it from every other."""
PATIENCE: Final = 15
"""Seconds without any answer after which a run ends; what was not answered counts as failed."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_FINE = frozenset({b"200", b"204", b"206", b"304"})


@dataclass(frozen=True)
class Load:
    """What to send, where, for how long. `rate` is requests a second; 0 is a closed loop."""

    port: int
    requests: Sequence[bytes]
    seconds: float
    rate: float = 0
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Outcome:
    """What came of a load; times are in seconds, in order of size."""

    answered: int
    failed: int
    seconds: float
    times: "array[float]" = field(repr=False)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    def within(self, share: float) -> float:
        """The time within which this share of the answers came, in milliseconds."""
        last = len(self.times) - 1
        return self.times[round(share * last)] * 1000 if last >= 0 else float("inf")


def due(rate: float, seconds: float) -> int:
    """How many requests are due so many seconds after the begin: the first is at once."""
    return int(seconds * rate) + 1


def put(load: Load, processor: int | None = None) -> Outcome:
    """Put a load on a server from a process of its own, and wait for its end."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, load, processor))
    process.start()
    try:
        if not here.poll(load.seconds + 3 * PATIENCE):
            raise TimeoutError("the load did not end")
        outcome = here.recv()
    finally:
        process.terminate()
        process.join()
    assert isinstance(outcome, Outcome)  # noqa: S101 - what came through the pipe is ours
    return outcome


def _work(there: Connection, load: Load, processor: int | None) -> None:
    pin(processor)
    there.send(_Client(load).run())


@dataclass(eq=False)
class _Line:
    """One connection: what came of the answer so far, and when its request was due."""

    socket: socket.socket
    got: bytes = b""
    due: float = 0.0


class _Client:
    """One run of a load."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.times = array("d")
        self.failed = 0
        self.sent = 0
        self.mark = secrets.token_hex(8).encode()
        self.waiting: deque[float] = deque()
        self.idle: list[_Line] = []
        self.busy = 0
        self.selector = selectors.DefaultSelector()

    def run(self) -> Outcome:
        """Send until the time is over, then wait for the answers that are due."""
        for _ in range(self.load.connections):
            self.idle.append(self.connected())
        begun = heard = time.perf_counter()
        end = begun + self.load.seconds
        planned = 0
        while (now := time.perf_counter()) < end or self.busy or self.waiting:
            if now < end:
                planned = self.plan(begun, now, planned)
            self.send()
            answered = self.hear(0.05 if not self.load.rate else 0.001)
            heard = time.perf_counter() if answered or not self.busy else heard
            if time.perf_counter() - heard > PATIENCE:
                self.failed += self.busy + len(self.waiting)
                break
        return self.outcome(max(time.perf_counter() - begun, self.load.seconds))

    def outcome(self, seconds: float) -> Outcome:
        """What came of it, every connection closed."""
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self.selector.close()
        return Outcome(len(self.times), self.failed, seconds, array("d", sorted(self.times)))

    def plan(self, begun: float, now: float, planned: int) -> int:
        """Note which requests are due by now; how many that were since the begin."""
        if not self.load.rate:
            self.waiting.extend([now] * (len(self.idle) - len(self.waiting)))
            return planned
        many = due(self.load.rate, now - begun)
        self.waiting.extend(begun + n / self.load.rate for n in range(planned, many))
        return max(planned, many)

    def send(self) -> None:
        """Send what is due on the connections that are free."""
        requests = self.load.requests
        while self.idle and self.waiting:
            line = self.idle.pop()
            line.due = self.waiting.popleft()
            line.got = b""
            self.busy += 1
            try:
                token = b"%s%016x" % (self.mark, self.sent)
                line.socket.sendall(requests[self.sent % len(requests)].replace(ANY, token, 1))
            except OSError:
                self.lost(line)
            self.sent += 1

    def hear(self, wait: float) -> int:
        """Take in what came; how many connections had something."""
        ready = self.selector.select(wait)
        for key, _ in ready:
            line: _Line = key.data
            try:
                came = line.socket.recv(262144)
            except OSError:
                came = b""
            if came:
                self.take(line, came)
            else:
                self.lost(line)
        return len(ready)

    def take(self, line: _Line, came: bytes) -> None:
        """Add what came to an answer; when it is whole, count it."""
        line.got = line.got + came if line.got else came
        head = line.got.find(b"\r\n\r\n")
        if head < 0:
            return
        status = line.got[9:12]
        length = _LENGTH.search(line.got, 0, head + 2)
        size = int(length[1]) if length and status not in (b"204", b"304") else 0
        if len(line.got) < head + 4 + size:
            return
        self.busy -= 1
        if status in _FINE:
            self.times.append(time.perf_counter() - line.due)
        else:
            self.failed += 1
        self.idle.append(line)

    def lost(self, line: _Line) -> None:
        """A connection that ended: a new one takes its place, and its request, if any, failed.

        A server closes one that was given nothing to do for a while.
        """
        self.selector.unregister(line.socket)
        line.socket.close()
        if line in self.idle:
            self.idle.remove(line)
        else:
            self.busy -= 1
            self.failed += 1
        self.idle.append(self.connected())

    def connected(self) -> _Line:
        """A new connection."""
        line = _Line(socket.create_connection(("127.0.0.1", self.load.port), timeout=PATIENCE))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(line.socket, selectors.EVENT_READ, line)
        return line
