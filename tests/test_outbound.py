"""What the line starts itself: whom it may reach, what it asks of Twilio, what comes of it."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLCertVerificationError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import exceptions
from twilio.base.exceptions import TwilioServiceException
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from tests import twilio_fake as twilio
from tests.certificates import certificate_in
from tests.prism import prism
from tests.twilio_fake import (
    DRIPPING,
    Answer,
    Fake,
    How,
    Seen,
    error,
    fake_twilio,
    own_number,
    own_service,
)
from tests.twilio_openapi import DOCUMENT, description, violations
from voice.connect import wanted
from voice.outbound import (
    FAULTS,
    Account,
    Client,
    Outcome,
    Refused,
    Ring,
    Sent,
    Text,
    Unknown,
    answered,
    fault,
    find_number,
    open_client,
    read_number,
    rewire,
    ring,
    send_text,
    services,
)
from voice.outbound.client import PATIENCE, TIMEOUT, unheard
from voice.outbound.hurry import LARGEST
from voice.outbound.permission import bar_to_call, bar_to_text, read_address, sound_way

PATIENT = "+12125550199"
URL = "https://line.example"
WORDS = "Sample Clinic: What is it?"
TEXT = Text(PATIENT, WORDS, f"{URL}/sms/status", twilio.NUMBER)
CALL = Ring(
    PATIENT,
    f"{URL}/voice/1/answered.risks/en-US/normal/0",
    f"{URL}/voice/status",
    "",
    twilio.NUMBER,
)
Order = Callable[[Client], Outcome]

BOTH = pytest.mark.parametrize(
    "order",
    [
        pytest.param(lambda client: send_text(client, TEXT), id="a text"),
        pytest.param(lambda client: ring(client, CALL), id="a call"),
    ],
)


@dataclass(frozen=True)
class Bench:
    """A client of the fake, and the seconds it waited."""

    fake: Fake
    account: Account
    client: Client
    slept: list[float]


def account_at(url: str, **values: str) -> Account:
    account = Account(
        sid=twilio.ACCOUNT,
        secret=twilio.TOKEN,
        whatsapp_from=twilio.NUMBER,
        base_url=url,
    )
    return replace(account, **values)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A fake Twilio; at the end all it was asked must fit Twilio's own description."""
    slept: list[float] = []
    with fake_twilio() as fake:
        account = account_at(fake.url)
        with closing(open_client(account, slept.append, lambda: 0.0)) as client:
            yield Bench(fake, account, client, slept)
        document = description()
        assert [wrong for seen in fake.seen for wrong in violations(document, seen)] == []


# What is asked -----------------------------------------------------------------------------------


def test_a_text_is_asked_for_once_with_all_twilio_needs(bench: Bench) -> None:
    outcome = send_text(bench.client, TEXT)

    assert outcome == Sent("SM" + "0" * 31 + "1")
    assert len(bench.fake.seen) == 1
    assert bench.fake.seen[0].path == f"/2010-04-01/Accounts/{twilio.ACCOUNT}/Messages.json"
    assert bench.fake.seen[0].form == {
        "To": [PATIENT],
        "From": [twilio.NUMBER],
        "Body": [WORDS],
        "ValidityPeriod": ["3600"],
        "StatusCallback": [f"{URL}/sms/status"],
    }


@pytest.mark.parametrize(
    ("to", "sender", "account", "asked"),
    [
        pytest.param(
            PATIENT, "+12125550151", {}, {"From": "+12125550151"}, id="from the number written to"
        ),
        pytest.param(
            PATIENT,
            "+12125550151",
            {"messaging_service": twilio.SERVICE_SID},
            {"MessagingServiceSid": twilio.SERVICE_SID},
            id="from the messaging service",
        ),
        pytest.param(
            f"whatsapp:{PATIENT}",
            "",
            {"messaging_service": twilio.SERVICE_SID},
            {"From": f"whatsapp:{twilio.NUMBER}"},
            id="from WhatsApp to WhatsApp",
        ),
        pytest.param(
            f"whatsapp:{PATIENT}",
            "whatsapp:+12125550151",
            {"whatsapp_from": ""},
            {"From": "whatsapp:+12125550151"},
            id="from the WhatsApp number written to",
        ),
    ],
)
def test_a_text_comes(
    bench: Bench, to: str, sender: str, account: dict[str, str], asked: dict[str, str]
) -> None:
    with closing(open_client(replace(bench.account, **account))) as client:
        assert isinstance(send_text(client, replace(TEXT, to=to, sender=sender)), Sent)

    form = bench.fake.seen[0].form
    names = ("From", "MessagingServiceSid")
    assert {name: form[name][0] for name in names if name in form} == asked


@pytest.mark.parametrize("to", [PATIENT, f"whatsapp:{PATIENT}"])
def test_nothing_is_asked_where_there_is_no_number_to_text_from(bench: Bench, to: str) -> None:
    with closing(open_client(replace(bench.account, whatsapp_from=""))) as client:
        outcome = send_text(client, replace(TEXT, to=to, sender=""))

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.why) == (0, "settings")
    assert bench.fake.seen == []


def test_a_call_is_asked_for_once_and_twilio_listens_who_picks_up(bench: Bench) -> None:
    outcome = ring(bench.client, replace(CALL, fallback_url="https://else.example/sorry.xml"))

    assert outcome == Sent("CA" + "0" * 31 + "1")
    assert len(bench.fake.seen) == 1
    assert bench.fake.seen[0].path == f"/2010-04-01/Accounts/{twilio.ACCOUNT}/Calls.json"
    assert bench.fake.seen[0].form == {
        "To": [PATIENT],
        "From": [twilio.NUMBER],
        "Url": [CALL.url],
        "Method": ["POST"],
        "StatusCallback": [f"{URL}/voice/status"],
        "StatusCallbackMethod": ["POST"],
        "FallbackUrl": ["https://else.example/sorry.xml"],
        "FallbackMethod": ["GET"],
        "MachineDetection": ["DetectMessageEnd"],
        "Timeout": ["30"],
        "TimeLimit": ["3600"],
    }


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"AnsweredBy": "human"}, "person"),
        ({"AnsweredBy": "machine_start"}, "machine"),
        ({"AnsweredBy": "machine_end_beep"}, "machine"),
        ({"AnsweredBy": "machine_end_silence"}, "machine"),
        ({"AnsweredBy": "machine_end_other"}, "machine"),
        ({"AnsweredBy": "fax"}, "machine"),
        ({"AnsweredBy": "unknown"}, "unclear"),
        ({"AnsweredBy": "something new"}, "unclear"),
        ({}, "unclear"),
    ],
)
def test_only_a_person_counts_as_a_person(fields: dict[str, str], who: str) -> None:
    assert answered(fields) == who


def test_an_api_key_signs_in_for_the_account(bench: Bench) -> None:
    key = replace(bench.account, key="SK" + "d" * 32, secret="the-key's-secret")
    with closing(open_client(key)) as client:
        assert isinstance(send_text(client, TEXT), Sent)

    seen = bench.fake.seen[0]
    assert (seen.user, seen.password) == ("SK" + "d" * 32, "the-key's-secret")
    assert twilio.ACCOUNT in seen.path


def test_the_environment_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "REGION", "EDGE"):
        monkeypatch.setenv(f"TWILIO_{name}", "sydney")
    with closing(open_client(replace(bench.account, base_url=""))) as client:
        rest = client.rest

    assert (rest.username, rest.password, rest.account_sid) == (
        twilio.ACCOUNT,
        twilio.TOKEN,
        twilio.ACCOUNT,
    )
    assert rest.get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"


def test_twilios_client_is_loaded_only_when_one_is_opened() -> None:
    code = "import sys, voice.outbound, voice.connect; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "voice.outbound.client" in loaded
    assert {name.partition(".")[0] for name in loaded} & {"twilio", "requests"} == set()


# What is made of the answer ----------------------------------------------------------------------


@BOTH
def test_a_refusal_is_asked_once_and_told_in_our_words(bench: Bench, order: Order) -> None:
    bench.fake.next_answers.extend(error(400, code) for code in FAULTS)

    told = [order(bench.client) for _ in FAULTS]

    assert told == [Refused(code, known.why, known.reason) for code, known in FAULTS.items()]
    assert len(bench.fake.seen) == len(FAULTS)


def test_only_an_opt_out_is_one() -> None:
    told = [code for code, known in FAULTS.items() if Refused(code, known.why, "").opted_out]
    assert told == [21610]


@BOTH
@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        pytest.param(error(401, 20003), 20003, "settings", id="bad credentials"),
        pytest.param(Answer(401), 401, "settings", id="bad credentials, no words"),
        pytest.param(Answer(403, b"<html>"), 403, "settings", id="forbidden, in HTML"),
        pytest.param(error(404, 20404), 20404, "settings", id="no such account"),
        pytest.param(error(400, 29999), 29999, "other", id="a code nobody knows"),
        pytest.param(Answer(400, b"{oops"), 400, "other", id="garbage"),
        pytest.param(Answer(400, b"[]"), 400, "other", id="a list"),
        pytest.param(Answer(400, b'{"code": null}'), 400, "other", id="no code"),
    ],
)
def test_a_refusal_is_certain_whatever_its_form(
    bench: Bench, order: Order, answer: Answer, code: int, why: str
) -> None:
    bench.fake.next_answers.append(answer)

    outcome = order(bench.client)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.why) == (code, why)
    assert len(bench.fake.seen) == 1


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(500), id="500"),
        pytest.param(error(503, 20503), id="503 with a code"),
        pytest.param(Answer(502, b"<html>"), id="502 in HTML"),
        pytest.param(error(500, 21610), id="500 that speaks of an opt-out"),
        pytest.param(Answer(408), id="408"),
        pytest.param(Answer(307, headers={"Location": "/elsewhere"}), id="sent elsewhere"),
        pytest.param(Answer(201, b"{oops"), id="garbage"),
        pytest.param(Answer(201), id="nothing"),
        pytest.param(Answer(201, b"[1, 2]"), id="a list"),
        pytest.param(Answer(201, b'"yes"'), id="a word"),
        pytest.param(Answer(201, b"{}"), id="no sid"),
        pytest.param(Answer(201, b'{"sid": null}'), id="an empty sid"),
        pytest.param(Answer(201, b'{"sid": 7}'), id="a sid that is none"),
        pytest.param(Answer(201, b'{"sid": "SM', how="cut"), id="broken off in the body"),
        pytest.param(Answer(500, b"oo", how="cut"), id="broken off in an error"),
        pytest.param(Answer(0, how="dropped"), id="the connection dropped"),
    ],
)
def test_an_outcome_nobody_knows_is_never_asked_for_again(
    bench: Bench, order: Order, answer: Answer
) -> None:
    bench.fake.next_answers.append(answer)

    assert isinstance(order(bench.client), Unknown)
    assert len(bench.fake.seen) == 1
    assert bench.slept == []


@BOTH
def test_silence_ends_at_the_time_out_and_is_never_asked_for_again(
    bench: Bench, order: Order
) -> None:
    bench.fake.next_answers.append(Answer(0, how="silent"))
    with closing(open_client(replace(bench.account, timeout=0.2))) as client:
        assert order(client) == Unknown("no answer in time")

    assert len(bench.fake.seen) == 1


SID = f"SM{1:032}"
TAKEN = f'{{"sid": "{SID}"}}'.encode()


@BOTH
@pytest.mark.parametrize("how", ["head drips", "body drips"])
@pytest.mark.parametrize(
    "answer",
    [Answer(201, TAKEN), error(400, 21211), Answer(503, TAKEN)],
    ids=["taken", "refused", "broken"],
)
def test_an_answer_that_drips_ends_at_the_time_out_and_is_never_asked_for_again(
    bench: Bench, order: Order, answer: Answer, how: How
) -> None:
    """Every byte comes soon after the one before, and all of them in the end."""
    bench.fake.next_answers.append(replace(answer, how=how))
    with closing(open_client(replace(bench.account, timeout=DRIPPING / 6))) as client:
        assert order(client) == Unknown("no answer in time")

    assert len(bench.fake.seen) == 1


@pytest.mark.parametrize("how", ["head drips", "body drips"])
def test_an_answer_that_takes_its_time_is_heard_to_the_end(bench: Bench, how: How) -> None:
    bench.fake.next_answers.append(Answer(201, TAKEN, how=how))
    with closing(open_client(replace(bench.account, timeout=DRIPPING * 3))) as client:
        assert isinstance(send_text(client, TEXT), Sent)


@pytest.mark.parametrize("how", ["whole", "head drips", "body drips"])
def test_an_encrypted_answer_has_as_long(
    tmp_path: Path, how: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_in(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with fake_twilio(certificate) as fake:
        fake.next_answers.append(Answer(201, TAKEN, how=how))
        account = replace(account_at(fake.url), timeout=DRIPPING / 6)
        with closing(open_client(account)) as client:
            outcome = send_text(client, TEXT)

    assert outcome == (Sent(SID) if how == "whole" else Unknown("no answer in time"))


@dataclass
class Jumps:
    """A clock that has jumped so many seconds ahead by each time it is asked, and then stays so."""

    seconds: list[float]

    def monotonic(self) -> float:
        ahead = self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return time.monotonic() + ahead


def test_where_connecting_took_all_the_time_nothing_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.outbound.hurry.time", Jumps([0, 2 * TIMEOUT + 1]))
    outcome = send_text(bench.client, TEXT)

    assert isinstance(outcome, Refused)
    assert outcome.why == "busy"
    assert bench.fake.seen == []


def test_where_connecting_took_most_of_the_time_the_answer_has_the_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.fake.next_answers.append(Answer(201, TAKEN, how="body drips"))
    assert DRIPPING < TIMEOUT
    monkeypatch.setattr("voice.outbound.hurry.time", Jumps([0, 2 * TIMEOUT - DRIPPING / 2]))

    assert send_text(bench.client, TEXT) == Unknown("no answer in time")
    assert len(bench.fake.seen) == 1


@BOTH
def test_an_answer_without_end_is_not_taken_in(bench: Bench, order: Order) -> None:
    body = TAKEN[:-1] + b', "more": "' + b"x" * LARGEST + b'"}'
    bench.fake.next_answers.append(Answer(201, body))

    assert isinstance(order(bench.client), Unknown)
    assert len(bench.fake.seen) == 1


def test_a_patient_on_the_line_never_waits_past_twilios_own_limit() -> None:
    connecting_and_reading = 2 * TIMEOUT
    assert connecting_and_reading + PATIENCE < 15
    assert Account("AC", "secret").timeout == TIMEOUT


@BOTH
def test_where_nobody_listens_nothing_was_sent_for_certain(order: Order) -> None:
    with fake_twilio() as gone:
        account = account_at(gone.url)
    with closing(open_client(account)) as client:
        outcome = order(client)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.why) == (0, "busy")


@pytest.mark.parametrize(
    ("problem", "certain"),
    [
        pytest.param(exceptions.ConnectTimeout(), True, id="no connection in time"),
        pytest.param(
            exceptions.ConnectionError(
                MaxRetryError(None, "/", NameResolutionError("api", None, OSError()))
            ),
            True,
            id="no such host",
        ),
        pytest.param(
            exceptions.SSLError(MaxRetryError(None, "/", SSLError(SSLCertVerificationError()))),
            True,
            id="a wrong certificate",
        ),
        pytest.param(
            exceptions.ProxyError(MaxRetryError(None, "/", ProxyError("no", OSError()))),
            False,
            id="a proxy gave up",
        ),
        pytest.param(
            exceptions.SSLError(MaxRetryError(None, "/", SSLError(OSError()))),
            False,
            id="the encryption broke",
        ),
        pytest.param(exceptions.ReadTimeout(), False, id="no answer in time"),
        pytest.param(
            exceptions.ConnectionError(ReadTimeoutError(None, "/", "late")), False, id="in the body"
        ),
        pytest.param(exceptions.ConnectionError(), False, id="nobody says why"),
        pytest.param(exceptions.ChunkedEncodingError("cut"), False, id="broken off"),
    ],
)
def test_a_broken_connection_counts_as_refused_only_before_anything_went_out(
    problem: Exception, certain: bool
) -> None:
    assert isinstance(unheard(problem), Refused) is certain


def test_an_error_in_twilios_newer_form_is_read_too(bench: Bench) -> None:
    body = b'{"type": "x", "title": "y", "status": 400, "code": 21610}'
    bench.fake.next_answers.append(Answer(400, body))

    outcome = send_text(bench.client, TEXT)

    assert isinstance(outcome, Refused)
    assert outcome.opted_out
    assert TwilioServiceException("x", "y", 400, 21610).status == 400


# Too many requests -------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("answers", "slept"),
    [
        pytest.param([error(429, 20429)], [0.5], id="once"),
        pytest.param([Answer(429)] * 3, [0.5, 1.0, 2.0], id="three times"),
        pytest.param([error(429, 20429, Retry_After="2")], [2.0], id="for as long as asked"),
        pytest.param([error(429, 20429, Retry_After="0")], [0.5], id="asked for nothing"),
        pytest.param([error(429, 20429, Retry_After="-5")], [0.5], id="asked for nonsense"),
        pytest.param(
            [error(429, 20429, Retry_After="Fri, 20 Nov 2026 15:00:00 GMT")], [0.5], id="a date"
        ),
    ],
)
def test_a_request_refused_for_its_rate_is_repeated(
    bench: Bench, order: Order, answers: list[Answer], slept: list[float]
) -> None:
    bench.fake.next_answers.extend(answers)

    assert isinstance(order(bench.client), Sent)
    assert bench.slept == slept
    assert len(bench.fake.seen) == len(answers) + 1


@BOTH
@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        pytest.param([error(429, 20429)] * 9, 4, id="it never ends"),
        pytest.param([Answer(429)] * 9, 4, id="it never ends and says no code"),
        pytest.param([error(429, 20429, Retry_After="60")], 1, id="a minute is asked for"),
        pytest.param([error(429, 20429, Retry_After="inf")], 1, id="for ever is asked for"),
    ],
)
def test_a_rate_that_lasts_is_refused_for_now(
    bench: Bench, order: Order, answers: list[Answer], asked: int
) -> None:
    bench.fake.next_answers.extend(answers)

    outcome = order(bench.client)

    assert isinstance(outcome, Refused)
    assert outcome.why == "busy"
    assert len(bench.fake.seen) == asked


def test_no_repeat_begins_when_the_answers_come_slowly(bench: Bench) -> None:
    bench.fake.next_answers.extend([Answer(429)] * 9)
    ticks = iter([0.0, PATIENCE - 1, PATIENCE])
    with closing(open_client(bench.account, lambda _: None, lambda: next(ticks))) as client:
        assert isinstance(send_text(client, TEXT), Refused)

    assert len(bench.fake.seen) == 2


@BOTH
def test_a_failure_after_a_repeat_is_not_repeated(bench: Bench, order: Order) -> None:
    bench.fake.next_answers.extend([Answer(429), Answer(500)])

    assert isinstance(order(bench.client), Unknown)
    assert len(bench.fake.seen) == 2


# Privacy -----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="it is taken"),
        pytest.param(error(400, 21211), id="it is refused"),
        pytest.param(error(500, 1), id="it fails"),
        pytest.param(Answer(0, how="dropped"), id="it breaks"),
    ],
)
def test_no_number_no_words_and_no_secret_reach_the_log(
    bench: Bench, caplog: pytest.LogCaptureFixture, order: Order, answer: Answer | None
) -> None:
    if answer:
        bench.fake.next_answers.append(answer)
    with caplog.at_level(logging.DEBUG):
        outcome = order(bench.client)

    told = f"{caplog.text} {outcome} {TEXT!r} {CALL!r} {bench.account!r}"
    assert "voice.outbound" in caplog.text
    assert [private for private in (PATIENT[1:], WORDS, twilio.TOKEN) if private in told] == []


# Error codes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (21211, "number"),
        (21614, "no-text"),
        (21635, "no-text"),
        (21408, "country"),
        (21610, "opted-out"),
        (21611, "busy"),
        (30001, "busy"),
        (30022, "busy"),
        (30023, "busy"),
        (30027, "busy"),
        (30003, "away"),
        (30004, "blocked"),
        (30005, "number"),
        (30006, "no-text"),
        (30007, "blocked"),
        (30008, "away"),
        (30019, "media"),
        (11751, "media"),
        (30032, "settings"),
        (30034, "settings"),
        (30450, "blocked"),
        (30610, "blocked"),
    ],
)
def test_each_code_says_what_to_do(code: int, why: str) -> None:
    assert fault(code).why == why


def test_reasons_are_sentences_of_their_own() -> None:
    assert [f.reason for f in FAULTS.values() if not f.reason.endswith(".")] == []


# Whom we may reach -------------------------------------------------------------------------------

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 12:00 in New York, 9:00 in Los Angeles
HERE = ("US",)
ABROAD = ("US", "CA", "AU", "GB", "MX")


def test_numbering_plans_are_read_before_somebody_calls() -> None:
    asked = """
import sys
from voice.outbound.permission import read_address, read_plans
read_plans()
known = set(sys.modules)
read_address("+13055550150")
print(sorted(set(sys.modules) - known))
"""
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("raw", "kind", "country", "sort"),
    [
        pytest.param("+12125550199", "phone", "US", "either", id="an American number"),
        pytest.param("+17875550123", "phone", "PR", "either", id="Puerto Rico"),
        pytest.param("+18095550123", "phone", "DO", "either", id="the Dominican Republic"),
        pytest.param("+442071838750", "phone", "GB", "landline", id="a landline"),
        pytest.param("+447400123456", "phone", "GB", "mobile", id="a mobile"),
        pytest.param("+18005550199", "phone", "US", "special", id="toll-free"),
        pytest.param("+19005550199", "phone", "US", "special", id="premium"),
        pytest.param("whatsapp:+12125550199", "whatsapp", "US", "either", id="WhatsApp"),
        pytest.param(" WhatsApp:+12125550199 ", "whatsapp", "US", "either", id="spelled oddly"),
        pytest.param("whatsapp:", "whatsapp", "", "none", id="WhatsApp without a number"),
        pytest.param("12345", "short-code", "", "none", id="a short code"),
        pytest.param("911", "short-code", "", "none", id="an emergency number"),
        pytest.param("", "withheld", "", "none", id="nothing"),
        pytest.param("anonymous", "withheld", "", "none", id="anonymous"),
        pytest.param("Restricted", "withheld", "", "none", id="restricted"),
        pytest.param("+266696687", "withheld", "", "none", id="ANONYMOUS on the keys"),
        pytest.param("+7378742833", "withheld", "", "none", id="RESTRICTED on the keys"),
        pytest.param("+2562533", "withheld", "", "none", id="BLOCKED on the keys"),
        pytest.param("+8656696", "withheld", "", "none", id="UNKNOWN on the keys"),
        pytest.param("+86282452253", "withheld", "", "none", id="UNAVAILABLE on the keys"),
        pytest.param("+1212555", "phone", "US", "none", id="too short"),
        pytest.param("+5215512345678", "phone", "MX", "none", id="the Mexico of old"),
        pytest.param("+1" + "2" * 40, "phone", "", "none", id="far too long"),
        pytest.param("+", "other", "", "none", id="a plus"),
        pytest.param("2125550199", "other", "", "none", id="no country"),
        pytest.param("client:alice", "other", "", "none", id="a Twilio client"),
        pytest.param("sip:alice@example.com", "other", "", "none", id="a SIP address"),
    ],
)
def test_an_address_is_read(raw: str, kind: str, country: str, sort: str) -> None:
    address = read_address(raw)
    assert (address.kind, address.country, address.sort) == (kind, country, sort)
    assert bool(address.number) is (sort != "none")


@given(st.text() | st.from_regex(r"(whatsapp:)?\+?[0-9]{0,20}", fullmatch=True))
def test_any_address_can_be_read_and_judged(raw: str) -> None:
    address = read_address(raw)
    assert bar_to_call(NOON, raw, HERE) or address.country == "US"


@pytest.mark.parametrize(
    ("number", "countries", "bar"),
    [
        pytest.param(PATIENT, HERE, None, id="nothing"),
        pytest.param(f"whatsapp:{PATIENT}", HERE, None, id="nothing on WhatsApp"),
        pytest.param("anonymous", HERE, "withheld", id="a withheld number"),
        pytest.param("12345", HERE, "short-code", id="a short code"),
        pytest.param("client:alice", HERE, "number", id="no telephone"),
        pytest.param("+12125", HERE, "number", id="no number"),
        pytest.param("+19005550199", HERE, "special", id="a premium number"),
        pytest.param("+18095550123", HERE, "country", id="another country's +1"),
        pytest.param("+442071838750", HERE, "country", id="another country"),
        pytest.param("+442071838750", ABROAD, None, id="nothing where abroad is allowed"),
        pytest.param(PATIENT, (), "country", id="no country allowed"),
    ],
)
def test_what_stands_against_a_call(
    number: str, countries: tuple[str, ...], bar: str | None
) -> None:
    assert bar_to_call(NOON, number, countries) == bar


@pytest.mark.parametrize(
    ("number", "now", "bar"),
    [
        pytest.param(PATIENT, "2026-11-20T07:59:59-05:00", "hours", id="a second before eight"),
        pytest.param(PATIENT, "2026-11-20T08:00:00-05:00", None, id="at eight sharp"),
        pytest.param(PATIENT, "2026-11-20T20:59:59-05:00", None, id="a second before nine"),
        pytest.param(PATIENT, "2026-11-20T21:00:00-05:00", "hours", id="at nine in the evening"),
        pytest.param(PATIENT, "2027-03-14T12:00:00Z", None, id="the clocks went forward"),
        pytest.param(PATIENT, "2026-11-01T12:59:59Z", "hours", id="the clocks went back"),
        pytest.param(
            "+12135550123",
            "2026-11-20T09:00:00-05:00",
            "hours",
            id="nine in New York is six in Los Angeles",
        ),
        pytest.param(
            "+61491570156",
            "2026-11-20T08:00:00+11:00",
            "hours",
            id="an Australian mobile may be as far west as the Cocos Islands",
        ),
        pytest.param(
            "+61491570156", "2026-11-20T13:00:00+11:00", None, id="midday all over Australia"
        ),
    ],
)
def test_the_hour_counts_where_they_are(number: str, now: str, bar: str | None) -> None:
    assert bar_to_call(datetime.fromisoformat(now), number, ABROAD) == bar


def test_where_the_place_cannot_be_told_nobody_is_called() -> None:
    satellite = "+881612345678"
    assert bar_to_call(NOON, satellite, ["001"]) == "zone"


@pytest.mark.parametrize(
    ("number", "bar"),
    [
        pytest.param(PATIENT, None, id="nothing"),
        pytest.param(f"whatsapp:{PATIENT}", None, id="nothing on WhatsApp"),
        pytest.param("whatsapp:+5215512345678", None, id="nothing on WhatsApp anywhere"),
        pytest.param("+442071838750", "landline", id="a landline"),
        pytest.param("anonymous", "withheld", id="a withheld number"),
        pytest.param("12345", "short-code", id="a short code"),
        pytest.param("+34612345678", "country", id="another country"),
        pytest.param("+18005550199", "special", id="a toll-free number"),
    ],
)
def test_what_stands_against_a_text(number: str, bar: str | None) -> None:
    assert bar_to_text(number, ABROAD) == bar


@pytest.mark.parametrize(
    ("to", "sender", "size", "way"),
    [
        pytest.param(PATIENT, twilio.NUMBER, 600_000, "mms", id="within the US"),
        pytest.param("+14165550123", twilio.NUMBER, 1, "mms", id="to Canada"),
        pytest.param("+61491570156", "+61491570157", 1, "mms", id="within Australia"),
        pytest.param("+61491570156", twilio.NUMBER, 1, "link", id="from the US to Australia"),
        pytest.param(PATIENT, twilio.NUMBER, 600_001, "link", id="too large for a carrier"),
        pytest.param("+525512345678", twilio.NUMBER, 1, "link", id="to Mexico"),
        pytest.param("+18005550199", twilio.NUMBER, 1, "link", id="to a toll-free number"),
        pytest.param("anonymous", twilio.NUMBER, 1, "link", id="to nobody known"),
        pytest.param(
            f"whatsapp:{PATIENT}", f"whatsapp:{twilio.NUMBER}", 700_000, "whatsapp", id="WhatsApp"
        ),
        pytest.param(f"whatsapp:{PATIENT}", "", 16_000_001, "link", id="too large for WhatsApp"),
    ],
)
def test_sound_goes(to: str, sender: str, size: int, way: str) -> None:
    assert sound_way(to, sender, size) == way


# Twilio's own description ------------------------------------------------------------------------


def every_request(client: Client) -> list[object]:
    """Make every kind of request the line makes; what came of each."""
    return [
        send_text(client, TEXT),
        send_text(client, replace(TEXT, to=f"whatsapp:{PATIENT}")),
        ring(client, CALL),
        ring(client, replace(CALL, fallback_url=f"{URL}/sorry")),
        find_number(client, twilio.NUMBER),
        read_number(client, twilio.NUMBER_SID),
        rewire(client, twilio.NUMBER_SID, wanted(URL)),
        services(client, twilio.NUMBER_SID),
    ]


def test_every_request_fits_twilios_description(bench: Bench) -> None:
    bench.fake.numbers[twilio.NUMBER_SID] = own_number()
    bench.fake.services.append(own_service(twilio.NUMBER_SID))
    with closing(open_client(replace(bench.account, messaging_service=twilio.SERVICE_SID))) as c:
        every_request(c)
    every_request(bench.client)

    document = description()
    made = {(seen.method, seen.path.rpartition("/")[2]) for seen in bench.fake.seen}
    assert len(made) == sum(len(operations) for operations in document["paths"].values())


@pytest.mark.soak
def test_every_request_fits_it_in_prisms_eyes_too(bench: Bench) -> None:
    with (
        prism(DOCUMENT) as url,
        closing(open_client(replace(bench.account, base_url=url))) as client,
    ):
        outcomes = every_request(client)
        wrong = send_text(client, replace(TEXT, status_url="nowhere"))

    assert [type(outcome) for outcome in outcomes[:4]] == [Sent] * 4
    assert isinstance(wrong, Refused)


@pytest.mark.parametrize(
    ("method", "path", "form", "problem"),
    [
        pytest.param("POST", "Messages.json", {"Body": ["x"]}, "To is missing", id="nobody"),
        pytest.param("POST", "Messages.json", {"To": ["x"], "Bdy": ["x"]}, "Bdy", id="a slip"),
        pytest.param("POST", "Messages.json", {"To": ["x", "y"]}, "2 times", id="two of one"),
        pytest.param("POST", "Messages.json", {"To": ["x"], "MediaUrl": ["a"]}, "uri", id="media"),
        pytest.param(
            "POST",
            "Calls.json",
            {"To": ["x"], "From": ["y"], "Timeout": ["soon"]},
            "integer",
            id="no figure",
        ),
        pytest.param(
            "POST",
            "Calls.json",
            {"To": ["x"], "From": ["y"], "Method": ["PUT"]},
            "enum",
            id="no such method",
        ),
        pytest.param("GET", "IncomingPhoneNumbers/PN1.json", {}, "pattern", id="a short sid"),
        pytest.param("DELETE", "Messages.json", {}, "not described", id="what we never do"),
    ],
)
def test_the_check_finds(method: str, path: str, form: dict[str, list[str]], problem: str) -> None:
    seen = Seen(method, f"/2010-04-01/Accounts/{twilio.ACCOUNT}/{path}", {}, form, "AC", "x")
    found = violations(description(), seen)
    assert len(found) == 1
    assert problem in found[0]
