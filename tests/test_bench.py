"""The bench measures what it says: its requests, its client, its rivals, its arithmetic."""

import re
import socket
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from tests import kept
from tests.replay import door_app, opened, settings_in
from voice.bench import rivals, wire
from voice.bench.load import ANY, Load, Outcome, due, put
from voice.bench.place import cpu, memory, served
from voice.bench.report import as_data, as_text, callers
from voice.bench.run import Figures, Run
from voice.live import Live

ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\nhello"


# The client --------------------------------------------------------------------------------------


@contextmanager
def answering(
    answers: list[bytes], asked: list[bytes] | None = None, patience: float | None = None
) -> Iterator[tuple[int, Iterator[int]]]:
    """A server that gives one answer after another, in turn; an empty one hangs up.

    Its port, and the number of its next answer: how many it gave. `asked` gets what came. It hangs
    up after so many seconds of `patience` without a request, too.
    """
    server = socket.create_server(("127.0.0.1", 0))
    turn = count()

    def serve(connection: socket.socket) -> None:
        connection.settimeout(patience)
        with connection, suppress(TimeoutError):
            while came := connection.recv(65536):
                if asked is not None:
                    asked.append(came)
                answer = answers[next(turn) % len(answers)]
                if not answer:
                    return
                # In two pieces, as a network may bring it.
                connection.sendall(answer[:10])
                connection.sendall(answer[10:])

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], turn
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def test_a_closed_loop_counts_every_answer_and_its_time():
    with answering([ANSWER % 200]) as (port, turn):
        outcome = put(Load(port, [b"GET / HTTP/1.1\r\n\r\n"], 0.3, connections=2))
    assert outcome.answered == next(turn) > 3
    assert outcome.failed == 0
    assert outcome.seconds >= 0.3
    assert 0 < sum(outcome.times) <= 2 * outcome.seconds
    assert 0 < outcome.within(0.5) <= outcome.within(0.99) <= outcome.seconds * 1000


def test_a_request_sent_many_times_carries_another_token_each_time(line, script):
    sent = wire.raw(wire.call(line, script, 7)[1])
    assert b"\r\nI-Twilio-Idempotency-Token: " + ANY + b"\r\n" in sent
    asked: list[bytes] = []
    with answering([ANSWER % 200], asked) as (port, _):
        for _ in range(2):
            put(Load(port, [sent], 0.1, connections=2))
    tokens = {re.search(rb"Token: (\w{32})\r\n", one)[1] for one in asked}
    assert ANY not in tokens
    assert len(tokens) == len(asked) > 3


def test_an_open_loop_keeps_its_rate():
    with answering([ANSWER % 200]) as (port, _):
        outcome = put(Load(port, [b"GET / HTTP/1.1\r\n\r\n"], 1, rate=100, connections=4))
    assert 80 <= outcome.answered <= 102


@pytest.mark.parametrize(
    ("rate", "seconds", "how_many"),
    [(100, 0, 1), (100, 0.009, 1), (100, 0.0101, 2), (100, 1.0001, 101), (8, 0.9, 8), (8, 1, 9)],
)
def test_each_request_of_an_open_loop_is_due_as_soon_as_its_time_has_come(rate, seconds, how_many):
    assert due(rate, seconds) == how_many


def test_refusals_and_lost_connections_are_failures_and_the_load_goes_on():
    with answering([ANSWER % 200, ANSWER % 403, b""]) as (port, turn):
        outcome = put(Load(port, [b"GET / HTTP/1.1\r\n\r\n"], 0.3, connections=2))
    asked = next(turn)
    assert asked > 3
    fine = len(range(0, asked, 3))
    assert (outcome.answered, outcome.failed) == (fine, asked - fine)


def test_a_server_may_close_connections_that_have_nothing_to_do():
    with answering([ANSWER % 200], patience=0.1) as (port, _):
        outcome = put(Load(port, [b"GET / HTTP/1.1\r\n\r\n"], 1, rate=50, connections=8))
    assert outcome.failed == 0
    assert 40 <= outcome.answered <= 52


# The requests ------------------------------------------------------------------------------------


@pytest.fixture
def line(script, tmp_path) -> Iterator[str]:
    """The line on this machine's own address; its token is the bench's."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    settings = replace(settings_in(tmp_path), public_url=url, twilio_tokens=(wire.TOKEN,))
    live = Live(url, tmp_path / "audio")
    live.release = kept.served(script, 1, url)
    with opened(settings) as (store, tally):
        when = datetime(2026, 11, 23, 15, tzinfo=UTC)
        server.app = door_app(live, settings, store, tally, lambda: when)
        thread = threading.Thread(target=partial(server.serve_forever, 0.05))
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def fields(sent: wire.Sent) -> dict[str, str]:
    return dict(parse_qsl(sent.body.decode(), keep_blank_values=True))


def test_a_call_is_a_whole_one_signed_and_of_real_size(line, script):
    sent = wire.call(line, script, 7)
    paths = [one.url.removeprefix(line) for one in sent]
    assert len(sent) > 15
    assert paths[0] == "/voice"
    assert paths[-1] == "/voice/status"
    for place in ("/main/", "/menu.", "/topic.", "/after.", "/pause.", "/transfer/"):
        assert any(place in path for path in paths), place
    for one in sent:
        given = fields(one)
        signature = one.headers["X-Twilio-Signature"]
        assert RequestValidator(wire.TOKEN).validate(one.url, given, signature)
        assert len(given) >= 20
    assert {fields(one)["From"] for one in sent} == {wire.fictional(7)}
    assert wire.menus(sent)


def test_texts_each_have_an_id_of_their_own_and_people_write_in_turn():
    raws = wire.texts("http://127.0.0.1:1", ["RISKS", "MORE", "why"], 30, 9)
    bodies = [raw.partition(b"\r\n\r\n")[2].decode() for raw in raws]
    given = [dict(parse_qsl(body)) for body in bodies]
    assert len({one["MessageSid"] for one in given}) == 9
    assert [one["Body"] for one in given] == ["RISKS", "MORE", "why"] * 3
    assert [one["From"] for one in given] == [
        wire.fictional(n) for n in (10, 10, 10, 11, 11, 11, 12, 12, 12)
    ]
    for raw, body in zip(raws, bodies, strict=True):
        assert f"Content-Length: {len(body)}\r\n".encode() in raw


def test_every_number_is_fictional_and_another():
    numbers = [wire.fictional(n) for n in range(80_000)]
    assert len(set(numbers)) == 80_000
    assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d", number) for number in numbers)


def test_what_people_write_is_a_keyword_then_more_then_a_question(script):
    bodies = wire.mixed(script)
    assert bodies[:3] == [wire.keywords(script)[0], "MORE", wire.questions(script)[0]]
    assert bodies[4] in {word.upper() for word in script.words["es-US"]["more"]}


# The rivals --------------------------------------------------------------------------------------


def test_the_sample_answers_only_what_is_signed_for_it():
    client = rivals.sample().test_client()
    body = b"Digits=1&From=%2B12125550199"
    url = "http://localhost/voice"
    form = "application/x-www-form-urlencoded"
    sent = wire.signed(wire.Sent("POST", "", body, {"Content-Type": form}), url)
    signed = client.post("/voice", data=body, headers=dict(sent.headers))
    assert (signed.status_code, signed.data.count(b"<Play>")) == (200, 3)
    assert client.post("/voice", data=body, content_type=form).status_code == 403


def test_a_rival_is_served_measured_and_stopped():
    def command(port: int) -> list[str]:
        return ["voice.bench.stage", "hello", str(port)]

    with served(command, lambda _: {}, "/healthz", None) as server:
        before = cpu(server)
        assert (
            put(
                Load(
                    server.port,
                    [b"POST /voice HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"],
                    0.5,
                )
            ).failed
            == 0
        )
        assert cpu(server) > before
        assert 20 < memory(server) < 200
    assert server.process.poll() is not None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


# The arithmetic ----------------------------------------------------------------------------------


def figures(name: str, rate: float, used: float) -> Figures:
    return Figures(name, rate, used, 1.0, 2.0, 0.5, 1.5, 0)


DONE = Run(
    tuple(
        figures(*row)
        for row in (
            ("hello", 1000, 50),
            ("sample", 250, 200),
            ("menu", 500, 100),
            ("call", 400, 110),
        )
    ),
    {"line": 80.04},
    0.9,
    3,
)


def test_ratios_are_to_hello_and_callers_to_half_the_rate_of_a_call():
    data = as_data(DONE)
    menu = next(row for row in data["figures"] if row["name"] == "menu")
    assert (menu["rate_ratio"], menu["cpu_ratio"]) == (0.5, 2.0)
    assert callers(DONE) == 400 * 0.5 * 10
    assert data["callers_at_once"] == 2000
    assert data["clinics"] == 1000
    told = as_text(DONE)
    assert "2.0 times the rate of Twilio's sample" in told
    assert "2,000 callers at once" in told
    assert "1,000 clinics" in told


def test_times_are_those_within_which_a_share_of_answers_came():
    outcome = Outcome(101, 0, 2.0, array("d", [n / 1000 for n in range(101)]))
    assert (outcome.rate, outcome.within(0.5), outcome.within(0.99)) == (50.5, 50.0, 99.0)
    assert Outcome(0, 3, 2.0, array("d")).within(0.5) == float("inf")
