"""Who gave no sign of life for too long."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from voice.pulse import (
    TOO_LONG,
    Bell,
    Pulse,
    Replaced,
    Sight,
    Work,
    beating,
    end_of,
    hanging,
    looked,
    state_of,
    stuck,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def after(*numbers: dict[str, int]) -> dict[str, Sight]:
    """What is known after looks that found these numbers."""
    known: dict[str, Sight] = {}
    for found in numbers:
        known = looked(known, found)
    return known


@pytest.mark.parametrize(
    ("shown", "looks"),
    [
        ([7], 0),
        ([7, 7], 1),
        ([7, 7, 7], 2),
        ([7, 7, 8], 0),
        ([7, 7, 8, 8], 1),
        ([255, 255, 0], 0),
    ],
)
def test_looks_are_counted_that_find_the_number_as_it_was(shown: list[int], looks: int) -> None:
    known = after(*({"one": number} for number in shown))
    assert known == {"one": Sight(shown[-1], looks)}


def test_who_takes_the_place_of_another_begins_anew() -> None:
    known = after({"one": 3, "two": 3}, {"one": 3, "two": 4}, {"two": 5, "three": 0})
    assert known == {"two": Sight(5), "three": Sight(0)}


def test_one_hangs_after_so_many_looks_and_no_earlier_and_of_two_one_is_named() -> None:
    known = {"one": Sight(0, 2), "two": Sight(0, 3), "three": Sight(0, 3), "four": Sight(0)}
    assert hanging(known, 4) is None
    assert hanging(known, 3) == "two"


def test_a_sign_of_life_is_seen_by_the_process_that_made_the_fork() -> None:
    pulse = Pulse()
    fork = get_context("fork").Process(target=pulse.beat)
    fork.start()
    fork.join()
    assert pulse.read() == 1


def made() -> "WSGIApplication":
    return lambda environ, start_response: []


def never_made() -> "WSGIApplication":
    sys.exit("no app")


@pytest.mark.parametrize(("load", "answers"), [(made, True), (never_made, False)])
def test_that_a_worker_has_its_app_is_seen_by_the_process_that_made_the_fork(
    load: "Callable[[], WSGIApplication]", answers: bool
) -> None:
    pulse = Pulse()
    fork = get_context("fork").Process(target=beating, args=(pulse, 4, 1, load))
    fork.start()
    fork.join()
    assert pulse.answers == answers


def test_signs_go_on_when_the_number_is_at_its_end() -> None:
    pulse, seen = Pulse(), []
    for _ in range(600):
        pulse.beat()
        seen.append(pulse.read())
    assert all(one != following for one, following in pairwise(seen))


@pytest.mark.parametrize(
    ("ages", "hangs"),
    [
        pytest.param([], False, id="nothing to do"),
        pytest.param([TOO_LONG * 2] * 3, False, id="one thread is free"),
        pytest.param([TOO_LONG * 2] * 3 + [TOO_LONG - 1], False, id="one thread gets on"),
        pytest.param([TOO_LONG + 1] * 4, True, id="each is at it for too long"),
    ],
)
def test_a_worker_hangs_whose_threads_all_are_at_one_request_for_too_long(
    ages: list[float], hangs: bool
) -> None:
    now = 1000.0
    assert stuck([now - age for age in ages], 4, now) == hangs


def test_a_request_is_known_from_its_begin_to_its_end_whatever_its_end() -> None:
    work = Work()
    known: list[int] = []

    def fails(environ: object, start_response: object) -> list[bytes]:
        known.append(len(work.begun))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work.of(fails)({}, lambda *_: lambda _: None)
    assert (known, work.begun) == ([1], {})


def test_what_a_process_does_is_said_by_the_system_or_unknown() -> None:
    assert state_of(os.getpid()) == "R (running)"
    assert state_of(2**22 + 1) == "unknown"


@pytest.mark.parametrize(("code", "told"), [(-9, "SIGKILL"), (-11, "SIGSEGV"), (3, "status 3")])
def test_how_a_process_ended_is_said_by_the_signals_name_or_its_status(
    code: int, told: str
) -> None:
    assert end_of(code) == told


def reads(counted: Replaced, ask: Connection) -> None:
    """A worker that is asked what was counted."""
    ask.recv()
    ask.send(counted.read())


def test_what_is_counted_is_read_by_a_fork_that_was_made_before() -> None:
    counted, (here, there) = Replaced(), Pipe()
    fork = get_context("fork").Process(target=reads, args=(counted, there))
    fork.start()
    for why in ("hung", "died", "died"):
        counted.count(why)
    here.send("now")
    assert here.recv() == {"died": 2, "hung": 1}
    fork.join()


def test_a_bell_is_rung_by_a_signal_while_the_same_thread_waits_and_does_something() -> None:
    done: list[int] = []

    def meanwhile() -> None:
        done.append(len(done))
        if len(done) == 3:
            os.kill(os.getpid(), signal.SIGUSR2)

    bell = Bell(meanwhile, 0.01)
    before = signal.signal(signal.SIGUSR2, lambda *_: bell.set())
    try:
        assert bell.wait()
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert done == [0, 1, 2]
    assert bell.is_set()
    assert bell.wait()
    bell.clear()
    assert not bell.is_set()


ALONE = """import os
from multiprocessing import get_context
from voice.pulse import Pulse, beating

reading, writing = os.pipe()
front = os.getpid()

def load():
    os.close(writing)
    os.read(reading, 1)  # comes back when the front is gone
    while os.getppid() == front:
        os.sched_yield()

def work():
    beating(Pulse(), 4, 4, load)
    print("it answers", flush=True)

get_context("fork").Process(target=work).start()
os._exit(0)
"""


def test_a_worker_whose_front_is_gone_before_it_can_answer_ends() -> None:
    """Whoever starts the line again would not find it at the port, where it would come later."""
    python = [sys.executable, "-c", ALONE]
    said = subprocess.run(python, capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert "it answers" not in said.stdout
    assert "nobody waits for me" in said.stderr
