"""Processes killed with -9 while people call and write: what was promised is kept."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import ROOT
from tests.drafting import FILES, with_people
from tests.failure.clips import digests
from tests.failure.crowd import STOP, TOPIC_WORDS, Crowd, broken_promises, small_release
from tests.failure.machine import TINY, Machine, machine, wait_until
from voice.draft.work import standings
from voice.script import load
from voice.store import open_store, publish
from voice.store.choices import read_choices
from voice.store.drafts import read_work
from voice.store.migrating import migrate


def prepared(address: str) -> None:
    """A store with the small scripts live."""
    store = open_store(address)
    migrate(store)
    publish(store, load(TINY).files, "", datetime.now(UTC))
    store.close()


def crowd_at(line: Machine) -> Crowd:
    """People who call and write to a machine with every clip."""
    url, audio = f"http://127.0.0.1:{line.port}", line.audio
    return Crowd(url, [line.port], small_release(url, audio=audio), sounds=digests(audio))


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


SIGNS = """
import sys
from tests.drafting import ANA, FILES, approve, write
from voice.store import open_store
store = open_store(sys.argv[1])
for name in sorted(FILES):
    if name.startswith("topics/"):
        subject = name.removesuffix(".toml")
        write(store, "Title", name=f"{name}:en-US.title")
        approve(store, subject=subject)
        print(subject, flush=True)
"""


def test_who_was_told_their_sign_off_is_kept_finds_it_after_a_kill(tmp_path: Path) -> None:
    address = f"sqlite:///{with_people(tmp_path)}"
    command = [sys.executable, "-c", SIGNS, address]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(3)]
        process.kill()
        told += process.stdout.read().split()
    store = open_store(address)
    for subject in told:
        policy = read_choices(store).policy
        standing = standings(FILES, read_work(store), policy, subject)
        assert standing["en-US"] == "approved"
    store.close()
    assert len(told) >= 3
