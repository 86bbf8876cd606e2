"""Wiring a number: what is set, what is only looked at, and what stands in the way is said."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from tests import twilio_fake as twilio
from tests.twilio_fake import Answer, Fake, error, fake_twilio, own_number, own_service
from tests.twilio_openapi import description, violations
from voice.connect import ConnectError, compare, connect, wanted
from voice.outbound import Account, Client, OutboundError, Wiring, open_client

URL = "https://line.example"
WIRED = {
    "voice_url": f"{URL}/voice",
    "voice_fallback_url": f"{URL}/voice",
    "sms_url": f"{URL}/sms",
    "status_callback": f"{URL}/voice/status",
}


@dataclass(frozen=True)
class Desk:
    """A fake Twilio that holds the line's number, and a client of it."""

    fake: Fake
    client: Client

    def hold(self, **addresses: Any) -> None:
        self.fake.numbers[twilio.NUMBER_SID] = own_number(**addresses)

    @property
    def posts(self) -> int:
        return sum(seen.method == "POST" for seen in self.fake.seen)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """At the end all that Twilio was asked must fit its own description."""
    with fake_twilio() as fake:
        account = Account(twilio.ACCOUNT, twilio.TOKEN, base_url=fake.url)
        with closing(open_client(account)) as client:
            desk = Desk(fake, client)
            desk.hold()
            yield desk
        document = description()
        assert [wrong for seen in fake.seen for wrong in violations(document, seen)] == []


def test_a_number_is_wired_and_shown_before_and_after(desk: Desk) -> None:
    desk.hold(voice_url="https://demo.twilio.com/welcome", sms_method="GET")

    change = connect(desk.client, twilio.NUMBER, URL)

    assert change.number == twilio.NUMBER
    assert change.before == Wiring("https://demo.twilio.com/welcome", sms_method="GET")
    assert change.after == wanted(URL)
    assert change.differences == (
        ("voice_url", "https://demo.twilio.com/welcome", f"{URL}/voice"),
        ("voice_fallback_url", "", f"{URL}/voice"),
        ("sms_url", "", f"{URL}/sms"),
        ("sms_method", "GET", "POST"),
        ("status_url", "", f"{URL}/voice/status"),
    )
    assert change.warnings == ()
    assert desk.posts == 1
    assert desk.fake.numbers[twilio.NUMBER_SID] == own_number(**WIRED)


def test_a_fallback_hosted_elsewhere_is_asked_by_get(desk: Desk) -> None:
    after = connect(desk.client, twilio.NUMBER, URL, "https://files.example/sorry.xml").after

    assert after.voice_fallback_url == "https://files.example/sorry.xml"
    assert after.voice_fallback_method == "GET"


@pytest.mark.parametrize("written", ["+1 212 555 0150", "+1 (212) 555-0150", "+1.212.555.0150"])
def test_a_number_may_be_written_as_people_do(desk: Desk, written: str) -> None:
    assert connect(desk.client, written, URL).number == twilio.NUMBER


def test_a_dry_run_shows_the_same_and_changes_nothing(desk: Desk) -> None:
    dry = connect(desk.client, twilio.NUMBER, URL, dry_run=True)

    assert desk.posts == 0
    assert desk.fake.numbers[twilio.NUMBER_SID] == own_number()
    assert connect(desk.client, twilio.NUMBER, URL) == dry


def test_a_number_that_is_wired_is_left_alone(desk: Desk) -> None:
    desk.hold(**WIRED)

    assert connect(desk.client, twilio.NUMBER, URL).differences == ()
    assert desk.posts == 0


def test_what_tunes_twilios_patience_is_no_difference(desk: Desk) -> None:
    desk.hold(**WIRED | {"voice_url": f"{URL}/voice#rc=2&rp=ct,rt"})

    assert compare(desk.client, twilio.NUMBER, URL).differences == ()


def test_comparing_changes_nothing(desk: Desk) -> None:
    found = compare(desk.client, twilio.NUMBER, f"{URL}/")

    assert [name for name, _, _ in found.differences] == [
        "voice_url",
        "voice_fallback_url",
        "sms_url",
        "status_url",
    ]
    assert desk.posts == 0


@pytest.mark.parametrize(
    ("addresses", "warning"),
    [
        pytest.param(
            {"voice_application_sid": "AP1"},
            "The TwiML app AP1 takes the number's calls; take it off the number.",
            id="an app for calls",
        ),
        pytest.param(
            {"trunk_sid": "TK1"},
            "The SIP trunk TK1 takes the number's calls; take it off the number.",
            id="a trunk",
        ),
        pytest.param(
            {"sms_application_sid": "AP2"},
            "The TwiML app AP2 takes the number's texts; take it off the number.",
            id="an app for texts",
        ),
    ],
)
def test_what_takes_the_numbers_place_is_told(
    desk: Desk, addresses: dict[str, str], warning: str
) -> None:
    desk.hold(**addresses)

    assert connect(desk.client, twilio.NUMBER, URL).warnings == (warning,)


@pytest.mark.parametrize(
    ("service", "warnings"),
    [
        pytest.param(own_service(), (), id="of which it is no member"),
        pytest.param(
            own_service(twilio.NUMBER_SID),
            (
                "The messaging service Reminders drops the number's texts; "
                "turn on 'Defer to sender's webhook' there.",
            ),
            id="that drops what is texted",
        ),
        pytest.param(
            own_service(twilio.NUMBER_SID, inbound_request_url="https://other.example"),
            (
                "The messaging service Reminders takes the number's texts; "
                "turn on 'Defer to sender's webhook' there.",
            ),
            id="that sends texts elsewhere",
        ),
        pytest.param(
            own_service(twilio.NUMBER_SID, use_inbound_webhook_on_number=True),
            (),
            id="that leaves texts to the number",
        ),
    ],
)
def test_a_messaging_service(
    desk: Desk, service: dict[str, Any], warnings: tuple[str, ...]
) -> None:
    desk.fake.services.append(service)

    assert compare(desk.client, twilio.NUMBER, URL).warnings == warnings


def test_where_services_may_not_be_read_that_is_told_and_the_rest_is_done(desk: Desk) -> None:
    listed = Answer(200, b'{"incoming_phone_numbers": [%s]}' % _row())
    desk.fake.next_answers.extend([listed, error(401, 20003)])

    change = connect(desk.client, twilio.NUMBER, URL)

    assert change.after == wanted(URL)
    assert len(change.warnings) == 1
    assert "messaging service" in change.warnings[0]


def test_a_service_that_may_not_be_looked_into_is_told_too(desk: Desk) -> None:
    listed = Answer(200, b'{"incoming_phone_numbers": [%s]}' % _row())
    one = Answer(200, b'{"services": [{"sid": "%s"}]}' % twilio.SERVICE_SID.encode())
    desk.fake.next_answers.extend([listed, one, error(401, 20003)])

    warnings = compare(desk.client, twilio.NUMBER, URL).warnings

    assert len(warnings) == 1
    assert "credentials" in warnings[0]


def _row() -> bytes:
    return b'{"sid": "%s", "phone_number": "%s"}' % (
        twilio.NUMBER_SID.encode(),
        twilio.NUMBER.encode(),
    )


@pytest.mark.parametrize(
    ("number", "url", "told"),
    [
        pytest.param("+12125550151", URL, "has no number \\+12125550151", id="another's number"),
        pytest.param("+1212555015", URL, "has no number \\+1212555015\\.", id="part of the number"),
        pytest.param("212-555-0150", URL, "write \\+12125550150", id="no country code"),
        pytest.param("the line", URL, "write \\+12125550150", id="no number"),
        pytest.param(twilio.NUMBER, "http://127.0.0.1:8000", "https", id="an address of our own"),
    ],
)
def test_what_cannot_be_wired_is_said(desk: Desk, number: str, url: str, told: str) -> None:
    with pytest.raises(ConnectError, match=told):
        connect(desk.client, number, url)

    assert desk.posts == 0


def test_it_is_said_when_twilio_keeps_the_old_addresses(desk: Desk) -> None:
    desk.fake.deaf = True

    with pytest.raises(ConnectError, match="voice_url"):
        connect(desk.client, twilio.NUMBER, URL)


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        pytest.param(error(401, 20003), 20003, "credentials", id="bad credentials"),
        pytest.param(error(400, 29999), 29999, "error 29999", id="a strange refusal"),
        pytest.param(Answer(500), 0, "HTTP 500", id="a failure"),
        pytest.param(Answer(200, b"{oops"), 0, "nobody can read", id="garbage"),
        pytest.param(Answer(200, b"[]"), 0, "nobody can read", id="a list"),
        pytest.param(Answer(0, how="dropped"), 0, "broke", id="a dropped connection"),
    ],
)
def test_what_twilio_answers_is_told_in_plain_words(
    desk: Desk, answer: Answer, code: int, told: str
) -> None:
    desk.fake.next_answers.append(answer)

    with pytest.raises(OutboundError, match=told) as caught:
        compare(desk.client, twilio.NUMBER, URL)

    assert caught.value.code == code
    assert len(desk.fake.seen) == 1


def test_setting_is_asked_for_once_even_if_nobody_knows_what_came_of_it(desk: Desk) -> None:
    listed = Answer(200, b'{"incoming_phone_numbers": [%s]}' % _row())
    no_services = Answer(200, b'{"services": [], "meta": {"key": "services"}}')
    desk.fake.next_answers.extend([listed, no_services, Answer(500)])

    with pytest.raises(OutboundError, match="HTTP 500"):
        connect(desk.client, twilio.NUMBER, URL)

    assert desk.posts == 1
