"""Figures: every count of the days asked for, and of nobody's practice."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from voice.store import Store, Use, add_uses
from voice.store.figures import Figure, figures

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
CALL = Use(FIRST, "call", "en-US", "risks", "heard")
TEXT = Use(LAST, "message", "es-US", "", "unknown")
DAY = timedelta(days=1)


@pytest.fixture
def counted(store: Store) -> Store:
    uses = {CALL: 3, TEXT: 2, replace(CALL, practice=True): 9}
    uses |= {replace(CALL, day=FIRST - DAY): 9, replace(TEXT, day=LAST + DAY): 9}
    add_uses(store, uses)
    return store


HEARD = Figure(FIRST, "call", "en-US", "risks", "heard", 3)
UNKNOWN = Figure(LAST, "message", "es-US", "", "unknown", 2)


@pytest.mark.parametrize(
    ("channel", "locale", "found"),
    [
        ("", "", (HEARD, UNKNOWN)),
        ("call", "", (HEARD,)),
        ("", "es-US", (UNKNOWN,)),
        ("call", "es-US", ()),
    ],
)
def test_both_days_count_and_practice_does_not(counted: Store, channel, locale, found):
    assert figures(counted, FIRST, LAST, channel, locale) == found
