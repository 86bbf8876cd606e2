"""What is written to the log: a line per event, for eyes (plain) or for programs (json).

Never a phone number, a digit pressed or a message's body (design rule 8): an exception is told by
its kind and place, its own words may repeat what somebody said.
"""

import json
import logging
import logging.config
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from voice.settings import LogFormat

FIELDS: Final = ("method", "route", "status", "ms", "request")
"""What a log record may carry beside its message, as fields of its own in JSON."""

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
            "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["err"], "level": "INFO"},
            "loggers": {
                # At INFO it prints every address and parameter it requests.
                "twilio.http_client": {"level": "WARNING"},
                "alembic": {"level": "WARNING"},
                "urllib3": {"level": "WARNING"},
            },
        }
    )


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
