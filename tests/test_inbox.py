"""The staff's inbox: who waits, what was not understood, what did not arrive; numbers apart."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import ROOT
from tests.databases import laid_out
from voice.__main__ import main
from voice.inbox import MOST_WORDS, SINCE, NotWaiting, finish, lines, reason
from voice.outbound import FAULTS
from voice.script import Script
from voice.seal import Seal
from voice.settings import read
from voice.store import (
    Store,
    ask_call_back,
    keep_number,
    note_unmatched,
    open_store,
    record_delivery,
)
from voice.store.audit import Wanted, entries

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 12:00 at the sample clinic
NUMBER = "+12125550199"
SEAL = Seal([b"k" * 32])
EMPTY = ["Call-backs waiting: 0", "Words not understood: 0", "Not delivered in 30 days: 0"]


@dataclass
class Box:
    """A store, and the inbox on it."""

    store: Store
    script: Script

    def wait(
        self, call: str, topic: str = "risks", best: str = "morning", practice: bool = False
    ) -> None:
        """Somebody asks to be called back."""
        sealed = SEAL.seal(NUMBER)
        keep_number(self.store, call, ("key",), practice, sealed, "es-US", topic, NOON)
        ask_call_back(self.store, call, best, NOON)

    def fail(self, sid: str, code: str, status: str = "undelivered", at: datetime = NOON) -> None:
        record_delivery(self.store, "message", sid, status, code, at)

    def lines(self, seal: Seal | None = None) -> list[str]:
        return list(lines(self.store, self.script, seal, NOON))


@pytest.fixture
def box(tmp_path: Path, script: Script) -> Iterator[Box]:
    laid_out(tmp_path)
    with closing(open_store(f"sqlite:///{tmp_path}/line.db")) as store:
        yield Box(store, script)


def test_an_empty_inbox_says_so(box: Box) -> None:
    assert box.lines() == EMPTY


def test_who_waits_is_shown_without_a_number(box: Box) -> None:
    box.wait("CA1")
    box.wait("CA2", topic="", best="any")

    title = box.script.topics["risks"].wording["en-US"].title
    assert box.lines()[:3] == [
        "Call-backs waiting: 2",
        f"  1: since 2026-11-20 12:00, es-US, {title}, in the morning",
        "  2: since 2026-11-20 12:00, es-US, no topic, any time",
    ]


def test_a_number_is_shown_only_to_who_asks_and_holds_the_key(box: Box) -> None:
    box.wait("CA1")

    assert box.lines(SEAL)[1].endswith(f", {NUMBER}")
    assert "sealed with another SECRET_KEY" in box.lines(Seal([b"x" * 32]))[1]
    assert NUMBER not in "\n".join(box.lines())


def test_practice_is_nobody_to_ring(box: Box) -> None:
    box.wait("CA1", practice=True)

    assert box.lines() == EMPTY


def test_a_topic_that_is_gone_is_no_obstacle(box: Box) -> None:
    box.wait("CA1", topic="leeches")

    assert "no topic" in box.lines()[1]


@pytest.mark.parametrize(
    ("state", "told", "left"),
    [
        ("done", "Call-back 1 is done; its number is deleted.", 0),
        ("wrong", "Call-back 1 had a wrong number; it is deleted.", 0),
        ("tried", "Call-back 1 was tried; it waits on.", 1),
    ],
)
def test_staff_say_how_ringing_went(box: Box, state: str, told: str, left: int) -> None:
    box.wait("CA1")

    assert finish(box.store, 1, state, NOON) == told
    assert box.lines()[0] == f"Call-backs waiting: {left}"
    assert ("tried" in box.lines()[1]) is (state == "tried")
    (told_of,) = entries(box.store, Wanted(), 5)
    assert (told_of.deed, told_of.subject, told_of.staff) == (
        f"call-back-{state}",
        "call-back:1",
        None,
    )


def test_one_that_another_has_rung_is_said_to_be_gone(box: Box) -> None:
    box.wait("CA1")
    finish(box.store, 1, "done", NOON)

    with pytest.raises(NotWaiting, match="No call-back 1 is waiting"):
        finish(box.store, 1, "done", NOON)


def test_words_not_understood_are_grouped(box: Box) -> None:
    for words in ("my cat", "mi gato", "my cat"):
        note_unmatched(box.store, "message", "en-US", words, False, NOON)

    assert box.lines()[1:4] == [
        "Words not understood: 2",
        "  2 x en-US message: my cat",
        "  1 x en-US message: mi gato",
    ]


def test_a_long_list_of_words_is_cut_and_said_to_be(box: Box) -> None:
    for n in range(MOST_WORDS + 1):
        note_unmatched(box.store, "call", "es-US", f"palabra {n}", False, NOON)

    assert box.lines()[1] == f"Words not understood: {MOST_WORDS} or more"
    assert len(box.lines()) == len(EMPTY) + MOST_WORDS


def test_what_did_not_arrive_is_told_by_reason(box: Box) -> None:
    box.fail("SM1", "30006")
    box.fail("SM2", "30006")
    box.fail("SM3", "", "failed")
    box.fail("SM4", "30006", at=NOON - SINCE - timedelta(days=1))

    assert box.lines()[2:] == [
        "Not delivered in 30 days: 3",
        f"  2 x message: {FAULTS[30006].reason} (30006) Last 2026-11-20 12:00.",
        "  1 x message: It could not be done; the log says why. Last 2026-11-20 12:00.",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("21610", "They opted out at Twilio; nothing may be sent until START. (21610)"),
        ("49999", "Twilio refused it with error 49999; its pages explain it. (49999)"),
        ("busy", "The line was busy."),
        ("no-answer", "Nobody answered."),
        ("unknown", "Twilio did not answer in time: it may or may not have gone out."),
        ("²", "Twilio says: ²."),
        ("odd", "Twilio says: odd."),
    ],
)
def test_every_reason_is_in_words(code: str, words: str) -> None:
    assert reason(code) == words


# From the command line ---------------------------------------------------------------------------


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of an installation of its own, with one person waiting."""
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    settings = read({"INSTANCE": str(tmp_path)}, root=ROOT)
    laid_out(tmp_path)
    with closing(open_store(settings.database_url)) as store:
        sealed = Seal(settings.secret_keys).seal(NUMBER)
        keep_number(store, "CA1", (), False, sealed, "en-US", "risks", NOON)
        ask_call_back(store, "CA1", "afternoon", NOON)
        yield store


def ran(*words: str) -> Result:
    return CliRunner().invoke(main, ["inbox", *words])


def test_the_command_shows_numbers_only_when_told(instance: Store) -> None:
    assert "Call-backs waiting: 1" in ran().output
    assert NUMBER not in ran().output
    assert NUMBER in ran("--numbers").output


def test_the_command_finishes_and_shows_what_is_left(instance: Store) -> None:
    assert "1 was tried" in ran("--tried", "1").output
    found = ran("--done", "1", "--wrong", "9")
    assert found.exit_code == 1  # there is no 9
    assert "No call-back 9 is waiting" in found.output
    assert found.output.splitlines()[:3] == [
        "Call-back 1 is done; its number is deleted.",
        "No call-back 9 is waiting; somebody else may have done it.",
        "Call-backs waiting: 0",
    ]


@pytest.mark.parametrize("deed", ["--done", "--wrong", "--tried"])
def test_a_number_no_call_back_can_have_is_one_message(instance: Store, deed: str) -> None:
    found = ran(deed, "9" * 25)
    assert found.exit_code == 2
    assert "is not in the range" in found.output


def test_a_store_that_is_away_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "line.db").mkdir()
    monkeypatch.setenv("INSTANCE", str(tmp_path))

    found = ran()
    assert found.exit_code == 1
    assert found.output.startswith("Error: ")
    assert "Traceback" not in found.output
