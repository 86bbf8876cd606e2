"""Who has to sign which words, and who has not yet."""

import re
from collections.abc import Iterator
from typing import Final

from voice.script import Script, wording_digest

ROLES: Final = ("writer", "editor", "clinician")


def roles(script: Script, locale: str) -> tuple[str, ...]:
    """Who has to sign words of a locale: translations need a translator too."""
    return ROLES if locale == script.locales[0] else (*ROLES, "translator")


def is_signed(entry: str, digest: str) -> bool:
    """Say whether an entry is "Name, 2027-01-31, digest" with the digest of the words as they are.

    A sign-off is of exact words: any later change of a letter ends it.
    """
    return re.fullmatch(rf"[^,]+, \d{{4}}-\d\d-\d\d, {digest}", entry.strip()) is not None


def pending(script: Script) -> Iterator[tuple[str, str, str]]:
    """Each sign-off that is missing: topic, locale, role."""
    for topic in script.topics.values():
        for locale in script.locales:
            digest = wording_digest(topic, locale)
            given = topic.sign_offs.get(locale, {})
            for role in roles(script, locale):
                if not is_signed(given.get(role, ""), digest):
                    yield topic.id, locale, role
