"""While a database does not answer one waits for it, and everybody else is told at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from voice.server import THREADS
from voice.store.patience import AGAIN_AFTER, LATE, MOST, SLOW, Patience


class Away(Exception):
    pass


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(clock)


def ask(
    patience: Patience,
    clock: Clock,
    takes: float,
    fails: bool,
    meanwhile: Callable[[], object] = lambda: None,
) -> str:
    """What became of a question that takes this long."""
    try:
        with patience.asking(Away):
            meanwhile()
            clock.now += takes
            if fails:
                raise Away("asked in vain")
    except Away as problem:
        return str(problem)
    return "answered"


@pytest.mark.parametrize(
    ("failed", "unkept"), [(("reads",), False), (("writes",), True), (("writes", "reads"), True)]
)
def test_a_write_that_failed_is_remembered(
    patience: Patience, failed: tuple[str, ...], unkept: bool
) -> None:
    for one in failed:
        with pytest.raises(Away), patience.asking(Away, writes=one == "writes"):
            raise Away
    with patience.asking(Away):
        pass
    assert patience.unkept is unkept


def test_who_answers_is_asked_by_all(patience: Patience, clock: Clock) -> None:
    with patience.asking(Away), patience.asking(Away):
        clock.now += 60
    assert ask(patience, clock, 0, fails=False) == "answered"


def test_a_quick_no_keeps_nobody_from_asking(patience: Patience, clock: Clock) -> None:
    for _ in range(3):
        assert ask(patience, clock, SLOW / 2, fails=True) == "asked in vain"


def test_after_a_slow_failure_one_tries_again_after_a_while(
    patience: Patience, clock: Clock
) -> None:
    assert ask(patience, clock, SLOW, fails=True) == "asked in vain"
    assert ask(patience, clock, 0, fails=False) == "it does not answer"
    clock.now += AGAIN_AFTER
    told = []

    def another() -> None:
        told.append(ask(patience, clock, 0, fails=False))

    assert ask(patience, clock, SLOW, fails=True, meanwhile=another) == "asked in vain"
    assert told == ["it does not answer"]
    assert ask(patience, clock, 0, fails=False) == "it does not answer"
    clock.now += AGAIN_AFTER
    assert ask(patience, clock, SLOW, fails=False) == "answered"
    assert ask(patience, clock, 0, fails=False) == "answered"


def test_for_one_that_answers_late_a_thread_fewer_waits_than_there_are(
    patience: Patience, clock: Clock
) -> None:
    assert THREADS - 1 == MOST
    with ExitStack() as waiting:
        for _ in range(THREADS):
            waiting.enter_context(patience.asking(Away))
        assert ask(patience, clock, 0, fails=False) == "answered"
        clock.now += LATE
        assert ask(patience, clock, 0, fails=False) == "it answers late, and others wait for it"
    with patience.asking(Away), patience.asking(Away):
        assert ask(patience, clock, 0, fails=False) == "answered"


def test_it_is_late_until_somebody_is_answered_soon(patience: Patience, clock: Clock) -> None:
    def ask_beside(others: int) -> str:
        with ExitStack() as waiting:
            for _ in range(others):
                waiting.enter_context(patience.asking(Away))
            return ask(patience, clock, 0, fails=False)

    for _ in range(2):
        ask(patience, clock, LATE, fails=False)
    assert ask_beside(MOST) == "it answers late, and others wait for it"
    assert ask_beside(MOST - 1) == "answered"
    assert ask_beside(MOST) == "answered"


def test_one_who_has_much_to_do_stands_in_nobodys_way(patience: Patience, clock: Clock) -> None:
    with patience.asking(Away):
        clock.now += 60
        with patience.asking(Away), patience.asking(Away):
            assert ask(patience, clock, 0, fails=False) == "answered"


@pytest.mark.parametrize("takes", [0, SLOW])
def test_whoever_tries_leaves_the_way_free_even_when_something_else_breaks(
    patience: Patience, clock: Clock, takes: float
) -> None:
    ask(patience, clock, SLOW, fails=True)
    clock.now += AGAIN_AFTER

    def breaks() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ask(patience, clock, takes, fails=False, meanwhile=breaks)
    assert ask(patience, clock, 0, fails=False) == "answered"


def test_of_many_that_may_try_again_exactly_one_does(patience: Patience, clock: Clock) -> None:
    ask(patience, clock, SLOW, fails=True)
    clock.now += AGAIN_AFTER
    start, release, told = threading.Barrier(8), threading.Event(), []

    def one() -> Iterator[None]:
        start.wait()
        try:
            with patience.asking(Away):
                release.wait(10)
                told.append("answered")
        except Away as problem:
            told.append(str(problem))
            if len(told) == 7:
                release.set()
        yield

    threads = [threading.Thread(target=list, args=(one(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["answered"] + ["it does not answer"] * 7
