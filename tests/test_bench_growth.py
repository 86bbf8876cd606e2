"""What growth is measured on: scripts made larger, in languages of their own words."""

import pytest

from tests import kept
from tests.conftest import ROOT
from voice.bench.cipher import ciphered
from voice.bench.growth import sizes
from voice.release import Built
from voice.script import Script, load
from voice.understand import understand

TINY = ROOT / "tests" / "data" / "tiny-scripts"


@pytest.fixture(scope="module")
def more(script: Script) -> Built:
    return kept.in_four_languages(script)


def test_a_cipher_changes_letters_for_others_of_their_kind_and_no_names() -> None:
    assert ciphered("Can I {phone} with [legs]? ¡Sí!", 2) == "qib u {phone} kuhv [legs]? ¡gu!"


def test_each_number_is_another_language() -> None:
    assert len({ciphered("What is a broken bone?", number) for number in range(15)}) == 15


def test_a_language_in_cipher_is_understood_by_itself(more: Built) -> None:
    for locale in more.script.locales:
        asked = more.script.topics["risks"].wording[locale].sample_questions[0]
        assert understand(more.vocabulary, "en-US", asked).target == "risks", asked


@pytest.mark.parametrize("number", [2, 3])
def test_danger_in_cipher_is_danger(more: Built, number: int) -> None:
    said = ("i have chest pain right now", "me duele mucho el pecho ahora")[number % 2]
    assert understand(more.vocabulary, "en-US", ciphered(said, number)).wants == "emergency"


def test_a_size_is_built_and_loaded_in_processes_of_their_own() -> None:
    many = len(load(TINY).topics)
    (size,) = sizes(TINY, ((many, 3),))
    assert (size.topics, size.locales) == (many, 3)
    assert min(size.states, size.build_seconds, size.file_mb, size.memory_mb, size.text_us) > 0
