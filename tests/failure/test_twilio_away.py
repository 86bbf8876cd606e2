"""Twilio's REST side slow, refusing, busy, failing half-way, silent, while people call and write.

Who asked for a text hears the truth about it; nothing leaves twice; nobody else waits.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.failure.crowd import Crowd, broken_promises
from tests.failure.machine import machine, wait_until
from tests.failure.test_killed import crowd_at, prepared
from tests.twilio_fake import ACCOUNT, Answer, Fake, Seen, error, fake_twilio
from voice.courier.turns import AGAIN_AFTER, MOST
from voice.dialog import State
from voice.release import address
from voice.server import THREADS
from voice.store import open_store

ASKED: Final = State("text.lavage", "fr-FR", "normal")
TOLD: Final = ("sent", "landline", "opted-out", "failed")
PARTS: Final = 2
"""Texts of a first answer: what was asked for, and who we are."""
SECRET: Final = "sesame-of-the-tests"


@dataclass(frozen=True)
class Trouble:
    """What comes of every request, what callers are told then, and how often each is asked for."""

    answer: Callable[[Fake, Seen], Answer]
    told: str
    asked: int = 1


TROUBLES: Final = {
    "dropped": Trouble(lambda *_: Answer(0, how="dropped"), "failed"),
    "half an answer": Trouble(lambda *_: Answer(201, b'{"sid": "SM', how="cut"), "failed"),
    "no JSON": Trouble(lambda *_: Answer(201, b"<html>"), "failed"),
    "broken": Trouble(lambda *_: Answer(503, b"{}"), "failed"),
    "no credentials": Trouble(lambda *_: error(401, 20003), "failed"),
    "landline": Trouble(lambda *_: error(400, 21614), "landline"),
    "said stop": Trouble(lambda *_: error(400, 21610), "opted-out"),
    "busy": Trouble(lambda *_: error(429, 20429), "failed", asked=2),
    "busy for long": Trouble(lambda *_: error(429, 20429, Retry_After="60"), "failed"),
    "half-way": Trouble(
        lambda fake, seen: fake._natural(seen) if len(fake.seen) % 2 else error(500, 0), "sent", 2
    ),
    "nothing": Trouble(Fake._natural, "sent", asked=PARTS),
}


@dataclass
class Scene:
    """A line whose Twilio is ours, and people who call meanwhile and want nothing of Twilio."""

    fake: Fake
    crowd: Crowd
    numbers: Iterator[int]

    def ask(self, people: int) -> list[str]:
        """Let so many ask for a text at once; what they are told."""
        with ThreadPoolExecutor(people) as telephones:
            return list(telephones.map(self._wish, [next(self.numbers) for _ in range(people)]))

    def _wish(self, number: int) -> str:
        """Ask in a call, and again as a repeated request does: the same answer."""
        path, release = address(1, ASKED), self.crowd.release
        # One of the American numbers kept for fiction.
        known = {"CallSid": f"CAwish{number}", "From": f"+12125550{100 + number}"}
        caller = Crowd(self.crowd.url, self.crowd.ports, release)
        first, second = (caller.ask(path, known | {"Digits": "1"}) for _ in range(2))
        assert first == second
        after = {told: State("after.lavage", "fr-FR", "normal", notice=told) for told in TOLD}
        return next(told for told, state in after.items() if release.answer(state) == first)


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """At the end nobody else was lost, kept waiting or deceived, and no log tells of anybody."""
    store_at = f"sqlite:///{folder}/instance/line.db"
    prepared(store_at)
    with fake_twilio() as fake, machine(
        folder, TWILIO_IS_AT=fake.url,
        TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_API_KEY="SK1", TWILIO_API_SECRET=SECRET,
    ) as line:  # fmt: skip
        crowd = crowd_at(line, thinks=0.05)
        crowd.start(1)
        crowd.go_on(20)
        yield Scene(fake, crowd, count())
        crowd.go_on(20)
        crowd.stop()
        line.stop()
    assert (crowd.lost, crowd.refused, crowd.wrong) == (0, 0, [])
    assert crowd.slowest < 1.5
    with closing(open_store(store_at)) as store:
        assert broken_promises(crowd, store) == []
    logged = line.log.read_text()
    assert "Twilio" in logged
    assert not [private for private in ("2125550", "3319900", SECRET) if private in logged]


def test_callers_hear_the_truth_nothing_goes_twice_and_nobody_else_waits(tmp_path: Path) -> None:
    with scene(tmp_path) as now:
        for name, trouble in TROUBLES.items():
            now.fake.seen.clear()
            now.fake.answer = lambda seen, how=trouble: how.answer(now.fake, seen)  # type: ignore[method-assign]
            people = 1 if name == "half-way" else MOST
            assert now.ask(people) == [trouble.told] * people, name
            assert len(now.fake.seen) == trouble.asked * people, name
        late_or_never(now)


def late_or_never(now: Scene) -> None:
    """More people than the worker has threads wait for a Twilio that is slow, and then silent."""
    assert MOST < THREADS
    now.fake.seen.clear()
    now.fake.answer = lambda seen: late(now.fake, seen)  # type: ignore[method-assign]
    told = now.ask(THREADS * 2)
    assert set(told) <= {"sent", "failed"}
    assert told.count("sent") >= MOST
    assert len(now.fake.seen) == PARTS * told.count("sent")
    now.fake.answer = lambda _: Answer(0, how="silent")  # type: ignore[method-assign]
    now.fake.seen.clear()
    assert now.ask(THREADS * 2) == ["failed"] * THREADS * 2
    assert len(now.fake.seen) <= MOST


def late(fake: Fake, seen: Seen) -> Answer:
    """A good answer, a second later."""
    fake.ended.wait(1)
    return fake._natural(seen)


@pytest.mark.soak
def test_texts_leave_again_soon_after_twilio_is_back(tmp_path: Path) -> None:
    with scene(tmp_path) as now:
        now.fake.answer = lambda _: Answer(0, how="silent")  # type: ignore[method-assign]
        now.ask(THREADS)
        del now.fake.answer
        assert now.ask(1) == ["failed"]
        wait_until(lambda: now.ask(1) == ["sent"], "no text leaves any more", AGAIN_AFTER + 2)
