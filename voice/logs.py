"""What is written to the log: a line per event, for eyes (plain) or for programs (json).

Never a phone number, a digit pressed or a message's body (design rule 8): an exception is told by
its kind and place, its own words may repeat what somebody said.
"""

import json
import logging
import logging.config
import threading
import time
import traceback
from collections import deque
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from typing import Any, Final, TextIO

from voice.settings import LogFormat

FIELDS: Final = ("method", "route", "status", "ms", "request")
"""What a log record may carry beside its message, as fields of its own in JSON."""

WAIT: Final = 0.25
"""Seconds a routine line waits to be written, at most."""

# Line ends and other control characters would let one event look like two.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029)}


def configure(log_format: LogFormat) -> None:
    """Log to standard error from here on; libraries that would print addresses are quiet."""
    # No line names a thread or a process: finding them out for every record is saved.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": Lines, "log_format": log_format}},
            "handlers": {"err": {"()": Patient, "formatter": "line"}},
            "root": {"handlers": ["err"], "level": "INFO"},
            "loggers": {
                # At INFO it prints every address and parameter it requests.
                "twilio.http_client": {"level": "WARNING"},
                "alembic": {"level": "WARNING"},
                "urllib3": {"level": "WARNING"},
            },
        }
    )


class Patient(logging.StreamHandler[TextIO]):
    """Writes a warning at once, and the routine lines before it; those alone some times a second.

    Threads that each write their own line wait for each other, which costs a request more than its
    answer. At the end of the process everything is written; killed, it loses a quarter of a second.
    Lines wait as they will be written: thousands of records, as they come, would take ten times the
    room.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[str] = deque()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        # Runs at the end of a server's worker, too, which atexit does not.
        Finalize(self, self.flush, exitpriority=5)

    def handle(self, record: logging.LogRecord) -> bool:
        """Take a record; only what is more than routine waits for the stream."""
        if not self.filter(record):
            return False
        self._waiting.append(self._line(record))
        if record.levelno > logging.INFO:
            self._write()
        elif self._thread is None:
            self._start()
        return True

    def _line(self, record: logging.LogRecord) -> str:
        """Format a record; one whose values do not fit its words must not fail who is answered."""
        try:
            return self.format(record)
        except (TypeError, ValueError, KeyError):
            record.msg, record.args = f"{record.msg} (its values do not fit it)", ()
            return self.format(record)

    def flush(self) -> None:
        """Write what waits, in its order."""
        with self.lock or nullcontext():
            lines = []
            while self._waiting:
                lines.append(self._waiting.popleft())
            if lines and self.stream:
                self.stream.write("\n".join(lines) + self.terminator)
                self.stream.flush()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_on, daemon=True)
                self._thread.start()

    def _write_on(self) -> None:
        while True:
            time.sleep(WAIT)
            if self._waiting:
                self._write()

    def _write(self) -> None:
        """Write; a full disk, or nobody who reads any more, stops no answer."""
        with suppress(OSError, ValueError):
            self.flush()


@dataclass(frozen=True)
class Lines:
    """Turns a log record into one line, as logging asks of a formatter."""

    log_format: LogFormat

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the record holds."""
        return _json(record) if self.log_format == "json" else _plain(record)


def _plain(record: logging.LogRecord) -> str:
    message = (
        f"{_at(record)} {record.levelname} {record.name}: {record.getMessage()}{_raised(record)}"
    )
    return message if message.isprintable() else message.translate(_CONTROL)


def _json(record: logging.LogRecord) -> str:
    line: dict[str, Any] = {
        "at": _at(record),
        "level": record.levelname,
        "logger": record.name,
        "message": record.getMessage() + _raised(record),
    }
    own: Mapping[str, Any] = record.__dict__
    line |= {name: own[name] for name in FIELDS if name in own}
    return json.dumps(line)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _raised(record: logging.LogRecord) -> str:
    """An exception's kind and where it happened, without its words."""
    kind, _, trace = record.exc_info or (None, None, None)
    if kind is None:
        return ""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace)]
    return f" [{kind.__name__} at {' < '.join(reversed(places[-5:]))}]"
