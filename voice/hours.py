"""When is the clinic open? Opening hours by weekday, with holidays, in the clinic's own time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[time, time]
"""Opening and closing time of one stretch of a day; the closing minute is already closed.

Closing at 0:00 is the end of the day: whoever is open past midnight goes on the next day from 0:00.
"""
MIDNIGHT: Final = time()
ALL_DAY: Final = (MIDNIGHT, MIDNIGHT)
MOST_MINUTES: Final = 4
"""Words that the minutes of two times may add where days and hours are one sentence."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Hours:
    """A week of opening hours: seven days from Monday, each with its spans."""

    time_zone: str
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date]

    def is_open(self, at: datetime) -> bool:
        """Say whether a person can answer at `at` (an aware moment, any zone).

        The clinic's wall clock decides, so daylight-saving days need no care.
        """
        local = at.astimezone(ZoneInfo(self.time_zone))
        if local.date() in self.holidays:
            return False
        now, spans = local.time(), self.week[local.weekday()]
        return any(opens <= now and (now < closes or closes == MIDNIGHT) for opens, closes in spans)

    def day(self, at: datetime) -> date:
        """Return the clinic's day at `at` (an aware moment, any zone)."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


def in_order(spans: Sequence[Span]) -> bool:
    """Say whether the stretches of a day follow one another, each closing after it opens."""
    times = [moment for opens, closes in spans for moment in (opens, closes)]
    follows = all(a <= b for a, b in pairwise(times[:-1]))
    return follows and all(a < b or b == MIDNIGHT == times[-1] for a, b in spans)


def spoken_hours(hours: Hours, words: Mapping[str, object]) -> str:
    """Put a week into short sentences, the last without its stop.

    The first goes on after "We are open": "Monday to Friday, from 9 in the morning to …". Days with
    the same hours are said together; whatever the week, no sentence is longer than rules 4 and 32
    allow. `words` is the locale's table from prompts.toml.
    """
    first, *others = [
        piece for days, spans in _groups(hours.week).items() for piece in _said(days, spans, words)
    ] or [""]
    return ". ".join([first, *(one[:1].upper() + one[1:] for one in others)])


def _groups(week: tuple[tuple[Span, ...], ...]) -> dict[tuple[int, ...], tuple[Span, ...]]:
    """Return the days that have the same hours, with these, in the order of the week."""
    different = dict.fromkeys(spans for spans in week if spans)
    return {tuple(n for n, own in enumerate(week) if own == spans): spans for spans in different}


def _said(days: tuple[int, ...], spans: tuple[Span, ...], words: Mapping[str, object]) -> list[str]:
    """Return the sentences of one group: its days, its first hours, then those after a break."""
    named = _days(days, words)
    first, *later = (_span(span, words) for span in spans)
    again = [str(words["again"]).format(span=span) for span in later]
    few = len(named) == 1 or len(days) == 2
    short = few and sum(map(_minutes, spans[0])) <= MOST_MINUTES
    told = _listed(named, words)
    return [f"{told}, {first}", *again] if short else [told, first, *again]


def _days(days: tuple[int, ...], words: Mapping[str, object]) -> list[str]:
    """Return names of days: three in a row and more as one stretch, "Monday to Friday"."""
    named, week = list[str](), _list(words, "days")
    for run in _runs(days):
        if len(run) > 2:
            stretch = str(words["day_range"])
            named.append(stretch.format(first=week[run[0]], last=week[run[-1]]))
        else:
            named += [_list(words, "one_day")[day] for day in run]
    return named


def _runs(days: tuple[int, ...]) -> list[list[int]]:
    """Return days that follow one another, together."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _span(span: Span, words: Mapping[str, object]) -> str:
    if span == ALL_DAY:
        return str(words["all_day"])
    opens, closes = (_time(moment, words) for moment in span)
    return str(words["hour_range"]).format(start=opens, end=closes)


def _minutes(moment: time) -> int:
    """Return how many words minutes add at most: "y cuarenta y cinco"."""
    if moment.minute == 0:
        return 0
    return 2 if moment.minute % 10 == 0 or 10 < moment.minute < 30 else 4


def _time(moment: time, words: Mapping[str, object]) -> str:
    minutes = str(words["minutes"]).format(minutes=f"{moment.minute:02d}") if moment.minute else ""
    return _list(words, "hours")[moment.hour].replace("{m}", minutes)


def _listed(items: list[str], words: Mapping[str, object]) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {words['and']} {items[-1]}"


def _list(words: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = words[key]
    if not isinstance(value, tuple):
        raise TypeError(f"{key} is a list of words, not {type(value).__name__}")
    return value
