"""What `check` learns of a served file from its bytes."""

import io
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.sound import babble, silence, tone, tones
from voice.script import Utterance
from voice.speech.clips import Clip, Manifest, TopicKey, write_manifest
from voice.speech.mastering import CALL, Samples, between_silences, mastered, wav
from voice.speech.measure import MeasureError, measure, measure_file, problems
from voice.speech.render import make

WORDS = " ".join(["Sixteen letters a"] * 10) + "."
SAID = Utterance(WORDS, "en-US", "normal", 150)
TOPIC = TopicKey("risks", "en-US", "normal", (WORDS,))


def good(seconds: float = 13.0) -> Samples:
    return mastered(babble(seconds), 22050, CALL)


def test_the_numbers_of_a_file_are_those_of_its_sound() -> None:
    found = measure(wav(between_silences(good(2), 400, CALL)))
    assert (found.format, found.rate, found.channels) == ("WAV ULAW", 8000, 1)
    assert found.seconds == pytest.approx(2.75, abs=0.01)
    assert found.level == pytest.approx(-21, abs=0.2)
    assert -20 < found.peak <= -3
    assert found.offset < 0.001
    assert 400 <= found.head <= 430
    assert 350 <= found.tail <= 380
    assert found.clipped == 0
    assert found.pace("one two three four") == pytest.approx(4 * 60 / 2, rel=0.03)


def test_a_steady_tone_has_the_peak_and_level_of_a_sine() -> None:
    found = measure(wav(tone(1000, 8000, size=0.5)))
    assert found.peak == pytest.approx(-6.0, abs=0.3)
    assert found.level == pytest.approx(-9.2, abs=0.4)


def test_silence_has_a_head_and_no_pace() -> None:
    found = measure(wav(silence(500, 8000)))
    assert (found.head, found.tail) == (500, 0)
    assert found.pace("a b") == 0


@pytest.mark.parametrize("content", [b"", b"RIFF", b"x" * 1000], ids=["empty", "cut", "no sound"])
def test_what_is_not_sound_is_an_error_with_its_name(content: bytes) -> None:
    with pytest.raises(MeasureError, match=r"a\.wav is not sound"):
        measure(content, "a.wav")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="python -m voice audio"):
        measure_file(tmp_path / "a.wav")


def row(content: bytes, words: str = WORDS, digest: str = "0123456789abcdef") -> Clip:
    seconds = measure(content).seconds if content.startswith(b"RIFF") else 14.0
    known = sha256(content).hexdigest()
    return Clip(
        digest, words, "en-US", "normal", 150, "tone", "tones", seconds, -21.0, 135.0, known
    )


def found_in(folder: Path, *contents: bytes) -> list[tuple[int, str]]:
    """The rule and message of every problem of some files."""
    rows = [row(content, WORDS, f"{number:016x}") for number, content in enumerate(contents)]
    for one, content in zip(rows, contents, strict=True):
        (folder / one.name).write_bytes(content)
    keyed = {replace(one, words=f"{one.words}{at}").key: one for at, one in enumerate(rows)}
    return [(problem.rule, problem.message) for problem in problems(folder, Manifest(keyed))]


def as_file(samples: Samples, rate: int = 8000, subtype: str = "ULAW") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def framed(samples: Samples, head: int = 150, tail: int = 350) -> Samples:
    return np.concatenate([silence(head, 8000), samples, silence(tail, 8000)])


def clipping(samples: Samples) -> Samples:
    loud = samples.copy()
    loud[4000:4100] = 1.0
    return loud


@pytest.mark.parametrize(
    ("harm", "rule", "message"),
    [
        (lambda s: as_file(framed(s), subtype="PCM_16"), 71, "WAV PCM_16, 8000 Hz"),
        (lambda s: as_file(framed(s), rate=16000), 71, "16000 Hz"),
        (lambda s: as_file(np.stack([framed(s)] * 2, axis=1)), 71, "2 channels"),
        (lambda s: as_file(framed(s * np.float32(0.8))), 68, "-22.9 dBov"),
        (lambda s: as_file(framed(s * np.float32(1.2))), 68, "-19.4 dBov"),
        (lambda s: as_file(clipping(framed(s))), 70, "clipped"),
        (lambda s: as_file(framed(s) + np.float32(0.01)), 70, "offset"),
        (lambda s: as_file(framed(s, head=20)), 74, "starts after 20 ms"),
        (lambda s: as_file(framed(s, head=900)), 74, "starts after"),
        (lambda s: as_file(framed(s, tail=100)), 74, "must be 300 to 500"),
        (lambda s: as_file(framed(s[: len(s) // 2])), 63, "words a minute"),
        (lambda s: b"not sound", 71, "not sound"),
    ],
    ids=[
        "not mu-law",
        "rate",
        "stereo",
        "soft",
        "loud",
        "clipped",
        "offset",
        "no head",
        "long head",
        "no tail",
        "fast",
        "broken",
    ],
)
def test_each_fault_is_reported_with_its_rule(
    tmp_path: Path, harm: Callable[[Samples], bytes], rule: int, message: str
) -> None:
    found = found_in(tmp_path, harm(good()))
    assert any(at == rule and message in said for at, said in found), found


def test_a_good_file_has_no_problem(tmp_path: Path) -> None:
    assert found_in(tmp_path, as_file(framed(good()))) == []


def test_a_clip_shorter_than_its_words_take_stands_out(tmp_path: Path) -> None:
    """Rule 75: cut at three quarters, beside four whole ones."""
    whole = as_file(framed(good()))
    cut = as_file(framed(good(9.5)))
    found = found_in(tmp_path, whole, whole, cut, whole, whole)
    assert [rule for rule, _ in found] == [63, 75]
    assert found[1][1] == "10.0 s is 0.73 times what its words take."


def test_what_is_made_has_no_problem_but_the_pace_of_tones(tmp_path: Path) -> None:
    manifest = make((SAID,), (TOPIC,), (), tmp_path, tones(), lambda done, of: None)
    write_manifest(tmp_path, manifest)
    assert {problem.rule for problem in problems(tmp_path, manifest)} <= {63}


def test_an_mp3_that_is_too_large_is_reported(tmp_path: Path) -> None:
    manifest = make((), (TOPIC,), (), tmp_path, tones(), lambda done, of: None)
    (mp3,) = manifest.topics.values()
    path = tmp_path / mp3.name
    path.write_bytes(path.read_bytes() * (600_000 // mp3.bytes + 1))
    (found,) = problems(tmp_path, manifest)
    assert found.rule == 71
    assert "a message takes 600000" in found.message
