"""How a telephone's requests travel to the line: signed, as Twilio sends them.

`over_wsgi` and `over_http` carry a request; `send` signs one and has it carried.
"""

import http.client
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.test import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AGENT: Final = "TwilioProxy/1.1"
ACCOUNT: Final = "AC" + "0" * 32
"""The account of every practice telephone: nobody's, and no line is set to it."""
SHOWN: Final = "Kypholine-Shown"
"""The header that tells the practice phone what would have been sent to a real one."""
_DEADLINE: Final = 15  # seconds, Twilio error 11205


class PhoneError(Exception):
    """The line did something Twilio refuses or warns about. `code` is Twilio's error number."""

    def __init__(self, code: int, problem: str, url: str, evidence: str = "") -> None:
        self.code = code
        self.problem = problem
        self.url = url
        self.evidence = evidence[:500]
        super().__init__(f"{code}: {problem} at {url}" + (f": {self.evidence}" if evidence else ""))


@dataclass(frozen=True)
class Response:
    """What came back for one request."""

    status: int
    content_type: str
    body: bytes
    location: str = ""
    cookies: tuple[str, ...] = ()  # the Set-Cookie headers as sent
    shown: str = ""  # the header SHOWN


Fetch = Callable[[str, str, bytes, Mapping[str, str]], Response]
"""method, absolute URL, body, headers -> response"""


@dataclass(frozen=True)
class Caption:
    """The words of a clip."""

    words: str
    locale: str


def _no_caption(_url: str) -> Caption | None:
    return None


def _nothing(_body: str) -> bool:
    return False


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Phone:
    """A telephone, the line it reaches, and how requests travel between them."""

    fetch: Fetch
    url: str  # the line's public address, without /voice or /sms
    token: str = field(repr=False)  # signs every request, as the account's auth token does
    number: str = "+12125550199"  # the person's own; a withheld one is "anonymous"
    line: str = "+12125550150"  # the number that was dialled or texted
    caption: Callable[[str], Caption | None] = _no_caption
    fetches_audio: bool = False  # ask for each clip and check it, as Twilio does
    status_path: str = "/voice/status"  # told once, when the call has ended; "" for never
    by_twilio: Callable[[str], bool] = _nothing  # does Twilio answer this text itself?
    stopped: Callable[[], bool] = _never  # did this number stop the line's texts?


def readable(number: str) -> str:
    """A North American number with its groups apart; any other as it is."""
    return re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", number)


def new_sid(kind: str, token_hex: Callable[[int], str] = secrets.token_hex) -> str:
    """Make an identifier as Twilio's are: two letters (CA, SM, MM) and 32 hex digits."""
    return kind + token_hex(16)


def over_wsgi(app: "WSGIApplication") -> Fetch:
    """Carry requests to a WSGI application in this process; no network, no server."""
    client = Client(app, use_cookies=False)

    def fetch(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        parts = urlsplit(url)
        answer = client.open(
            path=_path_and_query(url),
            base_url=f"{parts.scheme}://{parts.netloc}/",
            method=method,
            data=body,
            headers=dict(headers),
        )
        return Response(
            status=answer.status_code,
            content_type=answer.headers.get("Content-Type", ""),
            body=answer.data,
            location=answer.headers.get("Location", ""),
            cookies=tuple(answer.headers.getlist("Set-Cookie")),
            shown=answer.headers.get(SHOWN, ""),
        )

    return fetch


def over_http(reach: str = "") -> Fetch:
    """Carry requests to a running server.

    `reach` is the address to connect to where it is not the public one, for example
    "http://127.0.0.1:8000" for a server whose PUBLIC_URL is https://line.example.
    """

    def fetch(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        to = reach.rstrip("/") + _path_and_query(url) if reach else url
        target = urlsplit(to)
        secure = target.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(target.netloc, timeout=_DEADLINE)
        try:
            connection.request(method, _path_and_query(url), body or None, dict(headers))
            return _read(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            raise PhoneError(11205, "no connection", to, repr(error)) from error
        finally:
            connection.close()

    return fetch


def _path_and_query(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read(answer: http.client.HTTPResponse) -> Response:
    return Response(
        status=answer.status,
        content_type=answer.headers.get("Content-Type", ""),
        body=answer.read(),
        location=answer.headers.get("Location", ""),
        cookies=tuple(answer.headers.get_all("Set-Cookie", [])),
        shown=answer.headers.get(SHOWN, ""),
    )


def send(
    phone: Phone,
    method: str,
    url: str,
    fields: Mapping[str, str],
    cookies: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Send one signed request. With GET everything is in the query, which is then signed."""
    form = urlencode(fields)
    if method == "GET":
        url = f"{url}{'&' if '?' in url else '?'}{form}"
    signed = fields if method == "POST" else {}
    headers = {
        "User-Agent": AGENT,
        "Accept": "*/*",
        "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        "X-Twilio-Signature": RequestValidator(phone.token).compute_signature(url, dict(signed)),
    }
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies)
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    return phone.fetch(method, url, form.encode() if method == "POST" else b"", headers)


def keep_cookies(
    kept: tuple[tuple[str, str], ...], answer: Response, url: str
) -> tuple[tuple[str, str], ...]:
    """Return the cookies a call has after an answer; PhoneError 11206 for a malformed one."""
    jar = dict(kept)
    for header in answer.cookies:
        try:
            cookie = SimpleCookie(header)
        except CookieError as error:
            raise PhoneError(11206, "malformed cookie", url, header) from error
        if not cookie:
            raise PhoneError(11206, "malformed cookie", url, header)
        jar |= {name: morsel.value for name, morsel in cookie.items()}
    return tuple(jar.items())


def common_fields(phone: Phone, *, outbound: bool = False) -> dict[str, str]:
    """Return the form fields of calls and texts alike; of the line's own where `outbound`."""
    caller, called = ("To", "From") if outbound else ("From", "To")
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        caller: phone.number,
        called: phone.line,
        **both_ends(phone, caller, called),
    }


def both_ends(phone: Phone, person: str, line: str) -> dict[str, str]:
    """Where each number is; Twilio sends these empty for a withheld number."""
    place = {"City": "NEW YORK", "State": "NY", "Zip": "10001", "Country": "US"}
    known = phone.number.removeprefix("whatsapp:").startswith("+")
    return {person + name: value if known else "" for name, value in place.items()} | {
        line + name: value for name, value in place.items()
    }
