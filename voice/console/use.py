"""How the line is used: by day, topic, language and reason, as charts, tables and files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from voice.console import sums
from voice.console.desk import audited, desk, now, page, require, times, words
from voice.console.names import channel_of, language_of, locales, title_of
from voice.console.sheets import Row, Sheet, download, shown
from voice.store import Failure, failures
from voice.store.figures import Figure, figures

RANGES: Final = (7, 30, 90)
"""Days that can be shown; figures are kept for ninety."""
CHANNELS: Final = ("call", "message")
_USUAL: Final = 30


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/use", "use", use)
    routes.add_url_rule("/use/download/<name>", "use_download", use_download)


@dataclass(frozen=True)
class Wanted:
    """What the page was asked for: so many days up to today, a locale and a channel, or all."""

    days: int
    locale: str
    channel: str
    until: date

    @property
    def since(self) -> date:
        """The first day."""
        return self.until - timedelta(days=self.days - 1)

    @property
    def asked(self) -> dict[str, str]:
        """The same, for an address."""
        fields = {"days": str(self.days), "locale": self.locale, "channel": self.channel}
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True)
class Chart:
    """Bars by day: how high each is, of 100, and what there is to see, in words."""

    name: str
    told: str
    heights: tuple[float, ...]


@require()
def use() -> ResponseReturnValue:
    """Charts, each with its table."""
    wanted = _wanted()
    found = _figures(wanted)
    days, *others = _sheets(wanted, found)
    return page(
        "use.html",
        wanted=wanted,
        ranges=RANGES,
        channels=[(one, channel_of(one)) for one in CHANNELS],
        locales=[(one, language_of(one)) for one in locales()],
        charts=tuple(_charts(wanted, found)),
        days=days,
        sheets=others,
        shown=shown,
    )


@require()
def use_download(name: str) -> ResponseReturnValue:
    """One of the tables as a file."""
    wanted = _wanted()
    sheet = next((one for one in _sheets(wanted, _figures(wanted)) if one.name == name), None)
    if sheet is None:
        abort(404)
    audited("use-downloaded", f"use:{name}", **wanted.asked)
    return download(sheet)


def _wanted() -> Wanted:
    days = request.args.get("days", "")
    locale, channel = request.args.get("locale", ""), request.args.get("channel", "")
    return Wanted(
        days=int(days) if days in map(str, RANGES) else _USUAL,
        locale=locale if locale in locales() else "",
        channel=channel if channel in CHANNELS else "",
        until=times().local(now()).date(),
    )


def _figures(wanted: Wanted) -> tuple[Figure, ...]:
    return figures(desk().store, wanted.since, wanted.until, wanted.channel, wanted.locale)


# Charts ------------------------------------------------------------------------------------------


def _charts(wanted: Wanted, found: tuple[Figure, ...]) -> Iterator[Chart]:
    days = sums.by_day(found, wanted.since, wanted.until, wanted.locale)
    for channel in CHANNELS:
        if wanted.channel in ("", channel):
            name = "calls" if channel == "call" else "texts"
            yield _chart(name, [day.day for day in days], [getattr(day, name) for day in days])


def _chart(name: str, days: list[date], numbers: list[int]) -> Chart:
    most = max(numbers)
    day = shown(days[numbers.index(most)])
    key = "use.chart" if most else "use.chart_none"
    told = words()(key, sum=sum(numbers), most=most, day=day)
    return Chart(name, told, tuple(sums.bars(numbers)))


# Tables ------------------------------------------------------------------------------------------


def _sheets(wanted: Wanted, found: tuple[Figure, ...]) -> Iterator[Sheet]:
    yield _days(wanted, found)
    yield _topics(found)
    yield _shares("deeds", sums.by_deed(found))
    yield _shares("languages", sums.by_language(found, locales()))
    yield _failures(wanted)


def _days(wanted: Wanted, found: tuple[Figure, ...]) -> Sheet:
    days = sums.by_day(found, wanted.since, wanted.until, wanted.locale)
    rows = (Row(day.day, (day.calls, day.texts, day.heard, day.texted)) for day in days)
    return Sheet("days", _heads("day", "calls", "texts", "heard", "texted"), tuple(rows))


def _topics(found: tuple[Figure, ...]) -> Sheet:
    release = desk().live.release
    topics = sums.by_topic(found, release.script.topics if release else ())
    bars = sums.bars(one.heard + one.texted for one in topics)
    heads = _heads("topic", "heard", "finished", "left", "again", "slower", "texted")
    rows = (
        Row(
            title_of(one.topic),
            (one.heard, one.finished, one.left, one.again, one.slower, one.texted),
            bar,
        )
        for one, bar in zip(topics, bars, strict=True)
    )
    return Sheet("topics", heads, tuple(rows))


def _shares(name: str, shares: tuple[sums.Share, ...]) -> Sheet:
    bars = sums.bars(one.both for one in shares)
    rows = (
        Row(_share(name, one.name), (one.calls, one.texts), bar)
        for one, bar in zip(shares, bars, strict=True)
    )
    return Sheet(name, _heads(name, "calls", "texts"), tuple(rows))


def _share(name: str, which: str) -> str:
    return words()(f"use.did_{which}") if name == "deeds" else language_of(which)


def _failures(wanted: Wanted) -> Sheet:
    """What failed, in any language: a failure does not say which it was in."""
    found = failures(desk().store, times().begins(wanted.since))
    mine = [one for one in found if wanted.channel in ("", one.channel)]
    bars = sums.bars(one.count for one in mine)
    rows = (
        Row(reason_of(one.code), (channel_of(one.channel), one.count, one.newest), bar)
        for one, bar in zip(mine, bars, strict=True)
    )
    return Sheet("failures", _heads("failures", "channel", "count", "newest"), tuple(rows))


def reason_of(code: str) -> str:
    """Why something failed, from Twilio's error code or its word for what happened."""
    key = f"faults.{code}"
    return words()(key) if key in words() else words()("faults.other", code=code)


def failed_texts(found: tuple[Failure, ...]) -> int:
    """How many texts failed among these."""
    return sum(one.count for one in found if one.channel == "message")


def _heads(*names: str) -> tuple[str, ...]:
    return tuple(words()(f"use.{name}") for name in names)
