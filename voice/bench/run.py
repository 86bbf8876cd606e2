"""A whole run: every server started, every load put on it in turns, figures taken, all stopped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from voice.bench import wire
from voice.bench.load import Load, Outcome, put
from voice.bench.place import PlaceError, Server, cpu, memory, processors, served
from voice.bench.rivals import has_whitenoise
from voice.script import Script, load
from voice.settings import Settings
from voice.speech.clips import Clip, read_manifest

ROUNDS: Final = 3
CALLS: Final = 40
"""Calls written down and sent again and again, each from a number of its own."""
MOST_TEXTS: Final = 4000
"""Texts signed for a second of load; each is sent once."""

ALWAYS: Final = ("hello", "sample", "menu", "call")
"""What every run measures: the ratios are to these."""

Say = Callable[[str], None]
Requests = Callable[[int], list[bytes]]
"""The requests of a turn by its number: texts must be others each time."""
Turn = tuple[Outcome, float]
"""What came of a load, and the processor time the server took for each answer, in microseconds."""


@dataclass(frozen=True)
class Subject:
    """One thing to measure: its name, where it is asked, and with what."""

    name: str
    server: Server
    requests: Requests


@dataclass(frozen=True)
class Figures:
    """What one subject did: medians of its turns. Times in ms, CPU in microseconds a request."""

    name: str
    rate: float
    cpu: float
    p50: float
    p99: float
    half_rate_p50: float
    half_rate_p99: float
    failed: int


@dataclass(frozen=True)
class Run:
    """A run's figures, the memory of each server's worker in MB, and how fast the line starts."""

    figures: tuple[Figures, ...]
    memory: Mapping[str, float]
    start_seconds: float
    seconds: float


def run(settings: Settings, seconds: float, say: Say, only: Sequence[str] = ()) -> Run:
    """Measure everything once: three turns each in a closed loop, then three in an open loop.

    `settings` gives the scripts and the clips; what is missing of those is made first. `only`
    names the subjects to measure beside ALWAYS; none: all. Raises PlaceError, ScriptError, OSError.
    """
    script = load(settings.scripts)
    with TemporaryDirectory(prefix="kypholine-bench-") as folder, ExitStack() as stack:
        environ = environ_in(settings, Path(folder))
        on, by = processors()
        say("Starting the line once, to make what is missing.")
        with served(line_command, environ, "/readyz", on):
            pass
        line = stack.enter_context(served(line_command, environ, "/readyz", on))
        servers = {"line": line}
        for name in ("hello", "sample", *(["whitenoise"] if has_whitenoise() else [])):
            servers[name] = stack.enter_context(served(_stage(name), environ, "/healthz", on))
        subjects = tuple(
            one
            for one in _subjects(settings, script, servers, seconds, by)
            if not only or one.name in (*ALWAYS, *only)
        )
        figures = _measured(subjects, seconds, by, say)
        sizes = {name: memory(server) for name, server in servers.items()}
    return Run(figures, sizes, line.started_in, seconds)


def line_command(_port: int) -> list[str]:
    """Return what serves the line, as python -m."""
    return ["voice", "serve"]


def _stage(name: str) -> Callable[[int], list[str]]:
    return lambda port: ["voice.bench.stage", name, str(port)]


def environ_in(settings: Settings, folder: Path) -> Callable[[int], Mapping[str, str]]:
    """Return the environment of an instance of its own, by its port.

    Nothing of the installation's is in it but its scripts and its clips.
    """
    given = {
        "INSTANCE": str(folder / "instance"),
        "SCRIPTS": str(settings.scripts),
        "AUDIO": str(settings.audio),
        "TWILIO_AUTH_TOKEN": wire.TOKEN,
        "DATABASE_URL": "",
        "WORKERS": "1",
        "TWILIO_ACCOUNT_SID": "",
        "TWILIO_API_KEY": "",
        "TWILIO_API_SECRET": "",
    }
    return lambda port: {**given, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}


# What is measured --------------------------------------------------------------------------------


def _subjects(
    settings: Settings,
    script: Script,
    servers: Mapping[str, Server],
    seconds: float,
    by: int | None,
) -> Iterator[Subject]:
    line = servers["line"]
    calls = [sent for n in range(CALLS) for sent in wire.call(line.url, script, n)]
    menus = wire.menus(calls)
    yield Subject("hello", servers["hello"], _same(_moved(menus, servers["hello"])))
    yield Subject("sample", servers["sample"], _same(_signed_anew(menus, servers["sample"])))
    yield Subject("menu", line, _same([wire.raw(sent) for sent in menus]))
    yield Subject("call", line, _same([wire.raw(sent) for sent in calls]))
    many = round(MOST_TEXTS * seconds) + 1
    yield Subject("text", line, _texts(line, wire.mixed(script), many, 0))
    yield Subject("keyword", line, _texts(line, wire.keywords(script), many, 1))
    yield Subject("free words", line, _texts(line, wire.questions(script), many, 2))
    yield Subject("text status", line, _answers_told(line, wire.keywords(script), seconds, by))
    yield Subject("call status", line, _ends_told(calls[-1], many))
    clip = _clip(settings)
    yield from _clips("clip", clip, line)
    if "whitenoise" in servers:
        yield from _clips("whitenoise", clip, servers["whitenoise"])


def _same(requests: list[bytes]) -> Requests:
    return lambda _turn: requests


def _moved(sent: list[wire.Sent], server: Server) -> list[bytes]:
    """The same requests for another server's /voice, their signatures with them."""
    return [wire.raw(replace(one, url=f"{server.url}/voice")) for one in sent]


def _signed_anew(sent: list[wire.Sent], server: Server) -> list[bytes]:
    return [wire.raw(wire.signed(one, f"{server.url}/voice")) for one in sent]


def _texts(line: Server, bodies: list[str], many: int, kind: int) -> Requests:
    """Texts that were never sent before: each turn of each kind has ids of its own."""
    return lambda turn: wire.texts(line.url, bodies, (kind * 100 + turn) * 1_000_000, many)


def _answers_told(line: Server, bodies: list[str], seconds: float, by: int | None) -> Requests:
    """What Twilio tells of answers: each turn, the texts are answered first."""
    many = round(MOST_TEXTS * seconds / 2) + 1

    def requests(turn: int) -> list[bytes]:
        first = (300 + turn) * 1_000_000
        put(Load(line.port, wire.texts(line.url, bodies, first, many), 2 * seconds), by)
        return wire.answers_told(line.url, first, many)

    return requests


def _ends_told(end: wire.Sent, many: int) -> Requests:
    """Each turn other calls end."""
    return lambda turn: wire.ends_told(end, turn * 1_000_000, many)


def _clip(settings: Settings) -> Clip:
    """A clip of middling length."""
    clips = sorted(read_manifest(settings.audio).clips.values(), key=lambda clip: clip.seconds)
    if not clips:
        raise PlaceError("there are no clips; run `python -m voice audio`")
    return clips[len(clips) // 2]


def _clips(name: str, clip: Clip, server: Server) -> Iterator[Subject]:
    url = f"{server.url}/audio/{clip.name}"
    known = wire.answer(url)
    again = {"If_None_Match": known["etag"]} if "etag" in known else {}
    again = again or {"If_Modified_Since": known["last-modified"]}
    yield Subject(name, server, _same([wire.get(url)]))
    yield Subject(f"{name} 304", server, _same([wire.get(url, **again)]))
    yield Subject(f"{name} range", server, _same([wire.get(url, Range="bytes=0-8191")]))


# Turns -------------------------------------------------------------------------------------------


def _measured(
    subjects: tuple[Subject, ...], seconds: float, by: int | None, say: Say
) -> tuple[Figures, ...]:
    """Measure all in a closed loop, and then in an open one at half the rates that gave."""
    highest = {one.name: 0.0 for one in subjects}
    closed = _in_turns(subjects, highest, 0, seconds, by, say)
    half = {name: median(one.rate for one, _ in done) / 2 for name, done in closed.items()}
    opened = _in_turns(subjects, half, ROUNDS, seconds, by, say)
    return tuple(_figures(name, closed[name], opened[name]) for name in closed)


def _in_turns(
    subjects: tuple[Subject, ...],
    rates: Mapping[str, float],
    first: int,
    seconds: float,
    by: int | None,
    say: Say,
) -> dict[str, list[Turn]]:
    """Measure in turns, so that a machine that slows down slows all of them."""
    turns: dict[str, list[Turn]] = {one.name: [] for one in subjects}
    for number in range(ROUNDS):
        for one in subjects:
            rate = rates[one.name]
            at = f" at {rate:,.0f} requests a second" if rate else ""
            say(f"{one.name}{at}, turn {number + 1} of {ROUNDS}")
            turns[one.name].append(_turn(one, first + number, seconds, rate, by))
    return turns


def _turn(one: Subject, turn: int, seconds: float, rate: float, by: int | None) -> Turn:
    """Put one load on a server."""
    requests = one.requests(turn)
    before = cpu(one.server)
    outcome = put(Load(one.server.port, requests, seconds, rate), by)
    used = cpu(one.server) - before
    return outcome, used / max(outcome.answered, 1) * 1e6


def _figures(name: str, closed: Sequence[Turn], opened: Sequence[Turn]) -> Figures:
    outcomes, half = ([outcome for outcome, _ in turns] for turns in (closed, opened))
    return Figures(
        name=name,
        rate=median(outcome.rate for outcome in outcomes),
        cpu=median(used for _, used in closed),
        p50=median(outcome.within(0.5) for outcome in outcomes),
        p99=median(outcome.within(0.99) for outcome in outcomes),
        half_rate_p50=median(outcome.within(0.5) for outcome in half),
        half_rate_p99=median(outcome.within(0.99) for outcome in half),
        failed=sum(outcome.failed for outcome in (*outcomes, *half)),
    )
