"""Floods and slow senders: who calls meanwhile is answered as ever."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.failure.crowd import STOP, STOPPED, Crowd, small_release
from tests.failure.machine import machine
from tests.failure.proxy import HOST, connection, proxy
from tests.failure.test_killed import crowd_at, prepared
from voice.signature import FORM
from voice.store import contact_keys, open_store, read_contact

FLOOD = 400
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


@pytest.mark.soak
def test_senders_that_never_finish_are_kept_from_the_line_by_nginx(tmp_path: Path) -> None:
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with ExitStack() as stack:
        line = stack.enter_context(machine(tmp_path, PUBLIC_URL=URL))
        (tmp_path / "front").mkdir()
        port = stack.enter_context(proxy(tmp_path / "front", [line.port], tmp_path))
        for _ in range(40):
            slow = stack.enter_context(closing(connection(port)))
            slow.putrequest("POST", "/voice")
            slow.putheader("Content-Type", FORM)
            slow.putheader("Content-Length", "1000")
            slow.endheaders(b"CallSid=")
        crowd = Crowd(URL, [port], small_release(URL), connection)
        crowd.start(2)
        crowd.go_on(100)
        crowd.stop()
        assert (crowd.lost, crowd.wrong) == (0, [])
        assert crowd.slowest < 5
        line.stop()
