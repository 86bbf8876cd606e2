"""What `check` learns of a served file from its bytes."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.sound import babble, silence, tone, tones
from voice.script import Utterance
from voice.speech.clips import Clip, TopicKey
from voice.speech.mastering import CALL, Samples, between_silences, mastered, wav
from voice.speech.measure import MeasureError, measure, measure_file, odd_lengths
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


def as_file(samples: Samples, rate: int = 8000, subtype: str = "ULAW") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def clipping(samples: Samples) -> Samples:
    loud = samples.copy()
    loud[4000:4100] = 1.0
    return loud


@pytest.mark.parametrize(
    ("harm", "number", "value"),
    [
        (lambda s: as_file(s, subtype="PCM_16"), "format", "WAV PCM_16"),
        (lambda s: as_file(s, rate=16000), "rate", 16000),
        (lambda s: as_file(np.stack([s, s], axis=1)), "channels", 2),
        (lambda s: as_file(s * np.float32(0.8)), "level", pytest.approx(-22.9, abs=0.2)),
        (lambda s: as_file(s * np.float32(1.2)), "level", pytest.approx(-19.4, abs=0.2)),
        (lambda s: as_file(clipping(s)), "clipped", 100),
        (lambda s: as_file(clipping(s)), "peak", pytest.approx(-0.1, abs=0.1)),
        (lambda s: as_file(s + np.float32(0.01)), "offset", pytest.approx(0.01, abs=0.001)),
        (lambda s: as_file(s[8 * 130 :]), "head", pytest.approx(20, abs=15)),
        (lambda s: as_file(s[: -8 * 250]), "tail", pytest.approx(110, abs=15)),
        (lambda s: as_file(s[:16000]), "seconds", 2.0),
    ],
    ids=[
        "not mu-law",
        "rate",
        "stereo",
        "soft",
        "loud",
        "clipped",
        "peak",
        "offset",
        "head cut",
        "tail cut",
        "short",
    ],
)
def test_each_fault_shows_in_its_number(
    harm: Callable[[Samples], bytes], number: str, value: object
) -> None:
    assert getattr(measure(harm(between_silences(good(4), 150, CALL))), number) == value


def lasting(seconds: float, words: str = WORDS, speaker: str = "person") -> Clip:
    return Clip("0" * 16, words, "en-US", "normal", 150, speaker, "x", seconds, -21.0, 135.0, "")


@pytest.mark.parametrize(
    ("seconds", "times"),
    [(9.5, 0.72), (18.0, 1.4), (0.5, 0.0)],
    ids=["cut", "other words", "nothing"],
)
def test_a_length_that_does_not_fit_its_words_stands_out(seconds: float, times: float) -> None:
    """Rule 75: beside whole clips of the same speaker, whoever that is."""
    usual = [lasting(number) for number in (12.5, 13.0, 13.5, 13.2)]
    ((clip, found),) = odd_lengths([*usual, lasting(seconds)])
    assert clip.seconds == seconds
    assert found == pytest.approx(times, abs=0.03)


def test_a_slower_person_is_compared_with_herself_alone() -> None:
    quick = [lasting(13.0, speaker="quick") for _ in range(3)]
    assert odd_lengths([*quick, *(lasting(20.0, speaker="calm") for _ in range(3))]) == ()


def test_authored_pauses_are_not_taken_for_slow_speech() -> None:
    points = WORDS.replace("Sixteen", ".\nSixteen").strip(".\n")
    assert odd_lengths([lasting(13.0), lasting(13.0), lasting(13.0 + 9.0, points)]) == ()


def test_short_clips_have_no_usual_length() -> None:
    assert odd_lengths([lasting(1.0, "Hello."), lasting(9.0, "Goodbye.")]) == ()


def test_what_is_made_measures_as_its_manifest_says(tmp_path: Path) -> None:
    manifest = make((SAID,), (TOPIC,), (), tmp_path, tones(), lambda done, of: None)
    (clip,), (mp3,) = manifest.clips.values(), manifest.topics.values()
    found, page = measure_file(tmp_path / clip.name), measure_file(tmp_path / mp3.name)
    assert found.seconds == pytest.approx(clip.seconds, abs=0.001)
    assert found.level == pytest.approx(clip.level, abs=0.01)
    assert found.pace(WORDS) == pytest.approx(clip.wpm, abs=0.1)
    assert (page.format, page.rate, page.channels) == ("MP3 MPEG_LAYER_III", 16000, 1)
    assert page.seconds == pytest.approx(mp3.seconds, abs=0.15)
    assert (tmp_path / mp3.name).stat().st_size == mp3.bytes
