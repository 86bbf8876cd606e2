"""What the webhooks tell the measures, as they answer."""

from collections.abc import Callable
from dataclasses import dataclass


def _nobody(*_: str) -> None:
    """Nobody measures."""


@dataclass(frozen=True)
class Notes:
    """Each is called with our own words, never with anything that a patient said or wrote."""

    missed: Callable[[str, str], None] = _nobody
    """A caller was not understood: how ("no_input", "no_match") and where."""

    sent: Callable[[str, str], None] = _nobody
    """The line started something ("text", "call"): what, and what became of it."""

    delivered: Callable[[str, str], None] = _nobody
    """Twilio reported on something ("message", "call"): what, and with which status."""

    apologised: Callable[[str, str], None] = _nobody
    """Something ("message", "call") was answered with an apology, and why ("store", "error")."""

    begun: Callable[[], None] = _nobody
    """Twilio brought a call to its number."""
