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

`take_call` picks up a call the line makes. Texts are in texting.py, what is heard in hearing.py.
Where Twilio would log an error or a warning, a `PhoneError` with Twilio's code is raised.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree

from voice.document import (
    Gather,
    as_document,
    check_names,
    expect_quiet,
    parse,
    read_gather,
)
from voice.exchange import (
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
from voice.hearing import Dialed, Heard, HungUp, Paused, Played, Said, number_of, sounds, together
from voice.shown import Rung, Shown, Texted, read_shown
from voice.texting import Text, deliver, send_text

__all__ = [
    "AnsweredBy",
    "Call",
    "Caption",
    "Dialed",
    "Heard",
    "HungUp",
    "Paused",
    "Phone",
    "PhoneError",
    "Played",
    "Rung",
    "Said",
    "Shown",
    "Step",
    "Text",
    "Texted",
    "answer_dial",
    "deliver",
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
    "take_call",
    "together",
]

KEYS: Final = "0123456789*#"
_MOST_HTTP_REDIRECTS: Final = 10  # Twilio error 11215
_MOST_VERBS: Final = 200  # more than this between two things a person does is a circle

DialStatus = Literal["completed", "busy", "no-answer", "failed"]
AnsweredBy = Literal[
    "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other",
    "fax", "unknown",
]  # fmt: skip
"""Who picked up a call of the line, as Twilio heard it."""

Stage = Literal["running", "listening", "dialing", "over"]


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
    outbound: bool = False  # the line called


Step = tuple[Call, tuple[Heard, ...]]


# ---------------------------------------------------------------- what a person can do


def dial(phone: Phone, sid: str) -> Step:
    """Place a call and listen until the line waits for the caller."""
    return _act(phone, Call(sid=sid), "POST", f"{phone.url}/voice", {})


def take_call(phone: Phone, sid: str, url: str, answered_by: AnsweredBy = "human") -> Step:
    """Pick up a call the line makes. `url` is what it had Twilio ask when somebody does."""
    call = Call(sid=sid, status="in-progress", outbound=True)
    return _act(phone, call, "POST", url, {"AnsweredBy": answered_by})


def press(phone: Phone, call: Call, key: str) -> Step:
    """Press one key. Where no Gather takes keys it is lost, as it is with Twilio."""
    if key not in KEYS or len(key) != 1:
        raise ValueError(f"no such key on a telephone: {key!r}")
    _must_be_on(call)
    gather = _gather(call)
    if gather is None or not gather.keys:
        return call, ()
    if key == gather.finish_key:
        return _submit(phone, call, gather, key) if call.digits else _no_input(phone, call, gather)
    call = replace(call, digits=call.digits + key)
    return _submit(phone, call, gather, "") if len(call.digits) >= gather.num_digits else (call, ())


def say(phone: Phone, call: Call, words: str) -> Step:
    """Speak. Words are heard by the first Gather that takes speech before anything else happens.

    A Gather for keys only, or one that has keys already, is let to run out first; words that meet
    no Gather for speech are lost.
    """
    _must_be_on(call)
    while (gather := _gather(call)) is not None and (call.digits or not gather.speech):
        asked = call.asked
        call, heard = _time_out(phone, call, gather)
        if heard or call.asked != asked:
            return call, heard
    if gather is None:
        return call, ()
    fields = {"SpeechResult": words, "Confidence": "0.90000000", "Language": gather.language}
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


def answer_dial(phone: Phone, call: Call, status: DialStatus) -> Step:
    """The other telephone rang: it was answered and talked for half a minute, or it was not."""
    if call.stage != "dialing":
        raise ValueError("nobody is being dialled")
    verb = _verbs(call)[call.at]
    fields: dict[str, str] = {"DialCallStatus": status}
    if status == "completed":
        fields |= {"DialCallSid": new_sid("CA"), "DialCallDuration": "30"}
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
    return not call.digits and any(gather.speech for gather in _quiet_gathers(call))


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
    return _submit(phone, call, gather, "") if call.digits else _no_input(phone, call, gather)


def _no_input(phone: Phone, call: Call, gather: Gather) -> Step:
    if gather.acts_on_silence:
        return _act(phone, call, gather.method, gather.action, {})
    return _run(phone, _next(call))


def _quiet_gathers(call: Call) -> Iterable[Gather]:
    """The Gather the call stands at and those that follow it without anything said.

    Once a key was pressed the first alone counts: when no other comes, it is sent.
    """
    if call.stage != "listening":
        return
    verbs = _verbs(call)
    for index, verb in enumerate(verbs[call.at :]):
        if verb.tag != "Gather" or (index and len(verb)):
            return
        gather = read_gather(call.url, verb)
        yield gather
        if gather.acts_on_silence or call.digits:
            return


def _act(phone: Phone, call: Call, method: str, url: str, fields: Mapping[str, str]) -> Step:
    call, shown = _request(phone, replace(call, digits=""), method, url, fields)
    call, heard = _run(phone, call)
    return call, (*shown, *heard)


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
            return _next(call), sounds(phone, call.url, verb, stops_on_key=False)
        case "Gather":
            return _begin_gather(phone, call, verb)
        case "Redirect":
            url = urljoin(call.url, (verb.text or "").strip())
            return _request(phone, call, verb.get("method", "POST"), url, {})
        case "Dial":
            return replace(call, stage="dialing"), (Dialed(number_of(call.url, verb)),)
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
        heard += sounds(phone, call.url, nested, stops_on_key=keys)
    return replace(call, stage="listening", digits=""), heard


def _verbs(call: Call) -> list[ElementTree.Element]:
    return list(parse(call.document, call.url))


def _next(call: Call) -> Call:
    return replace(call, stage="running", at=call.at + 1, digits="")


def _end(phone: Phone, call: Call, status: str) -> Call:
    call = replace(call, stage="over", status=status, document="", at=0, digits="")
    if phone.status_path:
        fields = _call_fields(phone, call) | {"CallDuration": str(call.waited)}
        expect_quiet(send(phone, "POST", phone.url + phone.status_path, fields), phone.status_path)
    return call


# ---------------------------------------------------------------- asking


def _request(phone: Phone, call: Call, method: str, url: str, extra: Mapping[str, str]) -> Step:
    """Ask for a document and stand at its first verb; what asking would have had sent."""
    url = urldefrag(url).url
    fields = {**_call_fields(phone, call), **extra}
    for _ in range(_MOST_HTTP_REDIRECTS + 1):
        answer = send(phone, method, url, fields, call.cookies)
        call = replace(call, cookies=keep_cookies(call.cookies, answer, url))
        if answer.status not in {301, 302, 303, 307, 308}:
            return _stand_at(call, answer, url), read_shown(answer, url)
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
    person, line = ("Called", "Caller") if call.outbound else ("Caller", "Called")
    return {
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": "outbound-api" if call.outbound else "inbound",
        person: phone.number,
        line: phone.line,
        **({} if call.outbound else {"StirVerstat": "TN-Validation-Passed-A"}),
        **both_ends(phone, person, line),
        **common_fields(phone, outbound=call.outbound),
    }
