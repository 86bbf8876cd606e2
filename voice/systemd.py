"""What systemd is told by the process in front: that it began, and again and again that it lives.

Whoever starts a service names the socket on which to tell it (NOTIFY_SOCKET), and with WatchdogSec=
how long it waits for the next sign of life before it ends the service and starts it again. Where
nobody asked for it nobody is told.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

PATIENCE: Final = 1.0
"""Seconds to wait for room on the socket. The next sign of life comes by itself."""


class Manager:
    """Whoever started this process, as far as the environment tells of it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        own = str(os.getpid())
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._waits = "WATCHDOG_USEC" in environ and environ.get("WATCHDOG_PID", own) == own

    def begun(self) -> None:
        """Say that from now on this process does what it is told."""
        self._tell(b"READY=1")

    def lives(self) -> None:
        """Give a sign of life, where one is waited for."""
        if self._waits:
            self._tell(b"WATCHDOG=1")

    def _tell(self, what: bytes) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.settimeout(PATIENCE)
            told.sendto(what, self._address)
