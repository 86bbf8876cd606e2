"""A run's figures as a table, and what they mean: callers at once, clinics on a machine."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from voice.bench.growth import Size
from voice.bench.run import Figures, Run
from voice.bench.soak import Mark

ASKS_EVERY: Final = 10
"""Seconds between two requests of one caller."""
CALLS_A_DAY: Final = 200
MINUTES_A_CALL: Final = 4
BUSIEST_HOUR: Final = 0.15
"""The clinic assumed: its calls, how long they are, and the share that comes in one hour."""
USED: Final = 0.5
"""The share of the highest rate to plan with."""


def as_data(run: Run) -> dict[str, Any]:
    """Return a run as plain data, ratios to hello with it."""
    rows = [{**asdict(one), **_ratios(run, one)} for one in run.figures]
    return {
        "processors": os.cpu_count(),
        "seconds": run.seconds,
        "start_seconds": round(run.start_seconds, 2),
        "memory_mb": {name: round(size, 1) for name, size in run.memory.items()},
        "figures": rows,
        "callers_at_once": round(callers(run)),
        "clinics": round(clinics(run)),
    }


def as_text(run: Run) -> str:
    """Return a run as a table and a few sentences."""
    return "\n".join([*_table(run), "", *_meaning(run)])


def callers(run: Run) -> float:
    """Callers at once that one worker on one processor carries at half its highest rate."""
    return named(run, "call").rate * USED * ASKS_EVERY


def clinics(run: Run) -> float:
    """Clinics whose busiest hour one worker on one processor carries at half its highest rate."""
    at_once = CALLS_A_DAY * BUSIEST_HOUR * MINUTES_A_CALL / 60
    return callers(run) / at_once


def named(run: Run, name: str) -> Figures:
    """Return one subject's figures; KeyError where it was not measured."""
    return {one.name: one for one in run.figures}[name]


def _ratios(run: Run, one: Figures) -> dict[str, float]:
    hello = named(run, "hello")
    return {"rate_ratio": one.rate / hello.rate, "cpu_ratio": one.cpu / max(hello.cpu, 1e-9)}


def _table(run: Run) -> Iterator[str]:
    yield (
        "subject             req/s  /hello  CPU us  /hello   p50 ms  p99 ms  "
        "half rate: p50 ms  p99 ms  failed"
    )
    for one in run.figures:
        ratios = _ratios(run, one)
        yield (
            f"{one.name:<17}{one.rate:8.0f}{ratios['rate_ratio']:8.2f}{one.cpu:8.0f}"
            f"{ratios['cpu_ratio']:8.2f}{one.p50:9.1f}{one.p99:8.1f}"
            f"{one.half_rate_p50:19.1f}{one.half_rate_p99:8.1f}{one.failed:8d}"
        )


def _meaning(run: Run) -> Iterator[str]:
    menu, sample = named(run, "menu"), named(run, "sample")
    at_once = CALLS_A_DAY * BUSIEST_HOUR * MINUTES_A_CALL / 60
    sizes = ", ".join(f"{name} {size:.0f} MB" for name, size in run.memory.items())
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    yield f"Load of the machine at the end, over 1, 5 and 15 minutes: {load}."
    yield f"One worker on one processor, {run.seconds:g} seconds each. Memory: {sizes}."
    yield f"From start to ready, everything made: {run.start_seconds:.2f} s."
    yield f"A menu is answered at {menu.rate / sample.rate:.1f} times the rate of Twilio's sample."
    yield (
        f"A caller asks every {ASKS_EVERY} s: at half its highest rate one worker carries "
        f"{callers(run):,.0f} callers at once. A clinic with {CALLS_A_DAY} calls a day of "
        f"{MINUTES_A_CALL} minutes, {BUSIEST_HOUR:.0%} of them in its busiest hour, has "
        f"{at_once:g} at once: {clinics(run):,.0f} clinics."
    )
    if "whitenoise" not in run.memory:
        yield "WhiteNoise is not installed here, so clips stand alone: pip install whitenoise."


def soaked(marks: Sequence[Mark]) -> str:
    """Return a soak's memory as a table, and how much it grew once it was warm."""
    rows = [
        f"{one.requests:>12,} requests{one.memory:10.1f} MB{one.failed:8d} failed" for one in marks
    ]
    warm, last = marks[len(marks) // 5], marks[-1]
    rows.append(
        f"From {warm.requests:,} requests to {last.requests:,} the worker grew by "
        f"{last.memory - warm.memory:.1f} MB."
    )
    return "\n".join(rows)


def grown(sizes: Iterable[Size]) -> str:
    """Return what larger scripts cost as a table."""
    head = "topics  languages   states  build s  load s  file MB  memory MB  a key us  own words us"
    rows = (
        f"{one.topics:6d}{one.locales:11d}{one.states:9,d}{one.build_seconds:9.1f}"
        f"{one.load_seconds:8.2f}{one.file_mb:9.1f}{one.memory_mb:11.1f}{one.key_us:10.1f}"
        f"{one.text_us:14.0f}"
        for one in sizes
    )
    return "\n".join([head, *rows])
