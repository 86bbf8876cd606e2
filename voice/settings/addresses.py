"""Addresses staff give: the line's own, those it asks for help, mail server, store. Pure."""

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

Wrong = tuple[str, str]
"""What is wrong with a value, and what to do; neither repeats it."""

_STORES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class MailServer:
    """Who takes our mail. `tls`: encrypted from the first byte, else as soon as they offer it."""

    host: str
    port: int
    tls: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def is_loopback(url: str) -> bool:
    """Whether this address reaches only the machine it is used on."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind_problem(address: str, local: bool) -> Wrong | None:
    """What is wrong with the address to listen on. `local`: nobody else is to reach the line."""
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        return "is not the address of a machine", "use numbers, like 127.0.0.1 or 0.0.0.0"
    if local and not loopback:
        return "opens the line to others", "set PUBLIC_URL to the address Twilio calls too"
    return None


def public_url_problem(url: str) -> Wrong | None:
    """What is wrong with the address Twilio calls, and what to do."""
    problem = web_problem(url, "use the address Twilio calls, like https://line.example.org")
    if problem:
        return problem
    if urlsplit(url).path.rstrip("/") or "?" in url or "#" in url:
        return "holds a path, a query or a #", "end it after the host (and port)"
    return None


def web_problem(url: str, example: str) -> Wrong | None:
    """What is wrong with a web address: it is https, or reaches this machine alone."""
    parts = _split(url)
    if parts is None:
        return "is not an address", example
    if parts.scheme not in ("http", "https") or not _is_host(parts.hostname) or parts.port == 0:
        return "is not a web address", example
    if parts.scheme == "http" and not is_loopback(url):
        return "is not https", "use https: nobody else may read or change what passes"
    if parts.username is not None or parts.password is not None:
        return "holds a name or password", "leave it out; this address is shown to others"
    return None


def at_all(url: str) -> bool:
    """Whether this is a web address, secure or not."""
    parts = _split(url)
    known = parts is not None and parts.scheme in ("http", "https")
    return bool(known and parts and _is_host(parts.hostname) and parts.port != 0)


def mail_server(url: str) -> MailServer | Wrong:
    """The mail server of smtp://name:password@host:port (smtps: encrypted from the first byte)."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not _is_host(parts.hostname):
        return "is not a mail server", "use smtps://name:password@mail.example.org:465"
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.port == 0:
        return "holds more than a mail server", "end it after the port; write a / as %2F"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        return "holds a name without a password, or a password without a name", "give both, or none"
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587)
    return MailServer(parts.hostname or "", port, tls, user, password)


def database_problem(url: str) -> Wrong | None:
    """What is wrong with the store's address, as far as it can be told without asking there."""
    example = "use sqlite:////folder/file.db or postgresql://host/name"
    if url.partition("://")[0] not in _STORES:
        return "names no store known here", example
    # Only for an address somebody gave: most lines keep an SQLite file and name none.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is not a number
        return "is not the address of a store", example
    if address.port is not None and not 0 < address.port < 65536:
        return "names no port a store can have", example
    return _file_problem(address.host, address.database) if url.startswith("sqlite") else None


def _file_problem(host: str | None, path: str | None) -> Wrong | None:
    """What is wrong with an SQLite file; one in memory would be another in every process."""
    if host or not path or path == ":memory:" or path.startswith("file:"):
        return "names no file", "use sqlite:////folder/file.db: four slashes, then its folder"
    return None


def is_mail_address(text: str) -> bool:
    """Whether mail can be sent to this: one plain address, without a name."""
    return bool(
        re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text)
    )


def written_number(text: str) -> str:
    """A telephone number as machines dial it, from however a person writes it; "" if it is none."""
    found = re.sub(r"[\s().-]", "", text.removeprefix("whatsapp:"))
    return found if re.fullmatch(r"\+[1-9][0-9]{6,14}", found) else ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port  # either may be what is wrong
    except ValueError:
        return None
    return parts


def _is_host(host: str | None) -> bool:
    """A name of letters, figures and inner hyphens between dots, or an IP address in brackets.

    Twilio calls no host name with an underscore in it.
    """
    if host and ":" in host:
        return True  # urlsplit has looked at what is in brackets
    return all(map(_LABEL.fullmatch, (host or "").removesuffix(".").split(".")))
