"""A Twilio of our own on the loopback: takes what the line asks, remembers it, answers as told.

Left alone it behaves: messages and calls are taken, numbers can be read and set. `next_answers`
makes it refuse, stall, talk rubbish or drop the connection instead.
"""

import json
import ssl
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "a" * 32
TOKEN = "the-auth-token-of-the-tests"
NUMBER = "+12125550150"
NUMBER_SID = "PN" + "b" * 32
SERVICE_SID = "MG" + "c" * 32

How = Literal["whole", "cut", "dropped", "silent", "head drips", "body drips"]
"""An answer comes whole, breaks off in its body, never begins, or the line just goes quiet; or its
head, or its body, comes byte by byte, whole in the end."""

DRIPPING = 3.0
"""Seconds in which an answer drips."""

NUMBER_FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}


@dataclass(frozen=True)
class Answer:
    """What comes back for one request."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: How = "whole"


@dataclass(frozen=True)
class Seen:
    """One request as it came in; `form` and `query` hold every value of each name."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    user: str
    password: str


def error(status: int, code: int, **headers: str) -> Answer:
    """An error as Twilio words it: its message names the number, as the real ones do."""
    body = {"code": code, "message": "The number +12125550199 is no good.", "status": status}
    return Answer(status, json.dumps(body).encode(), headers)


@dataclass
class Fake:
    """The state of the fake: what it saw, and what it holds."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    next_answers: deque[Answer] = field(default_factory=deque)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: list[dict[str, Any]] = field(default_factory=list)
    deaf: bool = False
    """Takes a number's new addresses and keeps the old ones."""
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, seen: Seen) -> Answer:
        """What to answer: as told, else as Twilio does."""
        return self.next_answers.popleft() if self.next_answers else self._natural(seen)

    def _natural(self, seen: Seen) -> Answer:
        leaf = seen.path.rpartition("/")[2]
        if (seen.user, seen.password) != (ACCOUNT, TOKEN) and not seen.user.startswith("SK"):
            return error(401, 20003)
        if leaf in ("Messages.json", "Calls.json"):
            sid = ("SM" if leaf == "Messages.json" else "CA") + f"{len(self.seen):032x}"
            return _json(201, {"sid": sid, "status": "queued"})
        if leaf == "IncomingPhoneNumbers.json":
            return self._listed(seen)
        if "/IncomingPhoneNumbers/" in seen.path:
            return self._number(seen, leaf.removesuffix(".json"))
        return self._service(seen, leaf)

    def _listed(self, seen: Seen) -> Answer:
        wanted = seen.query.get("PhoneNumber", [""])[0]
        rows = [row for row in self.numbers.values() if wanted in row["phone_number"]]
        return _json(200, {"incoming_phone_numbers": rows, "next_page_uri": None, "page": 0})

    def _number(self, seen: Seen, sid: str) -> Answer:
        if sid not in self.numbers:
            return error(404, 20404)
        for theirs, ours in NUMBER_FIELDS.items():
            if theirs in seen.form and not self.deaf:
                self.numbers[sid][ours] = seen.form[theirs][0]
        return _json(200, self.numbers[sid])

    def _service(self, seen: Seen, leaf: str) -> Answer:
        if leaf == "Services":
            rows = [{k: v for k, v in row.items() if k != "members"} for row in self.services]
            return _json(200, {"services": rows, "meta": {"key": "services"}})
        held = any(leaf in row["members"] for row in self.services if row["sid"] in seen.path)
        return _json(200, {"sid": leaf}) if held else error(404, 20404)


def _json(status: int, value: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(value).encode())


class _Handler(BaseHTTPRequestHandler):
    fake: Fake

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _take(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        user, _, password = b64decode(self.headers["Authorization"][6:]).decode().partition(":")
        query = parse_qs(parts.query, keep_blank_values=True)
        form = parse_qs(body, keep_blank_values=True)
        seen = Seen(self.command, parts.path, query, form, user, password)
        self.fake.seen.append(seen)
        with suppress(ConnectionError):  # nobody may read on
            self._give(self.fake.answer(seen))

    def _give(self, answer: Answer) -> None:
        if answer.how == "silent":
            self.fake.ended.wait(20)
        if answer.how in ("silent", "dropped"):
            self.close_connection = True
            return
        drips = answer.how.partition(" ")[0] if answer.how.endswith("drips") else ""
        self.send_response(answer.status)
        if drips == "head":
            self.flush_headers()
            self._drip(b"X-Filler: " + b"x" * 60 + b"\r\n")
        more = 100 if answer.how == "cut" else 0
        self.send_header("Content-Length", str(len(answer.body) + more))
        for name, value in answer.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if drips == "body":
            self._drip(answer.body)
        else:
            self.wfile.write(answer.body)

    def _drip(self, drops: bytes) -> None:
        """Write byte by byte."""
        for drop in drops:
            self.wfile.write(bytes([drop]))
            self.fake.ended.wait(DRIPPING / len(drops))


@contextmanager
def fake_twilio(certificate: Path | None = None) -> Iterator[Fake]:
    """Serve a fake on a free port of the loopback until the end of the block.

    With a certificate, its key in the same file, it encrypts.
    """
    fake = Fake()
    handler = type("Handler", (_Handler,), {"fake": fake})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            fake.url = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            fake.ended.set()
            server.shutdown()
            thread.join()


def own_number(**addresses: Any) -> dict[str, Any]:
    """A number of the account as Twilio describes it, wired nowhere unless given."""
    row: dict[str, Any] = {
        "sid": NUMBER_SID,
        "phone_number": NUMBER,
        "voice_url": "",
        "voice_method": "POST",
        "voice_fallback_url": None,
        "voice_fallback_method": "POST",
        "sms_url": "",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "status_callback": "",
        "status_callback_method": "POST",
        "voice_application_sid": "",
        "sms_application_sid": "",
        "trunk_sid": None,
    }
    return row | addresses


def own_service(*members: str, **values: Any) -> dict[str, Any]:
    """A messaging service of the account, with these numbers in it."""
    row = {"sid": SERVICE_SID, "friendly_name": "Reminders", "members": members}
    return row | {"inbound_request_url": None, "use_inbound_webhook_on_number": False} | values
