"""The clinic is told that somebody waits: never who, never twice too often, never in the way."""

import json
import logging
import socket
import ssl
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from tests.certificates import certificate_in
from voice.notice import Herald, NoticeError, letter, mail, post
from voice.settings import MailServer, Notices

PATIENCE = 20  # seconds a test waits for what should come at once
QUICK = 0.3  # seconds we wait for an answer that does not come


# A desk that takes webhooks ----------------------------------------------------------------------


@dataclass
class Hook:
    """A web server that notes what it is posted; `answers` are statuses, or a wait for a gate."""

    url: str = ""
    seen: list[Any] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    gate: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, number: int) -> list[Any]:
        """What came, once `number` requests more have come."""
        for _ in range(number):
            assert self.arrived.acquire(timeout=PATIENCE), self.seen
        return self.seen


@contextmanager
def hook() -> Iterator[Hook]:
    desk = Hook()
    desk.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            desk.seen.append((self.path, self.headers["Content-Type"], json.loads(body)))
            desk.arrived.release()
            desk.gate.wait(PATIENCE)
            self.send_response(desk.answers.popleft() if desk.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        desk.url = f"http://127.0.0.1:{server.server_port}/hook?token=sesame"
        with _served(server):
            yield desk
        desk.gate.set()


@contextmanager
def _served(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def desk() -> Iterator[Hook]:
    with hook() as found:
        yield found


@pytest.fixture
def closing_heralds() -> Iterator[Callable[..., Herald]]:
    """Make heralds that are closed at the end."""
    with ExitStack() as stack:

        def make(notices: Notices, later: float = 0.0) -> Herald:
            herald = Herald(notices, later=later, timeout=QUICK)
            stack.callback(herald.close)
            return herald

        yield make


def test_a_webhook_hears_how_many_wait_and_nothing_else(desk: Hook) -> None:
    post(desk.url, 2, QUICK)

    body = {"event": "call-back waiting", "waiting": 2}
    assert desk.seen == [("/hook?token=sesame", "application/json", body)]


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 429, 500, 503])
def test_only_a_2xx_counts_as_heard_and_nobody_is_followed(desk: Hook, status: int) -> None:
    desk.answers.append(status)

    with pytest.raises(NoticeError, match=f"HTTP {status}"):
        post(desk.url, 1, QUICK)
    assert len(desk.seen) == 1


def test_a_webhook_that_is_silent_is_given_up(desk: Hook) -> None:
    desk.gate.clear()

    with pytest.raises(NoticeError, match="Timeout") as caught:
        post(desk.url, 1, QUICK)
    assert "sesame" not in str(caught.value)


def test_a_webhook_that_is_not_there_is_told_without_its_address() -> None:
    with pytest.raises(NoticeError, match="ConnectionError") as caught:
        post(f"http://127.0.0.1:{_free_port()}/sesame", 1, QUICK)
    assert "sesame" not in str(caught.value)
    assert caught.value.__suppress_context__


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# Telling, from a thread of its own ---------------------------------------------------------------


def counts(desk: Hook) -> list[int]:
    return [body["waiting"] for _, _, body in desk.seen]


def test_telling_returns_at_once_while_the_clinic_does_not_answer(
    desk: Hook, closing_heralds: Callable[..., Herald]
) -> None:
    desk.gate.clear()
    herald = closing_heralds(Notices(desk.url))

    herald.tell(1)
    desk.wait_for(1)  # it is being told at this moment, and we are here
    assert counts(desk) == [1]


def test_what_fails_is_tried_once_more_and_no_oftener(
    desk: Hook, closing_heralds: Callable[..., Herald], caplog: pytest.LogCaptureFixture
) -> None:
    desk.answers.extend([500, 500, 204])
    herald = closing_heralds(Notices(desk.url))

    herald.tell(1)
    desk.wait_for(2)
    herald.tell(2)
    desk.wait_for(1)
    herald.close()
    assert counts(desk) == [1, 1, 2]
    assert caplog.text.count("HTTP 500") == 2
    assert "sesame" not in caplog.text


def test_what_comes_while_the_clinic_is_told_is_told_as_one(
    desk: Hook, closing_heralds: Callable[..., Herald]
) -> None:
    desk.gate.clear()
    herald = Herald(Notices(desk.url), later=0.0, timeout=PATIENCE)

    herald.tell(1)
    desk.wait_for(1)
    for waiting in (2, 3, 4):
        herald.tell(waiting)
    desk.gate.set()
    desk.wait_for(1)
    herald.close(PATIENCE)
    assert counts(desk) == [1, 4]


def test_a_second_try_waits_and_an_end_does_not_wait_for_it(
    desk: Hook, closing_heralds: Callable[..., Herald]
) -> None:
    desk.answers.append(500)
    herald = closing_heralds(Notices(desk.url), later=3600.0)

    herald.tell(1)
    desk.wait_for(1)
    herald.close(PATIENCE)
    assert counts(desk) == [1]
    assert not any(thread.name.endswith("(_tell_on)") for thread in threading.enumerate())


def test_nobody_is_told_where_nobody_is_named() -> None:
    herald = Herald(Notices())
    before = set(threading.enumerate())

    herald.tell(1)
    assert set(threading.enumerate()) <= before
    herald.close()


def test_one_way_that_fails_does_not_hold_up_the_other(
    desk: Hook, closing_heralds: Callable[..., Herald]
) -> None:
    nowhere = MailServer("127.0.0.1", _free_port(), tls=False)
    herald = closing_heralds(Notices(desk.url, ("desk@example.org",), "a@example.org", nowhere))

    herald.tell(1)
    herald.close(PATIENCE)
    assert counts(desk) == [1]


def test_what_nobody_foresaw_does_not_silence_the_line(
    desk: Hook, closing_heralds: Callable[..., Herald], caplog: pytest.LogCaptureFixture
) -> None:
    desk.answers.extend([500, 500])
    bad = Notices(desk.url, ("a\nb@example.org",), "c@example.org", MailServer("x", 1, tls=False))
    herald = closing_heralds(bad)

    herald.tell(1)
    desk.wait_for(2)
    herald.tell(2)
    desk.wait_for(1)
    assert counts(desk)[-1] == 2
    assert "by mail: ValueError" in caplog.text


HANG_UP = "hang up"
"""Said by the mail server of the tests instead of an answer."""


# A mail server -----------------------------------------------------------------------------------


@dataclass
class Post:
    """A mail server that takes mail, or answers a command as told."""

    port: int = 0
    lines: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("AUTH PLAIN",)
    context: ssl.SSLContext | None = None
    tls_at_once: bool = False
    silent: bool = False
    ended: threading.Event = field(default_factory=threading.Event)


class _MailHandler(StreamRequestHandler):
    post: Post

    def handle(self) -> None:
        if self.post.silent:
            self.post.ended.wait(PATIENCE)
            return
        try:
            if self.post.tls_at_once:
                self._encrypt()
            self._talk()
        except OSError:
            return  # they hung up, or did not trust us
        finally:
            self.wfile.close()
            self.rfile.close()
            self.connection.close()

    def _talk(self) -> None:
        self._say(self.post.says.get("greeting", "220 here"))
        while line := self.rfile.readline().decode().strip():
            self.post.lines.append(line)
            verb = line.split(" ")[0].upper()
            answer = self.post.says.get(verb) or self._natural(verb)
            if answer == HANG_UP:
                return
            self._say(answer)
            if verb == "DATA" and answer.startswith("354"):
                self._take()
            if verb == "STARTTLS":
                self._encrypt()
            if verb == "QUIT":
                return

    def _natural(self, verb: str) -> str:
        if verb == "EHLO":
            names = ("here", *self.post.extensions)
            last = len(names) - 1
            rows = [f"250{' ' if n == last else '-'}{name}" for n, name in enumerate(names)]
            return "\r\n".join(rows)
        answers = {"AUTH": "235 yes", "DATA": "354 go", "STARTTLS": "220 go", "QUIT": "221 bye"}
        return answers.get(verb, "250 ok")

    def _take(self) -> None:
        rows = iter(lambda: self.rfile.readline().decode(), ".\r\n")
        self.post.mails.append("".join(rows))
        self._say(self.post.says.get("mail", "250 taken"))

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def _encrypt(self) -> None:
        assert self.post.context is not None
        link = self.post.context.wrap_socket(self.connection, server_side=True)
        self.connection = link
        self.rfile, self.wfile = link.makefile("rb"), link.makefile("wb")


@pytest.fixture
def office() -> Iterator[Post]:
    found = Post()
    handler = type("Handler", (_MailHandler,), {"post": found})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        found.port = server.server_address[1]
        with _served(server):
            yield found
            found.ended.set()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of our own for this machine, with its key in the same file."""
    return certificate_in(tmp_path)


def encrypted(office: Post, certificate: Path, at_once: bool) -> None:
    office.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    office.context.load_cert_chain(certificate)
    office.tls_at_once = at_once
    office.extensions += () if at_once else ("STARTTLS",)


def notices_to(office: Post, host: str = "127.0.0.1", tls: bool = False, **login: str) -> Notices:
    server = MailServer(host, office.port, tls, **login)
    return Notices("", ("desk@example.org", "ann@example.org"), "line@example.org", server)


def test_a_mail_tells_in_both_languages_how_many_wait(office: Post) -> None:
    mail(notices_to(office), 3, QUICK)

    assert office.lines[1:4] == [
        "mail FROM:<line@example.org>",
        "rcpt TO:<desk@example.org>",
        "rcpt TO:<ann@example.org>",
    ]
    found = message_from_string(office.mails[0], policy=policy.default)
    assert found["From"] == "line@example.org"
    assert found["To"] == "desk@example.org, ann@example.org"
    assert found["Date"].datetime is not None
    assert found["Message-ID"].endswith("@example.org>")
    assert found["Subject"] == "Call-backs waiting: 3 / Llamadas por devolver: 3"
    words = found.get_content()
    assert "waiting on the information line: 3." in words
    assert "devolver en la línea de información: 3." in words


def test_a_mail_that_was_taken_is_sent_whatever_the_goodbye(office: Post) -> None:
    office.says = {"QUIT": HANG_UP}

    mail(notices_to(office), 1, QUICK)
    assert len(office.mails) == 1


def test_a_mail_holds_nothing_but_the_number() -> None:
    notices = Notices("", ("desk@example.org",), "line@example.org")
    one, two = (str(letter(notices, waiting)).replace(str(waiting), "#") for waiting in (71, 72))
    assert one == two


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"greeting": "421 too busy"}, "SMTPConnectError 421"),
        ({"MAIL": "550 not from here"}, "SMTPSenderRefused 550"),
        ({"RCPT": "550 nobody"}, "SMTPRecipientsRefused"),
        ({"DATA": "451 later"}, "SMTPDataError 451"),
        ({"mail": "554 spam for desk@example.org"}, "SMTPDataError 554"),
    ],
)
def test_a_mail_that_is_refused_is_told_by_its_code_alone(
    office: Post, says: dict[str, str], told: str
) -> None:
    office.says = says

    with pytest.raises(NoticeError) as caught:
        mail(notices_to(office), 1, QUICK)
    assert str(caught.value) == told


def test_a_password_that_is_refused_is_not_repeated(office: Post) -> None:
    office.says = {"AUTH": "535 wrong password sesame"}

    with pytest.raises(NoticeError) as caught:
        mail(notices_to(office, user="line", password="sesame"), 1, QUICK)
    assert str(caught.value) == "SMTPAuthenticationError 535"


def test_a_silent_mail_server_is_given_up(office: Post) -> None:
    office.silent = True

    with pytest.raises(NoticeError, match="SMTPServerDisconnected"):
        mail(notices_to(office), 1, QUICK)


@pytest.mark.parametrize("at_once", [True, False], ids=["from the first byte", "when offered"])
def test_a_mail_travels_encrypted_and_the_name_signs_in(
    office: Post, certificate: Path, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted(office, certificate, at_once)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    mail(notices_to(office, tls=at_once, user="line", password="sesame"), 1, PATIENCE)

    assert len(office.mails) == 1
    login = b64encode(b"\0line\0sesame").decode()
    assert f"AUTH PLAIN {login}" in office.lines
    if not at_once:
        assert office.lines.index("STARTTLS") < office.lines.index(f"AUTH PLAIN {login}")


@pytest.mark.parametrize("at_once", [True, False], ids=["from the first byte", "when offered"])
def test_a_server_nobody_vouches_for_gets_neither_mail_nor_password(
    office: Post, certificate: Path, at_once: bool
) -> None:
    encrypted(office, certificate, at_once)

    with pytest.raises(NoticeError, match="SSLCertVerificationError"):
        mail(notices_to(office, tls=at_once, user="line", password="sesame"), 1, PATIENCE)
    assert office.mails == []
    assert not [line for line in office.lines if line.upper().startswith(("AUTH", "MAIL"))]


def test_nothing_goes_unencrypted_to_another_machine(office: Post) -> None:
    # 0.0.0.0 reaches this machine, but it is not an address of the loopback.
    with pytest.raises(NoticeError, match="offers no encryption"):
        mail(notices_to(office, "0.0.0.0", user="line", password="sesame"), 1, QUICK)  # noqa: S104
    assert office.mails == []
    assert not [line for line in office.lines if line.upper().startswith(("AUTH", "MAIL"))]


def test_a_mail_goes_out_in_the_background(
    office: Post, closing_heralds: Callable[..., Herald], caplog: pytest.LogCaptureFixture
) -> None:
    office.says = {"mail": "451 later"}
    herald = closing_heralds(notices_to(office, user="line", password="sesame"), later=0.0)
    with caplog.at_level(logging.DEBUG):
        herald.tell(1)
        herald.close(PATIENCE)

    assert len(office.mails) in (1, 2)  # closing may come before the second try
    assert "SMTPDataError 451" in caplog.text
    assert "sesame" not in caplog.text
    assert "example.org" not in caplog.text
