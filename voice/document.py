"""Reading a TwiML document as strictly as Twilio: what it would skip or warn about is refused."""

import math
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree

from voice.exchange import PhoneError, Response

MOST_DOCUMENT_BYTES: Final = 64 * 1024  # Twilio error 11750
_LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})+")
_DIALED: Final = (
    "action method timeout timeLimit hangupOnStar answerOnBridge callerId record trim ringTone "
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent sequential "
    "referUrl referMethod"
)
_ATTRIBUTES: Final = {
    "Say": "voice language loop",
    "Play": "loop digits",
    "Pause": "length",
    "Redirect": "method",
    "Hangup": "",
    "Reject": "reason",
    "Dial": _DIALED,
    "Number": "sendDigits url method statusCallback statusCallbackEvent statusCallbackMethod byoc",
    "Message": "to from action method statusCallback",
    "Body": "",
    "Media": "",
    "Gather": "input action method timeout speechTimeout numDigits finishOnKey hints language "
    "actionOnEmptyResult speechModel enhanced profanityFilter bargeIn partialResultCallback "
    "partialResultCallbackMethod",
}
_SSML: Final = ("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w")


def parse(document: str, url: str) -> ElementTree.Element:
    """Read a document's XML."""
    if "<!DOCTYPE" in document:  # nothing that could expand is ever parsed
        raise PhoneError(12100, "TwiML has no document type", url, document)
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 (see above)
    except ElementTree.ParseError as error:
        raise PhoneError(12100, f"unreadable XML ({error})", url, document) from error
    if root.tag != "Response":
        raise PhoneError(12102, "the root is not <Response>", url, document)
    return root


def check_names(root: ElementTree.Element, url: str) -> None:
    """Refuse what Twilio would skip with a warning: unknown verbs, attributes, methods."""
    for verb in root.iter():
        known = _ATTRIBUTES.get(verb.tag)
        if known is None:
            if verb.tag in {"Response", *_SSML}:
                continue
            raise PhoneError(12200, f"no such verb: <{verb.tag}>", url)
        unknown = verb.attrib.keys() - set(known.split())
        if unknown:
            raise PhoneError(12200, f"<{verb.tag}> has no {', '.join(sorted(unknown))}", url)
        if verb.get("method", "POST") not in {"GET", "POST"}:
            raise PhoneError(12200, f"<{verb.tag}> method is GET or POST", url)


def whole(url: str, verb: ElementTree.Element, name: str, default: int, *, least: int) -> int:
    """Read an attribute that is a whole number."""
    text = verb.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise PhoneError(12200, f"<{verb.tag}> {name} is a number from {least}", url, text)
    return int(text)


def as_document(answer: Response, url: str) -> str:
    """The TwiML Twilio would follow for this answer; text/plain is spoken, audio is played."""
    kind = answer.content_type.split(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return _document("Play", url)
    text = decode(answer, url)
    if kind in {"text/xml", "application/xml", "text/html"}:
        return text
    if kind == "text/plain":
        return text if text.lstrip().startswith("<") else _document("Say", text)
    raise PhoneError(12300, f"content type {answer.content_type!r}", url, text)


def _document(verb: str, text: str) -> str:
    root = ElementTree.Element("Response")
    ElementTree.SubElement(root, verb).text = text
    return ElementTree.tostring(root, encoding="unicode")


def decode(answer: Response, url: str) -> str:
    """Read an answer's bytes, within the 64 kB Twilio takes."""
    if not answer.body:
        raise PhoneError(11770, "empty answer", url)
    if len(answer.body) > MOST_DOCUMENT_BYTES:
        raise PhoneError(11750, f"{len(answer.body)} bytes", url)
    try:
        return answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PhoneError(12100, "not UTF-8", url, repr(answer.body[:80])) from error


def expect_quiet(answer: Response, url: str) -> None:
    """Refuse an answer to a status callback that Twilio would warn about."""
    if answer.status != 204 and not (answer.status == 200 and b"<Response" in answer.body):
        raise PhoneError(11200, f"status callback answered {answer.status}", url)


@dataclass(frozen=True)
class Gather:
    """What a <Gather> waits for, defaults filled in."""

    keys: bool
    speech: bool
    timeout: int  # seconds
    num_digits: float
    finish_key: str
    action: str
    method: str
    language: str
    acts_on_silence: bool


def read_gather(url: str, verb: ElementTree.Element) -> Gather:
    """Read a <Gather>'s attributes; `url` is the document's own address."""
    inputs = verb.get("input", "dtmf").split()
    _check_gather(url, verb, inputs)
    return Gather(
        keys="dtmf" in inputs,
        speech="speech" in inputs,
        timeout=whole(url, verb, "timeout", 5, least=0),
        num_digits=whole(url, verb, "numDigits", 0, least=1) or math.inf,
        finish_key=verb.get("finishOnKey", "#"),
        action=urljoin(url, verb.get("action", "")),
        method=verb.get("method", "POST"),
        language=verb.get("language", "en-US"),
        acts_on_silence=verb.get("actionOnEmptyResult", "false") == "true",
    )


def _check_gather(url: str, verb: ElementTree.Element, inputs: list[str]) -> None:
    hints = [hint for hint in verb.get("hints", "").split(",") if hint]
    auto = verb.get("speechTimeout") == "auto"
    problems = {
        "input takes dtmf and speech": not inputs or not set(inputs) <= {"dtmf", "speech"},
        "finishOnKey is one key or none": len(verb.get("finishOnKey", "#")) > 1,
        "language needs a region (13512)": not _LOCALE.fullmatch(verb.get("language", "en-US")),
        "at most 500 hints of 100 characters": len(hints) > 500
        or max(map(len, hints), default=0) > 100,
        "speechTimeout must be a number with a speechModel": auto and "speechModel" in verb.attrib,
    }
    for problem, wrong in problems.items():
        if wrong:
            raise PhoneError(13310, problem, url, str(verb.attrib))
