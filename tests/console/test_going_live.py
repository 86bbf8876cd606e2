"""Going live, releases, switches and rules: each by who may, told in words, undone as easily."""

import html
import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.console.clinic import (
    APRES,
    FRENCH,
    LATER,
    LAVAGE,
    SMALL,
    Clinic,
)
from tests.house import OPEN
from tests.publisher import all_utterances, speak
from voice import publish
from voice.check.problem import Problem
from voice.console import going_live
from voice.draft.review import Policy
from voice.publish import Tools
from voice.script import read_files
from voice.store import live_number, read_release
from voice.store import publish as publish_files
from voice.store.audit import Wanted, entries
from voice.store.choices import choose_policy, read_choices
from voice.store.publications import LEASE, Publication, beat, begin, fail, publications
from voice.store.staff import set_profile
from voice.switches import LINE_OFF, Off


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The publications that a process of its own was started for."""
    found: list[int] = []
    monkeypatch.setattr(going_live, "launch", found.append)
    monkeypatch.setattr(publish, "all_utterances", all_utterances)
    return found


def text(page: str) -> str:
    """A page's words, each space one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def newest(clinic: Clinic) -> Publication:
    return publications(clinic.store)[0]


def go(clinic: Clinic, *subjects: str, who: str = "dee", note: str = "Shorter"):
    """Press the button of the releases page."""
    browser = clinic.browser_of(who)
    browser.get("/console/releases")
    return browser.post("/console/releases/go", subject=list(subjects), note=note)


def deeds(clinic: Clinic, most: int) -> list[tuple[str, str, str]]:
    return [(one.name, one.deed, one.subject) for one in entries(clinic.store, Wanted(), most)]


# Going live --------------------------------------------------------------------------------------


def test_approved_words_go_live_by_one_button_and_callers_hear_them(clinic, launched) -> None:
    clinic.write()
    assert "Nothing is approved just now." in clinic.browser_of("dee").get("/console/releases").text
    clinic.approve()
    page = text(clinic.browser_of("dee").get("/console/releases").text)
    assert "Le lavage △ Not changed yet: Português (Title)." in page
    assert "What changes (Le lavage)" in page
    answer = go(clinic, LAVAGE)
    assert (answer.status_code, answer.location) == (303, "/console/releases/going/1")
    assert launched == [1]
    assert live_number(clinic.store) == 1
    assert clinic.carry_out(1) == 2
    assert clinic.live.script.topics["lavage"].wording[FRENCH].title == "Laver"
    done = text(clinic.browser_of("ana").get(answer.location).text)
    assert "Release 2 is live" in done
    assert deeds(clinic, 2) == [("Dee", "words-live", "2"), ("Dee", "publication-begun", "1")]
    listed = text(clinic.browser_of("cy").get("/console/releases").text)
    assert re.search(r"Release 2 ✓ live November 20, 2026, \d+:00 [AP]M Dee Shorter", listed)


def test_only_what_is_approved_goes_live_whatever_a_form_says(clinic, launched) -> None:
    clinic.write()
    clinic.approve()
    clinic.write("Plus tard", LATER)
    assert "Not ready yet" in clinic.browser_of("dee").get("/console/releases").text
    assert go(clinic, APRES).status_code == 422
    assert go(clinic, APRES, LAVAGE, "topics/none").status_code == 303
    assert newest(clinic).subjects == (LAVAGE,)
    assert launched == [1]


@pytest.mark.parametrize(
    ("subjects", "note", "told"),
    [
        ((LAVAGE,), "  ", "Write in a few words what changes."),
        ((LAVAGE,), "x" * 201, "The note has 201 characters."),
        ((), "Shorter", "Choose at least one subject."),
    ],
)
def test_a_form_that_lacks_something_is_told_so(clinic, launched, subjects, note, told) -> None:
    clinic.write()
    clinic.approve()
    answer = go(clinic, *subjects, note=note)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert 'role="alert"' in answer.text
    assert launched == []


def test_two_publications_at_once_are_one_and_the_second_is_told_who(clinic, launched) -> None:
    clinic.write()
    clinic.approve()
    go(clinic, LAVAGE)
    answer = go(clinic, LAVAGE, who="eve")
    assert (answer.status_code, "Dee is making words live just now." in answer.text) == (409, True)
    again = clinic.browser_of("eve").post("/console/releases/1/again", note="Back")
    assert again.status_code == 303  # release 1 is live: there is nothing to do
    assert len(publications(clinic.store)) == 1
    assert "Dee began at" in clinic.browser_of("bo").get("/console/releases").text


def test_how_far_it_is_works_with_and_without_script(clinic) -> None:
    clinic.write()
    clinic.approve()
    go(clinic, LAVAGE)
    beat(clinic.store, newest(clinic), "clips", 3, 6, clinic.clock())
    page = clinic.browser_of("dee").get("/console/releases/going/1").text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert '<progress id="bar" max="100" value="47"' in page
    assert "Step 3 of 5: Making the sound" in page
    news = clinic.browser_of("dee").get("/console/releases/going/1/news").get_json()
    assert news == {
        "state": "running",
        "percent": 47,
        "told": "47 percent",
        "step": "Step 3 of 5: Making the sound",
        "clips": "3 of 6 sentences",
    }
    assert clinic.browser_of("dee").get("/console/releases/going/2").status_code == 404


@pytest.mark.parametrize("path", ["/console/releases", "/console/releases/going/1", "news"])
def test_what_a_dead_process_left_is_gone_on_with_at_any_visit(clinic, launched, path) -> None:
    clinic.write()
    clinic.approve()
    go(clinic, LAVAGE)
    path = "/console/releases/going/1/news" if path == "news" else path
    clinic.clock.pass_by(seconds=LEASE.total_seconds() - 1)
    clinic.browser_of("bo").get(path)
    assert launched == [1]
    clinic.clock.pass_by(seconds=2)
    clinic.browser_of("bo").get(path)
    clinic.browser_of("bo").get(path)
    assert launched == [1, 1]
    assert newest(clinic).run == 2
    assert "The machine that did this stopped." in (
        clinic.browser_of("bo").get("/console/releases/going/1").text
    )


@pytest.mark.parametrize(
    ("reason", "detail", "told", "fix"),
    [
        ("not-approved", LAVAGE, "not approved any more: Le lavage.", "see who must still sign"),
        ("clips", "No tone.", "The sound of the new words could not be made.", "No tone."),
        ("changed", "", "Somebody changed the words", "Look at the review again"),
        ("interrupted", "", "The machine stopped in the middle", "Try again."),
        ("broken", "KeyError", "The program made a mistake.", "whoever runs the line"),
        ("unreadable", "line.toml: no", "The words cannot be read together.", "line.toml: no"),
        ("nothing", "", "There was nothing new to make live.", "Nothing needs doing."),
    ],
)
def test_a_failure_says_why_and_what_to_do(clinic, reason, detail, told, fix) -> None:
    mine = begin(clinic.store, (LAVAGE,), "Shorter", clinic.person("dee"), clinic.clock())
    fail(clinic.store, mine, reason, detail, clinic.clock())
    page = text(clinic.browser_of("dee").get("/console/releases/going/1").text)
    assert "Error: Nothing went live" in page
    assert "Callers hear what they heard before." in page
    assert told in page
    assert fix in page
    assert told in text(clinic.browser_of("dee").get("/console/releases").text)


def test_what_the_check_found_names_the_subject_and_leads_to_it(clinic) -> None:
    clinic.write()
    clinic.approve()
    go(clinic, LAVAGE)
    one = Problem(
        "fail", "topics/lavage.toml", 1, "", FRENCH, "title", "", "rule 7", "Wrong.", "Mend."
    )
    assert clinic.carry_out(1, Tools(speak, lambda *_: (one,))) is None
    page = clinic.browser_of("dee").get("/console/releases/going/1").text
    assert "Le lavage , Français: Wrong. Mend." in text(page)
    assert 'href="/console/words/topics/lavage"' in page
    assert live_number(clinic.store) == 1


def test_signatures_of_live_words_make_a_release_of_their_own(clinic, launched) -> None:
    clinic.deed("cy", "sign", role="clinician")
    page = clinic.browser_of("dee").get("/console/releases").text
    assert "Make a release with the new signatures" in page
    browser = clinic.browser_of("dee")
    answer = browser.post("/console/releases/go", signatures="1", note="Signed")
    assert answer.status_code == 303
    assert clinic.carry_out(1) == 2
    signed = clinic.live.script.topics["lavage"].sign_offs[FRENCH]["clinician"]
    assert signed.startswith("Cy, 2026-11-20, ")
    page = clinic.browser_of("dee").get("/console/releases").text
    assert "new signatures" not in page
    assert "Clinician: Cy" in text(clinic.browser_of("bo").get(f"/console/review/{LAVAGE}").text)


# Releases ----------------------------------------------------------------------------------------


def published(clinic: Clinic) -> None:
    """Make other words live, as release 2."""
    clinic.write()
    clinic.approve()
    go(clinic, LAVAGE)
    assert clinic.carry_out(newest(clinic).id) == 2


def test_an_earlier_release_is_live_again_after_a_question(clinic, launched) -> None:
    published(clinic)
    clinic.clock.pass_by(minutes=1)
    page = clinic.browser_of("dee").get("/console/releases/1/again").text
    assert 'name="note" autocomplete="off" value="Back to release 1"' in page
    asked = text(page)
    assert "Make release 1 live again?" in asked
    assert "[out:] Laver" in asked
    browser = clinic.browser_of("dee")
    empty = browser.post("/console/releases/1/again", note="")
    assert (empty.status_code, 'value=""' in empty.text) == (422, True)
    assert browser.post("/console/releases/9/again", note="Back").status_code == 404
    assert browser.post("/console/releases/1/again", note="Back").status_code == 303
    assert "Release 1 is made live again." in browser.get("/console/releases/going/2").text
    assert launched == [1, 2]
    assert clinic.carry_out(2) == live_number(clinic.store) == 1
    assert clinic.live.script.topics["lavage"].wording[FRENCH].title == "Le lavage"
    assert deeds(clinic, 1) == [("Dee", "release-again", "1")]
    listed = text(clinic.browser_of("ana").get("/console/releases").text)
    assert "Release 1 ✓ live November 20, 2026, 4:00 PM At the machine made from" in listed
    assert clinic.browser_of("dee").get("/console/releases/2").status_code == 200


@pytest.mark.parametrize("path", ["/console/releases", "/console/review"])
def test_in_the_seconds_after_a_release_a_page_tells_of_one_release(clinic, path: str) -> None:
    files = {
        **SMALL,
        "topics/lavage.toml": SMALL["topics/lavage.toml"].replace("Le lavage", "Laver"),
    }
    browser = clinic.browser_of("dee")
    clinic.write("Laver")
    before = text(browser.get(path).text)
    publish_files(clinic.store, files, "Laver", OPEN)
    behind = text(browser.get(path).text)
    clinic.live.load(clinic.store)
    assert behind == text(browser.get(path).text) != before


def test_a_note_the_line_wrote_is_in_the_readers_language(clinic) -> None:
    dee = clinic.person("dee")
    set_profile(clinic.store, dee.id, "Dee", "es", None, OPEN)
    publish_files(clinic.store, SMALL, "Recordings", OPEN)
    publish_files(clinic.store, SMALL, "Laver", OPEN)
    page = clinic.browser_of("dee").get("/console/releases").text
    notes = re.findall(r'data-label="Nota">([^<]*)<', page)
    assert notes == ["Laver", "Grabaciones", "hecha con scripts/"]
    assert "hecha con scripts/" in clinic.browser_of("dee").get("/console/releases/1").text


def test_releases_are_compared_word_by_word(clinic) -> None:
    published(clinic)
    page = text(clinic.browser_of("ana").get("/console/releases/2").text)
    assert "What release 2 changes, compared with release 1" in page
    assert "[out:] Le lavage [in:] Laver" in page
    other = text(clinic.browser_of("ana").get("/console/releases/1?with=2").text)
    assert "[out:] Laver [in:] Le lavage" in other
    for wrong in ("9", "x", "", "1"):
        assert clinic.browser_of("ana").get(f"/console/releases/1?with={wrong}").status_code == 200
    assert clinic.browser_of("ana").get("/console/releases/9").status_code == 404


def test_a_release_is_heard_by_the_clips_that_are_kept(clinic) -> None:
    assert "no sound is kept" in clinic.browser_of("ana").get("/console/releases/1").text
    published(clinic)
    page = clinic.browser_of("ana").get("/console/releases/2").text
    player = r'<audio controls preload="none" src="/audio/[0-9a-f]{16}\.mp3" aria-labelledby'
    assert len(re.findall(player, page)) == 4


def test_a_release_comes_as_files_that_publish_takes_back_unchanged(clinic, tmp_path: Path) -> None:
    published(clinic)
    answer = clinic.browser_of("ana").get("/console/releases/2/files")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
    assert read_files(tmp_path / "scripts") == read_release(clinic.store, 2).files != SMALL
    assert answer.headers["Content-Disposition"] == 'attachment; filename="release-2.zip"'
    assert deeds(clinic, 1) == [("Ana", "release-downloaded", "2")]


# Switches ----------------------------------------------------------------------------------------


def test_a_subject_is_off_after_a_question_that_shows_what_callers_hear(clinic) -> None:
    page = text(clinic.browser_of("cy").get("/console/switches/topic/lavage/off").text)
    assert "Switch off “Le lavage”?" in page
    assert "Appelez le un, neuf neuf" in page
    assert "tiède" not in page
    assert clinic.browser_of("cy").post("/console/switches/topic/lavage/off").status_code == 303
    assert read_choices(clinic.store).off == Off(frozenset({"lavage"}))
    clinic.live.load(clinic.store, clinic.clock())
    said = clinic.live.release.script.topics["lavage"].wording[FRENCH].main_message
    assert "tiède" not in said
    assert "▲ off" in text(clinic.browser_of("ana").get("/console/switches").text)
    assert "tiède" in clinic.browser_of("dee").get("/console/switches/topic/lavage/on").text
    clinic.browser_of("dee").post("/console/switches/topic/lavage/on")
    assert read_choices(clinic.store).off == Off()
    assert deeds(clinic, 2) == [
        ("Dee", "topic-switched-on", "lavage"),
        ("Cy", "topic-switched-off", "lavage"),
    ]


def test_the_whole_line_is_off_and_the_console_goes_on(clinic) -> None:
    asked = clinic.browser_of("dee").get("/console/switches/line/off").text
    assert 'lang="pt-BR">Outro idioma: tecla asterisco.' in asked
    assert 'lang="fr-FR">Autre langue : touche étoile.' in asked
    asked = text(asked)
    assert "Cabinet Témoin: Appelez le 1-99-00-12-34" in asked
    assert "{" not in asked
    clinic.browser_of("dee").post("/console/switches/line/off")
    clinic.live.load(clinic.store, clinic.clock())
    assert list(clinic.live.release.script.topics) == [LINE_OFF]
    for path in ("switches", "review", f"review/{LAVAGE}", "releases", "policy", "words"):
        assert clinic.browser_of("dee").get(f"/console/{path}").status_code == 200, path
    page = text(clinic.browser_of("dee").get("/console/switches").text)
    assert "The line is off." in page
    clinic.browser_of("dee").post("/console/switches/line/on")
    assert read_choices(clinic.store).off == Off()


@pytest.mark.parametrize("what", ["line", "topic/lavage"])
def test_only_a_switch_that_changes_something_is_recorded(clinic, what: str) -> None:
    browser = clinic.browser_of("dee")
    kind = what.split("/")[0]
    for way in ("on", "off", "off", "on", "on"):
        assert browser.post(f"/console/switches/{what}/{way}").status_code == 303
    done = [deed for _, deed, _ in deeds(clinic, 9) if "switched" in deed]
    assert done == [f"{kind}-switched-on", f"{kind}-switched-off"]


def test_a_topic_there_is_not_can_not_be_switched(clinic) -> None:
    for way in ("on", "off"):
        path = f"/console/switches/topic/none/{way}"
        assert clinic.browser_of("dee").get(path).status_code == 404
        assert clinic.browser_of("dee").post(path).status_code == 404
    assert read_choices(clinic.store).off == Off()


# Rules -------------------------------------------------------------------------------------------

USUAL = {"roles-fr-FR": ["editor", "clinician"], "roles-pt-BR": ["translator"], "expired": "stay"}


def test_a_manager_chooses_who_signs_and_words_wait_for_them(clinic) -> None:
    clinic.write()
    fields = {**USUAL, "roles-fr-FR": ["clinician"], "expired": "fall-back"}
    assert clinic.browser_of("dee").post("/console/policy/choose", **fields).status_code == 303
    policy = Policy({"fr-FR": ("clinician",), "pt-BR": ("translator",)}, "fall-back")
    assert read_choices(clinic.store).policy == policy
    clinic.deed("ana", "send")
    clinic.deed("cy", "sign", role="clinician")
    assert clinic.state() == "approved"
    assert clinic.browser_of("dee").post("/console/policy/choose", **USUAL).status_code == 303
    assert clinic.state() == "sent"
    assert "Still needed: Editor" in text(
        clinic.browser_of("ana").get(f"/console/review/{LAVAGE}").text
    )
    assert deeds(clinic, 1)[0][1] == "policy-chosen"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("roles-fr-FR", [], "Choose at least one role for Français."),
        ("roles-pt-BR", ["manager", "x"], "Choose at least one role for Português."),
        ("roles-fr-FR", ["editor", "translator"], "Nobody can sign Français as Translator"),
        ("expired", "x", "Choose one of those offered."),
    ],
)
def test_rules_no_signature_can_meet_are_refused_and_told_so(clinic, name, value, told) -> None:
    answer = clinic.browser_of("dee").post("/console/policy/choose", **{**USUAL, name: value})
    assert (answer.status_code, told in text(answer.text)) == (422, True)
    assert read_choices(clinic.store).policy == Policy()


def test_the_first_language_is_offered_no_translators_signature(clinic) -> None:
    page = clinic.browser_of("dee").get("/console/policy").text
    offered = re.findall(r'name="roles-([^"]*)" value="translator"', page)
    assert offered == ["pt-BR"]
    assert "Translator signs that it says the same as in Français" in text(page)


def test_an_earlier_rule_that_nobody_can_meet_is_told_and_not_asked_for(clinic) -> None:
    clinic.write()
    clinic.approve()
    kept = Policy({"fr-FR": ("editor", "clinician", "translator")})
    choose_policy(clinic.store, kept, clinic.person("dee"), OPEN)
    assert clinic.state() == "approved"
    assert "Nobody can sign Français as Translator" in text(
        clinic.browser_of("dee").get("/console/policy").text
    )


@pytest.mark.parametrize(
    ("days", "told"), [(-1, "▲ overdue"), (0, "△ due soon"), (30, "△ due soon"), (31, "later")]
)
def test_each_subject_tells_when_it_is_to_be_read_again(clinic, days: int, told: str) -> None:
    day = date(2027, 1, 1)
    clinic.clock.at = clinic.clock.at.replace(year=2027, month=1, day=1) - timedelta(days=days)
    for name in ("dee", "ana"):
        begun = clinic.browser_of(name)
        clinic.sign_in_anew(name)
        page = text(begun.get("/console/policy").text)
        assert f"Le lavage January 1, {day.year} {told}" in page
