"""The first page: how the line is, and what needs whom."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete

from tests.console.conftest import Office
from tests.drafting import TITLE, place
from tests.house import OPEN
from voice.draft.fields import field_of, read
from voice.draft.review import Person as Name
from voice.script import Utterance
from voice.store import (
    Use,
    add_uses,
    ask_call_back,
    contact_keys,
    drop_unmatched,
    finish_call_back,
    keep_number,
    note_unmatched,
    record_delivery,
    waiting_call_backs,
)
from voice.store.choices import switch_line, switch_topic
from voice.store.connection import writing
from voice.store.draft_tables import publication
from voice.store.drafts import read_work, save, undo
from voice.store.publications import begin, fail
from voice.store.recordings import (
    Recording,
    Sound,
    confirm_recording,
    drop_recording,
    keep_recording,
    recordings,
)
from voice.store.remarks import Said, remarks, settle_remark
from voice.store.reviews import send, send_back, sign
from voice.store.staff import ROLES, Person
from voice.store.tables import delivery, usage
from voice.switches import LINE_OFF

HOUR = timedelta(hours=1)
TITULO, OTHER = "topics/risks.toml:es-US.title", "topics/aftercare.toml:es-US.title"
OTHER_TOO = "topics/aftercare.toml:en-US.title"
UTTERANCE = Utterance("Hello.", "en-US", "normal", 150)


@pytest.fixture(scope="module")
def people(published: Office) -> dict[str, Person]:
    """Somebody for each role, named like it, and a second manager."""
    found = {role: published.hire(f"{role}.home@x.org", role, name=role) for role in ROLES}
    found["ella"] = published.hire("ella.home@x.org", "writer", locale="es")
    published.hire("second.home@x.org", "manager")
    return found


@pytest.fixture
def home(published: Office, people: dict[str, Person]) -> Iterator[Office]:
    """The office; what a test moved is put back."""
    release = published.live.release
    yield published
    published.clock.at, published.live.release = OPEN, release
    by = name(people, "manager")
    for one in waiting_call_backs(published.store):
        finish_call_back(published.store, one.id, "done", None, OPEN)
    drop_unmatched(published.store, "odd", "en-US")
    switch_line(published.store, False, by, OPEN)
    switch_topic(published.store, "risks", False, by, OPEN)
    for one in remarks(published.store):
        settle_remark(published.store, one.id, by, OPEN)
    for field in (field_of(release.script.files, one) for one in (TITLE, TITULO, OTHER, OTHER_TOO)):
        undo(published.store, field, read(release.script.files, field), by, OPEN)
    with writing(published.store) as connection:
        for table in (delivery, publication, usage):
            connection.execute(delete(table))


def name(people: dict[str, Person], role: str) -> Name:
    return Name(people[role].id, people[role].name)


def page(office: Office, who: str) -> str:
    answer = office.signed_in_before(f"{who}.home@x.org").get("/console")
    assert answer.status_code == 200
    return answer.text


def needs(office: Office, who: str) -> list[str]:
    """What needs this person, each with the address it leads to."""
    section = re.split('id="(?:needs|line)"', page(office, who))[1]
    found = re.findall(r"<li(?: class=\"urgent\")?>(.*?)</li>", section)
    told = []
    for one in found:
        place = re.search('href="([^"]*)"', one)
        words = html.unescape(re.sub("<[^>]+>", "", one))
        told.append(f"{words} -> {place[1]}" if place else words)
    return [one for one in told if "sign-offs are still" not in one and "made-up" not in one]


def signs(office: Office, who: str = "writer") -> dict[str, str]:
    found = re.findall(r"<dt>(.*?) <span.*?</dt><dd>(.*?)</dd>", page(office, who))
    return {name: html.unescape(re.sub(r" ?<a.*?</a>", "", told)) for name, told in found}


# What needs whom ---------------------------------------------------------------------------------


def ask(office: Office) -> None:
    keys = contact_keys(office.settings.contact_keys, "+12125550120", False)
    keep_number(office.store, "CAhome", keys, False, "sealed", "en-US", "", OPEN - HOUR)
    ask_call_back(office.store, "CAhome", "any", OPEN - HOUR)


def test_when_nothing_waits_only_the_words_as_shipped_need_somebody(home: Office):
    for role in ROLES:
        assert needs(home, role) == []
    text = page(home, "writer")
    assert "sign-offs are still missing from the words that are live." in text
    assert "The clinic is still the made-up one." in text


def test_who_waits_to_be_called_back_comes_first_for_those_who_ring(home: Office):
    ask(home)
    note_unmatched(home.store, "call", "en-US", "odd", False, OPEN)
    ring = (
        "first 1 patient waits to be called back, since November 20, 2026, 9:00 AM."
        " -> /console/call-backs"
    )
    teach = "The line did not understand 1 wording. Teach it. -> /console/unknown"
    told = {role: needs(home, role) for role in ROLES}
    assert told == {
        "writer": [ring, teach], "editor": [ring, teach], "clinician": [ring],
        "translator": [teach], "manager": [ring, teach],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2027, 4, 1), None),
        (date(2027, 4, 25), "{n} subjects have to be read again, the first by May 20, 2027:"),
        (date(2027, 5, 20), "{n} subjects have to be read again, the first by May 20, 2027:"),
        (date(2027, 5, 21), "first {n} subjects have to be read again by now."),
    ],
)
def test_subjects_are_to_be_read_again_in_time(home: Office, day: date, start: str | None):
    home.clock.at = datetime(day.year, day.month, day.day, 15, tzinfo=OPEN.tzinfo)
    number = len(home.live.release.script.topics)
    found = needs(home, "clinician")
    assert len(found) == (start is not None)
    assert not start or found[0].startswith(start.format(n=number))


def test_reviews_need_those_who_may_sign_then_the_manager(home: Office, people):
    files, writer = home.live.release.script.files, name(people, "writer")
    field = field_of(files, TITLE)
    save(home.store, field, "A new title", 0, read(files, field), writer, OPEN)
    assert [needs(home, role) for role in ROLES] == [[]] * len(ROLES)
    here = place(home.store, files=files)
    send(home.store, here, writer, OPEN)
    told = {role: [one.split(" ->")[0] for one in needs(home, role)] for role in ROLES}
    mine = ["1 subject waits for your signature."]
    late = ["In 1 subject, a language was not changed with the other: Risks of the treatment."]
    signers = ("editor", "clinician")
    assert told == {role: (mine if role in signers else []) + late for role in ROLES}
    for role in ("editor", "clinician"):
        assert sign(home.store, here, role, name(people, role), (role,), OPEN) == ""
    told = {role: [one.split(" ->")[0] for one in needs(home, role)] for role in ROLES}
    ready = ["1 subject is approved and can go live."]
    assert told == {role: (ready if role == "manager" else []) + late for role in ROLES}


RISKS = "/console/review/topics/risks"
UNSENT = {
    ("en-US",): (
        {"writer", "editor", "translator", "manager"},
        "Risks of the treatment: changed in Spanish too, but not sent for review in that language."
        f" -> {RISKS}#es-US",
        "Los riesgos del tratamiento: el texto también cambió en español, pero en ese idioma no se"
        f" envió a revisión. -> {RISKS}#es-US",
    ),
    ("es-US",): (
        {"writer", "editor", "manager"},
        "Risks of the treatment: changed in English too, but not sent for review in that language."
        f" -> {RISKS}#en-US",
        "Los riesgos del tratamiento: el texto también cambió en inglés, pero en ese idioma no se"
        f" envió a revisión. -> {RISKS}#en-US",
    ),
    (): (set(), "", ""),
    ("en-US", "es-US"): (set(), "", ""),
}
"""Languages of a subject that were sent, of two that changed: before whom something stands then,
and what, in English and for a writer who reads Spanish."""


@pytest.mark.parametrize("sent", UNSENT, ids=" ".join)
def test_a_language_that_was_changed_and_not_sent_needs_who_may_send_it(home: Office, people, sent):
    files, writer = home.live.release.script.files, name(people, "writer")
    for one, title in ((TITLE, "A new title"), (TITULO, "Otro título")):
        field = field_of(files, one)
        save(home.store, field, title, 0, read(files, field), writer, OPEN)
    for locale in sent:
        send(home.store, place(home.store, locale, files=files), writer, OPEN)
    approved(home, people, sent)
    whom, english, spanish = UNSENT[sent]
    for role in ROLES:
        assert unsent(home, role) == [english] * (role in whom), role
    assert unsent(home, "ella") == [spanish] * bool(spanish)


def unsent(office: Office, who: str) -> list[str]:
    """What this person reads of languages that were not sent."""
    words = ("not sent for review", "no se envió a revisión", "were sent", "se enviaron a revisión")
    return [one for one in needs(office, who) if any(word in one for word in words)]


def approved(office: Office, people, sent: tuple[str, ...]) -> None:
    """Let an editor and a clinician sign every language that was sent."""
    files = office.live.release.script.files
    for locale in sent:
        here = place(office.store, locale, files=files)
        for role in ("editor", "clinician"):
            assert sign(office.store, here, role, name(people, role), (role,), OPEN) == ""


def test_what_was_sent_in_every_language_that_changed_is_named_no_more(home: Office, people):
    files, writer = home.live.release.script.files, name(people, "writer")
    for one in (TITLE, TITULO):
        field = field_of(files, one)
        save(home.store, field, "Otro título", 0, read(files, field), writer, OPEN)
    send(home.store, place(home.store, files=files), writer, OPEN)
    assert len(unsent(home, "writer")) == 1
    send(home.store, place(home.store, "es-US", files=files), writer, OPEN)
    assert unsent(home, "writer") == []
    field, kept = field_of(files, TITULO), read_work(home.store).drafts[TITULO]
    save(home.store, field, "Y otro", kept.version, read(files, field), writer, OPEN)
    assert len(unsent(home, "writer")) == 1
    for one in (OTHER, OTHER_TOO):
        field = field_of(files, one)
        save(home.store, field, "Ahora", 0, read(files, field), writer, OPEN)
    send(home.store, place(home.store, "es-US", "topics/aftercare", files), writer, OPEN)
    assert unsent(home, "writer") == [
        "2 subjects were sent for review in one language and not in the other: "
        "Risks of the treatment, Going home after the treatment -> /console/review"
    ]


def test_what_was_sent_back_needs_who_wrote_it(home: Office, people):
    files, writer = home.live.release.script.files, name(people, "writer")
    field = field_of(files, TITLE)
    save(home.store, field, "A new title", 0, read(files, field), writer, OPEN)
    here = place(home.store, files=files)
    send(home.store, here, writer, OPEN)
    send_back(home.store, here, [Said(TITLE, "", "Shorter.")], name(people, "editor"), OPEN)
    told = {role: [one.split(" ->")[0] for one in needs(home, role)] for role in ROLES}
    back = ["1 subject of yours was sent back.", "1 remark about your words is open."]
    assert told == {role: back if role == "writer" else [] for role in ROLES}


def test_what_is_switched_off_is_told_to_all(home: Office, people):
    switch_topic(home.store, "risks", True, name(people, "manager"), OPEN)
    for role in ROLES:
        (told,) = needs(home, role)
        assert told.startswith("first Off, so that callers hear only the clinic's number: Risks of")
    switch_line(home.store, True, name(people, "manager"), OPEN)
    (told,) = needs(home, "writer")
    assert told.startswith("first The whole line is off")


def test_a_try_to_go_live_that_failed_needs_the_manager(home: Office, people):
    mine = begin(home.store, ("topics/risks",), "", name(people, "manager"), OPEN)
    assert needs(home, "manager")[0].startswith("Words are going live just now.")
    fail(home.store, mine, "clips", "none", OPEN)
    assert needs(home, "manager")[0].startswith("first The last try to go live did not work.")
    assert needs(home, "writer") == []


def test_sentences_without_sound_need_somebody_first(home: Office):
    home.live.release = replace(home.live.release, unspoken=(UTTERANCE,) * 2)
    (told,) = needs(home, "clinician")
    assert told.startswith("first 2 sentences have no sound clip.")
    assert signs(home)["Sound"].startswith("2 sentences have no sound clip.")


def test_recordings_that_callers_do_not_hear_need_somebody(home: Office, people):
    by, sound = name(people, "writer"), Sound(b"sound", b"heard")
    for words in ("Risks of the treatment.", "Words of long ago."):
        kept = Recording(words, "en-US", "slow", "", "", 1.0, -21.0, (), by, OPEN)
        keep_recording(home.store, kept, sound)
        second = name(people, "clinician")
        confirm_recording(home.store, kept.name, sound.digest, second, OPEN)
    told = needs(home, "clinician")
    for one in recordings(home.store):
        drop_recording(home.store, one.name, by, OPEN)
    assert told[0] == "1 sound is older than its recording. -> /console/audio?state=stale"
    assert told[1] == ("1 recording is of words that the line says no more. -> /console/recordings")


# How the line is ---------------------------------------------------------------------------------


def test_the_page_says_how_the_line_is(home: Office):
    found = signs(home)
    assert found["Words"] == "Release 1 is live since November 20, 2026, 10:00 AM."
    assert found["Sound"] == "Every sentence has its sound."
    assert found["Texts that failed"] == "None in the last 7 days."
    assert "The line is up." in page(home, "writer")
    assert set(signs(home, "manager")) - set(found) == {"Telephone company", "Notices"}
    assert signs(home, "ella")["Textos"].startswith("La versión 1 está publicada desde el 20 de")


def test_the_last_call_and_text_that_were_counted_are_told(home: Office):
    call = Use(date(2026, 11, 20), "call", "en-US", "", "call")
    uses = {
        call: 2,
        replace(call, day=date(2026, 11, 21), practice=True): 1,
        replace(call, day=date(2026, 11, 21), event="heard"): 1,
        replace(call, day=date(2026, 11, 18), channel="message", event="topic"): 1,
    }
    add_uses(home.store, uses)
    told = "Calls came today. The last text came on November 18, 2026."
    assert signs(home)["Calls and texts"] == told
    home.clock.at = OPEN + 24 * HOUR
    assert signs(home)["Calls and texts"].startswith("The last call came on November 20, 2026.")


def test_texts_that_failed_are_told_with_the_reason(home: Office):
    for n in range(2):
        record_delivery(home.store, "message", f"SMh{n}", "undelivered", "30003", OPEN)
    record_delivery(home.store, "call", "CAh", "busy", "", OPEN)
    assert signs(home)["Texts that failed"] == (
        "2 texts did not reach their people in the last 7 days: "
        "2 × The telephone is off or out of reach; it may work later."
    )
    home.clock.at = OPEN + 8 * 24 * HOUR
    assert signs(home)["Texts that failed"] == "None in the last 7 days."


def test_a_machine_that_is_behind_says_so(home: Office):
    home.live.release = replace(home.live.release, number=9)
    assert signs(home)["Words"].startswith("Something newer is live than release 9")


def test_a_switch_is_no_newer_release(home: Office):
    home.live.off = LINE_OFF
    assert signs(home)["Words"].startswith("Release 1 is live since")


def test_before_the_first_release_the_page_opens_and_says_so(office: Office):
    office.hire("manager.home@x.org", "manager")
    text = page(office, "manager")
    assert "Nothing is live yet." in text
    assert "The line has no words yet" in text
    assert "You are the only manager." in text


# The menu ----------------------------------------------------------------------------------------


def menu(page: str) -> str:
    return page.partition('<nav class="menu"')[2].partition("</nav>")[0]


@pytest.mark.parametrize(
    ("role", "opens", "not_open"),
    [
        ("manager", "audit", "nothing"),
        ("translator", "sheets", "call-backs"),
        ("writer", "use", "people"),
    ],
)
def test_the_menu_has_named_groups_of_what_its_reader_may_open(
    office: Office, role: str, opens: str, not_open: str
):
    office.hire(f"{role}.menu@x.org", role)
    browser = office.signed_in(f"{role}.menu@x.org")
    shown = menu(browser.get("/console/account").text)
    named = re.findall(r'<p id="(nav-\w+)">', shown)
    assert named == re.findall(r'<ul aria-labelledby="(nav-\w+)">', shown)
    assert len(named) == 4
    assert f'href="/console/{opens}"' in shown
    assert f'href="/console/{not_open}"' not in shown
    assert re.findall(r'href="([^"]+)" aria-current="page"', shown) == ["/console/account"]


def test_the_menu_marks_the_part_a_page_is_in(office: Office):
    office.hire("part@x.org", "manager")
    shown = menu(office.signed_in("part@x.org").get("/console/people/invite").text)
    assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', shown) == [
        ("/console/people", "true")
    ]
