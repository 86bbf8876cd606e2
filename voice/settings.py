"""What the operator decides: one frozen dataclass from the environment.

Everything that is wrong is reported at once, each with what to do about it. A setting that is
empty counts as not given. Values of secrets appear nowhere: not in errors, not in a repr.
"""

import hmac
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from voice import secrets

CarrierKeywords = Literal["carrier", "line"]
LogFormat = Literal["plain", "json"]

DATABASE: Final = "line.db"
# Shorter keys can be guessed; the ones made here are 64 characters long.
KEY_LENGTH: Final = 16
_ROOT = Path(__file__).resolve().parent.parent
_SPEECH = ("SPEECH_", "ESPEAK_", "GTTS_", "PIPER_")
_STORES = ("sqlite", "postgresql", "postgres")


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used as it is."""

    name: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}: {self.remedy}"


class SettingsError(Exception):
    """The environment cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"settings that must change:{lines}")
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """Everything the line is told from outside.

    `twilio_tokens` are the auth tokens whose signature counts, the current one first; none:
    every webhook but the instance's own is refused. `contact_keys` are the keys of the hash
    of a phone number, the one in use first; under the others older contacts are still found.
    `instance_token` signs what /try and the local phone send, as an auth token would.
    `public_url` is scheme and host with no slash at the end.
    """

    public_url: str
    twilio_account_sid: str
    twilio_tokens: tuple[str, ...] = field(repr=False)
    instance_token: str = field(repr=False)
    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    contact_keys: tuple[bytes, ...] = field(repr=False)
    carrier_keywords: CarrierKeywords
    speech_engine: str
    speech: Mapping[str, str] = field(repr=False)
    port: int
    workers: int
    log_format: LogFormat
    metrics_token: str = field(repr=False)
    instance: Path
    scripts: Path
    audio: Path

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the line: then /try is open to all."""
        return is_loopback(self.public_url)


def read(
    environ: Mapping[str, str],
    root: Path = _ROOT,
    randomness: Callable[[int], bytes] = os.urandom,
) -> Settings:
    """The settings of this environment; SettingsError lists all that is wrong with them.

    Keys that nobody gave are made once in the instance folder (SQLite only: machines that
    share a database must be given the same keys).
    """
    found = _Reader({name: value.strip() for name, value in environ.items() if value.strip()})
    instance = found.folder("INSTANCE", root / "instance")
    database = found.database(instance)
    secret, contacts = found.keys(instance, database, randomness)
    port = found.number("PORT", 8000, 1, 65535)
    settings = Settings(
        public_url=found.public_url(f"http://127.0.0.1:{port}"),
        twilio_account_sid=found.account(),
        twilio_tokens=found.tokens(),
        instance_token=hmac.digest(secret, b"instance token", "sha256").hex(),
        database_url=database,
        secret_key=secret,
        contact_keys=contacts,
        carrier_keywords=cast(
            CarrierKeywords, found.choice("CARRIER_KEYWORDS", get_args(CarrierKeywords))
        ),
        speech_engine=found.values.get("SPEECH_ENGINE", "espeak"),
        speech={k: v for k, v in found.values.items() if k.startswith(_SPEECH)},
        port=port,
        workers=found.number("WORKERS", 1, 1, 64),
        log_format=cast(LogFormat, found.choice("LOG_FORMAT", get_args(LogFormat))),
        metrics_token=found.secret("METRICS_TOKEN"),
        instance=instance,
        scripts=found.folder("SCRIPTS", root / "scripts", must_exist=True),
        audio=found.folder("AUDIO", root / "audio"),
    )
    if found.problems:
        raise SettingsError(tuple(found.problems))
    return settings


def is_loopback(url: str) -> bool:
    """Whether this address reaches only the machine it is used on."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class _Reader:
    """The environment while it is read, and what was found wrong with it so far."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(name, what, remedy))

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the words allowed; the first where none is given."""
        value = self.values.get(name, allowed[0]).lower()
        if value not in allowed:
            self.wrong(name, f"is {value!r}", f"use {' or '.join(allowed)}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.values.get(name, str(default))
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if least <= value <= most:
            return value
        self.wrong(name, f"is {text!r}", f"use a whole number from {least} to {most}")
        return default

    def folder(self, name: str, default: Path, must_exist: bool = False) -> Path:
        path = Path(self.values.get(name, default)).expanduser().absolute()
        if path.exists() and not path.is_dir():
            self.wrong(name, f"is {str(path)!r}, a file", "name a folder")
        elif must_exist and not path.exists():
            self.wrong(name, f"is {str(path)!r}, which does not exist", "name the scripts' folder")
        return path

    def secret(self, name: str, least: int = 1) -> str:
        """A secret's text, "" where none is given; nothing of it is ever repeated."""
        value = self.values.get(name, "")
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            self.wrong(name, "holds a space or a special sign", "copy it again")
        elif value and len(value) < least:
            self.wrong(name, f"is shorter than {least} characters", "use a longer random text")
        return value

    def tokens(self) -> tuple[str, ...]:
        current = self.secret("TWILIO_AUTH_TOKEN")
        previous = self.secret("TWILIO_AUTH_TOKEN_PREVIOUS")
        if previous and not current:
            self.wrong(
                "TWILIO_AUTH_TOKEN_PREVIOUS",
                "is given without TWILIO_AUTH_TOKEN",
                "set TWILIO_AUTH_TOKEN to the token in use",
            )
        return tuple(dict.fromkeys(token for token in (current, previous) if token))

    def account(self) -> str:
        sid = self.secret("TWILIO_ACCOUNT_SID")
        if sid and not sid.startswith("AC"):
            self.wrong("TWILIO_ACCOUNT_SID", "is no account SID", "copy the one that starts AC")
        return sid

    def public_url(self, default: str) -> str:
        url = self.values.get("PUBLIC_URL", default)
        problem = _public_url_problem(url)
        if problem:
            self.wrong("PUBLIC_URL", *problem)
        return url.rstrip("/")

    def database(self, instance: Path) -> str:
        url = self.values.get("DATABASE_URL") or f"sqlite:///{instance / DATABASE}"
        kind, mark, rest = url.partition("://")
        if kind.partition("+")[0] not in _STORES or not mark:
            self.wrong(
                "DATABASE_URL",
                "names no store known here",
                "use sqlite:////folder/file.db or postgresql://host/name",
            )
        return f"postgresql://{rest}" if kind == "postgres" else url

    def keys(
        self, instance: Path, database: str, randomness: Callable[[int], bytes]
    ) -> tuple[bytes, tuple[bytes, ...]]:
        """The secret key and the contact keys: given, else made once beside the SQLite file."""
        given = {
            name: self.secret(name, least=KEY_LENGTH) for name in ("SECRET_KEY", "CONTACT_KEY")
        }
        older = [key.strip() for key in self.values.get("CONTACT_KEY_PREVIOUS", "").split(",")]
        made = self.made_keys(instance, given, not database.startswith("postgres"), randomness)
        contacts = [given["CONTACT_KEY"], *older, made.contact_key if made else ""]
        secret = given["SECRET_KEY"] or (made.secret_key if made else "")
        known = tuple(key.encode("utf-8", "replace") for key in dict.fromkeys(contacts) if key)
        return secret.encode("utf-8", "replace"), known

    def made_keys(
        self,
        instance: Path,
        given: Mapping[str, str],
        embedded: bool,
        randomness: Callable[[int], bytes],
    ) -> secrets.Keys | None:
        lacking = [name for name, value in given.items() if not value]
        try:
            if lacking and embedded:
                return secrets.keep(instance, randomness)
            for name in lacking:
                self.wrong(
                    name,
                    "is not given",
                    "machines that share a database share one; give each the same long random text",
                )
            return secrets.kept(instance)
        except secrets.SecretsError as problem:
            self.wrong("INSTANCE", f"cannot keep keys ({problem})", "name a folder to write in")
            return None


def _public_url_problem(url: str) -> tuple[str, str] | None:
    """What is wrong with the address Twilio calls, and what to do."""
    example = "use the address Twilio calls, like https://line.example.org"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address", example
    if parts.scheme not in ("http", "https") or not _is_host(host) or port == 0:
        return "is no web address", example
    if parts.scheme == "http" and not is_loopback(url):
        return "is not https", "use https: what patients say and text passes through it"
    return _extra(url, parts)


def _extra(url: str, parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is not None or parts.password is not None:
        return "holds a name or password", "leave it out; public pages show this address"
    if parts.path.rstrip("/") or "?" in url or "#" in url:
        return "holds a path, a query or a #", "end it after the host (and port)"
    return None


def _is_host(host: str) -> bool:
    """Twilio calls no host name with an underscore in it."""
    allowed = all(sign.isalnum() or sign in ".-:" for sign in host)
    return bool(host) and host.isascii() and allowed
