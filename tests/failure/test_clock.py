"""A clock that is wrong, or mended, while people call and write; and the hours of a clinic where
the clocks are changed, on a machine that goes by another zone's.

Nobody is lost, and what was promised is kept. Limits end, and what is old goes when it is due.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.failure.clips import addresses, digests
from tests.failure.crowd import TOLD, TOPIC, Crowd, broken_promises
from tests.failure.machine import TINY, Machine, machine, wait_until
from tests.failure.test_order import Webhook, steps
from tests.kept import served
from voice.dialog import State
from voice.release import address
from voice.script import parse, read_files
from voice.store import (
    Contact,
    Guard,
    Store,
    answer_once,
    contact_keys,
    open_store,
    publish,
)
from voice.store.chores import AHEAD
from voice.store.connection import reading
from voice.store.machine_tables import chore
from voice.store.migrating import migrate
from voice.store.retention import TURN_DAYS
from voice.store.tables import turn

HOUR, DAY, MONTH, RIGHT = (timedelta(hours=n) for n in (1, 24, 30 * 24, 0))
HELD, ONE, ANOTHER, ASKS = "+33199019998", "+33199018001", "+33199018002", "+33199018100"
LOOK = 20.0
"""Seconds in which any worker has looked at the clock again; it looks every two, or every five
where it has much to do."""
SUNDAYS = {"sunday = []": 'sunday = ["1:00-2:30", "3:30-12:00"]'}
"""Hours that end in the hour that spring leaves out and autumn has twice."""
ELSEWHERE = "Pacific/Kiritimati"
"""Fourteen hours ahead of UTC: there it is another day most of the time."""
ALMOST, OLD = timedelta(days=TURN_DAYS) - HOUR, timedelta(days=TURN_DAYS - 10)


@dataclass(frozen=True)
class Clock:
    """The clock of a machine."""

    file: Path

    def go_wrong(self, by: timedelta) -> None:
        """Be wrong by so much from now on."""
        new = self.file.with_suffix(".new")
        new.write_text(str(by.total_seconds()))
        new.replace(self.file)

    def show(self, at: datetime) -> None:
        """Show this moment, and go on from there."""
        self.go_wrong(at - datetime.now(UTC))


@dataclass(frozen=True)
class Clinic:
    """A line on a machine with such a clock, and people who call and write to it."""

    line: Machine
    clock: Clock
    store: Store
    crowd: Crowd


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    clock = Clock(folder / "clock")
    clock.go_wrong(RIGHT)
    files = dict(read_files(TINY))
    for shipped, here in SUNDAYS.items():
        assert shipped in files["line.toml"]
        files["line.toml"] = files["line.toml"].replace(shipped, here)
    with closing(open_store(f"sqlite:///{folder}/instance/line.db")) as store:
        migrate(store)
        publish(store, files, "", datetime.now(UTC))
        with machine(folder, CLOCK=str(clock.file), TZ=ELSEWHERE) as line:
            url = f"http://127.0.0.1:{line.port}"
            release = served(parse(files), 1, url, addresses(line.audio, url))
            crowd = Crowd(url, [line.port], release, sounds=digests(line.audio))
            yield Clinic(line, clock, store, crowd)
            line.stop()


# A clock that is wrong ---------------------------------------------------------------------------


def remember(store: Store, sid: str, ago: timedelta) -> None:
    """Have answered a text so long ago."""
    keys = contact_keys([b"c" * 32], f"+3319901{ago.days:04}")

    def same(known: Contact) -> tuple[Contact, str]:
        return known, "an answer"

    answer_once(store, sid, keys, False, datetime.now(UTC) - ago, same)


def kept(store: Store, sid: str) -> bool:
    """Whether a text is remembered."""
    with reading(store) as connection:
        found = select(turn.c.reply).where(turn.c.message_sid == sid)
        return connection.scalar(found) is not None


def purged_at(store: Store) -> datetime:
    """When what is old was last looked for, by the clock of then."""
    with reading(store) as connection:
        at = connection.scalar(select(chore.c.at).where(chore.c.name == "purge"))
    assert at is not None
    return at.replace(tzinfo=UTC)


def texted(crowd: Crowd, sid: str, number: str) -> bytes:
    return crowd.ask("/sms", {"MessageSid": sid, "From": number, "Body": TOPIC}) or b""


def flooded(crowd: Crowd, name: str, number: str) -> bool:
    """Write more than anybody is answered; whether silence came of it."""
    answers = [texted(crowd, f"{name}{n}", number) for n in range(Guard("").most + 1)]
    return TOLD in answers[0] and TOLD not in answers[-1]


@dataclass(frozen=True)
class Held:
    """Somebody whose one call lasts through all of it, and whose one text comes again each time."""

    clinic: Clinic
    rest: Iterator[tuple[Webhook, bytes]]
    text: bytes

    def goes_on(self, by: timedelta) -> list[str]:
        """Let the clock be wrong by so much; what is not as ever then."""
        clinic, crowd = self.clinic, self.clinic.crowd
        clinic.clock.go_wrong(by)
        promised = crowd.promises
        crowd.go_on(40)
        wait_until(lambda: crowd.promises > promised, f"{by}: nothing is granted any more")
        (one, right), (status, told) = next(self.rest), clinic.line.get("/readyz")
        as_ever = {
            "the next key": crowd.ask(one.path, dict(one.fields)) == right,
            "the same text": texted(crowd, "SMfirst", HELD) == self.text,
            "readyz": (status, told["release"], told["store"]) == (200, 1, "reachable"),
        }
        return [f"{by}: {what}" for what, well in as_ever.items() if not well]


def held(clinic: Clinic) -> Held:
    """A call at its beginning, and a text that was answered."""
    crowd = clinic.crowd
    first = texted(crowd, "SMfirst", HELD)
    assert TOLD in first
    return Held(clinic, iter(steps(crowd, "CAheld").items()), first)


@pytest.mark.soak
def test_a_clock_set_back_or_on_or_mended_costs_nobody_anything(clinic: Clinic) -> None:
    store, crowd, log = clinic.store, clinic.crowd, clinic.line.log
    remember(store, "SMdue", ALMOST)
    remember(store, "SMlater", OLD)
    crowd.start()
    crowd.go_on(20)
    caller = held(clinic)
    assert flooded(crowd, "SMa", ONE), "nobody was silenced"
    wrong = caller.goes_on(-HOUR)
    wrong += caller.goes_on(DAY)
    wait_until(lambda: not kept(store, "SMdue"), "what is due stays", LOOK)
    assert TOLD in texted(crowd, "SMb", ONE), "silenced for more than a day"
    wrong += caller.goes_on(MONTH)
    leapt = "the clock leapt: nothing old is deleted before"
    wait_until(lambda: leapt in log.read_text(), "nobody is told", LOOK)
    assert flooded(crowd, "SMc", ANOTHER), "nobody was silenced"
    wrong += caller.goes_on(RIGHT)
    mended = datetime.now(UTC) + AHEAD
    wait_until(lambda: purged_at(store) < mended, "nobody looks for what is old", LOOK)
    assert TOLD in texted(crowd, "SMd", ANOTHER), "silenced for a month"
    crowd.stop()
    lost = broken_promises(crowd, store)
    assert (crowd.lost, crowd.wrong, wrong, lost) == (0, [], [], [])
    assert (crowd.unheard, crowd.read) == (0, 0)
    # A day ahead, a call-back that somebody is just asking for looks like one never asked for.
    assert crowd.refused <= 4, "more than those who were just asking"
    assert crowd.promises > 20
    assert kept(store, "SMlater"), "what was not due went"


# Opening hours -----------------------------------------------------------------------------------

MAIN = address(1, State("main", "fr-FR", "normal"))
PERSON = b"<Number>+33199001235</Number>"

DOORS = {
    # Paris is an hour ahead of UTC in winter and two in summer.
    "Monday 8:29": ("2027-01-11 07:29:30", False),
    "Monday 8:30": ("2027-01-11 07:30:00", True),
    "Monday 11:59": ("2027-01-11 10:59:30", True),
    "Monday 12:00": ("2027-01-11 11:00:00", False),
    "Monday 17:59 in summer": ("2027-07-12 15:59:30", True),
    "Monday 18:00 in summer": ("2027-07-12 16:00:00", False),
    "Monday 18:30 in summer, before six in winter": ("2027-07-12 16:30:00", False),
    "Tuesday, a Wednesday where the machine is": ("2027-01-12 11:00:00", False),
    "Monday, a Tuesday where the machine is": ("2027-01-11 13:00:00", True),
    "a holiday": ("2026-12-25 09:00:00", False),
    "spring, 0:59": ("2027-03-27 23:59:30", False),
    "spring, 1:00": ("2027-03-28 00:00:00", True),
    "spring, 1:59, the last minute before": ("2027-03-28 00:59:30", True),
    "spring, 3:00 at once, past 2:30": ("2027-03-28 01:00:00", False),
    "spring, 3:29": ("2027-03-28 01:29:30", False),
    "spring, 3:30": ("2027-03-28 01:30:00", True),
    "spring, 11:59": ("2027-03-28 09:59:30", True),
    "spring, 12:00": ("2027-03-28 10:00:00", False),
    "autumn, 2:29 for the first time": ("2027-10-31 00:29:30", True),
    "autumn, 2:30 for the first time": ("2027-10-31 00:30:00", False),
    "autumn, 2:59 for the first time": ("2027-10-31 00:59:30", False),
    "autumn, 2:00 for the second time": ("2027-10-31 01:00:00", True),
    "autumn, 2:29 for the second time": ("2027-10-31 01:29:30", True),
    "autumn, 2:30 for the second time": ("2027-10-31 01:30:00", False),
    "autumn, 3:29": ("2027-10-31 02:29:30", False),
    "autumn, 3:30": ("2027-10-31 02:30:00", True),
    "autumn, 12:00": ("2027-10-31 11:00:00", False),
}


@pytest.mark.soak
@pytest.mark.parametrize(("utc", "is_open"), DOORS.values(), ids=DOORS)
def test_who_asks_for_a_person_is_put_through_in_the_clinics_hours_and_else_may_be_rung(
    clinic: Clinic, utc: str, is_open: bool
) -> None:
    crowd = replace(clinic.crowd, over=threading.Event())
    clinic.clock.show(datetime.fromisoformat(utc).replace(tzinfo=UTC))
    known = {"CallSid": f"CA{utc}", "From": ASKS}
    came = crowd.ask(MAIN, known | {"Digits": "9"}) or b""
    asked = crowd.ask(address(1, State("closed", "fr-FR", "normal")), known | {"Digits": "1"})
    assert (PERSON in came, b"/closed/" in came) == (is_open, not is_open), came
    assert b"/callback/" in (asked or b"")
    assert crowd.lost == 0
