"""The telephone behaves as Twilio does, shown against lines of a few documents each."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Answer

from tests.line import Line
from voice.phone import (
    Call,
    Caption,
    Dialed,
    HungUp,
    Paused,
    Phone,
    PhoneError,
    Played,
    Rung,
    Said,
    Text,
    Texted,
    answer_dial,
    deliver,
    dial,
    hang_up,
    hears_speech,
    new_sid,
    over_http,
    over_wsgi,
    patience,
    press,
    say,
    send_text,
    stay_silent,
    take_call,
    together,
)

TOKEN = "the-token-of-the-tests"
URL = "https://line.example"
SID = "CA" + "1" * 32


def phone_to(line: Line, **changes: Any) -> Phone:
    return replace(Phone(fetch=over_wsgi(line), url=URL, token=TOKEN), **changes)


def called(answers: Mapping[str, Answer | str]) -> tuple[Line, Phone, Call, tuple[Any, ...]]:
    line = Line(answers)
    phone = phone_to(line)
    call, heard = dial(phone, SID)
    return line, phone, call, heard


MENU = '<Gather numDigits="1" finishOnKey="" action="/next"><Play>/a.wav</Play></Gather>'
SILENT = (
    '<Gather input="dtmf speech" numDigits="1" finishOnKey="" timeout="10" language="es-US"'
    ' actionOnEmptyResult="true" action="/next"/>'
)
NEXT = '<Say language="es-US">Hola</Say><Hangup/>'


# ---------------------------------------------------------------- the request


def test_the_first_request_carries_what_twilio_sends():
    line, _, _, _ = called({"/voice": "<Hangup/>"})
    method, path, fields = line.asked[0]
    assert (method, path) == ("POST", "/voice")
    assert fields.keys() >= {"AccountSid", "ApiVersion", "From", "To", "Caller", "FromCity"}
    assert fields["CallSid"] == SID
    assert fields["CallStatus"] == "ringing"
    assert fields["Direction"] == "inbound"


def test_later_requests_say_the_call_is_in_progress():
    line, phone, call, _ = called({"/voice": MENU, "/next": NEXT})
    press(phone, call, "3")
    assert line.last()[2]["CallStatus"] == "in-progress"


def test_every_request_is_signed_over_address_and_fields():
    line, phone, call, _ = called({"/voice": MENU, "/next": NEXT})
    press(phone, call, "3")
    for (_, path, fields), headers in zip(line.asked, line.headers, strict=True):
        signature = headers["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(URL + path, fields, signature)


def test_a_get_request_is_signed_with_everything_in_the_query():
    line, _, _, _ = called(
        {"/voice": '<Redirect method="GET">/b?x=1</Redirect>', "/b": "<Hangup/>"}
    )
    _, fetched = called_with_urls({"/voice": '<Redirect method="GET">/b?x=1</Redirect>', "/b": ""})
    method, url, body, headers = fetched[1]
    assert (method, body) == ("GET", b"")
    assert dict(parse_qsl(url.partition("?")[2]))["x"] == "1"
    assert RequestValidator(TOKEN).validate(url, {}, headers["X-Twilio-Signature"])
    assert line.last()[2]["CallSid"] == SID


def called_with_urls(answers: Mapping[str, Answer | str]) -> tuple[Call, list[Any]]:
    line = Line(answers)
    carry = over_wsgi(line)
    fetched: list[Any] = []

    def fetch(*request: Any) -> Any:
        fetched.append(request)
        return carry(*request)

    return dial(phone_to(line, fetch=fetch), SID)[0], fetched


def test_a_fragment_is_neither_sent_nor_signed():
    _, fetched = called_with_urls({"/voice": "<Redirect>/b#rc=2</Redirect>", "/b": "<Hangup/>"})
    assert fetched[1][1] == f"{URL}/b"


def test_a_withheld_number_arrives_as_a_word_without_a_place():
    line = Line({"/voice": "<Hangup/>"})
    dial(phone_to(line, number="anonymous"), SID)
    assert line.asked[0][2]["From"] == "anonymous"
    assert line.asked[0][2]["FromCity"] == ""


def test_cookies_come_back_in_the_same_call():
    first = Answer("<Response><Redirect>/b</Redirect></Response>", content_type="text/xml")
    first.set_cookie("seen", "yes")
    line, _, _, _ = called({"/voice": first, "/b": "<Hangup/>"})
    assert line.headers[1]["Cookie"] == "seen=yes"
    assert "Cookie" not in line.headers[0]


def test_identifiers_look_like_twilios():
    assert new_sid("CA", lambda count: "f" * 2 * count) == "CA" + "f" * 32
    assert new_sid("SM") != new_sid("SM")


# ---------------------------------------------------------------- what is heard


@pytest.mark.parametrize(
    ("verbs", "heard"),
    [
        ("<Play>/a.wav</Play>", [Played(f"{URL}/a.wav")]),
        ("<Play>https://x.example/a.wav</Play>", [Played("https://x.example/a.wav")]),
        ('<Play loop="2">/a.wav</Play>', [Played(f"{URL}/a.wav")] * 2),
        ("<Say>Hi  there</Say>", [Said("Hi there", "en-US")]),
        ('<Say language="es-US">Hola</Say>', [Said("Hola", "es-US")]),
        ("<Say>Take <break/>care</Say>", [Said("Take care", "en-US")]),
        ("<Pause/>", [Paused(1)]),
        ('<Pause length="3"/>', [Paused(3)]),
    ],
    ids=["play", "absolute", "loop", "say", "spanish", "ssml", "pause", "long-pause"],
)
def test_each_thing_said_is_heard_and_the_end_of_the_document_hangs_up(verbs, heard):
    _, _, call, what = called({"/voice": verbs})
    assert what == (*heard, HungUp("line"))
    assert call.stage == "over"


def test_what_a_gather_says_stops_on_a_key_and_what_stands_alone_does_not():
    _, _, _, heard = called({"/voice": f"<Play>/z.wav</Play>{MENU}"})
    assert [(item.url, item.stops_on_key) for item in heard] == [
        (f"{URL}/z.wav", False),
        (f"{URL}/a.wav", True),
    ]


def test_the_digits_of_a_number_are_heard_together():
    heard = [Played("", words) for words in ("Now.", "two", "one", "Good.", "")]
    groups = list(together((*heard, HungUp("line"))))
    assert groups == [(heard[0],), tuple(heard[1:3]), (heard[3],), (heard[4],), (HungUp("line"),)]


def test_captions_give_the_words_of_a_clip():
    line = Line({"/voice": MENU})
    phone = phone_to(line, caption={f"{URL}/a.wav": Caption("Hola.", "es-US")}.get)
    assert dial(phone, SID)[1] == (Played(f"{URL}/a.wav", "Hola.", "es-US", True),)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (Answer("Hello", content_type="text/plain"), Said("Hello", "en-US")),
        (Answer(b"RIFF", content_type="audio/wav"), Played(f"{URL}/voice")),
        (
            Answer("<Response><Say>x</Say></Response>", content_type="text/plain"),
            Said("x", "en-US"),
        ),
        (Answer("<Response><Say>x</Say></Response>", content_type="text/html"), Said("x", "en-US")),
    ],
    ids=["plain-is-spoken", "audio-is-played", "plain-twiml-is-run", "html-twiml-is-run"],
)
def test_content_types_are_taken_as_twilio_takes_them(answer, heard):
    assert called({"/voice": answer})[3] == (heard, HungUp("line"))


# ---------------------------------------------------------------- keys, speech, silence


def test_a_key_is_sent_to_the_action():
    line, phone, call, _ = called({"/voice": MENU, "/next": NEXT})
    call, heard = press(phone, call, "#")
    assert line.last()[1:] == ("/next", line.last()[2] | {"Digits": "#", "msg": "Gather End"})
    assert heard == (Said("Hola", "es-US"), HungUp("line"))


def test_a_relative_action_is_under_the_document_that_asked():
    answers = {
        "/voice": "<Redirect>/a/b/menu</Redirect>",
        "/a/b/menu": '<Gather numDigits="1" action="next"/>',
        "/a/b/next": "<Hangup/>",
    }
    line, phone, call, _ = called(answers)
    press(phone, call, "1")
    assert line.last()[1] == "/a/b/next"


def test_without_an_action_the_same_document_is_asked_again():
    line, phone, call, _ = called({"/voice": '<Gather numDigits="1"/>'})
    press(phone, call, "1")
    assert line.last()[1] == "/voice"
    assert line.last()[2]["Digits"] == "1"


def test_several_digits_are_collected_before_they_are_sent():
    line, phone, call, _ = called(
        {"/voice": '<Gather numDigits="3" action="/n"/>', "/n": "<Hangup/>"}
    )
    for key in "12":
        call, heard = press(phone, call, key)
        assert heard == ()
    press(phone, call, "3")
    assert line.last()[2]["Digits"] == "123"


@pytest.mark.parametrize("act", [lambda p, c: press(p, c, "#"), stay_silent], ids=["hash", "wait"])
def test_digits_so_far_are_sent_at_the_finish_key_or_when_no_more_come(act):
    line, phone, call, _ = called({"/voice": '<Gather action="/n"/>', "/n": "<Hangup/>"})
    call, _ = press(phone, call, "4")
    act(phone, call)
    assert line.last()[2]["Digits"] == "4"


def test_the_finish_key_alone_is_no_input_and_takes_no_time():
    _, phone, call, _ = called({"/voice": '<Gather action="/n"/><Say>Late</Say>'})
    call, heard = press(phone, call, "#")
    assert heard == (Said("Late", "en-US"), HungUp("line"))
    assert call.waited == 0


NUMBER = (
    '<Gather input="dtmf speech" numDigits="10" finishOnKey="#" timeout="8" action="/next"'
    ' actionOnEmptyResult="true"><Play>/a.wav</Play></Gather>'
)


def typed(phone: Phone, call: Call, keys: str) -> tuple[Call, tuple[Any, ...]]:
    heard: tuple[Any, ...] = ()
    for key in keys:
        assert heard == ()
        call, heard = press(phone, call, key)
    return call, heard


@pytest.mark.parametrize(
    ("keys", "then", "digits", "finished", "waited"),
    [
        ("2125550123", None, "2125550123", "", 0),
        ("21255#", None, "21255", "#", 0),
        ("*1255#", None, "*1255", "#", 0),
        ("21255", stay_silent, "21255", "", 8),
        ("21255", lambda phone, call: say(phone, call, "one two"), "21255", "", 8),
    ],
    ids=["all-ten", "finish-key", "star-counts", "no-more-come", "words-after-keys-are-lost"],
)
def test_a_number_is_typed_key_by_key(keys, then, digits, finished, waited):
    line, phone, call, _ = called({"/voice": NUMBER, "/next": NEXT})
    call, heard = typed(phone, call, keys)
    if then:
        assert (heard, call.digits) == ((), keys)
        call, heard = then(phone, call)
    assert heard == (Said("Hola", "es-US"), HungUp("line"))
    sent = line.last()[2]
    assert (sent["Digits"], sent["FinishedOnKey"]) == (digits, finished)
    assert "SpeechResult" not in sent
    assert call.waited == waited


def test_between_two_keys_the_line_waits_as_long_as_before_the_first_and_for_keys_alone():
    _, phone, call, _ = called({"/voice": NUMBER.replace("true", "false") + SILENT})
    assert (patience(call), hears_speech(call)) == (18, True)
    call, _ = press(phone, call, "2")
    assert (patience(call), hears_speech(call)) == (8, False)


def test_silence_goes_on_to_the_next_verb():
    _, phone, call, _ = called({"/voice": f"{MENU}<Say>Are you there?</Say>{MENU}"})
    call, heard = stay_silent(phone, call)
    assert heard == (Said("Are you there?", "en-US"), Played(f"{URL}/a.wav", stops_on_key=True))
    assert call.stage == "listening"


def test_silence_runs_through_gathers_that_say_nothing():
    line, phone, call, _ = called({"/voice": MENU + SILENT, "/next": NEXT})
    assert patience(call) == 15
    call, heard = stay_silent(phone, call)
    assert heard == (Said("Hola", "es-US"), HungUp("line"))
    assert call.waited == 15
    assert line.last()[2].keys() & {"Digits", "SpeechResult"} == set()


def test_silence_with_action_on_empty_result_asks_the_action_at_once():
    line, phone, call, _ = called({"/voice": SILENT + "<Say>never</Say>", "/next": NEXT})
    stay_silent(phone, call)
    assert line.last()[1] == "/next"


def test_silence_stops_where_the_line_was_asked_even_if_it_says_nothing():
    line, phone, call, _ = called({"/voice": '<Gather timeout="2"/><Redirect>/voice</Redirect>'})
    call, heard = stay_silent(phone, call)
    assert (heard, call.stage, call.waited, len(line.asked)) == ((), "listening", 2, 2)


def test_speech_waits_for_the_gather_that_takes_it():
    line, phone, call, _ = called({"/voice": MENU + SILENT, "/next": NEXT})
    assert hears_speech(call)
    say(phone, call, "riesgos")
    fields = line.last()[2]
    assert fields["SpeechResult"] == "riesgos"
    assert fields["Language"] == "es-US"
    assert 0 < float(fields["Confidence"]) < 1


def test_speech_nobody_listens_for_is_lost():
    line, phone, call, _ = called({"/voice": MENU + "<Say>Bye</Say>"})
    assert not hears_speech(call)
    assert say(phone, call, "hello")[1] == (Said("Bye", "en-US"), HungUp("line"))
    assert len(line.asked) == 2  # the call and the news of its end


def test_a_key_where_only_speech_is_taken_is_lost():
    line, phone, call, _ = called({"/voice": '<Gather input="speech" action="/next"/>'})
    assert press(phone, call, "1") == (call, ())
    assert len(line.asked) == 1


# ---------------------------------------------------------------- dial, hang up

DIAL = '<Dial action="/after"><Number>+12125550134</Number></Dial>'


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed"])
def test_the_answer_of_the_other_telephone_goes_to_the_action(status):
    line, phone, call, heard = called({"/voice": DIAL, "/after": "<Hangup/>"})
    assert (heard, call.stage) == ((Dialed("+12125550134"),), "dialing")
    answer_dial(phone, call, status)
    fields = line.last()[2]
    assert fields["DialCallStatus"] == status
    assert ("DialCallSid" in fields) == (status == "completed")


def test_a_dial_without_action_goes_on_to_the_next_verb():
    _, phone, call, _ = called({"/voice": "<Dial>+12125550134</Dial><Say>Back</Say>"})
    assert answer_dial(phone, call, "busy")[1] == (Said("Back", "en-US"), HungUp("line"))


def test_keys_speech_and_silence_go_nowhere_while_another_telephone_rings():
    _, phone, call, _ = called({"/voice": DIAL})
    assert (
        press(phone, call, "1") == say(phone, call, "x") == stay_silent(phone, call) == (call, ())
    )
    assert (patience(call), hears_speech(call)) == (0, False)


def test_hanging_up_ends_the_call_once_and_the_line_is_told():
    line, phone, call, _ = called({"/voice": MENU})
    call, heard = hang_up(phone, call)
    assert heard == (HungUp("caller"),)
    assert line.asked[-1][1] == "/voice/status"
    assert line.asked[-1][2]["CallStatus"] == "completed"
    assert hang_up(phone, call) == (call, ())


@pytest.mark.parametrize(
    ("verb", "status"),
    [("<Reject/>", "no-answer"), ('<Reject reason="busy"/>', "busy"), ("<Hangup/>", "completed")],
)
def test_the_line_can_end_the_call(verb, status):
    _, _, call, heard = called({"/voice": verb})
    assert (heard, call.status) == ((HungUp("line"),), status)


@pytest.mark.parametrize(
    "act",
    [
        lambda phone, call: press(phone, call, "1"),
        lambda phone, call: say(phone, call, "x"),
        stay_silent,
        lambda phone, call: answer_dial(phone, call, "busy"),
    ],
    ids=["press", "say", "silence", "answer"],
)
def test_a_call_that_is_over_cannot_go_on(act):
    _, phone, call, _ = called({"/voice": "<Hangup/>"})
    with pytest.raises(ValueError, match=r"over|dialled"):
        act(phone, call)


@pytest.mark.parametrize("key", ["", "12", "A", "٣"])
def test_only_the_keys_of_a_telephone_can_be_pressed(key):
    _, phone, call, _ = called({"/voice": MENU})
    with pytest.raises(ValueError, match="no such key"):
        press(phone, call, key)


# ---------------------------------------------------------------- a call the line makes


@pytest.mark.parametrize("who", ["human", "machine_end_beep", "unknown"])
def test_a_call_of_the_lines_own_is_picked_up_and_goes_on_as_any_other(who):
    line = Line({"/voice/1/ring": MENU, "/next": NEXT})
    phone = phone_to(line)
    call, heard = take_call(phone, SID, f"{URL}/voice/1/ring", who)
    method, path, first = line.asked[0]
    assert (method, path, heard) == (
        "POST",
        "/voice/1/ring",
        (Played(f"{URL}/a.wav", "", "", True),),
    )
    assert (first["AnsweredBy"], first["CallStatus"]) == (who, "in-progress")
    call, heard = press(phone, call, "1")
    assert heard == (Said("Hola", "es-US"), HungUp("line"))
    assert "AnsweredBy" not in line.last()[2]
    for _, _, fields in line.asked:
        assert (fields["Direction"], fields["CallSid"]) == ("outbound-api", SID)
        assert fields["From"] == fields["Caller"] == phone.line
        assert fields["To"] == fields["Called"] == phone.number
        assert "StirVerstat" not in fields
    assert line.asked[-1][1] == "/voice/status"


# ---------------------------------------------------------------- what would be sent


def showing(body: str, *rows: dict[str, Any], status: int = 200) -> Answer:
    header = urlsafe_b64encode(json.dumps(rows).encode()).decode().rstrip("=")
    return Answer(
        f"<Response>{body}</Response>" if status == 200 else None,
        status,
        {"Kypholine-Shown": header},
        content_type="text/xml",
    )


TEXT_ROW = {"kind": "text", "to": "+12125550199", "body": "Sí", "url": ""}
CALL_ROW = {"kind": "call", "to": "+12125550199", "body": "", "url": f"{URL}/voice/r"}
TEXTED = Texted("+12125550199", "Sí")
RUNG = Rung("+12125550199", f"{URL}/voice/r")


def test_what_a_key_would_have_sent_is_heard_before_what_the_line_says_then():
    line, phone, call, _ = called({"/voice": MENU, "/next": showing(NEXT, TEXT_ROW, CALL_ROW)})
    assert press(phone, call, "6")[1] == (TEXTED, RUNG, Said("Hola", "es-US"), HungUp("line"))
    assert line.last()[1] == "/next"


def test_what_a_redirect_would_have_sent_is_heard_where_it_happens():
    answers = {
        "/voice": "<Say>A</Say><Redirect>/b</Redirect>",
        "/b": showing("<Hangup/>", TEXT_ROW),
    }
    assert called(answers)[3] == (Said("A", "en-US"), TEXTED, HungUp("line"))


def test_what_a_text_would_have_started_follows_its_answers():
    line = Line({"/sms": showing("<Message>We call you now.</Message>", CALL_ROW)})
    assert send_text(phone_to(line), "CALL ME", "SM1") == (Text("We call you now."), RUNG)


@pytest.mark.parametrize(
    "header",
    ["%%%", "eyJhIjogMX0", "bm8", urlsafe_b64encode(b'[{"kind": "fax"}]').decode(),
     urlsafe_b64encode(b'[{"kind": "call"}]').decode(), urlsafe_b64encode(b"[1]").decode()],
    ids=["no-base64", "no-list", "no-json", "no-such-kind", "half", "no-object"],
)  # fmt: skip
def test_a_header_nobody_can_read_is_an_error(header):
    answer = Answer("<Response/>", 200, {"Kypholine-Shown": header}, content_type="text/xml")
    with pytest.raises(PhoneError):
        send_text(phone_to(Line({"/sms": answer})), "hi", "SM1")


# ---------------------------------------------------------------- what Twilio refuses


def xml(text: str) -> Answer:
    return Answer(text, content_type="text/xml")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=404), 11200),
        (Answer(status=500), 11200),
        (Answer("", content_type="text/xml"), 11770),
        (Answer("x" * 65537, content_type="text/xml"), 11750),
        (Answer("{}", content_type="application/json"), 12300),
        (Answer("<Response/>", headers={"Content-Type": ""}), 12300),
        (xml("<Response>"), 12100),
        (xml(' <?xml version="1.0"?><Response/>'), 12100),
        (xml('<!DOCTYPE x [<!ENTITY a "b">]><Response/>'), 12100),
        (Answer(b"<Response>\xff</Response>", content_type="text/xml"), 12100),
        (xml("<response/>"), 12102),
        ("<gather/>", 12200),
        ("<Enqueue>x</Enqueue>", 12200),
        ('<Gather numdigits="1"/>', 12200),
        ('<Gather timeout="soon"/>', 12200),
        ('<Gather timeout="٣"/>', 12200),
        ('<Gather method="PUT"/>', 12200),
        ("<Gather><Redirect>/x</Redirect></Gather>", 12200),
        ('<Gather input="voice"/>', 13310),
        ('<Gather finishOnKey="12"/>', 13310),
        ('<Gather language="en"/>', 13310),
        (f'<Gather hints="{"a" * 101}"/>', 13310),
        (f'<Gather hints="{"a," * 501}"/>', 13310),
        ('<Gather speechTimeout="auto" speechModel="phone_call"/>', 13310),
        ("<Say> </Say>", 13520),
        (f"<Say>{'a' * 4097}</Say>", 13521),
        ("<Play/>", 13420),
        ('<Play loop="0">/a.wav</Play>', 12200),
        ("<Dial>212-555-0134</Dial>", 13223),
        ("<Redirect>/missing</Redirect>", 11200),
        ("<Redirect>/voice</Redirect>", 0),
        (Answer("<Response/>", content_type="text/xml", headers={"Set-Cookie": "nameless"}), 11206),
        (Answer(status=302, headers={"Location": "/voice"}), 11215),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str | int) else f"HTTP {value.status}",
)
def test_what_twilio_refuses_is_refused_with_its_code(answer, code):
    with pytest.raises(PhoneError) as caught:
        called({"/voice": answer})
    assert caught.value.code == code
    assert caught.value.url.startswith(URL)


def test_an_http_redirect_is_followed_by_get_without_the_digits():
    moved = Answer(status=302, headers={"Location": "/there"})
    line, phone, call, _ = called({"/voice": MENU, "/next": moved, "/there": "<Hangup/>"})
    press(phone, call, "5")
    method, path, fields = line.last()
    assert (method, path) == ("GET", "/there")
    assert "Digits" not in fields
    assert fields["CallSid"] == SID


@pytest.mark.parametrize(
    ("clip", "code"),
    [
        (Answer(status=404), 11200),
        (Answer(b"RIFF", content_type="text/html"), 13420),
        (Answer(b"ID3", content_type="audio/wav"), 13420),
    ],
    ids=["missing", "not-audio", "wrong-header"],
)
def test_a_clip_that_cannot_be_played_is_an_error(clip, code):
    line = Line({"/voice": MENU, "/a.wav": clip})
    with pytest.raises(PhoneError) as caught:
        dial(phone_to(line, fetches_audio=True), SID)
    assert caught.value.code == code


def test_a_clip_is_fetched_without_signature_and_played():
    line = Line({"/voice": MENU, "/a.wav": Answer(b"RIFF....", content_type="audio/wav")})
    _, heard = dial(phone_to(line, fetches_audio=True), SID)
    assert heard == (Played(f"{URL}/a.wav", stops_on_key=True),)
    assert "X-Twilio-Signature" not in line.headers[-1]


def test_an_end_nobody_acknowledges_is_an_error():
    line = Line({"/voice": "<Hangup/>"})
    with pytest.raises(PhoneError) as caught:
        dial(phone_to(line, status_path="/nowhere"), SID)
    assert caught.value.code == 11200


def test_a_phone_can_keep_the_end_of_its_calls_to_itself():
    line = Line({"/voice": "<Hangup/>"})
    dial(phone_to(line, status_path=""), SID)
    assert len(line.asked) == 1


def test_the_token_is_not_shown():
    assert TOKEN not in repr(phone_to(Line({})))


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("", ()),
        (Answer(status=204), ()),
        ("<Message>Hi</Message>", (Text("Hi"),)),
        ("<Message><Body>Hi</Body></Message><Message>B</Message>", (Text("Hi"), Text("B"))),
        (
            "<Message><Body>Hi</Body><Media>https://x.example/a.mp3</Media></Message>",
            (Text("Hi", ("https://x.example/a.mp3",)),),
        ),
        (Answer("OK", content_type="text/plain"), (Text("OK"),)),
    ],
    ids=["silence", "204", "plain", "two", "media", "text-plain-is-sent"],
)
def test_answers_to_a_text(answer, texts):
    assert send_text(phone_to(Line({"/sms": answer})), "RISKS", "SM" + "0" * 32) == texts


def test_a_text_carries_what_twilio_sends():
    line = Line({"/sms": ""})
    send_text(phone_to(line), "Sí, " + "por favor " * 10, "SM1", extra={"OptOutType": "STOP"})
    fields = line.last()[2]
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"] == "SM1"
    assert (fields["NumSegments"], fields["NumMedia"]) == ("2", "0")
    assert fields["OptOutType"] == "STOP"


def test_a_whatsapp_address_has_its_prefix():
    line = Line({"/sms": ""})
    send_text(phone_to(line), "hi", "SM1", whatsapp=True)
    fields = line.last()[2]
    assert fields["From"] == "whatsapp:+12125550199"
    assert fields["To"].startswith("whatsapp:")
    assert (fields["WaId"], fields["FromCity"]) == ("12125550199", "NEW YORK")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=403), 11200),
        (Answer("{}", content_type="application/json"), 12300),
        ("<Message></Message>", 14103),
        (f"<Message>{'a' * 1601}</Message>", 14103),
        ("<Message>x</Message>" * 11, 14109),
        ("<Say>x</Say>", 12200),
        ('<Message statuscallback="/s">x</Message>', 12200),
        ("<Message><Media>/a.mp3</Media></Message>", 12300),
        (f"<Message>{'<Media>https://x.example/a</Media>' * 11}</Message>", 14103),
    ],
    ids=[
        "403",
        "json",
        "empty",
        "long",
        "eleven",
        "voice-verb",
        "attribute",
        "half-address",
        "eleven-media",
    ],
)
def test_answers_to_a_text_that_twilio_refuses(answer, code):
    with pytest.raises(PhoneError) as caught:
        send_text(phone_to(Line({"/sms": answer})), "hi", "SM1")
    assert caught.value.code == code


@pytest.mark.parametrize(("content_type", "code"), [("audio/mpeg", None), ("audio/wav", 13420)])
def test_media_are_fetched_and_must_be_of_a_kind_that_telephones_take(content_type, code):
    media = Answer(b"ID3...", content_type=content_type)
    message = f"<Message><Body>Hi</Body><Media>{URL}/a.mp3</Media></Message>"
    line = Line({"/sms": message, "/a.mp3": media})
    phone = phone_to(line, fetches_audio=True)
    if code is None:
        assert send_text(phone, "hi", "SM1")[0].media == (f"{URL}/a.mp3",)
        return
    with pytest.raises(PhoneError) as caught:
        send_text(phone, "hi", "SM1")
    assert caught.value.code == code


REPORTED = '<Message statusCallback="/sms/status?turn=1"><Body>Hi</Body></Message>'


@pytest.mark.parametrize("attribute", ["statusCallback", "action"])
@pytest.mark.parametrize(("status", "code"), [("delivered", ""), ("undelivered", "30006")])
def test_the_line_is_told_what_became_of_an_answer(attribute, status, code):
    answer = REPORTED.replace("statusCallback", attribute)
    line = Line({"/sms": answer, "/sms/status": Answer(status=204)})
    phone = phone_to(line)
    (text,) = send_text(phone, "hi", "SM1", whatsapp=True)
    assert deliver(phone, text, status, code) == ()
    method, path, fields = line.last()
    assert (method, path) == ("POST", "/sms/status")
    assert fields["MessageSid"] == fields["SmsSid"] == text.sid
    assert fields["MessageStatus"] == fields["SmsStatus"] == status
    assert fields["To"] == "whatsapp:+12125550199"
    assert fields["From"] == "whatsapp:+12125550150"
    assert fields.get("ErrorCode") == (code or None)
    signature = line.headers[-1]["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(f"{URL}/sms/status?turn=1", fields, signature)


def test_each_answer_has_an_identifier_of_its_own_and_keeps_it():
    line = Line({"/sms": REPORTED * 2})
    first, second = (send_text(phone_to(line), "hi", "SM1") for _ in range(2))
    assert [text.sid for text in first] == [text.sid for text in second]
    assert len({text.sid for text in (*first, *send_text(phone_to(line), "hi", "SM2"))}) == 4


def test_what_the_line_would_send_because_a_text_failed_is_shown():
    status = showing("", TEXT_ROW, status=204)
    phone = phone_to(Line({"/sms": REPORTED, "/sms/status": status}))
    (text,) = send_text(phone, "hi", "SM1")
    assert deliver(phone, text, "undelivered", "30006") == (TEXTED,)


def test_nobody_is_told_of_a_text_of_which_nobody_asked():
    with pytest.raises(ValueError, match="did not ask"):
        deliver(phone_to(Line({})), Text("Hi"), "delivered")


def test_a_status_that_is_not_taken_is_an_error():
    phone = phone_to(Line({"/sms": REPORTED, "/sms/status": Answer(status=503)}))
    (text,) = send_text(phone, "hi", "SM1")
    with pytest.raises(PhoneError):
        deliver(phone, text, "sent")


def test_a_text_is_at_most_1600_characters():
    with pytest.raises(ValueError, match="1600"):
        send_text(phone_to(Line({})), "a" * 1601, "SM1")


# ---------------------------------------------------------------- over the network


@pytest.fixture
def served() -> Iterable[Callable[[Line], str]]:
    from threading import Thread

    running = []

    def serve(line: Line) -> str:
        server = make_server("127.0.0.1", 0, line)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_same_call_goes_over_http(served):
    line = Line({"/voice": MENU, "/next": NEXT})
    reach = served(line)
    phone = Phone(fetch=over_http(reach), url=URL, token=TOKEN)
    call, _ = dial(phone, SID)
    assert press(phone, call, "1")[1] == (Said("Hola", "es-US"), HungUp("line"))
    signature = line.headers[0]["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(f"{URL}/voice", line.asked[0][2], signature)


def test_what_would_be_sent_is_told_over_http_too(served):
    reach = served(Line({"/sms": showing("", TEXT_ROW)}))
    phone = Phone(fetch=over_http(reach), url=URL, token=TOKEN)
    assert send_text(phone, "hi", "SM1") == (TEXTED,)


def test_nobody_at_the_other_end_is_an_error():
    phone = Phone(fetch=over_http("http://127.0.0.1:1"), url=URL, token=TOKEN)
    with pytest.raises(PhoneError) as caught:
        dial(phone, SID)
    assert caught.value.code == 11205
