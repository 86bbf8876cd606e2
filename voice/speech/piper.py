"""Piper neural voices: the most natural of the engines that run here, offline.

An extra: the package (`pip install "kypholine[piper]"`) and the voice files are the operator's to
bring, and each voice has a licence of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np

from voice.script import Pace
from voice.speech.engine import SLOW, Engine, SpeechError, SpeechSettings, of_locale
from voice.speech.mastering import Samples


class PiperError(SpeechError):
    """Piper cannot speak."""


class Chunk(Protocol):
    """What Piper hands back for each sentence it finds."""

    sample_rate: int
    audio_int16_bytes: bytes


@dataclass(frozen=True)
class Voice:
    """A voice file of a locale, told apart from others of the same name by a digest."""

    path: Path
    digest: str

    @property
    def name(self) -> str:
        """What manifests call it."""
        return f"{self.path.stem}:{self.digest[:8]}"


@contextmanager
def opened(settings: SpeechSettings, jobs: int) -> Iterator[Engine]:
    """Piper with the voices of PIPER_VOICES. One sentence at a time: it uses every processor."""
    voices = {locale: voice_at(Path(path)) for locale, path in settings.piper_voices.items()}
    if not voices:
        raise PiperError(
            "Piper has no voices.", "Name your files: PIPER_VOICES=en-US=/srv/voices/en.onnx"
        )
    loaded = _loader()
    scale = settings.piper_length_scale

    def speak(text: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        slower = scale / (SLOW if pace == "slow" else 1)
        return together(text, loaded(_voice(voices, locale).path, text, slower))

    yield Engine(
        name="piper",
        fingerprint=f"piper-tts {version('piper-tts')}",
        notation="ipa",
        at_once=1,
        speaker=lambda locale: f"{_voice(voices, locale).name}@{scale:g}",
        speak=speak,
    )


def voice_at(path: Path) -> Voice:
    """A voice from its two files. Raises PiperError if one is missing."""
    model = path.expanduser()
    digest = sha256()
    for file in (model, model.with_name(f"{model.name}.json")):
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise PiperError(
                f"The voice file {file} cannot be read.",
                "A Piper voice is two files, NAME.onnx and NAME.onnx.json, in one folder.",
            ) from error
    return Voice(model, digest.hexdigest())


def together(text: str, chunks: Iterable[Chunk]) -> tuple[Samples, int]:
    """Piper's chunks as one stretch of sound."""
    found = list(chunks)
    if not found:
        raise PiperError(f"Piper found nothing to say in {text!r}.", "Check its wording.")
    samples = np.concatenate([np.frombuffer(one.audio_int16_bytes, np.int16) for one in found])
    return samples.astype(np.float32) / np.float32(32768), found[0].sample_rate


def _loader() -> Callable[[Path, str, float], Iterable[Chunk]]:
    """A function that speaks with a voice file, each loaded once.

    Without noise, a sentence repeats to the byte.
    """
    try:
        from piper import PiperVoice, SynthesisConfig
    except ImportError as missing:
        raise PiperError(
            "Piper is not installed.",
            'Run `.venv/bin/pip install "piper-tts"`, or choose another SPEECH_ENGINE.',
        ) from missing
    load = lru_cache(PiperVoice.load)

    def say(path: Path, text: str, length_scale: float) -> Iterable[Chunk]:
        how = SynthesisConfig(length_scale=length_scale, noise_scale=0.0, noise_w_scale=0.0)
        chunks: Iterable[Chunk] = load(path).synthesize(text, how)
        return chunks

    return say


def _voice(voices: Mapping[str, Voice], locale: str) -> Voice:
    found = of_locale(voices, locale)
    if found is None:
        raise PiperError(
            f"Piper has no voice for {locale}.",
            f"Add its file to PIPER_VOICES: {locale}=/srv/voices/NAME.onnx",
        )
    return found
