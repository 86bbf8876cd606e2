"""Words made live: put together, checked, spoken, and switched to at one stroke.

Until the switch nothing changes for callers; whatever goes wrong before is kept with the
publication. A process that dies leaves it to the next: what it spoke is on disk.
Run as `python -m voice.publish ID`, apart from the workers that answer: it loads an engine.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from voice import passing
from voice.check.problem import Problem
from voice.draft.composing import composed
from voice.draft.fields import NoSuchField
from voice.draft.work import ready
from voice.instance import Progress, all_utterances, make_audio, opened_store
from voice.logs import configure
from voice.script import Script, ScriptError, parse
from voice.settings import Settings, read
from voice.speech.clips import ManifestError, missing, read_manifest
from voice.speech.engine import SpeechError
from voice.store import (
    NoSuchRelease,
    Store,
    StoreError,
    live_number,
    live_release,
    read_release,
)
from voice.store.choices import read_choices
from voice.store.drafts import read_work
from voice.store.publications import (
    Changed,
    Publication,
    Ready,
    Reason,
    Step,
    Taken,
    beat,
    fail,
    part,
    read_publication,
    roll_back,
    switch,
    switch_back,
    take_over,
)
from voice.store.releases import releases

BEAT: Final = 2.0
"""Seconds between two signs of life."""
OVERDUE: Final = "rule 101"
"""A topic past its review keeps no other words from going live: the manager chose what it does."""
TOLD: Final = 20
"""Problems that a reason names; `check` tells the others."""

Clock = Callable[[], datetime]
Check = Callable[[Settings, Script, date, bool], tuple[Problem, ...]]


class Stopped(Exception):
    """Words cannot go live; `reason` and `detail` say why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


def check(settings: Settings, script: Script, today: date, audio: bool) -> tuple[Problem, ...]:
    """Return what keeps a script from callers; `audio`: with its clips, which must be there."""
    # The check of clips reads them with numpy.
    from voice.check import problems
    from voice.check.sound import Audio

    made = Audio(read_manifest(settings.audio), settings.audio) if audio else None
    found = problems(script, made, today)
    return tuple(one for one in found if one.severity == "fail" and one.rule != OVERDUE)


@dataclass(frozen=True)
class Tools:
    """What the steps are done with."""

    make: Callable[[Settings, Script, Progress], None] = make_audio
    check: Check = check


TOOLS: Final = Tools()


def go_live(
    settings: Settings, store: Store, mine: Publication, clock: Clock, tools: Tools = TOOLS
) -> int | None:
    """Make the subjects of a publication live; the release's number, None where they cannot be.

    Why not is kept with the publication. Raises Taken where somebody else goes on with it, and
    StoreError where nothing can be kept; it can be taken over then.
    """
    with _pulse(store, mine, clock) as pulse:
        try:
            return _steps(settings, store, pulse, tools)
        except Stopped as why:
            fail(store, mine, why.reason, why.detail, clock())
        except Changed:
            fail(store, mine, "changed", "", clock())
        except StoreError:
            raise
        except Exception as error:
            fail(store, mine, "broken", type(error).__name__, clock())
            raise
    return None


def _steps(settings: Settings, store: Store, pulse: "_Pulse", tools: Tools) -> int:
    if pulse.mine.release is not None:
        return _again(settings, store, pulse, tools)
    pulse.at("words")
    made = _ready(store, pulse.mine)
    script, today = parse(made.files), pulse.clock().date()
    pulse.at("check")
    _stop_at(tools.check(settings, script, today, False))
    pulse.at("clips")
    _speak(settings, script, pulse.progress, tools)
    pulse.at("sound")
    _stop_at(tools.check(settings, script, today, True))
    passing.give(store, settings.built, script)
    pulse.at("switch")
    return switch(store, pulse.mine, made, pulse.clock())


def _again(settings: Settings, store: Store, pulse: "_Pulse", tools: Tools) -> int:
    """Make an earlier release live again: approved and checked long ago, it needs its clips."""
    pulse.at("words")
    number, base = pulse.mine.release or 0, live_number(store) or 0
    if number == base:
        raise Stopped("nothing")
    try:
        script = parse(read_release(store, number).files)
    except (ScriptError, NoSuchRelease) as error:
        raise Stopped("unreadable", str(error)) from error
    pulse.at("clips")
    _speak(settings, script, pulse.progress, tools)
    passing.give(store, settings.built, script)
    pulse.at("switch")
    return switch_back(store, pulse.mine, base, pulse.clock())


def _ready(store: Store, mine: Publication) -> Ready:
    """Put the files of the next release together."""
    live, work, policy = live_release(store), read_work(store), read_choices(store).policy
    if live is None:
        raise Stopped("nothing", "There is no release yet.")
    wanted = part(work, mine.subjects)
    waiting = set(mine.subjects) - set(ready(live.files, wanted, policy))
    if waiting:
        raise Stopped("not-approved", " ".join(sorted(waiting)))
    drafts = {draft.field: draft.value for draft in wanted.drafts.values()}
    try:
        files = composed(live.files, drafts, work.sign_offs)
    except (ScriptError, NoSuchField) as error:
        raise Stopped("unreadable", str(error)) from error
    if mine.subjects and files == live.files:
        raise Stopped("nothing")  # without subjects it is recordings that go live
    return Ready(files, live.number, work)


def _stop_at(found: tuple[Problem, ...]) -> None:
    if found:
        lines = [f"{one.file} {one.locale} {one.where}: {one.message}\t{one.fix}" for one in found]
        raise Stopped("check", "\n".join(lines[:TOLD]))


def _speak(settings: Settings, script: Script, progress: Progress, tools: Tools) -> None:
    """Make every clip; none may be missing afterwards."""
    try:
        tools.make(settings, script, progress)
        lacking = missing(read_manifest(settings.audio), all_utterances(script, settings.built))
    except (SpeechError, ManifestError, OSError) as error:
        raise Stopped("clips", str(error)) from error
    if lacking:
        raise Stopped("clips", f"{len(lacking)} clips are missing: {lacking[0].words[:60]}")


# From the machine itself --------------------------------------------------------------------------


def back(
    settings: Settings, store: Store, number: int, at: datetime, progress: Progress | None
) -> None:
    """Make an earlier release live again; its clips are made first, or not without `progress`.

    Stopped where it is live already, cannot be read, or a clip cannot be made.
    """
    base = live_number(store) or 0
    if number == base:
        raise Stopped("nothing", f"Release {number} is live already.")
    try:
        script = parse(read_release(store, number).files)
    except ScriptError as error:
        raise Stopped("unreadable", f"Release {number} cannot be read:\n{error}") from error
    if progress:
        _speak(settings, script, progress, TOOLS)
    passing.give(store, settings.built, script)
    roll_back(store, number, base, at)


def before(store: Store) -> int:
    """Return the number of the release before the live one. Stopped where there is none."""
    base = live_number(store) or 0
    earlier = [one.number for one in releases(store) if one.number < base]
    if not earlier:
        raise Stopped("nothing", "There is no release before the one that is live.")
    return max(earlier)


def told(store: Store) -> Iterator[str]:
    """Yield a line for each release, the newest first: number, when made, note, what is live."""
    base = live_number(store)
    for one in releases(store):
        mark = "live" if one.number == base else ""
        yield f"{one.number}\t{one.made_at:%Y-%m-%d %H:%M} UTC\t{mark}\t{one.note}".rstrip()


# Signs of life -----------------------------------------------------------------------------------


class _Pulse:
    """How far a publication is, told to the store every few seconds."""

    def __init__(self, store: Store, mine: Publication, clock: Clock) -> None:
        self.mine = mine
        self.clock = clock
        self._store = store
        self._step: Step = mine.step
        self._done = self._total = 0
        self._lost = False
        self._over = threading.Event()

    def at(self, step: Step) -> None:
        """Come to a step; it is told at once. Raises Taken."""
        self._step, self._done, self._total = step, 0, 0
        self._tell()

    def progress(self, done: int, total: int) -> None:
        """Note how many clips are made. Raises Taken where somebody else goes on."""
        self._done, self._total = done, total
        if self._lost:
            raise Taken

    def run(self) -> None:
        """Tell how far it is, again and again, until it is over."""
        while not self._over.wait(BEAT):
            try:
                self._tell()
            except Taken:
                self._lost = True
            except StoreError:
                continue  # the next sign of life may get through

    def end(self) -> None:
        """Tell no more."""
        self._over.set()

    def _tell(self) -> None:
        beat(self._store, self.mine, self._step, self._done, self._total, self.clock())


@contextmanager
def _pulse(store: Store, mine: Publication, clock: Clock) -> Iterator[_Pulse]:
    pulse = _Pulse(store, mine, clock)
    thread = threading.Thread(target=pulse.run, daemon=True)
    thread.start()
    try:
        yield pulse
    finally:
        pulse.end()
        thread.join()


# A process of its own ----------------------------------------------------------------------------


def launch(id: int) -> None:
    """Start a process that goes on with a publication.

    It has this process's environment, and outlives it.
    """
    command = (sys.executable, "-m", "voice.publish", str(id))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    threading.Thread(target=process.wait, daemon=True).start()


def carry_out(settings: Settings, id: int, clock: Clock, tools: Tools = TOOLS) -> int | None:
    """Go on with a publication, or with the one that was left (0); see `go_live`."""
    with opened_store(settings) as store:
        mine = read_publication(store, id) if id else take_over(store, clock())
        if mine is None or mine.state != "running":
            return None
        return go_live(settings, store, mine, clock, tools)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    chosen = read(os.environ)
    configure(chosen.log_format)
    carry_out(chosen, int(sys.argv[1]), _now)
