"""Twilio's door: who may enter, what a request means, and what happens when things break."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from tests import kept, replay
from tests.replay import TOKEN, URL, door_app, opened, settings_in
from voice import logs, thread
from voice import phone as telephone
from voice.dialog import Event, State
from voice.exchange import Fetch, Phone, Response, send
from voice.live import Live
from voice.release import Release, Replies
from voice.script import Script
from voice.settings import Settings
from voice.store import Store, contact_keys, open_store, read_contact
from voice.store.connection import reading
from voice.store.straight import Straight, asked
from voice.store.tables import contact, delivery, turn, usage
from voice.understand import Meaning
from voice.webhook import call_event

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
CALLER = "+12125550199"
CALL_SID = "CA" + "5" * 32
CALL = {"CallSid": CALL_SID, "From": CALLER, "To": "+12125550150", "CallStatus": "in-progress"}
MAIN = "/voice/1/main/{}/normal/0"


@dataclass(frozen=True)
class Line:
    """A running line and a telephone that reaches it."""

    phone: Phone
    settings: Settings
    store: Store
    live: Live
    write_counts: Callable[[], bool]

    def ask(self, path: str, fields: dict[str, str], method: str = "POST") -> Response:
        return send(self.phone, method, URL + path, fields)

    def text(self, body: str, sid: str = "SM1", **more: str) -> Response:
        return self.ask("/sms", {"MessageSid": sid, "From": CALLER, "Body": body, **more})

    def rows(self, table: Table) -> list[Any]:
        with reading(self.store) as connection:
            return list(connection.execute(select(table)))


@contextmanager
def line_in(
    folder: Path,
    live: Live,
    carrier_words: str = "carrier",
    away: bool = False,
    at: datetime = NOON,
) -> Iterator[Line]:
    """A line that keeps everything in `folder`; its store may be away."""
    known = settings_in(folder, carrier_words)
    with opened(known) as (store, tally):
        (folder / "a file").touch()
        used = open_store(f"sqlite:///{folder}/a file/line.db") if away else store
        app = door_app(live, known, used, tally, lambda: at)
        phone = Phone(raw(app), URL, TOKEN, number=CALLER)
        yield Line(phone, known, store, live, tally.write)
        used.close()


def raw(app: Flask) -> Fetch:
    """Carry requests to an app with the address as it was sent, query and all, as servers do."""

    def fetch(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        target = urlsplit(url)._replace(scheme="", netloc="").geturl()
        answer = app.test_client().open(target, method=method, data=body, headers=dict(headers))
        return Response(answer.status_code, answer.headers.get("Content-Type", ""), answer.data)

    return fetch


@pytest.fixture(scope="module")
def release(script: Script) -> Release:
    return kept.served(script, 1, URL)


def serving(release: Release | None) -> Live:
    live = Live(URL, Path("no clips here"))
    live.release = release
    return live


@pytest.fixture
def line(release: Release, tmp_path: Path) -> Iterator[Line]:
    with line_in(tmp_path, serving(release)) as opened_line:
        yield opened_line


@pytest.fixture
def line_without_store(release: Release, tmp_path: Path) -> Iterator[Line]:
    with line_in(tmp_path, serving(release), carrier_words="line", away=True) as opened_line:
        yield opened_line


def said(response: Response) -> str:
    """Everything said or texted in a document, in one line."""
    assert response.status == 200
    assert response.content_type == "text/xml; charset=utf-8"
    return " ".join(" ".join(ElementTree.XML(response.body).itertext()).split())


def begins(script: Script, locale: str, prompt: str) -> str:
    return script.prompts[locale].call[prompt].partition("{")[0]


# Who may enter -----------------------------------------------------------------------------------

PATHS = [
    *("/voice", "/voice/1/main/en-US/normal/0", "/voice//x"),
    *("/sms", "/voice/status", "/sms/status"),
]
FIELDS = {**CALL, "MessageSid": "SM1", "Body": "STOP", "MessageStatus": "failed", "Digits": "3"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("forgery", ["unsigned", "wrong-token", "other-address", "field-changed"])
def test_who_did_not_sign_learns_nothing_and_changes_nothing(
    line: Line, path: str, method: str, forgery: str
) -> None:
    answer = forged(line, forgery, method, path)
    assert (answer.status, answer.body) == (403, b"")
    line.write_counts()
    assert [line.rows(table) for table in (contact, turn, delivery, usage)] == [[], [], [], []]


def forged(line: Line, forgery: str, method: str, path: str) -> Response:
    fetch = line.phone.fetch

    def unsigned(how: str, url: str, body: bytes, headers: dict[str, str]) -> Response:
        return fetch(how, url, body, {**headers, "X-Twilio-Signature": ""})

    def elsewhere(how: str, url: str, body: bytes, headers: dict[str, str]) -> Response:
        return fetch(how, url.replace("attacker", "line"), body, headers)

    def changed(how: str, url: str, body: bytes, headers: dict[str, str]) -> Response:
        return fetch(how, url.replace("STOP", "GO"), body.replace(b"STOP", b"GO"), headers)

    phones = {
        "unsigned": replace(line.phone, fetch=unsigned),
        "wrong-token": replace(line.phone, token=TOKEN[:-1]),
        "other-address": replace(line.phone, fetch=elsewhere),
        "field-changed": replace(line.phone, fetch=changed),
    }
    host = "https://attacker.example" if forgery == "other-address" else URL
    return send(phones[forgery], method, host + path, FIELDS)


def test_a_refusal_is_logged_with_its_reason_and_nothing_of_the_request(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    forged(line, "wrong-token", "POST", "/sms")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("refused sms: its signature fits no token")
    assert not re.search(r"\d{4}|STOP|SM1", record.getMessage())


@pytest.mark.parametrize("path", PATHS)
def test_twilio_may_get_or_post(line: Line, path: str) -> None:
    for method in ("GET", "POST"):
        assert line.ask(path, FIELDS, method).status in (200, 204)


def test_get_and_post_are_answered_alike(line: Line) -> None:
    for path in ("/voice", MAIN.format("en-US")):
        fields = {**CALL, "Digits": "3"}
        assert line.ask(path, fields, "GET") == line.ask(path, fields, "POST")


def test_the_instances_own_token_is_practice_and_counted_apart(line: Line) -> None:
    own = replace(line.phone, token=line.settings.instance_token)
    send(own, "POST", f"{URL}/sms", {"MessageSid": "SM9", "From": CALLER, "Body": "STOP"})
    line.text("risks", sid="SM1")
    line.write_counts()
    assert {(row.event, row.practice) for row in line.rows(usage)} == {
        ("stop", True), ("topic", False), ("texted", False),
    }  # fmt: skip
    assert sorted(row.practice for row in line.rows(contact)) == [False, True]
    real = read_contact(line.store, contact_keys(line.settings.contact_keys, CALLER))
    assert real is not None
    assert real.opted_out_at is None


def test_nothing_is_answered_before_a_release_is_there(tmp_path: Path) -> None:
    with line_in(tmp_path, serving(None)) as line:
        assert line.ask("/voice", CALL).status == 503
        assert line.text("risks").status == 503
        assert forged(line, "unsigned", "POST", "/voice").status == 403


# What a request means ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "fields", "event"),
    [
        ("main", {"Digits": "3"}, Event("key", "3")),
        ("main", {"Digits": " * "}, Event("key", "*")),
        ("main", {"Digits": "31"}, Event("key", "3")),
        ("main", {"Digits": "3", "SpeechResult": "risks"}, Event("key", "3")),
        (
            "main",
            {"SpeechResult": "Risks."},
            Event("speech", meaning=Meaning("topic", "risks", "en-US")),
        ),
        ("main", {"SpeechResult": "will it rain"}, Event("speech")),
        ("main", {"SpeechResult": " "}, Event("silence")),
        ("main", {"SpeechResult": "\x00\x1b"}, Event("silence")),
        ("main", {"Digits": "", "msg": "Gather End"}, Event("silence")),
        ("main", {}, Event("silence")),
        ("transfer", {"DialCallStatus": "busy"}, Event("dialed", "busy")),
        ("transfer", {"DialCallStatus": "completed", "Digits": "0"}, Event("dialed", "completed")),
        ("main", {"DialCallStatus": "busy", "Digits": "0"}, Event("key", "0")),
        ("main", {"DialCallStatus": "busy"}, Event("silence")),
    ],
)
def test_fields_become_an_event(
    release: Release, place: str, fields: dict[str, str], event: Event
) -> None:
    assert call_event(release, State(place, "en-US", "normal"), fields) == event


def test_words_beyond_what_is_read_change_nothing(release: Release) -> None:
    words = {"SpeechResult": "risks" + " " * 2000 + "chest pain"}
    event = call_event(release, State("main", "en-US", "normal"), words)
    assert event.meaning == Meaning("topic", "risks", "en-US")


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "", "sip:someone@example.org"])
def test_a_withheld_number_is_welcome(line: Line, script: Script, number: str) -> None:
    answer = line.ask("/voice", {**CALL, "From": number})
    assert begins(script, "en-US", "emergency") in said(answer)


def test_an_address_of_an_older_release_is_answered_at_its_place(line: Line) -> None:
    now = line.ask("/voice/1/topic.risks.1/es-US/slow/0", CALL)
    before = line.ask("/voice/987/topic.risks.1/es-US/slow/0", CALL)
    assert now == before


@pytest.mark.parametrize("fields", [{}, {"Digits": "3"}, {"SpeechResult": "risks"}])
@pytest.mark.parametrize(
    "path",
    [
        "/voice",
        "/voice/",
        "/voice/1/topic.gone.2/es-US/slow/0",
        "/voice/a%0Ab%C3%A9",
        "/voice/a%0Ab/",
        "/voice//",
        "/voice//x",
        "/voice//1/topic.risks.1/es-US/slow/0",
        "/voice///",
    ],
)
def test_an_address_nobody_knows_begins_the_call_anew_with_the_emergency_sentence(
    line: Line, script: Script, path: str, fields: dict[str, str]
) -> None:
    answer = said(line.ask(path, {**CALL, **fields}))
    assert answer.startswith(begins(script, "en-US", "emergency"))


def test_a_call_is_counted_by_place_and_language(line: Line) -> None:
    line.ask("/voice", CALL)
    line.ask(MAIN.format("es-US"), {**CALL, "Digits": "3"})
    line.ask("/voice/1/menu.4/en-US/normal/0", {**CALL, "Digits": "5"})
    line.ask(MAIN.format("en-US"), CALL)
    line.write_counts()
    assert {(row.channel, row.locale, row.topic, row.event) for row in line.rows(usage)} == {
        ("call", "en-US", "", "call"),
        ("call", "es-US", "risks", "topic"),
        ("call", "es-US", "risks", "heard"),
        ("call", "en-US", "", "no_match"),
        ("call", "en-US", "", "no_input"),
    }


def test_what_happens_is_counted_on_the_clinics_day(release: Release, tmp_path: Path) -> None:
    late = datetime(2026, 11, 24, 3, tzinfo=UTC)  # 22:00 the day before, there
    with line_in(tmp_path, serving(release), at=late) as line:
        line.ask("/voice", CALL)
        line.text("risks")
        line.write_counts()
        days = {(row.day, row.channel) for row in line.rows(usage)}
    assert days == {(date(2026, 11, 23), "call"), (date(2026, 11, 23), "message")}


# Texts once --------------------------------------------------------------------------------------


def test_a_retried_text_gets_the_same_answer_and_changes_nothing(line: Line) -> None:
    line.text("risks", sid="SM1")
    second = line.text("more", sid="SM2")
    before = [line.rows(table) for table in (contact, turn)]
    assert line.text("more", sid="SM2") == second
    assert [line.rows(table) for table in (contact, turn)] == before
    assert line.text("more", sid="SM3") != second
    line.write_counts()
    assert {row.event: row.count for row in line.rows(usage)} == {
        "topic": 1,
        "texted": 1,
        "more": 2,
    }


def test_a_text_delivered_many_times_at_once_is_answered_once(line: Line) -> None:
    line.text("risks", sid="SM0")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: line.text("more", sid="SM1"), range(24)))
    assert len({answer.body for answer in answers}) == 1
    assert said(answers[0])
    (known,) = line.rows(contact)
    assert known.place == "topic.risks.2"
    line.write_counts()
    assert {row.event: row.count for row in line.rows(usage)} == {
        "topic": 1,
        "texted": 1,
        "more": 1,
    }


def test_the_store_knows_nobodys_number(line: Line) -> None:
    line.text("risks")
    line.ask("/voice", CALL)
    line.write_counts()
    kept = b"".join(path.read_bytes() for path in line.settings.instance.glob("line.db*"))
    assert b"risks" in kept
    assert b"2125550199" not in kept


def test_stop_is_kept_with_its_first_time_and_start_lifts_it(line: Line) -> None:
    keys = contact_keys(line.settings.contact_keys, CALLER)
    line.text("STOP", sid="SM1")
    stopped = read_contact(line.store, keys)
    assert stopped is not None
    assert stopped.opted_out_at == NOON
    line.text("no more texts", sid="SM2")
    assert read_contact(line.store, keys) == stopped
    line.text("START", sid="SM3")
    started = read_contact(line.store, keys)
    assert started is not None
    assert started.opted_out_at is None


def test_stop_on_one_channel_holds_on_every_channel_of_the_number(line: Line) -> None:
    line.text("no more texts", From=f"whatsapp:{CALLER}")
    assert said(line.text("risks", sid="SM2")) == ""
    assert said(line.text("risks", sid="SM3", From=f"whatsapp:{CALLER}")) == ""


@pytest.mark.parametrize(
    ("body", "lasts"),
    [
        ("STOP", True),
        ("START", True),
        ("please stop texting me", True),
        ("ya no quiero mensajes", True),
        ("forget me", True),
        ("i cant breathe and stop texting me", True),
        ("RISKS", False),
        ("can i drive", False),
        ("chest pain", False),
    ],
)
def test_what_changes_whom_we_may_text_is_on_the_disk_before_it_is_answered(
    line: Line, body: str, lasts: bool
) -> None:
    line.text("HELLO", sid="SM0")
    line.text(body)
    assert waited_for_the_disk(line) is lasts


def waited_for_the_disk(line: Line) -> bool:
    """Whether what was kept last outlives a loss of power."""

    def waits(connection: Straight) -> bool:
        found = connection.connection.cursor().execute("PRAGMA synchronous").fetchone()
        return bool(found[0] == 2)

    return asked(line.store, waits)


# Status ------------------------------------------------------------------------------------------


def test_status_callbacks_are_kept_and_answered_with_nothing(line: Line) -> None:
    ended = {**CALL, "CallStatus": "completed"}
    failed = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30003", "From": CALLER}
    older = {"SmsSid": "SM2", "SmsStatus": "sent", "From": CALLER}
    for path, fields in (
        ("/voice/status", ended), ("/sms/status", failed), ("/sms/status", older),
        ("/sms/status", failed),
    ):  # fmt: skip
        answer = line.ask(path, fields)
        assert (answer.status, answer.body) == (204, b"")
    kept = {(row.kind, row.sid, row.status, row.error_code) for row in line.rows(delivery)}
    assert kept == {
        ("call", CALL_SID, "completed", ""),
        ("message", "SM1", "failed", "30003"),
        ("message", "SM2", "sent", ""),
    }


def test_a_status_is_on_the_disk_before_it_is_acknowledged(line: Line) -> None:
    line.text("HELLO")
    assert not waited_for_the_disk(line)
    assert line.ask("/voice/status", {**CALL, "CallStatus": "completed"}).status == 204
    assert waited_for_the_disk(line)


def test_a_status_that_can_not_be_kept_is_asked_for_again(line_without_store: Line) -> None:
    answer = line_without_store.ask("/voice/status", {**CALL, "CallStatus": "completed"})
    assert (answer.status, answer.body) == (503, b"")


# When things break -------------------------------------------------------------------------------


def without(release: Release, place: str) -> Release:
    """A release that lacks its answers at a place, as a broken one would."""
    states = [state for state in release.replies if state.place != place]
    return replace(release, replies=Replies(set(states), release.replies.__getitem__))


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_what_breaks_in_a_call_becomes_the_apology_in_the_callers_language(
    release: Release,
    script: Script,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    locale: str,
) -> None:
    with line_in(tmp_path, serving(without(release, "topic.risks.1"))) as line:
        answer = line.ask(MAIN.format(locale), {**CALL, "Digits": "3"})
        assert begins(script, locale, "apology") in said(answer)
        assert "zero one three four" in said(answer) or "cero uno tres cuatro" in said(answer)
        healthy = line.ask(MAIN.format(locale), {**CALL, "Digits": "5"})
        assert begins(script, locale, "apology") not in said(healthy)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"call {CALL_SID}: KeyError at main"
    assert "calls.py:" in logs.Lines("plain").format(record)


def test_the_apology_offers_a_person(release: Release, tmp_path: Path) -> None:
    with line_in(tmp_path, serving(without(release, "topic.risks.1"))) as line:
        call, _ = telephone.dial(line.phone, CALL_SID)
        for key in ("2", "3", "0"):
            call, heard = telephone.press(line.phone, call, key)
    _, heard = telephone.stay_silent(line.phone, call)
    assert heard[-1] == telephone.Dialed("+12125550135")


def test_what_breaks_in_a_text_becomes_an_apology(
    release: Release, script: Script, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    english = script.prompts["en-US"]
    message = {name: text for name, text in english.message.items() if name != "menu"}
    prompts = {**script.prompts, "en-US": replace(english, message=message)}
    broken = replace(release, script=replace(script, prompts=prompts))
    with line_in(tmp_path, serving(broken)) as line:
        assert said(line.text("menu")) == thread.apology(script, "en-US")
        assert "Kyphoplasty" in said(line.text("risks", sid="SM2"))
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "text SM1: KeyError"


def test_a_call_is_answered_while_the_store_is_away(line_without_store: Line) -> None:
    call, heard = telephone.dial(line_without_store.phone, CALL_SID)
    for key in ("1", "3", "0"):
        call, heard = telephone.press(line_without_store.phone, call, key)
    _, heard = telephone.stay_silent(line_without_store.phone, call)
    assert heard[-1] == telephone.Dialed("+12125550135")


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("risks", ["risks text 1"]),
        ("riesgos", ["risks text 1"]),
        ("3", ["risks text 1"]),
        ("menu", ["menu"]),
        ("help", ["apology"]),
        ("chest pain", ["emergency"]),
        ("quiero morir", ["crisis"]),
        ("STOP", ["apology"]),
        ("no more texts", ["apology"]),
        ("ya no quiero mensajes", ["apology"]),
        ("START", ["apology"]),
    ],
)
def test_texts_are_answered_while_the_store_is_away_but_stop_is_not_acknowledged(
    line_without_store: Line, script: Script, body: str, texts: list[str]
) -> None:
    known = {text: f"{topic} {name}".strip() for _, topic, name, text in thread.all_texts(script)}
    answer = line_without_store.text(body)
    messages = [message.text for message in ElementTree.XML(answer.body)]
    assert [known[message or ""] for message in messages] == texts


def test_where_the_carrier_answers_stop_it_stays_unanswered_while_the_store_is_away(
    release: Release, tmp_path: Path
) -> None:
    with line_in(tmp_path, serving(release), away=True) as line:
        assert said(line.text("STOP")) == ""
        assert "212-555-0134" in said(line.text("no more texts"))


def test_the_log_tells_that_the_store_is_away_and_of_whom_nothing(
    line_without_store: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line_without_store.text("chest pain")
    (record,) = [record for record in caplog.records if record.name == "voice.webhook.texts"]
    assert record.getMessage().startswith("text SM1: the store is away: ")
    assert "2125550199" not in caplog.text


# Any words at all --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def steady(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line_in(tmp_path_factory.mktemp("line"), serving(release), "line") as opened_line:
        yield opened_line


def well_formed(answer: Response) -> bool:
    root = ElementTree.XML(answer.body)
    return answer.status == 200 and root.tag == "Response" and len(answer.body) <= 64_000


ANY_TEXT = st.text(max_size=200) | st.text(min_size=4000, max_size=5000)
NUMBERS = iter(range(10**9))


@settings(max_examples=25)
@given(body=ANY_TEXT, place=st.sampled_from(["", "menu.1", "topic.risks.1"]))
def test_any_text_is_answered(steady: Line, body: str, place: str) -> None:
    sid = f"SM{next(NUMBERS)}"
    number = f"+1212{place}{sid}"
    if place:
        steady.text({"menu.1": "1"}.get(place, "risks"), sid=f"{sid}a", From=number)
    assert well_formed(steady.text(body, sid=sid, From=number))


@settings(max_examples=25)
@given(
    digits=st.text(max_size=20), words=ANY_TEXT, status=st.sampled_from(["", "busy", "strange"]),
    place=st.sampled_from(["main", "opening", "topic.risks.1", "transfer", "menu.1", "x", "%00"]),
)  # fmt: skip
def test_anything_pressed_or_said_is_answered(
    steady: Line, digits: str, words: str, status: str, place: str
) -> None:
    fields = {**CALL, "Digits": digits, "SpeechResult": words, "DialCallStatus": status}
    for heard in (fields, {**fields, "Digits": ""}):
        answer = steady.ask(f"/voice/1/{place}/en-US/normal/0", heard)
        assert well_formed(answer)
        assert b"went wrong" not in answer.body


@pytest.fixture(scope="module")
def served(script: Script) -> replay.Served:
    return replay.serving(script)


# The log -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["call-person-busy", "call-despair", "call-after-hours", "text-stop", "text-crisis"]
)
def test_no_number_key_or_word_of_a_conversation_is_ever_logged(
    served: replay.Served, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    told = (replay.FOLDER / f"{name}.txt").read_text("utf-8")
    replay.replay(told, served, tmp_path)
    # Alembic names its own steps while the tables are made.
    lines = [
        r.getMessage() for r in caplog.records if not r.name.startswith(("alembic", "asyncio"))
    ]
    everything = "\n".join(lines).lower()
    assert not re.search(r"\d{4}", everything)
    for act in replay.read(told).acts:
        assert len(act) < 4 or act.strip('"').lower() not in everything


def test_two_machines_that_answer_each_other_fall_silent_but_a_stop_is_kept(line: Line) -> None:
    answers = [said(line.text("Thank you for your message", sid=f"SM{n}")) for n in range(60)]
    answered = [n for n, words in enumerate(answers) if words]
    assert answered == list(range(40))
    assert "no more texts" in said(line.text("no more texts", sid="SM90"))
    (known,) = line.rows(contact)
    assert known.opted_out_at is not None
