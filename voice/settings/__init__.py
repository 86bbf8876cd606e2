"""What the operator decides: one frozen dataclass from the environment.

Everything that is wrong is reported at once, each with what to do about it. A setting that is
empty counts as not given. Values of secrets appear nowhere: not in errors, not in a repr.

    reader.py      the environment while it is read, and what is wrong with it
    addresses.py   web addresses, the mail server, telephone numbers. Pure
    groups.py      Outbound: what the line may start itself; Notices: who is told of a call-back
"""

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from voice.settings.addresses import MailServer, is_loopback
from voice.settings.groups import (
    Notices,
    OpenId,
    Outbound,
    read_notices,
    read_openid,
    read_otel,
    read_outbound,
    read_sentry,
)
from voice.settings.reader import DATABASE, Problem, Reader

__all__ = [
    "LogFormat",
    "MailServer",
    "Notices",
    "Outbound",
    "Settings",
    "SettingsError",
    "is_loopback",
    "read",
]

CarrierKeywords = Literal["carrier", "line"]
LogFormat = Literal["plain", "json"]

_ROOT = Path(__file__).resolve().parent.parent.parent


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
    `sentry_dsn` and `otel_endpoint` name who watches (watchers.py), "" for nobody.
    `public_url` is scheme and host with no slash at the end; `bind` is the address listened on,
    "" for the one that fits it (server.py). `secret_keys` are the secret key and the ones before
    it, which still open what they sealed.
    """

    public_url: str
    twilio_account_sid: str
    twilio_tokens: tuple[str, ...] = field(repr=False)
    instance_token: str = field(repr=False)
    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    secret_keys: tuple[bytes, ...] = field(repr=False)
    contact_keys: tuple[bytes, ...] = field(repr=False)
    carrier_keywords: CarrierKeywords
    speech_engine: str
    speech: Mapping[str, str] = field(repr=False)
    bind: str
    port: int
    workers: int
    log_format: LogFormat
    metrics_token: str = field(repr=False)
    instance: Path
    scripts: Path
    audio: Path
    outbound: Outbound
    notices: Notices
    openid: OpenId
    sentry_dsn: str = field(repr=False)
    otel_endpoint: str = field(repr=False)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the line: then /try is open to all."""
        return is_loopback(self.public_url)

    @property
    def own_file(self) -> Path:
        """Where the store is if nobody names another."""
        return self.instance / DATABASE

    @property
    def built(self) -> Path:
        """Where what was worked out of the words is kept (built.py)."""
        return self.instance / "built"


def read(
    environ: Mapping[str, str],
    root: Path = _ROOT,
    randomness: Callable[[int], bytes] = os.urandom,
) -> Settings:
    """The settings of this environment; SettingsError lists all that is wrong with them.

    Keys that nobody gave are made once in the instance folder (SQLite only: machines that
    share a database must be given the same keys).
    """
    found = Reader({name: value.strip() for name, value in environ.items() if value.strip()})
    instance = found.folder("INSTANCE", root / "instance")
    database = found.database(instance)
    secrets, contacts = found.keys(instance, database, randomness)
    settings = Settings(
        instance_token=hmac.digest(secrets[0], b"instance token", "sha256").hex(),
        database_url=database,
        secret_key=secrets[0],
        secret_keys=secrets,
        contact_keys=contacts,
        instance=instance,
        **_reached(found),
        **_by_themselves(found, root),
    )
    if found.problems:
        raise SettingsError(tuple(found.problems))
    return settings


def _reached(found: Reader) -> dict[str, Any]:
    """Where the line listens, and at which address it is called."""
    port = found.number("PORT", 8000, 1, 65535)
    public_url = found.public_url(f"http://127.0.0.1:{port}")
    return {"public_url": public_url, "bind": found.bind(public_url), "port": port}


def _by_themselves(found: Reader, root: Path) -> dict[str, Any]:
    """The settings that follow from no other."""
    return {
        "twilio_account_sid": found.account(),
        "twilio_tokens": found.tokens(),
        "carrier_keywords": found.choice("CARRIER_KEYWORDS", get_args(CarrierKeywords)),
        "speech_engine": found.values.get("SPEECH_ENGINE", "espeak"),
        "speech": found.speech(),
        "workers": found.number("WORKERS", 1, 1, 64),
        "log_format": found.choice("LOG_FORMAT", get_args(LogFormat)),
        "metrics_token": found.secret("METRICS_TOKEN"),
        "scripts": found.folder("SCRIPTS", root / "scripts"),
        "audio": found.folder("AUDIO", root / "audio"),
        "outbound": read_outbound(found),
        "notices": read_notices(found),
        "openid": read_openid(found),
        "sentry_dsn": read_sentry(found),
        "otel_endpoint": read_otel(found),
    }
