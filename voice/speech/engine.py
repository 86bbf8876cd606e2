"""What a speech engine is, which one makes the clips, and the settings of each.

Light: the engines themselves, and numpy, are loaded only when one is opened.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args

from voice.script import Pace

if TYPE_CHECKING:
    from voice.speech.mastering import Samples

T = TypeVar("T")
EngineName = Literal["espeak", "gtts", "piper"]
Notation = Literal["espeak", "ipa", "say"]

SLOW = 0.87
"""How fast the slow pace speaks beside the normal one: rule 65 wants 0.85 to 0.90."""


class SpeechError(Exception):
    """Speech could not be made. `remedy` says what to do next."""

    def __init__(self, message: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(f"{message} {remedy}")


class SettingError(SpeechError):
    """A setting of the speech engines makes no sense. `setting` is its name."""

    def __init__(self, setting: str, value: str, remedy: str) -> None:
        self.setting = setting
        self.value = value
        super().__init__(f"{setting} is {value!r}.", remedy)


@dataclass(frozen=True)
class Engine:
    """One small function, `speak`, and what the name of a clip needs to know about it."""

    name: str
    fingerprint: str
    """Changes whenever the same text could sound different."""
    notation: Notation
    """The column of the lexicon it reads."""
    at_once: int
    """How many sentences it can speak at the same time."""
    speaker: Callable[[str], str]
    """The voice of a locale, with its settings; SpeechError if it has none."""
    speak: "Callable[[str, str, Pace], tuple[Samples, int]]"
    """A sentence in a locale at a pace -> mono samples within -1..1, samples a second."""


@dataclass(frozen=True)
class SpeechSettings:
    """The environment's say in speech: SPEECH_ENGINE and one group of settings per engine."""

    engine: EngineName = "espeak"
    espeak_voices: Mapping[str, str] = field(default_factory=dict)
    """Locale -> `voice@words a minute`, over the built-in table."""
    gtts_voices: Mapping[str, str] = field(default_factory=dict)
    """Locale -> `language@top level domain`, over the built-in table."""
    gtts_deadline: float = 20.0
    """Seconds that one sentence may take, all told."""
    piper_voices: Mapping[str, str] = field(default_factory=dict)
    """Locale -> path of a voice file, `….onnx` with its `….onnx.json` beside it."""
    piper_length_scale: float = 1.1
    """How much longer than a voice's own pace; more is slower."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "SpeechSettings":
        """The settings in an environment. Raises SettingError at the first that is wrong."""
        return cls(
            engine=_engine_name(environment.get("SPEECH_ENGINE", "")),
            espeak_voices=_rated(environment),
            gtts_voices=_pairs(environment, "GTTS_VOICES", "en-US=en@com,es-US=es@com.mx"),
            gtts_deadline=_number(environment, "GTTS_DEADLINE", 20.0, (1, 600)),
            piper_voices=_pairs(environment, "PIPER_VOICES", "en-US=/srv/voices/en.onnx"),
            piper_length_scale=_number(environment, "PIPER_LENGTH_SCALE", 1.1, (0.5, 2)),
        )


@contextmanager
def opened(settings: SpeechSettings, jobs: int) -> Iterator[Engine]:
    """The engine the settings choose, ready to speak `jobs` sentences at once; closed after."""
    module = import_module(f"voice.speech.{settings.engine}")
    with module.opened(settings, jobs) as engine:
        yield cast(Engine, engine)


def faults(environment: Mapping[str, str]) -> Iterator[SettingError]:
    """Every setting of the engines that makes no sense; each is read by itself."""
    for name, value in environment.items():
        try:
            SpeechSettings.read({name: value})
        except SettingError as problem:
            yield problem


def voice_at(row: str) -> tuple[str, int]:
    """A row of ESPEAK_VOICES, `voice@words a minute`, as these two."""
    voice, _, rate = row.partition("@")
    if not re.fullmatch("[0-9]{2,3}", rate) or not 80 <= int(rate) <= 450:
        raise SettingError("ESPEAK_VOICES", row, "End it with @ and words a minute, 80 to 450.")
    return voice, int(rate)


def of_locale(table: Mapping[str, T], locale: str) -> T | None:
    """A locale's row in a table by locale: its own, else its language's, else none."""
    own = table.get(locale)
    return own if own is not None else table.get(locale.split("-")[0])


def _engine_name(value: str) -> EngineName:
    known = get_args(EngineName)
    if value and value not in known:
        raise SettingError("SPEECH_ENGINE", value, f"Set it to one of {', '.join(known)}.")
    return cast(EngineName, value or "espeak")


def _pairs(environment: Mapping[str, str], setting: str, example: str) -> dict[str, str]:
    """`locale=value, locale=value` as a mapping; a later locale wins."""
    value = environment.get(setting, "")
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    if any(not (locale.strip() and voice.strip()) for locale, _, voice in pairs):
        raise SettingError(setting, value, f"Write it like this: {example}")
    return {locale.strip(): voice.strip() for locale, _, voice in pairs}


def _rated(environment: Mapping[str, str]) -> dict[str, str]:
    rows = _pairs(environment, "ESPEAK_VOICES", "en-US=en-us+klatt4@125")
    for row in rows.values():
        voice_at(row)
    return rows


def _number(
    environment: Mapping[str, str], setting: str, default: float, limits: tuple[float, float]
) -> float:
    value = environment.get(setting, "")
    least, most = limits
    try:
        number = float(value or default)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise SettingError(setting, value, f"Write a number from {least:g} to {most:g}.")
    return number
