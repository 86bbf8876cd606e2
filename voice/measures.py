"""What /metrics tells: requests, refused signatures, the release, clips missing.

Where several workers serve, each writes its numbers to the folder PROMETHEUS_MULTIPROC_DIR and
any of them answers for all; server.py sets that up before this module is first imported.
"""

import os
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# Seconds. Twilio gives up after 15; a caller notices one.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


@dataclass(frozen=True)
class Measures:
    """The counts of this process; one per app."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    refused: Counter
    release: Gauge
    missing: Gauge
    known: dict[tuple[str, int], tuple[Counter, Histogram]] = field(default_factory=dict)
    """What counts each endpoint and status seen: looking it up by its labels costs more."""

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one answered request, and how long it took."""
        both = self.known.get((endpoint, status))
        if both is None:
            both = (self.requests.labels(endpoint, str(status)), self.seconds.labels(endpoint))
            self.known[endpoint, status] = both
        both[0].inc()
        both[1].observe(seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text form."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def measures() -> Measures:
    """Counts that start at nothing."""
    registry = CollectorRegistry()
    return Measures(
        registry,
        Counter(
            "kypholine_requests", "Requests answered", ["endpoint", "status"], registry=registry
        ),
        Histogram(
            "kypholine_request_seconds",
            "Time to answer",
            ["endpoint"],
            buckets=_BUCKETS,
            registry=registry,
        ),
        Counter(
            "kypholine_signatures_refused",
            "Webhook requests nobody we know had signed",
            registry=registry,
        ),
        Gauge(
            "kypholine_release",
            "Number of the live release; 0 before the first",
            registry=registry,
            multiprocess_mode="livemax",
        ),
        Gauge(
            "kypholine_clips_missing",
            "Utterances of the live release without a clip",
            registry=registry,
            multiprocess_mode="livemax",
        ),
    )
