"""Who has to sign, and who has not: exact words, every language."""

from dataclasses import replace

import pytest

from tests.small import changed, signed, small
from voice.script import Script, wording_digest
from voice.sign_offs import is_signed, pending, roles


def test_translations_need_a_translator_too(script: Script) -> None:
    assert roles(script, "en-US") == ("writer", "editor", "clinician")
    assert roles(script, "es-US") == ("writer", "editor", "clinician", "translator")


def test_nothing_is_pending_when_everybody_signed_these_words(script: Script) -> None:
    assert list(pending(signed(small(script)))) == []


def test_a_changed_letter_ends_the_sign_offs_of_its_language_alone(script: Script) -> None:
    before = signed(small(script))
    after = changed(before, "cast", "es-US", title="Qué es una escayola")
    assert list(pending(after)) == [("cast", "es-US", role) for role in roles(script, "es-US")]


def test_who_is_missing_is_named(script: Script) -> None:
    before = signed(small(script))
    topic = before.topics["cast"]
    given = {**topic.sign_offs, "en-US": {**topic.sign_offs["en-US"], "clinician": "pending"}}
    after = replace(before, topics={**before.topics, "cast": replace(topic, sign_offs=given)})
    assert list(pending(after)) == [("cast", "en-US", "clinician")]


@pytest.mark.parametrize(
    ("entry", "whole"),
    [("Ana, 2026-11-01, {}", True), (" Ana Ruiz, 2026-11-01, {} ", True), ("Ana, {}", False),
     ("Ana, 2026-11-01", False), ("pending", False), ("", False), ("Ana, 2026-11-01, {}0", False)],
)  # fmt: skip
def test_an_entry_is_a_name_a_day_and_the_digest_of_the_words(script: Script, entry, whole) -> None:
    digest = wording_digest(small(script).topics["cast"], "en-US")
    assert is_signed(entry.format(digest), digest) is whole
