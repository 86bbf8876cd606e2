"""Everything the line says and texts, as plain rows."""

import re
from hashlib import sha256

import pytest

from tests import kept
from voice import thread
from voice.commands import main
from voice.dialog import topic_parts
from voice.listing import Row, rows
from voice.script import Script
from voice.speech.clips import Clip, Manifest, key_of


@pytest.fixture(scope="module")
def listed(script: Script) -> list[Row]:
    return list(rows(script, Manifest()))


def test_every_utterance_and_every_text_is_listed_once(script: Script, listed: list[Row]) -> None:
    calls = [row for row in listed if row.channel == "call"]
    texts = [row for row in listed if row.channel == "message"]
    said = [(u.words, u.locale, u.pace) for u in kept.said(script)]
    assert [(row.words, row.locale, row.pace) for row in calls] == said
    assert [(row.locale, row.words) for row in texts] == [
        (locale, words) for locale, _, _, words in thread.all_texts(script)
    ]
    assert len(listed) == len(calls) + len(texts)


def test_the_parts_of_every_topic_are_listed_in_each_language_and_pace(
    script: Script, listed: list[Row]
) -> None:
    for topic in script.topics:
        for locale in script.locales:
            for pace in ("normal", "slow"):
                parts = {
                    row.part: row.words
                    for row in listed
                    if (row.topic, row.locale, row.pace) == (topic, locale, pace) and row.part
                }
                words = topic_parts(script, topic, locale)
                assert parts == dict(enumerate(words, 1)), (topic, locale, pace)


def test_the_title_of_a_topic_is_its_own_row(script: Script, listed: list[Row]) -> None:
    titles = {
        (row.topic, row.locale): row.words
        for row in listed
        if row.node == "title" and row.pace == "slow"
    }
    assert titles == {
        (topic.id, locale): f"{topic.wording[locale].title}."
        for topic in script.topics.values()
        for locale in script.locales
    }


def test_texts_of_a_topic_are_counted_from_one(script: Script, listed: list[Row]) -> None:
    parts = [
        row.part
        for row in listed
        if (row.channel, row.topic, row.locale) == ("message", "risks", "es-US")
    ]
    assert parts == list(range(1, len(script.topics["risks"].wording["es-US"].texts) + 1))


def test_a_text_around_any_subject_is_one_example_and_the_command_says_so(
    script: Script, listed: list[Row]
) -> None:
    around = ("did_you_mean", "listen", "listen_link", "sources")
    found = [(row.locale, row.node) for row in listed if row.node in around]
    assert sorted(found) == sorted((locale, node) for locale in script.locales for node in around)
    assert "as an example" in " ".join(str(main.commands["scripts"].help).split())


def test_what_belongs_to_no_topic_names_its_node(listed: list[Row]) -> None:
    nodes = {row.node for row in listed if row.topic is None}
    assert {"opening", "welcome", "main", "emergency", "crisis", "stop", "help", "menu"} <= nodes
    assert all(row.part is None for row in listed if row.topic is None)


def test_the_answer_to_a_wrong_key_in_a_topic_belongs_to_no_topic(
    script: Script, listed: list[Row]
) -> None:
    words = script.prompts["en-US"].call["no_match_topic"]
    found = [row for row in listed if row.words == words]
    assert {row.topic for row in found} == {None}
    assert {row.pace for row in found} == {"normal", "slow"}


def test_a_row_without_a_clip_is_named_by_its_words(listed: list[Row]) -> None:
    for row in listed:
        assert (row.clip, row.seconds) == (None, None)
        assert row.digest == sha256(row.words.encode()).hexdigest()[:16]


def test_a_row_with_a_clip_carries_its_file_and_length(script: Script) -> None:
    utterance = kept.said(script)[0]
    clip = Clip(
        digest="0123456789abcdef", words=utterance.words, locale=utterance.locale,
        pace=utterance.pace, lead=utterance.lead, speaker="s", engine="e", seconds=2.5,
        level=-21.0, wpm=135.0, sha256="0" * 64,
    )  # fmt: skip
    first = next(rows(script, Manifest(clips={key_of(utterance): clip})))
    assert (first.clip, first.digest, first.seconds) == (
        "0123456789abcdef.wav",
        "0123456789abcdef",
        2.5,
    )


def test_no_placeholder_is_left_in_anything_patients_get(listed: list[Row]) -> None:
    assert not [row for row in listed if re.search("[{}]", row.words)]
