"""The settings of speech, and what is loaded when."""

import subprocess
import sys
from pathlib import Path

import pytest

from voice.speech.engine import SLOW, SettingError, SpeechSettings, of_locale, opened


def test_an_empty_environment_chooses_the_embedded_engine() -> None:
    assert SpeechSettings.read({}) == SpeechSettings(engine="espeak")


def test_every_setting_is_read() -> None:
    found = SpeechSettings.read(
        {
            "SPEECH_ENGINE": "gtts",
            "ESPEAK_VOICES": " en-US=en-us@140 ,es-US=es@150,",
            "GTTS_VOICES": "en-US=en@co.uk",
            "GTTS_DEADLINE": "7.5",
            "PIPER_VOICES": "en-US=/srv/voices/en=1.onnx",
            "PIPER_LENGTH_SCALE": "1.3",
            "PATH": "/bin",
        }
    )
    assert found == SpeechSettings(
        "gtts",
        {"en-US": "en-us@140", "es-US": "es@150"},
        {"en-US": "en@co.uk"},
        7.5,
        {"en-US": "/srv/voices/en=1.onnx"},
        1.3,
    )


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("SPEECH_ENGINE", "festival", "espeak, gtts, piper"),
        ("ESPEAK_VOICES", "en-us@140", "like this: en-US="),
        ("ESPEAK_VOICES", "en-US=", "like this"),
        ("GTTS_VOICES", "=en@com", "like this"),
        ("PIPER_VOICES", "/srv/en.onnx", "en-US=/srv"),
        ("GTTS_DEADLINE", "soon", "from 1 to 600"),
        ("GTTS_DEADLINE", "0", "from 1 to 600"),
        ("GTTS_DEADLINE", "nan", "from 1 to 600"),
        ("PIPER_LENGTH_SCALE", "9", "from 0.5 to 2"),
    ],
)
def test_a_setting_that_makes_no_sense_says_how_to_write_it(
    setting: str, value: str, remedy: str
) -> None:
    with pytest.raises(SettingError, match=remedy) as caught:
        SpeechSettings.read({setting: value})
    assert (caught.value.setting, caught.value.value) == (setting, value)


def test_a_locale_falls_back_to_its_language() -> None:
    table = {"es": "spanish", "es-ES": "castilian"}
    assert of_locale(table, "es-ES") == "castilian"
    assert of_locale(table, "es-US") == "spanish"
    assert of_locale(table, "en-US") is None


def test_the_slow_pace_is_within_rule_65() -> None:
    assert 0.85 <= SLOW <= 0.90


@pytest.mark.parametrize(("name", "known_as"), [("espeak", "espeak-ng"), ("gtts", "gtts")])
def test_the_chosen_engine_is_opened(name: str, known_as: str) -> None:
    with opened(SpeechSettings.read({"SPEECH_ENGINE": name}), 1) as engine:
        assert engine.name == known_as


def test_reading_settings_loads_no_engine_and_no_numpy() -> None:
    program = (
        "import sys; from voice.speech.engine import SpeechSettings; SpeechSettings.read({}); "
        "sys.exit(bool({'numpy', 'gtts', 'voice.speech.espeak'} & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
