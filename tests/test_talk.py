"""Calls and texts in the terminal, read as transcripts."""

import io
import json
import sys
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.wrappers import Response as Answer

from tests.line import Line
from voice.phone import Caption, Phone, over_wsgi
from voice.player import find_player, play_with, typing_at
from voice.store.turns import Guard
from voice.talk import QUIET, talk, text
from voice.terminal import Terminal, terminal

CLIPS = {
    "menu": Caption("For the risks, press 3. To talk to a person, press 0.", "en-US"),
    "risks": Caption("Risks.\nThe risk is low.", "en-US"),
    "after": Caption("To go back, press star.", "en-US"),
    "sorry": Caption("That is not one of the choices.", "en-US"),
    "ring": Caption("I am calling a person.", "en-US"),
    "busy": Caption("The line is busy.", "en-US"),
}


def ask(clip: str, action: str, *, then: str = "") -> str:
    return (
        f'<Gather numDigits="1" finishOnKey="" timeout="1" action="{action}">'
        f"<Play>/audio/{clip}.wav</Play></Gather>{then}"
    )


def wait(action: str) -> str:
    return (
        f'<Gather input="dtmf speech" numDigits="1" finishOnKey="" timeout="10"'
        f' action="{action}" actionOnEmptyResult="true"/>'
    )


ANSWERS = {
    "/voice": ask("menu", "/chosen", then=wait("/chosen")),
    "/chosen": ask("risks", "/chosen", then="<Redirect>/after</Redirect>"),
    "/after": ask("after", "/ring", then=wait("/ring")),
    "/ring": '<Play>/audio/ring.wav</Play><Dial action="/rang">+12125550135</Dial>',
    "/rang": "<Play>/audio/busy.wav</Play><Pause length='2'/><Hangup/>",
    "/sms": "<Message>Sample Clinic: The risk is low.</Message>",
}


def showing(document: str, **row: object) -> Answer:
    """An answer that also shows one thing the line would send or start."""
    rows = [{"to": "+12125550199", "body": "", "url": "", **row}]
    header = {"Kypholine-Shown": urlsafe_b64encode(json.dumps(rows).encode()).decode()}
    return Answer(f"<Response>{document}</Response>", 200, header, content_type="text/xml")


def phone_to(line: Line) -> Phone:
    def caption(url: str) -> Caption | None:
        return CLIPS.get(url.rpartition("/")[2].removesuffix(".wav"))

    return Phone(fetch=over_wsgi(line), url="https://line.example", token="t", caption=caption)


def typed(*lines: str, width: int = 80) -> Terminal:
    return Terminal(iter([f"{line}\n" for line in lines]), io.StringIO(), echo=True, width=width)


def transcript(screen: Terminal) -> list[str]:
    return screen.out.getvalue().splitlines()


def test_a_call_reads_as_a_conversation():
    screen = typed("3", "", "busy")
    assert talk(phone_to(Line(ANSWERS)), screen) == 0
    assert transcript(screen)[2:] == [
        "You call 212-555-0150.",
        "  For the risks, press 3. To talk to a person, press 0.",
        "  [waits 11 seconds for a key or words]",
        "> 3",
        "  Risks.\u00a0…",
        "  The risk is low.",
        "  To go back, press star.",
        "  [waits 11 seconds for a key or words]",
        "> ",
        "  I am calling a person.",
        "  (the telephone of 212-555-0135 rings)",
        "  [rings: answer, busy, no answer, failed]",
        "> busy",
        "  The line is busy.",
        "  (2 seconds of silence)",
        "The line hangs up.",
    ]


@pytest.mark.parametrize(
    ("line", "field", "sent"),
    [
        ("*", "Digits", "*"),
        ("riesgos", "SpeechResult", "riesgos"),
        ('"3"', "SpeechResult", "3"),
        ("  what can go wrong?  ", "SpeechResult", "what can go wrong?"),
    ],
)
def test_a_key_is_pressed_and_everything_else_is_said(line, field, sent):
    real = Line(ANSWERS)
    talk(phone_to(real), typed(line))
    assert [fields.get(field) for _, path, fields in real.asked if path == "/chosen"] == [sent]


def test_an_empty_line_is_silence():
    real = Line(ANSWERS)
    talk(phone_to(real), typed(""))
    fields = next(fields for _, path, fields in real.asked if path == "/chosen")
    assert fields.keys() & {"Digits", "SpeechResult"} == set()


def test_several_keys_are_pressed_one_after_another():
    real = Line(ANSWERS)
    talk(phone_to(real), typed("31"))
    pressed = [fields["Digits"] for _, path, fields in real.asked if path == "/chosen"]
    assert pressed == ["3", "1"]


@pytest.mark.parametrize("lines", [("hang up",), ("Hang Up",), ()], ids=["typed", "case", "end"])
def test_hanging_up_ends_the_call(lines):
    screen = typed(*lines)
    assert talk(phone_to(Line(ANSWERS)), screen) == 0
    assert transcript(screen)[-1] == "You hang up."


def test_the_language_key_is_pressed_first():
    screen = typed()
    talk(phone_to(Line(ANSWERS)), screen, keys="2")
    assert transcript(screen)[4:6] == ["> 2", "  Risks.\u00a0…"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [("answer", "completed"), ("no answer", "no-answer"), ("", "no-answer"), ("?", "no-answer")],
)
def test_the_person_at_the_terminal_answers_the_other_telephone(answer, status):
    real = Line({**ANSWERS, "/voice": ANSWERS["/ring"]})
    talk(phone_to(real), typed(answer))
    assert next(f["DialCallStatus"] for _, path, f in real.asked if path == "/rang") == status


def test_a_line_that_breaks_off_is_told_in_one_line():
    screen = typed()
    assert talk(phone_to(Line({})), screen) == 1
    assert transcript(screen)[-1].startswith("The call broke off: 11200: answered 404")


def test_whoever_a_line_takes_for_a_stranger_is_told_why_that_may_be():
    refused = Line({"/voice": Answer("", 403), "/sms": Answer("", 403)})
    for hold, screen in ((talk, typed()), (text, typed("RISKS"))):
        assert hold(phone_to(refused), screen) == 1
        assert "PORT or PUBLIC_URL, INSTANCE, and its keys" in " ".join(transcript(screen)[-2:])


def test_long_sentences_are_wrapped_and_a_clip_without_words_shows_its_address():
    line = Line({"/voice": "<Say>" + "word " * 30 + "</Say><Play>/audio/x.wav</Play>"})
    screen = typed(width=40)
    talk(phone_to(line), screen)
    assert max(len(row) for row in transcript(screen)[2:-2]) <= 40
    assert "(a clip: https://line.example/audio/x.wav)" in " ".join(
        " ".join(transcript(screen)).split()
    )


def test_a_person_at_a_terminal_sees_their_own_typing_once():
    screen = replace(typed("3", ""), echo=False)
    talk(phone_to(Line(ANSWERS)), screen)
    assert "> 3" not in transcript(screen)


def test_the_digits_of_a_number_are_written_in_one_line_and_played_one_by_one():
    digits = {"one": Caption("one", "en-US"), "two": Caption("two", "en-US")}
    clips = {f"/audio/{name}.wav": name for name in digits}
    number = "".join(f"<Play>/audio/{name}.wav</Play>" for name in ("two", "one", "two"))
    phone = replace(
        phone_to(Line({**clips, "/voice": f"{number}<Hangup/>"})),
        caption=lambda url: digits[url.rpartition("/")[2].removesuffix(".wav")],
    )
    played: list[bytes] = []
    screen = typed()
    talk(phone, screen, play=lambda clip: bool(played.append(clip)))
    assert transcript(screen)[3:] == ["  two one two", "The line hangs up."]
    assert len(played) == 3


def test_a_pipe_is_read_to_its_end_and_echoed():
    screen = terminal(io.StringIO("3\nhang up\n"), io.StringIO())
    assert list(screen.typed) == ["3\n", "hang up\n"]
    assert screen.echo


# ---------------------------------------------------------------- sound


def test_clips_are_played_and_typing_keeps_the_line_from_going_on():
    played: list[bytes] = []

    def play(clip: bytes) -> bool:
        played.append(clip)
        return len(played) == 2

    clips = {f"/audio/{name}.wav": name for name in CLIPS}
    screen = typed("3", "*")
    talk(phone_to(Line({**clips, **ANSWERS})), screen, play=play)
    assert [clip[10:14] for clip in played[:2]] == [b"menu", b"risk"]
    rows = transcript(screen)
    assert rows[rows.index("  The risk is low.") + 1 :][:2] == [
        "  [waits 1 seconds for a key]",
        "> *",
    ]


def test_typing_skips_the_clips_that_would_follow():
    played: list[bytes] = []
    clips = {f"/audio/{name}.wav": name for name in CLIPS}
    both = "<Gather><Play>/audio/menu.wav</Play><Play>/audio/risks.wav</Play></Gather>"
    talk(
        phone_to(Line({**clips, "/voice": both})),
        typed("hang up"),
        play=lambda clip: played.append(clip) is None,
    )
    assert len(played) == 1


def test_a_clip_that_is_not_there_breaks_the_call_off():
    screen = typed()
    assert talk(phone_to(Line(ANSWERS)), screen, play=lambda clip: False) == 1


def test_the_first_player_of_the_machine_is_found():
    assert find_player({"aplay": "/bin/aplay", "play": "/bin/play"}.get) == ("/bin/aplay", "-q")
    assert find_player(lambda name: None) is None


@pytest.mark.parametrize("stops", [False, True], ids=["to-its-end", "stopped"])
def test_a_player_plays_the_clip_to_its_end_or_until_something_is_typed(tmp_path, stops):
    copy = tmp_path / "copy"
    then = "time.sleep(60)" if stops else ""
    code = f"import sys, shutil, time; shutil.copy(sys.argv[1], {str(copy)!r}); {then}"
    command = (sys.executable, "-c", code)
    play = play_with(command, lambda: stops and copy.exists())
    assert play(b"RIFF clip") is stops
    assert copy.read_bytes() == b"RIFF clip"


def test_nobody_types_into_a_pipe():
    assert typing_at(io.StringIO("3\n"))() is False


# ---------------------------------------------------------------- texts


def test_a_text_thread_shows_answers_and_what_they_cost():
    screen = typed("RISKS", "", "never sent")
    assert text(phone_to(Line(ANSWERS)), screen) == 0
    assert transcript(screen)[2:] == [
        "You text 212-555-0150.",
        "> RISKS",
        "  Sample Clinic: The risk is low.",
        "  [1 segment, GSM-7]",
        "> ",
    ]


def test_a_silent_line_and_media_are_shown_as_such():
    screen = typed("nothing")
    text(phone_to(Line({"/sms": ""})), screen)
    assert f"  ({QUIET})" in transcript(screen)
    media = "<Message><Body>á</Body><Media>https://x.example/a.mp3</Media></Message>"
    screen = typed("RISKS")
    text(phone_to(Line({"/sms": media})), screen)
    assert "  (sound: https://x.example/a.mp3)" in transcript(screen)
    assert "  [1 segment, UCS-2]" in transcript(screen)


def test_a_silence_names_the_limits_that_may_be_its_cause():
    assert f"over {Guard.most} came in ten minutes, or {Guard.daily} in a day" in QUIET
    assert Guard.window == timedelta(minutes=10)


def test_a_refused_text_is_told_in_one_line():
    screen = typed("RISKS")
    assert text(phone_to(Line({})), screen) == 1
    assert transcript(screen)[-1].startswith("No answer came: 11200")


def test_on_whatsapp_twilio_is_not_said_to_answer():
    phone = replace(phone_to(Line({"/sms": ""})), by_twilio=lambda body: body == "STOP")
    screen = typed("STOP")
    text(phone, screen, whatsapp=True)
    assert f"  ({QUIET})" in transcript(screen)


def test_a_text_twilio_answers_is_told_apart_from_one_nobody_answers():
    phone = replace(phone_to(Line({"/sms": ""})), by_twilio=lambda body: body == "STOP")
    screen = typed("STOP", "nothing")
    text(phone, screen)
    assert transcript(screen)[3:] == [
        "> STOP",
        "  (Twilio answers this one itself)",
        "> nothing",
        f"  ({QUIET})",
        "> ",
    ]


def test_a_silence_after_a_stop_says_so_and_how_to_go_on():
    phone = phone_to(Line({"/sms": ""}))
    phone = replace(phone, by_twilio=lambda body: body == "STOP", stopped=lambda: True)
    screen = typed("STOP", "RISKS")
    text(phone, screen)
    assert transcript(screen)[3:] == [
        "> STOP",
        "  (Twilio answers this one itself)",
        "> RISKS",
        "  (no answer: this number stopped the texts; type START to go on)",
        "> ",
    ]


CALLING = {
    **ANSWERS,
    "/sms": showing(
        "<Message>We call you now.</Message>", kind="call", url="https://line.example/ring"
    ),
    "/ring": ask("risks", "/chosen", then=wait("/chosen")),
}


def test_a_call_that_a_text_asked_for_is_taken_and_the_thread_goes_on_after_it():
    line = Line(CALLING)
    screen = typed("CALL ME", "answer", "hang up", "answer")
    assert text(phone_to(line), screen) == 0
    rows = transcript(screen)
    assert rows[3:9] == [
        "> CALL ME",
        "  We call you now.",
        "  [1 segment, GSM-7]",
        "  (the line would call 212-555-0199)",
        '  Type "answer" to pick up, "machine" to let an answering machine; or another',
        "  text.",
    ]
    picked = rows.index("> answer")
    assert rows[picked + 3 : picked + 7] == [
        "  Risks.\u00a0…",
        "  The risk is low.",
        "  [waits 11 seconds for a key or words]",
        "> hang up",
    ]
    texts = [fields["Body"] for _, path, fields in line.asked if path == "/sms"]
    assert texts == ["CALL ME", "answer"]
    rung = next(fields for _, path, fields in line.asked if path == "/ring")
    assert (rung["Direction"], rung["AnsweredBy"]) == ("outbound-api", "human")


def test_an_answering_machine_takes_the_call():
    line = Line({**CALLING, "/ring": "<Say>Sample Clinic called.</Say>"})
    screen = typed("CALL ME", "Machine")
    text(phone_to(line), screen)
    rows = transcript(screen)
    assert rows[rows.index("> Machine") + 1 :] == [
        "The answering machine hears:",
        "  Sample Clinic called.",
        "The line hangs up.",
        "> ",
    ]
    fields = next(fields for _, path, fields in line.asked if path == "/ring")
    assert fields["AnsweredBy"] == "machine_end_beep"


def test_a_text_that_a_key_would_have_sent_is_written_before_what_is_said_then():
    texted = showing(ask("after", "/x"), kind="text", body="The risk.\nCall us.")
    screen = typed("6")
    talk(phone_to(Line({**ANSWERS, "/chosen": texted})), screen)
    rows = transcript(screen)
    assert rows[rows.index("> 6") + 1 :][:5] == [
        "  (a text would go to 212-555-0199)",
        "  The risk.",
        "  Call us.",
        "  [1 segment, GSM-7]",
        "  To go back, press star.",
    ]


@pytest.mark.parametrize("number", ["2125550123", "212-555-0123", "(212) 555 0123"])
def test_a_number_is_typed_as_people_write_it(number):
    gather = '<Gather numDigits="10" finishOnKey="#" timeout="8" action="/chosen"/>'
    line = Line({**ANSWERS, "/voice": gather})
    talk(phone_to(line), typed(number))
    sent = [fields["Digits"] for _, path, fields in line.asked if path == "/chosen"]
    assert sent == ["2125550123"]
