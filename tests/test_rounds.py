"""What threads do again and again, until they are told to stop."""

import threading
from collections.abc import Iterator

import pytest

from voice.rounds import Rounds


def others() -> Iterator[threading.Thread]:
    return (one for one in threading.enumerate() if one is not threading.current_thread())


def test_what_fails_is_told_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    done, twice = [0], threading.Event()

    def do() -> None:
        done[0] += 1
        if done[0] == 1:
            raise NotImplementedError
        twice.set()

    rounds = Rounds(do, lambda: 0.001)
    rounds.start()
    assert twice.wait(5)
    rounds.close()
    assert "it is done again" in caplog.text


def test_it_goes_round_and_ends_when_it_is_closed() -> None:
    before = set(others())
    done, thrice = [0], threading.Event()

    def do() -> None:
        done[0] += 1
        if done[0] == 3:
            thrice.set()

    rounds = Rounds(do, lambda: 0.001)
    rounds.start()
    assert thrice.wait(5)
    rounds.close()
    (thread,) = set(others()) - before
    thread.join(5)
    assert not thread.is_alive()
    assert done[0] >= 3
