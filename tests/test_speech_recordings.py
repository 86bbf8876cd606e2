"""Human recordings: found by their exact words, brought to the line's level."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.sound import babble, silence
from voice.speech.recordings import RecordingError, find, name_of, read

WORDS = "To hear this again, press 9."


def recorded(folder: Path, ending: str, samples: np.ndarray, rate: int = 44100) -> Path:  # type: ignore[type-arg]
    path = folder / "en-US" / f"{name_of(WORDS, 'en-US', 'normal')}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)
    return path


def test_a_name_is_16_hex_digits_of_words_locale_and_pace() -> None:
    names = {
        name_of(WORDS, "en-US", "normal"),
        name_of(WORDS, "en-US", "slow"),
        name_of(WORDS, "en-GB", "normal"),
        name_of(WORDS.replace("9", "8"), "en-US", "normal"),
    }
    assert len(names) == 4
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


def test_spaces_and_accents_typed_otherwise_are_the_same_words() -> None:
    assert name_of(" To hear  this again, press 9.", "en-US", "normal") == name_of(
        WORDS, "en-US", "normal"
    )
    assert name_of("me\u0301dico", "es-US", "slow") == name_of("m\u00e9dico", "es-US", "slow")


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_any_usual_format_is_found_and_read(tmp_path: Path, ending: str) -> None:
    spoken = np.concatenate([silence(800, 44100), babble(2, 44100), silence(900, 44100)])
    path = recorded(tmp_path, ending, spoken)
    assert find(tmp_path, WORDS, "en-US", "normal") == path
    samples, rate = read(path)
    assert rate == 44100
    assert len(samples) / rate == pytest.approx(2.0, abs=0.1)


def test_both_sides_of_a_stereo_recording_are_heard(tmp_path: Path) -> None:
    one_side = np.stack([babble(1, 44100), np.zeros(44100, np.float32)], axis=1)
    samples, _ = read(recorded(tmp_path, "wav", one_side))
    assert samples.ndim == 1
    assert np.abs(samples).max() > 0.05


@pytest.mark.parametrize(
    ("words", "locale", "pace"),
    [
        (WORDS + " Now.", "en-US", "normal"),
        (WORDS, "es-US", "normal"),
        (WORDS, "en-US", "slow"),
    ],
)
def test_other_words_have_no_recording(tmp_path: Path, words: str, locale: str, pace: str) -> None:
    recorded(tmp_path, "wav", babble(1, 44100))
    assert find(tmp_path, words, locale, pace) is None  # type: ignore[arg-type]


def test_no_folder_is_no_recording(tmp_path: Path) -> None:
    assert find(tmp_path / "nowhere", WORDS, "en-US", "normal") is None


def test_a_recording_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    path = recorded(tmp_path, "wav", babble(1, 44100))
    path.write_bytes(b"not sound")
    with pytest.raises(RecordingError, match="Save it again"):
        read(path)


def test_a_silent_recording_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="silent"):
        read(recorded(tmp_path, "wav", silence(1000, 44100), 44100))
