"""Is this really them? Passwords are looked at only so often, and every no takes the same time."""

import hmac
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from flask import request
from flask import session as open_page

from voice.console.desk import desk, now, visit, words
from voice.console.passwords import Busy
from voice.store.attempts import attempt, record_failure, succeeded, take_back
from voice.store.audit import NO_ACCESS, WRONG
from voice.store.staff import Person, find_person, folded, rehash_password

FREE_OF_ACCOUNT: Final = 5
"""Wrong tries in a row at one account that cost nothing."""
FREE_OF_ADDRESS: Final = 20
"""The same from one address: a whole clinic may share it."""
UNKNOWN: Final = "unknown"
"""Instead of a person's number: nobody here has the address that was typed."""


class Refused(Exception):
    """Not let in: why in words, a status, and for how many seconds not to try again."""

    def __init__(self, why: str, status: int, wait: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.wait = wait


def proven(email: str, password: str) -> Person:
    """Whose address and password these are. Refused, in the same words whatever does not fit."""
    found = find_person(desk().store, email)
    tried = counted("known" if _was_here(found) else "account", folded(email))
    try:
        person = _who(found, password)
    except Busy:
        take_back(desk().store, tried, now())
        raise Refused(words()("sign_in.busy"), 503) from None
    if person is None or not person.active:
        recorded_wrong(NO_ACCESS if person else WRONG, found[0] if found else None)
        raise Refused(words()("sign_in.wrong"), 422)
    succeeded(desk().store, *tried)
    return person


def _was_here(found: tuple[Person, str] | None) -> bool:
    """Whether this person was signed in with this browser last, as its sealed cookie says.

    Its tries are counted apart: a stranger who keeps trying shuts out only strangers.
    """
    return found is not None and open_page.get("who") == found[0].id


def counted(kind: str, whose: str) -> tuple[str, str]:
    """Count a try at somebody's account, wrong until `succeeded` is told these keys. Refused."""
    account, address = _key(kind, whose), _key("address", address_of_request())
    wait = attempt(desk().store, {account: FREE_OF_ACCOUNT, address: FREE_OF_ADDRESS}, now())
    if wait:
        raise _waiting(wait)
    return account, address


def recorded_wrong(deed: str, person: Person | None) -> None:
    """Record that this was tried at somebody's account, or at none there is: never what was typed.

    One counter stands for all addresses nobody has, so that a flood of them fills no record, and
    it takes as long as a known one's.
    """
    subject = f"staff:{person.id}" if person else f"staff:{UNKNOWN}"
    here = visit().person  # on the page of one's own account
    by = here.id if here else None
    record_failure(desk().store, _key(deed, subject), by, deed, subject, now())


def _who(found: tuple[Person, str] | None, password: str) -> Person | None:
    """Whose password this is, with access or without; None, after the same time, for no one's."""
    person, kept = found or (None, "")
    fits = desk().passwords.fits(kept, password)
    if person is None or not fits:
        return None
    if person.active and desk().passwords.is_old(kept):
        rehash_password(desk().store, person.id, kept, desk().passwords.hashed(password))
    return person


def _waiting(wait: timedelta) -> Refused:
    seconds = -(-wait // timedelta(seconds=1))
    unit, number = ("minutes", -(-seconds // 60)) if seconds > 90 else ("seconds", seconds)
    told = words().count(f"sign_in.wait_{unit}", number)
    return Refused(words()("sign_in.wait", wait=told), 429, seconds)


def address_of_request() -> str:
    """Where a try comes from: what a proxy of ours says, where one stands before us."""
    near = request.remote_addr or ""
    last = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    try:
        return last if last and not ip_address(near).is_global else near
    except ValueError:
        return near


def _key(kind: str, what: str) -> str:
    """The name under which tries are counted; it tells nobody whose they were."""
    message = f"{kind}:{what}".encode("utf-8", "replace")
    return hmac.digest(desk().settings.secret_key, message, "sha256").hex()
