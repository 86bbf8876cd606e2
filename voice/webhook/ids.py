"""What names a call, a message or a claim, in the store and in the log.

Twilio's ids are short words. Whatever else comes in their place goes by its digest: so none is too
long for a database or holds what one refuses, and none carries words into the log.
"""

import re
from hashlib import sha256
from typing import Final

_SID: Final = re.compile(r"[0-9A-Za-z]{0,64}")
_NAME: Final = re.compile(r"[0-9A-Za-z:._-]{1,128}")


def sid(given: str) -> str:
    """Return Twilio's id of something: letters and figures, 64 at most."""
    if _SID.fullmatch(given):
        return given
    return sha256(given.encode("utf-8", "replace")).hexdigest()


def name(given: str) -> str:
    """Return the name of a claim, a status or an error, a Twilio id in it too; "" for no name."""
    return given if _NAME.fullmatch(given) else ""
