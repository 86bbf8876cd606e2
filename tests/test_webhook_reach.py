"""What a call or a text asks for outside, through the real door to a Twilio on the loopback."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import Table, select

from tests import twilio_fake as twilio
from tests.conftest import ROOT
from tests.replay import opened
from tests.stored import rows
from tests.test_webhook import raw
from tests.twilio_fake import Answer, Fake, Seen, error, fake_twilio
from voice import webhook
from voice.courier import account_of
from voice.dialog import topic_parts
from voice.exchange import Fetch, Phone, Response, send
from voice.live import Live
from voice.outbound import open_client
from voice.release import Release
from voice.script import Script
from voice.seal import Seal
from voice.settings import Settings, read
from voice.speech.clips import Manifest, Mp3
from voice.store import (
    Keys,
    Store,
    Tally,
    contact_keys,
    failures,
    opt_out,
    purge,
    read_contact,
    see,
    unmatched,
    waiting_call_backs,
)
from voice.store.claims import outcome_of
from voice.store.connection import reading
from voice.store.tables import (
    call_back,
    consent,
    contact,
    forgotten_call,
    outbound,
    turn,
    usage,
)
from voice.store.tables import unmatched as unmatched_words
from voice.webhook import texts

URL = "https://line.example"
LINE = "+12125550150"
PATIENT = "+12128675309"
NOON = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, 10:00 at the clinic
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 22:00 there
CALL = {"CallSid": "CA" + "5" * 32, "From": PATIENT, "To": LINE, "Direction": "inbound"}
OURS = {"From": LINE, "To": PATIENT, "Direction": "outbound-api"}
"""What Twilio sends of a call the line made: the patient is who was called."""
AFTER = "/voice/1/after.risks/en-US/normal/0"
TEXT = "/voice/1/text.risks/en-US/normal/0"


@dataclass
class Desk:
    """A line, the Twilio it reaches, and a clock to set."""

    phone: Phone
    settings: Settings
    store: Store
    tally: Tally
    twilio: Fake
    now: datetime = NOON

    def call(self, path: str, **fields: str) -> str:
        return said(send(self.phone, "POST", URL + path, {**CALL, **fields}))

    def call_again(self, path: str, **fields: str) -> str:
        """What Twilio is answered when it sends a request a second and a third time."""
        phone = replace(self.phone, fetch=same_token(self.phone.fetch))
        answers = {said(send(phone, "POST", URL + path, {**CALL, **fields})) for _ in range(3)}
        (answer,) = answers
        return answer

    def text(self, body: str, sid: str = "SM1", **more: str) -> Response:
        fields = {"MessageSid": sid, "From": PATIENT, "To": LINE, "Body": body, **more}
        return send(self.phone, "POST", f"{URL}/sms", fields)

    def rows(self, table: Table) -> list[Any]:
        with reading(self.store) as connection:
            return list(connection.execute(select(table)))

    @property
    def sent(self) -> list[dict[str, str]]:
        """What Twilio was asked to send or start."""
        return [
            {name: values[0] for name, values in seen.form.items()} for seen in self.twilio.seen
        ]

    def known(self, address: str = PATIENT) -> Any:
        return read_contact(self.store, contact_keys(self.settings.contact_keys, address))


def same_token(fetch: Fetch) -> Fetch:
    """Carry every request as if it were one that is sent again."""

    def again(method: str, url: str, body: bytes, headers: dict[str, str]) -> Response:
        return fetch(method, url, body, {**headers, "I-Twilio-Idempotency-Token": "token 1"})

    return again


def said(response: Response) -> str:
    assert response.status == 200
    return " ".join(" ".join(ElementTree.XML(response.body).itertext()).split())


@pytest.fixture(scope="module")
def live(script: Script, without_clips: Release) -> Live:
    """A line without clips, so that its words are to be read, and one topic's sound."""
    made = Live(URL, Path("no clips here"))
    made.release = without_clips
    parts = topic_parts(script, "risks", "en-US")
    sound = Mp3(
        "0" * 16, "risks", "en-US", "normal", parts, "speaker", "engine", 90.0, -21.0, 300_000, ""
    )
    made.manifest = Manifest(topics={sound.key: sound})
    return made


@pytest.fixture
def desk(live: Live, tmp_path: Path) -> Iterator[Desk]:
    with fake_twilio() as fake, desk_of(live, tmp_path, fake) as made:
        yield made


@contextmanager
def desk_of(live: Live, folder: Path, fake: Fake, carrier_words: str = "line") -> Iterator[Desk]:
    given = {
        "PUBLIC_URL": URL,
        "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
        "TWILIO_AUTH_TOKEN": twilio.TOKEN,
        "CARRIER_KEYWORDS": carrier_words,
        "INSTANCE": str(folder),
    }
    settings = read(given, root=ROOT)
    account = account_of(settings)
    assert account is not None
    with opened(settings) as (store, tally):
        client = open_client(replace(account, base_url=fake.url), lambda _: None)
        app = Flask("line")
        phone = Phone(raw(app), URL, twilio.TOKEN, number=PATIENT)
        desk = Desk(phone, settings, store, tally, fake)
        door = webhook.open_door(
            live, settings, store, tally, lambda: desk.now, lambda _: None, lambda: client
        )
        app.register_blueprint(webhook.blueprint(door))
        yield desk
        client.close()


# A text asked for in a call ----------------------------------------------------------------------


def test_key_six_sends_the_topic_once_and_more_goes_on_with_it(desk: Desk) -> None:
    asked = desk.call(AFTER, Digits="6")
    assert "at this number. two one two eight six seven five three zero nine" in asked
    assert desk.sent == []
    for _ in range(2):  # Twilio repeats the request
        assert "text is on its way" in desk.call(TEXT, Digits="1")
    first, rules = desk.sent
    assert (first["To"], first["From"]) == (PATIENT, LINE)
    assert "Kyphoplasty treats a broken bone" in first["Body"]
    assert "STOP" in rules["Body"]
    assert "cement" in said(desk.text("more"))
    (agreed,) = desk.rows(consent)
    assert (agreed.kind, agreed.channel) == ("text", "call")
    assert "To get the text, press 1" in agreed.wording
    assert "8675309" not in str(desk.rows(outbound) + desk.rows(consent) + desk.rows(contact))


@pytest.mark.parametrize(
    ("caller", "words"),
    [("anonymous", "hidden"), ("+18005550199", "cannot"), ("+442071838750", "cannot")],
)
def test_who_can_not_be_texted_hears_how_to_read_it_later(
    desk: Desk, caller: str, words: str
) -> None:
    told = desk.call(AFTER, Digits="6", From=caller)
    assert words in told
    assert "RISK" in told.upper()
    assert desk.sent == []


def test_silence_or_another_key_sends_nothing(desk: Desk) -> None:
    for fields in ({}, {"Digits": "2"}, {"Digits": "9"}, {"SpeechResult": "hmm"}):
        desk.call(TEXT, **fields)
    assert desk.sent == []


def test_who_opted_out_is_sent_nothing_from_a_call(desk: Desk) -> None:
    desk.text("stop")
    assert "text the word start" in desk.call(TEXT, Digits="1")
    assert desk.sent == []


def test_twilios_own_opt_out_is_learned(desk: Desk) -> None:
    desk.twilio.next_answers.append(error(400, 21610))
    assert "text the word start" in desk.call(TEXT, Digits="1")
    assert desk.known().opted_out_at == NOON
    assert said(desk.text("risks")) == ""


@pytest.mark.parametrize("before", [(), ("risks",)], ids=["a stranger", "somebody known"])
def test_a_call_me_of_who_said_stop_to_twilio_is_answered_with_silence_each_time(
    desk: Desk, before: tuple[str, ...]
) -> None:
    for sid, body in enumerate(before):
        desk.text(body, sid=f"SM{sid}")
    desk.twilio.next_answers.append(error(400, 21610))
    answers = {desk.text("CALL ME", sid="SM9").body for _ in range(3)}
    assert answers == {texts.SILENCE.encode()}
    assert len(desk.sent) == 1
    assert desk.known().opted_out_at == NOON


def test_a_stop_that_lands_between_a_call_me_and_its_claim_silences_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(store: Store, sid: str, keys: Keys, *more: Any) -> Any:
        found = see(store, sid, keys, *more)
        opt_out(store, keys, False, NOON)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(texts, "see", seen)
        first = desk.text("CALL ME").body
    assert {first, desk.text("CALL ME").body} == {texts.SILENCE.encode()}
    assert desk.sent == []


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        pytest.param(lambda desk: desk.call(TEXT, Digits="1"), "on its way", id="a text"),
        pytest.param(lambda desk: said(desk.text("CALL ME")), "We are calling you", id="a call"),
    ],
)
def test_copies_of_a_wish_that_come_at_once_get_one_answer_and_one_thing_leaves(
    desk: Desk, ask: Callable[[Desk], str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio answers when both others have looked what became of it."""
    looked, ever = threading.Semaphore(0), Fake.answer

    def look(*which: Any) -> str:
        found = outcome_of(*which)
        looked.release()
        return found

    def answer(seen: Seen) -> Answer:
        assert all(looked.acquire(timeout=10) for _ in range(4))
        desk.twilio.__dict__.pop("answer")
        return ever(desk.twilio, seen)

    monkeypatch.setattr("voice.courier.runner.outcome_of", look)
    desk.twilio.answer = answer  # type: ignore[method-assign]
    with ThreadPoolExecutor(3) as copies:
        (told,) = set(copies.map(ask, [desk] * 3))
    assert words in told
    assert ask(desk) == told
    assert {sent["To"] for sent in desk.sent} == {PATIENT}
    assert len(desk.rows(outbound)) == 1


@pytest.mark.parametrize("answer", [error(500, 0), error(429, 20429), error(401, 20003)])
def test_a_text_that_may_not_have_gone_is_not_promised(desk: Desk, answer: Any) -> None:
    desk.twilio.next_answers.extend([answer] * 9)
    assert "on its way" not in desk.call(TEXT, Digits="1")


# Spoken wishes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["30006", "21614", "21635"])
def test_a_number_that_can_get_no_text_is_offered_none_again(desk: Desk, code: str) -> None:
    desk.call(TEXT, Digits="1")
    about = desk.sent[0]["StatusCallback"].removeprefix(URL)
    failed = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": code}
    assert send(desk.phone, "POST", URL + about, {"To": PATIENT, **failed}).status == 204
    sent = len(desk.sent)
    assert "cannot get our texts" in desk.call(AFTER, Digits="6", CallSid="CA7")
    assert len(desk.sent) == sent
    desk.now += timedelta(days=20)
    purge(desk.store, desk.now)
    assert "cannot get our texts" in desk.call(AFTER, Digits="6", CallSid="CA8")
    desk.call(AFTER, SpeechResult="forget me", CallSid="CA9")
    assert "at this number" in desk.call(AFTER, Digits="6", CallSid="CA10")


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(
    "body", ["STOP", "ya no me manden mensajes", "stop texting me i cant breathe"]
)
def test_a_stop_whose_answer_was_never_given_is_written_down_by_its_retry(
    desk: Desk, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("voice.webhook.texts.record_consent", kill)
        with pytest.raises(Killed):
            desk.text(body)
    assert desk.known().opted_out_at == NOON
    assert desk.rows(consent) == []
    for _ in range(2):
        desk.text(body)
    assert [row.kind for row in desk.rows(consent)] == ["stop"]


@pytest.mark.parametrize("words", ["don't text me", "ya no me manden mensajes"])
def test_a_spoken_stop_holds_for_texts(desk: Desk, words: str) -> None:
    desk.call(AFTER, SpeechResult=words)
    assert desk.known().opted_out_at == NOON
    assert said(desk.text("risks")) == ""
    assert [row.kind for row in desk.rows(consent)] == ["stop"]


def test_who_asks_to_be_forgotten_is_forgotten_for_the_rest_of_the_call_too(desk: Desk) -> None:
    desk.text("risks")
    desk.call(AFTER, SpeechResult="forget me")
    desk.call("/voice/1/main/en-US/normal/0", Digits="3")
    desk.tally.write()
    assert desk.known() is None
    assert [row.contact for row in desk.rows(turn)] == [""]


@pytest.mark.parametrize("body", ["FORGET", "olvidar"])
def test_forget_by_text_leaves_only_an_opt_out(desk: Desk, body: str) -> None:
    desk.text("risks")
    assert said(desk.text(body, sid="SM2"))
    assert desk.known() is None
    desk.text("stop", sid="SM3")
    assert said(desk.text(body, sid="SM4")) == ""
    kept = desk.known()
    assert (kept.opted_out_at, kept.locale, kept.place) == (NOON, "", "")


# A call-back -------------------------------------------------------------------------------------


def test_a_call_back_is_kept_once_with_what_was_heard(desk: Desk) -> None:
    desk.now = NIGHT
    desk.call("/voice/1/menu.1/es-US/slow/0", Digits="3")
    desk.tally.write()
    desk.call("/voice/1/topic.procedure.1/es-US/slow/0", Digits="0")
    desk.call("/voice/1/closed/es-US/slow/0", Digits="1")
    asked = desk.call("/voice/1/callback/es-US/slow/0", Digits="2")
    assert "código de área" in asked
    desk.call("/voice/1/callback-number/es-US/slow/0", Digits="6465550177")
    back = desk.call("/voice/1/callback-number/es-US/slow/0", Digits="2128675308")
    assert "dos uno dos ocho seis siete cinco tres cero ocho" in back
    desk.call("/voice/1/callback-check/es-US/slow/0", Digits="1")
    for _ in range(3):
        done = desk.call("/voice/1/callback-time/es-US/slow/0", Digits="1")
        assert "dos uno dos ocho seis siete cinco tres cero ocho" in done
    (kept,) = waiting_call_backs(desk.store)
    assert (kept.locale, kept.topic, kept.best_time) == ("es-US", "procedure", "morning")
    assert Seal(desk.settings.secret_keys).open(kept.sealed) == "+12128675308"
    assert "8675308" not in str(desk.rows(call_back))


def test_a_hidden_number_is_asked_for_and_a_wrong_one_asked_again(desk: Desk) -> None:
    hidden = {"From": "anonymous"}
    assert "area code" in desk.call("/voice/1/closed/en-US/normal/0", Digits="1", **hidden)
    number = "/voice/1/callback-number/en-US/normal/0"
    for digits in ("12125550", "0000000000", "21286753091"):
        assert "/callback-number/en-US/normal/1" in _addresses(desk, number, digits)
    assert "/callback-check/" in _addresses(desk, number, "2128675309")


def _addresses(desk: Desk, path: str, digits: str) -> str:
    fields = {**CALL, "From": "anonymous", "Digits": digits}
    return send(desk.phone, "POST", URL + path, fields).body.decode()


def test_who_is_forgotten_where_a_number_is_read_back_comes_to_the_menu(desk: Desk) -> None:
    desk.now = NIGHT
    desk.call("/voice/1/closed/en-US/normal/0", Digits="1")
    desk.call("/voice/1/callback/en-US/normal/0", Digits="1")
    desk.call("/voice/1/callback-time/en-US/normal/0", Digits="3")
    told = desk.call("/voice/1/callback-done/en-US/normal/0", SpeechResult="forget me")
    assert "went wrong" not in told
    assert "This is the main menu" in told
    assert waiting_call_backs(desk.store) == ()


@pytest.mark.parametrize(
    ("place", "leads_to"),
    [
        ("callback-done", "This is the main menu"),
        ("callback-check", "This is the main menu"),
        ("callback", "area code"),
        ("text.risks", "hear this again"),
    ],
)
@pytest.mark.parametrize("pressed", [{}, {"Digits": "9"}, {"Digits": "*"}])
def test_a_call_whose_number_nobody_knows_goes_on_without_an_apology(
    desk: Desk, caplog: pytest.LogCaptureFixture, place: str, leads_to: str, pressed: dict[str, str]
) -> None:
    """Its number may be hidden, or staff have just rung and it is deleted."""
    path = f"/voice/1/{place}/en-US/normal/0"
    told = desk.call(path, From="anonymous", **pressed)
    assert "went wrong" not in told
    assert leads_to in told or pressed
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_call_back_that_is_gone_is_not_said_to_be_kept(desk: Desk) -> None:
    told = desk.call("/voice/1/callback-done/en-US/normal/0", Digits="8")
    assert "I could not write down your number" in told
    told = desk.call("/voice/1/callback-check/es-US/normal/0")
    assert "No pude anotar su número" in told


# LISTEN, SOURCES, CALL ME ------------------------------------------------------------------------


def test_listen_sends_the_sound_and_the_link_where_it_did_not_arrive(desk: Desk) -> None:
    desk.text("risks")
    answer = ElementTree.XML(desk.text("listen", sid="SM2").body)
    (media,) = answer.iter("Media")
    assert (media.text or "").endswith(".mp3")
    (message,) = answer.iter("Message")
    told = message.get("statusCallback") or ""
    lost = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30019"}
    for _ in range(2):
        send(desk.phone, "POST", told, {**lost, "To": PATIENT, "From": LINE})
    (link,) = desk.sent
    assert f"{URL}/listen/risks?locale=en-US" in link["Body"]
    assert [(row.code, row.count) for row in failures(desk.store, NOON - timedelta(days=1))] == [
        ("30019", 1)
    ]


def test_listen_is_a_link_where_no_sound_can_go(desk: Desk) -> None:
    desk.text("riesgos", From="+525512345678")
    answer = desk.text("escuchar", sid="SM2", From="+525512345678")
    assert f"{URL}/listen/risks?locale=es-US" in said(answer)
    assert "<Media>" not in answer.body.decode()


@pytest.mark.parametrize("body", ["CALL ME", "llámeme"])
def test_call_me_rings_once_and_starts_in_the_topic(desk: Desk, body: str) -> None:
    desk.text("risks")
    first = said(desk.text(body, sid="SM2"))
    assert said(desk.text(body, sid="SM2")) == first
    (call,) = desk.sent
    locale = "es-US" if body == "llámeme" else "en-US"
    assert (call["To"], call["From"]) == (PATIENT, LINE)
    assert call["Url"] == f"{URL}/voice/1/ring.risks/{locale}/normal/0"
    entrance = call["Url"].removeprefix(URL)
    assert "cement" in desk.call(entrance, **OURS, AnsweredBy="human").lower()
    machine = desk.call(entrance, **OURS, AnsweredBy="machine_end_beep")
    assert "risk" not in machine.lower()
    assert "riesgo" not in machine.lower()


def test_in_a_call_of_ours_a_text_goes_to_who_was_called(desk: Desk) -> None:
    asked = desk.call(AFTER, Digits="6", **OURS)
    assert "two one two eight six seven five three zero nine" in asked
    desk.call(TEXT, Digits="1", **OURS)
    assert {sent["To"] for sent in desk.sent} == {PATIENT}
    assert "cement" in said(desk.text("more"))


def test_in_a_call_of_ours_a_stop_and_a_wish_to_be_forgotten_are_the_patients(desk: Desk) -> None:
    desk.text("risks")
    desk.call(AFTER, SpeechResult="don't text me", **OURS)
    assert desk.known().opted_out_at == NOON
    assert said(desk.text("risks", sid="SM2")) == ""
    desk.text("start", sid="SM3")
    desk.call(AFTER, SpeechResult="forget me", **OURS)
    assert desk.known() is None


def test_in_a_call_of_ours_a_call_back_is_for_who_was_called(desk: Desk) -> None:
    desk.now = NIGHT
    asked = desk.call("/voice/1/closed/en-US/normal/0", Digits="1", **OURS)
    assert "two one two eight six seven five three zero nine" in asked
    desk.call("/voice/1/callback/en-US/normal/0", Digits="1", **OURS)
    desk.call("/voice/1/callback-time/en-US/normal/0", Digits="3", **OURS)
    (kept,) = waiting_call_backs(desk.store)
    assert Seal(desk.settings.secret_keys).open(kept.sealed) == PATIENT


def test_the_pace_of_a_call_of_ours_is_remembered_of_who_was_called(desk: Desk) -> None:
    desk.call("/voice/1/topic.risks.1/en-US/normal/0", Digits="7", **OURS)
    desk.tally.write()
    assert (desk.known().pace, desk.known().call_place) == ("slow", "topic.risks.1")


def test_call_me_at_night_waits_for_the_morning_and_after_three_for_tomorrow(desk: Desk) -> None:
    for n in range(3):
        desk.text("call me", sid=f"SM{n}")
    often = said(desk.text("call me", sid="SM3"))
    assert len(desk.sent) == 3
    desk.now = NIGHT + timedelta(days=2)
    assert said(desk.text("call me", sid="SM4")) not in ("", often)
    assert len(desk.sent) == 3


def test_who_opted_out_is_not_rung(desk: Desk) -> None:
    desk.text("stop")
    assert said(desk.text("call me", sid="SM2")) == ""
    assert desk.sent == []


# Somebody who comes back -------------------------------------------------------------------------


def test_a_returning_caller_is_greeted_in_their_language_and_may_go_on(desk: Desk) -> None:
    desk.call("/voice/1/topic.procedure.1/es-US/slow/0")
    desk.tally.write()
    later = {"CallSid": "CA" + "6" * 32}
    desk.now = NOON + timedelta(hours=1)
    back = desk.call("/voice", **later)
    assert "911" not in back
    assert back.index("nueve, uno, uno") < back.index("nine, one, one")
    assert "oprima el 8" in back
    desk.now = NOON + timedelta(hours=3)
    assert "Este es el menú principal" in desk.call("/voice", **later)
    desk.now = NOON + timedelta(days=31)
    assert "For English" in desk.call("/voice", **later)
    assert "For English" in desk.call("/voice", **later, From="+12128675308")


# Danger and a wish to stop, in one message -------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "help"),
    [
        ("stop texting me i cant breathe", "911"),
        ("leave me alone i want to die", "988"),
        ("ya no me manden mensajes, no puedo respirar", "911"),
    ],
)
def test_a_stop_that_comes_with_danger_is_kept_and_danger_answered(
    desk: Desk, body: str, help: str
) -> None:
    answer = said(desk.text(body))
    assert help in answer
    assert "START" in answer
    assert desk.known().opted_out_at == NOON
    assert said(desk.text("risks", sid="SM2")) == ""
    assert [row.kind for row in desk.rows(consent)] == ["stop"]
    again = said(desk.text(body, sid="SM3"))
    assert help in again
    assert "START" not in again


def test_so_it_is_in_a_call(desk: Desk) -> None:
    assert "nine, one, one" in desk.call(AFTER, SpeechResult="stop texting me i cant breathe")
    assert desk.known().opted_out_at == NOON


@pytest.mark.parametrize("body", ["make it stop i cant breathe", "i cant stop bleeding"])
def test_danger_that_is_to_stop_is_no_wish_to_get_no_texts(desk: Desk, body: str) -> None:
    assert "911" in said(desk.text(body))
    assert desk.known().opted_out_at is None


# Floods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "answer"),
    [("i cant breathe", "911"), ("quiero morir", "988"), ("ya no quiero mensajes", "START")],
)
def test_danger_and_a_stop_are_answered_in_a_flood_too(desk: Desk, body: str, answer: str) -> None:
    floods = [said(desk.text("risks", sid=f"SM{n}")) for n in range(45)]
    assert [n for n, words in enumerate(floods) if not words] == [40, 41, 42, 43, 44]
    assert answer in said(desk.text(body, sid="SM45"))


def test_a_slow_machine_does_not_talk_for_ever_and_a_person_who_comes_back_is_answered(
    desk: Desk,
) -> None:
    answered = 0
    for n in range(300):
        answered += bool(said(desk.text("I am away until Monday.", sid=f"SM{n}")))
        desk.now += timedelta(minutes=5)
    assert answered == 120
    assert said(desk.text("i cant breathe", sid="SMa"))
    desk.now += timedelta(days=1)
    assert said(desk.text("risks", sid="SMb"))


def test_a_machine_that_cries_danger_does_not_talk_for_ever_either(desk: Desk) -> None:
    answers = [said(desk.text("call 911 i cant breathe", sid=f"SM{n}")) for n in range(60)]
    assert sum(map(bool, answers)) == 20


# For staff ---------------------------------------------------------------------------------------


def test_words_nobody_understood_are_kept_without_what_tells_who_wrote(desk: Desk) -> None:
    desk.text("my name is Rosa Diaz 212-867-5309 zxq wvut")
    desk.call("/voice/1/main/en-US/normal/0", SpeechResult="zxq wvut blah")
    words = {row.channel: row.words for row in unmatched(desk.store, 9)}
    assert set(words) == {"message", "call"}
    assert "wvut" in words["message"]
    assert not any(told in str(words) for told in ("Rosa", "Diaz", "5309"))


# Sent again --------------------------------------------------------------------------------------

BACK = "/voice/1/callback{}/en-US/normal/0"
DEEDS: dict[str, tuple[str, dict[str, str], str]] = {
    "a text": (TEXT, {"Digits": "1"}, "text is on its way"),
    "no more texts": (AFTER, {"SpeechResult": "don't text me"}, "no more"),
    "forgotten": (AFTER, {"SpeechResult": "forget me"}, "We erased"),
    "a number kept": (BACK.format("-number"), {"Digits": "2128675308"}, "five three zero eight"),
    "a call-back": (BACK.format("-time"), {"Digits": "1"}, "five three zero nine"),
}


@pytest.mark.parametrize(("path", "fields", "answer"), DEEDS.values(), ids=DEEDS)
def test_a_deed_whose_request_is_sent_again_is_done_and_counted_once(
    live: Live, tmp_path: Path, path: str, fields: dict[str, str], answer: str
) -> None:
    left = []
    for name in ("once", "again"):
        with fake_twilio() as fake, desk_of(live, tmp_path / name, fake) as desk:
            desk.call(BACK.format(""), Digits="1")
            asked = desk.call if name == "once" else desk.call_again
            assert answer in asked(path, **fields)
            left.append((desk.sent, all_but_secrets(desk)))
    assert left[0] == left[1]


def all_but_secrets(desk: Desk) -> list[Any]:
    """All that calls leave behind; each line has keys of its own, and a number is sealed anew."""
    desk.tally.write()
    return [
        sorted(
            str({name: row[name] for name in row if name not in ("key", "contact", "sealed")})
            for row in rows(desk.store, table)
        )
        for table in (call_back, consent, contact, forgotten_call, outbound, unmatched_words, usage)
    ]


# Two at once -------------------------------------------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Have something done once while a text is read: its sender was seen, nothing is kept yet."""
    reading_it = texts.read

    def read(*given: Any) -> Any:
        monkeypatch.setattr(texts, "read", reading_it)
        deed()
        return reading_it(*given)

    monkeypatch.setattr(texts, "read", read)


def test_a_stop_that_comes_while_a_text_is_read_holds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(desk.text("risks"))
    keys = contact_keys(desk.settings.contact_keys, PATIENT)
    meanwhile(monkeypatch, lambda: opt_out(desk.store, keys, False, desk.now))
    assert said(desk.text("benefits", "SM2")) == ""
    assert desk.known().opted_out_at == desk.now
    assert said(desk.text("benefits", "SM3")) == ""


def test_a_text_goes_on_from_where_the_one_before_it_led(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(desk.text("risks"))
    meanwhile(monkeypatch, lambda: said(desk.text("MENU", "SM2")))
    assert "1" in said(desk.text("MORE", "SM3"))
    assert desk.known().place == "main"


@pytest.mark.parametrize("first", ["risks", "MENU"])
def test_a_text_that_comes_twice_at_once_is_answered_alike_and_counted_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    said(desk.text(first))
    answers = []
    meanwhile(monkeypatch, lambda: answers.append(desk.text("benefits", "SM2").body))
    answers.append(desk.text("benefits", "SM2").body)
    assert answers[0] == answers[1]
    desk.tally.write()
    counted = {(row.topic, row.event): row.count for row in desk.rows(usage)}
    assert (counted["benefits", "topic"], counted["benefits", "texted"]) == (1, 1)
