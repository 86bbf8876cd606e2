"""Releases worked out once for all tests of a run: the shipped script takes two seconds.

What is kept is read back by the line's own way, in a twentieth of one.
"""

import hashlib
import os
import pickle
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import ClassVar, TypeVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests import scratch
from voice import built as module
from voice import dialog
from voice.bench.growth import grown
from voice.built import built, name_of
from voice.instance import all_utterances
from voice.release import Built, ClipAddress, Release, ready
from voice.script import Script, Utterance
from voice.script.packed import Packed
from voice.speech import clips
from voice.speech.clips import Clip, Mp3, is_intact
from voice.switches import ON, ways_off
from voice.understand import vocabulary

module.MOST_KEPT = 100  # type: ignore[misc]  # a run has more scripts than a line has releases
_MINE = scratch.FOLDER / f"kypholine-built-{os.getpid()}"
FOLDER = Path(os.environ.setdefault("TESTS_KEPT", str(_MINE)))
"""Shared by every worker of the run, and by the processes that tests start."""
SHIPPED = Path(__file__).parent.parent / "audio"
Made = TypeVar("Made")


class Templates(BytecodeCache):
    """Templates compiled once for every app of a worker: a quarter of a console test's time.

    One that has changed is compiled anew.
    """

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


class Kept(Rule):
    """A URL rule whose builder is compiled once for every app of a worker: nine tenths of an app.

    A builder asks the rule it is given for everything but its parts and their defaults.
    """

    known: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (*self._trace, repr(self.defaults), self.rule, append_unknown)
        if key not in self.known:
            self.known[key] = super()._compile_builder(append_unknown)
        return self.known[key]


Flask.jinja_options = {"bytecode_cache": Templates()}
Flask.url_rule_class = Kept


def _whole(folder: Path, row: Clip | Mp3) -> bool:
    """Whether a file is intact; of the shipped clips, which no test changes, it is asked once."""
    return _shipped(row) if folder == SHIPPED else is_intact(folder, row)


@cache
def _shipped(row: Clip | Mp3) -> bool:
    return is_intact(SHIPPED, row)


clips.is_intact = _whole  # to read fifty megabytes for every line took a tenth of a second each


_read: dict[str, bytes] = {}
_loads = tomllib.loads


def _parsed(text: str) -> object:
    """What a file says, read once: four in five texts of a run are like one before."""
    if text not in _read:
        _read[text] = pickle.dumps(_loads(text))
    return pickle.loads(_read[text])  # noqa: S301 - written above


tomllib.loads = _parsed  # type: ignore[assignment]


def _once(work: Callable[[Script], Made]) -> Callable[[Script], Made]:
    """Do what takes long once for each script of a worker, every part of which is looked at.

    Two in five scripts of a run are like one before. What is made of them nobody changes.
    """
    known: dict[bytes, Made] = {}

    def done(script: Script) -> Made:
        key = hashlib.sha256(pickle.dumps(script)).digest()
        if key not in known:
            known[key] = work(script)
        return known[key]

    return done


dialog.states = _once(dialog.states)
_worked_out = _once(module.build)


def _built(script: Script) -> Built:
    """What is worked out, with texts at which nobody has looked yet."""
    own = replace(script, files=Packed(script.files))
    return replace(_worked_out(script), script=own)


module.build = _built


def take_away() -> None:
    """Leave nothing behind, in the process that began the run."""
    if FOLDER == _MINE:
        shutil.rmtree(FOLDER, ignore_errors=True)


@cache
def _made(files: tuple[tuple[str, str], ...]) -> Built:
    return built(dict(files), folder=FOLDER)


def worked_out(script: Script) -> Built:
    """What a script makes, which is what its files say."""
    return _made(tuple(script.files.items()))


def said(script: Script) -> tuple[Utterance, ...]:
    """Everything a call can say, in the order calls say it."""
    return worked_out(script).says


def lend(instance: Path, script: Script) -> None:
    """Let processes of an instance's own read back what a script makes, also switched off."""
    names = [name_of(script.files, off) for off in (ON, *ways_off(script))]
    if not all((FOLDER / name).exists() for name in names):
        ever_said(script)
    instance.mkdir(mode=0o700, exist_ok=True)
    (instance / "built").mkdir(mode=0o700, exist_ok=True)
    for name in names:
        shutil.copy(FOLDER / name, instance / "built")


def ever_said(script: Script) -> tuple[Utterance, ...]:
    """Everything a call can say, also where subjects or the line are switched off."""
    return all_utterances(script, FOLDER)


def in_four_languages(script: Script) -> Built:
    """The script in two languages more, those in cipher, and what it knows of people's words.

    Its states are left out. The first who asks makes it: it takes as long as three releases.
    """
    path = FOLDER / "four-languages"
    made = module.read_kept(path)
    if made is None:
        more = grown(script, len(script.topics), 4)
        made = Built(more, vocabulary(more), (), ())
        module.keep(path, made)
    return made


def unspoken(_: object) -> None:
    """No clip."""


def served(
    script: Script,
    number: int = 1,
    url: str = "https://line.example",
    clip: ClipAddress = unspoken,
) -> Release:
    """The release of a script, which is what its files say, ready to be served."""
    return ready(worked_out(script), number, url, clip)
