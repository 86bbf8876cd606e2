"""A telephone for people and tests: calls and texts the line as Twilio does.

It shares no code with the rest of the package, so that it can contradict it. A `Phone` is what
stays the same (whose number, which line, how requests travel); a `Call` is a frozen value that
says where one call stands. Each thing a person can do takes both and returns the next `Call` and
what was heard on the way:

    call, heard = dial(phone, new_sid("CA"))
    call, heard = press(phone, call, "3")
    call, heard = say(phone, call, "going home")
    call, heard = stay_silent(phone, call)
    call, heard = answer_dial(phone, call, "busy")
    call, heard = hang_up(phone, call)

Where Twilio would log an error or a warning, a `PhoneError` with Twilio's code is raised.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree

from voice.document import Gather, as_document, check_names, decode, parse, read_gather, whole
from voice.exchange import (
    AGENT,
    Caption,
    Phone,
    PhoneError,
    Response,
    both_ends,
    common_fields,
    keep_cookies,
    new_sid,
    over_http,
    over_wsgi,
    send,
)

__all__ = [
    "Call",
    "Caption",
    "Dialed",
    "Heard",
    "HungUp",
    "Paused",
    "Phone",
    "PhoneError",
    "Played",
    "Said",
    "Step",
    "Text",
    "answer_dial",
    "dial",
    "hang_up",
    "hears_speech",
    "new_sid",
    "over_http",
    "over_wsgi",
    "patience",
    "press",
    "say",
    "send_text",
    "stay_silent",
]

KEYS: Final = "0123456789*#"
MOST_TEXT_CHARACTERS: Final = 1600  # Twilio errors 14103 and 21617
MOST_REPLIES: Final = 10  # Twilio error 14109
_MOST_HTTP_REDIRECTS: Final = 10  # Twilio error 11215
_MOST_VERBS: Final = 200  # more than this between two things a person does is a circle

DialStatus = Literal["completed", "busy", "no-answer", "failed"]
Stage = Literal["running", "listening", "dialing", "over"]


# ---------------------------------------------------------------- what is heard


@dataclass(frozen=True)
class Played:
    """A clip was played; `words` is empty where no caption is known."""

    url: str
    words: str = ""
    locale: str = ""
    stops_on_key: bool = False


@dataclass(frozen=True)
class Said:
    """The vendor's own voice read something out."""

    words: str
    locale: str
    stops_on_key: bool = False


@dataclass(frozen=True)
class Paused:
    """Silence on purpose, in seconds."""

    seconds: int
    stops_on_key: bool = False


@dataclass(frozen=True)
class Dialed:
    """The line is ringing another number."""

    number: str


@dataclass(frozen=True)
class HungUp:
    """The call has ended."""

    by: Literal["line", "caller"]


Heard = Played | Said | Paused | Dialed | HungUp


@dataclass(frozen=True)
class Call:
    """Where one call stands. Every field is plain, so a call can be written down and resumed."""

    sid: str
    stage: Stage = "running"
    status: str = "ringing"  # CallStatus as Twilio sends it
    url: str = ""  # of the document being followed
    document: str = ""
    at: int = 0  # the verb being followed
    digits: str = ""  # keys pressed so far in a Gather that takes several
    waited: int = 0  # seconds of silence so far; clips are not counted
    asked: int = 0  # documents fetched so far
    cookies: tuple[tuple[str, str], ...] = ()


Step = tuple[Call, tuple[Heard, ...]]


# ---------------------------------------------------------------- what a person can do


def dial(phone: Phone, sid: str) -> Step:
    """Place a call and listen until the line waits for the caller."""
    call = _request(phone, Call(sid=sid), "POST", phone.url + phone.voice_path, {})
    return _run(phone, call)


def press(phone: Phone, call: Call, key: str) -> Step:
    """Press one key. Where no Gather takes keys it is lost, as it is with Twilio."""
    if key not in KEYS or len(key) != 1:
        raise ValueError(f"no such key on a telephone: {key!r}")
    _must_be_on(call)
    gather = _gather(call)
    if gather is None or not gather.keys:
        return call, ()
    if key == gather.finish_key:
        return _submit(phone, call, gather, key) if call.digits else _time_out(phone, call, gather)
    call = replace(call, digits=call.digits + key)
    return _submit(phone, call, gather, "") if len(call.digits) >= gather.num_digits else (call, ())


def say(phone: Phone, call: Call, words: str, confidence: float = 0.9) -> Step:
    """Speak. Words are heard by the first Gather that takes speech before anything else happens.

    A Gather for keys only is let to run out first; words that meet no Gather for speech are lost.
    """
    _must_be_on(call)
    while (gather := _gather(call)) is not None and not gather.speech:
        asked = call.asked
        call, heard = _time_out(phone, call, gather)
        if heard or call.asked != asked:
            return call, heard
    if gather is None:
        return call, ()
    fields = {"SpeechResult": words, "Confidence": f"{confidence:.8f}", "Language": gather.language}
    return _act(phone, call, gather.method, gather.action, fields)


def stay_silent(phone: Phone, call: Call) -> Step:
    """Press and say nothing until the line speaks again, or is asked again."""
    _must_be_on(call)
    while (gather := _gather(call)) is not None:
        asked = call.asked
        call, heard = _time_out(phone, call, gather)
        if heard or call.asked != asked:
            return call, heard
    return call, ()


def answer_dial(phone: Phone, call: Call, status: DialStatus, seconds: int = 30) -> Step:
    """The other telephone rang: it was answered and talked for `seconds`, or it was not."""
    if call.stage != "dialing":
        raise ValueError("nobody is being dialled")
    verb = _verbs(call)[call.at]
    fields: dict[str, str] = {"DialCallStatus": status}
    if status == "completed":
        fields |= {"DialCallSid": new_sid("CA"), "DialCallDuration": str(seconds)}
    action = verb.get("action")
    if action is None:
        return _run(phone, _next(call))
    return _act(phone, call, verb.get("method", "POST"), urljoin(call.url, action), fields)


def hang_up(phone: Phone, call: Call) -> Step:
    """Put the receiver down."""
    if call.stage == "over":
        return call, ()
    return _end(phone, call, "completed"), (HungUp("caller"),)


def patience(call: Call) -> int:
    """How long the line waits for the caller before it goes on by itself, in seconds."""
    return sum(gather.timeout for gather in _quiet_gathers(call))


def hears_speech(call: Call) -> bool:
    """Would words spoken now, after the prompt, be heard?"""
    return any(gather.speech for gather in _quiet_gathers(call))


def _must_be_on(call: Call) -> None:
    if call.stage == "over":
        raise ValueError("the call is over")


# ---------------------------------------------------------------- Gather


def _gather(call: Call) -> Gather | None:
    if call.stage != "listening":
        return None
    return read_gather(call.url, _verbs(call)[call.at])


def _submit(phone: Phone, call: Call, gather: Gather, finish_key: str) -> Step:
    fields = {"Digits": call.digits, "FinishedOnKey": finish_key, "msg": "Gather End"}
    return _act(phone, call, gather.method, gather.action, fields)


def _time_out(phone: Phone, call: Call, gather: Gather) -> Step:
    """No more keys came: what was pressed counts, else the document goes on."""
    call = replace(call, waited=call.waited + gather.timeout)
    if call.digits:
        return _submit(phone, call, gather, "")
    if gather.acts_on_silence:
        return _act(phone, call, gather.method, gather.action, {})
    return _run(phone, _next(call))


def _quiet_gathers(call: Call) -> Iterable[Gather]:
    """The Gather the call stands at and those that follow it without anything said."""
    if call.stage != "listening":
        return
    verbs = _verbs(call)
    for index, verb in enumerate(verbs[call.at :]):
        if verb.tag != "Gather" or (index and len(verb)):
            return
        gather = read_gather(call.url, verb)
        yield gather
        if gather.acts_on_silence:
            return


def _act(phone: Phone, call: Call, method: str, url: str, fields: Mapping[str, str]) -> Step:
    return _run(phone, _request(phone, replace(call, digits=""), method, url, fields))


# ---------------------------------------------------------------- following a document


def _run(phone: Phone, call: Call) -> Step:
    heard: tuple[Heard, ...] = ()
    for _ in range(_MOST_VERBS):
        if call.stage != "running":
            return call, heard
        verbs = _verbs(call)
        if call.at >= len(verbs):
            return _end(phone, call, "completed"), (*heard, HungUp("line"))
        call, more = _follow(phone, call, verbs[call.at])
        heard += more
    raise PhoneError(0, f"more than {_MOST_VERBS} verbs without waiting", call.url)


def _follow(phone: Phone, call: Call, verb: ElementTree.Element) -> Step:
    match verb.tag:
        case "Play" | "Say" | "Pause":
            return _next(call), _sounds(phone, call, verb, stops_on_key=False)
        case "Gather":
            return _begin_gather(phone, call, verb)
        case "Redirect":
            url = urljoin(call.url, (verb.text or "").strip())
            return _request(phone, call, verb.get("method", "POST"), url, {}), ()
        case "Dial":
            return replace(call, stage="dialing"), (Dialed(_number(call, verb)),)
        case "Hangup":
            return _end(phone, call, "completed"), (HungUp("line"),)
        case "Reject":
            ending = "busy" if verb.get("reason") == "busy" else "no-answer"
            return _end(phone, call, ending), (HungUp("line"),)
    raise PhoneError(12200, f"this telephone cannot follow <{verb.tag}>", call.url)


def _begin_gather(phone: Phone, call: Call, verb: ElementTree.Element) -> Step:
    keys = read_gather(call.url, verb).keys
    heard: tuple[Heard, ...] = ()
    for nested in verb:
        if nested.tag not in {"Play", "Say", "Pause"}:
            raise PhoneError(12200, f"<{nested.tag}> inside <Gather>", call.url)
        heard += _sounds(phone, call, nested, stops_on_key=keys)
    return replace(call, stage="listening", digits=""), heard


def _sounds(
    phone: Phone, call: Call, verb: ElementTree.Element, *, stops_on_key: bool
) -> tuple[Heard, ...]:
    times = whole(call.url, verb, "loop", 1, least=1)
    if verb.tag == "Pause":
        return (Paused(whole(call.url, verb, "length", 1, least=1), stops_on_key),)
    if verb.tag == "Say":
        return (_said(call, verb, stops_on_key),) * times
    return (_played(phone, call, verb, stops_on_key),) * times


def _said(call: Call, verb: ElementTree.Element, stops_on_key: bool) -> Said:
    words = " ".join("".join(verb.itertext()).split())
    if not words:
        raise PhoneError(13520, "<Say> says nothing", call.url)
    if len(words) > 4096:
        raise PhoneError(13521, "<Say> says more than 4096 characters", call.url, words)
    return Said(words, verb.get("language", "en-US"), stops_on_key)


def _played(phone: Phone, call: Call, verb: ElementTree.Element, stops_on_key: bool) -> Played:
    if "digits" in verb.attrib:
        raise PhoneError(0, "this telephone hears no tones", call.url, str(verb.attrib))
    url = urljoin(call.url, (verb.text or "").strip())
    if not (verb.text or "").strip():
        raise PhoneError(13420, "<Play> names no clip", call.url)
    if phone.fetches_audio:
        _check_audio(phone, url)
    caption = phone.caption(url) or Caption("", "")
    return Played(url, caption.words, caption.locale, stops_on_key)


_AUDIO: Final[Mapping[str, bytes | tuple[bytes, ...]]] = {
    "audio/wav": b"RIFF",
    "audio/x-wav": b"RIFF",
    "audio/wave": b"RIFF",
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
}


def _check_audio(phone: Phone, url: str) -> None:
    """Ask for a clip as Twilio does: GET, nothing else sent; the header must match the bytes."""
    answer = phone.fetch("GET", url, b"", {"User-Agent": AGENT})
    if answer.status != 200:
        raise PhoneError(11200, f"clip answered {answer.status}", url)
    kind = answer.content_type.split(";")[0].strip().lower()
    opening = _AUDIO.get(kind)
    if opening is None or not answer.body.startswith(opening):
        raise PhoneError(13420, f"not audio of the kind {kind!r}", url, repr(answer.body[:16]))


def _number(call: Call, verb: ElementTree.Element) -> str:
    nested = [child for child in verb if child.tag == "Number"]
    number = ((nested[0] if nested else verb).text or "").strip()
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise PhoneError(13223, "<Dial> needs a number like +12125550134", call.url, number)
    return number


def _verbs(call: Call) -> list[ElementTree.Element]:
    return list(parse(call.document, call.url))


def _next(call: Call) -> Call:
    return replace(call, stage="running", at=call.at + 1, digits="")


def _end(phone: Phone, call: Call, status: str) -> Call:
    call = replace(call, stage="over", status=status, document="", at=0, digits="")
    if phone.status_path:
        fields = _call_fields(phone, call) | {"CallDuration": str(call.waited)}
        _expect_quiet(send(phone, "POST", phone.url + phone.status_path, fields), phone.status_path)
    return call


def _expect_quiet(answer: Response, url: str) -> None:
    if answer.status != 204 and not (answer.status == 200 and b"<Response" in answer.body):
        raise PhoneError(11200, f"status callback answered {answer.status}", url)


# ---------------------------------------------------------------- asking


def _request(phone: Phone, call: Call, method: str, url: str, extra: Mapping[str, str]) -> Call:
    """Ask for a document and stand at its first verb."""
    url = urldefrag(url).url
    fields = {**_call_fields(phone, call), **extra}
    for _ in range(_MOST_HTTP_REDIRECTS + 1):
        answer = send(phone, method, url, fields, call.cookies)
        call = replace(call, cookies=keep_cookies(call.cookies, answer, url))
        if answer.status not in {301, 302, 303, 307, 308}:
            return _stand_at(call, answer, url)
        url = urldefrag(urljoin(url, answer.location)).url
        method, fields = "GET", _call_fields(phone, call)  # extras are not sent again
    raise PhoneError(11215, f"more than {_MOST_HTTP_REDIRECTS} HTTP redirects", url)


def _stand_at(call: Call, answer: Response, url: str) -> Call:
    if answer.status != 200:
        raise PhoneError(11200, f"answered {answer.status}", url, repr(answer.body[:200]))
    if not answer.content_type:
        raise PhoneError(12300, "no content type", url)
    document = as_document(answer, url)
    check_names(parse(document, url), url)
    asked = call.asked + 1
    here = replace(call, url=url, document=document, at=0, digits="", asked=asked)
    return replace(here, stage="running", status="in-progress")


def _call_fields(phone: Phone, call: Call) -> dict[str, str]:
    """The fields every voice request carries, the duplicates seen on the wire included."""
    return {
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": "inbound",
        "Caller": phone.number,
        "Called": phone.line,
        "StirVerstat": "TN-Validation-Passed-A",
        **both_ends(phone, "Caller", "Called"),
        **common_fields(phone),
    }


# ---------------------------------------------------------------- text messages


@dataclass(frozen=True)
class Text:
    """A text message that came back."""

    body: str
    media: tuple[str, ...] = ()


def send_text(
    phone: Phone,
    body: str,
    sid: str,
    *,
    whatsapp: bool = False,
    extra: Mapping[str, str] | None = None,
) -> tuple[Text, ...]:
    """Text the line and return its answers, in order. `extra` adds fields such as OptOutType."""
    if len(body) > MOST_TEXT_CHARACTERS:
        raise ValueError(f"a text has at most {MOST_TEXT_CHARACTERS} characters")
    if whatsapp:
        phone = replace(phone, number=f"whatsapp:{phone.number}", line=f"whatsapp:{phone.line}")
    url = phone.url + phone.sms_path
    fields = _text_fields(phone, body, sid) | dict(extra or {})
    answer = send(phone, "POST", url, fields)
    return _texts(answer, url)


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


def _texts(answer: Response, url: str) -> tuple[Text, ...]:
    if answer.status == 204:
        return ()
    if answer.status != 200:
        raise PhoneError(11200, f"answered {answer.status}", url, repr(answer.body[:200]))
    kind = answer.content_type.split(";")[0].strip().lower()
    text = decode(answer, url)
    if kind == "text/plain":  # is sent to the person as it stands
        return (Text(text),)
    if kind not in {"text/xml", "application/xml", "text/html"}:
        raise PhoneError(12300, f"content type {answer.content_type!r}", url, text)
    root = parse(text, url)
    if len(root) > MOST_REPLIES:
        raise PhoneError(14109, f"{len(root)} replies to one message", url)
    return tuple(_text(verb, url) for verb in root)


def _text(verb: ElementTree.Element, url: str) -> Text:
    if verb.tag != "Message":
        raise PhoneError(12200, f"this telephone cannot follow <{verb.tag}> in a message", url)
    bodies = [child.text or "" for child in verb if child.tag == "Body"]
    body = "".join(bodies) if bodies else (verb.text or "").strip()
    media = tuple((child.text or "").strip() for child in verb if child.tag == "Media")
    if len(body) > MOST_TEXT_CHARACTERS:
        raise PhoneError(14103, f"{len(body)} characters in one message", url)
    if not body and not media:
        raise PhoneError(14103, "an empty message", url)
    return Text(body, media)
