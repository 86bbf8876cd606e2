"""What is switched off says how to reach the clinic, in every language, and nothing else breaks."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests import kept
from tests.conftest import ROOT
from voice import dialog, thread
from voice.built import built
from voice.check import content_problems, problems
from voice.dialog import Event, State, following, reply
from voice.release import Built, build, ready
from voice.script import Script, load
from voice.sms import count
from voice.switches import LINE_OFF, ON, Off, expired, switched, variants, ways_off
from voice.thread import Contact, Message, topic_texts
from voice.understand import Meaning, Vocabulary, understand, vocabulary

TODAY = date(2026, 11, 21)
PHONE = {"en-US": "two one two, five five five", "es-US": "dos uno dos, cinco cinco cinco"}


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(ROOT / "tests" / "data" / "tiny-scripts")


@pytest.fixture(scope="module")
def less(script: Script) -> Script:
    return switched(script, Off(frozenset({"risks"})))


@pytest.fixture(scope="module")
def silent(script: Script) -> Script:
    return switched(script, Off(line=True))


@pytest.fixture(scope="module")
def known_silent(silent: Script) -> Vocabulary:
    return vocabulary(silent)


@pytest.fixture(scope="module")
def made(script: Script) -> list[Built]:
    """What is served with each subject off, and with the line off."""
    return [built(script.files, off, kept.FOLDER) for off in ways_off(script)]


def said(script: Script, place: str, locale: str = "en-US") -> str:
    return " ".join(one.words for one in reply(script, State(place, locale, "normal")).says)


def test_nothing_off_is_the_script_itself(script: Script) -> None:
    assert switched(script, ON) is script
    assert switched(script, Off(frozenset({"gone"}))) is script


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_a_subject_that_is_off_tells_the_clinics_number(less: Script, locale: str) -> None:
    words = said(less, "topic.risks.1", locale)
    assert words.count(PHONE[locale]) == 2
    assert words.startswith(less.topics["risks"].wording[locale].title)
    assert dialog.prompt(less, locale, "emergency") in words
    (text,) = topic_texts(less, "risks", locale)
    assert "212-555-0134" in text
    assert "911" in text
    assert "cement" not in words + text


def test_the_other_subjects_are_as_they_were(script: Script, less: Script) -> None:
    assert {n: t for n, t in less.topics.items() if n != "risks"} == {
        n: t for n, t in script.topics.items() if n != "risks"
    }
    assert (less.options, less.prompts) == (script.options, script.prompts)


def test_a_subject_that_is_off_is_still_understood_and_left(less: Script) -> None:
    meaning = understand(vocabulary(less), "en-US", "what are the risks?")
    assert meaning.target == "risks"
    here = following(less, State("main", "en-US", "normal"), Event("speech", meaning=meaning))
    assert here.place == "topic.risks.1"
    assert following(less, here, Event("silence")).place == "after.risks"


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_a_line_that_is_off_tells_the_clinics_number_at_once(silent: Script, locale: str) -> None:
    opening = dialog.reply(silent, dialog.start(silent)).says
    assert opening[0].words == dialog.prompt(silent, "en-US", "emergency")
    for place in ("welcome", "main", f"topic.{LINE_OFF}.1"):
        assert said(silent, place, locale).count(PHONE[locale]) == 2
    person = following(silent, State("welcome", locale, "normal"), Event("key", "0"))
    assert dialog.reply(silent, person).dial


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
@pytest.mark.parametrize("words", ["risks", "menu", "1", "blue", "riesgos", "more"])
def test_every_text_to_a_line_that_is_off_is_told_the_number(
    silent: Script, known_silent: Vocabulary, locale: str, words: str
) -> None:
    for place in ("main", "topic.risks.1", "menu.2", f"topic.{LINE_OFF}.1"):
        message = Message(understand(known_silent, locale, words))
        _, texts = thread.step(silent, Contact(locale, place), message)
        assert "212-555-0134" in texts[0].body


def test_danger_is_answered_first_on_a_line_that_is_off(
    silent: Script, known_silent: Vocabulary
) -> None:
    meaning = understand(known_silent, "en-US", "chest pain, can't breathe")
    after = following(silent, State("main", "en-US", "normal"), Event("speech", meaning=meaning))
    assert after.place == "emergency"
    _, texts = thread.step(silent, Contact("en-US", "main"), Message(Meaning("emergency", "")))
    assert "911" in texts[0].body


def test_every_state_of_a_line_with_something_off_can_be_served(made: list[Built]) -> None:
    for one in made:
        release = ready(one, 1, "https://line.example", lambda _: None)
        assert release.unspoken
        assert all(utterance.words.strip() for utterance in release.unspoken)


def test_scripts_without_words_for_it_say_how_to_reach_a_person(tiny: Script) -> None:
    for one in variants(tiny):
        ready(build(one), 1, "https://line.example", lambda _: None)
        for topic in one.topics:
            assert "un neuf neuf" in said(one, f"topic.{topic}.1", "fr-FR").replace(",", "")
            assert "1 99 00 12 34".replace(" ", "-") in topic_texts(one, topic, "fr-FR")[0]


def test_the_words_are_as_plain_and_short_as_all_others(script: Script) -> None:
    """What check finds in the shipped words it does not find more of in those instead of them."""
    wanted = {"rule 1", "rule 4", "rule 7", "rule 28", "rule 81", "rule 82", "rule 84", "rule 42"}
    for one in variants(script):
        found = [problem for problem in content_problems(one, TODAY) if problem.severity == "fail"]
        assert [problem for problem in found if problem.rule in wanted] == []
        for locale in one.locales:
            texts = [text for topic in one.topics for text in topic_texts(one, topic, locale)]
            assert max(count(text).segments for text in texts) <= 2


def test_a_line_with_a_subject_off_breaks_no_rule_of_the_call(less: Script) -> None:
    rules = {problem.rule for problem in problems(less, None, TODAY) if problem.severity == "fail"}
    assert not rules & {"rule 39", "rule 44", "rule 45", "rule 47", "rule 53", "rule 92", "rule 97"}


def test_the_clips_of_what_may_be_off_are_few(script: Script, made: list[Built]) -> None:
    more = {one for each in made for one in each.says} - set(kept.said(script))
    assert 0 < len(more) < 60


def test_a_topic_expires_the_day_after_its_review(script: Script) -> None:
    day = script.topics["risks"].review_by
    assert "risks" not in expired(script, day)
    assert "risks" in expired(script, day + timedelta(days=1))
    later = replace(script.topics["risks"], review_by=date(2030, 1, 1))
    only = replace(script, topics={"risks": later})
    assert expired(only, date(2028, 1, 1)) == frozenset()


@pytest.mark.parametrize("locale", ["fr-FR", "pt-BR"])
def test_nothing_that_is_said_instead_has_a_hole(tiny: Script, locale: str) -> None:
    off = switched(tiny, Off(line=True))
    assert "{" not in said(off, "main", locale)
    assert tiny.line.name[locale] in said(off, "main", locale)
