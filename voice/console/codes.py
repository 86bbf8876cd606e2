"""Authenticator codes: six digits that a telephone shows for half a minute (RFC 6238). Pure.

The arithmetic is pyotp's. A code is good once: the caller passes which half minute it was.
"""

import re
from base64 import b32encode
from datetime import datetime
from typing import Final
from urllib.parse import quote

from pyotp import TOTP
from pyotp.utils import strings_equal

NAME: Final = "kypholine"
BYTES: Final = 20
"""Random bytes of a secret, as many as the hash has (RFC 4226, section 4)."""
DRIFT: Final = 1
"""Half minutes that a telephone's clock may be wrong by (RFC 6238, section 5.2)."""


def secret_of(randomness: bytes) -> str:
    """A secret as authenticator apps take it, of BYTES random bytes."""
    return b32encode(randomness).decode("ascii")


def spelled(secret: str) -> str:
    """A secret in fours, for a person to type."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def address(secret: str, email: str) -> str:
    """What the square code says, and what a telephone opens its app with."""
    named = TOTP(secret, name=quote(email, safe="@."), issuer=NAME)
    return named.provisioning_uri()


def step_of(secret: str, typed: str, after: int, at: datetime) -> int | None:
    """The half minute of this code, if it is good now and later than `after`; None otherwise."""
    digits = re.sub(r"\D", "", typed)
    codes = TOTP(secret)
    now = codes.timecode(at)
    steps = range(max(now - DRIFT, after + 1), now + DRIFT + 1)
    return next((one for one in steps if strings_equal(codes.generate_otp(one), digits)), None)
