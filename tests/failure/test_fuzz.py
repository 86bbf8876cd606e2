"""Whatever is asked: no 5xx, no document Twilio would refuse, no growth."""

import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.failure.fuzz import OPENID, PATHS, Strange, problem, strange
from tests.failure.machine import TINY, TOKEN, Machine, machine
from tests.failure.test_killed import prepared
from tests.house import house, settings_in
from voice.bench.place import Server, memory

MANY = 100_000


ANSWERED = {
    "/voice": 200,
    "/voice/": 200,
    "/voice/{state}": 200,
    "/voice/status": 204,
    "/voice/status/": 204,
    "/sms": 200,
    "/sms/": 200,
    "/sms/status": 204,
    "/sms/status/": 204,
    "/audio/{name}": 404,  # no clip has the name that is made up
    "/listen": 200,
    "/listen/{topic}": 200,
    "/": 302,
    "/static/{filename}": 200,
    "/healthz": 200,
    "/readyz": 200,
    "/metrics": 200,
    "/try": 404,  # the tiny scripts have no words for this page
    "/try/call": 400,
    "/try/text": 400,
    "/console": 303,
    "/console/sign-in": 200,
    "/console/sign-in/code": 400,
    "/console/sign-in/openid/back": 403,
    "/console/link/{token}": 410,
}
"""What each path answers to what it takes."""
REFUSED = {403, 404, 405}


def lacking(seen: Mapping[tuple[str, int], int], least: int) -> list[str]:
    """Paths that were seldom answered as they are where a request is as it should be."""
    return [
        f"{path}: {status} {seen.get((path, status), 0)} times"
        for path, status in ANSWERED.items()
        if seen.get((path, status), 0) < least
    ]


def test_every_path_that_is_described_is_looked_at() -> None:
    assert set(ANSWERED) == set(PATHS)


def test_some_hundred_strange_requests_are_answered_as_they_should(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, SCRIPTS=str(TINY), TWILIO_AUTH_TOKEN=TOKEN, **OPENID)
    chance, seen, problems = random.Random(4), Counter[tuple[str, int]](), []
    with house(settings) as line:
        client = line.app.test_client()
        for _ in range(800):
            sent = strange(chance, settings.public_url, TOKEN)
            answer = client.open(
                sent.target, method=sent.method, data=sent.body, headers=dict(sent.headers)
            )
            seen[sent.place, answer.status_code] += 1
            kind = answer.headers.get("Content-Type", "")
            problems.append(problem(sent, answer.status_code, kind, answer.data))
            answer.close()
    assert [one for one in problems if one] == []
    assert lacking(seen, 1) == []
    assert {status for _, status in seen} >= REFUSED


def pester(
    line: Machine, seed: int, many: int, problems: list[str], seen: "Counter[tuple[str, int]]"
) -> None:
    """Ask strange things on one connection."""
    chance, url = random.Random(seed), f"http://127.0.0.1:{line.port}"
    clips = sorted(path.name for path in line.audio.glob("*.wav"))[:20]
    connection = HTTPConnection("127.0.0.1", line.port, timeout=15)
    for _ in range(many):
        sent = strange(chance, url, TOKEN, clips)
        status, kind, body = asked(connection, sent)
        if not status:  # the server had ended the connection; a new one must be answered
            status, kind, body = asked(connection, sent)
        seen[sent.place, status] += 1
        problems += filter(None, [problem(sent, status, kind, body)])
    connection.close()


def asked(connection: HTTPConnection, sent: Strange) -> tuple[int, str, bytes]:
    """What is answered on this connection; nothing where it was closed, and is then anew."""
    try:
        connection.request(sent.method, sent.target, sent.body, dict(sent.headers))
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except (OSError, HTTPException):
        connection.close()
        return 0, "", b""


@pytest.mark.soak
def test_a_hundred_thousand_strange_requests_break_nothing_and_leave_nothing(
    tmp_path: Path,
) -> None:
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    problems: list[str] = []
    seen: Counter[tuple[str, int]] = Counter()
    sizes = []
    with machine(tmp_path, **OPENID) as line:
        assert line.process is not None
        server = Server(line.process, line.port, 0)
        for stage in range(4):
            threads = [
                threading.Thread(
                    target=pester, args=(line, 10 * stage + n, MANY // 16, problems, seen)
                )
                for n in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            sizes.append(memory(server))
        line.stop()
    assert problems == []
    assert sum(seen.values()) == MANY
    assert lacking(seen, MANY // 1000) == []
    assert {status for _, status in seen} >= REFUSED
    assert seen["/audio/{name}", 200] > 100
    assert sum(count for (_, status), count in seen.items() if status == 200) > MANY // 8
    assert sizes[-1] < sizes[0] * 1.1 + 5, sizes


@pytest.mark.soak
def test_schemathesis_finds_nothing_in_what_is_described(tmp_path: Path) -> None:
    prepared(f"sqlite:///{tmp_path}/instance/line.db")
    with machine(tmp_path) as line:
        command = [sys.executable, "-m", "tests.failure.described", str(line.port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        line.stop()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.soak
def test_atheris_finds_nothing_in_the_parsers() -> None:
    command = [sys.executable, "-m", "tests.failure.parsers", "-max_total_time=60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
