"""`voice serve`, but that a worker hangs after LOOKS looks, and may be made to: for tests.

    python -m tests.failure.impatient

SIGUSR2 has a worker wait in C and hold Python's lock, as an extension's deadlock does.
"""

import ctypes
import os
import signal

from voice.server import serve
from voice.settings import read


def hang(*_: object) -> None:
    """Let nothing else of this process run."""
    ctypes.PyDLL(None).sleep(600)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, hang)  # workers are forks of this process
    serve(read(os.environ), int(os.environ["LOOKS"]))
