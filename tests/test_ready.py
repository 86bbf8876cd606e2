"""/readyz answers within the two seconds that proxies wait, whatever the store does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests import databases
from tests.failure.crowd import small_release
from tests.failure.machine import wait_until
from tests.failure.test_store_away import hanging
from tests.replay import URL, settings_in
from voice.live import Live
from voice.measures import measures
from voice.store import open_store
from voice.web import create_app

LONGEST = 1.5
"""Seconds."""


@contextmanager
def line_on(folder: Path, address: str) -> Iterator[FlaskClient]:
    """A line with a release, on the store at this address."""
    live = Live(URL, folder)
    live.release = small_release(URL)
    store = open_store(address)
    app = create_app(settings_in(folder), store, live, measures(), [])
    yield app.test_client()
    store.close()


def asked(client: FlaskClient) -> tuple[int, str, float]:
    """The status, what is said of the store, and the seconds it took."""
    begun = time.monotonic()
    answer = client.get("/readyz")
    return answer.status_code, answer.get_json()["store"], time.monotonic() - begun


@pytest.fixture(scope="module")
def own_server() -> Iterator[databases.Server]:
    """A PostgreSQL that nobody else waits for while it stands still."""
    with databases.server(databases.own_folder()) as server:
        yield server


def test_while_postgresql_hangs_readyz_answers_soon_and_says_so_until_it_is_back(
    tmp_path: Path, own_server: databases.Server
) -> None:
    own_server.make("line")
    address = own_server.url("line")
    databases.migrated(address)
    with line_on(tmp_path, address) as client:
        assert asked(client)[:2] == (200, "reachable")
        with hanging(own_server):
            first, *later = [asked(client) for _ in range(8)]
        assert first[:2] == (200, "degraded: it does not answer")
        assert first[2] < LONGEST
        assert {one[:2] for one in later} == {first[:2]}
        assert sum(one[2] for one in later) < LONGEST
        wait_until(lambda: asked(client)[1] == "reachable", "it did not come back")


def test_where_nobody_says_a_word_many_who_ask_at_once_are_answered_soon(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        line_on(tmp_path, f"postgresql://p@127.0.0.1:{silent.getsockname()[1]}/line") as client,
    ):
        answers: list[tuple[int, str, float]] = []
        before = threading.active_count()
        many = [threading.Thread(target=lambda: answers.append(asked(client))) for _ in range(8)]
        for one in many:
            one.start()
        for one in many:
            one.join()
        assert threading.active_count() <= before + 1
    assert len(answers) == 8
    assert {one[:2] for one in answers} == {(200, "degraded: it does not answer")}
    assert max(one[2] for one in answers) < LONGEST
