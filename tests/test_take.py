"""Takes: what is wrong with a recording is named; a good one comes to the line's level."""

import io
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import ROOT
from tests.sound import silence, tone
from voice.check.sound import LEVEL, LEVEL_ROOM, PEAK, wrong
from voice.script import Utterance
from voice.speech import take as take_module
from voice.speech.clips import Manifest, read_manifest
from voice.speech.mastering import PAGE, Samples, speech_level
from voice.speech.measure import measure
from voice.speech.take import MOST_BYTES, Remark, Take, Wanted, listen, read, written
from voice.speech.taking import RATES, take, usual_seconds

RATE = 8000
LONG = 30  # words of a clip that has a pace


@pytest.fixture(scope="module")
def made() -> Manifest:
    return read_manifest(ROOT / "audio")


def spoken(made: Manifest, pace: str = "normal", words: int = LONG) -> tuple[Wanted, Samples]:
    """Words of so many words or more, and somebody who reads them: the line's own voice."""
    clip = next(
        one
        for one in made.clips.values()
        if one.pace == pace and one.locale == "en-US" and len(one.words.split()) >= words
    )
    samples, rate = soundfile.read(ROOT / "audio" / clip.name, dtype="float32")
    assert rate == RATE
    return Wanted(clip.words, clip.locale, clip.pace), samples


@pytest.fixture(scope="module")
def voice(made: Manifest) -> tuple[Wanted, Samples]:
    return spoken(made)


def in_a_room(samples: Samples, noise: float = 0.0, rate: int = RATE) -> Samples:
    """Half a second before and after, and so much noise all along."""
    whole = np.concatenate([silence(500, rate), samples, silence(500, rate)])
    hiss = np.random.default_rng(7).normal(0, 1, len(whole)).astype(np.float32)
    return whole + noise * hiss


def file_of(samples: Samples, kind: str = "WAV", rate: int = RATE, **how: str) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format=kind, **how)
    return content.getvalue()


def kinds(found: tuple[Remark, ...]) -> list[str]:
    return [one.kind for one in found]


# What is wrong with it ---------------------------------------------------------------------------


def louder(samples: Samples, decibels: float) -> Samples:
    return np.clip(samples * 10 ** (decibels / 20), -1, 1).astype(np.float32)


FAULTS = {
    "good": (lambda one: in_a_room(one, 0.0005), []),
    "quiet": (lambda one: in_a_room(louder(one, -27)), ["quiet"]),
    "silent": (lambda one: np.zeros_like(one), ["silent"]),
    "only hiss too faint to hear": (lambda one: in_a_room(one * 0, 0.0002), ["silent"]),
    "clipped": (lambda one: in_a_room(louder(one, 20)), ["clipped"]),
    "noisy": (lambda one: in_a_room(one, 0.02), ["noisy"]),
    "half of it": (lambda one: in_a_room(one[: int(len(one) * 0.4)]), ["short"]),
    "a minute more": (lambda one: in_a_room(np.tile(one, 4)[: RATE * 80]), ["long"]),
    "too fast": (lambda one: in_a_room(one[::4].repeat(3)), ["fast"]),
    "too slow": (lambda one: in_a_room(np.concatenate([one, silence(8000, RATE), tone(400, RATE)])),
                 ["slow"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "faults"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_named_and_such_a_take_is_not_kept(voice, change, faults):
    wanted, samples = voice
    found = take(file_of(change(samples)), wanted)
    assert kinds(found.faults) == faults
    assert bool(found.content) == bool(found.heard) == (not faults)


NOTES = {
    "nothing": (lambda one: in_a_room(one), []),
    "a little quiet": (lambda one: in_a_room(louder(one, -18)), ["faint"]),
    "a little noise": (lambda one: in_a_room(one, 0.006), ["hiss"]),
    "long silence around": (lambda one: np.concatenate([silence(4000, RATE), one]), ["edges"]),
    "begun too late": (lambda one: one[int(0.8 * RATE) :], ["cut"]),
}


@pytest.mark.parametrize(("change", "notes"), NOTES.values(), ids=NOTES)
def test_what_matters_little_is_told_and_the_take_is_kept(voice, change, notes):
    wanted, samples = voice
    found = take(file_of(change(samples)), wanted)
    assert (kinds(found.faults), kinds(found.notes)) == ([], notes)


def test_a_clip_that_may_not_last_so_long_is_refused(voice):
    wanted, samples = voice
    content = file_of(in_a_room(samples))
    (fault,) = take(content, replace(wanted, longest=6.0)).faults
    assert (fault.kind, fault.usual) == ("over", 6.0)
    assert fault.number == pytest.approx(len(samples) / RATE, abs=0.3)
    assert take(content, replace(wanted, longest=60.0)).faults == ()


def test_what_can_not_be_brought_to_the_level_of_the_line_is_refused(voice):
    clicks = np.zeros(RATE * 3, np.float32)
    clicks[::800] = 0.9
    wanted = Wanted("one two three", "en-US", "normal")
    assert kinds(take(file_of(clicks), wanted).faults) == ["unusable"]


def test_a_single_word_is_as_good_as_many(made):
    wanted, samples = spoken(made, words=1)
    assert take(file_of(in_a_room(samples, 0.0005)), wanted).faults == ()


@pytest.mark.parametrize("pace", ["normal", "slow"])
def test_what_words_usually_take_is_what_the_lines_voice_takes(made, pace):
    clips = [one for one in made.clips.values() if one.pace == pace and one.words.count(" ") > 5]
    times = [
        (one.seconds - (one.lead + 350) / 1000)
        / usual_seconds(Wanted(one.words, one.locale, one.pace))
        for one in clips
    ]
    assert len(times) > 100
    assert 0.75 < min(times) <= max(times) < 1.35


# What it becomes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("decibels", [-20, -6, 0, 2])
@pytest.mark.parametrize("words", [1, LONG])
def test_however_loud_it_came_it_gets_the_level_of_the_line(made, words, decibels):
    wanted, samples = spoken(made, words=words)
    found = take(file_of(in_a_room(louder(samples, decibels))), wanted)
    heard = measure(found.heard)
    assert abs(heard.level - LEVEL) <= LEVEL_ROOM / 2
    assert heard.peak <= PEAK
    assert heard.format == "WAV ULAW"
    said = Utterance(wanted.words, wanted.locale, wanted.pace, 150)
    assert list(wrong(said, heard)) == []
    kept, rate = soundfile.read(io.BytesIO(found.content), dtype="float32")
    assert rate == PAGE.rate
    assert speech_level(kept, rate) == pytest.approx(PAGE.level, abs=0.3)


def test_its_level_as_it_came_and_its_picture_are_told(voice):
    wanted, samples = voice
    found = take(file_of(in_a_room(louder(samples, -6))), wanted)
    assert found.level == pytest.approx(-27, abs=0.5)
    assert len(found.peaks) == 240
    assert 50 < max(found.peaks) <= 100
    assert min(found.peaks) == 0


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("WAV", {"subtype": "PCM_16"}),
        ("WAV", {"subtype": "FLOAT"}),
        ("FLAC", {}),
        ("OGG", {}),
        ("OGG", {"subtype": "OPUS"}),
        ("MP3", {}),
    ],
)
def test_wav_flac_ogg_and_mp3_are_taken_in_mono_and_stereo(voice, kind, how):
    wanted, samples = voice
    fine = np.repeat(in_a_room(samples), 6)  # 48 kHz, which every one of them knows
    both = np.stack([fine, fine], axis=1)
    for one in (fine, both):
        found = take(file_of(one, kind, 48_000, **how), wanted)
        assert found.faults == ()
        assert found.seconds == pytest.approx(len(samples) / RATE, abs=0.3)


# What is no take at all --------------------------------------------------------------------------


def header(rate: int = RATE, channels: int = 1, size: int = 4_000_000_000) -> bytes:
    """A WAV file that says it is larger than it is."""
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + b"WAVE" + chunks


NO_TAKES = {
    "nothing": (b"", "empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "not-sound"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "not-sound"),
    "a program": (b"MZ" + bytes(500), "not-sound"),
    "a telephone's memo": (b"\0\0\0\x20ftypM4A " + bytes(500), "format"),
    "WebM": (b"\x1aE\xdf\xa3" + bytes(500), "format"),
    "WAV in name alone": (b"RIFF\x24\0\0\0WAVEjunk", "not-sound"),
    "FLAC in name alone": (b"fLaC" + bytes(900), "not-sound"),
    "OGG in name alone": (b"OggS" + b"\xff" * 900, "not-sound"),
    "MP3 in name alone": (b"ID3" + b"\xff" * 900, "not-sound"),
    "a header that lies": (header() + bytes(100), "silent"),
    "too many channels": (header(channels=64) + bytes(6400), "format"),
    "too fine": (header(rate=RATES[1] + 1) + bytes(6400), "format"),
    "too coarse": (header(rate=4000) + bytes(6400), "format"),
    "two minutes": (file_of(np.zeros(RATE * 120, np.float32)), "minutes"),
    "two minutes, packed": (file_of(np.zeros(RATE * 120, np.float32), "FLAC"), "minutes"),
    "no numbers": (file_of(np.full(RATE, np.nan, np.float32), subtype="FLOAT"), "not-sound"),
}


@pytest.mark.parametrize(("content", "kind"), NO_TAKES.values(), ids=NO_TAKES)
def test_what_is_no_sound_is_refused(voice, content: bytes, kind: str):
    found = take(content, voice[0])
    assert kinds(found.faults) == [kind]
    assert found.content == b""


@pytest.mark.parametrize("seed", range(12))
def test_broken_files_are_refused_or_taken_and_never_anything_else(voice, seed):
    wanted, samples = voice
    dice = np.random.default_rng(seed)
    kind = ("WAV", "FLAC", "OGG", "MP3")[seed % 4]
    content = bytearray(file_of(in_a_room(samples[: RATE * 2]), kind))
    for place in dice.integers(0, len(content), 40):
        content[place] = dice.integers(0, 256)
    assert isinstance(take(bytes(content), wanted), Take)


# In a process of its own -------------------------------------------------------------------------


def test_a_take_comes_back_from_its_process_as_it_is(voice):
    wanted, samples = voice
    content = file_of(in_a_room(samples, 0.0005))
    found = listen(content, wanted)
    assert found == take(content, wanted)
    assert found.content[:4] == b"fLaC"
    assert found.heard[:4] == b"RIFF"


def test_what_a_take_says_is_read_as_it_was_written():
    one = Take((Remark("quiet", -50.0, -36.0),), (Remark("cut"),), 2.5, -30.0, (1, 2), b"ab", b"c")
    assert read(written(one)) == one


def test_too_large_a_file_is_not_even_looked_at(voice, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    found = listen(bytes(MOST_BYTES + 1), voice[0])
    assert found.faults == (Remark("large", MOST_BYTES / 1e6),)


@pytest.mark.parametrize("answer", [b"", b"not JSON", b'{"faults": []}\n'])
def test_a_process_that_dies_is_no_sound(voice, monkeypatch, answer: bytes):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: type("Done", (), {"stdout": answer}))
    assert kinds(listen(b"RIFF", voice[0]).faults) == ["not-sound"]


def test_takes_are_listened_to_one_at_a_time_and_none_waits_for_long(voice, monkeypatch):
    monkeypatch.setattr(take_module, "TURN", 0.01)
    with take_module._one_at_a_time:
        assert kinds(listen(b"RIFF", voice[0]).faults) == ["busy"]
    assert kinds(listen(b"RIFF", voice[0]).faults) == ["not-sound"]


def test_the_process_may_write_no_file_and_take_no_more_memory(voice, tmp_path: Path):
    code = (
        "from voice.speech import taking; taking._hold_back(); taking.MEMORY\n"
        "try: open({!r}, 'wb', 0).write(b'x')\n"
        "except OSError as error: print('no file', error.errno)\n"
        "try: bytearray(taking.MEMORY)\n"
        "except MemoryError: print('no memory')\n"
    ).format(str(tmp_path / "x"))
    python = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n{code}"
    done = subprocess.run(
        [".venv/bin/python", "-c", python], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split("\n")[:2] == ["no file 27", "no memory"]
