"""Translation sheets: the words of a locale beside those of the first, out and in again.

sheet   what stands on each row, and why a sheet is refused
po      as translators' programs read them
xlsx    as spreadsheets read them; what comes in is looked at before it is opened
"""

from voice.translation import po, xlsx
from voice.translation.sheet import Entry, Heads, Refused, Row

__all__ = ["Entry", "Heads", "Refused", "Row", "po", "read", "xlsx"]


def read(content: bytes) -> tuple[Row, ...]:
    """Return the rows of a sheet that somebody sent, whichever kind it is. Raises Refused."""
    return xlsx.read(content) if content.startswith(b"PK") else po.read(content)
