"""The medical words: rewritten for each engine, and said as they should be."""

import pytest

from voice.script import LexiconEntry, Script
from voice.speech.engine import SpeechSettings
from voice.speech.espeak import phonemes
from voice.speech.lexicon import entries_used, pronounce

KYPHOPLASTY = LexiconEntry("kyphoplasty", "en", "[[k'aIfoUpl,asti]]", "kˈaɪfoʊplˌæsti", "kypho")
PLURAL = LexiconEntry("kyphoplasties", "en", "[[k'aIfoUpl,astiz]]", "", "")
ER = LexiconEntry("ER", "en", "[[,i:'A@]]", "ˌiːˈɑːɹ", "E R")
TREATMENT = LexiconEntry("er treatment", "en", "[[tr'i:t]]", "", "")
PARIS = LexiconEntry("Paris", "fr-FR", "[[paR'i]]", "paʁi", "Parie")
LEXICON = (KYPHOPLASTY, PLURAL, ER, TREATMENT, PARIS)
NOTHING_SET = SpeechSettings()


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        pytest.param("About kyphoplasty.", "About [[k'aIfoUpl,asti]].", id="word"),
        pytest.param("KYPHOPLASTY helps", "[[k'aIfoUpl,asti]] helps", id="capitals"),
        pytest.param("kyphoplasties", "[[k'aIfoUpl,astiz]]", id="plural has its own entry"),
        pytest.param("a kyphoplastyish word", "a kyphoplastyish word", id="part of a word"),
        pytest.param("her er", "her [[,i:'A@]]", id="not inside another word"),
        pytest.param("the ER treatment", "the [[tr'i:t]]", id="longest first"),
        pytest.param("kyphoplasty's cost", "kyphoplasty's cost", id="'s would need an entry"),
        pytest.param("(kyphoplasty)", "([[k'aIfoUpl,asti]])", id="in brackets"),
        pytest.param("say [[h@l'oU]] now", "say  h@l'oU  now", id="phonemes of a script"),
        pytest.param("Paris", "Paris", id="another language's entry"),
    ],
)
def test_whole_words_are_rewritten_for_espeak(sentence: str, read: str) -> None:
    assert pronounce(sentence, "en-US", LEXICON, "espeak") == read


@pytest.mark.parametrize(
    ("notation", "read"),
    [("espeak", "[[k'aIfoUpl,asti]]"), ("ipa", "[[ kˈaɪfoʊplˌæsti ]]"), ("say", "kypho")],
)
def test_each_engine_has_its_own_notation(notation: str, read: str) -> None:
    assert pronounce("kyphoplasty", "en-US", LEXICON, notation) == read  # type: ignore[arg-type]


@pytest.mark.parametrize("notation", ["ipa", "say"])
def test_a_word_without_that_notation_stays(notation: str) -> None:
    assert pronounce("kyphoplasties", "en-GB", LEXICON, notation) == "kyphoplasties"  # type: ignore[arg-type]


def test_only_the_entries_a_text_needs_are_named() -> None:
    assert entries_used("The ER does kyphoplasty.", "en-US", LEXICON) == (KYPHOPLASTY, ER)
    assert entries_used("The ER does kyphoplasty.", "es-US", LEXICON) == ()
    assert entries_used("Paris", "fr-FR", LEXICON) == (PARIS,)


def test_every_entry_sounds_in_espeak_as_its_ipa_says(script: Script) -> None:
    both = [entry for entry in script.lexicon if entry.espeak and entry.ipa]
    assert len(both) >= 14
    text = ". ".join(entry.espeak for entry in both)
    said = phonemes(text, "en-US", NOTHING_SET)
    assert said.split() == [entry.ipa for entry in both]


@pytest.mark.parametrize(
    ("locale", "words", "ipa"),
    [
        (
            "en-US",
            "kyphoplasty vertebroplasty osteoporosis acetaminophen anesthesia vertebra MRI X-ray",
            "kˈaɪfoʊplˌæsti vˈɜːɾɪbɹoʊplˌæsti ˌɑːstioʊpɚɹˈoʊsɪs ɐsˌiːɾəmˈɪnəfən "
            "ˌænɪsθˈiːʒə vˈɜːɾɪbɹə ˌɛmˌɑːɹɹˈaɪ ˈɛksɹˈeɪ",
        ),
        (
            "es-US",
            "cifoplastia vertebroplastia osteoporosis anestesia radiografía resonancia vértebra",
            "sˌifoplˈastja bˌeɾteβɾoplˈastja ˌosteˌopoɾˈosis ˌanestˈesja rˌaðjoɣɾafˈia "
            "rˌesonˈansja bˈeɾteβɾa",
        ),
        (
            "es-US",
            "médico espalda hueso tratamiento emergencia oprima clínica riesgos dolor pierna",
            "mˈeðiko espˈalða wˈeso tɾˌatamjˈɛnto ˌemeɾxˈɛnsja opɾˈima klˈinika riˈesɣos "
            "dolˈoɾ pjˈeɾna",
        ),
    ],
    ids=["medical-en", "medical-es", "everyday-es"],
)
def test_the_words_that_matter_are_said_right(
    script: Script, locale: str, words: str, ipa: str
) -> None:
    read = [pronounce(word, locale, script.lexicon, "espeak") for word in words.split()]
    assert [phonemes(word, locale, NOTHING_SET) for word in read] == ipa.split()


@pytest.mark.parametrize(
    ("locale", "words", "ipa"),
    [
        ("en-US", "Dial nine, one, one now.", "dˈaɪəl nˈaɪn wˈʌn wˈʌn nˈaʊ"),
        ("es-US", "Marque nueve, uno, uno ahora.", "mˈaɾke nwˈeβe ˈuno ˈuno aˈoɾa"),
    ],
)
def test_the_emergency_number_is_said_in_digits(locale: str, words: str, ipa: str) -> None:
    assert phonemes(words, locale, NOTHING_SET) == ipa


def test_without_the_lexicon_kyphoplasty_would_lose_its_middle() -> None:
    """If this fails, the engine has learned the word and its entry can go."""
    assert phonemes("kyphoplasty", "en-US", NOTHING_SET) == "kˈaɪfəplɐsti"


def test_every_medical_word_we_teach_has_an_entry(script: Script) -> None:
    """Rule 77; the words are those plain.toml lets through."""
    taught = [(locale, word) for locale in script.locales for word in script.plain[locale]["terms"]]
    assert len(taught) > 10
    for locale, word in taught:
        used = entries_used(word, locale, script.lexicon)
        assert word.casefold() in [entry.word.casefold() for entry in used], (locale, word)


@pytest.mark.parametrize(
    ("locale", "like"),
    [("en-US", "kypho-plasty"), ("en-US", "E K G"), ("es-US", "estent"), ("es-US", "eme erre i")],
)
def test_what_the_engine_writes_of_a_word_it_says_again_the_same(locale: str, like: str) -> None:
    written = phonemes(like, locale, NOTHING_SET, "espeak")
    assert phonemes(f"[[{written}]]", locale, NOTHING_SET) == phonemes(like, locale, NOTHING_SET)
