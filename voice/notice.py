"""Tells the clinic that a call-back is waiting: a webhook, mail, or both; never whose.

It happens in a thread of its own, after the call has been answered. What fails is tried once more,
later; after that only the log knows. Neither addresses nor passwords are logged.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Final

from voice.settings import MailServer, Notices, is_loopback

if TYPE_CHECKING:
    import smtplib

TIMEOUT: Final = 5.0
"""Seconds to connect, and seconds without a sign of life after that."""

LATER: Final = 60.0
"""Seconds until what failed is tried once more."""

EVENT: Final = "call-back waiting"

_log = logging.getLogger(__name__)


class NoticeError(Exception):
    """Somebody could not be told; the message says why and names no address and no secret."""


class Herald:
    """Tells the clinic from a thread of its own; close it. What comes meanwhile is told as one."""

    def __init__(self, notices: Notices, later: float = LATER, timeout: float = TIMEOUT) -> None:
        self._notices = notices
        self._later = later
        self._timeout = timeout
        self._waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, waiting: int) -> None:
        """Tell the clinic how many call-backs are waiting. Returns at once, whatever happens."""
        if not self._notices.anybody or self._closed.is_set():
            return
        self._waiting.put(waiting)
        with self._lock:
            # Started here and not before: a server's workers may be forks, threads are not.
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell_on, daemon=True)
                self._thread.start()

    def close(self, patience: float = TIMEOUT) -> None:
        """Tell no more; wait at most `patience` seconds for what is being told."""
        self._closed.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(timeout=patience)

    def _tell_on(self) -> None:
        while (newest := self._newest()) is not None:
            left = [(name, way) for name, way in self._ways() if not _told(name, way, newest)]
            if left and not self._closed.wait(self._later):
                for name, way in left:
                    _told(name, way, newest)

    def _newest(self) -> int | None:
        """The latest number, once there is one; None at the end."""
        number = self._waiting.get()
        while number is not None and not self._waiting.empty():
            later = self._waiting.get()
            if later is None:
                self._waiting.put(None)
                break
            number = later
        return number

    def _ways(self) -> Iterator[tuple[str, Callable[[int], None]]]:
        notices = self._notices
        if notices.webhook:
            yield "webhook", lambda waiting: post(notices.webhook, waiting, self._timeout)
        if notices.recipients:
            yield "mail", lambda waiting: mail(notices, waiting, self._timeout)


def _told(name: str, way: Callable[[int], None], waiting: int) -> bool:
    """Whether the clinic was told this way; if not, the log says why."""
    try:
        way(waiting)
    except NoticeError as problem:
        _log.warning("the clinic was not told of a call-back by %s: %s", name, problem)
        return False
    except Exception as problem:
        # A thread that ended here would tell nobody ever again.
        _log.error("the clinic was not told of a call-back by %s: %s", name, type(problem).__name__)
        return False
    return True


# By webhook --------------------------------------------------------------------------------------


def post(url: str, waiting: int, timeout: float) -> None:
    """POST {"event", "waiting"} as JSON; NoticeError unless it is answered 2xx. Follows nobody."""
    import requests

    body = {"event": EVENT, "waiting": waiting}
    try:
        with requests.post(
            url, json=body, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
    except requests.RequestException as problem:
        raise NoticeError(type(problem).__name__) from None  # its text names the address
    if not 200 <= status < 300:
        raise NoticeError(f"HTTP {status}")


# By mail -----------------------------------------------------------------------------------------


def mail(notices: Notices, waiting: int, timeout: float) -> None:
    """Mail a short note in English and Spanish; NoticeError where the server does not take it."""
    import smtplib

    if notices.server is None:
        raise NoticeError("there is no mail server")
    message = letter(notices, waiting)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=notices.sender.partition("@")[2])
    try:
        _deliver(notices.server, message, timeout)
    except smtplib.SMTPResponseException as problem:
        raise NoticeError(f"{type(problem).__name__} {problem.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as problem:
        raise NoticeError(type(problem).__name__) from None


def letter(notices: Notices, waiting: int) -> EmailMessage:
    """The note. Nothing in it tells who waits, or for what."""
    message = EmailMessage()
    message["From"] = notices.sender
    message["To"] = ", ".join(notices.recipients)
    message["Subject"] = f"Call-backs waiting: {waiting} / Llamadas por devolver: {waiting}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"Call-backs waiting on the information line: {waiting}.\n"
        "Open the line's inbox to see them.\n\n"
        f"Llamadas por devolver en la línea de información: {waiting}.\n"
        "Abra la bandeja de la línea para verlas.\n",
        cte="quoted-printable",
    )
    return message


def _deliver(server: MailServer, message: EmailMessage, timeout: float) -> None:
    import smtplib

    with closing(_connected(server, timeout)) as link:
        if server.user:
            link.login(server.user, server.password)
        link.send_message(message)
        # They have it. A goodbye that goes wrong is no reason to send it again.
        with suppress(smtplib.SMTPException, OSError):
            link.quit()


def _connected(server: MailServer, timeout: float) -> "smtplib.SMTP":
    """A way to the mail server, encrypted unless it is on this machine."""
    import smtplib
    import ssl

    safe = ssl.create_default_context()
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=safe)
    link = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        link.ehlo()
        if link.has_extn("starttls"):
            link.starttls(context=safe)
        elif not _is_here(server.host):
            raise NoticeError("the mail server offers no encryption")
    except BaseException:
        link.close()
        raise
    return link


def _is_here(host: str) -> bool:
    return is_loopback(f"smtp://[{host}]" if ":" in host else f"smtp://{host}")
