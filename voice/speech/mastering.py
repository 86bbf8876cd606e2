"""Level, band, pauses and encoding: from what an engine said to the bytes that are served.

Every number a listener could hear is in `Mastering`; clips are named after them, so a change here
makes new clips. Levels are in dBov (rule 68): 0 is the RMS of a full-scale square wave.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voice.script import Pace

Samples = NDArray[np.float32]

HOP = 0.005
"""Seconds: the grain in which silence is looked for."""


@dataclass(frozen=True)
class Pauses:
    """Silence between what is said, in ms (rules 65 and 66)."""

    clause: int
    sentence: int
    line: int


PAUSES: dict[Pace, Pauses] = {
    "normal": Pauses(clause=240, sentence=500, line=1000),
    "slow": Pauses(clause=360, sentence=750, line=1500),
}


@dataclass(frozen=True)
class Mastering:
    """What is done to speech before it is served."""

    rate: int
    """Samples a second."""
    level: float
    """Active level, dBov."""
    peak: float
    """dBFS no sample may pass, with room for what encoding adds."""
    low_pass: int
    """Hz; 0 leaves the band as it is. There is no low cut at 300 Hz: it made speech harder to
    recognise, and the network cuts anyway."""
    tail: int
    """Milliseconds of silence after the last word (rule 74: 300 to 500)."""
    fade: int = 8
    """Milliseconds at each edge of a sentence (rule 74: 5 or more)."""
    floor: float = -50.0
    """dB below a sentence's peak: what is quieter at its edges is silence."""
    margin: int = 15
    """Milliseconds kept before and after what is louder: soft consonants."""
    gap: int = 150
    """Milliseconds of silence inside a sentence that make a clause pause: stops are under 100."""
    version: int = 1
    """Raised with any change to this module that can be heard."""


CALL = Mastering(rate=8000, level=-21.0, peak=-3.3, low_pass=3600, tail=350)
"""Telephone: mono 8 kHz mu-law, -21 dBov, peak at most -1 dBFS once decoded."""
PAGE = Mastering(rate=16000, level=-19.5, peak=-3.8, low_pass=0, tail=350)
"""Web pages and multimedia messages: MP3, 32 kbit/s, mono 16 kHz."""


def sentence(samples: Samples, rate: int, pause: int, how: Mastering) -> Samples:
    """One spoken sentence, its edges cut and faded, each pause inside it `pause` ms long."""
    clean = _without_offset(samples)
    starts, ends = _stretches(clean, rate, how)
    stretches = zip(starts, ends, strict=True)
    pieces = [_faded(clean[start:end], rate, how.fade) for start, end in stretches]
    return joined(pieces, [pause] * len(pieces[1:]), rate)


def trimmed(samples: Samples, rate: int, how: Mastering) -> Samples:
    """A recording, its edges cut and faded, all its own pauses kept."""
    clean = _without_offset(samples)
    starts, ends = _stretches(clean, rate, how)
    return _faded(clean[starts[0] : ends[-1]], rate, how.fade) if len(starts) else clean[:0]


def joined(pieces: Sequence[Samples], pauses: Sequence[int], rate: int) -> Samples:
    """Pieces one after another, with a pause in ms after each but the last."""
    parts = [np.zeros(0, np.float32)]
    for piece, pause in zip(pieces, [*pauses, 0][: len(pieces)], strict=True):
        parts += [piece, np.zeros(rate * pause // 1000, np.float32)]
    return np.concatenate(parts)


def mastered(samples: Samples, rate: int, how: Mastering) -> Samples:
    """Speech at its final rate, band and level."""
    resampled = cast(Samples, soxr.resample(samples, rate, how.rate, quality="HQ"))
    banded = _low_passed(resampled, how.rate, how.low_pass) if how.low_pass else resampled
    return _levelled(banded, how)


def between_silences(samples: Samples, lead: int, how: Mastering) -> Samples:
    """Speech with `lead` ms of silence before it and its tail after (rule 74)."""
    before, after = (np.zeros(how.rate * ms // 1000, np.float32) for ms in (lead, how.tail))
    return np.concatenate([before, samples, after])


def wav(samples: Samples) -> bytes:
    """A mono 8 kHz G.711 mu-law WAV file (rule 71)."""
    file = io.BytesIO()
    soundfile.write(file, samples, CALL.rate, format="WAV", subtype="ULAW")
    return file.getvalue()


def mp3(samples: Samples) -> bytes:
    """A mono 16 kHz MP3 file at a constant 32 kbit/s, which libsndfile calls 0.84."""
    file = io.BytesIO()
    soundfile.write(
        file,
        samples,
        PAGE.rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=0.84,
    )
    return file.getvalue()


def speech_level(samples: Samples, rate: int) -> float:
    """The level of the speech in dBov, pauses left out: the mean of two ways to measure it.

    On our clips the gated level reads 0.5 to 2.1 dB above P.56; levelled by their mean, all clips
    are within 1 dB of the target whichever way somebody measures them.
    """
    return (p56_level(samples, rate) + gated_level(samples, rate)) / 2


def gated_level(samples: Samples, rate: int) -> float:
    """RMS of the 20 ms frames within 30 dB of the loudest, in dBov."""
    power = _power(samples, rate // 50)
    active = power[power > power.max(initial=0.0) / 1000]
    return _decibels(float(active.mean()) if len(active) else 0.0)


def p56_level(samples: Samples, rate: int) -> float:
    """Active speech level by ITU-T P.56 method B, in dBov, in steps of 5 ms instead of samples.

    The 200 ms after the last word count as active whether they are there or not, so that cutting
    silence off a clip does not change its level.
    """
    hop = int(rate * HOP)
    samples = np.pad(samples, (0, rate // 5))
    power = _power(samples, hop)
    envelope = _hung_over(_smoothed(_blocks(np.abs(samples), hop).mean(axis=1)))
    thresholds = 2.0 ** np.arange(-15, 0)
    active = (envelope[:, None] >= thresholds).sum(axis=0)
    thresholds, active = thresholds[active > 0], active[active > 0]
    if not len(active):
        return _decibels(0.0)
    levels = 10 * np.log10(power.sum() / active)
    above = levels - 20 * np.log10(thresholds) - 15.9  # the margin P.56 sets, in dB
    first = int(np.argmax(above <= 0)) if above.min() <= 0 else int(np.argmin(above))
    two = slice(max(0, first - 1), first + 1)
    return float(np.interp(0.0, -above[two], levels[two]))


def _smoothed(envelope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice exponentially averaged, time constant 30 ms (P.56)."""
    keep = np.exp(-HOP / 0.03)
    once = (1 - keep) * keep ** np.arange(80)
    return np.convolve(envelope, np.convolve(once, once))[: len(envelope)]


def _hung_over(envelope: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest of the last 200 ms: speech stays active that long (P.56)."""
    size = round(0.2 / HOP)
    return -_lowest_around(-np.pad(envelope, (size, 0)), size + 1)


def _blocks(samples: Samples, size: int) -> NDArray[np.float64]:
    """Samples in rows of `size`; what is left over at the end is dropped."""
    count = len(samples) // size
    return samples[: count * size].reshape(count, size).astype(np.float64)


def _power(samples: Samples, size: int) -> NDArray[np.float64]:
    return cast("NDArray[np.float64]", np.mean(_blocks(samples, size) ** 2, axis=1))


def _decibels(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-10)))


def _without_offset(samples: Samples) -> Samples:
    """Samples less their mean: espeak-ng's klatt voices are 57 dB off zero."""
    return samples - np.float32(samples.mean(dtype=np.float64) if len(samples) else 0)


def _stretches(samples: Samples, rate: int, how: Mastering) -> tuple[list[int], list[int]]:
    """Where speech starts and ends, clause by clause, in samples."""
    hop = int(rate * HOP)
    peaks = _blocks(np.abs(samples), hop).max(axis=1, initial=0.0)
    loud = np.flatnonzero(peaks > peaks.max(initial=0.0) * 10 ** (how.floor / 20))
    if not len(loud):
        return [], []
    breaks = np.flatnonzero(np.diff(loud) * HOP * 1000 > how.gap)
    margin = how.margin * rate // 1000
    starts = [max(0, int(first) * hop - margin) for first in loud[np.r_[0, breaks + 1]]]
    ends = [min(len(samples), (int(last) + 1) * hop + margin) for last in loud[np.r_[breaks, -1]]]
    return starts, ends


def _faded(samples: Samples, rate: int, fade: int) -> Samples:
    """Samples that rise from nothing and fall back to it, each over `fade` ms."""
    size = min(rate * fade // 1000, len(samples) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / max(size, 1))).astype(np.float32)
    shape = np.ones(len(samples), np.float32)
    shape[:size] = ramp
    shape[len(shape) - size :] = ramp[::-1]
    return samples * shape


def _low_passed(samples: Samples, rate: int, corner: int) -> Samples:
    """Samples without what lies above `corner` Hz: 6 dB down there, 70 dB 200 Hz further."""
    return np.convolve(samples, _low_pass(rate, corner), mode="same").astype(np.float32)


@lru_cache
def _low_pass(rate: int, corner: int) -> Samples:
    """A windowed sinc; its 101 taps are 12.6 ms at 8 kHz."""
    at = np.arange(-50, 51)
    taps = np.sinc(2 * corner / rate * at) * np.kaiser(101, 7.0)
    return cast(Samples, (taps / taps.sum()).astype(np.float32))


def _levelled(samples: Samples, how: Mastering) -> Samples:
    """Samples at the level wanted; as limiting takes some away, done until it is within 0.05 dB."""
    gain = how.level - speech_level(samples, how.rate)
    for _ in range(8):
        out = _limited(samples * np.float32(10 ** (gain / 20)), how)
        short = how.level - speech_level(out, how.rate)
        if abs(short) < 0.05:
            break
        gain += short
    return out


def _limited(samples: Samples, how: Mastering) -> Samples:
    """Samples whose peaks stay below `how.peak`, turned down smoothly over 6 ms around each."""
    ceiling = 10 ** (how.peak / 20)
    size = how.rate // 1000
    peaks = _blocks(np.abs(np.pad(samples, (0, -len(samples) % size))), size).max(axis=1, initial=0)
    if peaks.max(initial=0.0) <= ceiling:
        return samples
    needed = ceiling / np.maximum(peaks, ceiling)
    lowest = _lowest_around(np.pad(needed, 11, mode="edge"), 13)
    window = np.hanning(13)[1:-1]
    gain = np.convolve(lowest, window / window.sum(), mode="valid")
    # Between two milliseconds the gain goes straight; both ends are low enough for either.
    at = (np.arange(len(samples)) - (size - 1) / 2) / size
    return (samples * np.interp(at, np.arange(len(gain)), gain)).astype(np.float32)


def _lowest_around(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The least of every `size` values in a row, by doubling: a tenth of the time of a view."""
    done = 1
    while done < size:
        step = min(done, size - done)
        values = np.minimum(values[:-step], values[step:])
        done += step
    return values
