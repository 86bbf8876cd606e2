"""Taking in what is sent before anybody works on it, and cutting off who never finishes."""

import socket
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from voice.intake import LARGEST, PATIENT, PRESSED, UNREAD, Awaited, Intake, announced, late

NOW = 1000.0


@pytest.mark.parametrize(
    ("head", "size"),
    [
        pytest.param({}, 0, id="a request without a body"),
        pytest.param({"CONTENT_LENGTH": ""}, 0, id="none announced"),
        pytest.param({"CONTENT_LENGTH": "1200"}, 1200, id="a webhook"),
        pytest.param({"CONTENT_LENGTH": str(LARGEST)}, LARGEST, id="as large as may be"),
        pytest.param({"CONTENT_LENGTH": str(LARGEST + 1)}, 0, id="too large but for staff"),
        pytest.param({"CONTENT_LENGTH": "9" * 5000}, 0, id="a number beyond any"),
        pytest.param({"CONTENT_LENGTH": "-5"}, 0, id="less than nothing"),
        pytest.param({"CONTENT_LENGTH": "²"}, 0, id="a figure that is none"),
        pytest.param({"HTTP_TRANSFER_ENCODING": "chunked"}, LARGEST + 1, id="in pieces"),
    ],
)
def test_as_much_is_taken_in_as_is_announced_but_for_what_only_staff_may_send(
    head: Mapping[str, str], size: int
) -> None:
    assert announced(dict(head)) == size


def awaited(sender: str, *ages: float) -> list[Awaited]:
    return [Awaited(NOW - age, sender, 8000) for age in ages]


LONG, SHORT = PATIENT + 1, PRESSED + 0.1


@pytest.mark.parametrize(
    ("waiting", "found"),
    [
        pytest.param([], {}, id="nobody"),
        pytest.param(awaited("a", SHORT, SHORT), {}, id="a few have time"),
        pytest.param(awaited("a", LONG, SHORT), {"a": [LONG]}, id="but not for ever"),
        pytest.param(
            [*awaited("a", SHORT, 0.1), *awaited("b", SHORT, LONG)],
            {"a": [SHORT], "b": [SHORT, LONG]},
            id="many have less",
        ),
    ],
)
def test_a_body_may_take_ten_seconds_and_half_a_second_where_many_wait(
    waiting: list[Awaited], found: Mapping[str, list[float]]
) -> None:
    told = late(waiting, 4, NOW)
    assert {sender: pytest.approx(ages) for (_, sender), ages in told.items()} == found
    assert {port for port, _ in told} <= {8000}


def test_after_a_machine_stood_still_only_who_is_still_awaited_a_look_later_is_late() -> None:
    intake = Intake(4, 4)
    intake.awaited = dict(enumerate(awaited("a", LONG) + awaited("b", LONG)))
    assert intake.overdue(NOW) == {}
    del intake.awaited[1]
    assert intake.overdue(NOW) == {(8000, "a"): [LONG]}


def test_as_many_are_told_of_as_were_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("voice.intake.cut", lambda port, sender, ages: len(ages) - 1)
    intake = Intake(4, 4)
    intake.awaited = dict(enumerate(awaited("a", LONG) + awaited("b", LONG, LONG + 1)))
    monkeypatch.setattr("time.monotonic", lambda: NOW)
    intake.look()
    intake.look()
    assert caplog.messages == ["cut off 1 that did not finish what they sent"]


class Answered:
    """What an app was asked with, and what was answered."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.statuses: list[str] = []

    def app(self, environ: Any, start_response: Any) -> list[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    def start(self, status: str, headers: Any, error: Any = None) -> Any:
        self.statuses.append(status)


def asked(body: bytes, **head: str) -> dict[str, Any]:
    return {"SERVER_PORT": "8000", "REMOTE_ADDR": "a", "wsgi.input": BytesIO(body), **head}


@pytest.mark.parametrize(
    ("environ", "bodies", "status"),
    [
        pytest.param(asked(b"a=1", CONTENT_LENGTH="3"), [b"a=1"], "200 OK", id="whole"),
        pytest.param(asked(b"a", CONTENT_LENGTH="3"), [], "400 BAD REQUEST", id="broken off"),
        pytest.param(
            asked(b"a=1", HTTP_TRANSFER_ENCODING="chunked"), [b"a=1"], "200 OK", id="in pieces"
        ),
        pytest.param(
            asked(b"a" * (LARGEST + 2), HTTP_TRANSFER_ENCODING="chunked"),
            [],
            "413 CONTENT TOO LARGE",
            id="too much in pieces",
        ),
        pytest.param(asked(b"", CONTENT_LENGTH="0"), [b""], "200 OK", id="nothing sent"),
    ],
)
def test_an_app_is_asked_with_all_that_was_sent_or_not_at_all(
    environ: dict[str, Any], bodies: list[bytes], status: str
) -> None:
    seen, intake = Answered(), Intake(4, 1)
    list(intake.of(seen.app)(environ, seen.start))
    assert (seen.bodies, seen.statuses, intake.awaited) == (bodies, [status], {})


def test_no_more_work_at_once_than_may_though_more_take_in() -> None:
    go, begun = threading.Semaphore(0), threading.Semaphore(0)

    def works(environ: Any, start_response: Any) -> list[bytes]:
        begun.release()
        assert go.acquire(timeout=20)
        return [b"done"]

    app = Intake(2, 2).of(works)
    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(app, asked(b""), lambda *_: lambda _: None) for _ in range(3)]
        assert begun.acquire(timeout=20)
        assert begun.acquire(timeout=20)
        third_began_beside_them = begun.acquire(timeout=0.3)
        go.release(3)
        assert [list(answer.result()) for answer in answers] == [[b"done"]] * 3
    assert not third_began_beside_them


def test_what_fails_leaves_its_turn_to_the_next() -> None:
    def fails(environ: Any, start_response: Any) -> list[bytes]:
        raise ZeroDivisionError

    app = Intake(1, 1).of(fails)

    def ask() -> None:
        with pytest.raises(ZeroDivisionError):
            app(asked(b""), lambda *_: lambda _: None)

    for _ in range(3):
        asker = threading.Thread(target=ask, daemon=True)  # who waits for ever ends with the tests
        asker.start()
        asker.join(20)
        assert not asker.is_alive()


def test_the_system_is_told_how_long_an_answer_may_stay_unread_at_any_port() -> None:
    here = ("127.0.0.1", 0)
    with socket.create_server(here) as one, socket.create_server(here) as other:
        Intake(4, 4).look()
        waits = [
            port.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) for port in (one, other)
        ]
    assert waits == [UNREAD * 1000] * 2
