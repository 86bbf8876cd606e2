"""A telephone and a text thread in a browser: what their page shows and asks, of any line.

    GET  the page
    POST one deed of a caller: {"page", "call", "do", "value"} -> what is heard; to take a call of
         the line's, "call" is the "ring" it was announced with
    POST one text: {"page", "body"} -> the answers

Both tell what the line would send or start for a real telephone ("shown").

What is refused is answered with {"why", "label", "problem"}: `why` names the page's own words that
tell it ("why_...", in the page's language), `label` goes into them, `problem` is for programs.

Nothing is kept here between two requests. The page holds its own fictional number and where its
call stands, both signed with the secret key, so any worker can go on. Requests must come from the
page itself: same origin, JSON, and the page's token, which no other site can read.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, cast

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from voice.listen import Words, filler, language_links, page_words
from voice.phone import (
    AnsweredBy,
    Call,
    DialStatus,
    Phone,
    PhoneError,
    Step,
    Text,
    answer_dial,
    dial,
    hang_up,
    hears_speech,
    new_sid,
    patience,
    press,
    say,
    send_text,
    stay_silent,
    take_call,
)
from voice.script import Script
from voice.settings import Settings
from voice.showing import heard_rows, shown_rows, text_row

MOST_WORDS: Final = 500
"""Characters a person may say or text at once; the page's fields take no more."""
_DAY: Final = 24 * 3600  # seconds a page may stay open
_HALF: Final = re.compile("[\ud800-\udfff]")
_ANSWERS: Final = ("completed", "busy", "no-answer", "failed")
_PICKS_UP: Final[Mapping[str, AnsweredBy]] = {"person": "human", "machine": "machine_end_beep"}

Why = Literal["ended", "elsewhere", "unknown", "old", "length", "now", "broken", "wrong"]
"""What keeps a deed from being done; the page tells each in the words `why_...`."""


class Refused(Exception):
    """Something cannot be done. Carries the status and which words of the page tell it."""

    def __init__(self, status: int, why: Why, problem: str, label: str = "") -> None:
        self.status = status
        self.why = why
        self.label = label
        super().__init__(problem)


@dataclass(frozen=True)
class Booth:
    """A line as somebody reaches it from a browser; the telephone gets the page's own number."""

    settings: Settings
    script: Script
    phone: Phone


# The page ----------------------------------------------------------------------------------------


def page_of(
    settings: Settings, script: Script, locale: str, below: Callable[[int], int] = secrets.randbelow
) -> dict[str, Any]:
    """Return what the page's template shows; `below` gives a random number below its argument."""
    words = page_words(script, locale, "try")
    return {
        "words": words,
        "filled": filler(script, locale),
        "language": locale,
        "languages": language_links(script),
        "line": script.line,
        "keys": _keys(script, words),
        "suggested": words["suggested"].split(", "),
        "public_url": settings.public_url,
        "token": _pages(settings).dumps(_fictional_number(below)),
        "words_of_page": json.dumps(words.written, ensure_ascii=False),
        "most": MOST_WORDS,
    }


def _keys(script: Script, words: Words) -> tuple[tuple[str, str, str], ...]:
    """Return each key, its name where the sign has none of its own, and what it always means."""
    meanings = {key: words[f"key_{meaning}"] for meaning, key in script.keys.items()}
    names = {"*": words["star"], "#": words["pound"]}
    return tuple((key, names.get(key, ""), meanings.get(key, "")) for key in "123456789*0#")


def _fictional_number(below: Callable[[int], int]) -> str:
    """Return a number nobody has: 555-0100 to 555-0199 are kept for fiction in every area."""
    return f"+1{2 + below(8)}{below(9)}{below(10)}55501{below(100):02}"


def _pages(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="practice page")


def _calls(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="practice call")


def _rings(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="practice ring")


# What the page asks ------------------------------------------------------------------------------


def answer_call(settings: Settings, reach: Callable[[], Booth]) -> Response:
    """Do what a caller does; `reach` is asked for the line once the request is known to be ours."""
    return _answered(settings, reach, _call)


def answer_text(settings: Settings, reach: Callable[[], Booth]) -> Response:
    """Send a text; `reach` is asked for the line once the request is known to be ours."""
    return _answered(settings, reach, _text)


def _answered(
    settings: Settings,
    reach: Callable[[], Booth],
    answer: Callable[[Booth, dict[str, str]], dict[str, Any]],
) -> Response:
    """Check a request, answer it in JSON, and tell what is wrong in words."""
    try:
        asked = _asked(settings)
        number = _signed(_pages(settings), asked.get("page", ""))
        booth = reach()
        booth = replace(booth, phone=replace(booth.phone, number=number))
        return in_json(answer(booth, asked), 200)
    except Refused as refusal:
        return refused(refusal)
    except PhoneError as error:
        return refused(Refused(502, "wrong", str(error), str(error.code)))
    except ValueError as error:  # a deed that makes no sense now, such as a key after the end
        return refused(Refused(409, "now", str(error)))


def refused(refusal: Refused) -> Response:
    """Return what tells the page's script why something cannot be done."""
    told = {"why": refusal.why, "label": refusal.label, "problem": str(refusal)}
    return in_json(told, refusal.status)


def in_json(body: Mapping[str, Any], status: int) -> Response:
    """Return a script's answer."""
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(settings: Settings) -> dict[str, str]:
    """Read the request's fields, all of them texts, once it is known to come from the page."""
    own = {settings.public_url, f"{request.scheme}://{request.host}", None}
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin" or request.headers.get("Origin") not in own:
        place = settings.public_url + request.path.rpartition("/")[0]
        raise Refused(403, "elsewhere", "only the page itself may ask this", place)
    if not request.is_json:
        raise Refused(415, "unknown", "the request is not JSON")
    fields = _told()
    if not isinstance(fields, dict) or not all(map(_is_text, (*fields, *fields.values()))):
        raise Refused(400, "unknown", "the request has the wrong form")
    return fields


def _told() -> object:
    """Return what the request's JSON says; None for what is none, or is nested too deeply."""
    try:
        told: object = request.get_json(silent=True)
    except RecursionError:
        return None
    return told


def _is_text(value: object) -> bool:
    """Tell whether this is a text without halves of characters: UTF-8 can carry none."""
    return isinstance(value, str) and not _HALF.search(value)


def _signed(serializer: URLSafeTimedSerializer, token: str) -> Any:
    try:
        return serializer.loads(token, max_age=_DAY)
    except BadData as error:
        raise Refused(403, "old", "the page is too old") from error


# A call ------------------------------------------------------------------------------------------


def _call(booth: Booth, asked: Mapping[str, str]) -> dict[str, Any]:
    phone = booth.phone
    call, heard = _done(phone, booth.settings, asked)
    return {
        "call": _calls(booth.settings).dumps(asdict(call)),
        "stage": call.stage,
        "waits": patience(call),
        "speech": hears_speech(call),
        "typed": call.digits,
        "heard": heard_rows(phone, heard),
        "shown": _shown(booth, heard),
    }


def _shown(booth: Booth, items: Iterable[object]) -> list[dict[str, Any]]:
    return shown_rows(booth.phone, booth.script, items, _rings(booth.settings).dumps)


def _done(phone: Phone, settings: Settings, asked: Mapping[str, str]) -> Step:
    deed, value = asked.get("do", ""), asked.get("value", "")
    if deed == "dial":
        return dial(phone, new_sid("CA"))
    if deed == "take" and value in _PICKS_UP:
        url = _signed(_rings(settings), asked.get("call", ""))
        return take_call(phone, new_sid("CA"), url, _PICKS_UP[value])
    call = _resumed(_signed(_calls(settings), asked.get("call", "")))
    match deed:
        case "press":
            return press(phone, call, value)
        case "say":
            return say(phone, call, _worded(value))
        case "silence":
            return stay_silent(phone, call)
        case "answer" if value in _ANSWERS:
            return answer_dial(phone, call, cast(DialStatus, value))
        case "hang-up":
            return hang_up(phone, call)
    raise Refused(400, "unknown", "nobody can do this on a telephone")


def _worded(typed: str) -> str:
    words = typed.strip()
    if not 0 < len(words) <= MOST_WORDS:
        problem = f"a person says or texts 1 to {MOST_WORDS} characters at once"
        raise Refused(400, "length", problem, str(MOST_WORDS))
    return words


def _resumed(fields: dict[str, Any]) -> Call:
    cookies = tuple((name, value) for name, value in fields.pop("cookies"))
    return Call(**fields, cookies=cookies)


# Texts -------------------------------------------------------------------------------------------


def _text(booth: Booth, asked: Mapping[str, str]) -> dict[str, Any]:
    body = _worded(asked.get("body", ""))
    phone, script = booth.phone, booth.script
    replies = send_text(phone, body, new_sid("SM"))
    return {
        "replies": [
            text_row(phone, script, reply.body, reply.media)
            for reply in replies
            if isinstance(reply, Text)
        ],
        "shown": _shown(booth, replies),
        "by_twilio": not replies and phone.by_twilio(body),
    }
