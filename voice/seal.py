"""Seals a phone number while staff still need it; nobody reads it without the instance's key."""

import base64
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_PURPOSE: Final = b"kypholine: numbers of call-backs"


class SealError(Exception):
    """What was given is not sealed with any of these keys; the error says nothing of either."""

    def __init__(self) -> None:
        super().__init__("it is not sealed with a key known here")


class Seal:
    """Seals with the first of its keys and opens with any of them, so a key can be replaced.

    The keys are secrets of any length, settings.secret_key for one; what is used is derived from
    them for this purpose alone.
    """

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = tuple(keys)

    @cached_property
    def _fernets(self) -> "MultiFernet":
        # Loaded with the first number: it is a twelfth of a worker, and few calls need it.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(_derived(key)) for key in self._keys])

    def seal(self, words: str) -> str:
        """Return the words sealed, as plain ASCII; never the same twice."""
        return self._fernets.encrypt(words.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the words that were sealed; SealError where no key fits or a sign was changed."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernets.decrypt(sealed.encode("utf-8", "replace")).decode()
        except InvalidToken:
            # Not chained: nothing of what was tried is to be seen in a traceback.
            raise SealError from None


def _derived(key: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key)
    return base64.urlsafe_b64encode(derived)
