"""What a rule found in a text: which rule, which sentence, what is wrong, how to mend it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fail", "warn"]


@dataclass(frozen=True)
class Finding:
    """One breach of one rule. `message` and `fix` are sentences for a nurse, not a programmer."""

    rule: str
    message: str
    fix: str
    sentence: str = ""
    severity: Severity = "fail"
