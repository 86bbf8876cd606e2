"""Level, band, pauses and encoding, on sounds whose numbers are known."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sound import babble, gaps, share, silence, tone
from voice.speech.mastering import (
    CALL,
    PAGE,
    PAUSES,
    Mastering,
    Samples,
    between_silences,
    gated_level,
    joined,
    mastered,
    mp3,
    p56_level,
    sentence,
    speech_level,
    trimmed,
    wav,
)

RATE = 22050


def decoded(content: bytes) -> tuple[Samples, int]:
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    return samples, rate


def peak(samples: Samples) -> float:
    """dBFS."""
    return 20 * float(np.log10(np.abs(samples).max()))


@pytest.mark.parametrize("loudness", [0.02, 0.3, 1.0, 3.0], ids=["faint", "soft", "as is", "loud"])
@pytest.mark.parametrize("how", [CALL, PAGE], ids=["call", "page"])
def test_every_loudness_comes_out_at_the_level(how: Mastering, loudness: float) -> None:
    out = mastered(babble(3) * np.float32(loudness), RATE, how)
    assert speech_level(out, how.rate) == pytest.approx(how.level, abs=0.1)


def test_two_ways_to_measure_a_level_agree_with_what_is_known() -> None:
    """A sine of amplitude 0.5 has an RMS of 9 dB below full scale."""
    steady = tone(2000, 8000)
    assert gated_level(steady, 8000) == pytest.approx(-9.03, abs=0.05)
    assert p56_level(steady, 8000) == pytest.approx(-9.03 - 0.4, abs=0.1)  # 200 ms more are active


def test_pauses_do_not_lower_a_level() -> None:
    spoken = babble(2, 8000)
    paused = np.concatenate([spoken, silence(3000, 8000), spoken, silence(2000, 8000)])
    assert gated_level(paused, 8000) == pytest.approx(gated_level(spoken, 8000), abs=0.1)
    assert p56_level(paused, 8000) == pytest.approx(p56_level(spoken, 8000), abs=0.2)


def test_silence_has_no_level_and_stays_silence() -> None:
    nothing = silence(500, 8000)
    assert speech_level(nothing, 8000) == -100
    assert not mastered(nothing, 8000, CALL).any()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.001, 0.5), st.integers(1, 12))
def test_no_sample_passes_the_ceiling_whatever_comes(
    seed: int, spike_size: float, spikes: int
) -> None:
    chance = np.random.default_rng(seed)
    samples = babble(1.0, 8000, seed)
    samples[chance.integers(0, len(samples), spikes)] += np.float32(20 * spike_size)
    out, _ = decoded(wav(mastered(samples, 8000, CALL)))
    assert peak(out) <= -3


def test_limiting_a_spike_leaves_what_is_far_from_it_alone() -> None:
    calm = babble(2, 8000)
    spiked = calm.copy()
    spiked[8000] = 1.0
    before, after = mastered(calm, 8000, CALL), mastered(spiked, 8000, CALL)
    far = np.r_[200:7000, 9000:15800]
    change = after[far] / np.where(np.abs(before[far]) > 1e-3, before[far], np.nan)
    assert np.nanmin(change) == pytest.approx(np.nanmax(change), rel=1e-3)


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100, 48000])
def test_any_rate_becomes_8_khz_without_what_is_above_3_8(rate: int) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.1, rate * 2).astype(np.float32)
    out = mastered(hiss, rate, CALL)
    assert len(out) == 16000
    assert share(out, 8000, 3800, 4001) < -50
    assert share(out, 8000, 3000, 3400) > -11  # a tenth of the band: -9.5 dB where it is flat


def test_a_low_voice_is_not_cut_at_300_hz() -> None:
    low = tone(1000, RATE, 110) + tone(1000, RATE, 1000)
    assert share(mastered(sentence(low, RATE, 250, CALL), RATE, CALL), 8000, 90, 130) > -3.3


def test_an_offset_is_gone() -> None:
    out = mastered(sentence(babble(2) + np.float32(0.05), RATE, 250, CALL), RATE, CALL)
    assert abs(float(out.mean())) < 1e-4


def test_the_edges_of_a_sentence_are_cut_and_faded() -> None:
    spoken = np.concatenate([silence(700), tone(500), silence(900)])
    out = sentence(spoken, RATE, 250, CALL)
    assert 500 <= len(out) * 1000 / RATE <= 545
    faded = out[: RATE * 5 // 1000]
    assert np.abs(faded).max() < 0.4
    assert abs(out[0]) < 1e-3
    assert abs(out[-1]) < 1e-3


@pytest.mark.parametrize(("quiet", "pauses"), [(90, 0), (180, 1), (400, 1), (2000, 1)])
def test_a_pause_inside_a_sentence_has_the_authored_length(quiet: int, pauses: int) -> None:
    spoken = np.concatenate([tone(400), silence(quiet), tone(400)])
    found = gaps(sentence(spoken, RATE, PAUSES["normal"].clause, CALL), RATE, 150)
    assert len(found) == pauses
    assert all(220 <= gap <= 290 for gap in found)


def test_a_recording_keeps_its_own_pauses() -> None:
    spoken = np.concatenate([silence(300), tone(400), silence(800), tone(400), silence(300)])
    assert gaps(trimmed(spoken, RATE, CALL), RATE) == [pytest.approx(800, abs=45)]


def test_silence_has_no_sentence_in_it() -> None:
    assert len(sentence(silence(500), RATE, 250, CALL)) == 0
    assert len(trimmed(silence(500), RATE, CALL)) == 0
    assert len(joined([], [], RATE)) == 0


def test_pauses_between_pieces_are_exact() -> None:
    out = joined([tone(100), tone(100), tone(100)], [500, 1000], RATE)
    assert gaps(out, RATE) == [pytest.approx(500, abs=2), pytest.approx(1000, abs=2)]


def test_the_slow_pace_pauses_one_and_a_half_times() -> None:
    normal, slow = PAUSES["normal"], PAUSES["slow"]
    assert (slow.clause, slow.sentence, slow.line) == tuple(
        int(1.5 * ms) for ms in (normal.clause, normal.sentence, normal.line)
    )


@pytest.mark.parametrize("lead", [150, 400])
def test_silence_before_and_after_is_exact(lead: int) -> None:
    out = between_silences(tone(100, 8000) + 1, lead, CALL)
    assert len(out) == 8 * (lead + 100 + 350)
    assert not out[: 8 * lead].any()
    assert not out[-8 * 350 :].any()
    assert out[8 * lead]


def test_a_telephone_file_is_mono_8_khz_mu_law() -> None:
    content = wav(mastered(babble(1), RATE, CALL))
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        assert (file.format, file.subtype, file.samplerate, file.channels) == (
            "WAV",
            "ULAW",
            8000,
            1,
        )
    assert len(content) == pytest.approx(8000, abs=100)
    assert content[20:22] == b"\x07\x00"  # WAVE_FORMAT_MULAW


def test_mu_law_silence_is_silent() -> None:
    out, _ = decoded(wav(between_silences(tone(50, 8000), 400, CALL)))
    assert not out[: 8 * 400].any()


def mp3_frames(content: bytes) -> list[tuple[int, int, int]]:
    """Bit rate code, sample rate code and channel mode of each frame of an MPEG-2 MP3."""
    at, found = 0, []
    while at + 4 <= len(content):
        assert content[at : at + 2] in (b"\xff\xf3", b"\xff\xf2")  # MPEG-2, layer III
        bits, padding = content[at + 2], content[at + 2] >> 1 & 1
        found.append((bits >> 4, bits >> 2 & 3, content[at + 3] >> 6))
        at += 72 * 32000 // 16000 + padding
    return found


def test_a_page_file_is_a_constant_32_kbit_mono_16_khz_mp3() -> None:
    content = mp3(mastered(babble(5), RATE, PAGE))
    frames = mp3_frames(content)
    assert set(frames) == {(4, 2, 3)}  # 32 kbit/s, 16 kHz, one channel
    assert len(content) / (len(frames) * 0.036) == pytest.approx(4000, rel=0.01)


def test_an_mp3_does_not_clip_when_decoded() -> None:
    out, rate = decoded(mp3(mastered(babble(5), RATE, PAGE)))
    assert rate == 16000
    assert peak(out) < -1
    assert speech_level(out, rate) == pytest.approx(PAGE.level, abs=0.5)


def test_the_same_samples_make_the_same_bytes() -> None:
    once, again = (mastered(babble(2), RATE, CALL) for _ in range(2))
    assert wav(once) == wav(again)
    assert mp3(once) == mp3(again)
