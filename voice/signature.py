"""Is a request really Twilio's? The signature of its address and form, checked.

Twilio signs the full address it requests and, for a form, every field after it:
Base64(HMAC-SHA1(auth token, address + sorted(name + value ...))). The rules are those of
Twilio's security page and of its Python SDK, which is the oracle in the tests; this module
exists because the form is parsed once here, for the signature and for the event alike.
"""

import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

from voice.mac import code

FORM: Final = "application/x-www-form-urlencoded"
# Twilio sends about 25 fields and adds new ones unannounced; a thousand is not a webhook.
MAX_FIELDS: Final = 1000

KINDS: Final = ("unsigned", "misfit", "foreign")
"""Why a request is refused: not signed, signed with no token of ours, of another account."""

Pairs = Sequence[tuple[str, str]]

_ADDRESS = re.compile(
    r"(?P<scheme>[^:/?#]+)://(?P<user>(?:[^/?#]*@)?)"
    r"(?P<host>\[[^\]/?#]*\]|[^:/?#]*)(?P<port>(?::[0-9]*)?)(?P<target>[/?#].*|)",
    re.DOTALL,
)
# What RFC 3986 lets stand in a path as it is.
_PATH_SAFE = "/:@!$&'()*+,;=~"

_NO_TOKEN = "no auth token is set here (TWILIO_AUTH_TOKEN)"  # noqa: S105 - a reason, not a token
_UNSIGNED = "it carries no X-Twilio-Signature"
_WRONG = "its signature fits no token for this address; is PUBLIC_URL the address Twilio calls?"
_BODY = "its body is not a form and does not fit bodySHA256 in its address"
_FIELDS = f"its form has more than {MAX_FIELDS} fields"
_FOREIGN = (
    "its AccountSid is not TWILIO_ACCOUNT_SID; set that, and the token, of the account or "
    "subaccount that has the number"
)
_SHARED_KEY = (
    "it is signed with a shared key (X-Twilio-Webhooks-Signature-Settings), which is not "
    "accepted here; let Twilio sign this webhook with the auth token (HMAC_SHA1)"
)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a request: whose it is, and its fields.

    `signer` is the place, in the tokens offered, of the one that signed; None: refused.
    `fields` holds each field's first value and is empty for a refused request.
    `reason` says why it was refused, fit for a log: no secret, no query, no field.
    `kind` is the one of KINDS that a refused request is; "" for an accepted one.
    """

    signer: int | None
    fields: Mapping[str, str]
    reason: str = ""
    kind: str = ""


def check(
    tokens: Sequence[str], public_url: str, environ: Mapping[str, Any], body: bytes
) -> Verdict:
    """The verdict on a WSGI request; `public_url` stands for everything before its path.

    Nothing of the address is taken from a header: not the host, not the scheme.
    """
    urls = tuple(public_url.rstrip("/") + target for target in targets(environ))
    return verify(
        tokens,
        urls,
        body if environ.get("REQUEST_METHOD") not in ("GET", "HEAD") else None,
        _header(environ, "CONTENT_TYPE"),
        _header(environ, "HTTP_X_TWILIO_SIGNATURE"),
        _header(environ, "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS"),
    )


def of_account(verdict: Verdict, account: str) -> Verdict:
    """The verdict on a request that names an account: any but this one's is refused.

    Subaccounts have tokens of their own, so what Twilio signs with ours names ours. A request
    that names none passes, and any does where we are told of no account.
    """
    named = verdict.fields.get("AccountSid")
    if not account or named is None or named.lower() == account.lower():
        return verdict
    return Verdict(None, {}, _FOREIGN, KINDS[-1])


def sign(token: str, url: str, pairs: Pairs = ()) -> str:
    """The X-Twilio-Signature of a request for exactly this address with these form fields."""
    return _digest(token.encode("utf-8", "replace"), url, _suffix(pairs)).decode("ascii")


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form body in their order, blank ones too; ValueError past MAX_FIELDS."""
    text = body.decode("utf-8", "replace")
    if text.count("&") >= MAX_FIELDS:
        raise ValueError("too many fields")
    pairs = []
    for field in filter(None, text.split("&")):
        name, _, value = field.partition("=")
        coded = "%" in field or "+" in field  # most fields are plain
        pairs.append((_decoded(name), _decoded(value)) if coded else (name, value))
    return pairs


def _decoded(text: str) -> str:
    """A name or value as it was before the form was written; numbers begin with %2B."""
    text = text.replace("+", " ").replace("%2B", "+")
    return unquote(text) if "%" in text else text


def targets(environ: Mapping[str, Any]) -> tuple[str, ...]:
    """The path and query as requested: the likeliest spelling first.

    Some servers hand over the raw one. Others decode the path and drop a bare `?`, so it is
    written again, both as percent-encoded and as plain UTF-8.
    """
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if isinstance(raw, str) and raw:
        return (_path_of(_text(raw)),)
    path = str(environ.get("SCRIPT_NAME") or "") + str(environ.get("PATH_INFO") or "")
    return _written(path, str(environ.get("QUERY_STRING") or ""))


@lru_cache(maxsize=512)
def _written(raw_path: str, raw_query: str) -> tuple[str, ...]:
    """The spellings of a target that came decoded; cached, as the same few come all day."""
    path, query = _text(raw_path), _text(raw_query)
    encoded = quote(path, safe=_PATH_SAFE, errors="replace")
    paths = (encoded,) if encoded == path else (encoded, path)
    return tuple(f"{spelling}?{query}" if query else spelling for spelling in paths)


def verify(
    tokens: Sequence[str],
    urls: Sequence[str],
    body: bytes | None,
    content_type: str | None,
    signature: str | None,
    settings: str | None = None,
) -> Verdict:
    """The verdict on a request for one of these spellings of its address.

    A body of None is a GET, whose query is its form. Either token of a rotation may have signed.
    Anything at all may come in: a header that is missing, cut or garbage is a refusal, never an
    error.
    """
    unsigned, misfit, _ = KINDS
    reason = _refusal(tokens, signature, settings)
    if reason or signature is None:
        return Verdict(None, {}, reason, misfit if signature else unsigned)
    try:
        signed, fields = _read(urls[0], body, content_type)
    except ValueError as problem:
        return Verdict(None, {}, str(problem), misfit)
    signer = _signer(tokens, urls, _suffix(signed), signature.encode("utf-8", "replace"))
    return Verdict(None, {}, _WRONG, misfit) if signer is None else Verdict(signer, fields)


def _refusal(tokens: Sequence[str], signature: str | None, settings: str | None) -> str:
    if not any(tokens):
        return _NO_TOKEN
    if _algorithm(settings or "") != "HMAC_SHA1":
        return _SHARED_KEY
    return "" if signature else _UNSIGNED


def _algorithm(settings: str) -> str:
    """The algorithm a settings header names; without one it is the auth token's HMAC_SHA1."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _read(url: str, body: bytes | None, content_type: str | None) -> tuple[Pairs, dict[str, str]]:
    """What is signed besides a request's address, and the fields it brings."""
    query = url.partition("?")[2]
    if body is None:
        return (), _first(_pairs(query.encode("utf-8", "replace")))
    if (content_type or "").partition(";")[0].strip().lower() == FORM:
        pairs = _pairs(body)
        return pairs, _first(pairs)
    if body and not _digest_fits(query, body):
        raise ValueError(_BODY)
    return (), _json_fields(body)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return form_pairs(body)
    except ValueError as problem:
        raise ValueError(_FIELDS) from problem


def _digest_fits(query: str, body: bytes) -> bool:
    stated = _first(_pairs(query.encode("utf-8", "replace"))).get("bodySHA256", "")
    computed = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(computed.encode(), stated.encode("utf-8", "replace"))


def _json_fields(body: bytes) -> dict[str, str]:
    """The texts of a JSON object; nothing for any other body."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {_clean(name): _clean(item) for name, item in value.items() if isinstance(item, str)}


def _clean(text: str) -> str:
    """The text without lone surrogates, which JSON may bring but UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _spellings(url: str) -> Iterator[str]:
    """The ways Twilio may have written this address when it signed it.

    With and without the port, as the SDK tries both ("generation on back end is
    inconsistent"); with credentials as the SDK has it and without them as Twilio's security
    page has it; with and without a bare `?`, which servers and the SDK drop.
    """
    yield url  # nearly always the one; the rest is made only when it is not
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return
    scheme, user, host, port, target = match.groups()
    default = ":443" if scheme.lower() == "https" else ":80"
    bare = port or default
    ports = (port, "" if port else bare)
    for credentials in dict.fromkeys((user, "")):
        for one in ports:
            for end in _ends(target):
                yield f"{scheme}://{credentials}{host}{one}{end}"


def _ends(target: str) -> tuple[str, ...]:
    if target.endswith("?") and target.count("?") == 1:
        return target, target[:-1]
    return (target,) if "?" in target else (target, target + "?")


def _signer(
    tokens: Sequence[str], urls: Sequence[str], suffix: bytes, signature: bytes
) -> int | None:
    for place, token in enumerate(tokens):
        key = token.encode("utf-8", "replace")
        spellings = (spelling for url in urls for spelling in _spellings(url))
        for spelling in spellings if key else ():
            if hmac.compare_digest(_digest(key, spelling, suffix), signature):
                return place
    return None


def _digest(key: bytes, url: str, suffix: bytes) -> bytes:
    mac = code(key, url.encode("utf-8", "replace") + suffix, "sha1")
    return binascii.b2a_base64(mac, newline=False)


def _suffix(pairs: Pairs) -> bytes:
    """Sorted names and values with nothing between; a repeated value counts once."""
    return "".join([name + value for name, value in sorted(set(pairs))]).encode("utf-8", "replace")


def _first(pairs: Pairs) -> dict[str, str]:
    return dict(reversed(pairs))


def _path_of(target: str) -> str:
    """A request's target without the scheme and host that a proxy may put before it."""
    match = _ADDRESS.fullmatch(target)
    return match["target"] if match and not target.startswith("/") else target


def _text(wsgi: str) -> str:
    """WSGI hands bytes over as Latin-1 text (PEP 3333); here they become UTF-8 text."""
    return wsgi.encode("latin-1", "replace").decode("utf-8", "replace")


def _header(environ: Mapping[str, Any], name: str) -> str | None:
    value = environ.get(name)
    return value if isinstance(value, str) else None
