"""What staff may be shown of words nobody understood: nothing that tells who wrote them."""

import re
from typing import Final

LONGEST: Final = 160
"""Characters that are kept."""

GONE: Final = "…"
_PRIVATE = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|\S*\d\S*", re.I)
_NAMED = re.compile(
    r"\b(my name is|this is|i am called|me llamo|mi nombre es|soy)\s+\S+(\s+[A-ZÁÉÍÓÚÑ]\S*)*", re.I
)


def scrub(words: str) -> str:
    """Return `words` without numbers, addresses and names people give for themselves."""
    named = _NAMED.sub(lambda found: f"{found.group(1)} {GONE}", words)
    return " ".join(_PRIVATE.sub(GONE, named).split())[:LONGEST]
