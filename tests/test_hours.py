"""Is the clinic open, and how its hours are said."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import tzset
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.hours import ALL_DAY, Hours, Span, in_order, spoken_hours
from voice.plain.sentences import sentences
from voice.plain.sentences import words as words_of
from voice.script import Script

NEW_YORK = ZoneInfo("America/New_York")


def span(opens: str, closes: str) -> Span:
    return time.fromisoformat(opens), time.fromisoformat(closes)


DAY = (span("09:00", "17:00"),)
LUNCH = (span("09:00", "12:00"), span("13:00", "17:00"))
NIGHT = (span("00:00", "06:00"), span("22:00", "23:59"))


def hours(*week: tuple[Span, ...], holidays: frozenset[date] = frozenset()) -> Hours:
    """A week that begins with these days and is closed on the others."""
    return Hours("America/New_York", (*week, *[()] * (7 - len(week))), holidays)


MON_TO_FRI = hours(*[DAY] * 5)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00:00", True),
        ("2026-11-23 16:59:59", True),
        ("2026-11-23 17:00:00", False),
        ("2026-11-23 00:00:00", False),
        ("2026-11-27 12:00:00", True),
        ("2026-11-28 12:00:00", False),
        ("2026-11-29 12:00:00", False),
    ],
    ids=["before", "opens", "last-second", "closes", "midnight", "friday", "saturday", "sunday"],
)
def test_a_plain_week_is_open_in_its_hours_and_not_in_the_closing_minute(
    at: str, is_open: bool
) -> None:
    assert MON_TO_FRI.is_open(datetime.fromisoformat(at).replace(tzinfo=NEW_YORK)) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("11:59", True), ("12:00", False), ("12:30", False), ("13:00", True), ("17:00", False)],
)
def test_lunch_is_closed(at: str, is_open: bool) -> None:
    moment = datetime.combine(date(2026, 11, 23), time.fromisoformat(at), NEW_YORK)
    assert hours(LUNCH).is_open(moment) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("00:00", True), ("05:59", True), ("06:00", False), ("21:59", False), ("22:00", True)],
)
def test_hours_may_begin_at_midnight(at: str, is_open: bool) -> None:
    moment = datetime.combine(date(2026, 11, 23), time.fromisoformat(at), NEW_YORK)
    assert hours(NIGHT).is_open(moment) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-27 21:59", False),
        ("2026-11-27 22:00", True),
        ("2026-11-27 23:59:59.999999", True),
        ("2026-11-28 00:00", True),
        ("2026-11-28 05:59", True),
        ("2026-11-28 06:00", False),
        ("2026-11-28 23:00", False),
    ],
)
def test_a_day_may_end_at_midnight_and_the_next_go_on(at: str, is_open: bool) -> None:
    past_midnight = hours((), (), (), (), (span("22:00", "00:00"),), (span("00:00", "06:00"),))
    assert past_midnight.is_open(datetime.fromisoformat(at).replace(tzinfo=NEW_YORK)) is is_open


def test_day_and_night_is_every_moment_of_the_year_the_clocks_change_in() -> None:
    always = in_zone("America/New_York", ALL_DAY)
    begins = datetime(2027, 1, 1, tzinfo=UTC)
    assert all(always.is_open(begins + timedelta(minutes=29 * n)) for n in range(18_200))


def test_a_holiday_is_closed_all_day_by_the_clinics_calendar() -> None:
    holiday = replace(MON_TO_FRI, holidays=frozenset({date(2026, 11, 26)}))
    noon = datetime(2026, 11, 26, 12, tzinfo=NEW_YORK)
    assert not holiday.is_open(noon)
    assert holiday.is_open(noon + timedelta(days=1))
    assert holiday.is_open(noon - timedelta(days=1))


def test_it_is_the_clinics_clock_that_counts_wherever_the_server_stands() -> None:
    monday_nine = datetime(2026, 11, 23, 9, tzinfo=NEW_YORK)
    for zone in (UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Honolulu")):
        assert MON_TO_FRI.is_open(monday_nine.astimezone(zone))
        assert not MON_TO_FRI.is_open((monday_nine - timedelta(seconds=1)).astimezone(zone))
    # Monday evening in New York is already Tuesday in Tokyo.
    evening = datetime(2026, 11, 23, 20, tzinfo=NEW_YORK).astimezone(ZoneInfo("Asia/Tokyo"))
    assert not MON_TO_FRI.is_open(evening)


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2027-03-12 13:59", False),
        ("2027-03-12 14:00", True),
        ("2027-03-14 13:00", True),
        ("2027-03-14 12:59", False),
        ("2026-11-01 13:59", False),
        ("2026-11-01 14:00", True),
        ("2026-10-31 13:00", True),
    ],
    ids=[
        "winter-before",
        "winter-opens",
        "clocks-forward-opens",
        "clocks-forward-before",
        "clocks-back-before",
        "clocks-back-opens",
        "summer-opens",
    ],
)
def test_the_doors_follow_the_wall_clock_when_the_clocks_change(utc: str, is_open: bool) -> None:
    every_day = hours(*[DAY] * 7)
    assert every_day.is_open(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is is_open


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is nineteen hours ahead of the clinic's."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    tzset()
    yield
    monkeypatch.undo()
    tzset()


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(("utc", "is_open"), [("17:00", True), ("22:30", False)])
def test_the_clinics_clock_counts_and_not_that_of_its_machine(utc: str, is_open: bool) -> None:
    """Where the machine is, these are 7:00 and 12:30 of the next day."""
    moment = datetime.fromisoformat(f"2026-11-23 {utc}").replace(tzinfo=UTC)
    assert MON_TO_FRI.is_open(moment) == is_open
    assert MON_TO_FRI.day(moment) == date(2026, 11, 23)


def test_the_hour_that_comes_twice_in_autumn_is_open_both_times() -> None:
    night = hours(*[(span("01:00", "02:00"),)] * 7)
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert night.is_open(first)
    assert night.is_open(first + timedelta(hours=1))
    assert not night.is_open(first + timedelta(hours=2))


def in_zone(zone: str, *spans: Span, holidays: frozenset[date] = frozenset()) -> Hours:
    """The same hours on every day of the week."""
    return Hours(zone, (spans,) * 7, holidays)


EDGES = {
    # The hour from 2 to 3 that spring leaves out: hours that begin or end in it, or are all of it.
    "opens in the hour left out, before": (("02:30", "05:00"), "2027-03-14 06:59", False),
    "opens in the hour left out, at 3": (("02:30", "05:00"), "2027-03-14 07:00", True),
    "closes in the hour left out, before": (("01:00", "02:30"), "2027-03-14 06:59", True),
    "closes in the hour left out, at 3": (("01:00", "02:30"), "2027-03-14 07:00", False),
    "all of the hour left out, before": (("02:00", "03:00"), "2027-03-14 06:59", False),
    "all of the hour left out, after": (("02:00", "03:00"), "2027-03-14 07:00", False),
    # The hour from 1 to 2 that autumn has twice: hours that begin or end in it.
    "opens in the double hour, first": (("01:30", "05:00"), "2026-11-01 05:30", True),
    "opens in the double hour, closed again": (("01:30", "05:00"), "2026-11-01 06:15", False),
    "opens in the double hour, second": (("01:30", "05:00"), "2026-11-01 06:30", True),
    "closes in the double hour, first": (("00:00", "01:30"), "2026-11-01 05:30", False),
    "closes in the double hour, open again": (("00:00", "01:30"), "2026-11-01 06:29", True),
    "closes in the double hour, second": (("00:00", "01:30"), "2026-11-01 06:30", False),
}


@pytest.mark.parametrize(("open_from_to", "utc", "is_open"), EDGES.values(), ids=EDGES)
def test_hours_at_the_change_of_the_clocks_go_by_what_the_clock_on_the_wall_shows(
    open_from_to: tuple[str, str], utc: str, is_open: bool
) -> None:
    clinic = in_zone("America/New_York", span(*open_from_to))
    assert clinic.is_open(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is is_open


ZONES = {
    # Zones whose change is not an hour, not at night, not in the north, or that have none.
    "Lord Howe, half an hour back": ("Australia/Lord_Howe", "2027-04-03 22:29", False),
    "Lord Howe, half an hour back, opens": ("Australia/Lord_Howe", "2027-04-03 22:30", True),
    "Lord Howe, the day before": ("Australia/Lord_Howe", "2027-04-02 22:00", True),
    "Sydney, forward in October": ("Australia/Sydney", "2026-10-03 22:00", True),
    "Sydney, the day before": ("Australia/Sydney", "2026-10-02 22:59", False),
    "Kathmandu, three quarters": ("Asia/Kathmandu", "2026-11-20 03:15", True),
    "Kathmandu, a minute before": ("Asia/Kathmandu", "2026-11-20 03:14", False),
    "Phoenix has no summer time": ("America/Phoenix", "2027-07-01 16:00", True),
    "Denver beside it has": ("America/Denver", "2027-07-01 15:00", True),
    "Puerto Rico, winter": ("America/Puerto_Rico", "2026-12-01 13:00", True),
    "Puerto Rico, summer": ("America/Puerto_Rico", "2027-07-01 13:00", True),
    "Samoa, a day ahead of its neighbour": ("Pacific/Apia", "2026-11-19 20:00", True),
}


@pytest.mark.parametrize(("zone", "utc", "is_open"), ZONES.values(), ids=ZONES)
def test_nine_o_clock_is_nine_o_clock_in_every_zone(zone: str, utc: str, is_open: bool) -> None:
    clinic = in_zone(zone, *DAY)
    assert clinic.is_open(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is is_open


def test_a_day_whose_midnight_is_left_out_begins_at_one() -> None:
    """Beirut's clocks go from midnight to 1 in the morning."""
    clinic = in_zone("Asia/Beirut", span("00:00", "08:00"))
    change = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    assert clinic.day(change) == date(2026, 3, 29)
    assert clinic.is_open(change)
    assert clinic.day(change - timedelta(seconds=1)) == date(2026, 3, 28)
    assert not clinic.is_open(change - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("utc", "hours_closed"),
    [("2026-11-01 04:00", 25), ("2027-03-14 05:00", 23), ("2026-12-25 05:00", 24)],
    ids=["the long day", "the short day", "any other"],
)
def test_a_holiday_lasts_as_long_as_its_day(utc: str, hours_closed: int) -> None:
    begins = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    day = begins.astimezone(NEW_YORK).date()
    always = in_zone("America/New_York", span("00:00", "23:59"), holidays=frozenset({day}))
    ends, second = begins + timedelta(hours=hours_closed), timedelta(seconds=1)
    assert always.is_open(begins - timedelta(minutes=2))
    assert not always.is_open(begins)
    assert not always.is_open(ends - second)
    assert always.is_open(ends)


def test_a_leap_day_and_a_new_year_are_days_like_any_other() -> None:
    for day in (date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)):
        noon = datetime.combine(day, time(12), NEW_YORK)
        assert MON_TO_FRI.is_open(noon)
        assert MON_TO_FRI.day(noon.astimezone(ZoneInfo("Pacific/Kiritimati"))) == day


# How hours are said ------------------------------------------------------------------------------

WEEKS = {
    "monday-to-friday": (
        MON_TO_FRI,
        "Monday to Friday, from 9 in the morning to 5 in the afternoon",
        "de lunes a viernes, de las 9 de la mañana a las 5 de la tarde",
    ),
    "every-day": (
        hours(*[DAY] * 7),
        "Monday to Sunday, from 9 in the morning to 5 in the afternoon",
        "de lunes a domingo, de las 9 de la mañana a las 5 de la tarde",
    ),
    "one-day": (
        hours((), (), DAY),
        "on Wednesday, from 9 in the morning to 5 in the afternoon",
        "los miércoles, de las 9 de la mañana a las 5 de la tarde",
    ),
    "half-hours": (
        hours(*[(span("07:30", "16:30"),)] * 5),
        "Monday to Friday, from 7 30 in the morning to 4 30 in the afternoon",
        "de lunes a viernes, de las 7 y 30 de la mañana a las 4 y 30 de la tarde",
    ),
    "a-quarter-to": (
        hours(*[(span("07:45", "16:45"),)] * 5),
        "Monday to Friday. From 7 45 in the morning to 4 45 in the afternoon",
        "de lunes a viernes. De las 7 y 45 de la mañana a las 4 y 45 de la tarde",
    ),
    "five-past": (
        hours((span("13:05", "18:00"),)),
        "on Monday, from 1 05 in the afternoon to 6 in the evening",
        "los lunes, de la 1 y 05 de la tarde a las 6 de la tarde",
    ),
    "lunch": (
        hours(*[LUNCH] * 5),
        "Monday to Friday, from 9 in the morning to 12 noon. "
        "Then again from 1 in the afternoon to 5 in the afternoon",
        "de lunes a viernes, de las 9 de la mañana a las 12 del día. "
        "Y también de la 1 de la tarde a las 5 de la tarde",
    ),
    "from-midnight": (
        hours((span("00:00", "22:00"),)),
        "on Monday, from 12 at night to 10 at night",
        "los lunes, de las 12 de la noche a las 10 de la noche",
    ),
    "day-and-night": (
        in_zone("America/New_York", ALL_DAY),
        "Monday to Sunday, all day and all night",
        "de lunes a domingo, todo el día y toda la noche",
    ),
    "past-midnight": (
        hours((), (), (), (), (span("22:00", "00:00"),), (span("00:00", "06:00"),)),
        "on Friday, from 10 at night to 12 at night. "
        "On Saturday, from 12 at night to 6 in the morning",
        "los viernes, de las 10 de la noche a las 12 de la noche. "
        "Los sábados, de las 12 de la noche a las 6 de la mañana",
    ),
    "two-days": (
        hours(DAY, DAY),
        "on Monday and on Tuesday, from 9 in the morning to 5 in the afternoon",
        "los lunes y los martes, de las 9 de la mañana a las 5 de la tarde",
    ),
    "closed-on-wednesday": (
        hours(DAY, DAY, (), DAY, DAY),
        "on Monday, on Tuesday, on Thursday and on Friday. "
        "From 9 in the morning to 5 in the afternoon",
        "los lunes, los martes, los jueves y los viernes. "
        "De las 9 de la mañana a las 5 de la tarde",
    ),
    "short-friday-and-saturday-morning": (
        hours(*[DAY] * 4, (span("09:00", "15:00"),), LUNCH[:1]),
        "Monday to Thursday, from 9 in the morning to 5 in the afternoon. "
        "On Friday, from 9 in the morning to 3 in the afternoon. "
        "On Saturday, from 9 in the morning to 12 noon",
        "de lunes a jueves, de las 9 de la mañana a las 5 de la tarde. "
        "Los viernes, de las 9 de la mañana a las 3 de la tarde. "
        "Los sábados, de las 9 de la mañana a las 12 del día",
    ),
    "two-days-that-differ": (
        hours(DAY, LUNCH[:1], DAY),
        "on Monday and on Wednesday, from 9 in the morning to 5 in the afternoon. "
        "On Tuesday, from 9 in the morning to 12 noon",
        "los lunes y los miércoles, de las 9 de la mañana a las 5 de la tarde. "
        "Los martes, de las 9 de la mañana a las 12 del día",
    ),
    "never-open": (hours(), "", ""),
}


@pytest.mark.parametrize(("week", "english", "spanish"), WEEKS.values(), ids=WEEKS)
def test_hours_are_said_in_both_languages(
    script: Script, week: Hours, english: str, spanish: str
) -> None:
    assert spoken_hours(week, script.prompts["en-US"].words) == english
    assert spoken_hours(week, script.prompts["es-US"].words) == spanish


TIMES = st.integers(0, 24 * 60 - 1).map(lambda minute: time(*divmod(minute, 60)))
ANY_DAY = st.lists(TIMES, max_size=6, unique=True).map(
    lambda times: tuple(zip(sorted(times)[::2], sorted(times)[1::2], strict=False))
)
ANY_WEEK = st.lists(ANY_DAY, min_size=1, max_size=3).flatmap(
    lambda days: st.lists(st.sampled_from([*days, (), (ALL_DAY,)]), min_size=7, max_size=7)
)


@given(ANY_WEEK.filter(any))
def test_whatever_the_week_it_is_said_in_short_sentences(
    script: Script, week: list[tuple[Span, ...]]
) -> None:
    assert all(map(in_order, week))
    openers = (("en-US", "We are open", 20), ("es-US", "Abrimos", 22))
    for locale, opener, most in openers:
        words = script.prompts[locale].words
        said = f"{opener} {spoken_hours(hours(*week), words)}."
        for sentence in sentences(said):
            assert len(words_of(sentence, locale[:2])) <= most
            assert sentence[0].isupper()
        assert said.count(".") == len(sentences(said))
        spans = {span for day in week for span in day} - {ALL_DAY}
        hours_said = [words["hours"][moment.hour].split("{m}") for at in spans for moment in at]
        assert all(before in said and after in said for before, after in hours_said)


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_every_hour_of_the_day_can_be_said(script: Script, locale: str) -> None:
    said = []
    for hour in range(23):
        week = hours((span(f"{hour:02d}:30", "23:45"),))
        said.append(spoken_hours(week, script.prompts[locale].words))
    assert len(set(said)) == 23
    assert not any(re.search("[{}]", words) for words in said)


def test_words_that_are_no_list_are_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="days is a list of words, not str"):
        spoken_hours(MON_TO_FRI, {"days": "Monday", "day_range": "{first}"})
