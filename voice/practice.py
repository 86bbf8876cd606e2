"""/try: a telephone and a text thread in the browser, over the real webhooks with real signatures.

    GET  /try        the page
    POST /try/call   one deed of a caller: {"page", "call", "do", "value"} -> what is heard
    POST /try/text   one text: {"page", "body"} -> the answers

Nothing is kept here between two requests. The page holds its own fictional number and where its
call stands, both signed with the secret key, so any worker can go on. Requests must come from the
page itself: same origin, JSON, and the page's token, which no other site can read.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    render_template,
    request,
)
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import ServiceUnavailable

from voice import handset
from voice.exchange import over_wsgi
from voice.listen import Words, filler, language_links, locale_of, page_words
from voice.live import Live
from voice.phone import (
    Call,
    Dialed,
    DialStatus,
    Heard,
    HungUp,
    Paused,
    Phone,
    PhoneError,
    Played,
    Said,
    Step,
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
)
from voice.script import Script
from voice.settings import Settings, is_loopback
from voice.sms import count

MOST_WORDS: Final = 500
"""Characters a person may say or text at once; the page's fields take no more."""
_DAY: Final = 24 * 3600  # seconds a page may stay open
_WORDS_A_SECOND: Final = 2.2  # how long words without a clip are shown
_ANSWERS: Final = ("completed", "busy", "no-answer", "failed")


class _Refused(Exception):
    """The request is not one the page makes. Carries the status and what to tell the person."""

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        super().__init__(problem)


def blueprint(
    settings: Settings, live: Live, below: Callable[[int], int] = secrets.randbelow
) -> Blueprint:
    """Return the routes of /try; closed (404) unless only this machine can reach the line.

    `below` gives a random number from 0 below its argument.
    """
    routes = Blueprint("practice", __name__)

    @routes.before_request
    def only_here() -> None:
        if not (settings.local and is_loopback(f"http://{request.host}")):
            abort(404)

    @routes.get("/try")
    def page() -> Response:
        return _page(settings, _script(live), below)

    @routes.post("/try/call")
    def call() -> Response:
        return _answered(lambda asked: _call(settings, live, asked), settings)

    @routes.post("/try/text")
    def text() -> Response:
        return _answered(lambda asked: _text(settings, live, asked), settings)

    return routes


def _script(live: Live) -> Script:
    if live.release is None:
        raise ServiceUnavailable
    return live.release.script


# The page ----------------------------------------------------------------------------------------


def _page(settings: Settings, script: Script, below: Callable[[int], int]) -> Response:
    locale = locale_of(script, request)
    words = page_words(script, locale, "try")
    if not words.written:  # scripts that came without words for this page
        abort(404)
    response = make_response(
        render_template(
            "try.html",
            words=words,
            filled=filler(script, locale),
            language=locale,
            languages=language_links(script),
            line=script.line,
            keys=_keys(script, words),
            suggested=words["suggested"].split(),
            token=_pages(settings).dumps(_fictional_number(below)),
            words_of_page=json.dumps(words.written, ensure_ascii=False),
            most=MOST_WORDS,
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


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


# What the page asks ------------------------------------------------------------------------------


def _answered(answer: Callable[[dict[str, str]], dict[str, Any]], settings: Settings) -> Response:
    """Check a request, answer it in JSON, and tell what is wrong in words."""
    try:
        asked = _asked()
        asked["number"] = _signed(_pages(settings), asked.get("page", ""))
        return _json(answer(asked), 200)
    except _Refused as refusal:
        return _json({"problem": str(refusal)}, refusal.status)
    except PhoneError as error:
        return _json({"problem": str(error)}, 502)
    except ValueError as error:  # a deed that makes no sense now, such as a key after the end
        return _json({"problem": str(error)}, 409)


def _json(body: Mapping[str, Any], status: int) -> Response:
    response = Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked() -> dict[str, str]:
    """Read the request's fields, all of them texts, once it is known to come from the page."""
    own = f"{request.scheme}://{request.host}"
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin" or request.headers.get("Origin", own) != own:
        raise _Refused(403, "only the page itself may ask this")
    if not request.is_json:
        raise _Refused(415, "the request is not JSON")
    fields = request.get_json(silent=True)
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        raise _Refused(400, "the request has the wrong form")
    return fields


def _signed(serializer: URLSafeTimedSerializer, token: str) -> Any:
    try:
        return serializer.loads(token, max_age=_DAY)
    except BadData as error:
        raise _Refused(403, "this page is too old; load it again") from error


def _phone(settings: Settings, live: Live, asked: Mapping[str, str]) -> Phone:
    app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
    phone = handset.phone(settings, live.manifest, _script(live), over_wsgi(app))
    return replace(phone, number=asked["number"])


# A call ------------------------------------------------------------------------------------------


def _call(settings: Settings, live: Live, asked: Mapping[str, str]) -> dict[str, Any]:
    phone = _phone(settings, live, asked)
    call, heard = _done(phone, settings, asked)
    return {
        "call": _calls(settings).dumps(asdict(call)),
        "stage": call.stage,
        "waits": patience(call),
        "speech": hears_speech(call),
        "heard": [_row(phone, item) for item in heard],
    }


def _done(phone: Phone, settings: Settings, asked: Mapping[str, str]) -> Step:
    deed, value = asked.get("do", ""), asked.get("value", "")
    if deed == "dial":
        return dial(phone, new_sid("CA"))
    call = _resumed(_signed(_calls(settings), asked.get("call", "")))
    match deed:
        case "press":
            return press(phone, call, value)
        case "say" if 0 < len(value.strip()) <= MOST_WORDS:
            return say(phone, call, value.strip())
        case "silence":
            return stay_silent(phone, call)
        case "answer" if value in _ANSWERS:
            return answer_dial(phone, call, cast(DialStatus, value))
        case "hang-up":
            return hang_up(phone, call)
    raise _Refused(400, "nobody can do this on a telephone")


def _resumed(fields: dict[str, Any]) -> Call:
    cookies = tuple((name, value) for name, value in fields.pop("cookies"))
    return Call(**fields, cookies=cookies)


def _row(phone: Phone, item: Heard) -> dict[str, Any]:
    """Return what is heard as the page plays and shows it. A clip's address is without its host."""
    match item:
        case Played(url, words, locale, stops):
            src = url.removeprefix(phone.url)
            return {"kind": "clip", "src": src, "words": words, "locale": locale, "stops": stops}
        case Said(words, locale, stops):
            seconds = len(words.split()) / _WORDS_A_SECOND
            row = {"kind": "said", "words": words, "locale": locale}
            return row | {"stops": stops, "seconds": seconds}
        case Paused(seconds, stops):
            return {"kind": "pause", "seconds": seconds, "stops": stops}
        case Dialed(number):
            return {"kind": "dialed", "number": _written(number)}
        case HungUp(by):
            return {"kind": "hung-up", "by": by}


def _written(number: str) -> str:
    """Return a North American number with its groups apart; any other as it is."""
    return re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", number)


# Texts -------------------------------------------------------------------------------------------


def _text(settings: Settings, live: Live, asked: Mapping[str, str]) -> dict[str, Any]:
    body = asked.get("body", "").strip()
    if not 0 < len(body) <= MOST_WORDS:
        raise _Refused(400, f"a text here has 1 to {MOST_WORDS} characters")
    replies = send_text(_phone(settings, live, asked), body, new_sid("SM"))
    script = _script(live)
    return {
        "replies": [
            {
                "body": reply.body,
                "media": list(reply.media),
                "segments": count(reply.body).segments,
                "locale": locale_of_text(script, reply.body),
            }
            for reply in replies
        ]
    }


def locale_of_text(script: Script, text: str) -> str:
    """Return the locale whose own texts share the most words with this one (rule 113)."""
    said = _vocabulary(text)
    own = {locale: _vocabulary(" ".join(_texts(script, locale))) for locale in script.locales}
    return max(script.locales, key=lambda locale: len(said & own[locale]))


def _texts(script: Script, locale: str) -> list[str]:
    texts = [text for topic in script.topics.values() for text in topic.wording[locale].texts]
    return [*texts, *script.prompts[locale].message.values()]


def _vocabulary(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
