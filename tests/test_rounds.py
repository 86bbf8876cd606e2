"""What threads do again and again, until they are told to stop."""

import threading
from collections.abc import Iterator

import pytest

from voice.rounds import Rounds


def others() -> Iterator[threading.Thread]:
    return (one for one in threading.enumerate() if one is not threading.current_thread())


def test_what_fails_is_told_once_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    done, enough = [0], threading.Event()

    def do() -> None:
        done[0] += 1
        if done[0] in (1, 2, 3, 5):
            raise NotImplementedError
        if done[0] == 6:
            enough.set()

    rounds = Rounds(do, lambda: 0.001)
    rounds.start()
    assert enough.wait(5)
    rounds.close()
    assert caplog.text.count("it is done again") == 2


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
