"""Who signs which words in a topic's file, and whether an entry is of the words as they are."""

import re
from typing import Final

from voice.script import Script

ROLES: Final = ("writer", "editor", "clinician")


def roles(script: Script, locale: str) -> tuple[str, ...]:
    """Whose entries a file has, for a locale; who must sign is for the manager to choose."""
    return ROLES if locale == script.locales[0] else (*ROLES, "translator")


def is_signed(entry: str, digest: str) -> bool:
    """Say whether an entry is "Name, 2027-01-31, digest" with the digest of the words as they are.

    A sign-off is of exact words: any later change of a letter ends it.
    """
    return re.fullmatch(rf"[^,]+, \d{{4}}-\d\d-\d\d, {digest}", entry.strip()) is not None
