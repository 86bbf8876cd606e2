"""Two machines, PostgreSQL, and nginx as it is shipped, before them: one dies, words change."""

import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import databases
from tests.failure.crowd import Crowd, broken_promises, small_release
from tests.failure.machine import TINY, Machine, machine, wait_until
from tests.failure.proxy import HOST, connection, proxy
from tests.failure.test_killed import prepared
from voice.assembly import WAIT_FOR_NEXT
from voice.script import load
from voice.store import live_number, open_store, publish

URL = f"https://{HOST}"


def release_of(line: Machine) -> int:
    told = line.get("/readyz")[1]
    return told["release"] if told else 0


@pytest.mark.soak
def test_a_machine_dies_and_words_change_and_nobody_hears_it(
    tmp_path: Path, postgresql: databases.Server
) -> None:
    postgresql.make("machines")
    address = postgresql.url("machines")
    prepared(address)
    given = {"DATABASE_URL": address, "PUBLIC_URL": URL}
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            folder.mkdir()
        one, two = (stack.enter_context(machine(folder, **given)) for folder in folders)
        front = tmp_path / "front"
        front.mkdir()
        port = stack.enter_context(proxy(front, [one.port, two.port], tmp_path / "one"))
        crowd = Crowd(URL, [port], small_release(URL), connection)
        crowd.start(6)
        crowd.go_on(200)
        one.kill()
        crowd.go_on(200)
        store = stack.enter_context(closing(open_store(address)))
        publish(store, load(TINY).files, "again", datetime.now(UTC))
        begun = time.monotonic()
        wait_until(lambda: release_of(two) == 2, "the release never went live", WAIT_FOR_NEXT + 1)
        assert time.monotonic() - begun <= WAIT_FOR_NEXT + 1
        one.start()
        assert release_of(one) == 2
        crowd.go_on(200)
        crowd.stop()
        assert (crowd.lost, crowd.refused, crowd.wrong) == (0, 0, [])
        assert crowd.promises > 20
        assert broken_promises(crowd, store) == []


@pytest.mark.soak
def test_two_releases_published_at_once_are_two_and_all_serve_the_same(
    tmp_path: Path, postgresql: databases.Server
) -> None:
    postgresql.make("releases")
    address = postgresql.url("releases")
    prepared(address)
    with ExitStack() as stack:
        lines = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            made = machine(tmp_path / name, DATABASE_URL=address)
            lines.append(stack.enter_context(made))
        store = stack.enter_context(closing(open_store(address)))
        files, numbers = load(TINY).files, []
        start = threading.Barrier(4)

        def one() -> None:
            start.wait()
            numbers.append(publish(store, files, "", datetime.now(UTC)))

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == [2, 3, 4, 5]
        live = live_number(store)
        for line in lines:
            wait_until(lambda line=line: release_of(line) == live, "another one", 7)
