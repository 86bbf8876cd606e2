"""Who may approve which words, and what still lacks before they go live. Pure.

Words of a subject in a locale are live, in writing, sent for review, sent back, or approved. They
are approved while every role the policy names has signed exactly these words.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

State = Literal["live", "writing", "sent", "sent-back", "approved"]
Deed = Literal["send", "send-back"]
Refusal = Literal[
    "", "not-now", "not-your-role", "own-words", "you-sent-them", "signed-already", "second-person"
]
"""Why somebody may not sign; "" where they may."""

Expired = Literal["stay", "fall-back"]
"""What becomes of a topic past its review: it stays live, or says only how to reach the clinic."""
EXPIRED: Final = get_args(Expired)

TRANSLATOR: Final = "translator"
SIGNERS: Final = ("editor", "clinician", TRANSLATOR)
SENDER: Final = "writer"
"""The role in which whoever sends words for review vouches for them."""

REFUSALS: Final[Mapping[Refusal, Mapping[str, str]]] = {
    "not-now": {
        "en": "These words have not been sent for review.",
        "es": "Este texto no se ha enviado a revisión.",
    },
    "not-your-role": {
        "en": "You do not have this role.",
        "es": "Usted no tiene esta función.",
    },
    "own-words": {
        "en": "You wrote some of these words. Somebody else must approve them.",
        "es": "Usted escribió parte de este texto. Otra persona debe aprobarlo.",
    },
    "you-sent-them": {
        "en": "You sent these words for review. Somebody else must approve them.",
        "es": "Usted envió este texto a revisión. Otra persona debe aprobarlo.",
    },
    "signed-already": {
        "en": "Somebody has signed in this role.",
        "es": "Alguien ya firmó en esta función.",
    },
    "second-person": {
        "en": "You have signed these words in another role. A second person must sign here.",
        "es": "Usted ya firmó este texto en otra función. Aquí debe firmar una segunda persona.",
    },
}
"""Each refusal as people read it, by language."""

_AFTER: Final[Mapping[tuple[State, Deed], State]] = {
    ("writing", "send"): "sent",
    ("sent-back", "send"): "sent",
    ("sent", "send-back"): "sent-back",
}
_SIGNABLE: Final = ("sent", "approved", "live")


class NotNow(ValueError):
    """Words in this state cannot be sent, or sent back; `state` says which it is."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(f"the words are {state}")


@dataclass(frozen=True)
class Person:
    """Somebody who works here, by number and by name."""

    id: int
    name: str


@dataclass(frozen=True)
class SignOff:
    """A person's approval of exact words, in a role."""

    subject: str
    locale: str
    role: str
    person: Person
    digest: str
    at: datetime


@dataclass(frozen=True)
class Policy:
    """What the manager chose: who has to sign, and what becomes of topics past their review.

    `roles` names a locale's own signers; a locale it leaves out has the usual ones. The first
    locale is translated from no other: a translator named for it is not asked for.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    expired: Expired = "stay"

    def signers(self, locale: str, locales: tuple[str, ...]) -> tuple[str, ...]:
        """Return the roles that must sign words of a locale; `locales` has the first one first."""
        able = signers_of(locale, locales)
        chosen = self.roles.get(locale, able)
        return tuple(role for role in chosen if role in able) or (able if chosen else ())

    def unmet(self, locales: tuple[str, ...]) -> bool:
        """Say whether a translator is named for the first locale, whom nobody can be."""
        return TRANSLATOR in self.roles.get(locales[0], ())


def signers_of(locale: str, locales: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roles in which words of a locale can be signed; the first has no translator."""
    return tuple(role for role in SIGNERS if role != TRANSLATOR or locale in locales[1:])


def after(state: State, deed: Deed) -> State:
    """Return the state that follows a deed. Raises NotNow."""
    following = _AFTER.get((state, deed))
    if following is None:
        raise NotNow(state)
    return following


def missing(signers: Iterable[str], sign_offs: Iterable[SignOff], digest: str) -> tuple[str, ...]:
    """Return the roles that have not signed these exact words; none: they are approved."""
    signed = {one.role for one in sign_offs if one.digest == digest}
    return tuple(role for role in signers if role not in signed)


def signing_roles(state: State) -> tuple[str, ...]:
    """Return the roles words may be signed in: the sender of a draft is its writer."""
    return (SENDER, *SIGNERS) if state == "live" else SIGNERS


def may_sign(
    role: str,
    person: Person,
    held: Collection[str],
    state: State,
    writers: Collection[int],
    sign_offs: Iterable[SignOff],
    digest: str,
) -> Refusal:
    """Say why a person may not sign words in a role, "" where they may.

    `held` are the person's roles, `writers` the numbers of those who wrote the words;
    `sign_offs` are those of the same subject and locale. Nobody approves their own words, and the
    clinician is never the editor; a translator may be. Words that went live without a writer's
    name may be vouched for by one who signs them in no other role.
    """
    if state not in _SIGNABLE:
        return "not-now"
    if role not in signing_roles(state) or role not in held:
        return "not-your-role"
    if person.id in writers:
        return "own-words"
    signed = [one for one in sign_offs if one.digest == digest]
    if any(one.role == role for one in signed):
        return "signed-already"
    mine = {one.role for one in signed if one.person.id == person.id}
    if SENDER in mine and state != "live":
        return "you-sent-them"
    alone = SENDER in {role, *mine} and bool(mine)
    return "second-person" if alone or {role, *mine} >= {"editor", "clinician"} else ""
