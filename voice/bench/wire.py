"""Requests as bytes, signed beforehand: a real call and real texts, as Twilio sends them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, cycle, islice
from typing import Final
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from voice.bench.load import ANY
from voice.exchange import Phone, Response, common_fields, over_http, send
from voice.phone import Call, answer_dial, dial, hang_up, new_sid, press, stay_silent
from voice.script import Script
from voice.signature import form_pairs, sign
from voice.texting import Delivery, Text, deliver

TOKEN = "bench-token-of-no-account"  # noqa: S105 - signs requests to this machine alone

Request = bytes

LATER: Final = 64
"""Other answers that are sent before one has arrived."""


@dataclass(frozen=True)
class Sent:
    """A request as the telephone sent it."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]


def raw(sent: Sent) -> Request:
    """Write a request as it goes over the wire, on a connection that stays open.

    In place of its token, by which one that is sent again is known, is one that load.py replaces.
    """
    parts = urlsplit(sent.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, **sent.headers}
    if "I-Twilio-Idempotency-Token" in headers:
        headers["I-Twilio-Idempotency-Token"] = ANY.decode()
    if sent.body:
        headers["Content-Length"] = str(len(sent.body))
    lines = [f"{sent.method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent.body


def get(url: str, **headers: str) -> Request:
    """Write a GET; a header's name may hold _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(Sent("GET", url, b"", named))


def signed(sent: Sent, url: str) -> Sent:
    """Return the same form signed for another address."""
    signature = sign(TOKEN, url, form_pairs(sent.body))
    return replace(sent, url=url, headers={**sent.headers, "X-Twilio-Signature": signature})


def answer(url: str) -> dict[str, str]:
    """Return the headers a GET of this address is answered with, names in small letters."""
    with urlopen(url, timeout=15) as found:  # noqa: S310 - this machine's own address
        return {name.lower(): value for name, value in found.headers.items()}


def telephone(url: str, kept: list[Sent], number: int) -> Phone:
    """A telephone of its own number that writes down in `kept` what it sends."""
    carry = over_http()

    def fetch(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Response:
        kept.append(Sent(method, target, body, headers))
        return carry(method, target, body, headers)

    return Phone(fetch, url, TOKEN, number=fictional(number))


def fictional(number: int) -> str:
    """One of 80,000 numbers that ring nowhere: 555-0100 to 555-0199 of every area."""
    return f"+1{200 + number // 100 % 800}55501{number % 100:02d}"


def call(url: str, script: Script, number: int) -> list[Sent]:
    """Hold a whole mixed call with a running line and return every request of it."""
    kept: list[Sent] = []
    follow(telephone(url, kept, number), script)
    return kept


def follow(phone: Phone, script: Script) -> None:
    """Hold a whole mixed call with a telephone."""
    at, _ = dial(phone, new_sid("CA"))
    for act in _acts(script):
        at = _after(phone, at, act)
    if at.stage == "dialing":
        at, _ = answer_dial(phone, at, "busy")
    hang_up(phone, at)


def _acts(script: Script) -> Iterator[str]:
    """A greeting, a wait, menus, a topic to its end, slower, back, another topic, a person."""
    keys = script.keys
    first, second = script.options[0].key, script.options[1].key
    yield from ("", "1", "", first, "1", "", "", keys["again"], keys["slower"], keys["skip"])
    yield from (keys["back"], keys["back"], second, "1", keys["pause"], keys["pause"])
    yield from (keys["back"], keys["person"], "")


def _after(phone: Phone, at: Call, act: str) -> Call:
    if at.stage != "listening":
        return at
    return (press(phone, at, act) if act else stay_silent(phone, at))[0]


def menus(calls: list[Sent]) -> list[Sent]:
    """Of the requests of calls those that press a key in a menu."""
    return [one for one in calls if b"Digits=" in one.body and "/main/" in one.url]


def texts(url: str, bodies: list[str], first: int, how_many: int) -> list[Request]:
    """Sign texts, each with an id of its own; people write three in turn."""
    kept: list[Sent] = []
    for n in islice(count(first), how_many):
        person = _writer(url, kept, n)
        fields = _text_fields(person, bodies[n % len(bodies)], f"SM{n:032x}")
        send(person, "POST", f"{url}/sms", fields)
    return [raw(sent) for sent in kept]


def answers_told(url: str, first: int, how_many: int) -> list[Request]:
    """Sign what Twilio tells of the answers to these texts: that each was sent, and has arrived."""
    kept: list[Sent] = []
    for n in islice(count(first), how_many + LATER):
        if n < first + how_many:
            _tell(url, kept, n, "sent")
        if n >= first + LATER:
            _tell(url, kept, n - LATER, "delivered")
    return [raw(sent) for sent in kept]


def _tell(url: str, kept: list[Sent], n: int, status: Delivery) -> None:
    """Tell of the answer to the n-th text."""
    writer, told = _writer(url, kept, n), f"{url}/sms/status?turn=SM{n:032x}"
    answer = Text("", sid=f"SMa{n:031x}", to=writer.number, sender=writer.line, status_url=told)
    deliver(writer, answer, status)


def ends_told(end: Sent, first: int, how_many: int) -> list[Request]:
    """Sign what Twilio tells of a call's end, each time of another call."""
    kept = []
    for n in islice(count(first), how_many):
        fields = dict(form_pairs(end.body)) | {"CallSid": f"CA{n:032x}"}
        kept.append(signed(replace(end, body=urlencode(fields).encode()), end.url))
    return [raw(sent) for sent in kept]


def _writer(url: str, kept: list[Sent], n: int) -> Phone:
    """The telephone of whoever writes the n-th text: it writes down what it sends, no more."""

    def keep(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Response:
        kept.append(Sent(method, target, body, headers))
        return Response(204, "", b"")

    return replace(telephone(url, [], n // 3), fetch=keep)


def _text_fields(phone: Phone, body: str, sid: str) -> dict[str, str]:
    own = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "Body": body}
    return {**common_fields(phone), **own, "NumMedia": "0", "NumSegments": "1"}


def keywords(script: Script) -> list[str]:
    """One keyword of each topic, each language in turn."""
    return [_first(script, topic, locale) for topic in script.topics for locale in script.locales]


def _first(script: Script, topic: str, locale: str) -> str:
    return script.topics[topic].wording[locale].keywords[0].upper()


def questions(script: Script) -> list[str]:
    """How patients ask for each topic, in their own words."""
    wordings = (
        topic.wording[locale] for topic in script.topics.values() for locale in script.locales
    )
    return [question for wording in wordings for question in wording.sample_questions]


def mixed(script: Script) -> list[str]:
    """What people write: a keyword, MORE, a question, again and again."""
    more = [script.words[locale]["more"][0].upper() for locale in script.locales]
    rows = zip(keywords(script), cycle(more), questions(script), strict=False)
    return [body for row in rows for body in row]
