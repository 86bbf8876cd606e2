"""A chore is done by one of all processes, and again when its time has come."""

import threading
from datetime import timedelta

from tests.stored import NOW
from voice.store import Store
from voice.store.chores import AHEAD, SETTLED, steady_from, take

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


DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def test_a_clock_that_goes_on_as_clocks_do_is_steady(store: Store) -> None:
    for days in range(0, 21, 7):
        assert steady_from(store, NOW + days * DAY) == NOW + days * DAY


def test_by_a_clock_that_leapt_nothing_is_deleted_for_a_day(store: Store) -> None:
    steady_from(store, NOW)
    ahead = NOW + YEAR
    for hours in (0, 6, 12, 18):
        assert steady_from(store, ahead + timedelta(hours=hours)) == ahead + SETTLED
    assert steady_from(store, ahead + SETTLED) == ahead + SETTLED
    later = ahead + SETTLED + EVERY
    assert steady_from(store, later) == later


def test_a_clock_that_was_mended_is_steady_at_once(store: Store) -> None:
    steady_from(store, NOW)
    steady_from(store, NOW + YEAR)
    mended = NOW + EVERY + AHEAD
    assert steady_from(store, mended) == mended
    assert steady_from(store, mended + EVERY) == mended + EVERY
