"""Reviewing: exact words sent, sent back, approved by others than their writer, and never stale."""

import html
import re

import pytest

from tests.console.clinic import (
    APRES,
    FRENCH,
    LAVAGE,
    MAIN,
    TITLE,
    Clinic,
)
from voice.draft.review import REFUSALS
from voice.store.audit import Wanted, entries
from voice.store.drafts import read_work
from voice.store.remarks import remarks

PAGE = f"/console/review/{LAVAGE}"


def text(page: str) -> str:
    """A page's words, each space one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def signed(clinic: Clinic, subject: str = LAVAGE) -> set[tuple[str, str]]:
    """Who has signed in which role."""
    found = read_work(clinic.store).signed(subject, FRENCH)
    return {(one.person.name, one.role) for one in found}


# Reading -----------------------------------------------------------------------------------------


def test_a_reviewer_reads_the_exact_words_before_and_after(clinic: Clinic) -> None:
    clinic.write("De l'eau froide nettoie votre oreille.", MAIN)
    page = clinic.browser_of("cy").get(PAGE).text
    assert '<del><span class="unseen">[out:] </span>tiède</del>' in html.unescape(page)
    assert '<ins><span class="unseen">[in:] </span>froide</ins>' in html.unescape(page)
    assert re.search(r'<p class="words passage" lang="fr-FR">De l&#39;eau ', page)
    assert "Le lavage" in text(page)
    assert clinic.digest() not in text(page)  # nobody has signed


def test_words_with_marks_of_html_are_words(clinic: Clinic) -> None:
    clinic.write("<script>alert(1)</script>")
    page = clinic.browser_of("cy").get(PAGE).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_list_tells_what_is_in_work_what_waits_for_whom_and_what_nobody_signed(
    clinic: Clinic,
) -> None:
    assert "There are no drafts." in clinic.browser_of("cy").get("/console/review").text
    clinic.write()
    clinic.deed("ana", "send")
    seen = {
        name: text(clinic.browser_of(name).get("/console/review").text) for name in "ana cy".split()
    }
    assert "Le lavage, Français: Clinician" in seen["cy"]
    assert "Waiting for your signature" not in seen["ana"]
    for page in seen.values():
        assert "waiting for signatures Still to sign: Editor, Clinician." in page
        assert "La suite Editor, Clinician Editor, Clinician, Translator" in page


def test_words_that_can_not_be_read_are_not_sent(clinic: Clinic) -> None:
    clinic.write("", "topics/lavage.toml:fr-FR.title")
    page = clinic.browser_of("ana").get(PAGE).text
    assert "cannot be read together" in page
    assert "Send for review" not in page
    assert re.search(r'<li class="fail">.* <span lang="en">\w+ ', page)
    answer = clinic.browser_of("ana").post(f"{PAGE}/send", locale=FRENCH, digest="")
    assert answer.status_code == 409


@pytest.mark.parametrize("subject", ["topics/none", "nothing", "topics/lavage/send"])
def test_a_subject_there_is_not_is_told_so(clinic: Clinic, subject: str) -> None:
    assert clinic.browser_of("cy").get(f"/console/review/{subject}").status_code == 404


def test_a_comment_has_no_marks_that_turn_the_words_after_it(clinic: Clinic) -> None:
    clinic.write()
    clinic.deed("ana", "send")
    said = "Say \u202eit\u2066 \u200fwarm.\r\nNot cold.\x07"
    assert clinic.deed("cy", "back", say=said).status_code == 303
    assert remarks(clinic.store)[-1].said.words == "Say it warm.\nNot cold."


def test_a_comment_of_marks_alone_is_none(clinic: Clinic) -> None:
    clinic.write()
    clinic.deed("ana", "send")
    assert clinic.deed("cy", "back", say="\u202e \u2066").status_code == 422


# From hand to hand -------------------------------------------------------------------------------


def test_words_are_sent_signed_by_two_others_and_approved(clinic: Clinic) -> None:
    clinic.write()
    assert clinic.state() == "writing"
    clinic.approve()
    assert clinic.state() == "approved"
    assert signed(clinic) == {("Ana", "writer"), ("Bo", "editor"), ("Cy", "clinician")}
    page = text(clinic.browser_of("dee").get(PAGE).text)
    told = f"Clinician: Cy, on November 20, 2026, 4:00 PM for the words {clinic.digest()}."
    assert told in page
    deeds = [(one.name, one.deed, one.subject) for one in entries(clinic.store, Wanted(), 3)]
    assert deeds == [
        ("Cy", "words-signed", LAVAGE),
        ("Bo", "words-signed", LAVAGE),
        ("Ana", "words-sent", LAVAGE),
    ]


def test_any_change_of_a_letter_ends_every_signature(clinic: Clinic) -> None:
    clinic.write()
    clinic.approve()
    clinic.write("Lavez", by="eve")
    assert clinic.state() == "writing"
    assert signed(clinic) == set()


def test_words_sent_back_say_why_by_the_sentence_and_are_mended(clinic: Clinic) -> None:
    clinic.write("Une phrase. Une autre.", MAIN)
    clinic.deed("ana", "send")
    fields = {"say": "Almost.", "say-0-1": "Which one?"}
    assert clinic.deed("cy", "back", **fields).status_code == 303
    assert clinic.state() == "sent-back"
    said = [one.said for one in remarks(clinic.store, LAVAGE)]
    assert [(one.field, one.sentence, one.words) for one in said] == [
        (MAIN, "Une autre.", "Which one?"),
        ("", "", "Almost."),
    ]
    page = text(clinic.browser_of("ana").get(PAGE).text)
    assert "Une autre. Which one? From Cy," in page
    number = remarks(clinic.store, LAVAGE)[0].id
    browser = clinic.browser_of("ana")
    assert browser.post(f"/console/review/remarks/{number}/settle").status_code == 303
    assert browser.post(f"/console/review/remarks/{number}/settle").status_code == 303
    assert browser.post("/console/review/remarks/99/settle").status_code == 404
    assert len(remarks(clinic.store, LAVAGE)) == 1
    settled = [one for one in entries(clinic.store, Wanted(), 9) if one.deed == "remark-settled"]
    assert len(settled) == 1
    clinic.write("Une phrase. Une belle autre.", MAIN)
    clinic.approve()
    assert clinic.state() == "approved"


@pytest.mark.parametrize(
    ("fields", "told"),
    [({}, "Write at least one comment"), ({"say-0-0": "x" * 2001}, "has 2001 characters")],
)
def test_words_are_not_sent_back_without_a_fit_comment(clinic: Clinic, fields, told) -> None:
    clinic.write()
    clinic.deed("ana", "send")
    answer = clinic.deed("cy", "back", **fields)
    assert (answer.status_code, told in text(answer.text)) == (422, True)
    assert clinic.state() == "sent"
    assert remarks(clinic.store) == ()


def test_what_is_not_sent_is_not_sent_back_and_what_is_sent_not_sent_again(clinic: Clinic) -> None:
    clinic.write()
    assert clinic.deed("cy", "back", say="No.").status_code == 409
    clinic.deed("ana", "send")
    answer = clinic.deed("eve", "send")
    assert (answer.status_code, "cannot be done now" in answer.text) == (409, True)
    assert signed(clinic) == {("Ana", "writer")}


def test_a_translator_sends_their_own_language_alone(clinic: Clinic) -> None:
    clinic.write()
    clinic.write("Lavar", "topics/lavage.toml:pt-BR.title")
    assert clinic.deed("flo", "send").status_code == 403
    digest = clinic.digest(locale="pt-BR")
    assert clinic.deed("flo", "send", locale="pt-BR", digest=digest).status_code == 303
    assert (clinic.state(), clinic.state(locale="pt-BR")) == ("writing", "sent")


# Forged sign-offs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "role", "refusal"),
    [
        ("bo", "clinician", "not-your-role"),
        ("bo", "translator", "not-your-role"),
        ("cy", "writer", "not-your-role"),
        ("cy", "manager", "not-your-role"),
        ("cy", "", "not-your-role"),
        ("eve", "clinician", "own-words"),
    ],
)
def test_a_forged_signature_is_refused_in_words(clinic: Clinic, who, role, refusal) -> None:
    clinic.write()
    clinic.write("L'eau.", MAIN, by="eve")
    clinic.deed("ana", "send")
    answer = clinic.deed(who, "sign", role=role)
    assert answer.status_code == 422
    assert REFUSALS[refusal]["en"] in text(answer.text)
    assert signed(clinic) == {("Ana", "writer")}


def test_one_person_signs_in_one_role_and_no_role_is_signed_twice(clinic: Clinic) -> None:
    clinic.write()
    clinic.deed("ana", "send")
    assert clinic.deed("eve", "sign", role="editor").status_code == 303
    for who, role, refusal in (
        ("eve", "clinician", "second-person"),
        ("bo", "editor", "signed-already"),
    ):
        answer = clinic.deed(who, "sign", role=role)
        assert (answer.status_code, REFUSALS[refusal]["en"] in text(answer.text)) == (422, True)
    assert signed(clinic) == {("Ana", "writer"), ("Eve", "editor")}


def test_words_nobody_sent_are_not_signed(clinic: Clinic) -> None:
    clinic.write()
    answer = clinic.deed("cy", "sign", role="clinician")
    assert (answer.status_code, REFUSALS["not-now"]["en"] in text(answer.text)) == (422, True)


def test_a_page_that_was_open_too_long_signs_sends_and_sends_back_nothing(clinic: Clinic) -> None:
    clinic.write()
    old = clinic.digest()
    clinic.write("Lavez")
    assert clinic.deed("ana", "send", digest=old).status_code == 409
    assert clinic.state() == "writing"
    clinic.deed("ana", "send")
    for deed, fields in (("sign", {"role": "clinician"}), ("back", {"say": "No."})):
        answer = clinic.deed("cy", deed, digest=old, **fields)
        assert (answer.status_code, "have changed since this page" in answer.text) == (409, True)
    assert (clinic.state(), signed(clinic)) == ("sent", {("Ana", "writer")})


@pytest.mark.parametrize("other", ["", "0123456789abcdef", "of other words"])
def test_a_signature_of_other_words_is_none(clinic: Clinic, other: str) -> None:
    clinic.write()
    clinic.deed("ana", "send")
    digest = clinic.digest(APRES) if other == "of other words" else other
    assert clinic.deed("cy", "sign", role="clinician", digest=digest).status_code == 409
    assert signed(clinic) == {("Ana", "writer")}


@pytest.mark.parametrize("locale", ["", "en-US", "../x"])
def test_a_language_there_is_not_is_told_so(clinic: Clinic, locale: str) -> None:
    assert clinic.deed("cy", "sign", role="clinician", locale=locale).status_code == 404


# Words that are live -----------------------------------------------------------------------------


def test_live_words_nobody_signed_are_pending_until_everybody_has(clinic: Clinic) -> None:
    for who, role in (("ana", "writer"), ("bo", "editor"), ("cy", "clinician")):
        assert "live, not signed by all" in clinic.browser_of(who).get(PAGE).text
        assert clinic.deed(who, "sign", role=role).status_code == 303
    page = text(clinic.browser_of("cy").get(PAGE).text)
    assert "Français ✓" not in page
    assert re.search(r"Français live\. ", page)
    listed = text(clinic.browser_of("cy").get("/console/review").text)
    assert "Le lavage signed Editor, Clinician, Translator" in listed
    assert clinic.deed("eve", "sign", role="writer").status_code == 422


def test_live_words_nobody_signed_stay_pending_while_others_are_written(clinic: Clinic) -> None:
    def told(path: str, who: str = "bo") -> str:
        return text(clinic.browser_of(who).get(f"/console{path}").text)

    before = re.search(r"(\d+) sign-offs are still missing", told(""))
    clinic.write()
    clinic.deed("ana", "send")
    listed = told("/review")
    assert "Still to sign: Editor, Clinician. Live words not signed by all" in listed
    assert "Le lavage Editor, Clinician Editor, Clinician, Translator" in listed
    still = "Until this goes live callers hear other words, and not everybody has signed those."
    assert f"4:00 PM. {still}" in told(PAGE[8:])
    assert "Le lavage waiting for signatures live words not signed by all" in told("/words")
    clinic.approve_sent()
    assert f"{before[1]} sign-offs are still missing" in told("")
    assert f"{before[1]} sign-offs are still missing" in told("/releases")
    approved = told(PAGE[8:])
    assert re.search(rf"Français approved\. .*? {still}", approved)


def test_the_role_of_writer_is_offered_but_never_missing(clinic: Clinic) -> None:
    assert "Sign as its writer: Writer" in clinic.browser_of("ana").get(PAGE).text
    for who, others in (("bo", "Clinician"), ("dee", "Editor, Clinician")):
        page = text(clinic.browser_of(who).get(PAGE).text)
        assert f"Still needed: {others}." in page
        assert "Writer" not in page


def test_a_signature_of_live_words_outlasts_a_draft_of_them(clinic: Clinic) -> None:
    clinic.deed("cy", "sign", role="clinician")
    clinic.write()
    assert "Clinician: Cy" not in text(clinic.browser_of("cy").get(PAGE).text)
    clinic.write("Le lavage")
    assert TITLE not in read_work(clinic.store).drafts
    assert "Clinician: Cy" in text(clinic.browser_of("cy").get(PAGE).text)
