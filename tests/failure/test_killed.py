"""Processes killed with -9, or stopped, while people call and write: what was promised is kept."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.failure.clips import digests, spoken
from tests.failure.crowd import (
    STOP,
    TOPIC_WORDS,
    Crowd,
    broken_promises,
    caller,
    send,
    small_release,
)
from tests.failure.machine import TINY, Machine, ended, laid_out, machine, wait_until
from tests.test_store_steps import STEPS
from tests.twilio_fake import ACCOUNT, fake_twilio
from voice.courier.turns import MOST
from voice.dialog import State
from voice.release import address
from voice.script import load
from voice.store import (
    contact_keys,
    live_number,
    open_store,
    opt_out,
    publish,
    read_contact,
)
from voice.store.connection import reading, writing
from voice.store.migrating import migrate
from voice.store.releases import add_release

EARLIER = STEPS[1]


def prepared(address: str) -> None:
    """A store with the small scripts live."""
    store = open_store(address)
    migrate(store)
    publish(store, load(TINY).files, "", datetime.now(UTC))
    store.close()


def served(line: Machine) -> Crowd:
    """People who call and write at a line that is made, until sixty were answered."""
    line.wait_until_made()
    crowd = crowd_at(line)
    crowd.start()
    crowd.go_on(60)
    crowd.stop()
    line.stop()
    return crowd


def crowd_at(line: Machine, of: type[Crowd] = Crowd, thinks: float = 0.0) -> Crowd:
    """People who call and write to a machine with every clip."""
    url, audio = f"http://127.0.0.1:{line.port}", line.audio
    release, sounds = small_release(url, audio=audio), digests(audio)
    return of(url, [line.port], release, sounds=sounds, thinks=thinks)


def test_a_worker_and_then_all_are_killed_and_no_promise_is_broken(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path, WORKERS="2") as line:
        wait_until(
            lambda: line.log.read_text().count(" clips missing") > 1, "only one worker serves"
        )
        crowd = crowd_at(line)
        crowd.start()
        crowd.go_on(60)
        before = set(line.workers())
        line.kill_a_worker()
        crowd.go_on(60)
        wait_until(lambda: len(set(line.workers()) - before) == 1, "no worker took its place")
        lost = crowd.lost
        line.kill()
        line.start()
        crowd.go_on(60)
        crowd.stop()
        line.stop()
    assert (crowd.wrong, crowd.unheard, crowd.read) == ([], 0, 0)
    assert crowd.heard > 60
    logged = line.log.read_text()
    assert logged.count("POST /voice") > 50
    for private in ("3319900", STOP, TOPIC_WORDS, "Digits", "anonymous", "From="):
        assert private not in logged
    assert crowd.refused == 0, [told for told in logged.splitlines() if "store" in told]
    assert crowd.promises > 10
    assert lost <= 8, "more than those under way when a worker died"
    store = open_store(address)
    assert broken_promises(crowd, store) == []
    store.close()


def takes_callers(line: Machine) -> bool:
    """Whether somebody who comes now is answered within a second: who just misses it never is."""
    connection = HTTPConnection("127.0.0.1", line.port, timeout=1)
    return send(connection, "/healthz", b"", {}, "GET")[0] != 0


def test_who_is_being_answered_when_the_line_is_stopped_gets_the_answer(tmp_path: Path) -> None:
    """Three callers wait for a text that Twilio is slow to take."""
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with fake_twilio() as fake, machine(
        tmp_path, TWILIO_IS_AT=fake.url, TWILIO_HAS="20",
        TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_API_KEY="SK1", TWILIO_API_SECRET="sesame",
    ) as line, ThreadPoolExecutor(MOST) as telephones:  # fmt: skip
        crowd, go = crowd_at(line), threading.Event()
        fake.answer = lambda seen: go.wait(20) and fake._natural(seen)  # type: ignore[method-assign]
        place = address(1, State("text.lavage", "fr-FR", "normal"))
        asked = [
            {"CallSid": f"CA{n}", "From": f"+1212555010{n}", "Digits": "1"} for n in range(MOST)
        ]
        waiting = [telephones.submit(crowd.ask, place, fields) for fields in asked]
        wait_until(lambda: len(fake.seen) == MOST, "nothing was asked of Twilio")
        assert line.process is not None
        line.process.terminate()
        wait_until(lambda: not takes_callers(line), "it still takes new callers")
        assert not any(one.done() for one in waiting)
        threading.Timer(0.5, go.set).start()
        assert line.process.wait(30) == 0
        crowd.over.set()  # who was not answered by now asks no more
        sent = crowd.release.answer(State("after.lavage", "fr-FR", "normal", notice="sent"))
        assert [one.result() for one in waiting] == [sent] * MOST
    assert crowd.lost == 0


@pytest.mark.soak
def test_an_empty_line_killed_while_it_makes_itself_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed twice: while its tables are made, and while its clips are."""
    line = laid_out(tmp_path)
    database = tmp_path / "instance" / "line.db"
    with ended(line):
        for begun in (database.exists, lambda: len(list(tmp_path.glob("audio/*.wav"))) > 20):
            line.begin()
            wait_until(begun, "it made nothing")
            assert line.get("/readyz")[0] != 200
            line.kill()
        line.start()
        crowd = served(line)
    assert (crowd.lost, crowd.wrong, crowd.unheard, crowd.read) == (0, [], 0, 0)
    store = open_store(f"sqlite:///{database}")
    assert live_number(store) == 1
    assert broken_promises(crowd, store) == []
    store.close()


@pytest.mark.soak
def test_a_store_of_an_earlier_version_is_moved_on_by_a_start_that_was_killed_once(
    tmp_path: Path,
) -> None:
    """With an opt-out in it, and a release that callers are in the middle of."""
    database = tmp_path / "instance" / "line.db"
    store, keys = open_store(f"sqlite:///{database}"), contact_keys([b"c" * 32], caller(9999))
    migrate(store, EARLIER)
    with writing(store) as connection:  # as versions did that kept no record of deeds
        add_release(connection, load(TINY).files, "", datetime.now(UTC))
    opt_out(store, keys, False, datetime.now(UTC))
    line = laid_out(tmp_path)
    spoken(line.audio)
    with ended(line):
        line.begin()
        wait_until(line.workers, "nothing began")
        line.kill()
        line.start()
        crowd = served(line)
    assert (crowd.lost, crowd.refused, crowd.wrong, crowd.read) == (0, 0, [], 0)
    assert broken_promises(crowd, store) == []
    known = read_contact(store, keys)
    assert known is not None
    assert known.opted_out_at
    with reading(store) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == STEPS[-1]
    store.close()
