"""What somebody typed when their session ended, sealed into the sign-in page until they are back.

Nothing of it is stored: the page itself carries it, and only this instance can open it. It opens
for the person who typed it alone.
"""

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from voice.seal import Seal, SealError

MOST: Final = 256 * 1024
"""Bytes that a sign-in page may send back, what was typed included."""
_NEVER = ("password", "csrf_token")  # nor anything with such a name
_FILLED_IN: Final = frozenset(
    "next do deed sure kind field practice digest role signatures ticket sealed kept".split()
    + "locale subject topic word words like".split()
)
"""Fields that a page fills in itself, and buttons."""
_HIDDEN = ("seen:", "both:", "back_")
"""How the names of others begin."""
_CHOSEN = ("roles", "expired", "heard")
"""How the names begin of what is ticked: kept, but nothing that anybody could read."""


@dataclass(frozen=True)
class Kept:
    """A form as it was sent: by whom, to which path, and its fields in their order."""

    staff: int
    path: str
    fields: tuple[tuple[str, str], ...]
    secrets: bool

    @property
    def worth_keeping(self) -> bool:
        """Whether it has anything in it that a person wrote or ticked."""
        return any(text.strip() and not filled_in(name) for name, text in self.fields)

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """The fields that have something in them which a person wrote."""
        mine = (one for one in self.fields if one[1].strip() and not filled_in(one[0]))
        return tuple(one for one in mine if not one[0].startswith(_CHOSEN))


def filled_in(name: str) -> bool:
    """Whether a field of this name is filled in by the page it is on, or says which button."""
    return name in _FILLED_IN or name.startswith(_HIDDEN)


def keep(staff: int, path: str, fields: Iterable[tuple[str, str]]) -> Kept:
    """This form without its passwords and its token."""
    given = tuple(fields)
    left = tuple(pair for pair in given if not any(word in pair[0] for word in _NEVER))
    return Kept(staff, path, left, any("password" in name for name, _ in given))


class Keeper:
    """Seals forms with a key that is good for nothing else."""

    def __init__(self, secret: bytes) -> None:
        self._seal = Seal([hmac.digest(secret, b"kept forms", "sha256")])

    def seal(self, kept: Kept) -> str:
        """The form as a text for a hidden field."""
        told = json.dumps([kept.staff, kept.path, kept.fields, kept.secrets]).encode()
        return self._seal.seal(urlsafe_b64encode(zlib.compress(told)).decode("ascii"))

    def open(self, sealed: str, staff: int) -> Kept | None:
        """The form again; None where it is no form of ours, or not this person's."""
        try:
            told = zlib.decompress(urlsafe_b64decode(self._seal.open(sealed)))
        except SealError:
            return None
        who, path, fields, secrets = json.loads(told)
        pairs = tuple((str(name), str(text)) for name, text in fields)
        return Kept(who, path, pairs, secrets) if who == staff else None
