"""Status callbacks while the store is away: they can not be kept, and that costs no call."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests import databases
from tests.failure.clips import digests
from tests.failure.crowd import Crowd, send, small_release
from tests.failure.machine import TOKEN, two_machines, wait_until
from tests.failure.proxy import HOST, connection, proxy
from tests.failure.test_killed import prepared
from voice.signature import FORM, form_pairs, sign

URL = f"https://{HOST}"
NEWS = {
    "/voice/status": {"CallSid": "CA1", "CallStatus": "completed"},
    "/voice/status/?turn=CA1": {"CallSid": "CA1", "CallStatus": "ringing"},
    "/sms/status": {"MessageSid": "SM1", "MessageStatus": "delivered"},
}


class Twilio:
    """Tells what became of calls and texts, over and over, and notes what it was answered."""

    def __init__(self, port: int) -> None:
        self.answers: list[int] = []
        self._port = port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> "Twilio":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _tell(self) -> None:
        while not self._over.is_set():
            for path, fields in NEWS.items():
                body = urlencode(fields).encode()
                signature = sign(TOKEN, URL + path, form_pairs(body))
                headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
                self.answers.append(send(connection(self._port), path, body, headers)[0])


@pytest.fixture
def own_server() -> Iterator[databases.Server]:
    with databases.server(databases.own_folder()) as server:
        yield server


@contextmanager
def stopped(server: databases.Server) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@pytest.mark.soak
def test_news_that_can_not_be_kept_takes_no_machine_from_those_who_call(
    tmp_path: Path, own_server: databases.Server
) -> None:
    own_server.make("statuses")
    address = own_server.url("statuses")
    prepared(address)
    with ExitStack() as stack:
        lines = stack.enter_context(two_machines(tmp_path, DATABASE_URL=address, PUBLIC_URL=URL))
        (tmp_path / "front").mkdir()
        ports = [line.port for line in lines]
        port = stack.enter_context(proxy(tmp_path / "front", ports, tmp_path / "one"))
        audio = lines[0].audio
        release = small_release(URL, audio=audio)
        crowd = Crowd(URL, [port], release, sounds=digests(audio), connect=connection)
        crowd.start()
        with Twilio(port) as twilio:
            wait_until(lambda: len(twilio.answers) > 20, "no news was told")
            assert set(twilio.answers) == {204}
            with stopped(own_server):
                wait_until(lambda: twilio.answers.count(503) > 40, "the store is not away")
                crowd.go_on(200)
                assert (crowd.lost, crowd.wrong) == (0, [])
            before = len(twilio.answers)
            wait_until(lambda: 204 in twilio.answers[before:], "nothing is kept any more")
            crowd.go_on(40)
        crowd.stop()
        assert set(twilio.answers) == {204, 503}
        assert (crowd.lost, crowd.wrong) == (0, [])
