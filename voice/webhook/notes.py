"""What the webhooks tell the measures, as they answer."""

from collections.abc import Callable
from dataclasses import dataclass


def _nobody(*_: str) -> None:
    """Nobody measures."""


@dataclass(frozen=True)
class Notes:
    """Each is called with words of ours, never with anything of a patient's."""

    missed: Callable[[str, str], None] = _nobody
    """How ("no_input", "no_match") and where a caller was not understood."""

    sent: Callable[[str, str], None] = _nobody
    """What ("text", "call") the line started itself, and what became of it."""

    delivered: Callable[[str, str], None] = _nobody
    """What ("message", "call") Twilio told of, and its word for it."""

    apologised: Callable[[str, str], None] = _nobody
    """What ("message", "call") was answered with an apology, and why ("store", "error")."""

    begun: Callable[[], None] = _nobody
    """A call that Twilio brings to its number."""
