"""The clinic, read from line.toml: names, numbers, languages, opening hours."""

import re
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voice.hours import MIDNIGHT, WEEKDAYS, Hours, Span, in_order
from voice.script.content import Line, Phone
from voice.script.table import LOCALE, Table

EARLIER_FIRST = (
    'Put the earlier time first. Open past midnight? Write "22:00-24:00", and for the next day '
    '"0:00-6:00".'
)


def read_line(table: Table) -> Line:
    """Return the clinic."""
    languages = table.table("languages")
    locales = _locales(languages)
    languages.done()
    numbers = table.table("numbers")
    line = Line(
        name=_by_locale(table.table("name"), locales),
        address=_by_locale(table.table("address"), locales),
        phone=_phone(numbers, "phone"),
        line_phone=_phone(numbers, "line_phone"),
        text_number=_phone(numbers, "text_number"),
        person=_phone(numbers, "person"),
        emergency=_short_number(numbers, "emergency"),
        crisis=_short_number(numbers, "crisis"),
        locales=locales,
        hours=_hours(table.table("hours")),
        text_name=_text_name(table, locales),
    )
    numbers.done()
    table.done()
    return line


def _locales(table: Table) -> tuple[str, ...]:
    written = table.texts("locales")
    locales = tuple(dict.fromkeys(name for name in written if LOCALE.fullmatch(name)))
    if locales != written:
        fix = 'Write ["en-US", "es-US"], each once.'
        table.defect("locales", "The list of languages has a wrong or double entry.", fix)
    return locales or ("en-US",)


def _by_locale(table: Table, locales: tuple[str, ...]) -> dict[str, str]:
    return {locale: table.text(locale) for locale in locales}


def _text_name(table: Table, locales: tuple[str, ...]) -> dict[str, str]:
    """Return the short names, none where there is no such table or an empty text."""
    if "text_name" not in table.values:
        return {}
    names = table.table("text_name")
    given = {one: " ".join(names.piece(one).split()) for one in locales if one in names.values}
    names.done()
    return given


def _phone(table: Table, key: str) -> Phone:
    written = table.text(key)
    if written and not re.fullmatch(r"\+\d{1,3}( \d{1,6}){1,6}", written):
        table.defect(key, f"{written!r} is not a number in groups.", 'Write "+1 212 555 0134".')
        written = ""
    country, *groups = (written or "+0 0").removeprefix("+").split(" ")
    return Phone(country, tuple(groups))


def _short_number(table: Table, key: str) -> str:
    written = table.text(key)
    if written and not re.fullmatch(r"[0-9]{2,6}", written):
        table.defect(key, f"{written!r} is not a short number.", 'Write it in figures: "911".')
        written = ""
    return written


def _hours(table: Table) -> Hours:
    zone = table.text("time_zone")
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        table.defect("time_zone", f"There is no time zone {zone!r}.", 'Write "America/Chicago".')
        zone = "UTC"
    holidays = table.get("holidays", list, "The list", [])
    if any(type(day) is not date for day in holidays):
        table.defect("holidays", "A holiday is not a date.", "Write 2026-12-25, without quotes.")
    hours = Hours(
        zone or "UTC",
        tuple(_spans(table, day) for day in WEEKDAYS),
        frozenset(day for day in holidays if type(day) is date),
    )
    if not any(hours.week):
        table.defect("monday", "The clinic is never open.", "Give at least one day its hours.")
    table.done()
    return hours


def _spans(table: Table, day: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for written in table.texts(day):
        span = _span(written)
        if span is None:
            table.defect(day, f"{written!r} is not a time span.", 'Write "9:00-17:00".')
            continue
        if in_order([*spans[-1:], span]):
            spans.append(span)
        else:
            table.defect(day, f"{written!r} does not come in order.", EARLIER_FIRST)
    return tuple(spans)


def _span(written: str) -> Span | None:
    """Read "9:00-17:00"; the end of a day is 24:00. None for anything else."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d) ?- ?(\d{1,2}):(\d\d)", written)
    if not match:
        return None
    hour, minute, last_hour, last_minute = map(int, match.groups())
    try:
        opens = time(hour, minute)
        closes = MIDNIGHT if (last_hour, last_minute) == (24, 0) else time(last_hour, last_minute)
    except ValueError:
        return None
    return None if closes == MIDNIGHT and last_hour == 0 else (opens, closes)
