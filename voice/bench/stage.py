"""Serves one rival as the line is served: `python -m voice.bench.stage NAME PORT`."""

import sys

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from voice.server import THREADS


def main(name: str, port: int) -> None:
    """Serve a rival until SIGTERM, with the line's own number of threads."""
    MPServer(
        f"voice.bench.rivals:{name}",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        http=HTTPModes.http1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
