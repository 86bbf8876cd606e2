"""What each role may do, read from the pages themselves: nothing else says it."""

from collections.abc import Iterator
from typing import Final

from voice.console.desk import rule_of, words
from voice.draft.review import SIGNERS
from voice.store.staff import ROLES

DUTIES: Final = {
    "write": "save_words",
    "send": "review_send",
    "teach": "unknown_teach",
    "sheets": "sheet_preview",
    "record": "recording_keep",
    "ring": "call_backs",
    "sign": "review_sign",
    "back": "review_back",
    "hear": "recording_confirm",
    "switch": "switch_line_off",
    "live": "releases_go",
    "rules": "choose_policy",
    "people": "people",
    "audit": "audit",
}
"""What not all staff may do: words called duties.NAME, and the view that says whom it is for."""


def duties_of(role: str) -> tuple[str, ...]:
    """What a role may do, by the names of DUTIES."""
    return tuple(name for name, view in DUTIES.items() if role in _roles(name, view))


def _roles(name: str, view: str) -> tuple[str, ...]:
    # Who wrote words vouches for them on the page on which others sign.
    if name == "sign":
        return SIGNERS
    rule = rule_of(f"console.{view}")
    return rule.roles or ROLES if rule else ()


def told(role: str) -> str:
    """What a role may do, in words."""
    return ", ".join(_words(name, role) for name in duties_of(role))


def _words(name: str, role: str) -> str:
    own = f"duties.{name}_{role}"
    return words()(own if own in words() else f"duties.{name}")


def every() -> Iterator[tuple[str, str]]:
    """Each role and what it may do, in words."""
    for role in ROLES:
        yield role, told(role)
