"""When is the clinic open? Opening hours by weekday, with holidays, in the clinic's own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

Span = tuple[time, time]
"""Opening and closing time of one stretch of a day; the closing minute is already closed."""

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
        now = local.time()
        return any(opens <= now < closes for opens, closes in self.week[local.weekday()])

    def day(self, at: datetime) -> date:
        """Return the clinic's day at `at` (an aware moment, any zone)."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()


def spoken_hours(hours: Hours, words: Mapping[str, object]) -> str:
    """Put a week into one sentence piece: "Monday to Friday, from 9 in the morning to …".

    `words` is the locale's table from prompts.toml (days, one_day, day_range, hour_range, hours,
    minutes, and). Days next to each other with the same hours are said together.
    """
    groups = [
        f"{_days(first, last, words)}, {_spans(hours.week[first], words)}"
        for first, last in _runs(hours.week)
    ]
    return _listed(groups, words)


def _runs(week: tuple[tuple[Span, ...], ...]) -> list[tuple[int, int]]:
    """Return (first, last) weekdays of each run of equal, open days."""
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(week):
        if not spans:
            continue
        if runs and runs[-1][1] == day - 1 and week[day - 1] == spans:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _days(first: int, last: int, words: Mapping[str, object]) -> str:
    if first == last:
        return _list(words, "one_day")[first]
    days = _list(words, "days")
    return str(words["day_range"]).format(first=days[first], last=days[last])


def _spans(spans: tuple[Span, ...], words: Mapping[str, object]) -> str:
    said = [
        str(words["hour_range"]).format(start=_time(opens, words), end=_time(closes, words))
        for opens, closes in spans
    ]
    return _listed(said, words)


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
