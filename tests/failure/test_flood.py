"""Floods and slow senders: who calls meanwhile is answered as ever."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.failure.clips import digests
from tests.failure.crowd import (
    STOP,
    STOPPED,
    TOLD,
    TOPIC,
    Callers,
    Crowd,
    caller,
    plain,
    small_release,
)
from tests.failure.machine import machine, wait_until
from tests.failure.proxy import HOST, connection, proxy
from tests.failure.test_killed import crowd_at, prepared
from voice.signature import FORM
from voice.store import contact_keys, open_store, read_contact

FLOOD = 400
MANY = 400
URL = f"https://{HOST}"


def flood(crowd: Crowd, number: str) -> list[bytes]:
    """Texts of one number, one after another; a stop comes last."""
    known = {"From": number}
    said = [*["4"] * FLOOD, STOP]
    fields = (known | {"MessageSid": f"SMf{n}", "Body": body} for n, body in enumerate(said))
    return [crowd.ask("/sms", each) or b"" for each in fields]


@pytest.mark.soak
def test_a_flood_of_one_number_gets_silence_but_for_its_stop_and_others_do_not_notice(
    tmp_path: Path,
) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path) as line:
        crowd, other = crowd_at(line), crowd_at(line)
        other.start(2)
        answers = flood(crowd, "+33199009999")
        other.stop()
        line.stop()
    assert (other.lost, other.wrong, crowd.lost) == (0, [], 0)
    assert sum(b"<Message" in answer for answer in answers) <= 41
    assert STOPPED in answers[-1]
    store = open_store(address)
    assert read_contact(store, contact_keys([b"c" * 32], "+33199009999")).opted_out_at
    store.close()


def test_a_flood_from_many_numbers_leaves_nobody_without_an_answer(tmp_path: Path) -> None:
    """Four hundred people write twice each, forty of them at a time, and others call."""
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path) as line, ThreadPoolExecutor(40) as telephones:
        crowd, callers = crowd_at(line), crowd_at(line, Callers, 0.05)
        callers.start(2)
        told = list(telephones.map(lambda number: written(crowd, number), range(MANY)))
        answered = callers.answered
        callers.go_on(20)
        callers.stop()
        line.stop()
    assert [number for number, both in enumerate(told) if not well_told(*both)] == []
    assert (crowd.lost, callers.lost, callers.wrong) == (0, 0, [])
    assert set(crowd.statuses) == set(callers.statuses) == {200}
    assert answered > 10
    assert max(crowd.slowest, callers.slowest) < 5
    with closing(open_store(address)) as store:
        keys = [contact_keys([b"c" * 32], caller(number)) for number in range(0, MANY, 4)]
        assert all(read_contact(store, one).opted_out_at for one in keys)


def written(crowd: Crowd, number: int) -> tuple[bytes, bytes]:
    """What somebody is told who asks for a topic, and then for one more thing or an end."""
    known = {"From": caller(number)}
    last = STOP if number % 4 == 0 else TOPIC
    said = ((f"SMa{number}", TOPIC), (f"SMb{number}", last))
    first, second = (crowd.ask("/sms", known | {"MessageSid": s, "Body": b}) for s, b in said)
    return first or b"", second or b""


def well_told(first: bytes, second: bytes) -> bool:
    """Whether both texts were answered with words."""
    return TOLD in first and (TOLD in second or STOPPED in second)


SLOW = 60
"""Senders that never finish: more than the threads of a worker."""


def unfinished(to: HTTPConnection) -> HTTPConnection:
    """Whoever begins to send, and sends no more."""
    to.putrequest("POST", "/voice")
    to.putheader("Content-Type", FORM)
    to.putheader("Content-Length", "1000")
    to.endheaders(b"CallSid=")
    return to


def half_a_head(to: HTTPConnection) -> HTTPConnection:
    """Whoever does not even say what they want."""
    to.connect()
    to.sock.sendall(b"POST /voice HTTP/1.1\r\nHost: ")
    return to


def is_cut_off(sender: HTTPConnection) -> bool:
    """Send one letter more; whether the line has shut the connection."""
    try:
        sender.sock.send(b"A")
        return sender.sock.recv(1, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_senders_that_never_finish_are_cut_off_and_callers_do_not_notice(tmp_path: Path) -> None:
    """They are silent at first and then send a letter at a time; nothing is before the line."""
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with machine(tmp_path) as line, ExitStack() as stack:
        line.wait_until_made()
        begin = [unfinished] * SLOW + [half_a_head] * 4
        slow = [stack.enter_context(closing(one(plain(line.port)))) for one in begin]
        callers = crowd_at(line, Callers, 0.05)
        callers.start(2)
        callers.go_on(40)
        wait_until(lambda: all(list(map(is_cut_off, slow))), "somebody sends for ever")
        callers.stop()
        line.stop()
    assert (callers.lost, callers.wrong, set(callers.statuses)) == (0, [], {200})
    assert callers.slowest < 10


@pytest.mark.soak
def test_senders_that_never_finish_are_kept_from_the_line_by_nginx(tmp_path: Path) -> None:
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with ExitStack() as stack:
        line = stack.enter_context(machine(tmp_path, PUBLIC_URL=URL))
        (tmp_path / "front").mkdir()
        port = stack.enter_context(proxy(tmp_path / "front", [line.port], tmp_path))
        for _ in range(40):
            stack.enter_context(closing(unfinished(connection(port))))
        audio = line.audio
        release = small_release(URL, audio=audio)
        crowd = Crowd(URL, [port], release, sounds=digests(audio), connect=connection)
        crowd.start(2)
        crowd.go_on(100)
        crowd.stop()
        assert (crowd.lost, crowd.wrong) == (0, [])
        assert crowd.slowest < 5
        line.stop()
