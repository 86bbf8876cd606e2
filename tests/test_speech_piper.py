"""Piper: what can be told without the package and without a voice."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from voice.speech.engine import SpeechError, SpeechSettings, opened
from voice.speech.piper import PiperError, together, voice_at


@dataclass
class Said:
    """A piece of sound as Piper hands it over."""

    audio_int16_bytes: bytes
    sample_rate: int = 22050


def voice(folder: Path, name: str = "en_US-test-medium", model: bytes = b"model") -> Path:
    path = folder / f"{name}.onnx"
    path.write_bytes(model)
    path.with_name(f"{name}.onnx.json").write_text("{}")
    return path


def open_piper(voices: dict[str, str]) -> None:
    with opened(SpeechSettings(engine="piper", piper_voices=voices), 1):
        pass


def test_without_voices_it_says_how_to_name_them() -> None:
    with pytest.raises(PiperError, match="PIPER_VOICES=en-US="):
        open_piper({})


def test_a_voice_without_its_second_file_is_an_error(tmp_path: Path) -> None:
    path = voice(tmp_path)
    path.with_name(f"{path.name}.json").unlink()
    with pytest.raises(PiperError, match=r"NAME\.onnx\.json"):
        open_piper({"en-US": str(path)})


def test_without_the_package_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "piper", None)
    with pytest.raises(SpeechError, match="not installed") as caught:
        open_piper({"en-US": str(voice(tmp_path))})
    assert "pip install" in caught.value.remedy


def test_a_voice_is_told_by_its_content(tmp_path: Path) -> None:
    one = voice_at(voice(tmp_path, model=b"one"))
    two = voice_at(voice(tmp_path, model=b"two"))
    assert one.name.startswith("en_US-test-medium:")
    assert one.name != two.name


def test_chunks_become_one_stretch_of_samples() -> None:
    loud = np.array([-32768, 16384], np.int16).tobytes()
    quiet = np.array([0, 8192], np.int16).tobytes()
    samples, rate = together("Hello.", [Said(loud), Said(quiet)])
    assert samples.tolist() == [-1.0, 0.5, 0.0, 0.25]
    assert rate == 22050


def test_nothing_said_is_an_error() -> None:
    with pytest.raises(PiperError, match="nothing to say"):
        together("…", [])
