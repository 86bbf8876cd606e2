"""What is counted of a step: each thing once, under the topic it is about."""

import pytest

from voice.dialog import State
from voice.script import Script
from voice.webhook import uses

SILENT, PRESSED = True, False


def at(place: str, pace: str = "normal", tries: str = "0", notice: str = "") -> State:
    return State(place, "en-US", pace, tries, notice)


MAIN = at("main")
STEPS = {
    "a call begins": (None, at("opening"), SILENT, [("call", "")]),
    "a caller comes back": (
        None,
        at("pause.topic.risks.1"),
        SILENT,
        [("chose", ""), ("call", "")],
    ),
    "a language is chosen": (
        at("opening"),
        at("welcome"),
        PRESSED,
        [("chose", ""), ("welcome", "")],
    ),
    "no language is chosen": (
        at("opening"),
        at("language", tries="1", notice="no_input"),
        SILENT,
        [("no_input", "")],
    ),
    "a menu": (MAIN, at("menu.4"), PRESSED, [("menu", "")]),
    "a topic": (MAIN, at("topic.risks.1"), PRESSED, [("topic", "risks"), ("heard", "risks")]),
    "a topic we rang for": (
        at("ring.risks"),
        at("topic.risks.1", notice="called"),
        SILENT,
        [("topic", "risks"), ("heard", "risks")],
    ),
    "another topic right after": (
        at("after.risks"),
        at("topic.benefits.1"),
        PRESSED,
        [("topic", "benefits"), ("heard", "benefits")],
    ),
    "its next part": (at("topic.risks.1"), at("topic.risks.2"), SILENT, [("topic", "risks")]),
    "going on with it": (
        at("pause.topic.risks.1"),
        at("topic.risks.1"),
        PRESSED,
        [("topic", "risks")],
    ),
    "its end": (
        at("topic.risks.LAST"),
        at("after.risks"),
        SILENT,
        [("after", "risks"), ("finished", "risks")],
    ),
    "its end skipped": (at("topic.risks.LAST"), at("after.risks"), PRESSED, [("after", "risks")]),
    "left for the menu": (at("topic.risks.1"), at("menu.4"), PRESSED, [("menu", "")]),
    "a part again": (at("topic.risks.1"), at("topic.risks.1"), PRESSED, [("again", "risks")]),
    "the topic again": (at("after.risks"), at("topic.risks.1"), PRESSED, [("again", "risks")]),
    "slower": (at("topic.risks.1"), at("topic.risks.1", "slow"), PRESSED, [("slower", "risks")]),
    "faster": (at("main", "slow"), MAIN, PRESSED, [("faster", "")]),
    "slower out of a pause": (
        at("pause.topic.risks.1"),
        at("topic.risks.1", "slow"),
        PRESSED,
        [("slower", "risks")],
    ),
    "a text": (
        at("text.risks"),
        at("after.risks", notice="sent"),
        PRESSED,
        [("after", "risks"), ("texted", "risks")],
    ),
    "no text": (
        at("text.risks"),
        at("after.risks", notice="landline"),
        PRESSED,
        [("after", "risks")],
    ),
    "a person": (at("topic.risks.1"), at("transfer"), PRESSED, [("transfer", "")]),
    "nobody there": (MAIN, at("closed"), PRESSED, [("closed", "")]),
    "a person hangs up": (at("transfer"), at("ended"), SILENT, [("ended", "")]),
    "silence": (MAIN, at("main", tries="1", notice="no_input"), SILENT, [("no_input", "")]),
    "silence where it is not told": (
        at("closed"),
        at("closed", tries="1"),
        SILENT,
        [("no_input", "")],
    ),
    "a wrong key": (MAIN, at("main", tries="1", notice="no_match"), PRESSED, [("no_match", "")]),
    "a wrong key in a topic": (
        at("topic.risks.1"),
        at("topic.risks.1", tries="1", notice="no_match"),
        PRESSED,
        [("no_match", "risks")],
    ),
    "a pause that lasts": (at("pause.main"), at("pause.main"), SILENT, []),
}


@pytest.mark.parametrize(("before", "after", "silent", "counted"), STEPS.values(), ids=STEPS)
def test_a_step_of_a_call_is_counted(script: Script, before, after, silent, counted):
    last = len(script.topics["risks"].wording["en-US"].parts)
    if before is not None and before.place.endswith("LAST"):
        before = at(before.place.replace("LAST", str(last)))
    assert list(uses.of_call(script, before, after, silent)) == counted


TEXTS = {
    "a topic by name": (
        "main",
        "topic.risks.1",
        "topic",
        "risks",
        [("topic", "risks"), ("texted", "risks")],
    ),
    "the same once more": (
        "topic.risks.1",
        "topic.risks.1",
        "topic",
        "risks",
        [("topic", "risks"), ("texted", "risks")],
    ),
    "a topic we are not sure of": (
        "main",
        "ask.risks.before",
        "topic",
        "risks",
        [("topic", "risks")],
    ),
    "a topic by its figure": (
        "menu.4",
        "topic.aftercare.1",
        "key",
        "1",
        [("key", ""), ("texted", "aftercare")],
    ),
    "an option of one topic": (
        "main",
        "topic.risks.1",
        "option",
        "3",
        [("option", ""), ("texted", "risks")],
    ),
    "more of it": ("topic.risks.1", "topic.risks.2", "more", "", [("more", "")]),
    "a person": ("topic.risks.1", "topic.risks.1", "human", "", [("human", "")]),
    "a word we do not know": ("topic.risks.1", "main", "unknown", "", [("unknown", "")]),
    "stop": ("topic.risks.1", "topic.risks.1", "stop", "", [("stop", "")]),
}


@pytest.mark.parametrize(
    ("before", "after", "wants", "target", "counted"), TEXTS.values(), ids=TEXTS
)
def test_a_text_is_counted(before, after, wants, target, counted):
    assert list(uses.of_text(before, after, wants, target)) == counted
