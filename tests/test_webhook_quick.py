"""The short way answers what the long one does, and leaves it all that is not plain."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests import kept
from tests.conftest import ROOT
from tests.replay import TOKEN, URL, opened, settings_in
from tests.stored import rows
from voice import webhook
from voice.bench import wire
from voice.exchange import Phone, Response, over_wsgi
from voice.live import Live
from voice.script import Script, load
from voice.settings import Settings
from voice.signature import form_pairs, sign
from voice.store import Store, Tally, answer_once, claim, contact_keys, open_store
from voice.store.connection import writing
from voice.store.tables import contact, delivery, outbound, turn, unmatched, usage
from voice.webhook import Door, Notes
from voice.webhook.once import MOST, Once
from voice.webhook.quick import LARGEST

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


@dataclass
class Line:
    """Twilio's door with a short way before it, and what was told of it."""

    app: Flask
    door: Door
    told: list[tuple[str, str, str, int]] = field(default_factory=list)
    news: list[tuple[str, str]] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def tell(self, method: str, endpoint: str, route: str, status: int, seconds: float) -> str:
        assert seconds >= 0
        self.told.append((method, endpoint, route, status))
        return "0a1b"

    @property
    def short(self) -> Client:
        wsgi = webhook.before(self.app.wsgi_app, self.door, {"X-Own": "yes"}, self.tell)
        return Client(wsgi)

    @property
    def long(self) -> Client:
        return Client(self.app.wsgi_app)


OURS = "AC" + "a" * 32


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(ROOT / "tests" / "data" / "tiny-scripts")


def over(settings: Settings, store: Store, tally: Tally, script: Script) -> Line:
    """A line over parts that are there already."""
    live = Live(URL, Path("no clips here"))
    live.release = kept.served(script, 1, URL)
    news: list[tuple[str, str]] = []
    noted: list[str] = []
    notes = Notes(
        missed=lambda how, _: noted.append(how),
        delivered=lambda kind, status: news.append((kind, status)),
        begun=lambda: noted.append("begun"),
    )
    parts = (live, settings, store, tally, lambda: NOON, lambda _: None)
    door = webhook.open_door(*parts, notes=notes)
    app = Flask("line")
    app.register_blueprint(webhook.blueprint(door))
    return Line(app, door, news=news, noted=noted)


@pytest.fixture
def lines(tiny: Script, tmp_path: Path) -> Iterator[Callable[[str], Line]]:
    """Lines that know nothing of each other."""
    closing = []

    def line(name: str) -> Line:
        settings = replace(settings_in(tmp_path / name), twilio_tokens=("old", TOKEN))
        store = opened(settings)
        closing.append(store)
        return over(settings, *store.__enter__(), tiny)

    yield line
    for store in closing:
        store.__exit__(None, None, None)


def post(
    client: Client, path: str, body: bytes, token: str = TOKEN, **headers: str
) -> TestResponse:
    signature = sign(token, URL + path, form_pairs(body))
    given = {"X-Twilio-Signature": signature, **headers}
    return client.post(path, base_url=URL, data=body, content_type=FORM, headers=given)


@pytest.mark.parametrize(("account", "status"), [(OURS, 200), ("AC" + "9" * 32, 403)])
def test_another_accounts_request_goes_the_long_way_and_is_refused_there(
    tmp_path: Path, tiny: Script, account: str, status: int
) -> None:
    settings = replace(settings_in(tmp_path), twilio_tokens=(TOKEN,), twilio_account_sid=OURS)
    with opened(settings) as (store, tally):
        line = over(settings, store, tally, tiny)
        answer = post(line.short, "/voice", f"CallSid=CA1&AccountSid={account}".encode())
    assert answer.status_code == status
    assert len(line.told) == (status == 200)  # the short way told of it


def a_call(line: Line, script: Script) -> list[wire.Sent]:
    kept: list[wire.Sent] = []
    carry = over_wsgi(line.app.wsgi_app)

    def fetch(method: str, url: str, body: bytes, headers: dict[str, str]) -> Response:
        kept.append(wire.Sent(method, url, body, headers))
        return carry(method, url, body, headers)

    phone = Phone(fetch, URL, TOKEN, number=wire.fictional(3))
    wire.follow(phone, script)
    return kept


def test_a_whole_call_and_texts_get_the_same_answers(
    lines: Callable[[str], Line], tiny: Script
) -> None:
    sent = [(urlsplit(one.url).path, one.body) for one in a_call(lines("first"), tiny)]
    for n, text in enumerate([*wire.keywords(tiny), *wire.questions(tiny)[:9], "STOP", "blorp"]):
        fields = f"MessageSid=SM{n // 2}&From=%2B12125550199&Body={text}"
        sent.append(("/sms", fields.encode()))
    here, there = lines("short"), lines("long")
    for path, body in sent:
        quick, slow = post(here.short, path, body), post(there.long, path, body)
        assert (quick.status_code, quick.data) == (slow.status_code, slow.data), path
        assert quick.headers.get("Content-Type") == slow.headers.get("Content-Type")
        assert quick.headers.get("Content-Length") == slow.headers.get("Content-Length")
    assert len(here.told) == len(sent) > 20
    assert {(method, route, status) for method, _, route, status in here.told} == {
        ("POST", "/voice", 200),
        ("POST", "/voice/<path:state>", 200),
        ("POST", "/voice/status", 204),
        ("POST", "/sms", 200),
    }


def test_a_short_answer_has_the_headers_of_every_answer(lines: Callable[[str], Line]) -> None:
    answer = post(lines("one").short, "/voice", b"CallSid=CA1")
    assert (answer.headers["X-Own"], answer.headers["X-Request-Id"]) == ("yes", "0a1b")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("/voice", b"CallSid=CA1", "wrong", 403),
        ("/sms", b"MessageSid=SM1&Body=MENU", "wrong", 403),
        ("/voice/status", b"CallSid=CA1&CallStatus=completed", "wrong", 403),
        ("/sms/status", b"MessageSid=SM1&MessageStatus=sent", "wrong", 403),
        ("/voice/status/", b"CallSid=CA1&CallStatus=completed", TOKEN, 204),
        ("/sms/status/", b"MessageSid=SM1&MessageStatus=sent", TOKEN, 204),
        ("/voice/", b"CallSid=CA1", TOKEN, 200),
        ("/sms/", b"MessageSid=SM1&Body=MENU", TOKEN, 200),
        ("/voice/x", b"CallSid=CA1", TOKEN, 200),
        ("/nothing", b"CallSid=CA1", TOKEN, 404),
    ],
)
def test_the_rest_goes_the_long_way(
    lines: Callable[[str], Line], path: str, body: bytes, token: str, status: int
) -> None:
    line = lines("one")
    assert post(line.short, path, body, token).status_code == status
    assert line.told == []


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/sms", b"MessageSid=SM1&From=%2B12125550199&Body=MENU", 200, b"<Message"),
        ("/sms/status", b"MessageSid=SM1&MessageStatus=sent", 204, b""),
    ],
)
def test_practice_goes_the_long_way_with_its_form_whole(
    lines: Callable[[str], Line], path: str, body: bytes, status: int, said: bytes
) -> None:
    line = lines("one")
    answer = post(line.short, path, body, line.door.settings.instance_token)
    assert answer.status_code == status
    assert said in answer.data
    assert line.told == line.news == []


@pytest.mark.parametrize(
    ("path", "form", "status"), [("/voice", "CallSid=CA1", 200), ("/voice/status", "CallSid=", 204)]
)
def test_a_get_an_empty_and_an_endless_form_go_the_long_way(
    lines: Callable[[str], Line], path: str, form: str, status: int
) -> None:
    line = lines("one")
    signature = {"X-Twilio-Signature": sign(TOKEN, f"{URL}{path}?{form}")}
    got = line.short.get(f"{path}?{form}", base_url=URL, headers=signature)
    assert got.status_code == status
    assert post(line.short, path, b"").status_code == status
    line.app.config["MAX_CONTENT_LENGTH"] = LARGEST
    assert post(line.short, path, b"CallSid=" + b"1" * LARGEST).status_code == 413
    assert line.told == []


def test_without_a_release_nothing_is_read(lines: Callable[[str], Line]) -> None:
    line = lines("one")
    line.door.live.release = None
    assert post(line.short, "/voice", b"CallSid=CA1").status_code == 503
    assert post(line.short, "/voice", b"CallSid=CA1", "wrong").status_code == 403
    assert post(line.short, "/voice/status", b"CallSid=CA1&CallStatus=busy").status_code == 204
    assert line.told == []


# Sent again ------------------------------------------------------------------------------------

MAIN = "/voice/1/main/fr-FR/normal/0"
FROM = "CallSid=CA1&From=%2B12125550199&"


@pytest.fixture(params=["short", "long"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def twilio_sends(line: Line, way: str, path: str, form: str, token: str = "") -> bytes:
    """What a request is answered with whose token, if it has one, is this one."""
    more = {"I-Twilio-Idempotency-Token": token} if token else {}
    answer = post(getattr(line, way), path, form.encode(), TOKEN, **more)
    assert answer.status_code == 200
    return answer.data


def used(line: Line) -> dict[str, int]:
    line.door.tally.write()
    return {row["event"]: row["count"] for row in rows(line.door.store, usage)}


class Asked(NamedTuple):
    """A request of a call: what it is counted as, and how many words are kept for staff."""

    path: str
    said: str
    uses: dict[str, int]
    notes: list[str]
    words: int


ASKED = {
    "a call": Asked("/voice", "", {"call": 1}, ["begun"], 0),
    "a key": Asked(MAIN, "Digits=4", {"topic": 1, "heard": 1}, [], 0),
    "silence": Asked(MAIN, "", {"no_input": 1}, ["no_input"], 0),
    "no words of ours": Asked(MAIN, "SpeechResult=zxq+wvut", {"no_match": 1}, ["no_match"], 1),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_request_of_a_call_that_is_sent_again_is_answered_alike_and_counted_once(
    lines: Callable[[str], Line],
    way: str,
    asked: Asked,
) -> None:
    line = lines("one")
    answers = {twilio_sends(line, way, asked.path, FROM + asked.said, "token 1") for _ in range(3)}
    assert len(answers) == 1
    assert (used(line), line.noted) == (asked.uses, asked.notes)
    assert len(rows(line.door.store, unmatched)) == asked.words


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("tokens", [("token 1", "token 2"), ("", "")], ids=["others", "none"])
def test_a_request_with_another_token_or_none_is_one_of_its_own(
    lines: Callable[[str], Line],
    way: str,
    tokens: tuple[str, str],
    asked: Asked,
) -> None:
    line = lines("one")
    for token in tokens:
        twilio_sends(line, way, asked.path, FROM + asked.said, token)
    assert used(line) == {event: 2 * count for event, count in asked.uses.items()}
    assert line.noted == 2 * asked.notes
    assert len(rows(line.door.store, unmatched)) == 2 * asked.words


def test_a_token_is_of_one_address_of_one_call(lines: Callable[[str], Line], way: str) -> None:
    line = lines("one")
    twilio_sends(line, way, "/voice", FROM, "token 1")
    twilio_sends(line, way, "/voice", "CallSid=CA2", "token 1")
    twilio_sends(line, way, MAIN, FROM + "Digits=4", "token 1")
    assert used(line) == {"call": 2, "topic": 1, "heard": 1}


def test_what_comes_again_on_the_other_way_is_counted_once_too(
    lines: Callable[[str], Line],
) -> None:
    line = lines("one")
    for way in ("short", "long", "short"):
        twilio_sends(line, way, "/voice", FROM, "token 1")
    assert (used(line), line.noted) == ({"call": 1}, ["begun"])


def test_a_token_counts_for_nothing_before_the_signature_fits(
    lines: Callable[[str], Line], way: str
) -> None:
    line = lines("one")
    token = {"I-Twilio-Idempotency-Token": "token 1"}
    forged = post(getattr(line, way), "/voice", FROM.encode(), "wrong", **token)
    assert forged.status_code == 403
    twilio_sends(line, way, "/voice", FROM, "token 1")
    assert (used(line), line.noted) == ({"call": 1}, ["begun"])


@pytest.mark.parametrize(
    ("path", "said", "uses"),
    [("/voice", "", {"call": 1}), (MAIN, "Digits=4", {"topic": 1, "heard": 1})],
)
def test_after_an_apology_what_comes_again_is_counted_but_the_call_only_once(
    lines: Callable[[str], Line], way: str, path: str, said: str, uses: dict[str, int]
) -> None:
    line = lines("one")
    whole = line.door.live.release
    assert whole is not None
    states = [state for state in whole.replies if state.kind == "apology"]
    kept = {state: whole.replies[state] for state in states}
    line.door.live.release = replace(whole, replies=kept)
    apology = twilio_sends(line, way, path, FROM + said, "token 1")
    assert used(line) == {}
    line.door.live.release = whole
    for _ in range(2):
        assert twilio_sends(line, way, path, FROM + said, "token 1") != apology
    assert used(line) == uses
    assert line.noted == (["begun"] if path == "/voice" else [])


def test_of_many_that_come_at_once_one_is_counted(lines: Callable[[str], Line], way: str) -> None:
    line = lines("one")
    with ThreadPoolExecutor(4) as threads:
        said = FROM + "SpeechResult=zxq+wvut"
        list(threads.map(lambda _: twilio_sends(line, way, MAIN, said, "token 1"), range(24)))
    assert (used(line), line.noted) == ({"no_match": 1}, ["no_match"])
    assert len(rows(line.door.store, unmatched)) == 1


def test_only_the_latest_are_known_and_only_by_their_hash() -> None:
    once = Once()
    assert all(once.first(str(n)) for n in range(MOST + 1))
    assert not any(once.first(str(n)) for n in range(1, MOST + 1))
    assert once.first("0")
    assert len(once._known) == len(once._order) == MOST
    assert {type(key) for key in once._known} == {int}


# Statuses ----------------------------------------------------------------------------------------

SENT = "MessageSid=SM9&MessageStatus=sent"
ENDED = "CallSid=CA1&CallStatus=completed"
TO = "&To=%2B12125550199&From=%2B12125550150"
LOST = "&MessageStatus=undelivered&ErrorCode=30019&To=%2B12125550198&From=%2B12125550150"
TELLING: list[tuple[str, str]] = [
    ("/voice/status", ENDED),
    ("/voice/status", ENDED),  # again
    ("/voice/status", "CallSid=CA1&CallStatus=ringing"),  # late
    ("/voice/status", "CallSid=CA1&CallStatus=made-up"),
    ("/voice/status?claim=CA1.text&claim=CA9", "CallSid=CA2&CallStatus=no-answer"),
    ("/voice/status?claim=CA1.text", "CallSid=CA2&CallStatus=initiated"),
    ("/sms/status?turn=SM1", "MessageSid=SM2&MessageStatus=delivered"),
    ("/sms/status?turn=SM1", "MessageSid=SM2&MessageStatus=sent"),
    ("/sms/status?turn=SM1", "MessageSid=SM3&MessageStatus=failed&ErrorCode=30003" + TO),
    ("/sms/status?turn=SM1", "MessageSid=SM3&MessageStatus=FAILED&ErrorCode=21610" + TO),
    ("/sms/status", "SmsSid=SM4&SmsStatus=sent"),
    ("/sms/status?turn=SM5&turn=SM1", "MessageSid=SM5&MessageStatus=read"),
    ("/sms/status?turn=SM%205+6", "MessageSid=SM6&MessageStatus=read"),
    ("/sms/status?turn=&claim", SENT),
    ("/sms/status?", "MessageSid=SM7&MessageStatus=sent&MessageStatus=read"),
    ("/sms/status", ""),
    ("/sms/status", "MessageSid=&MessageStatus="),
    ("/sms/status", "MessageSid=SM8&Nothing=else"),
    ("/sms/status", f"MessageSid={'S' * 99}&MessageStatus={'s' * 99}&ErrorCode={'9' * 99}"),
    ("/sms/status", "MessageSid=%FF%F0%9F%98%80&MessageStatus=%0A"),
    ("/sms/status", "MessageSid=SM%00&MessageStatus=sent"),  # PostgreSQL takes no such letter
    ("/sms/status/", "MessageSid=SM10&MessageStatus=sent"),
    ("/sms/status?turn=SM11&topic=nothing&locale=fr-FR", "MessageSid=SM11" + LOST),
    ("/sms/status?turn=SM11&topic=lavage&locale=de-DE", "MessageSid=SM12" + LOST),
    ("/sms/status?turn=SM11&topic=lavage&locale=fr-FR", "MessageSid=SM13" + LOST),
    ("/sms/status?turn=SM11&topic=lavage&locale=fr-FR", "MessageSid=SM14" + LOST),
]
"""What Twilio tells, one after another, odd things among it."""


@pytest.fixture
def line(tiny: Script, database: str, tmp_path: Path) -> Iterator[Line]:
    """A line on either database."""
    settings = replace(settings_in(tmp_path), twilio_tokens=("old", TOKEN), database_url=database)
    with opened(settings) as (store, tally):
        yield over(settings, store, tally, tiny)


def all_kept(line: Line) -> list[Any]:
    """Everything that what Twilio tells may change."""
    kept = [rows(line.door.store, table) for table in (delivery, turn, outbound, contact)]
    return [sorted(found, key=str) for found in kept]


def told_everything(
    line: Line, client: Client, caplog: pytest.LogCaptureFixture
) -> tuple[list[Any], list[Any], list[Any], list[str]]:
    """Tell a line that answered one text and made one call; the answers, and all that is left."""
    store = line.door.store
    with writing(store) as connection:
        for table in (delivery, turn, outbound, contact):
            connection.execute(table.delete())
    line.news.clear()
    caplog.clear()
    keys = contact_keys(line.door.settings.contact_keys, "+12125550199")
    answer_once(store, "SM1", keys, False, NOON, lambda known: (known, "a reply"))
    claim(store, "CA1.text", "text", keys, False, NOON)
    answers = []
    for path, form in TELLING:
        answer = post(client, path, form.encode())
        own = {n: v for n, v in answer.headers.items() if n not in ("X-Own", "X-Request-Id")}
        answers.append((path, form, answer.status_code, answer.data, own))
    return answers, all_kept(line), list(line.news), [one.getMessage() for one in caplog.records]


def test_what_twilio_tells_is_taken_alike_on_both_ways(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    slow = told_everything(line, line.long, caplog)
    assert line.told == []
    assert told_everything(line, line.short, caplog) == slow
    told = [path.partition("?")[0] for path, form in TELLING if form]
    assert [route for _, _, route, _ in line.told] == [one for one in told if one[-1] != "/"]
    _, (_, (turned,), (claimed, link), (stopped,)), news, logged = slow
    assert (turned["status"], turned["error_code"]) == ("failed", "30003")
    assert (claimed["status"], link["id"]) == ("no-answer", "SM11:link")
    assert stopped["opted_out_at"] is not None
    assert news[:3] == [("call", "completed"), ("call", "ringing"), ("call", "other")]
    assert sum("cannot be made" in one for one in logged) == 1


def test_a_short_status_has_the_headers_of_every_answer(lines: Callable[[str], Line]) -> None:
    line = lines("one")
    answer = post(line.short, "/voice/status", ENDED.encode())
    assert (answer.headers["X-Own"], answer.headers["X-Request-Id"]) == ("yes", "0a1b")
    assert line.told == [("POST", "webhook.voice_status", "/voice/status", 204)]
    post(line.short, "/sms/status", SENT.encode())
    assert line.told[1:] == [("POST", "webhook.sms_status", "/sms/status", 204)]


def both(
    line: Line, path: str, form: str, caplog: pytest.LogCaptureFixture
) -> tuple[tuple[Any, ...], ...]:
    """What each way answers, and what it logs."""
    found = []
    for client in (line.short, line.long):
        caplog.clear()
        answer = post(client, path, form.encode())
        (logged,) = caplog.records
        assert logged.levelno == logging.ERROR
        found.append((answer.status_code, answer.data, logged.getMessage()))
    return tuple(found)


@pytest.mark.parametrize(("path", "form"), [("/voice/status", ENDED), ("/sms/status", SENT)])
def test_what_can_not_be_kept_is_acknowledged_on_neither_way(
    lines: Callable[[str], Line],
    path: str,
    form: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = lines("one")
    (tmp_path / "a file").touch()
    away = open_store(f"sqlite:///{tmp_path}/a file/line.db")
    line.door = replace(line.door, store=away)
    line.app = Flask("away")
    line.app.register_blueprint(webhook.blueprint(line.door))
    quick, slow = both(line, path, form, caplog)
    assert quick == slow
    assert quick[:2] == (503, b"")
    assert "the store is away" in quick[2]
    assert line.news == []
    away.close()


def test_what_nobody_thought_of_is_answered_and_told_on_both_ways(
    lines: Callable[[str], Line],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr("voice.webhook.statuses.record_delivery", fail)
    line = lines("one")
    quick, slow = both(line, "/sms/status", SENT, caplog)
    assert quick == slow == (500, b"", "status of message SM9: ZeroDivisionError")
    assert [status for *_, status in line.told] == [500]
