"""Names: nobody takes that of somebody else, and the record keeps the one a deed was done under."""

import csv
import html
import io
import re

import pytest
from flask import g

from tests.console.clinic import LAVAGE, Clinic
from tests.house import OPEN
from voice.console.commands import add
from voice.console.desk import stranger
from voice.console.names import language_in_words, language_of, own_name
from voice.store.audit import Wanted, entries
from voice.store.called import alike
from voice.store.staff import NameTaken, Newcomer, everyone, set_profile

TAKEN = "Somebody here has or had this name"


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def rename(clinic: Clinic, who: str, name: str) -> tuple[int, str]:
    answer = clinic.browser_of(who).post("/console/account/profile", name=name, locale="en")
    return answer.status_code, text(answer.text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana Ruíz", " ana  ruiz.", True),
        ("Cara", "Саrа", True),
        ("Clara", "CIara", True),
        ("Ana Ruiz", "Ana B. Ruiz", False),
        ("王芳", "王 芳", True),
        ("王芳", "李娜", False),
    ],
)
def test_names_that_read_the_same_are_the_same(one: str, other: str, same: bool) -> None:
    assert (alike(one) == alike(other)) == same


def test_nobody_takes_a_name_that_somebody_else_has_or_had(clinic: Clinic) -> None:
    for taken in ("Cy", "cý ", "C y", "CY."):
        status, told = rename(clinic, "bo", taken)
        assert (status, TAKEN in told) == (422, True), taken
    assert rename(clinic, "cy", "Cyrus Amir")[0] == 303
    assert rename(clinic, "bo", "Cy")[0] == 422
    assert rename(clinic, "bo", "Bo")[0] == 303
    assert rename(clinic, "cy", "Cy")[0] == 303  # one's own earlier name
    assert {one.name for one in everyone(clinic.store)} >= {"Bo", "Cy"}


def test_neither_an_invitation_nor_the_command_line_gives_a_taken_name(clinic: Clinic) -> None:
    sent = {"name": "ČY", "email": "new@x.org", "roles": ["writer"], "locale": "en"}
    answer = clinic.browser_of("dee").post("/console/people/invite", **sent)
    assert (answer.status_code, TAKEN in text(answer.text)) == (422, True)
    newcomer = Newcomer("new@x.org", "Cy", ("writer",), "en")
    with pytest.raises(NameTaken, match="add another name or an initial"):
        add(clinic.settings, clinic.store, newcomer, OPEN)
    assert "new@x.org" not in {one.email for one in everyone(clinic.store)}


def test_the_record_names_people_as_they_were_called_and_tells_both_names(clinic: Clinic) -> None:
    rename(clinic, "dee", "Dolores Haze")
    browser = clinic.browser_of("dee")
    browser.get("/console/releases/1/files")
    page = text(browser.get("/console/audit").text)
    assert "Dolores Haze Downloaded" in page
    assert "Dee (now Dolores Haze) Changed name or language Dee (now Dolores Haze)" in page
    assert "name before: Dee; name: Dolores Haze" in page
    rows = list(csv.reader(io.StringIO(browser.get("/console/audit/download").text)))
    assert [row[1] for row in rows if row[6] == "staff-profile"] == ["Dee (now Dolores Haze)"]
    named = [one.detail for one in entries(clinic.store, Wanted(deed="staff-profile"), 1)]
    assert named == [{"former": "Dee", "name": "Dolores Haze", "locale": "en"}]


def test_a_signature_keeps_its_name_and_tells_apart_who_could_be_mixed_up(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write()
    clinic.approve()
    rename(clinic, "bo", "Bo Li")
    page = f"/console/review/{LAVAGE}"
    assert "Editor: Bo (now Bo Li), on" in text(clinic.browser_of("ana").get(page).text)
    with monkeypatch.context() as before:  # a line that was kept before names were one's own
        before.setattr("voice.store.called.Names.is_anothers", lambda *_: False)
        set_profile(clinic.store, clinic.person("bo").id, "Cy", "en", None, OPEN)
    shown = text(clinic.browser_of("ana").get(page).text)
    assert "Clinician: Cy, cy@x.org, on" in shown
    assert "Editor: Bo (now Cy), on" in shown


NAMED = [
    ("en", "es-US", "Spanish", "Spanish"),
    ("es", "es-US", "Español", "español"),
    ("es", "en", "Inglés", "inglés"),
    ("es", "fr-FR", "Français", "Français"),
    ("es", "", "Antes de elegir idioma", "Antes de elegir idioma"),
]
"""The reader's language, a locale, its name where that stands alone, and within a sentence."""


@pytest.mark.parametrize(("language", "locale", "alone", "within"), NAMED)
def test_a_language_is_named_as_its_reader_would_say_it(
    clinic: Clinic, language: str, locale: str, alone: str, within: str
) -> None:
    with clinic.app.test_request_context(headers={"Accept-Language": language}):
        g.visit = stranger()
        assert (language_of(locale), language_in_words(locale)) == (alone, within)
        assert own_name("fr-FR") == "Français"


def test_languages_to_choose_from_are_named_and_marked_as_themselves(clinic: Clinic) -> None:
    """Whoever cannot read the page finds their own, also with a screen reader."""
    ana = clinic.browser_of("ana")
    for tag, own in (("en", "English"), ("es", "Español")):
        assert f' lang="{tag}">{own}</label>' in ana.get("/console/account").text
    for tag, own in (("fr-FR", "Français"), ("pt-BR", "Português")):
        assert f' lang="{tag}" hreflang="{tag}">{own}</a>' in ana.get("/console/card").text


def test_two_locales_of_one_language_are_told_apart_by_their_own_names(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.console.names.locales", lambda: ("es-US", "es-MX"))
    with clinic.app.test_request_context():
        g.visit = stranger()
        assert (language_of("es-US"), language_of("es-MX")) == ("es-US", "es-MX")
