"""Who has to sign, and who has not: exact words, every language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.small import changed, signed, small
from voice.draft.review import Person, Policy, SignOff
from voice.draft.subjects import digest
from voice.draft.unsigned import Unsigned, told, unsigned
from voice.script import Script, wording_digest
from voice.sign_offs import is_signed, roles


def test_translations_need_a_translator_too(script: Script) -> None:
    assert roles(script, "en-US") == ("writer", "editor", "clinician")
    assert roles(script, "es-US") == ("writer", "editor", "clinician", "translator")


def pending(script: Script) -> dict[str, tuple[str, ...]]:
    """The roles that have not signed the cast, by locale."""
    found = unsigned(script, Policy(), ())
    return {one.locale: one.roles for one in found if "topics/cast" in one.subjects}


def test_nothing_is_pending_when_everybody_signed_these_words(script: Script) -> None:
    assert pending(signed(small(script))) == {}


def test_a_changed_letter_ends_the_sign_offs_of_its_language_alone(script: Script) -> None:
    before = signed(small(script))
    after = changed(before, "cast", "es-US", title="Qué es una escayola")
    assert pending(after) == {"es-US": ("editor", "clinician", "translator")}


def test_who_is_missing_is_named(script: Script) -> None:
    before = signed(small(script))
    topic = before.topics["cast"]
    given = {**topic.sign_offs, "en-US": {**topic.sign_offs["en-US"], "clinician": "pending"}}
    after = replace(before, topics={**before.topics, "cast": replace(topic, sign_offs=given)})
    assert pending(after) == {"en-US": ("clinician",)}


@pytest.mark.parametrize(
    ("entry", "whole"),
    [("Ana, 2026-11-01, {}", True), (" Ana Ruiz, 2026-11-01, {} ", True), ("Ana, {}", False),
     ("Ana, 2026-11-01", False), ("pending", False), ("", False), ("Ana, 2026-11-01, {}0", False)],
)  # fmt: skip
def test_an_entry_is_a_name_a_day_and_the_digest_of_the_words(script: Script, entry, whole) -> None:
    digest = wording_digest(small(script).topics["cast"], "en-US")
    assert is_signed(entry.format(digest), digest) is whole


# By the manager's rules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "lacking"),
    [
        ({}, {"en-US": ("editor", "clinician"), "es-US": ("editor", "clinician", "translator")}),
        ({"en-US": ("clinician",), "es-US": ("translator",)},
         {"en-US": ("clinician",), "es-US": ("translator",)}),
        ({"en-US": (), "es-US": ()}, {}),
    ],
)  # fmt: skip
def test_what_lacks_a_signature_is_told_by_the_managers_rules(
    script: Script, roles, lacking
) -> None:
    found = unsigned(script, Policy(roles), ())
    assert {one.locale: one.roles for one in found} == lacking
    assert all({"topics/risks", "prompts", "clinic"} <= set(one.subjects) for one in found)


def test_signatures_in_the_files_and_in_the_store_count_for_exact_words(script: Script) -> None:
    by, at = Person(1, "Ana"), datetime(2026, 11, 20, tzinfo=UTC)
    policy = Policy({"en-US": ("clinician",), "es-US": ()})
    read = signed(small(script))
    given = [
        SignOff(one, "en-US", "clinician", by, digest(read, one, "en-US"), at)
        for found in unsigned(read, policy, ())
        for one in found.subjects
        if one != "menu"
    ]
    assert not [one for one in unsigned(read, policy, ()) if "topics/cast" in one.subjects]
    assert unsigned(read, policy, given) == (Unsigned("en-US", ("clinician",), ("menu",)),)
    assert list(told(read, policy, given)) == [
        "Who must sign, by the rules in the console: en-US: clinician; es-US: nobody.",
        "Not signed yet, and shown so in the console:",
        "  en-US, by clinician: menu",
    ]
    stale = [replace(one, digest="0" * 16) for one in given]
    assert len(unsigned(read, policy, stale)[0].subjects) == len(given) + 1
    assert list(told(read, Policy({"en-US": (), "es-US": ()}), ()))[1:] == ["All of it is signed."]
