"""The console's two cookies: who is signed in, and what belongs to an open page.

The first goes only where our own pages lead (SameSite=Strict). The second holds the token of
forms, the language and messages; it comes along when a link elsewhere leads here, so that such a
visit does not replace it.
"""

from hmac import digest
from typing import Any, Final

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf import CSRFProtect

from voice.settings import Settings

# A browser takes a __Host- cookie only over https, from this very host, for all its paths.
_SIGNED_IN: Final = {True: "__Host-staff", False: "staff"}
_OPEN_PAGE: Final = {True: "__Host-console", False: "console"}
_PREFIX: Final = "/console"


class _ConsoleSessions(SecureCookieSessionInterface):
    """Flask's session, opened on the console's pages alone: a call pays nothing for it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if request.path.startswith(_PREFIX) else None


def set_up(app: Flask, settings: Settings) -> None:
    """Make the app keep its session, and check its forms, as the console needs."""
    secure = not settings.local
    app.secret_key = digest(settings.secret_key, b"console cookies", "sha256")
    app.session_interface = _ConsoleSessions()
    app.config.update(
        SESSION_COOKIE_NAME=_OPEN_PAGE[secure],
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # the door checks; Twilio's forms have no token
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as its browser is open
        WTF_CSRF_SSL_STRICT=False,  # the door looks at Origin, which says the same
    )
    CSRFProtect(app)


def token_of(request: Request, settings: Settings) -> str:
    """The token of whoever is signed in, "" if there is none."""
    return request.cookies.get(_SIGNED_IN[not settings.local], "")


def give_token(response: Response, settings: Settings, token: str) -> None:
    """Let this browser be known by its token until it is closed."""
    response.set_cookie(_SIGNED_IN[not settings.local], token, **_kind(settings))


def take_token(response: Response, settings: Settings) -> None:
    """Let this browser be known no more."""
    response.delete_cookie(_SIGNED_IN[not settings.local], **_kind(settings))


def _kind(settings: Settings) -> dict[str, Any]:
    return {"secure": not settings.local, "httponly": True, "samesite": "Strict", "path": "/"}
