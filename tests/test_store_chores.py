"""A chore is done by one of all processes, and again when its time has come."""

import threading
from datetime import timedelta

from tests.stored import NOW
from voice.store import Store
from voice.store.chores import take

EVERY = timedelta(hours=6)
SECOND = timedelta(seconds=1)


def test_of_many_who_would_do_it_one_does(store: Store) -> None:
    taken: list[bool] = []
    start = threading.Barrier(6)

    def ask() -> None:
        start.wait()
        taken.append(take(store, "purge", EVERY, NOW))

    for _ in range(2):
        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken) == [False] * 11 + [True]


def test_it_is_due_again_after_its_time(store: Store) -> None:
    assert take(store, "purge", EVERY, NOW)
    assert not take(store, "purge", EVERY, NOW + EVERY - SECOND)
    assert take(store, "another", EVERY, NOW)
    assert take(store, "purge", EVERY, NOW + EVERY)
    assert not take(store, "purge", EVERY, NOW + EVERY)


def test_a_clock_that_was_wrong_for_a_moment_puts_nothing_off(store: Store) -> None:
    assert take(store, "purge", EVERY, NOW + 300 * EVERY)
    assert take(store, "purge", EVERY, NOW)
    assert not take(store, "purge", EVERY, NOW - SECOND)
