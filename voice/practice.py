"""/try: a telephone and a text thread in the browser, over the real webhooks with real signatures.

    GET  /try        the page
    POST /try/call   one deed of a caller: {"page", "call", "do", "value"} -> what is heard; to take
                     a call of the line's, "call" is the "ring" it was announced with
    POST /try/text   one text: {"page", "body"} -> the answers

Both tell what the line would send or start for a real telephone ("shown").

Nothing is kept here between two requests. The page holds its own fictional number and where its
call stands, both signed with the secret key, so any worker can go on. Requests must come from the
page itself: same origin, JSON, and the page's token, which no other site can read.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from voice import handset
from voice.exchange import over_wsgi
from voice.listen import Words, filler, language_links, locale_of, page_words
from voice.live import Live
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
from voice.settings import Settings, is_loopback
from voice.showing import heard_rows, shown_rows, text_row

MOST_WORDS: Final = 500
"""Characters a person may say or text at once; the page's fields take no more."""
_DAY: Final = 24 * 3600  # seconds a page may stay open
_ANSWERS: Final = ("completed", "busy", "no-answer", "failed")
_PICKS_UP: Final[Mapping[str, AnsweredBy]] = {"person": "human", "machine": "machine_end_beep"}


class _Refused(Exception):
    """The request is not one the page makes. Carries the status and what to tell the person."""

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        super().__init__(problem)


def blueprint(
    settings: Settings,
    live: Live,
    below: Callable[[int], int] = secrets.randbelow,
    is_staff: Callable[[], bool] = lambda: False,
) -> Blueprint:
    """Return the routes of /try: open to all where only this machine can reach the line.

    Elsewhere they are for who `is_staff` knows as signed in. `below` gives a random number from 0
    below its argument.
    """
    routes = Blueprint("practice", __name__)

    @routes.before_request
    def only_here() -> AnyResponse | None:
        if settings.local:
            return None if is_loopback(f"http://{request.host}") else abort(404)
        if is_staff():
            return None
        if request.method == "POST":
            return _json({"problem": "your session has ended; sign in again"}, 401)
        return redirect("/console/sign-in?next=/try", 303)

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
            suggested=words["suggested"].split(", "),
            public_url=settings.public_url,
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


def _rings(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="practice ring")


# What the page asks ------------------------------------------------------------------------------


def _answered(answer: Callable[[dict[str, str]], dict[str, Any]], settings: Settings) -> Response:
    """Check a request, answer it in JSON, and tell what is wrong in words."""
    try:
        asked = _asked(settings)
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


def _asked(settings: Settings) -> dict[str, str]:
    """Read the request's fields, all of them texts, once it is known to come from the page."""
    own = {settings.public_url, f"{request.scheme}://{request.host}", None}
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin" or request.headers.get("Origin") not in own:
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
        "typed": call.digits,
        "heard": heard_rows(phone, heard),
        "shown": _shown(phone, settings, live, heard),
    }


def _shown(
    phone: Phone, settings: Settings, live: Live, items: Iterable[object]
) -> list[dict[str, Any]]:
    return shown_rows(phone, _script(live), items, _rings(settings).dumps)


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


# Texts -------------------------------------------------------------------------------------------


def _text(settings: Settings, live: Live, asked: Mapping[str, str]) -> dict[str, Any]:
    body = asked.get("body", "").strip()
    if not 0 < len(body) <= MOST_WORDS:
        raise _Refused(400, f"a text here has 1 to {MOST_WORDS} characters")
    phone, script = _phone(settings, live, asked), _script(live)
    replies = send_text(phone, body, new_sid("SM"))
    return {
        "replies": [
            text_row(phone, script, reply.body, reply.media)
            for reply in replies
            if isinstance(reply, Text)
        ],
        "shown": _shown(phone, settings, live, replies),
        "by_twilio": not replies and phone.by_twilio(body),
    }
