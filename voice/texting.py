"""Text messages of the practice telephone: sent, answered, and what became of the answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, Literal
from urllib.parse import urljoin
from xml.etree import ElementTree

from voice.document import check_names, decode, expect_quiet, parse
from voice.exchange import ACCOUNT, Phone, PhoneError, Response, common_fields, send
from voice.hearing import MP3, check_audio
from voice.shown import Shown, read_shown

MOST_TEXT_CHARACTERS: Final = 1600  # Twilio errors 14103 and 21617
MOST_REPLIES: Final = 10  # Twilio error 14109
MOST_MEDIA: Final = 10

Delivery = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "read"]
"""MessageStatus as Twilio's status callbacks have it."""


@dataclass(frozen=True)
class Text:
    """A text message of the line's. What is told about its delivery goes to `status_url`."""

    body: str
    media: tuple[str, ...] = ()
    sid: str = field(default="", compare=False)
    to: str = field(default="", compare=False)
    sender: str = field(default="", compare=False)
    status_url: str = field(default="", compare=False)


def send_text(
    phone: Phone,
    body: str,
    sid: str,
    *,
    whatsapp: bool = False,
    extra: Mapping[str, str] | None = None,
) -> tuple[Text | Shown, ...]:
    """Text the line: its answers, in order, and after them what it would send or start besides.

    `extra` adds fields such as OptOutType.
    """
    if len(body) > MOST_TEXT_CHARACTERS:
        raise ValueError(f"a text has at most {MOST_TEXT_CHARACTERS} characters")
    if whatsapp:
        phone = replace(phone, number=f"whatsapp:{phone.number}", line=f"whatsapp:{phone.line}")
    url = f"{phone.url}/sms"
    fields = _text_fields(phone, body, sid) | dict(extra or {})
    answer = send(phone, "POST", url, fields)
    return (*_texts(phone, answer, url, sid), *read_shown(answer, url))


def deliver(phone: Phone, text: Text, status: Delivery, error_code: str = "") -> tuple[Shown, ...]:
    """Tell the line what became of a text of its own; what it would send or start because of that.

    `error_code` is Twilio's, such as "30006". ValueError where the line asked not to be told.
    """
    if not text.status_url:
        raise ValueError("the line did not ask what becomes of this text")
    fields = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": text.sender,
        "To": text.to,
        **dict.fromkeys(("MessageSid", "SmsSid"), text.sid),
        **dict.fromkeys(("MessageStatus", "SmsStatus"), status),
        **({"ErrorCode": error_code} if error_code else {}),
    }
    answer = send(phone, "POST", text.status_url, fields)
    expect_quiet(answer, text.status_url)
    return read_shown(answer, text.status_url)


def _text_fields(phone: Phone, body: str, sid: str) -> dict[str, str]:
    single, part = (160, 153) if body.isascii() else (70, 67)
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "NumMedia": "0",
        "NumSegments": str(1 if len(body) <= single else math.ceil(len(body) / part)),
        **common_fields(phone),
        **({"ProfileName": "", "WaId": phone.number[10:]} if phone.number[0] == "w" else {}),
    }


def _texts(phone: Phone, answer: Response, url: str, sid: str) -> tuple[Text, ...]:
    if answer.status == 204:
        return ()
    if answer.status != 200:
        raise PhoneError(11200, f"answered {answer.status}", url, repr(answer.body[:200]))
    kind = answer.content_type.split(";")[0].strip().lower()
    words = decode(answer, url)
    if kind == "text/plain":  # is sent to the person as it stands
        return (Text(words),)
    if kind not in {"text/xml", "application/xml", "text/html"}:
        raise PhoneError(12300, f"content type {answer.content_type!r}", url, words)
    root = parse(words, url)
    check_names(root, url)
    if len(root) > MOST_REPLIES:
        raise PhoneError(14109, f"{len(root)} replies to one message", url)
    return tuple(_text(phone, verb, url, f"{sid} {place}") for place, verb in enumerate(root))


def _text(phone: Phone, verb: ElementTree.Element, url: str, name: str) -> Text:
    if verb.tag != "Message":
        raise PhoneError(12200, f"this telephone cannot follow <{verb.tag}> in a message", url)
    bodies = [child.text or "" for child in verb if child.tag == "Body"]
    body = "".join(bodies) if bodies else (verb.text or "").strip()
    media = tuple(_media(phone, child, url) for child in verb if child.tag == "Media")
    if len(body) > MOST_TEXT_CHARACTERS:
        raise PhoneError(14103, f"{len(body)} characters in one message", url)
    if not (body or media) or len(media) > MOST_MEDIA:
        raise PhoneError(14103, f"a message of {len(body)} characters, {len(media)} media", url)
    # Twilio's page has statusCallback, its libraries prefer action; either is told.
    told = verb.get("statusCallback") or verb.get("action")
    status_url = urljoin(url, told) if told else ""
    sid = ("MM" if media else "SM") + sha256(name.encode()).hexdigest()[:32]
    return Text(body, media, sid, phone.number, phone.line, status_url)


def _media(phone: Phone, verb: ElementTree.Element, url: str) -> str:
    address = (verb.text or "").strip()
    if not address.startswith(("http://", "https://")):
        raise PhoneError(12300, "<Media> needs a whole address", url, address)
    if phone.fetches_audio:
        check_audio(phone, address, MP3)
    return address
