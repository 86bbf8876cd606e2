"""What a line of any size needs: its busiest hour played through, from measured figures.

python -m voice.bench.scale                  with the figures of docs/scale.md
python -m voice bench --json > bench.json
python -m voice.bench.scale bench.json       with those of this machine
"""

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice.bench.journeys import Journey, journeys
from voice.script import load
from voice.settings import read
from voice.speech.clips import read_manifest

SIZES: Final = (100, 1_000, 10_000, 100_000, 1_000_000)
"""Callers a day; a clinic has some hundred."""
BUSIEST_HOUR: Final = 0.12
"""The share of a day's calls that its busiest hour has."""
TEXTS: Final = 0.5
"""Texts that come in for each call."""
STATUSES: Final = 2
"""What Twilio tells of each message: sent, delivered. Of each call it tells the end."""
SEGMENTS: Final = 2.5
"""Of an answer: two in English, three in Spanish."""
NEW: Final = 0.5
"""Of those who write, who do so for the first time: they are sent a segment more."""
SAMPLE: Final = 3_000
"""Calls made up; each size draws from them."""
USED: Final = 0.5
"""The share of what a processor can do that is planned with."""
TALLY_SECONDS: Final = 2.0
"""How often a worker writes its counts, and where its callers are."""
PLACES: Final = 20
"""Where a content network keeps copies, each fetching a clip once a day."""
SEED: Final = 5


@dataclass(frozen=True)
class Measured:
    """What one request costs: processor time in microseconds, and what one store takes a second.

    `store` is durable transactions a second of one SQLite file, `postgresql` of one server. Unless
    given, as measured on 2 processors of a small virtual machine with nothing else to do.
    """

    call: float = 165.0
    text: float = 690.0
    clip: float = 65.0
    status: float = 310.0
    store: float = 1_500.0
    postgresql: float = 4_000.0

    @classmethod
    def of(cls, bench: Mapping[str, Any]) -> "Measured":
        """The figures of a bench run; a store alone keeps at least what the whole line kept."""
        figures = {one["name"]: one for one in bench["figures"]}
        kept = figures["text"]["rate"]
        used = {name: figures[name]["cpu"] for name in ("call", "text", "clip")}
        return cls(
            **used,
            status=max(figures[name]["cpu"] for name in ("text status", "call status")),
            store=max(kept, cls.store),
            postgresql=max(kept, cls.postgresql),
        )


@dataclass(frozen=True)
class Need:
    """What one size needs in its busiest hour. Rates are a second's, at the busiest second.

    Audio is in Mbit/s: of every clip played; of each clip once an hour, as Twilio's own cache
    asks for it; of each clip once a day and place, as a content network asks.
    """

    a_day: int
    at_once: int
    requests: int
    texts: int
    statuses: int
    audio: float
    audio_cached: float
    audio_network: float
    rows: float
    kept: float
    cores: float
    shares: Mapping[str, float]
    """How much of one small machine each thing takes: 1 is all of it."""

    @property
    def first(self) -> str:
        """What is used up first."""
        return max(self.shares, key=lambda name: self.shares[name])


def busiest_hour(
    calls: Sequence[Journey], a_day: int, chance: np.random.Generator
) -> tuple[int, int, int]:
    """Callers at once, requests a second and bytes of audio a second, each at its highest.

    Arrivals come by chance (Poisson); callers of before the hour are still there in it.
    """
    rate = a_day * BUSIEST_HOUR / 3600
    before = max(call.seconds for call in calls)
    span = 3600 + before
    begun = np.sort(chance.uniform(0, span, chance.poisson(rate * span)))
    who = chance.integers(0, len(calls), len(begun))
    seconds = np.array([call.seconds for call in calls])
    steps = np.concatenate([begun, begun + seconds[who]])
    change = np.concatenate([np.ones(len(begun)), -np.ones(len(begun))])
    order = np.argsort(steps, kind="stable")
    at_once = int(np.cumsum(change[order]).max()) if len(begun) else 0
    asked = _summed(calls, who, begun, span, lambda call: [(at, 1) for at in call.asked])
    heard = _summed(calls, who, begun, span, lambda call: [(at, n) for at, _, n in call.heard])
    return at_once, asked, heard


def _summed(calls: Sequence[Journey], who: Any, begun: Any, span: float, what: Any) -> int:
    """The highest sum of a second."""
    seconds = np.zeros(int(2 * span) + 2)
    for n in np.unique(who):
        for at, size in what(calls[n]):
            np.add.at(seconds, (begun[who == n] + at).astype(int), size)
    return int(seconds.max())


def need(calls: Sequence[Journey], a_day: int, measured: Measured) -> Need:
    """What a line with so many callers a day needs."""
    chance = np.random.default_rng(SEED)
    at_once, requests, heard = busiest_hour(calls, a_day, chance)
    begun, asked = a_day * BUSIEST_HOUR / 3600, sum(call.deeds for call in calls) / len(calls)
    told = 1 + STATUSES * (TEXTS + asked)
    texts, statuses = (int(chance.poisson(begun * n, 3600).max()) for n in (TEXTS, told))
    sizes = {name: size for call in calls for _, name, size in call.heard}
    everything = sum(sizes.values())
    answered = requests * measured.call + texts * measured.text + statuses * measured.status
    cores = answered / 1e6 / USED
    kept = texts + statuses + 3 * asked * begun + (int(cores) + 1) / TALLY_SECONDS
    audio = heard * 8 / 1e6
    cached = min(audio, everything * 8 / 1e6 / 3600)
    near = min(audio, everything * PLACES * 8 / 1e6 / 86400)
    store = kept / measured.store
    shares = {"processor": cores / 2, "store (SQLite)": store, "network": audio / 1000}
    rows = float(requests + statuses)
    rates = (at_once, requests, texts, statuses, audio, cached, near, rows, kept, cores)
    return Need(a_day, *rates, shares)


# Tables ------------------------------------------------------------------------------------------


def tables(calls: Sequence[Journey], measured: Measured) -> str:
    """Everything as three tables and what one call is."""
    needs = [need(calls, size, measured) for size in SIZES]
    parts = (_one_call(calls), _needs(needs), _adds(needs, measured), _bills(calls))
    return "\n\n".join("\n".join(part) for part in parts)


def _one_call(calls: Sequence[Journey]) -> Iterator[str]:
    many = len(calls)
    length = sum(call.seconds for call in calls) / many
    asked = sum(len(call.asked) for call in calls) / many
    clips = sum(len(call.heard) for call in calls) / many
    size = sum(n for call in calls for _, _, n in call.heard) / many / 1e6
    different = Counter(name for call in calls for _, name, _ in call.heard)
    yield (
        f"A call lasts {length / 60:.1f} minutes, makes {asked:.1f} requests and hears "
        f"{clips:.0f} clips, {size:.2f} MB. In {many:,} calls {len(different)} different clips "
        f"were heard; the hundred commonest are {_share(different, 100):.0%} of what was played."
    )


def _share(played: "Counter[str]", most: int) -> float:
    return sum(n for _, n in played.most_common(most)) / max(1, sum(played.values()))


def _needs(needs: Sequence[Need]) -> Iterator[str]:
    yield (
        "| callers a day | at once | requests/s | texts/s | statuses/s | "
        "audio Mbit/s, every play | once an hour (Twilio's cache) | content network | "
        "kept rows/s | transactions/s | processors |"
    )
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for one in needs:
        yield (
            f"| {one.a_day:,} | {one.at_once:,} | {one.requests:,} | {one.texts:,} | "
            f"{one.statuses:,} | {one.audio:,.1f} | {one.audio_cached:.2f} | "
            f"{one.audio_network:.2f} | {one.rows:,.0f} | {one.kept:,.1f} | {one.cores:.2f} |"
        )


def _adds(needs: Sequence[Need], measured: Measured) -> Iterator[str]:
    yield "| callers a day | used up first on one small machine | how much of it | what to run |"
    yield "|---:|---|---:|---|"
    for one in needs:
        share = one.shares[one.first]
        yield f"| {one.a_day:,} | {one.first} | {share:.1%} | {advice(one, measured)} |"


def advice(one: Need, measured: Measured) -> str:
    """What to run for this size."""
    if max(one.shares.values()) < USED:
        return "one machine, SQLite; a second one and PostgreSQL so that one may die"
    machines = max(2, int(one.cores / 2) + 2)
    heard = "" if one.audio < 300 else ", a content network or nginx for the clips"
    store = one.kept / measured.postgresql
    return f"{machines} machines of 2 processors, PostgreSQL ({store:.0%} of it){heard}"


def _bills(calls: Sequence[Journey]) -> Iterator[str]:
    """What others ask money for, a day."""
    minutes = sum(math.ceil(call.seconds / 60) for call in calls) / len(calls)
    asked = sum(call.deeds for call in calls) / len(calls)
    heard = sum(n for call in calls for _, _, n in call.heard) / len(calls)
    hourly = 24 * sum({name: n for call in calls for _, name, n in call.heard}.values()) / 1e9
    sent = (TEXTS + asked) * SEGMENTS + TEXTS * NEW
    yield (
        "| callers a day | minutes of calls, each that began | texts that come in | "
        "segments sent | audio GB, every play | once an hour |"
    )
    yield "|---:|---:|---:|---:|---:|---:|"
    for a_day in SIZES:
        every = heard * a_day / 1e9
        yield (
            f"| {a_day:,} | {minutes * a_day:,.0f} | {TEXTS * a_day:,.0f} | {sent * a_day:,.0f} | "
            f"{every:,.1f} | {min(every, hourly):.1f} |"
        )


def main(words: Sequence[str]) -> None:
    """Print the tables, of a bench run's figures where one is named."""
    settings = read({})
    measured = Measured.of(json.loads(Path(words[0]).read_text("utf-8"))) if words else Measured()
    chance = random.Random(SEED)  # noqa: S311 - a simulation
    calls = journeys(load(settings.scripts), read_manifest(settings.audio), chance, SAMPLE)
    sys.stdout.write(tables(calls, measured) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
