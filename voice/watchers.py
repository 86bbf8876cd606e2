"""Who may watch the line from elsewhere: Sentry, of errors; an OpenTelemetry collector, of times.

Only where a setting names one, and by packages that are only then needed. Nothing of theirs looks
at a request: what leaves is put together here, of what the program says of itself. No address, no
number, no word, no value of a variable is in it.
"""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, Final

from voice.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from sentry_sdk.transport import Transport
    from sentry_sdk.types import Event

Seen = Callable[[str, str, int, float], None]
"""method, route, status and seconds of a request that was answered"""

OWN: Final = "voice"
"""The loggers whose errors are told: ours, never the watchers' own."""

LAST_SECONDS: Final = 1.5
"""How long a watcher may take at the end; a worker that stops has five in all."""

_log = logging.getLogger(__name__)


def unseen(method: str, route: str, status: int, seconds: float) -> None:
    """Nobody watches."""


def watched(settings: Settings) -> Seen:
    """Begin to tell the watchers these settings name; what each answered request is told to."""
    seen: Seen = unseen
    try:
        if settings.sentry_dsn:
            logging.getLogger(OWN).addHandler(errors_to(settings.sentry_dsn))
        if settings.otel_endpoint:
            seen = times_to(_collector(settings.otel_endpoint))
    except ImportError as problem:
        _log.error("nobody watches: install kypholine[sentry,otel]: no %s", problem.name)
    return seen


def _at_the_end(watcher: object, close: Callable[[], object]) -> None:
    """Tell what is left when all else is done: a watcher that is away holds up no stop.

    Runs at the end of a server's worker, too, which atexit does not.
    """

    def briefly() -> None:
        closing = threading.Thread(target=close, daemon=True)
        closing.start()
        closing.join(LAST_SECONDS)

    Finalize(watcher, briefly, exitpriority=1)


# Errors ------------------------------------------------------------------------------------------


def errors_to(dsn: str, transport: "type[Transport] | None" = None) -> logging.Handler:
    """What hands errors to Sentry, in a thread of its own."""
    from sentry_sdk import Client

    client = Client(
        dsn,
        transport=transport,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
    )
    _at_the_end(client, client.close)
    return _Errors(lambda event: client.capture_event(event))


class _Errors(logging.Handler):
    """Hands on every record of an error."""

    def __init__(self, tell: "Callable[[Event], object]") -> None:
        super().__init__(logging.ERROR)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(event_of(record))


def event_of(record: logging.LogRecord) -> "Event":
    """An error as it leaves: what is written in the program's text, and where it happened.

    The values that fill in a message, and the words of an exception, may be somebody's.
    """
    event: Event = {"level": "error", "logger": record.name, "message": str(record.msg)}
    kind, _, trace = record.exc_info or sys.exc_info()
    if kind is not None:
        frames = [
            {"filename": frame.filename, "function": frame.name, "lineno": frame.lineno}
            for frame in traceback.extract_tb(trace)
        ]
        told = {"type": kind.__name__, "value": str(record.msg), "stacktrace": {"frames": frames}}
        event["exception"] = {"values": [told]}
    return event


# Times -------------------------------------------------------------------------------------------


def _collector(endpoint: str) -> "SpanProcessor":
    """What sends spans in batches; its package reads the rest of OTEL_… itself."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces"))


def times_to(processor: "SpanProcessor") -> Seen:
    """What makes a span of each answered request, with nothing inside it."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanKind

    provider = TracerProvider(
        resource=Resource.create({"service.name": "kypholine"}), shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    _at_the_end(provider, provider.shutdown)
    tracer = provider.get_tracer("voice")

    def seen(method: str, route: str, status: int, seconds: float) -> None:
        ends = time.time_ns()
        told: dict[str, Any] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        begun = ends - int(seconds * 1e9)
        tracer.start_span(
            f"{method} {route}", kind=SpanKind.SERVER, attributes=told, start_time=begun
        ).end(ends)

    return seen
