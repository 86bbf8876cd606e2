"""Signing in by the clinic's own service (OpenID Connect), where the settings name one.

The service says who somebody is; whether they may come in is said here, by a manager, as ever.
Authlib does the protocol: code flow with PKCE, state, nonce, and the signature of what is said.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, current_app, url_for
from flask import session as open_page
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from voice.console.cookies import give_token
from voice.console.desk import desk, now, page, visit, words
from voice.console.signing import ask, begin, next_page
from voice.store.identities import IdentityTaken, find_identity, keep_identity
from voice.store.staff import Person, find_person, read_person

GOOD_FOR: Final = timedelta(minutes=10)
"""How long somebody may take at the service."""
SECONDS: Final = 5
"""How long the service may take to answer us."""

_log = logging.getLogger(__name__)


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/sign-in/openid", "openid", openid)
    routes.add_url_rule("/sign-in/openid/back", "openid_back", openid_back)


def openid() -> ResponseReturnValue:
    """On to the service; who is signed in already is to be known by it from now on."""
    person = visit().person
    open_page["openid"] = [person.id if person else 0, now().isoformat(), next_page()]
    try:
        back = desk().settings.public_url + url_for("console.openid_back")
        answer: ResponseReturnValue = _service().authorize_redirect(back)
    except (AuthlibBaseError, RequestException, RuntimeError, ValueError) as problem:
        return _failed("openid.away", problem)
    return answer


def openid_back() -> ResponseReturnValue:
    """Back from the service, which says who this is."""
    connecting, at, place = open_page.pop("openid", (0, "2000-01-01T00:00:00+00:00", ""))
    if abs(now() - datetime.fromisoformat(at)) > GOOD_FOR:  # also by a clock that was ahead
        return ask(refused=words()("code.too_late"), status=403)
    try:
        told = _told()
        person = _who(told, connecting)
    except (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError) as problem:
        return _failed("openid.failed", problem)
    except IdentityTaken:
        return ask(refused=words()("openid.taken"), status=403)
    if person is None or not person.active:
        return ask(refused=words()("openid.nobody"), status=403)
    # A page, not a redirect: the session cookie is sent only to where our own pages lead.
    response = page("openid.html", next=place)
    give_token(response, desk().settings, begin(person))
    return response


def _who(told: Mapping[str, Any], connecting: int) -> Person | None:
    """Who this is here: known already, connecting now, or invited by their verified address."""
    issuer, subject = desk().settings.openid.issuer, str(told["sub"])
    known = find_identity(desk().store, issuer, subject)
    if known is not None and connecting in (0, known.id):
        return known
    found = read_person(desk().store, connecting) if connecting else _by_address(told)
    if found is not None and found.active:
        keep_identity(desk().store, found.id, issuer, subject, now())
    return found


def _by_address(told: Mapping[str, Any]) -> Person | None:
    """Whose address this is; only if the service vouches that it is theirs."""
    if told.get("email_verified") is not True:
        return None
    found = find_person(desk().store, str(told.get("email", "")))
    return found[0] if found else None


def _told() -> Mapping[str, Any]:
    """What the service says about the person who comes back: signed, for us, for this visit."""
    service = _service()
    if service.load_server_metadata().get("issuer") != desk().settings.openid.issuer:
        raise ValueError("the service calls itself something else")
    told: Mapping[str, Any] | None = service.authorize_access_token().get("userinfo")
    if not told:
        raise ValueError("the service does not say who this is")
    return told


def _service() -> Any:
    """The client of the service the settings name."""
    chosen = desk().settings.openid
    if "openid" not in current_app.extensions:
        oauth = OAuth(current_app)
        oauth.register(
            "clinic",
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            server_metadata_url=f"{chosen.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email",
                "code_challenge_method": "S256",
                "default_timeout": SECONDS,
            },
        )
        current_app.extensions["openid"] = oauth.clinic
    return current_app.extensions["openid"]


def _failed(key: str, problem: Exception) -> ResponseReturnValue:
    # Its kind alone: what the service answered may name somebody.
    _log.warning("signing in by the clinic's service failed: %s", type(problem).__name__)
    return ask(refused=words()(key), status=502)
