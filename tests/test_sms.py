"""Segments, counted as carriers bill them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.sms import Count, clean, count

CASES = json.loads((Path(__file__).parent / "data" / "segments.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_segments_are_those_of_the_carriers(case: dict[str, str]) -> None:
    found = count(case["text"])
    assert (found.encoding, found.segments) == (case["encoding"], case["segments"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, Count("GSM-7", 1, 160, ())),
        ("ñ" * 160, Count("GSM-7", 1, 160, ())),
        ("á" + "a" * 69, Count("UCS-2", 1, 70, ("á",))),
        ("á" + "a" * 70, Count("UCS-2", 2, 71, ("á",))),
        ("ó" * 201, Count("UCS-2", 3, 201, ("ó",))),
        ("ó" * 202, Count("UCS-2", 4, 202, ("ó",))),
        ("¿Qué es?", Count("GSM-7", 1, 8, ())),
        ("€" * 80, Count("GSM-7", 1, 80, ())),
        ("ÁáÁ", Count("UCS-2", 1, 3, ("Á", "á"))),
    ],
)
def test_the_costly_characters_are_named(text: str, expected: Count) -> None:
    assert count(text) == expected


@given(st.text(max_size=400))
def test_more_text_never_costs_less(text: str) -> None:
    assert count(text + "a").segments >= count(text).segments
    assert (count(text).segments == 0) == (text == "")


@given(st.text(max_size=200))
def test_a_cleaned_text_holds_no_control_character_but_the_line_break(text: str) -> None:
    cleaned = clean(text)
    assert not any(ord(c) < 32 and c != "\n" for c in cleaned)
    assert clean(cleaned) == cleaned
