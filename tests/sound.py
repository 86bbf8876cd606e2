"""Sounds for tests: tones that stand for speech, and an engine of tones that fails when told."""

from collections.abc import Callable

import numpy as np

from voice.script import Pace
from voice.speech.engine import Engine, SpeechError
from voice.speech.mastering import Samples


def tone(ms: int, rate: int = 22050, hz: float = 440.0, size: float = 0.5) -> Samples:
    """A steady tone."""
    at = np.arange(rate * ms // 1000) / rate
    return (size * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def silence(ms: int, rate: int = 22050) -> Samples:
    """Nothing at all."""
    return np.zeros(rate * ms // 1000, np.float32)


def babble(seconds: float, rate: int = 22050, seed: int = 1) -> Samples:
    """Noise that comes and goes four times a second, as loud and soft as syllables do."""
    count = int(rate * seconds)
    noise = np.random.default_rng(seed).normal(0, 0.1, count)
    swell = 0.55 - 0.45 * np.cos(2 * np.pi * 4 * np.arange(count) / rate)
    return (noise * swell).astype(np.float32)


def share(samples: Samples, rate: int, low: float, high: float) -> float:
    """The part of the energy between two frequencies, in dB."""
    energy = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / rate)
    inside = energy[(at >= low) & (at < high)].sum()
    return float(10 * np.log10(max(inside / energy.sum(), 1e-12)))


def gaps(samples: Samples, rate: int, least: int = 100) -> list[int]:
    """The silences inside, in ms, that last at least so long."""
    loud = np.flatnonzero(np.abs(samples) > 10 ** (-50 / 20))
    steps = np.diff(loud) * 1000 / rate
    return [round(float(step)) for step in steps if step >= least]


def tones(
    fails_at: str = "", fingerprint: str = "tones 1", asked: Callable[[str], object] = str
) -> Engine:
    """An engine that sounds a tone a word, tells `asked` each text, and fails at one text."""

    def speak(text: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        asked(text)
        if fails_at and fails_at in text:
            raise SpeechError(f"No tone for {text!r}.", "Take another text.")
        ms = 250 if pace == "normal" else 290
        words = [np.concatenate([tone(ms), silence(60)]) for _ in text.split()]
        return np.concatenate(words), 22050

    return Engine("tones", fingerprint, "say", 2, lambda locale: f"tone {locale}", speak)
