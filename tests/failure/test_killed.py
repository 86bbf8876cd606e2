"""Processes killed with -9 while people call and write: what was promised is kept."""

from datetime import UTC, datetime
from pathlib import Path

from tests.failure.clips import digests
from tests.failure.crowd import STOP, TOPIC_WORDS, Crowd, broken_promises, small_release
from tests.failure.machine import TINY, Machine, machine, wait_until
from voice.script import load
from voice.store import open_store, publish
from voice.store.migrating import migrate


def prepared(address: str) -> None:
    """A store with the small scripts live."""
    store = open_store(address)
    migrate(store)
    publish(store, load(TINY).files, "", datetime.now(UTC))
    store.close()


def crowd_at(line: Machine, of: type[Crowd] = Crowd) -> Crowd:
    """People who call and write to a machine with every clip."""
    url, audio = f"http://127.0.0.1:{line.port}", line.audio
    return of(url, [line.port], small_release(url, audio=audio), sounds=digests(audio))


def test_a_worker_and_then_all_are_killed_and_no_promise_is_broken(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(address)
    with machine(tmp_path, WORKERS="2") as line:
        crowd = crowd_at(line)
        crowd.start()
        crowd.go_on(60)
        before = set(line.workers())
        line.kill_a_worker()
        crowd.go_on(60)
        wait_until(lambda: len(set(line.workers()) - before) == 1, "no worker took its place")
        line.kill()
        lost = crowd.lost
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
    assert crowd.refused == 0
    assert crowd.promises > 10
    assert lost <= 8, "more than those under way when a worker died"
    store = open_store(address)
    assert broken_promises(crowd, store) == []
    store.close()
