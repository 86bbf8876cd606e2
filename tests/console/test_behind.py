"""A language that was not changed with the other is told of everywhere, and as long as it is so."""

import html
import re

import pytest

from tests.console.clinic import LAVAGE, MAIN, TITLE, Clinic
from tests.house import OPEN
from tests.publisher import all_utterances
from tests.stored import make_live
from voice import publish
from voice.console import going_live
from voice.draft.fields import field_of, read
from voice.store.drafts import Saved, save, versions

OTHER = TITLE.replace("fr-FR", "pt-BR")
WARNED = "Not changed yet: Português"
PAGES = {
    "ana": ("/console/words", f"/console/words/{LAVAGE}"),
    "bo": ("/console", "/console/review", f"/console/review/{LAVAGE}"),
    "cy": ("/console",),
    "dee": ("/console", "/console/releases"),
    "flo": ("/console",),
}
ON_THE_WORDS_PAGE = "The other language was changed here, this one not yet"
ON_THE_FIRST_PAGE = "In 1 subject, a language was not changed with the other:"


@pytest.fixture(autouse=True)
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(going_live, "launch", lambda id: None)
    monkeypatch.setattr(publish, "all_utterances", all_utterances)


def warned(clinic: Clinic) -> set[tuple[str, str]]:
    """The pages that tell of a language left behind, by who reads them."""
    told = (WARNED, ON_THE_WORDS_PAGE, ON_THE_FIRST_PAGE)
    found = set()
    for who, paths in PAGES.items():
        browser = clinic.browser_of(who)
        for path in paths:
            page = text(browser.get(path).text)
            if any(words in page for words in told):
                found.add((who, path))
    return found


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def everywhere(*without: str) -> set[tuple[str, str]]:
    return {(who, path) for who, paths in PAGES.items() for path in paths if path not in without}


def write(clinic: Clinic, words: str, name: str = TITLE) -> None:
    """Change words, whatever was ever saved there."""
    field = field_of(clinic.files, name)
    version = versions(clinic.store, LAVAGE).get(name, 0)
    live, ana = read(clinic.files, field), clinic.person("ana")
    assert isinstance(save(clinic.store, field, words, version, live, ana, OPEN), Saved)


def go_live(clinic: Clinic, *values: tuple[str, str]) -> None:
    """Write, approve and publish."""
    for name, words in values:
        write(clinic, words, name)
    for locale in sorted({name.split(":")[1].split(".")[0] for name, _ in values}):
        clinic.deed("ana", "send", locale=locale, digest=clinic.digest(LAVAGE, locale))
        signers = [("bo", "editor"), ("cy", "clinician"), ("flo", "translator")]
        for who, role in signers[: 3 if locale == "pt-BR" else 2]:
            digest = clinic.digest(LAVAGE, locale)
            answer = clinic.deed(who, "sign", locale=locale, digest=digest, role=role)
            assert answer.status_code == 303, answer.text
    browser = clinic.browser_of("dee")
    browser.get("/console/releases")
    place = browser.post("/console/releases/go", subject=[LAVAGE], note="Shorter").location
    assert clinic.carry_out(int(place.rsplit("/", 1)[1])) is not None


def test_while_it_is_written_where_words_are_told_and_not_yet_to_everybody(clinic: Clinic) -> None:
    write(clinic, "Laver")
    assert warned(clinic) == everywhere("/console", "/console/releases")


def test_who_reviews_and_who_makes_it_live_are_told_before(clinic: Clinic) -> None:
    write(clinic, "Laver")
    clinic.approve()
    assert warned(clinic) == everywhere()
    page = text(clinic.browser_of("dee").get("/console/releases").text)
    assert f"{WARNED} (Title). Until it is, callers may hear different things" in page


def test_after_going_live_it_is_told_until_the_other_language_was_changed(clinic: Clinic) -> None:
    go_live(clinic, (TITLE, "Laver"))
    told = everywhere("/console/review", "/console/releases")
    assert warned(clinic) == told
    write(clinic, "Lavar", OTHER)
    assert warned(clinic) == {(who, path) for who, path in told if path == "/console"}
    go_live(clinic, (OTHER, "Lavar bem"))
    assert warned(clinic) == set()


def test_who_catches_up_leaves_nobody_behind_but_who_changes_again_does(clinic: Clinic) -> None:
    go_live(clinic, (TITLE, "Laver"))
    go_live(clinic, (OTHER, "Lavar"))
    assert warned(clinic) == set()
    write(clinic, "Lavar-se", OTHER)
    page = text(clinic.browser_of("ana").get("/console/words").text)
    assert "Not changed yet: Français" in page


def test_both_changed_together_or_put_back_together_say_the_same(clinic: Clinic) -> None:
    go_live(clinic, (TITLE, "Laver"))
    go_live(clinic, (TITLE, "Le lavage"))
    assert warned(clinic) == set()
    go_live(clinic, (TITLE, "Laver bien"), (OTHER, "Lavar"))
    assert warned(clinic) == set()


def test_an_earlier_release_made_live_again_says_what_it_said_then(clinic: Clinic) -> None:
    go_live(clinic, (TITLE, "Laver"))
    assert warned(clinic)
    make_live(clinic.store, 1, OPEN)
    clinic.live.load(clinic.store, OPEN)
    assert warned(clinic) == set()


def test_another_field_that_changes_does_not_catch_up_for_it(clinic: Clinic) -> None:
    go_live(clinic, (TITLE, "Laver"))
    write(clinic, "Lave ta main.", MAIN)
    write(clinic, "Lave a mão.", MAIN.replace("fr-FR", "pt-BR"))
    page = text(clinic.browser_of("bo").get(f"/console/review/{LAVAGE}").text)
    assert f"{WARNED} (Title)." in page
