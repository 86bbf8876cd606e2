"""The simulation of docs/scale.md: callers go through the real call, sums are those of queues."""

import random
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import ROOT
from voice.bench import scale
from voice.bench.journeys import Journey, journeys
from voice.bench.scale import Measured, Need, advice, busiest_hour, need, tables
from voice.script import Script
from voice.speech.clips import read_manifest

CALL = Journey(200.0, (0.0, 50.0, 100.0, 150.0), ((0.0, "a", 80_000), (100.0, "b", 160_000)), 1)


@pytest.fixture(scope="module")
def calls(script: Script) -> list[Journey]:
    return journeys(script, read_manifest(ROOT / "audio"), random.Random(1), 150)


def test_calls_are_the_same_for_the_same_chance_and_no_two_alike(
    script: Script, calls: list[Journey]
) -> None:
    again = journeys(script, read_manifest(ROOT / "audio"), random.Random(1), 150)
    assert again == calls
    assert len(set(calls)) > 140


def test_a_call_asks_and_hears_in_its_time(calls: list[Journey]) -> None:
    names = read_manifest(ROOT / "audio").names
    for call in calls:
        assert call.asked[0] == 0
        assert list(call.asked) == sorted(call.asked)
        assert call.asked[-1] <= call.seconds
        assert {name for _, name, _ in call.heard} <= names
    assert 60 < sum(call.seconds for call in calls) / len(calls) < 900
    assert sum(call.deeds for call in calls) > 0


def test_callers_at_once_are_arrivals_times_length() -> None:
    rate = 1_000_000 * scale.BUSIEST_HOUR / 3600
    at_once, requests, heard = busiest_hour([CALL], 1_000_000, np.random.default_rng(1))
    assert at_once == pytest.approx(rate * CALL.seconds, rel=0.1)
    assert requests == pytest.approx(rate * 4, rel=0.5)
    assert heard == pytest.approx(rate * 240_000, rel=0.6)


def test_a_larger_line_needs_more_of_everything() -> None:
    small, large = (need([CALL], size, Measured()) for size in (10_000, 1_000_000))
    for name in ("at_once", "requests", "texts", "statuses", "audio", "kept", "cores"):
        assert getattr(large, name) > 5 * getattr(small, name)
    assert large.audio_cached == pytest.approx(240_000 * 8 / 1e6 / 3600)
    assert large.audio_cached < large.audio


@pytest.mark.parametrize(
    ("measured", "first"),
    [
        (Measured(call=100_000.0), "processor"),
        (Measured(store=5.0), "store (SQLite)"),
        (Measured(call=1.0, text=1.0, status=1.0, store=1e9), "network"),
    ],
)
def test_what_costs_most_is_used_up_first(measured: Measured, first: str) -> None:
    assert need([CALL], 1_000_000, measured).first == first


def test_one_machine_is_enough_until_half_of_something_is_used() -> None:
    one = need([CALL], 1_000_000, Measured())
    spare: Need = replace(one, shares={"processor": 0.49})
    assert advice(spare, Measured()).startswith("one machine")
    assert advice(replace(one, shares={"processor": 0.5}), Measured()).startswith("2 machines")
    assert "content network" in advice(
        replace(one, audio=400.0, shares={"network": 0.9}), Measured()
    )


def test_a_bench_run_is_what_is_reckoned_with() -> None:
    rows = [{"name": name, "cpu": cpu, "rate": 9_999.0} for name, cpu in
            (("call", 1.0), ("text", 2.0), ("clip", 3.0), ("text status", 4.0),
             ("call status", 5.0))]  # fmt: skip
    assert Measured.of({"figures": rows}) == Measured(1.0, 2.0, 3.0, 5.0, 9_999.0, 9_999.0)


def test_the_document_has_the_tables_the_command_prints(calls: list[Journey]) -> None:
    told = (ROOT / "docs" / "scale.md").read_text("utf-8")
    printed = tables(calls, Measured())
    heads = [row for row in printed.splitlines() if row.startswith("| callers")]
    assert len(heads) == 3
    for head in heads:
        assert head in told
    for size in scale.SIZES:
        assert told.count(f"| {size:,} |") >= 3
    assert "python -m voice.bench.scale" in told


def test_what_twilio_tells_of_calls_and_messages_is_counted() -> None:
    """CALL asks for one text: 33 calls a second end, and there are half as many texts besides."""
    one = need([CALL], 1_000_000, Measured())
    assert one.statuses == pytest.approx(33.3 * (1 + 2 * 1.5), rel=0.4)
    assert one.kept > one.statuses + one.texts
    dear = need([CALL], 1_000_000, Measured(status=10_000.0))
    assert dear.cores > 2 * one.cores


def test_what_is_billed_is_every_minute_that_began_and_every_segment() -> None:
    rows = [row for row in tables([CALL], Measured()).splitlines() if row.startswith("| 1,000 |")]
    # 200 seconds are four minutes. 500 write, half of them for the first time; 1,000 ask for one.
    assert rows[-1] == "| 1,000 | 4,000 | 500 | 4,000 | 0.2 | 0.0 |"


def test_what_is_reckoned_with_is_what_was_measured() -> None:
    told = (ROOT / "docs" / "performance.md").read_text("utf-8")
    rows = {"call": "call", "text": "text", "clip": "clip", "status": "call status"}
    for name, subject in rows.items():
        row = re.search(rf"^{subject} +\d+ +[\d.]+ +(\d+) ", told, re.M)
        assert row
        assert getattr(Measured(), name) == pytest.approx(float(row[1]), rel=0.15), name
    document = (ROOT / "docs" / "scale.md").read_text("utf-8")
    reckoned = (
        getattr(Measured, name) for name in ("call", "text", "status", "store", "postgresql")
    )
    for figure in reckoned:
        assert f"{figure:,.0f} " in document
