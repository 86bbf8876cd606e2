"""Twilio's door behind the real server: what arrives is checked exactly as it was requested."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from select import select

import pytest

from tests import kept
from tests.conftest import ROOT
from voice.settings import read
from voice.signature import FORM, form_pairs, sign
from voice.store import open_store, publish
from voice.store.migrating import migrate

TOKEN = "12345"
PUBLIC = "https://line.example"
BODY = b"CallSid=CA1&From=%2B12125550199&CallStatus=in-progress&Empty="
SERVE = """
import os
from voice.server import front
from voice.settings import read
front(read(os.environ), "127.0.0.1").serve()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, port: int) -> dict[str, str]:
    return os.environ | {
        "INSTANCE": str(folder / "instance"),
        "AUDIO": str(folder / "audio"),
        "PORT": str(port),
        "PUBLIC_URL": PUBLIC,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "PYTHONPATH": str(ROOT),
    }


def answers(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def wait_for(process: subprocess.Popen[str], port: int, path: str, status: int) -> None:
    """Wait until the server answers so; its own end or half a minute without it is a failure."""
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        if answers(port, path) == status:
            return
        select([], [], [], 0.1)
    pytest.fail(f"{path} never answered {status}")


@pytest.fixture(scope="module")
def port(tmp_path_factory, script) -> Iterator[int]:
    folder, number = tmp_path_factory.mktemp("line"), free_port()
    given = environment(folder, number)
    kept.lend(folder / "instance", script)
    store = open_store(read(given).database_url)
    migrate(store)
    publish(store, script.files, "", datetime(2026, 11, 20, tzinfo=UTC))
    store.close()
    process = subprocess.Popen([sys.executable, "-c", SERVE], env=given, text=True)
    try:
        wait_for(process, number, "/readyz", 200)
        yield number
    finally:
        process.terminate()
        assert process.wait(30) == 0


def send(port: int, target: bytes, body: bytes, signed_as: str, *more: str) -> tuple[int, bytes]:
    """One request written byte by byte, signed for the address `signed_as`."""
    signature = sign(TOKEN, PUBLIC + signed_as, form_pairs(body))
    lines = [f"X-Twilio-Signature: {signature}", f"Content-Type: {FORM}", "Host: evil.example"]
    lines += ["X-Forwarded-Host: evil.example", "Connection: close", *more]
    if not any("ransfer" in line for line in more):
        lines.append(f"Content-Length: {len(body)}")
    head = b"POST " + target + b" HTTP/1.1\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + body if "chunked" not in str(more) else head + chunked(body))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status, content = re.match(rb"HTTP/1.1 (\d+) .*?\r\n\r\n(.*)", answer, re.DOTALL).groups()
    return int(status), content


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize(
    "target",
    [
        "/voice",
        "/voice?",
        "/voice?name=Jos%C3%A9&x=%7B1%7D+b%2Fc",
        "/voice?lower=%c3%a9&b=2&a=1&a=0&empty",
        "/voice?año=2026",
        "/voice/1/opening/en-US/normal/0",
        "/voice/España",
        "/voice/Espa%C3%B1a",
        "/voice/a:b@c;d,e=f(g)!",
        "/voice/1/%7Bx%7D",
    ],
)
def test_what_twilio_signed_is_accepted_as_it_was_requested(port, target):
    status, content = send(port, target.encode(), BODY, target)
    assert (status, content[:38]) == (200, b'<?xml version="1.0" encoding="UTF-8"?>')


@pytest.mark.parametrize(
    ("target", "signed_as"),
    [
        ("/voice?a=1", "/voice"),
        ("/voice", "/voice?a=1"),
        ("/voice?a=1&b=2", "/voice?b=2&a=1"),
        ("/voice?n=%C3%A9", "/voice?n=é"),
        ("/voice?n=%c3%a9", "/voice?n=%C3%A9"),
        ("/voice/x", "/voice"),
        ("/voice", "/voice/"),
        ("/voice", "/sms"),
    ],
)
def test_another_address_than_the_signed_one_is_refused_with_an_empty_answer(
    port, target, signed_as
):
    assert send(port, target.encode(), BODY, signed_as) == (403, b"")


def test_an_absolute_target_brings_no_other_host(port):
    status, _ = send(port, b"http://evil.example/voice", BODY, "/voice")
    assert status == 200


def test_a_chunked_body_is_read_and_limited(port):
    assert send(port, b"/voice", BODY, "/voice", "Transfer-Encoding: chunked")[0] == 200
    large = BODY + b"x" * 100_000
    for path in ("/voice", "/sms"):
        for how in ((), ("Transfer-Encoding: chunked",)):
            assert send(port, path.encode(), large, path, *how) == (413, b"")


def test_a_json_webhook_is_accepted_by_its_digest(port):
    body = json.dumps({"CallSid": "CA1"}).encode()
    path = f"/voice?bodySHA256={sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": sign(TOKEN, PUBLIC + path), "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for sent, status in ((body, 200), (body + b" ", 403)):
        connection.request("POST", path, sent, headers)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (status, status == 200)
    connection.close()


def test_a_get_is_accepted_with_its_query(port):
    path = "/voice?CallSid=CA1&From=%2B12125550199"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"X-Twilio-Signature": sign(TOKEN, PUBLIC + path)})
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
def test_any_other_method_is_refused_without_a_word(port, method):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, "/voice", BODY)
    answer = connection.getresponse()
    assert (answer.status == 405 or method == "OPTIONS", answer.read()) == (True, b"")
    connection.close()


def test_the_server_does_not_tell_its_name(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/healthz")
    assert connection.getresponse().getheader("Server") == "kypholine"
    connection.close()
