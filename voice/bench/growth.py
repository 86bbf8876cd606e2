"""What more subjects and more languages cost: the shipped script made larger, each size measured.

The script's own topics come again and again under other names, each with a word of its own in its
keywords and questions; its languages come again in cipher. Every size is built in a process of its
own and measured in another.
"""

import gc
import resource
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time, thread_time
from typing import Any, Final

import tomlkit

from voice.bench.cipher import ciphered
from voice.bench.place import PlaceError
from voice.bench.wire import questions
from voice.built import keep, read_kept
from voice.dialog import Event, following
from voice.release import Release, address, build, ready, state_of
from voice.script import Option, Script, Topic, load
from voice.understand import understand

SIZES: Final = ((16, 2), (100, 2), (500, 2), (16, 5), (16, 10))
"""Topics and languages."""
ASKED: Final = 400
"""Questions and keys measured of each size."""


@dataclass(frozen=True)
class Size:
    """What one size costs. Seconds, MB, and microseconds of processor time."""

    topics: int
    locales: int
    states: int
    build_seconds: float
    load_seconds: float
    file_mb: float
    memory_mb: float
    key_us: float
    """A key: its state found, followed, answered."""
    text_us: float
    """A question in somebody's own words, understood."""


def sizes(folder: Path, wanted: tuple[tuple[int, int], ...] = SIZES) -> Iterator[Size]:
    """Measure the script of a folder at each size. PlaceError where one cannot be made."""
    for topics, locales in wanted:
        with TemporaryDirectory(prefix="kypholine-growth-") as kept:
            path = Path(kept) / "one.built"
            try:
                built = _elsewhere(_build, folder, topics, locales, path)
                loaded = _elsewhere(_load, path)
            except EOFError as problem:
                raise PlaceError(f"{topics} topics in {locales} languages broke") from problem
        yield Size(topics, locales, *built, *loaded)


def _elsewhere(work: Callable[..., tuple[float, ...]], *given: object) -> Any:
    """Do some work in a process of its own. EOFError where it ends without an answer."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, work, given))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def _answer(there: Any, work: Callable[..., tuple[float, ...]], given: tuple[object, ...]) -> None:
    there.send(work(*given))


def _build(folder: Path, topics: int, locales: int, path: Path) -> tuple[int, float]:
    """Build a script and keep it there; how many states it has, and the seconds it took."""
    script = grown(load(folder), topics, locales)
    begun = process_time()
    made = build(script)
    seconds = process_time() - begun
    keep(path, made)
    return len(made.states), seconds


def _load(path: Path) -> tuple[float, ...]:
    """Load what was built, and ask it; what that takes, in the order of a Size."""
    gc.collect()
    before, begun = _memory(), process_time()
    release = _loaded(path)
    load_seconds = process_time() - begun
    took = load_seconds, path.stat().st_size / 1e6, _memory() - before
    return *took, _each(*_keys(release)), _each(*_questions(release))


def _loaded(path: Path) -> Release:
    kept = read_kept(path)
    assert kept is not None  # noqa: S101 - it was written just now
    return ready(kept, 1, "https://line.example", lambda _: "https://line.example/a.wav")


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _keys(release: Release) -> tuple[Callable[[Any], object], list[Any]]:
    states = [one for one in release.places if one.place.startswith(("main", "menu", "topic"))]  # type: ignore[attr-defined]
    step = max(1, len(states) // ASKED)
    paths = [address(1, state) for state in sorted(states, key=str)[::step]]

    def press(path: str) -> bytes:
        state = state_of(release, path)
        assert state is not None  # noqa: S101 - one of the release's own
        return release.answer(following(release.script, state, Event("key", "1")))

    return press, paths


def _questions(release: Release) -> tuple[Callable[[Any], object], list[Any]]:
    asked = questions(release.script)
    step = max(1, len(asked) // ASKED)
    locale = release.script.locales[0]
    return lambda text: understand(release.vocabulary, locale, text), asked[::step]


def _each(work: Callable[[Any], object], things: list[Any]) -> float:
    """The best of three rounds, after one that makes what is made once."""
    rounds = []
    for _ in range(4):
        begun = thread_time()
        for thing in things:
            work(thing)
        rounds.append((thread_time() - begun) / len(things) * 1e6)
    return min(rounds[1:])


# A larger script ---------------------------------------------------------------------------------


def grown(script: Script, topics: int, locales: int) -> Script:
    """Return a script with so many topics in so many languages."""
    return _in_more_languages(_about_more(script, topics), locales)


def _about_more(script: Script, many: int) -> Script:
    found: dict[str, Topic] = {}
    for number, topic in enumerate(islice(cycle(script.topics.values()), many)):
        copy = number // len(script.topics)
        one = topic if copy == 0 else _another(topic, copy)
        found[one.id] = one
    options = tuple(_leading_to(script, option, found) for option in script.options)
    return replace(script, topics=found, options=options)


def _another(topic: Topic, copy: int) -> Topic:
    word = "".join("aeiou"[int(digit) % 5] + "bdfgklmnpr"[int(digit)] for digit in str(copy * 37))
    wording = {
        locale: replace(
            one,
            title=f"{one.title} {word}",
            keywords=tuple(f"{keyword} {word}" for keyword in one.keywords),
            sample_questions=tuple(f"{asked} {word}" for asked in one.sample_questions),
        )
        for locale, one in topic.wording.items()
    }
    return replace(topic, id=f"{topic.id}-{copy}", wording=wording)


def _leading_to(script: Script, option: Option, found: Mapping[str, Topic]) -> Option:
    firsts = tuple(name for name in found if name in option.topics)
    more = tuple(
        name for name in found if name not in script.topics and name.rpartition("-")[0] in firsts
    )
    return replace(option, topics=firsts + more)


@dataclass(frozen=True)
class _Languages:
    """The languages of a larger script, and which of the smaller one's each is like."""

    like: Mapping[str, str]
    ciphers: Mapping[str, int]
    """Those of their own words, each with the number of its cipher."""

    def spread(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """What a table has by locale, for all of them as it is."""
        return {locale: table[of] for locale, of in self.like.items() if of in table}

    def own(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """The same in each one's own words."""
        found = self.spread(table)
        new = found.keys() & self.ciphers.keys()
        return found | {locale: ciphered(found[locale], self.ciphers[locale]) for locale in new}


def _languages(old: tuple[str, ...], many: int) -> _Languages:
    new = {f"x{n}-{old[n % len(old)]}": n for n in range(len(old), many)}
    like = {locale: old[n % len(old)] for locale, n in new.items()}
    return _Languages({**{locale: locale for locale in old}, **like}, new)


def _in_more_languages(script: Script, many: int) -> Script:
    to = _languages(script.locales, many)
    name, address = to.spread(script.line.name), to.spread(script.line.address)
    return replace(
        script,
        line=replace(script.line, name=name, address=address, locales=tuple(to.like)),
        options=tuple(replace(one, wording=to.own(one.wording)) for one in script.options),
        prompts=to.spread(script.prompts),
        topics={n: replace(one, wording=to.own(one.wording)) for n, one in script.topics.items()},
        words=to.own(script.words),
        pages=to.spread(script.pages),
        files={**script.files, **_own_files(script.files, to)},
    )


def _own_files(files: Mapping[str, str], to: _Languages) -> dict[str, str]:
    """The tables that teach understanding, for every language in words of its own."""
    words = tomllib.loads(files.get("words.toml", ""))
    asked = tomllib.loads(files.get("questions.toml", ""))
    tables = {name: to.own(table) for name, table in words.items() if isinstance(table, dict)}
    tables["reading"] = to.spread(words.get("reading", {}))
    spelling = {locale: tuple(ways.items()) for locale, ways in words.get("spelling", {}).items()}
    tables["spelling"] = {locale: dict(ways) for locale, ways in to.own(spelling).items()}
    taught = tomlkit.dumps({**words, **tables})
    return {"words.toml": taught, "questions.toml": tomlkit.dumps(to.own(asked))}
