"""What the line would have sent or started for a real telephone, as it tells the practice phone."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice.exchange import PhoneError, Response


@dataclass(frozen=True)
class Texted:
    """A text message the line would send on its own."""

    to: str
    body: str


@dataclass(frozen=True)
class Rung:
    """A call the line would make; `url` is what Twilio would ask when somebody picks up."""

    to: str
    url: str


Shown = Texted | Rung


def read_shown(answer: Response, url: str) -> tuple[Shown, ...]:
    """Read the header of an answer, base64url of a JSON list; PhoneError where it is not."""
    header = answer.shown
    if not header:
        return ()
    try:
        rows = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        if not isinstance(rows, list):
            raise TypeError(header)
        return tuple(_shown(row) for row in rows)
    except (binascii.Error, ValueError, TypeError, KeyError) as error:
        raise PhoneError(0, "what would be sent cannot be read", url, header) from error


def _shown(row: Mapping[str, Any]) -> Shown:
    match row["kind"]:
        case "text":
            return Texted(str(row["to"]), str(row["body"]))
        case "call":
            return Rung(str(row["to"]), str(row["url"]))
    raise ValueError(row["kind"])
