"""How many wait for Twilio at once: no caller who wants nothing of it waits behind them."""

from dataclasses import dataclass, field

import pytest

from voice.courier.turns import AGAIN_AFTER, MOST, SLOW, Turns
from voice.outbound import Outcome, Refused, Sent, Unknown

SENT = Sent("SM1")
SILENCE = Unknown("no answer in time")
REFUSED = Refused(503, "busy", "Too much.")


@dataclass
class Bench:
    """Turns on a clock of our own."""

    now: float = 100.0
    turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self.turns = Turns(lambda: self.now)

    def run(self, outcome: Outcome, seconds: float = 0.0) -> Outcome | None:
        """Ask a Twilio that answers so, after so long."""

        def ask() -> Outcome:
            self.now += seconds
            return outcome

        return self.turns.run(ask)

    def together(self, number: int, outcome: Outcome = SENT) -> int:
        """Let so many ask, each before the one before has an answer; how many may."""
        asked = 0

        def ask() -> Outcome:
            nonlocal asked
            asked += 1
            if asked < number:
                self.turns.run(ask)
            return outcome

        self.turns.run(ask)
        return asked


def test_only_so_many_wait_at_once_and_each_gives_its_turn_back() -> None:
    bench = Bench()
    assert [bench.together(MOST + 3) for _ in range(3)] == [MOST] * 3


def test_after_one_waited_in_vain_the_others_are_told_at_once_until_one_alone_tries() -> None:
    bench = Bench()
    assert bench.run(SILENCE, SLOW) == SILENCE
    bench.now += AGAIN_AFTER - 0.1
    assert bench.run(SENT) is None
    bench.now += 0.1
    assert bench.together(3, SILENCE) == 1
    assert bench.together(3, SENT) == 3


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [(SENT, SLOW), (SENT, 0.1), (REFUSED, 0.1), (SILENCE, SLOW - 0.1)],
    ids=["slow and done", "quick", "refused at once", "broken off at once"],
)
def test_who_did_not_wait_in_vain_stops_nobody(outcome: Outcome, seconds: float) -> None:
    bench = Bench()
    bench.run(outcome, seconds)
    assert bench.together(MOST) == MOST


def test_a_mistake_of_ours_gives_the_turn_back_too() -> None:
    bench = Bench()

    def fails() -> Outcome:
        raise ZeroDivisionError

    for _ in range(MOST + 1):
        with pytest.raises(ZeroDivisionError):
            bench.turns.run(fails)


# Beside those who ask -----------------------------------------------------------------------------


def test_who_waits_for_another_takes_a_place_of_those_who_ask() -> None:
    bench = Bench()

    def ask() -> Outcome:
        told.append(bench.turns.beside(lambda: bench.turns.beside(lambda: bench.turns.beside(str))))
        told.append(bench.turns.beside(lambda: "done"))
        told.append(bench.turns.beside(lambda: str(bench.together(MOST))))
        return SENT

    told: list[str] = []
    bench.turns.run(ask)
    assert told == ["", "done", "1"]
    assert bench.together(MOST + 3) == MOST


def test_who_waits_for_another_may_do_so_while_twilio_is_silent_and_stops_nobody() -> None:
    bench = Bench()
    bench.run(SILENCE, SLOW)

    def wait() -> str:
        bench.now += AGAIN_AFTER
        return f"while {bench.together(MOST)} tries"

    assert bench.turns.beside(wait) == "while 1 tries"
    assert bench.together(MOST) == MOST


def test_who_waited_for_another_in_vain_gives_the_place_back() -> None:
    bench = Bench()

    def fails() -> str:
        raise ZeroDivisionError

    for _ in range(MOST + 1):
        with pytest.raises(ZeroDivisionError):
            bench.turns.beside(fails)
    assert bench.together(MOST + 3) == MOST
