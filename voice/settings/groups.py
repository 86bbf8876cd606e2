"""What belongs together: what the line may start itself, and who is told of a call-back."""

import re
from dataclasses import dataclass, field

from voice.settings.addresses import (
    MailServer,
    is_mail_address,
    mail_server,
    web_problem,
    written_number,
)
from voice.settings.reader import Reader


@dataclass(frozen=True)
class Outbound:
    """What the line may start itself. `countries` are ISO 3166 codes; calls are counted by day.

    With an API key, `api_secret` is what signs in, else the auth token in use. `fallback_url`
    answers calls when the line cannot; "" where nothing is hosted elsewhere.
    """

    api_key: str = field(default="", repr=False)
    api_secret: str = field(default="", repr=False)
    messaging_service: str = ""
    whatsapp_number: str = ""
    countries: frozenset[str] = frozenset({"US"})
    calls_per_number: int = 3
    calls_per_day: int = 50
    fallback_url: str = ""


@dataclass(frozen=True)
class Notices:
    """Who is told that a call-back is waiting: a webhook, people by mail, both or nobody."""

    webhook: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    sender: str = ""
    server: MailServer | None = field(default=None, repr=False)

    @property
    def anybody(self) -> bool:
        """Whether anybody is told."""
        return bool(self.webhook or self.recipients)


@dataclass(frozen=True)
class OpenId:
    """The clinic's own sign-in service for staff; `issuer` is "" where there is none."""

    issuer: str = ""
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)


def read_openid(found: Reader) -> OpenId:
    """The sign-in service this environment names."""
    names = ("OPENID_ISSUER", "OPENID_CLIENT_ID", "OPENID_CLIENT_SECRET")
    given = [name for name in names if name in found.values]
    for name in names:
        if given and name not in given:
            found.wrong(name, f"is missing beside {given[0]}", "give all three, or none")
    issuer = _web(found, "OPENID_ISSUER", "https://login.example.org")
    return OpenId(issuer, found.secret("OPENID_CLIENT_ID"), found.secret("OPENID_CLIENT_SECRET"))


def read_outbound(found: Reader) -> Outbound:
    """What this environment lets the line start itself."""
    return Outbound(
        *_api_key(found),
        messaging_service=_sid(found, "TWILIO_MESSAGING_SERVICE", "MG", "a messaging service"),
        whatsapp_number=_number(found, "TWILIO_WHATSAPP_NUMBER"),
        countries=_countries(found),
        calls_per_number=found.number("CALLS_PER_NUMBER", 3, 0, 100),
        calls_per_day=found.number("CALLS_PER_DAY", 50, 0, 100_000),
        fallback_url=_web(found, "FALLBACK_URL", "https://files.example.org/fallback.xml"),
    )


def read_notices(found: Reader) -> Notices:
    """Who is told of a call-back in this environment."""
    recipients = tuple(_mail_address(found, "CALL_BACK_EMAIL"))
    senders = tuple(_mail_address(found, "SMTP_FROM"))
    server = _server(found)
    if "CALL_BACK_EMAIL" in found.values and "SMTP_URL" not in found.values:
        found.wrong("CALL_BACK_EMAIL", "is given without SMTP_URL", "name your mail server too")
    if len(senders) > 1:
        found.wrong("SMTP_FROM", "holds more than one address", "mail comes from one")
    webhook = _web(found, "CALL_BACK_WEBHOOK", "https://desk.example.org/call-back")
    return Notices(webhook, recipients, next(iter((*senders, *recipients)), ""), server)


def read_sentry(found: Reader) -> str:
    """Who is told of errors; "" for nobody."""
    dsn = found.secret("SENTRY_DSN")
    bare = re.sub(r"//[^/@]*@", "//", dsn)
    if dsn and (bare == dsn or web_problem(bare, "") or not bare.rpartition("/")[2].isdigit()):
        found.wrong("SENTRY_DSN", "is not a Sentry address", "copy it from the project's keys")
    return dsn


def read_otel(found: Reader) -> str:
    """Who is told how long requests took; "" for nobody."""
    return _web(found, "OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.org:4318")


def _api_key(found: Reader) -> tuple[str, str]:
    key = _sid(found, "TWILIO_API_KEY", "SK", "an API key")
    secret = found.secret("TWILIO_API_SECRET")
    needed = {"TWILIO_API_KEY": "TWILIO_API_SECRET", "TWILIO_API_SECRET": "TWILIO_API_KEY"}
    for name, other in needed.items():
        if name in found.values and other not in found.values:
            found.wrong(name, f"is given without {other}", "give both, or none")
    if key and "TWILIO_ACCOUNT_SID" not in found.values:
        found.wrong("TWILIO_API_KEY", "is given without TWILIO_ACCOUNT_SID", "give that too")
    return key, secret


def _sid(found: Reader, name: str, start: str, kind: str) -> str:
    sid = found.secret(name)
    if sid and not sid.startswith(start):
        found.wrong(name, f"is not the SID of {kind}", f"copy the one that starts with {start}")
    return sid


def _number(found: Reader, name: str) -> str:
    text = found.values.get(name, "")
    number = written_number(text)
    if text and not number:
        found.wrong(name, "is not a number with its country code", "write +12125550150")
    return number


def _countries(found: Reader) -> frozenset[str]:
    text = found.values.get("COUNTRIES")
    if text is None:
        return frozenset({"US"})
    from phonenumbers import SUPPORTED_REGIONS

    codes = frozenset(text.upper().replace(",", " ").split())
    strange = sorted(codes - set(SUPPORTED_REGIONS))
    if strange or not codes:
        what = f"holds {', '.join(strange)}, not a country" if strange else "names no country"
        found.wrong("COUNTRIES", what, "use two letters each, as in US CA")
    return codes


def _web(found: Reader, name: str, example: str) -> str:
    url = found.values.get(name, "")
    problem = web_problem(url, f"use an address like {example}") if url else None
    if problem:
        found.wrong(name, *problem)
    return url


def _mail_address(found: Reader, name: str) -> list[str]:
    addresses = found.values.get(name, "").replace(",", " ").split()
    if not all(map(is_mail_address, addresses)):
        found.wrong(name, "is not a mail address", "write it plain, as in desk@example.org")
    return addresses


def _server(found: Reader) -> MailServer | None:
    url = found.secret("SMTP_URL")
    server = mail_server(url) if url else None
    if isinstance(server, tuple):
        found.wrong("SMTP_URL", *server)
        return None
    return server
