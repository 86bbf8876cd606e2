"""Every utterance has a clip, and it is right (rules 13, 63-65, 68, 70, 71, 74, 75, 79, 92)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice import dialog
from voice.check.problem import Place, Problem, problem
from voice.checklist import EMERGENCY_SECONDS, PART_SECONDS
from voice.dialog import State, topic_parts
from voice.plain.finding import Finding, Severity
from voice.release import utterances
from voice.script import Pace, Script, Utterance
from voice.speech.clips import Clip, Manifest

if TYPE_CHECKING:
    from voice.speech.measure import Measured

FORMAT, RATE = "WAV ULAW", 8000
LEVEL, LEVEL_ROOM, SPREAD, PEAK, OFFSET = -21.0, 1.0, 1.5, -1.0, 0.005
HEADS = {150: (120, 200), 400: (300, 500)}
"""Milliseconds of silence allowed before the first sound, by the lead asked for (rule 74)."""
TAIL = (300, 500)
PACES: dict[Pace, tuple[float, float]] = {"normal": (105, 165), "slow": (85, 150)}
"""Words a minute, pauses included (rule 63); the slow pace is about 0.85 of it (rule 65)."""
PACE_FROM = 20
"""Shorter clips have too few words for a pace."""
OPENING_SECONDS = 12.0
MP3_BYTES = 600_000
SOUND = "audio/"
MAKE = "Run: python -m voice audio"


@dataclass(frozen=True)
class Audio:
    """The clips that were made: their record and their folder."""

    manifest: Manifest
    folder: Path


def sound(script: Script, audio: Audio) -> Iterator[Problem]:
    """Yield what is missing or wrong among the clips of a script."""
    said = utterances(script)
    clips = {one: clip for one in said if (clip := audio.manifest.clip(one))}
    yield from _missing(said, clips)
    yield from _topics(script, audio)
    yield from _files(said, clips, audio.folder)
    yield from _lengths(said, clips)
    yield from _long_parts(said, clips)
    yield from _opening(script, clips)


def _missing(said: Mapping[Utterance, State], clips: Mapping[Utterance, Clip]) -> Iterator[Problem]:
    """Tell which places lack clips, one problem for each place and language."""
    lacking: dict[tuple[str, str, str], list[Utterance]] = defaultdict(list)
    for one, state in said.items():
        if one not in clips:
            lacking[_topic(state), one.locale, state.place.split(".")[0]].append(one)
    for (topic, locale, kind), ones in lacking.items():
        message = f"{len(ones)} clips are missing or stale, for example: {ones[0].words[:60]!r}."
        place = Place(SOUND, topic, locale, kind)
        yield problem(place, Finding("rule 79", message, MAKE, ones[0].words))


def _topic(state: State) -> str:
    pieces = state.place.split(".")
    return pieces[1] if pieces[0] in ("topic", "after") else ""


def _topics(script: Script, audio: Audio) -> Iterator[Problem]:
    for topic in script.topics:
        for locale in script.locales:
            for pace in ("normal", "slow"):
                mp3 = audio.manifest.topic(topic, locale, pace, topic_parts(script, topic, locale))
                place = Place(SOUND, topic, locale, f"mp3 {pace}")
                if mp3 is None:
                    yield problem(place, Finding("rule 79", "The topic's MP3 is missing.", MAKE))
                elif mp3.bytes > MP3_BYTES:
                    message = f"The MP3 has {mp3.bytes} bytes. The most is {MP3_BYTES}."
                    fix = "Shorten the subject: some carriers refuse larger files."
                    yield problem(place, Finding("rule 71", message, fix))


def _files(
    said: Mapping[Utterance, State], clips: Mapping[Utterance, Clip], folder: Path
) -> Iterator[Problem]:
    # numpy is loaded only where clips are measured: pages check words while they are typed.
    from voice.speech.measure import MeasureError, measure_file

    levels: list[tuple[float, Place]] = []
    for one, clip in clips.items():
        place = Place(SOUND, _topic(said[one]), one.locale, clip.name)
        try:
            measured = measure_file(folder / clip.name)
        except MeasureError as error:
            yield problem(place, Finding("rule 71", str(error), MAKE, one.words))
            continue
        levels.append((measured.level, place))
        for rule, message, severity in wrong(one, measured):
            fix = "Make the clip again, or look at the engine and its settings."
            yield problem(place, Finding(rule, message, fix, one.words, severity))
    if levels and max(levels, key=_level)[0] - min(levels, key=_level)[0] > SPREAD:
        (loud, place), (soft, other) = max(levels, key=_level), min(levels, key=_level)
        message = f"It is {loud - soft:.1f} dB louder than {other.where}. The most is {SPREAD} dB."
        yield problem(place, Finding("rule 68", message, "Make both clips again."))


def _level(pair: tuple[float, Place]) -> float:
    return pair[0]


Wrong = Iterator[tuple[str, str, Severity]]


def wrong(one: Utterance, measured: "Measured") -> Wrong:
    """Yield what is wrong with one file, as rule, message and severity."""
    if (measured.format, measured.rate, measured.channels) != (FORMAT, RATE, 1):
        told = f"{measured.format}, {measured.rate} Hz, {measured.channels} channels"
        yield "rule 71", f"The file is {told}, not {FORMAT}, {RATE} Hz, mono.", "fail"
    if abs(measured.level - LEVEL) > LEVEL_ROOM:
        yield "rule 68", f"The level is {measured.level:.1f} dBov, not {LEVEL:.0f} ± 1.", "fail"
    if measured.peak > PEAK or measured.clipped > 2:
        yield "rule 70", f"The peak is {measured.peak:.1f} dBFS, above {PEAK:.0f}.", "fail"
    if measured.offset > OFFSET:
        yield "rule 70", f"The sound is off centre by {100 * measured.offset:.1f} %.", "fail"
    low, high = HEADS.get(one.lead, (one.lead - 100, one.lead + 100))
    if not low <= measured.head <= high:
        yield (
            "rule 74",
            f"The silence before it is {measured.head} ms, not {low} to {high}.",
            "fail",
        )
    if not TAIL[0] <= measured.tail <= TAIL[1]:
        yield "rule 74", f"The silence after it is {measured.tail} ms, not 300 to 500.", "fail"
    yield from _pace(one, measured)


def _pace(one: Utterance, measured: "Measured") -> Wrong:
    """Find clips that are too fast or too slow for their words."""
    size = len(one.words.split())
    if size < PACE_FROM:
        return
    pace = measured.pace(one.words)
    low, high = PACES[one.pace]
    if not low <= pace <= high:
        rule = "rule 63" if one.pace == "normal" else "rule 65"
        told = f"The pace is {pace:.0f} words a minute, not {low:.0f} to {high:.0f}."
        yield rule, told, "fail"


def _lengths(said: Mapping[Utterance, State], clips: Mapping[Utterance, Clip]) -> Iterator[Problem]:
    """Find clips that are cut or say other words, by how long the same voice takes elsewhere."""
    from voice.speech.measure import odd_lengths

    spoken = {clip.name: one for one, clip in clips.items()}
    for clip, times in odd_lengths(clips.values()):
        one = spoken[clip.name]
        place = Place(SOUND, _topic(said[one]), one.locale, clip.name)
        message = f"It lasts {times:.2f} times as long as its words take in this voice elsewhere."
        fix = "Listen to it. If it is cut, or says other words, make it or record it again."
        yield problem(place, Finding("rule 75", message, fix, one.words, "warn"))


def _long_parts(
    said: Mapping[Utterance, State], clips: Mapping[Utterance, Clip]
) -> Iterator[Problem]:
    """Find parts that last longer than 35 seconds at the normal pace (rule 13)."""
    for one, clip in clips.items():
        state = said[one]
        kind, _, rest = state.place.partition(".")
        if kind == "topic" and one.pace == "normal" and clip.seconds > PART_SECONDS:
            topic, number = rest.split(".")
            place = Place(f"topics/{topic}.toml", topic, one.locale, f"parts {number}")
            message = f"Part {number} lasts {clip.seconds:.1f} s. The most is {PART_SECONDS:.0f} s."
            fix = "Shorten it, or make fewer points (lines) of it."
            yield problem(place, Finding("rule 13", message, fix))


def _opening(script: Script, clips: Mapping[Utterance, Clip]) -> Iterator[Problem]:
    """Find emergency sentences that take too long (rules 48 and 92)."""
    opening = dialog.reply(script, dialog.start(script)).says[: len(script.locales)]
    total = 0.0
    for one in opening:
        seconds = clips[one].seconds if one in clips else 0.0
        total += seconds
        if seconds > EMERGENCY_SECONDS:
            place = Place("prompts.toml", "", one.locale, "call.emergency")
            message = f"The emergency sentence lasts {seconds:.1f} s. The most is 6 s."
            yield problem(place, Finding("rule 48", message, "Shorten it.", one.words))
    if total > OPENING_SECONDS:
        message = f"The emergency sentences last {total:.1f} s together. The most is 12 s."
        place = Place("prompts.toml", where="call.emergency")
        yield problem(place, Finding("rule 92", message, "Shorten them."))
