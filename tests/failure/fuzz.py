"""Requests no sane client sends, on every path open to strangers, half of them signed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from tests.conftest import ROOT
from voice.document import as_document, check_names, parse
from voice.exchange import PhoneError, Response
from voice.signature import FORM, form_pairs, sign

DESCRIBED: Mapping[str, Any] = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
FIELDS = sorted(
    {
        name
        for body in DESCRIBED["components"]["requestBodies"].values()
        for name in body["content"][FORM]["schema"]["properties"]
    }
    | {"SmsSid", "SmsStatus", "Direction", "NumMedia", "bodySHA256", "Privet", ""}
)
WORDS = (
    "", "0", "1", "4", "9", "*", "#", "12", "-1", "1e9", "null", "STOP", "start", "oreille", "\0",
    "\x1b[2J", "\ud800", "\ufffe", "]]>", "<Say>", "&amp;", "'; DROP TABLE contact; --", "%s%n",
    "{emergency}", "../../etc/passwd", "+33199001299", "whatsapp:+33199001299", "anonymous",
    "sip:x@y", "completed", "busy", "failed", "human", "machine_end_beep",
    "ü" * 300, "a" * 5000, "🙂" * 700,
    "bytes=0-99", "bytes=-1", "bytes=9999999-", "bytes=5-2,7-",
    "Mon, 01 Jan 99999999999 00:00:00 GMT", "1 Jan 99999999999999999999 00:00:00",
    "\r\nX: y", "x" * 70, "العربية", "1.5", "١٢٣", "a\u0301" * 200,
)  # fmt: skip
STATES = (
    "1/main/fr-FR/normal/0", "1/topic.lavage.1/pt-BR/slow/2", "1/callback/fr-FR/normal/0",
    "1/callback-number/fr-FR/normal/0", "1/callback-check/fr-FR/normal/0", "7/main/fr-FR/normal/0",
    "1/callback-time/pt-BR/normal/1", "1/text.lavage/fr-FR/normal/0", "1/transfer/fr-FR/normal/0",
    "1/ring.apres/fr-FR/normal/0", "1/main/xx/normal/0", "1/main/fr-FR/normal/9", "status",
    "/", "..",
)  # fmt: skip
DOORS: Mapping[str, tuple[str, ...]] = {
    "/try": ("get",),
    "/try/call": ("post",),
    "/try/text": ("post",),
    "/console": ("get",),
    "/console/sign-in": ("get", "post"),
    "/console/sign-in/code": ("post",),
    "/console/sign-in/openid/back": ("get",),
    "/console/link/{token}": ("get", "post"),
}
"""Pages of staff and practice that answer strangers; docs/openapi.yaml tells of no page."""
PATHS: Mapping[str, tuple[str, ...]] = DOORS | {
    path: tuple(name for name in operations if name in ("get", "post"))
    for path, operations in DESCRIBED["paths"].items()
}
OPENID = {
    "OPENID_ISSUER": "https://login.example.org",
    "OPENID_CLIENT_ID": "line",
    "OPENID_CLIENT_SECRET": "sesame",
}
"""Without a service of the clinic's own one of the doors is not there. It is never asked."""
BRACES = ("{state}", "{topic}", "{name}", "{filename}", "{token}")
STRAY = (*STATES, "listen.css", "0123456789abcdef.wav", "lavage", "%ff%fe/")
HEADERS = (
    "Range", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
    "Accept-Language", "Cookie", "X-Forwarded-For", "Accept",
)  # fmt: skip
DEEP = b"[" * 9000


@dataclass(frozen=True)
class Strange:
    """One request as it goes over the wire; `place` is the path it was made from."""

    place: str
    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]


def strange(chance: random.Random, url: str, token: str, clips: Sequence[str] = ()) -> Strange:
    """A request made up by chance, signed for this address or not; `clips` are names of some."""
    path, known = chance.choice(list(PATHS.items()))
    method = chance.choice([*known, *known, "get", "post", "put", "delete", "patch"]).upper()
    target = quote_strangely(chance, path, clips)
    fields = [(chance.choice(FIELDS), word(chance)) for _ in range(chance.randrange(9))]
    if method == "GET" or chance.random() < 0.2:
        target += "?" + urlencode(fields, errors="replace")
    body = form(chance, fields) if method == "POST" else b""
    headers = {"Content-Type": chance.choice([FORM, FORM, FORM, "application/json", "x/y", ""])}
    headers |= {name: clean(word(chance)) for name in HEADERS if chance.random() < 0.1}
    if chance.random() < 0.6:
        headers["X-Twilio-Signature"] = sign(token, url + target, form_pairs(body))
    return Strange(path, method, target, body, headers)


def quote_strangely(chance: random.Random, path: str, clips: Sequence[str]) -> str:
    """A described path with something in its braces, often what there is."""
    there = {"{state}": STATES, "{topic}": ("lavage",), "{filename}": ("listen.css",)}
    for name in BRACES:
        known = (*there.get(name, ()), *(clips if name == "{name}" else ())) or STRAY
        how = chance.random()
        other = chance.choice(STRAY) if how < 0.8 else quote(word(chance), errors="replace")
        path = path.replace(name, chance.choice(known) if how < 0.6 else other)
    return path


def word(chance: random.Random) -> str:
    """A value: one that has made trouble somewhere, or characters of any kind."""
    if chance.random() < 0.7:
        return chance.choice(WORDS)
    return "".join(chr(chance.choice((*range(256), 0x2028, 0x1F600))) for _ in range(30))


def clean(value: str) -> str:
    """What can stand in a header at all."""
    return "".join(c for c in value if " " <= c < "\x7f")[:300]


def form(chance: random.Random, fields: list[tuple[str, str]]) -> bytes:
    """A form, or what only looks like one."""
    body = urlencode(fields, errors="replace").encode()
    if chance.random() < 0.1:
        return chance.choice([DEEP, chance.randbytes(chance.randrange(400))])
    return body * 40 if chance.random() < 0.02 else body


def problem(sent: Strange, status: int, kind: str, body: bytes) -> str:
    """What is wrong with an answer, "" for nothing."""
    told = f"{sent.method} {sent.target[:200]} {sent.body[:200]!r}: {status}"
    if status >= 500 or status < 200:
        return told
    if kind.startswith("text/xml") and status == 200:
        answer = Response(status, kind, body)
        try:
            check_names(parse(as_document(answer, sent.target), sent.target), sent.target)
        except PhoneError as error:
            return f"{told} {error}"
    return ""
