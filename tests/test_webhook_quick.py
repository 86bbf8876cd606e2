"""The short way answers what the long one does, and leaves it all that is not plain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests import kept
from tests.conftest import ROOT
from tests.replay import TOKEN, URL, opened, settings_in
from voice import webhook
from voice.bench import wire
from voice.exchange import Phone, Response, over_wsgi
from voice.live import Live
from voice.script import Script, load
from voice.signature import form_pairs, sign
from voice.webhook import Door
from voice.webhook.quick import LARGEST

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


@dataclass
class Line:
    """Twilio's door with a short way before it, and what was told of it."""

    app: Flask
    door: Door
    told: list[tuple[str, str, str, int]] = field(default_factory=list)

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


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(ROOT / "tests" / "data" / "tiny-scripts")


@pytest.fixture
def lines(tiny: Script, tmp_path: Path) -> Iterator[Callable[[str], Line]]:
    """Lines that know nothing of each other."""
    closing = []

    def line(name: str) -> Line:
        settings = replace(settings_in(tmp_path / name), twilio_tokens=("old", TOKEN))
        store = opened(settings)
        closing.append(store)
        live = Live(URL, Path("no clips here"))
        live.release = kept.served(tiny, 1, URL)
        door = webhook.open_door(live, settings, *store.__enter__(), lambda: NOON, lambda _: None)
        app = Flask(name)
        app.register_blueprint(webhook.blueprint(door))
        return Line(app, door)

    yield line
    for store in closing:
        store.__exit__(None, None, None)


def post(
    client: Client, path: str, body: bytes, token: str = TOKEN, **headers: str
) -> TestResponse:
    signature = sign(token, URL + path, form_pairs(body))
    given = {"X-Twilio-Signature": signature, **headers}
    return client.post(path, base_url=URL, data=body, content_type=FORM, headers=given)


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
    plain = [path for path, _ in sent if "status" not in path]
    assert len(here.told) == len(plain) > 20
    routes = {route for _, _, route, _ in here.told}
    assert routes == {"/voice", "/voice/<path:state>", "/sms"}
    assert {(method, status) for method, _, _, status in here.told} == {("POST", 200)}


def test_a_short_answer_has_the_headers_of_every_answer(lines: Callable[[str], Line]) -> None:
    answer = post(lines("one").short, "/voice", b"CallSid=CA1")
    assert (answer.headers["X-Own"], answer.headers["X-Request-Id"]) == ("yes", "0a1b")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "body", "token", "status"),
    [
        ("/voice", b"CallSid=CA1", "wrong", 403),
        ("/sms", b"MessageSid=SM1&Body=MENU", "wrong", 403),
        ("/voice/status", b"CallSid=CA1&CallStatus=completed", TOKEN, 204),
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


def test_practice_goes_the_long_way_with_its_form_whole(lines: Callable[[str], Line]) -> None:
    line = lines("one")
    token = line.door.settings.instance_token
    answer = post(line.short, "/sms", b"MessageSid=SM1&From=%2B12125550199&Body=MENU", token)
    assert answer.status_code == 200
    assert b"<Message" in answer.data
    assert line.told == []


def test_a_get_an_empty_and_an_endless_form_go_the_long_way(lines: Callable[[str], Line]) -> None:
    line = lines("one")
    signature = {"X-Twilio-Signature": sign(TOKEN, f"{URL}/voice?CallSid=CA1")}
    got = line.short.get("/voice?CallSid=CA1", base_url=URL, headers=signature)
    assert got.status_code == 200
    assert post(line.short, "/voice", b"").status_code == 200
    line.app.config["MAX_CONTENT_LENGTH"] = LARGEST
    assert post(line.short, "/voice", b"CallSid=" + b"1" * LARGEST).status_code == 413
    assert line.told == []


def test_without_a_release_nothing_is_read(lines: Callable[[str], Line]) -> None:
    line = lines("one")
    line.door.live.release = None
    assert post(line.short, "/voice", b"CallSid=CA1").status_code == 503
    assert post(line.short, "/voice", b"CallSid=CA1", "wrong").status_code == 403
    assert line.told == []
