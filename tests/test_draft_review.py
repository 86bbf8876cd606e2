"""Who approves which words: states, sign-offs, and the files of the next release."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from tests.conftest import ROOT
from voice.check import content_problems
from voice.draft.composing import composed, entry
from voice.draft.fields import NoSuchField, field_of
from voice.draft.review import (
    REFUSALS,
    NotNow,
    Person,
    Policy,
    SignOff,
    after,
    may_sign,
    missing,
)
from voice.draft.subjects import digest, subject_of, subjects
from voice.draft.writing import apply
from voice.script import Script, ScriptError, parse, read_files, wording_digest

FILES = read_files(ROOT / "scripts")
TINY = read_files(ROOT / "tests" / "data" / "tiny-scripts")
AT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
ANA, BO, CY, DEE = (Person(n, name) for n, name in enumerate(["Ana", "Bo", "Cy", "Dee"], 1))
NOW = "0123456789abcdef"
OLD = "fedcba9876543210"
TITLE = "topics/risks.toml:en-US.title"


def signed(role: str, person: Person, words: str = NOW, locale: str = "en-US") -> SignOff:
    return SignOff("topics/risks", locale, role, person, words, AT)


# States ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "deeds"),
    [
        ("live", {}),
        ("writing", {"send": "sent"}),
        ("sent", {"send-back": "sent-back"}),
        ("sent-back", {"send": "sent"}),
        ("approved", {}),
    ],
)
def test_each_state_lets_some_deeds_follow_and_no_others(state, deeds) -> None:
    for deed in ("send", "send-back"):
        if deed in deeds:
            assert after(state, deed) == deeds[deed]
        else:
            with pytest.raises(NotNow) as told:
                after(state, deed)
            assert told.value.state == state


LOCALES = ("en-US", "es-US")


def test_who_must_sign_is_an_editor_and_a_clinician_and_for_translations_a_translator() -> None:
    assert Policy().signers("en-US", LOCALES) == ("editor", "clinician")
    assert Policy().signers("es-US", LOCALES) == ("editor", "clinician", "translator")
    own = Policy({"es-US": ("clinician",), "en-US": ()})
    assert [own.signers(locale, LOCALES) for locale in LOCALES] == [(), ("clinician",)]


def test_nobody_is_asked_to_sign_the_first_language_as_its_translator() -> None:
    asked = Policy({"en-US": ("clinician", "translator")})
    assert asked.signers("en-US", LOCALES) == ("clinician",)
    assert asked.unmet(LOCALES)
    alone = Policy({"en-US": ("translator",), "es-US": ("translator",)})
    assert [alone.signers(locale, LOCALES) for locale in LOCALES] == [
        ("editor", "clinician"),
        ("translator",),
    ]
    assert not Policy({"es-US": ("translator",)}).unmet(LOCALES)


def test_only_sign_offs_of_these_exact_words_count() -> None:
    signers = ("editor", "clinician", "translator")
    given = [signed("editor", BO), signed("clinician", CY, OLD)]
    assert missing(signers, [], NOW) == signers
    assert missing(signers, given, NOW) == ("clinician", "translator")
    assert missing(("editor",), given, NOW) == ()
    assert missing((), [], NOW) == ()


ALL = ("writer", "editor", "clinician", "translator")


@pytest.mark.parametrize(
    ("role", "person", "held", "state", "writers", "given", "refusal"),
    [
        ("editor", BO, ["editor"], "sent", {1}, [], ""),
        ("editor", BO, ["editor"], "live", set(), [], ""),
        ("translator", BO, ALL, "approved", {1}, [], ""),
        ("editor", BO, ["editor"], "writing", {1}, [], "not-now"),
        ("editor", BO, ["editor"], "sent-back", {1}, [], "not-now"),
        ("editor", BO, ["clinician"], "sent", {1}, [], "not-your-role"),
        ("editor", BO, [], "sent", {1}, [], "not-your-role"),
        ("writer", BO, ALL, "sent", {1}, [], "not-your-role"),
        ("manager", BO, [*ALL, "manager"], "sent", {1}, [], "not-your-role"),
        ("editor", ANA, ALL, "sent", {1}, [], "own-words"),
        ("clinician", ANA, ALL, "live", {1, 2}, [], "own-words"),
        ("translator", ANA, ALL, "sent", {1}, [], "own-words"),
        ("editor", DEE, ALL, "sent", {1}, [signed("writer", DEE)], "you-sent-them"),
        ("editor", DEE, ALL, "sent", {1}, [signed("writer", DEE, OLD)], ""),
        ("editor", BO, ALL, "sent", {1}, [signed("editor", CY)], "signed-already"),
        ("editor", BO, ALL, "sent", {1}, [signed("editor", BO)], "signed-already"),
        ("editor", BO, ALL, "sent", {1}, [signed("editor", BO, OLD)], ""),
        ("clinician", BO, ALL, "sent", {1}, [signed("editor", BO)], "second-person"),
        ("editor", BO, ALL, "sent", {1}, [signed("clinician", BO)], "second-person"),
        ("clinician", BO, ALL, "sent", {1}, [signed("editor", CY)], ""),
        ("translator", BO, ALL, "sent", {1}, [signed("editor", BO)], ""),
        ("clinician", BO, ALL, "sent", {1}, [signed("translator", BO)], ""),
        ("writer", BO, ALL, "live", set(), [], ""),
        ("writer", BO, ["editor"], "live", set(), [], "not-your-role"),
        ("writer", BO, ALL, "live", set(), [signed("editor", BO)], "second-person"),
        ("editor", BO, ALL, "live", set(), [signed("writer", BO)], "second-person"),
        ("editor", BO, ALL, "live", set(), [signed("writer", CY)], ""),
    ],
)
def test_nobody_approves_their_own_words_and_the_clinician_is_a_second_person(
    role, person, held, state, writers, given, refusal
) -> None:
    assert may_sign(role, person, held, state, writers, given, NOW) == refusal


def test_whatever_the_order_no_clinician_wrote_sent_or_edited_the_words() -> None:
    """Three people who may do everything try every order of signing."""
    for tries in product(product(("editor", "clinician"), (ANA, BO, CY)), repeat=3):
        given = [signed("writer", ANA)]
        for role, person in tries:
            if not may_sign(role, person, ALL, "sent", {ANA.id}, given, NOW):
                given.append(signed(role, person))
        people = {one.role: one.person for one in given}
        assert len(given) == len(people)
        assert len(set(people.values())) == len(people)


def test_a_refusal_is_told_in_each_language() -> None:
    for words in REFUSALS.values():
        assert set(words) == {"en", "es"}
        assert all(text.endswith(".") for text in words.values())


# Subjects ----------------------------------------------------------------------------------------


def test_subjects_are_the_topics_in_the_menus_order_then_what_the_line_says_itself(
    script: Script,
) -> None:
    found = subjects(script)
    assert found[:3] == ("topics/what-it-is", "topics/why-bones-break", "topics/procedure")
    assert found[16:] == ("prompts", "menu", "clinic", "words", "lexicon", "pages")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (TITLE, "topics/risks"),
        ("topics/risks.toml:review_by", "topics/risks"),
        ("questions.toml:en-US.topics.risks", "words"),
        ("words.toml:es-US.stop", "words"),
        ("line.toml:hours.monday", "clinic"),
        ("lexicon.toml:word.es.say.hueso", "lexicon"),
    ],
)
def test_a_field_belongs_to_one_subject(name: str, subject: str) -> None:
    assert subject_of(field_of(FILES, name)) == subject


def digests(files) -> dict[tuple[str, str], str]:
    script = parse(files)
    return {
        (subject, locale): digest(script, subject, locale)
        for subject in subjects(script)
        for locale in script.locales
    }


@pytest.mark.parametrize(
    ("name", "new", "changed"),
    [
        (TITLE, "Risk", {("topics/risks", "en-US")}),
        ("topics/risks.toml:facts", ("F-001",), {("topics/risks", one) for one in LOCALES}),
        ("prompts.toml:es-US.call.welcome", "Hola.", {("prompts", "es-US")}),
        ("line.toml:numbers.phone", "+1 212 555 0111", {("clinic", one) for one in LOCALES}),
        ("line.toml:name.en-US", "Clinic", {("clinic", "en-US")}),
        ("lexicon.toml:word.es.say.hueso", "ueso", {("lexicon", "es-US")}),
        ("questions.toml:en-US.topics.risks", ("is it safe",), {("words", "en-US")}),
        ("menu.toml:option.1.en-US.label", "To learn", {("menu", "en-US")}),
    ],
)
def test_a_digest_is_of_the_exact_words_of_one_subject_in_one_locale(name, new, changed) -> None:
    before, after_it = digests(FILES), digests(apply(FILES, {name: new}))
    assert {key for key in before if before[key] != after_it[key]} == changed


def test_a_topics_digest_is_the_one_its_file_names(script: Script) -> None:
    assert digest(script, "topics/risks", "es-US") == wording_digest(
        script.topics["risks"], "es-US"
    )


# The next release --------------------------------------------------------------------------------


def approvals(files, locale: str = "en-US", subject: str = "topics/risks") -> list[SignOff]:
    words = digest(parse(files), subject, locale)
    people = {"writer": ANA, "editor": BO, "clinician": CY, "translator": DEE}
    return [SignOff(subject, locale, role, one, words, AT) for role, one in people.items()]


@pytest.mark.parametrize("files", [FILES, TINY], ids=["shipped", "tiny"])
def test_nothing_in_work_leaves_every_byte_as_it_is(files) -> None:
    assert composed(files, {}, ()) == files


def test_sign_offs_of_the_words_as_they_become_are_written_in_their_file() -> None:
    drafts = {TITLE: "The risks"}
    given = approvals(apply(FILES, drafts))
    script = parse(composed(FILES, drafts, given))
    topic = script.topics["risks"]
    now = wording_digest(topic, "en-US")
    assert topic.wording["en-US"].title == "The risks"
    assert topic.sign_offs["en-US"] == {
        "writer": f"Ana, 2026-11-21, {now}",
        "editor": f"Bo, 2026-11-21, {now}",
        "clinician": f"Cy, 2026-11-21, {now}",
    }
    assert set(topic.sign_offs["es-US"].values()) == {"pending"}
    waiting = [
        one for one in content_problems(script, date(2026, 11, 21)) if one.rule == "rule 100"
    ]
    assert {one.locale for one in waiting if "risks" in one.message} == {"es-US"}


def test_a_later_letter_ends_every_sign_off() -> None:
    files = composed(FILES, {}, approvals(FILES))
    changed = composed(files, {TITLE: "Risk"}, approvals(FILES))
    assert set(parse(changed).topics["risks"].sign_offs["en-US"].values()) == {"pending"}
    back = composed(changed, {TITLE: "Risks of the treatment"}, approvals(FILES))
    assert back == files


def test_words_that_went_live_unsigned_can_be_signed_later() -> None:
    es = composed(FILES, {}, approvals(FILES, "es-US"))
    assert "pending" not in parse(es).topics["risks"].sign_offs["es-US"].values()
    again = [replace(one, person=DEE) for one in approvals(FILES, "es-US")]
    assert composed(es, {}, again) == es


def test_a_name_can_not_forge_an_entry() -> None:
    forged = replace(signed("editor", Person(1, 'Ana, RN {phone}\n"x" = "y"')), digest=NOW)
    assert entry(forged) == f'Ana RN phone "x" = "y", 2026-11-21, {NOW}'
    assert entry(signed("editor", Person(1, " ,{} "))) == f"?, 2026-11-21, {NOW}"
    given = [replace(one, person=forged.person) for one in approvals(FILES)]
    held = parse(composed(FILES, {}, given)).topics["risks"].sign_offs
    assert held["en-US"]["editor"].startswith('Ana RN phone "x" = "y", ')


def test_what_can_not_be_read_together_is_refused_with_its_defects() -> None:
    with pytest.raises(ScriptError, match="different parts"):
        composed(FILES, {"topics/risks.toml:en-US.parts": ("One.",)}, ())
    with pytest.raises(NoSuchField):
        composed(FILES, {"topics/cost.toml:en-US.title": "Cost"}, ())
