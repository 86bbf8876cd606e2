"""Call-backs: who waits, a number for a moment, and how ringing went."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Office
from tests.house import OPEN
from voice.console.call_backs import A_PAGE
from voice.seal import Seal
from voice.store import (
    ask_call_back,
    contact_keys,
    finish_call_back,
    keep_number,
    waiting_call_backs,
)
from voice.store.audit import Wanted, entries

HOUR = timedelta(hours=1)
ANA, BO = "+12125550120", "+525512345678"


@pytest.fixture(scope="module")
def staffed(published: Office) -> Office:
    published.hire("nurse.calls@x.org", "writer")
    published.hire("ella.calls@x.org", "clinician", locale="es")
    return published


@pytest.fixture
def waiting(staffed: Office) -> Iterator[Office]:
    """Ana and Bo want to be called back, and somebody on the practice telephone."""
    ask(staffed, "CA1", ANA, "en-US", "risks", "morning", 2)
    ask(staffed, "CA2", BO, "es-US", "", "any", 30)
    ask(staffed, "CA3", "+12125550199", "en-US", "", "afternoon", 1, practice=True)
    yield staffed
    for practice in (False, True):
        for one in waiting_call_backs(staffed.store, practice):
            finish_call_back(staffed.store, one.id, "done", None, OPEN)


def ask(
    office: Office, call: str, number: str, locale: str, topic: str, best: str, hours: int,
    practice: bool = False, seal: Seal | None = None,
) -> None:  # fmt: skip
    keys = contact_keys(office.settings.contact_keys, number, practice)
    sealed = (seal or Seal(office.settings.secret_keys)).seal(number)
    at = OPEN - hours * HOUR
    keep_number(office.store, call, keys, practice, sealed, locale, topic, at)
    assert ask_call_back(office.store, call, best, at)


def browser(office: Office, who: str = "nurse", asked: str = "") -> Browser:
    made = office.signed_in_before(f"{who}.calls@x.org")
    made.get(f"/console/call-backs{asked}")
    return made


def ids(page: str) -> list[str]:
    return re.findall(r'id="call-back-(\d+)"', page)


def heads(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


def facts(page: str) -> list[str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return [f"{name}: {re.sub('<[^>]+>', '', value)}" for name, value in found]


def numbers(page: str) -> list[str]:
    """Everything in a page that has the digits of somebody who waits."""
    return [one for one in ("5550120", "12345678", "5550199") if one in re.sub(r"[ -]", "", page)]


def deeds(office: Office, deed: str) -> list[tuple[str, str]]:
    return [(one.name, one.subject) for one in entries(office.store, Wanted(deed=deed), 999)]


def test_who_waits_longest_comes_first_and_no_number_is_shown(waiting: Office):
    page = browser(waiting).page
    assert heads(page) == ["Spanish, at any time", "English, in the morning"]
    assert facts(page) == [
        "Asked: November 19, 2026, 4:00 AM", "Heard last: No subject",
        "Asked: November 20, 2026, 8:00 AM", "Heard last: Risks of the treatment",
    ]  # fmt: skip
    assert "2 people wait" in page
    assert "Times are those of New York." in page
    assert numbers(page) == []
    assert "gAAAA" not in page


def test_in_spanish_it_says_the_same(waiting: Office):
    page = browser(waiting, "ella").page
    assert heads(page) == ["Español, a cualquier hora", "Inglés, por la mañana"]
    assert "Lo último que oyó: Los riesgos del tratamiento" in facts(page)


def test_each_button_says_whom_it_is_for(waiting: Office):
    page = browser(waiting).page
    whom = '<span class="unseen">: Spanish, at any time, November 19, 2026, 4:00 AM</span></button>'
    for label in ("Show the number", "Done", "Nobody answered", "Wrong number"):
        assert f">{label}{whom}" in page


def test_a_number_is_shown_for_a_press_and_the_record_says_who_looked(waiting: Office):
    made = browser(waiting)
    second = ids(made.page)[1]
    before = len(deeds(waiting, "call-back-shown"))
    answer = made.post(f"/console/call-backs/{second}/show")
    assert answer.status_code == 200
    assert numbers(answer.text) == ["5550120"]
    assert f'href="tel:{ANA}"' in answer.text
    assert ">+1 212-555-0120</a>" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    recorded = entries(waiting.store, Wanted(deed="call-back-shown"), 999)
    assert (recorded[0].name, recorded[0].subject) == ("Nurse.Calls", f"call-back:{second}")
    assert len(recorded) == before + 1
    assert numbers(str(recorded)) == []
    assert numbers(made.get("/console/call-backs").text) == []


def test_a_number_is_never_shown_by_an_address(waiting: Office):
    made = browser(waiting)
    first = ids(made.page)[0]
    assert made.get(f"/console/call-backs/{first}/show").status_code == 404
    assert numbers(made.get(f"/console/call-backs?show={first}").text) == []


def test_a_number_sealed_with_another_key_is_told_and_not_guessed(staffed: Office, waiting: Office):
    ask(waiting, "CA9", ANA, "en-US", "", "any", 99, seal=Seal([b"another key"]))
    made = browser(waiting)
    page = made.post(f"/console/call-backs/{ids(made.page)[0]}/show").text
    assert "cannot be opened" in page
    assert "tel:" not in page


@pytest.mark.parametrize(
    ("deed", "left", "told"),
    [
        ("done", ["English, in the morning"], "Done. The number is deleted."),
        ("wrong", ["English, in the morning"], "Noted. The number is deleted."),
        ("tried", ["Spanish, at any time", "English, in the morning"], "It waits on"),
        ("eaten", ["Spanish, at any time", "English, in the morning"], "not here any more"),
    ],
)
def test_how_ringing_went_decides_who_waits_on(waiting: Office, deed, left, told):
    made = browser(waiting)
    first = ids(made.page)[0]
    answer = made.post(f"/console/call-backs/{first}/finish", deed=deed, sure="1")
    assert answer.location == "/console/call-backs"
    page = made.get("/console/call-backs").text
    assert heads(page) == left
    assert told in page
    assert ("Nobody answered: November 20, 2026, 10:00 AM" in facts(page)) == (deed == "tried")
    if deed != "eaten":
        assert deeds(waiting, f"call-back-{deed}")[0] == ("Nurse.Calls", f"call-back:{first}")


@pytest.mark.parametrize(("deed", "name"), [("done", "Done"), ("wrong", "Wrong number")])
def test_a_number_is_not_deleted_before_who_pressed_says_yes(waiting: Office, deed, name):
    made = browser(waiting)
    first = ids(made.page)[0]
    asked = made.post(f"/console/call-backs/{first}/finish", deed=deed)
    assert asked.status_code == 200
    assert f"You pressed “{name}”." in asked.text
    assert "Nobody has looked at this number yet." in asked.text
    assert "Spanish, at any time" in asked.text
    assert numbers(asked.text) == []
    assert len(waiting_call_backs(waiting.store)) == 2
    sent = {name: made.hidden(name) for name in ("deed", "sure")}
    assert made.post(f"/console/call-backs/{first}/finish", **sent).status_code == 303
    assert len(waiting_call_backs(waiting.store)) == 1


def test_the_list_says_who_looked_at_a_number_last_and_when(waiting: Office):
    made = browser(waiting)
    first = ids(made.page)[0]
    for who in ("nurse", "ella"):
        browser(waiting, who).post(f"/console/call-backs/{first}/show")
    page = browser(waiting).page
    assert facts(page)[2] == "Number shown to: Ella.Calls, November 20, 2026, 10:00 AM"
    assert page.count("Number shown to") == 1
    asked = made.post(f"/console/call-backs/{first}/finish", deed="done").text
    assert "Nobody has looked" not in asked
    assert "Ella.Calls" in asked


def test_who_looks_at_a_number_too_sees_who_did_before(waiting: Office):
    nurse, ella = browser(waiting), browser(waiting, "ella")
    first = ids(nurse.page)[0]
    nurse.post(f"/console/call-backs/{first}/show")
    for path in ("show", "show", "finish"):  # from a list opened before the nurse looked
        page = ella.post(f"/console/call-backs/{first}/{path}", deed="done").text
        looked = re.findall(r"<dd>([\w.]+), <time", page)
        assert looked == ["Ella.Calls", "Nurse.Calls"]


def test_what_somebody_else_has_done_is_told(waiting: Office):
    made = browser(waiting)
    first = ids(made.page)[0]
    finish_call_back(waiting.store, int(first), "done", None, OPEN)
    for path in ("show", "finish"):
        for sure in ("", "1"):
            made.post(f"/console/call-backs/{first}/{path}", deed="done", sure=sure)
        assert "not here any more" in made.get("/console/call-backs").text


def test_practice_call_backs_are_apart(waiting: Office):
    made = browser(waiting, asked="?practice=1")
    assert heads(made.page) == ["English, in the afternoon"]
    assert "No patient waits here." in made.page
    (only,) = ids(made.page)
    made.get("/console/call-backs")
    made.post(f"/console/call-backs/{only}/show")
    assert "not here any more" in made.get("/console/call-backs").text
    assert numbers(made.post(f"/console/call-backs/{only}/show", practice="1").text) == ["5550199"]
    answer = made.post(f"/console/call-backs/{only}/finish", deed="done", practice="1", sure="1")
    assert answer.location == "/console/call-backs?practice=1"


def test_when_nobody_waits_it_says_so(staffed: Office):
    page = browser(staffed).page
    assert "Nobody waits." in page
    assert ids(page) == []


def test_a_long_list_has_pages_and_a_number_shown_stays_on_its_own(
    staffed: Office, waiting: Office
):
    for n in range(A_PAGE):
        ask(waiting, f"CB{n}", ANA, "en-US", "", "any", 40 + n)
    made = browser(waiting, asked="?page=2")
    assert len(ids(made.page)) == 2
    assert "Page 2 of 2" in made.page
    shown = made.post(f"/console/call-backs/{ids(made.page)[1]}/show").text
    assert ids(shown) == ids(made.page)
    assert "Page 2 of 2" in shown
    before = re.search(r'href="([^"]*)" rel="prev"', shown)
    assert before
    assert len(ids(made.get(before[1]).text)) == A_PAGE
