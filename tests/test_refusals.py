"""What is not Twilio's is counted by kind and hardly fills a log; what is gets in all the same."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as some

from tests import databases
from tests.conftest import ROOT
from tests.failure.crowd import small_release
from voice.assembly import build
from voice.live import Live
from voice.measures import measures
from voice.refusals import WRITTEN, Refusals, Sparing
from voice.settings import read
from voice.signature import FORM, KINDS, Verdict, form_pairs, sign, verify
from voice.store import Tally, open_store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
URL = "https://line.example/voice"
TOKEN = "token-of-these-tests"


@contextmanager
def line_in(folder: Path, **more: str) -> Iterator[FlaskClient]:
    """A line that answers calls."""
    given = {"PUBLIC_URL": "https://line.example", "INSTANCE": str(folder)}
    settings = read(given | {"TWILIO_AUTH_TOKEN": TOKEN} | more, root=ROOT)
    databases.laid_out(settings.instance)
    store = open_store(settings.database_url)
    live = Live(settings.public_url, folder)
    live.release = small_release(settings.public_url)
    tally = Tally(store)
    app = build(settings, store, live, tally, measures(), lambda: NOON, lambda: None)
    yield app.test_client()
    tally.close()
    store.close()


def taken(sparing: Sparing, seconds: list[float]) -> list[int | None]:
    return [sparing.take(NOON + one * SECOND) for one in seconds]


def test_the_first_of_a_minute_are_written_and_the_rest_are_told_by_their_number() -> None:
    sparing = Sparing(most=3)
    assert taken(sparing, [0, 1, 2, 3, 58, 59.9]) == [0, 0, 0, None, None, None]
    assert taken(sparing, [60, 61, 62, 63]) == [3, 0, 0, None]
    assert taken(sparing, [600, 601]) == [1, 0]
    assert taken(sparing, [700]) == [0]


def test_a_clock_set_back_begins_a_minute_anew() -> None:
    sparing = Sparing(most=1)
    assert taken(sparing, [0, 1, -3600, -3599]) == [0, None, 1, None]


@given(some.lists(some.floats(0, 600), max_size=200), some.integers(1, 5))
def test_of_any_flood_few_lines_are_written_and_every_refusal_is_told(
    seconds: list[float], most: int
) -> None:
    sparing = Sparing(most)
    told = taken(sparing, sorted(seconds))
    written = [held for held in told if held is not None]
    last = sparing.take(NOON + timedelta(days=1))
    assert len(written) + sum(written) + (last or 0) == len(seconds)
    assert len(written) <= most * 11


def test_a_flood_of_one_kind_hides_no_line_of_the_other(caplog: pytest.LogCaptureFixture) -> None:
    counted: list[str] = []
    refusals = Refusals(counted.append)
    unsigned, misfit, _ = (Verdict(None, {}, f"it is {kind}", kind) for kind in KINDS)
    for _ in range(1000):
        refusals.note("sms", unsigned, NOON)
    refusals.note("voice", misfit, NOON)
    refusals.note("sms", unsigned, NOON + 60 * SECOND)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        *["refused sms: it is unsigned"] * WRITTEN,
        "refused voice: it is misfit",
        f"{1000 - WRITTEN} more refused in a minute (unsigned), not written",
        "refused sms: it is unsigned",
    ]
    assert (counted.count("unsigned"), counted.count("misfit")) == (1001, 1)


@pytest.mark.parametrize(
    ("tokens", "signature", "settings", "kind"),
    [
        (["t"], None, None, "unsigned"),
        (["t"], "", None, "unsigned"),
        ([], None, None, "unsigned"),
        (["t"], None, "algorithm=HMAC_SHA256", "unsigned"),
        (["t"], "c3R1ZmY=", None, "misfit"),
        ([""], "c3R1ZmY=", None, "misfit"),
        (["t"], sign("t", URL), "algorithm=HMAC_SHA256", "misfit"),
        (["t"], sign("t", URL), None, ""),
    ],
)
def test_a_refusal_for_its_signature_is_of_one_of_two_kinds(
    tokens: list[str], signature: str | None, settings: str | None, kind: str
) -> None:
    assert verify(tokens, (URL,), b"", FORM, signature, settings).kind == kind


def test_whoever_floods_the_door_twilio_is_answered_and_the_log_stays_short(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also from Twilio's own address: anybody may have it send requests of theirs to us."""
    caplog.set_level(logging.INFO)
    with line_in(tmp_path) as line:
        asked = b"CallSid=CA1&From=%2B12125550199"
        for n in range(200):
            forged = {"X-Twilio-Signature": "c3R1ZmY="} if n % 2 else {}
            answer = line.post("/voice", data=asked, content_type=FORM, headers=forged)
            assert (answer.status_code, answer.data) == (403, b"")
        real = {"X-Twilio-Signature": sign(TOKEN, URL, form_pairs(asked))}
        answer = line.post("/voice", data=asked, content_type=FORM, headers=real)
        told = line.get("/metrics").text
    assert answer.status_code == 200
    for kind in KINDS[:2]:
        assert f'kypholine_signatures_refused_total{{kind="{kind}"}} 100.0' in told
    assert 'requests_total{endpoint="webhook.voice",status="403"} 200.0' in told
    lines = [record.getMessage() for record in caplog.records]
    assert len([one for one in lines if one.startswith("refused voice")]) == 2 * WRITTEN
    assert len([one for one in lines if one.startswith("POST /voice 403")]) == 2 * WRITTEN
    assert len([one for one in lines if one.startswith("POST /voice 200")]) == 1


OURS, OTHERS = "AC" + "a" * 32, "AC999" + "0" * 29


@pytest.mark.parametrize(
    ("account", "named", "status", "path"),
    [
        pytest.param(OURS, OURS, 200, "/voice", id="ours"),
        pytest.param(OURS, OTHERS, 403, "/voice", id="a call"),
        pytest.param(OURS, OTHERS, 403, "/sms", id="a text"),
        pytest.param(OURS, OTHERS, 403, "/voice/status", id="news of a call"),
        pytest.param(OURS, OTHERS, 403, "/sms/status", id="news of a text"),
        pytest.param(OURS, "", 403, "/voice", id="an empty name"),
        pytest.param(OURS, None, 200, "/voice", id="no name"),
        pytest.param("", OTHERS, 200, "/voice", id="we have no account"),
    ],
)
def test_a_request_of_another_account_is_refused_and_counted_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, account: str, named: str | None,
    status: int, path: str,
) -> None:  # fmt: skip
    with line_in(tmp_path, TWILIO_ACCOUNT_SID=account) as line:
        asked = "CallSid=CA1&MessageSid=SM1&From=%2B12125550199&To=%2B12125550150&Body=risks"
        body = (asked if named is None else f"{asked}&AccountSid={named}").encode()
        signature = sign(TOKEN, f"https://line.example{path}", form_pairs(body))
        headers = {"X-Twilio-Signature": signature}
        answer = line.post(path, data=body, content_type=FORM, headers=headers)
        told = line.get("/metrics").text
    refused = status == 403
    assert answer.status_code == status
    assert f'refused_total{{kind="foreign"}} {float(refused)}' in told
    assert ("TWILIO_ACCOUNT_SID" in caplog.text) is refused
    assert OTHERS not in caplog.text


def test_the_practice_telephone_is_of_no_account(tmp_path: Path) -> None:
    with line_in(tmp_path, TWILIO_ACCOUNT_SID=OURS, SECRET_KEY="s" * 32) as line:
        token = read({"SECRET_KEY": "s" * 32, "INSTANCE": str(tmp_path)}, ROOT).instance_token
        body = f"CallSid=CA1&From=%2B12125550199&AccountSid=AC{'0' * 32}".encode()
        headers = {"X-Twilio-Signature": sign(token, URL, form_pairs(body))}
        answer = line.post("/voice", data=body, content_type=FORM, headers=headers)
    assert answer.status_code == 200
