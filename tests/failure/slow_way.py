"""A long way to PostgreSQL: all it answers comes late, as from far away or a busy machine."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LEAST, MOST = 0.3, 0.8
"""Seconds that each answer is late."""


@dataclass
class Way:
    """Listens on `port` of this machine for a PostgreSQL on a socket in a folder."""

    folder: Path
    listener: socket.socket
    slow: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    late: int = 0
    """Answers that came late."""
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def url(self, database: str) -> str:
        """The DATABASE_URL of a database at the end of this way."""
        return f"postgresql://postgres@127.0.0.1:{self.listener.getsockname()[1]}/{database}"

    def run(self) -> None:
        """Take whoever comes, until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.folder / ".s.PGSQL.5432"))
            for way in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, giver: socket.socket, taker: socket.socket, answers: bool) -> None:
        with suppress(OSError), closing(giver), closing(taker):
            while found := giver.recv(65536):
                if answers and self.slow.is_set():
                    self.late += 1
                    self.over.wait(self.chance.uniform(LEAST, MOST))
                taker.sendall(found)


@contextmanager
def slow_way(folder: Path) -> Iterator[Way]:
    """A way that is as quick as any until it is told to be slow."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = Way(folder, listener)
        thread = threading.Thread(target=way.run)
        thread.start()
        try:
            yield way
        finally:
            way.over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
