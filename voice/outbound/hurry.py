"""A whole answer within its time: otherwise the time begins anew with every byte that comes.

Read by requests alone, an answer that drips a byte a second would keep a patient waiting for as
long as it likes. Loaded when a client is opened, and not before.
"""

import io
import math
import time
from http.client import HTTPResponse
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of an answer, its head included; twenty numbers of an account take some 40 kB."""


class Hurried(HTTPAdapter):
    """Carries requests with one `timeout` (seconds) to connect and one for the whole answer.

    Encrypting takes of both: connected, a request ends within two. Past that, and past LARGEST, it
    ends as one whose answer never came: what was asked for may have been done.
    """

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Set up what connects; requests calls it."""
        super().init_poolmanager(*sizes, **more)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *proxy: Any, **more: Any) -> Any:
        """What connects through a proxy; requests calls it."""
        manager = super().proxy_manager_for(*proxy, **more)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Bytes(io.RawIOBase):
    """The bytes of an answer that come until a moment of the clock that only goes on."""

    def __init__(self, sock: Any, raw: Any, until: float) -> None:
        self._sock = sock
        self._raw = raw
        self._until = until
        self._left = LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        """Take what there is. Raises TimeoutError at the end, ConnectionAbortedError for too much.

        A socket's timeout would begin anew here, with every byte that comes.
        """
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the answer was not whole in time")
        self._sock.settimeout(seconds)
        taken = self._raw.readinto(buffer)
        self._left -= taken or 0
        if self._left < 0:
            raise ConnectionAbortedError("the answer is too large")
        return taken

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that takes no longer, from now to its last byte, than its socket's timeout."""

    def __init__(self, sock: Any, *how: Any, **more: Any) -> None:
        super().__init__(sock, *how, **more)
        raw: Any = self.fp
        until = time.monotonic() + sock.gettimeout()
        self.fp = io.BufferedReader(_Bytes(sock, raw.detach(), until))


class _Plain(HTTPConnection):
    response_class = _Answer
    _until = math.inf
    """When a request is over that began with connecting."""

    def connect(self) -> None:
        """Connect; ConnectTimeoutError, with nothing asked for, where that took all the time."""
        timeout = self.timeout
        if isinstance(timeout, int | float):
            self._until = time.monotonic() + 2 * timeout
        super().connect()
        if time.monotonic() > self._until:
            raise ConnectTimeoutError(self, "connecting took all the time there is")

    def getresponse(self) -> Any:
        """Read an answer; urllib3 sets the socket's timeout from `timeout`."""
        if isinstance(self.timeout, int | float):
            # Zero would mean not to wait at all, which is another error.
            self.timeout = max(0.01, min(self.timeout, self._until - time.monotonic()))
        self._until = math.inf
        return super().getresponse()


class _Encrypted(_Plain, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


_POOLS: Final = {"http": _PlainPool, "https": _EncryptedPool}
