"""Who watches from elsewhere learns that something failed, where, and how long answers took.

Nothing of who called or what they said: callers here press, say and write it all.
"""

import gzip
import json
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from tests.conftest import ROOT
from tests.failure.crowd import small_release
from tests.failure.machine import wait_until
from tests.test_webhook import raw
from voice.assembly import build
from voice.exchange import Phone, send
from voice.live import Live
from voice.measures import measures
from voice.settings import SettingsError, read
from voice.store import Tally, open_store
from voice.store.migrating import migrate
from voice.watchers import OWN, Seen, errors_to, times_to, unseen, watched

URL = "https://line.example"
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
TOKEN = "token-of-these-tests"
DSN = "https://key0key@sentry.example.org/42"
NUMBER, TYPED, SPOKEN, WRITTEN = "+12125550199", "8675309", "saltwater crocodile", "yellow zeppelin"
PRIVATE = (NUMBER, NUMBER[1:], "5550199", TYPED, SPOKEN, "crocodile", WRITTEN, "zeppelin", TOKEN)


class Kept(Transport):
    """Takes what would leave for Sentry."""

    events: list[dict[str, Any]]

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events.append(json.loads(envelope.items[0].get_bytes()))


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What Sentry is told of."""
    Kept.events = []
    handler = errors_to(DSN, Kept)
    logging.getLogger(OWN).addHandler(handler)
    yield Kept.events
    logging.getLogger(OWN).removeHandler(handler)


def broken(*_: Any) -> Any:
    """Fail as what repeats all it was asked."""
    words = f"{NUMBER} pressed {TYPED}, said {SPOKEN}, wrote {WRITTEN}"
    raise ValueError(words)


class Broken(dict[Any, Any]):
    """Answers that fail, but for the apology."""

    whole: Mapping[Any, bytes]

    def __missing__(self, state: Any) -> bytes:
        return self.whole[state] if state.place == "apology" else bytes(broken())


@contextmanager
def failing(folder: Path, seen: Seen = unseen) -> Iterator[Phone]:
    """A line that has no answer to anything."""
    given = {"PUBLIC_URL": URL, "INSTANCE": str(folder), "TWILIO_AUTH_TOKEN": TOKEN}
    settings = read(given, root=ROOT)
    store = open_store(settings.database_url)
    migrate(store)
    live = Live(URL, folder)
    release, replies = small_release(URL), Broken()
    replies.whole = release.replies
    live.release = replace(release, replies=replies)
    tally = Tally(store)
    parts = (settings, store, live, tally, measures(), lambda: NOON, lambda: None)
    app = build(*parts, seen=seen)
    yield Phone(raw(app), URL, TOKEN, number=NUMBER)
    tally.close()
    store.close()


def live_through(phone: Phone) -> None:
    """Call and write, and have most of it fail."""
    call = {"CallSid": "CA1", "From": NUMBER, "To": "+12125550150"}
    main = "/voice/1/main/fr-FR/normal/0"
    send(phone, "POST", f"{URL}/voice", call)
    send(phone, "POST", URL + main, call | {"Digits": TYPED})
    send(phone, "POST", URL + main, call | {"Digits": "1"})
    send(phone, "POST", URL + main, call | {"SpeechResult": f"oreille {SPOKEN}"})
    send(phone, "GET", f"{URL}{main}", call | {"Digits": "1"})
    send(phone, "POST", f"{URL}/sms", {"MessageSid": "SM1", "From": NUMBER, "Body": WRITTEN})
    send(phone, "POST", f"{URL}/sms", {"From": NUMBER, "Body": WRITTEN})
    send(phone, "GET", f"{URL}/nothing/{TYPED}?{WRITTEN}", {})


def test_an_error_is_told_by_its_kind_and_place_and_by_nothing_of_anybodys(
    tmp_path: Path, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.thread.step", broken)
    with failing(tmp_path) as phone:
        live_through(phone)
    kinds = [(one["logger"], one["exception"]["values"][0]["type"]) for one in told]
    assert kinds.count(("voice.webhook.calls", "ValueError")) == 5
    assert kinds.count(("voice.webhook.texts", "ValueError")) == 2
    (failure, *_) = (one["exception"]["values"][0]["stacktrace"]["frames"] for one in told)
    assert (failure[-1]["function"], failure[-1]["lineno"] > 0) == ("broken", True)
    everything = json.dumps(told)
    assert [private for private in PRIVATE if private in everything] == []
    assert "vars" not in everything
    assert "request" not in {name for one in told for name in one}


def test_an_error_without_an_exception_is_told_in_the_programs_words(
    told: list[dict[str, Any]],
) -> None:
    logging.getLogger("voice.any").error("call %s from %s failed", "CA1", NUMBER)
    logging.getLogger("voice.any").warning("no error")
    logging.getLogger("elsewhere").error("not ours")
    assert [one["message"] for one in told] == ["call %s from %s failed"]


def test_a_span_holds_method_route_and_status_and_lasted_as_long_as_the_answer(
    tmp_path: Path,
) -> None:
    spans = InMemorySpanExporter()
    with failing(tmp_path, times_to(SimpleSpanProcessor(spans))) as phone:
        live_through(phone)
    names = [span.name for span in spans.get_finished_spans()]
    assert names == [
        "POST /voice",
        *["POST /voice/<path:state>"] * 3,
        "GET /voice/<path:state>",
        *["POST /sms"] * 2,
        "GET -",
    ]
    everything = " ".join(span.to_json() for span in spans.get_finished_spans())
    assert [private for private in PRIVATE if private in everything] == []
    statuses = [span.attributes["http.response.status_code"] for span in spans.get_finished_spans()]
    assert statuses == [200] * 7 + [404]
    assert all(0 < span.end_time - span.start_time < 5e9 for span in spans.get_finished_spans())


class _Watcher(BaseHTTPRequestHandler):
    came: dict[str, bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.came[self.path] = gzip.decompress(body) if packed else body
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def watcher() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A watcher of both kinds on the loopback: where it is, and what came, by path."""
    came: dict[str, bytes] = {}
    handler = type("Watcher", (_Watcher,), {"came": came})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}", came
        server.shutdown()
        thread.join()


def test_what_a_setting_names_is_told_over_the_wire(
    tmp_path: Path,
    watcher: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    address, came = watcher
    given = {"SENTRY_DSN": f"http://key0key@{address}/42", "INSTANCE": str(tmp_path)}
    given |= {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}/"}
    seen, own = watched(read(given, root=ROOT)), logging.getLogger(OWN)
    seen("POST", "/voice/<path:state>", 200, 0.01)
    try:
        broken()
    except ValueError:
        own.error("call %s failed", NUMBER)
    own.removeHandler(own.handlers[-1])
    wait_until(lambda: len(came) == 2, "somebody was not told", 10)
    assert b"call %s failed" in came["/api/42/envelope/"]
    assert b"POST /voice/<path:state>" in came["/v1/traces"]
    everything = b" ".join(came.values()).decode("utf-8", "replace")
    assert [private for private in PRIVATE if private in everything] == []


def test_nobody_watches_unless_a_setting_says_so(tmp_path: Path) -> None:
    before = list(logging.getLogger(OWN).handlers)
    assert watched(read({"INSTANCE": str(tmp_path)}, root=ROOT)) is unseen
    assert logging.getLogger(OWN).handlers == before


def test_without_the_package_the_line_is_served_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    assert watched(read({"INSTANCE": str(tmp_path), "SENTRY_DSN": DSN}, root=ROOT)) is unseen
    assert "kypholine[sentry,otel]" in caplog.text
    assert DSN not in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTRY_DSN", "https://sentry.example.org/42"),
        ("SENTRY_DSN", "http://key0key@sentry.example.org/42"),
        ("SENTRY_DSN", "https://key0key@sentry.example.org/"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example.org:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ],
)
def test_a_watcher_is_named_by_an_address_that_nobody_else_can_read_on_the_way(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as error:
        read({"INSTANCE": str(tmp_path), name: value}, root=ROOT)
    assert [problem.name for problem in error.value.problems] == [name]
    assert "key0key" not in str(error.value)
