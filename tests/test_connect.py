"""Wiring a number: what is set, what is only looked at, and what stands in the way is said."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import twilio_fake as twilio
from tests.conftest import ROOT
from tests.publisher import TINY
from tests.twilio_fake import Answer, Fake, error, fake_twilio, own_number, own_service
from tests.twilio_openapi import description, violations
from voice.__main__ import main
from voice.connect import FOR_CALLS, FOR_TEXTS, ConnectError, compare, connect, wanted
from voice.courier import account_of
from voice.doctor import Finding, findings, reach
from voice.fallback import ENTRY, TEXTS
from voice.outbound import Account, Client, OutboundError, Wiring, open_client
from voice.script import Script, load, read_files
from voice.settings import Settings, read
from voice.store import open_store, publish
from voice.store.migrating import migrate

URL = "https://line.example"
WIRED = {
    "voice_url": f"{URL}/voice",
    "voice_fallback_url": f"{URL}/voice",
    "sms_url": f"{URL}/sms",
    "sms_fallback_url": f"{URL}/sms",
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
        ("sms_fallback_url", "", f"{URL}/sms"),
        ("status_url", "", f"{URL}/voice/status"),
    )
    assert change.warnings == ()
    assert desk.posts == 1
    assert desk.fake.numbers[twilio.NUMBER_SID] == own_number(**WIRED)


@pytest.mark.parametrize(
    ("spare", "for_texts"),
    [
        ("https://files.example/sorry.xml", ("POST", f"{URL}/sms")),
        ("https://files.example/line/voice.xml", ("GET", "https://files.example/line/sms.xml")),
    ],
    ids=["a file of ones own", "the files that fallback writes"],
)
def test_a_fallback_hosted_elsewhere_is_asked_by_get(
    desk: Desk, spare: str, for_texts: tuple[str, str]
) -> None:
    after = connect(desk.client, twilio.NUMBER, URL, spare).after

    assert (after.voice_fallback_method, after.voice_fallback_url) == ("GET", spare)
    assert (after.sms_fallback_method, after.sms_fallback_url) == for_texts


def test_the_files_that_fallback_writes_are_the_ones_meant() -> None:
    assert (FOR_CALLS, FOR_TEXTS) == (ENTRY, TEXTS)


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
        "sms_fallback_url",
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
        pytest.param("+1٢١٢٥٥٥٠١٥٠", URL, "write \\+12125550150", id="figures of Arabic"),
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


# From the command line ---------------------------------------------------------------------------

GIVEN = {
    "PUBLIC_URL": URL,
    "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
    "TWILIO_AUTH_TOKEN": twilio.TOKEN,
}


def test_before_and_after_are_a_table(desk: Desk) -> None:
    desk.hold(voice_url="https://demo.twilio.com/welcome", sms_method="GET")

    change = connect(desk.client, twilio.NUMBER, URL, "https://files.example/voice.xml")

    assert change.table().splitlines() == [
        "+12125550150     before                                after",
        f"a call comes in  POST https://demo.twilio.com/welcome  POST {URL}/voice",
        "if we fail       nothing                               GET https://files.example/voice.xml",
        f"a text comes in  nothing                               POST {URL}/sms",
        "if we fail then  nothing                               GET https://files.example/sms.xml",
        f"a call ends      nothing                               POST {URL}/voice/status",
    ]


@pytest.fixture
def at_twilio(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The environment of an installation whose Twilio is the fake."""
    for name, value in (GIVEN | {"INSTANCE": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)

    def fake_account(settings: Settings) -> Account | None:
        account = account_of(settings)
        return replace(account, base_url=desk.fake.url) if account else None

    monkeypatch.setattr("voice.courier.account_of", fake_account)
    return desk


def ran(*words: str) -> Result:
    return CliRunner().invoke(main, ["connect", *words])


def test_the_command_wires_a_number_once(at_twilio: Desk) -> None:
    assert ran(twilio.NUMBER, "--dry-run").output.endswith("run it again without --dry-run.\n")
    assert at_twilio.posts == 0
    assert f"POST {URL}/voice\n" in ran(twilio.NUMBER).output
    assert at_twilio.posts == 1
    assert ran(twilio.NUMBER).output.endswith("It was set up like this already.\n")
    assert at_twilio.posts == 1


def test_the_command_warns_of_what_takes_the_numbers_place(at_twilio: Desk) -> None:
    at_twilio.hold(trunk_sid="TK1")

    assert "warning: The SIP trunk TK1 takes the number's calls" in ran(twilio.NUMBER).output


def test_the_command_sets_the_fallback_of_the_settings(
    at_twilio: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FALLBACK_URL", "https://files.example/sorry.xml")
    ran(twilio.NUMBER)

    held = at_twilio.fake.numbers[twilio.NUMBER_SID]
    assert held["voice_fallback_url"] == "https://files.example/sorry.xml"
    assert held["voice_fallback_method"] == "GET"


@pytest.mark.parametrize(
    ("number", "environ", "answer", "told"),
    [
        pytest.param("+12125550151", {}, None, "has no number +12125550151", id="not ours"),
        pytest.param("2125550150", {}, None, "write +12125550150", id="no country code"),
        pytest.param(
            twilio.NUMBER, {"PUBLIC_URL": "http://127.0.0.1:80"}, None, "PUBLIC_URL", id="no https"
        ),
        pytest.param(
            twilio.NUMBER, {"TWILIO_AUTH_TOKEN": ""}, None, "set TWILIO_AUTH_TOKEN", id="no token"
        ),
        pytest.param(twilio.NUMBER, {}, error(401, 20003), "credentials", id="a wrong token"),
        pytest.param(
            twilio.NUMBER, {}, Answer(500), "(HTTP 500); try it again later", id="a failure"
        ),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    at_twilio: Desk,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    environ: dict[str, str],
    answer: Answer | None,
    told: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    if answer:
        at_twilio.fake.next_answers.append(answer)

    found = ran(number)
    assert found.exit_code == 1
    assert found.output.startswith("Error: ")
    assert told in found.output
    assert twilio.TOKEN not in found.output
    assert at_twilio.posts == 0


# The doctor --------------------------------------------------------------------------------------


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The shipped scripts with numbers that are not the sample's; the line's is the fake's own."""
    folder = tmp_path / "scripts"
    shutil.copytree(ROOT / "scripts", folder)
    written = (folder / "line.toml").read_text("utf-8")
    for sample, own in (("0134", "7134"), ("0135", "7135"), ("555 0150", "666 0150")):
        written = written.replace(sample, own)
    (folder / "line.toml").write_text(written, "utf-8")
    return folder


def found_by_doctor(desk: Desk, scripts: Path, **environ: str) -> list[Finding]:
    """What the doctor says of Twilio and of what the line may start itself."""
    given = GIVEN | {"INSTANCE": str(scripts.parent), "SCRIPTS": str(scripts)} | environ
    settings = read(given, root=ROOT)
    found = reach(
        settings,
        load(settings.scripts),
        lambda account: open_client(replace(account, base_url=desk.fake.url)),
    )
    return [one for one in found if one.what.startswith(("+1212", "How ", "The Twilio account"))]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        pytest.param(WIRED, [("good", "is wired to this line.")], id="as it should be"),
        pytest.param({}, [("problem", "not wired to this line: voice_url")], id="not at all"),
        pytest.param(
            WIRED | {"sms_application_sid": "AP1"},
            [("warning", "AP1 takes the number's texts"), ("good", "is wired")],
            id="with an app in the way",
        ),
        pytest.param(
            WIRED | {"phone_number": "+12126660151"},
            [("problem", "has no number +12126660150")],
            id="another number",
        ),
    ],
)
def test_the_doctor_compares_the_lines_number_with_twilio(
    desk: Desk, clinic: Path, addresses: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    desk.hold(**{"phone_number": "+12126660150"} | addresses)
    found = found_by_doctor(desk, clinic)

    assert [one.level for one in found] == [level for level, _ in expected]
    assert all(part in one.what for one, (_, part) in zip(found, expected, strict=True))
    assert desk.posts == 0


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(Answer(500), "HTTP 500", id="a failure"),
        pytest.param(Answer(0, how="dropped"), "broke", id="a dropped connection"),
    ],
)
def test_a_twilio_that_does_not_answer_is_a_warning(
    desk: Desk, clinic: Path, answer: Answer, told: str
) -> None:
    desk.fake.next_answers.append(answer)
    found = found_by_doctor(desk, clinic)

    assert [one.level for one in found] == ["warning"]
    assert told in found[0].what


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(error(401, 20003), "credentials", id="a wrong token"),
        pytest.param(error(403, 20005), "not active", id="an account that is suspended"),
    ],
)
def test_a_twilio_that_shuts_the_account_out_is_a_problem(
    desk: Desk, clinic: Path, answer: Answer, told: str
) -> None:
    desk.fake.next_answers.append(answer)
    (found,) = found_by_doctor(desk, clinic)

    assert found.level == "problem"
    assert told in found.what


@pytest.mark.parametrize(
    "environ",
    [{"PUBLIC_URL": "http://127.0.0.1:8000"}, {"TWILIO_ACCOUNT_SID": ""}],
    ids=["this machine only", "no account"],
)
def test_the_doctor_asks_nothing_where_there_is_nothing_to_compare(
    desk: Desk, clinic: Path, environ: dict[str, str]
) -> None:
    assert found_by_doctor(desk, clinic, **environ) == []
    assert desk.fake.seen == []


def test_the_numbers_of_the_sample_are_not_looked_for(desk: Desk, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")

    assert found_by_doctor(desk, tmp_path / "scripts") == []
    assert desk.fake.seen == []


def test_the_doctor_looks_at_the_number_that_is_live(desk: Desk, tmp_path: Path) -> None:
    given = GIVEN | {"INSTANCE": str(tmp_path), "SCRIPTS": str(TINY), "AUDIO": str(tmp_path)}
    settings = read(given, root=ROOT)
    files = read_files(TINY)
    live = files | {"line.toml": files["line.toml"].replace("+33 1 99 00 56 78", "+1 212 666 0150")}
    with closing(open_store(settings.database_url)) as store:
        migrate(store)
        publish(store, live, "", datetime(2026, 11, 20, tzinfo=UTC))
    found = findings(
        settings, lambda account: open_client(replace(account, base_url=desk.fake.url))
    )

    assert [one.what for one in found if "+1212666" in one.what] != []
    assert [one.what for one in found if "+3319900" in one.what] == []


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param(
            {},
            {
                "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY).": "warning",
                "Set CALL_BACK_EMAIL or CALL_BACK_WEBHOOK, or look at `python -m voice inbox`.": (
                    "warning"
                ),
            },
            id="nothing",
        ),
        pytest.param(
            GIVEN | {"COUNTRIES": "US CA", "CALL_BACK_WEBHOOK": "https://desk.example"},
            {"": "good"},
            id="all",
        ),
    ],
)
def test_the_doctor_says_what_is_off_for_lack_of_settings(
    tmp_path: Path, script: Script, environ: dict[str, str], expected: dict[str, str]
) -> None:
    found = list(reach(read({"INSTANCE": str(tmp_path), **environ}, root=ROOT), script))
    about = ("The line sends", "Nobody is told", "Texts and calls")

    assert {one.remedy: one.level for one in found if one.what.startswith(about)} == expected
    if environ:
        assert any("go to CA, US; calls at most 3 a day" in one.what for one in found)


def test_all_that_the_doctor_looks_at_is_told_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"INSTANCE": str(tmp_path), "AUDIO": str(tmp_path)}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    told = CliRunner().invoke(main, ["doctor"])

    found = findings(read(given, root=ROOT))
    assert all(f"{one.level}: {one.what}" in told.output for one in found)
    assert {"Nobody", "No", "PUBLIC_URL"} <= {one.what.split()[0] for one in found}
    assert told.exit_code == 1  # nothing is live, and no clip is made


@pytest.mark.parametrize(("contact_key", "told"), [("k" * 32, True), ("c" * 32, False)])
def test_the_doctor_says_that_two_keys_are_one(
    tmp_path: Path, contact_key: str, told: bool
) -> None:
    given = {"INSTANCE": str(tmp_path), "SECRET_KEY": "k" * 32, "CONTACT_KEY": contact_key}
    warned = [one.what for one in findings(read(given, root=ROOT)) if "are the same" in one.what]
    assert bool(warned) is told
    assert "kkk" not in "".join(warned)
