"""The record as a page and as a table for spreadsheets."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.console.conftest import Office
from voice.completing import note
from voice.console.sheets import safe
from voice.console.words import words_in
from voice.store import publish
from voice.store.audit import Wanted, entries, record
from voice.store.staff import set_active


def filled(office: Office) -> int:
    """Four deeds over two days at the clinic in New York; the number of who did them."""
    office.publish()
    me = office.hire("me@x.org", "manager", name="Ana Ruiz")
    for day, hour, deed in ((5, 4, "old"), (5, 6, "read"), (6, 4, "wrote"), (6, 6, "read")):
        at = datetime(2026, 11, day, hour, tzinfo=UTC)
        record(office.store, me.id, deed, f"note:{day}-{hour}", {"words": hour}, at)
    return me.id


def subjects(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"note:\d-\d", page)))


def test_the_newest_deeds_come_first_with_who_and_when(office: Office):
    filled(office)
    browser = office.signed_in("me@x.org")
    page = browser.get("/console/audit").text
    assert subjects(page) == ["note:6-6", "note:6-4", "note:5-6", "note:5-4"]
    assert "November 6, 2026, 1:00 AM" in page
    assert "November 5, 2026, 11:00 PM" in page
    assert "Times are those of New York." in page
    assert "Made an account" in page
    assert page.count("Ana Ruiz</td>") >= 2
    assert "words: 6" in page
    assert "staff:1" not in page


NARROWED = {
    "deed=read": ["6-6", "5-6"],
    "deed=nothing": [],
    "person=1": ["6-6", "6-4", "5-6", "5-4"],
    "person=999": [],
    "person=machine": [],
    "since=2026-11-06&until=2026-11-19": ["6-6"],
    "since=2026-11-05&until=2026-11-05": ["6-4", "5-6"],
    "until=2026-11-04": ["5-4"],
    "deed=read&until=2026-11-05": ["5-6"],
    "before=x&person=ana": ["6-6", "6-4", "5-6", "5-4"],
}
"""What is asked for, by days of the clinic in New York, and what is found."""


def test_the_record_is_narrowed_down_on_the_page_and_in_the_file_alike(office: Office):
    assert filled(office) == 1
    browser = office.signed_in("me@x.org")
    for asked, found in NARROWED.items():
        topics = [f"note:{one}" for one in found]
        page = browser.get(f"/console/audit?{asked}").text
        assert subjects(page) == topics, asked
        assert subjects(browser.get(f"/console/audit/download?{asked}").text) == topics, asked
        link = re.search(r'href="(/console/audit/download[^"]*)"', page)[1].replace("&amp;", "&")
        assert subjects(browser.get(link).text) == topics, asked


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("since=tomorrow", "From: Write the date"),
        ("until=2026-02-30", "To: Write the date"),
        ("since=2026-11-02&until=2026-11-01", "From: The first day is after"),
        ("until=9999-12-31", "To: Write the date"),
    ],
)
def test_a_date_that_is_none_is_told_beside_its_field(office: Office, asked: str, said: str):
    filled(office)
    browser = office.signed_in("me@x.org")
    for where in ("/console/audit", "/console/audit/download"):
        answer = browser.get(f"{where}?{asked}")
        assert (answer.status_code, said in answer.text) == (422, True)
        assert subjects(answer.text) == []


def test_a_long_record_is_read_a_hundred_at_a_time(office: Office):
    me = office.hire("me@x.org", "manager")
    for number in range(230):
        at = office.clock() + timedelta(seconds=number)
        record(office.store, me.id, "read", f"no:{number:03}", {}, at)
    browser = office.signed_in("me@x.org")
    seen: list[str] = []
    where = "/console/audit?deed=read"
    while where:
        page = browser.get(where).text
        seen += re.findall(r"no:\d+", page)
        found = re.search(r'href="([^"]*before=[^"]*)"', page)
        where = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"no:{number:03}" for number in reversed(range(230))]
    assert "Back to the newest" in page


RISKS = "Los riesgos del tratamiento"
NAMED = [
    ("words-begun", "topics/risks.toml:es-US.title", {}, f"{RISKS}: Título (español)"),
    ("words-signed", "topics/risks", {"locale": "es-US"}, f"{RISKS}|idioma: español"),
    ("words-signed", "prompts", {"role": "editor"}, "Lo que dice la línea misma|función: {role}"),
    ("words-live", "7", {"subjects": "topics/risks menu"}, f"versión 7|temas: {RISKS}, El menú"),
    ("release-again", "3", {"instead of": 7}, "en lugar de: versión 7"),
    ("topic-off", "risks", {}, RISKS),
    ("unknown-taught", "topic:risks", {"kind": "keyword"}, f"{RISKS}|como: palabra clave"),
    ("recording-kept", "es-US risks 2", {"pace": "slow"}, f"{RISKS} (español), parte 2|lento"),
    ("call-back-shown", "call-back:4", {}, "llamada pendiente 4"),
    ("staff-link", "staff:1", {"purpose": "invite"}, "Ana Ruiz|para: una primera contraseña"),
    ("staff-profile", "staff:1", {"locale": "es"}, "idioma: español"),
    ("policy-chosen", "", {"es-US": "editor clinician"}, "español: {role}, "),
    ("words-begun", "topics/gone.toml:es-US.title", {}, "topics/gone.toml:es-US.title"),
]  # fmt: skip
"""Deeds as they are recorded, and what stands on the page of somebody who reads Spanish."""


def test_the_record_names_subjects_people_roles_and_languages_in_the_readers_words(
    office: Office,
):
    office.publish()
    me = office.hire("me@x.org", "manager", name="Ana Ruiz", locale="es")
    for deed, subject, detail, _ in NAMED:
        record(office.store, me.id, deed, subject, detail, office.clock())
    browser = office.signed_in("me@x.org")
    rows = re.findall(r"<tr role=\"row\">.*?</tr>", browser.get("/console/audit").text, re.S)
    file = list(csv.reader(io.StringIO(browser.get("/console/audit/download").text, newline="")))
    role = words_in("es")("roles.editor")
    for number, (deed, subject, _, said) in enumerate(reversed(NAMED)):
        for one in said.format(role=role).split("|"):
            assert one in rows[number + 2], rows[number + 2]
            assert one in ";".join(file[number + 2][:5])
        assert file[number + 2][6:8] == [deed, subject]


LIVE = {
    "machine": {
        "en": [
            ("Someone at the machine", "Made the words of scripts/ live", "release 3",
             "instead of: release 2; note: ours; "
             "with --over: words of the clinic's own may have been taken back"),
            ("Someone at the machine", "Made the words of scripts/ live", "release 2",
             "instead of: release 1; note: published from scripts/"),
        ],
        "es": [
            ("Alguien en la computadora de la línea", "Publicó los textos de scripts/",
             "versión 3", "en lugar de: versión 2; nota: ours; "
             "con --over: quizás se retiraron textos propios de la clínica"),
            ("Alguien en la computadora de la línea", "Publicó los textos de scripts/",
             "versión 2",
             "en lugar de: versión 1; nota: publicada con los textos de scripts/"),
        ],
    },
    "line": {
        "en": [
            ("The line itself", "Completed the live words by itself, after an update",
             "release 4", "instead of: release 3"),
            ("The line itself", "Made the first release live by itself, at a start",
             "release 1", ""),
        ],
        "es": [
            ("La línea misma",
             "Completó por sí misma los textos publicados, tras una actualización",
             "versión 4", "en lugar de: versión 3"),
            ("La línea misma", "Publicó por sí misma la primera versión, al arrancar",
             "versión 1", ""),
        ],
    },
}  # fmt: skip
"""What a manager reads of releases that nobody made in the console, by who made them."""


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_manager_reads_who_made_words_live_without_the_console(office: Office, language: str):
    office.publish()
    files, at = office.live.release.script.files, office.clock()
    publish(office.store, files, "published from scripts/", at)
    publish(office.store, files, "ours", at, "over")
    publish(office.store, files, note(3), at, "completing")
    office.hire("me@x.org", "manager", locale=language)
    browser = office.signed_in("me@x.org")
    for who, each in LIVE.items():
        told, page = each[language], html.unescape(browser.get(f"/console/audit?person={who}").text)
        cells = re.findall(r"<td role=\"cell\"[^>]*>(.*?)</td>", page)
        rows = [tuple(cells[at + 1 : at + 5]) for at in range(0, len(cells), 5)]
        assert rows[-len(told) :] == told


# Who did not get in ------------------------------------------------------------------------------


def tried(office: Office, email: str, times: int) -> None:
    browser = office.browser()
    for _ in range(times):
        office.clock.pass_by(minutes=16)
        browser.sign_in(email, "seven lost herons")


def test_wrong_passwords_are_recorded_without_what_was_typed_and_few_of_many(office: Office):
    office.hire("me@x.org", "manager", name="Ana Ruiz")
    tried(office, "me@x.org", 9)
    for number in range(9):
        tried(office, f"no{number}@x.org", 1)
    wanted = Wanted(deed="wrong-password")
    kept = [(one.subject, one.detail) for one in entries(office.store, wanted, 99)]
    counts = [{"times": number} for number in (8, 4, 2, 1)]
    assert kept == [("staff:unknown", one) for one in counts] + [("staff:1", one) for one in counts]
    page = office.signed_in("me@x.org").get("/console/audit?person=stranger").text
    rows = re.findall(r"<td role=\"cell\" data-label=\"(?:Who|On what)\">(.*?)</td>", page)
    assert rows[:2] == ["Somebody not signed in", "an unknown address"]
    assert rows[-2:] == ["Somebody not signed in", "Ana Ruiz"]
    assert "times in a row: 8" in page
    assert "herons" not in page
    assert "no1@x.org" not in page
    assert entries(office.store, Wanted(by_machine=True, deed="wrong-password"), 9) == ()


def test_a_right_password_without_access_is_recorded_as_what_it_is(office: Office):
    me = office.hire("me@x.org", "writer", name="Ana Ruiz")
    boss = office.hire("boss@x.org", "manager")
    set_active(office.store, me.id, False, boss.id, office.clock())
    assert office.browser().sign_in("me@x.org").status_code == 422
    assert entries(office.store, Wanted(deed="wrong-password"), 9) == ()
    page = office.signed_in("boss@x.org").get("/console/audit?person=stranger").text
    assert "Gave the right password, but had no access" in page.split("<tbody")[1]


def test_a_wrong_password_on_ones_own_page_is_recorded_as_ones_own(office: Office):
    me = office.hire("me@x.org", "manager", name="Ana Ruiz")
    browser = office.signed_in("me@x.org")
    browser.get("/console/account")
    sent = {"current_password": "seven lost herons", "new_password": "a lantern for the ferry"}
    assert browser.post("/console/account/password", **sent).status_code == 422
    found = entries(office.store, Wanted(deed="wrong-password"), 9)
    assert [(one.staff, one.subject) for one in found] == [(me.id, f"staff:{me.id}")]
    assert entries(office.store, Wanted(by_strangers=True), 9) == ()


def test_wrong_tries_are_recorded_anew_after_a_quiet_day(office: Office):
    office.hire("me@x.org", "manager")
    tried(office, "me@x.org", 3)
    office.clock.pass_by(days=1)
    tried(office, "me@x.org", 1)
    found = entries(office.store, Wanted(by_strangers=True), 9)
    assert [one.detail["times"] for one in found] == [1, 2, 1]


# The file ----------------------------------------------------------------------------------------

CELLS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")']


def test_no_cell_of_the_file_is_a_formula(office: Office):
    me = office.hire("me@x.org", "manager", name=CELLS[0])
    for cell in CELLS:
        assert safe(cell) == f"'{cell}"
        record(office.store, me.id, cell, cell, {cell: cell}, office.clock())
    answer = office.signed_in("me@x.org").get("/console/audit/download")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == len(CELLS) + 4
    assert not [one for row in rows for one in row if one[:1] in tuple("=+-@\t\r\n")]
    assert [row[6] for row in reversed(rows[2:-2])] == [f"'{cell}" for cell in CELLS]
    assert rows[1][1] == f"'{CELLS[0]}"


@pytest.mark.parametrize("cell", ["", "Ana", "1-1", "a=b", "2026-11-20 10:00:00-05:00"])
def test_other_cells_stay_as_they_are(cell: str):
    assert safe(cell) == cell


def test_the_file_is_one_that_spreadsheets_open(office: Office):
    filled(office)
    answer = office.signed_in("me@x.org").get("/console/audit/download?deed=wrote")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.csv"'
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert answer.data.startswith("\ufeff".encode())
    told = ["2026-11-05 23:00:00-05:00", "Ana Ruiz", "wrote", "note:6-4", "words: 4"]
    assert [row[:5] for row in rows] == [["When", "Who", "What", "On what", "More"], told]
    assert rows[1][5:] == ["1", "wrote", "note:6-4", "words: 4"]
