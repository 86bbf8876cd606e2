"""What /metrics tells: requests, callers not understood, what was sent, the release, who waits.

Where several workers serve, each writes its numbers to the folder PROMETHEUS_MULTIPROC_DIR and
any of them answers for all; server.py sets that up before this module is first imported. What a
worker counted stays when it ends. What it served does not: its file is taken away. How many workers
were replaced is the process in front's to count, in memory that each of them has.

A worker whose files somebody deletes makes others, and counts from nothing again, as after a
restart: it would go on counting into files that nobody reads.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from voice.pulse import replaced
from voice.signature import KINDS

# Seconds. Twilio gives up after 15; a caller notices one.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)

_LIVE: Final = "gauge_live"
"""What the files begin with that tell what a worker serves."""
_FILES: Final = (
    "counter",
    "histogram",
    *(f"{_LIVE}{of}" for of in ("min", "max", "mostrecent")),
)
"""What the files of a worker are called, before its process's number."""
_AGAIN: Final = "-"
"""Stands after that number, where they are not its first; how many came before is behind it."""
_ROOM: Final = 512 * 1024
"""Bytes of each; every endpoint with every status it may have takes half of it."""

_WEBHOOKS: Final = tuple(f"webhook.{one}" for one in ("voice", "sms", "voice_status", "sms_status"))
_ERRORS: Final = ("500", "503")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measures:
    """The counts of this process; one per app."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    refused: Counter
    release: Gauge
    newest: Gauge
    missing: Gauge
    missed: Counter
    sent: Counter
    delivered: Counter
    apologies: Counter
    calls: Counter
    store: Gauge
    release_age: Gauge
    call_backs: Gauge
    longest_wait: Gauge
    went_back: Counter
    files: "Files | None" = None
    """Where this process writes; None if it counts in its own memory."""
    served: list[int] = field(default_factory=list)
    """What it said last that it serves."""
    looks: list[Callable[[], None]] = field(default_factory=list)
    """What is done before the measures are told, to learn what only the store knows."""
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

    def refuse(self, kind: str) -> None:
        """Count a refused signature."""
        self.refused.labels(kind).inc()

    def serves(self, number: int, missing: int) -> None:
        """Tell which release this process serves, 0 for none, and how many clips it lacks."""
        self.served[:] = number, missing
        self.release.set(number)
        self.newest.set(number)
        self.missing.set(missing)

    def stay(self) -> None:
        """Write on in other files if those of this process were deleted."""
        if self.files is not None and self.files.renewed() and self.served:
            self.serves(*self.served)

    def text(self) -> bytes:
        """Everything in Prometheus' text form; of this process alone if there is no folder."""
        self.stay()
        for look in self.looks:
            look()
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder is None or not Path(folder).is_dir():
            return generate_latest(self.registry)
        _bury(Path(folder))
        together = CollectorRegistry()
        together.register(_Replaced())
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class _Replaced(Collector):
    """What the process in front counted."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        words = "Workers that another one replaced, because they hung or died"
        told = CounterMetricFamily("kypholine_workers_replaced", words, labels=["why"])
        for why, times in replaced.read().items():
            told.add_metric([why], times)
        yield told


def _bury(folder: Path) -> None:
    """Take away what processes that ended, however they did, said of themselves."""
    for file in folder.glob(f"{_LIVE}*_*.db"):
        if not _runs(int(file.stem.rpartition("_")[2].partition(_AGAIN)[0])):
            file.unlink(missing_ok=True)  # another worker may be at it, too


def _runs(pid: int) -> bool:
    """Say whether a process of this number runs; one that is somebody else's does."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Files:
    """The files this process writes its numbers to, whole before they are used.

    They are mapped. What is written there where a file has a hole ends the process on a full disk.
    One that is not whole yet has another name: the other workers could tell nothing at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times = 0
        self._said = False
        self._lock = threading.Lock()

    def whose(self) -> str:
        """What their names end with. Where it changes, prometheus_client begins others, at 0."""
        return self._named(self._times)

    def made(self) -> bool:
        """Whether there are files now: without room there is none."""
        return self._make(self._times)

    def renewed(self) -> bool:
        """Whether one was deleted, and there are others now, in which nothing is counted yet.

        Without room for them it counts on where nobody looks, and the next time tries again.
        """
        with self._lock:
            before = self._paths(self._times)
            if all(file.exists() for file in before) or not self._make(self._times + 1):
                return False
            self._times += 1
        _remove(file for file in before if file.name.startswith(_LIVE))
        _log.info("this worker's measures were deleted: it counts from nothing again")
        return True

    def _make(self, times: int) -> bool:
        files = self._paths(times)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in files:
                _write_whole(file)
        except OSError as problem:
            self._say(problem)
            _remove(files)
            return False
        return True

    def _say(self, problem: OSError) -> None:
        if not self._said:
            _log.warning("a worker's measures have no room, nobody is told of them: %s", problem)
        self._said = True

    def _named(self, times: int) -> str:
        return f"{os.getpid()}{_AGAIN}{times}" if times else str(os.getpid())

    def _paths(self, times: int) -> list[Path]:
        return [self._folder / f"{name}_{self._named(times)}.db" for name in _FILES]


def _write_whole(file: Path) -> None:
    if not file.exists():
        unfinished = file.with_suffix(".new")
        unfinished.write_bytes(bytes(_ROOM))
        unfinished.rename(file)


def _remove(files: Iterable[Path]) -> None:
    with suppress(OSError):  # what could not be made cannot be removed, either
        for file in files:
            file.unlink(missing_ok=True)
            file.with_suffix(".new").unlink(missing_ok=True)


def _opened(folder: Path) -> Files | None:
    """Have what is counted from now on be written there; None, and in memory, without room."""
    files = Files(folder)
    made = files.made()
    shared = values.MultiProcessValue(files.whose)  # type: ignore[no-untyped-call]
    values.ValueClass = shared if made else values.MutexValue
    return files if made else None


def measures() -> Measures:
    """Counts that start at nothing.

    Those an alarm waits for are told from the start, as nothing: Prometheus sees what grows, and a
    count it never saw before has not grown, however high it is.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    files = _opened(Path(folder)) if folder is not None else None
    registry = CollectorRegistry()
    registry.register(_Replaced())
    return Measures(
        registry,
        *_told_by_requests(registry),
        *_told_by_the_release(registry),
        *_told_by_webhooks(registry),
        *_told_of_callers(registry),
        *_told_by_the_store(registry),
        went_back=_told_if_older(registry),
        files=files,
    )


def _told_by_requests(registry: CollectorRegistry) -> tuple[Counter, Histogram, Counter]:
    refused = Counter(
        "kypholine_signatures_refused",
        "Webhook requests refused: unsigned, misfit, or foreign (another account's)",
        ["kind"],
        registry=registry,
    )
    for kind in KINDS:
        refused.labels(kind)
    requests = Counter(
        "kypholine_requests", "Requests answered", ["endpoint", "status"], registry=registry
    )
    for endpoint, status in product(_WEBHOOKS, _ERRORS):
        requests.labels(endpoint, status)
    return (
        requests,
        Histogram(
            "kypholine_request_seconds",
            "Time to answer",
            ["endpoint"],
            buckets=_BUCKETS,
            registry=registry,
        ),
        refused,
    )


def _told_by_the_release(registry: CollectorRegistry) -> tuple[Gauge, Gauge, Gauge]:
    """What is told of several workers is the worst, so that none hides behind another."""
    return (
        Gauge(
            "kypholine_release",
            "Number of the release that is served; 0 before the first. Of workers: the lowest",
            registry=registry,
            multiprocess_mode="livemin",
        ),
        Gauge(
            "kypholine_release_newest",
            "The same, of workers the highest",
            registry=registry,
            multiprocess_mode="livemax",
        ),
        Gauge(
            "kypholine_clips_missing",
            "Utterances of the release that is served without a clip",
            registry=registry,
            multiprocess_mode="livemax",
        ),
    )


def _told_by_webhooks(registry: CollectorRegistry) -> tuple[Counter, Counter, Counter]:
    missed = Counter(
        "kypholine_missed",
        "Times a caller was silent (no_input) or not understood (no_match), by place",
        ["how", "place"],
        registry=registry,
    )
    sent = Counter(
        "kypholine_sent",
        "Texts and calls the line started, by what became of them",
        ["kind", "outcome"],
        registry=registry,
    )
    for kind in ("text", "call"):
        sent.labels(kind, "failed")
    delivered = Counter(
        "kypholine_deliveries",
        "Status callbacks kept, by Twilio's word",
        ["kind", "status"],
        registry=registry,
    )
    for status in ("delivered", "undelivered", "failed"):
        delivered.labels("message", status)
    return missed, sent, delivered


def _told_of_callers(registry: CollectorRegistry) -> tuple[Counter, Counter]:
    apologies = Counter(
        "kypholine_apologies",
        "Calls and messages answered with an apology, because of the store or of another error",
        ["channel", "kind"],
        registry=registry,
    )
    for channel, kind in product(("call", "message"), ("store", "error")):
        apologies.labels(channel, kind)
    told = "Calls that Twilio brought, each once; practice apart"
    return apologies, Counter("kypholine_calls", told, registry=registry)


def _told_by_the_store(registry: CollectorRegistry) -> tuple[Gauge, Gauge, Gauge, Gauge]:
    names = {
        "kypholine_store_reachable": "1 while the store answers and can be written to, else 0",
        "kypholine_release_age_seconds": "Since when the live release is live",
        "kypholine_call_backs_waiting": "Call-backs nobody has made yet",
        "kypholine_call_backs_longest_wait_seconds": "How long the first of them has waited",
    }
    store, age, waiting, longest = (
        Gauge(name, told, registry=registry, multiprocess_mode="livemostrecent")
        for name, told in names.items()
    )
    return store, age, waiting, longest


def _told_if_older(registry: CollectorRegistry) -> Counter:
    told = "Times the store went back to an older state; each worker counts those it saw"
    return Counter("kypholine_store_went_back", told, registry=registry)
