"""The embedded engine: the same bytes every time, and a third language by data alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.sound import gaps
from voice.script import Pace
from voice.speech.engine import Engine, SettingError, SpeechError, SpeechSettings, opened
from voice.speech.espeak import EspeakError, Worker, Workers, _installed
from voice.speech.mastering import PAUSES, Samples
from voice.speech.render import source
from voice.speech.wording import count

BREATHY = SpeechSettings(espeak_voices={"en-US": "en-us+f3@125"})


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with opened(SpeechSettings(), 2) as found:
        yield found


@pytest.mark.parametrize("settings", [SpeechSettings(), BREATHY], ids=["klatt4", "f3"])
def test_a_sentence_repeats_to_the_byte_whatever_was_said_before(settings: SpeechSettings) -> None:
    with opened(settings, 1) as one:
        first, _ = one.speak("Your back may feel better soon.", "en-US", "normal")
        one.speak("Something else, in between!", "en-US", "slow")
        second, _ = one.speak("Your back may feel better soon.", "en-US", "normal")
    with opened(settings, 1) as fresh:
        third, _ = fresh.speak("Your back may feel better soon.", "en-US", "normal")
    assert np.array_equal(first, second)
    assert np.array_equal(first, third)


def test_many_at_once_do_not_mix_their_words(engine: Engine) -> None:
    texts = [f"This is sentence number {number}." for number in range(12)]

    def say(text: str) -> bytes:
        return engine.speak(text, "en-US", "normal")[0].tobytes()

    one_by_one = [say(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(say, texts)) == one_by_one


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_engine_itself_clips_nothing(engine: Engine, locale: str) -> None:
    loud = "Call now! Go to the emergency room! Vaya ahora mismo, por favor, a la sala."
    samples, rate = engine.speak(loud, locale, "normal")
    assert rate == 22050
    assert np.abs(samples).max() < 0.8


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "es-US", "es-ES", "pt-BR", "fr-FR", "ht-HT"])
def test_a_locale_is_a_row_of_data(engine: Engine, locale: str) -> None:
    samples, rate = engine.speak("Radio, video, hotel.", locale, "normal")
    assert len(samples) > rate
    assert engine.speaker(locale).endswith(("@125", "@145"))


def test_a_locale_without_a_row_says_what_to_set(engine: Engine) -> None:
    with pytest.raises(SpeechError, match="ESPEAK_VOICES, like xx-YY="):
        engine.speak("Hello", "xx-YY", "normal")


def test_a_setting_adds_a_language_and_changes_a_voice() -> None:
    settings = SpeechSettings.read({"ESPEAK_VOICES": "de-DE=de+klatt4@140, en-US=en-us@150"})
    with opened(settings, 1) as engine:
        assert engine.speaker("de-DE") == "de+klatt4@140"
        assert engine.speaker("en-US") == "en-us@150"
        assert len(engine.speak("Guten Tag.", "de-DE", "normal")[0]) > 10000


@pytest.mark.parametrize("row", ["en-us+klatt4", "en-us@", "en-us@fast", "en-us@20", "en-us@900"])
def test_a_voice_without_a_good_rate_is_refused(row: str) -> None:
    with (
        opened(SpeechSettings(espeak_voices={"en-US": row}), 1) as engine,
        pytest.raises(SettingError, match="ESPEAK_VOICES"),
    ):
        engine.speaker("en-US")


def test_an_unknown_voice_is_an_error_and_the_next_sentence_is_said() -> None:
    settings = SpeechSettings(espeak_voices={"en-US": "nowhere@120"})
    with opened(settings, 1) as engine:
        with pytest.raises(EspeakError, match="no voice 'nowhere'"):
            engine.speak("Hello", "en-US", "normal")
        assert len(engine.speak("Hola", "es-US", "normal")[0]) > 1000


def test_a_worker_that_dies_is_an_error_and_is_replaced() -> None:
    workers = Workers(*_installed())
    with workers.one() as worker:
        worker.process.kill()
        worker.process.wait()
    with pytest.raises(EspeakError, match="its process ended"), workers.one() as worker:
        worker.ask("Hello", "en-us", 125)
    with workers.one() as worker:
        assert worker.ask("Hello", "en-us", 125)[0]["bytes"] > 1000
    workers.close()


def test_a_worker_ends_when_its_standard_input_does() -> None:
    """So a killed maker leaves no process behind."""
    worker = Worker(*_installed())
    worker.requests.close()
    assert worker.process.wait(timeout=10) == 0
    worker.answers.close()


def test_the_fingerprint_is_of_the_library_and_its_dictionaries(engine: Engine) -> None:
    assert len(engine.fingerprint) == 64
    with opened(SpeechSettings(), 1) as again:
        assert again.fingerprint == engine.fingerprint


def spoken(engine: Engine, words: str, locale: str, pace: Pace) -> tuple[Samples, int]:
    return source(engine, ()).speech(words, locale, pace)


TOPICS = {
    "en-US": "A broken bone in your back can hurt a lot. It can also make your back bend forward.\n"
    "The doctor puts a small balloon into the bone, and fills it. Then the doctor adds cement.\n"
    "The cement sets hard in minutes. It holds the bone in place. Most people go home that day.\n"
    "Ask your doctor which treatment is right for you.",
    "es-US": "Un hueso roto de la espalda puede doler mucho. También puede doblarle la espalda.\n"
    "El médico pone un globo pequeño dentro del hueso, y lo llena. Luego pone el cemento.\n"
    "El cemento se pone duro en minutos. Sostiene el hueso. Casi todos van a casa ese día.\n"
    "Pregunte a su médico qué tratamiento es bueno para usted.",
}


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_words_come_at_about_135_a_minute_pauses_included(engine: Engine, locale: str) -> None:
    samples, rate = spoken(engine, TOPICS[locale], locale, "normal")
    assert 125 <= 60 * count(TOPICS[locale]) * rate / len(samples) <= 147


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_slow_pace_speaks_a_little_slower_and_pauses_longer(
    engine: Engine, locale: str
) -> None:
    """Rule 65: 0.85 to 0.90 of the rate; the pauses 1.5 times."""
    sentence = TOPICS[locale].split(".")[0]
    normal, _ = spoken(engine, sentence, locale, "normal")
    slow, _ = spoken(engine, sentence, locale, "slow")
    assert 0.84 <= len(normal) / len(slow) <= 0.92
    whole = [len(spoken(engine, TOPICS[locale], locale, pace)[0]) for pace in ("normal", "slow")]
    assert whole[0] / whole[1] < 0.87


@pytest.mark.parametrize("pace", ["normal", "slow"])
@pytest.mark.parametrize(
    ("locale", "words", "expected"),
    [
        ("en-US", "For the risks, press 3.", ["clause"]),
        ("es-US", "Para los riesgos, oprima 3.", ["clause"]),
        ("en-US", "Rest today. Walk tomorrow.\nCall us.", ["sentence", "line"]),
        ("es-US", "Descanse hoy. Camine luego.\nLlame.", ["sentence", "line"]),
        ("en-US", "Dial nine, one, one now.", ["clause", "clause"]),
        ("en-US", "2 1 2, 5 5 5, 0 1 3 4", ["clause", "clause"]),
        ("es-US", "2 1 2, 5 5 5, 0 1 3 4", ["clause", "clause"]),
    ],
)
def test_pauses_are_the_authored_ones(
    engine: Engine, locale: str, words: str, pace: Pace, expected: list[str]
) -> None:
    """Measured at 50 dB below full scale: what is authored, and up to 60 ms of dying away."""
    found = gaps(*spoken(engine, words, locale, pace), 200)
    authored = [getattr(PAUSES[pace], kind) for kind in expected]
    assert len(found) == len(authored)
    assert all(0 <= gap - ms <= 60 for gap, ms in zip(found, authored, strict=True))


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_comma_before_press_gives_time_to_reach_the_key(engine: Engine, locale: str) -> None:
    words = {"en-US": "For the risks, press 3.", "es-US": "Para los riesgos, oprima 3."}
    (gap,) = gaps(*spoken(engine, words[locale], locale, "normal"), 200)
    assert 250 <= gap <= 300
