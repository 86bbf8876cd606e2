"""What a conversation can tell, and what it cannot: the words of tests/replay.py."""

from pathlib import Path

import pytest

from tests.replay import Served, replay, serving
from voice.script import Script


@pytest.fixture(scope="module")
def served(script: Script) -> Served:
    return serving(script)


def told(served: Served, folder: Path, *acts: str, scene: str = "") -> str:
    """What a conversation of these acts says."""
    return replay("\n".join(["A title", *scene.splitlines(), "", *acts]), served, folder)


@pytest.mark.parametrize(
    "acts",
    [("> answers",), ("> (delivery fails: 30006)",), ("> calls", "> RISKS"),
     ("> CALL ME", "> answers", "> hangs up", "> answers")],
    ids=["nobody-rings", "no-text-yet", "a-text-in-a-call", "rings-once"],
)  # fmt: skip
def test_what_can_not_happen_is_refused(served: Served, tmp_path: Path, acts: tuple[str, ...]):
    with pytest.raises(AssertionError):
        told(served, tmp_path, *acts)


def test_after_a_call_a_person_texts_and_calls_again(served: Served, tmp_path: Path):
    text = told(served, tmp_path, "> calls", "> 2", "> hangs up", "> MENU", "> calls")
    assert text.count("nine, one, one") == 2
    assert text.count("\n< ") >= 1


def test_time_passes(served: Served, tmp_path: Path):
    text = told(served, tmp_path, "> calls", "> 1", "> 0", "> hangs up", "> at 2026-11-23 20:00",
                "> calls", "> 0")  # fmt: skip
    assert text.index("I am calling a person") < text.index("The clinic is closed now")


def test_what_twilio_refuses_is_told_by_what_the_line_says_then(served: Served, tmp_path: Path):
    acts = ("> RISKS", "> CALL ME")
    assert "(the line calls +12125550199)" in told(served, tmp_path, *acts)
    refused = told(served, tmp_path / "b", *acts, scene="twilio refuses: 21211")
    assert "We are calling you now" not in refused
