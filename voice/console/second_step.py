"""The second step of signing in: a code of the person's authenticator, after the password.

Between the two the page carries who gave the password, sealed, for a few minutes.
"""

import hmac
import json
from datetime import datetime, timedelta
from typing import Final

from voice.console.codes import step_of
from voice.console.desk import desk, now, words
from voice.console.proof import Refused, counted, recorded_wrong
from voice.seal import Seal, SealError
from voice.store.attempts import succeeded
from voice.store.authenticators import read_authenticator, use_step
from voice.store.staff import NoSuchPerson, Person, read_person

GOOD_FOR: Final = timedelta(minutes=10)
"""How long after the password the code may come."""


def needed(person: Person) -> bool:
    """Whether signing in takes this person a code, too."""
    return read_authenticator(desk().store, person.id) is not None


def ticket(person: Person) -> str:
    """What the page carries: this person gave their password, now."""
    return _seal("ticket").seal(json.dumps([person.id, person.epoch, now().isoformat()]))


def passed(sealed: str, code: str) -> Person:
    """Whose ticket this is, if the code is theirs and was never used. Refused."""
    person = _of_ticket(sealed)
    tried = counted("code", str(person.id))
    if not fits(person, code):
        recorded_wrong("wrong-code", person)
        raise Refused(words()("code.wrong"), 422)
    succeeded(desk().store, *tried)
    return person


def fits(person: Person, code: str) -> bool:
    """Use up a code: whether it is good now for this person.

    Their secret is sealed again with the key in use, so that the one before can go some day.
    """
    known = read_authenticator(desk().store, person.id)
    secret = opened(known.sealed) if known else ""
    step = step_of(secret, code, known.step, now()) if known and secret else None
    return step is not None and use_step(desk().store, person.id, step, sealed(secret))


def sealed(secret: str) -> str:
    """A secret as it is kept, and as the page that offers it carries it."""
    return _seal("authenticator").seal(secret)


def opened(kept: str) -> str:
    """A secret that was sealed; "" where no key of this instance opens it."""
    try:
        return _seal("authenticator").open(kept)
    except SealError:
        return ""


def _of_ticket(text: str) -> Person:
    """Who gave their password a few minutes ago; Refused, to begin again, for anything else."""
    again = Refused(words()("code.too_late"), 403)
    try:
        id, epoch, at = json.loads(_seal("ticket").open(text))
        person = read_person(desk().store, id)
    except (SealError, NoSuchPerson):
        raise again from None
    fresh = abs(now() - datetime.fromisoformat(at)) < GOOD_FOR  # nor by a clock that was ahead
    if not fresh or not person.active or person.epoch != epoch:
        raise again
    return person


def _seal(purpose: str) -> Seal:
    keys = desk().settings.secret_keys
    return Seal(hmac.digest(key, f"console {purpose}".encode(), "sha256") for key in keys)
