"""Recordings in the console: the checklist, keeping and refusing takes, who may, what goes live."""

import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import soundfile

from tests.conftest import ROOT
from tests.console.conftest import Browser, Clock, Office, furnished
from tests.house import settings_in
from tests.publisher import TINY
from tests.sound import babble, silence
from voice.checklist import Sentence, sentences
from voice.console import going_live
from voice.console import recordings as pages
from voice.console.words import words_in
from voice.draft.field import Field
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.instance import all_utterances, opened_store, recorded
from voice.script import load
from voice.speech import take as takes
from voice.speech.clips import Clip, Manifest
from voice.speech.reading import name_of
from voice.speech.take import Remark, Take
from voice.store import publish as publish_files
from voice.store.audit import Wanted, entries
from voice.store.drafts import save, undo
from voice.store.publications import fail, publications
from voice.store.recordings import (
    Recording,
    Sound,
    confirm_recording,
    drop_recording,
    keep_recording,
    recordings,
    sound_of,
)
from voice.store.staff import find_person

LOCALE = "fr-FR"
FIELD = "topics/lavage.toml:fr-FR.title"
TITLE = "Le lavage."
THERE = f"/console/recordings/{LOCALE}"
ANA, BO = Person(1, "Ana"), Person(2, "Bo")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of the small line, with one of each role."""
    folder = tmp_path_factory.mktemp("recorded")
    settings = settings_in(folder, SCRIPTS=str(TINY), AUDIO=str(folder / "audio"))
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock())
        office.publish()
        for role in ("writer", "editor", "clinician", "translator", "manager"):
            office.hire(f"{role}@x.org", role, name=role.title())
        office.hire("ella@x.org", "writer", locale="es")
        yield office


@pytest.fixture
def office(place: Office) -> Iterator[Office]:
    yield place
    for one in recordings(place.store):
        drop_recording(place.store, one.name, ANA, place.clock())
    place.live.manifest = Manifest()


@pytest.fixture
def launched(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The publications that a process was started for; each is over when the test is."""
    found: list[int] = []
    monkeypatch.setattr(going_live, "launch", found.append)
    yield found
    for one in publications(office.store):
        if one.state == "running":
            fail(office.store, one, "interrupted", "", office.clock())


@pytest.fixture(scope="module")
def writer(place: Office) -> Browser:
    return place.signed_in("writer@x.org")


def address(words: str = TITLE, pace: str = "normal") -> str:
    return f"{THERE}/{name_of(words, LOCALE, pace)}"


def file_of(samples: np.ndarray, kind: str = "WAV") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, 16_000, format=kind)
    return content.getvalue()


GOOD = file_of(np.concatenate([silence(400, 16_000), babble(0.9, 16_000), silence(400, 16_000)]))
MADE = Take((), (), 1.4, -20.0, (0, 50, 100, 3), b"fLaC", b"RIFF" + bytes(96))


def sent(browser: Browser, content: bytes, to: str = "", **more: object):
    browser.get(to or address())
    return browser.post(f"{to or address()}/keep", sound=(io.BytesIO(content), "take.wav"), **more)


def person(office: Office, role: str) -> Person | None:
    found = find_person(office.store, f"{role}@x.org")
    return Person(found[0].id, found[0].name) if found else None


def kept(
    office: Office,
    words: str = TITLE,
    pace: str = "normal",
    place: str = "lavage title",
    heard_by: Person | None = BO,
    by: Person | None = None,
):
    """Keep a recording of Ana's, that Bo has heard and confirmed."""
    sound = Sound(b"fLaC" + words.encode(), b"RIFF heard")
    one = Recording(
        words, LOCALE, pace, place, sound.digest, 1.4, -25.0, (0, 50, 99), by or ANA, office.clock()
    )
    keep_recording(office.store, one, sound)
    if heard_by:
        assert confirm_recording(office.store, one.name, one.digest, heard_by, one.at) == ""
    return next(each for each in recordings(office.store) if each.name == one.name)


@cache
def read_aloud(locale: str) -> tuple[Sentence, ...]:
    """What can be read aloud of the tiny scripts."""
    return sentences(load(TINY), locale)


def heads(page: str, tag: str) -> list[str]:
    return [
        re.sub("<[^>]+>", "", one) for one in re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.S)
    ]


# What there is to read ---------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["fr-FR", "pt-BR"])
def test_the_checklist_has_everything_a_call_can_say_once(locale: str):
    said = all_utterances(load(TINY), None)
    wanted = {(one.words, one.pace) for one in said if one.locale == locale}
    found = read_aloud(locale)
    assert {(one.words, pace) for one in found for pace in one.paces} == wanted
    assert len({one.place for one in found}) == len({one.words for one in found}) == len(found)


def test_it_begins_with_what_all_hear_and_ends_with_digits():
    found = read_aloud(LOCALE)
    assert found[0].place == "opening.0. 0"
    assert [one.words for one in found[-10:]][:2] == ["zéro", "un"]
    lavage = [one for one in found if one.subject == "lavage"]
    assert [one.place for one in lavage[:2]] == ["lavage title", "lavage 1"]
    assert (lavage[0].words, lavage[1].part, lavage[1].longest) == (TITLE, 1, 35.0)
    assert found[0].longest == 6.0


# The pages ---------------------------------------------------------------------------------------


def test_the_overview_tells_how_far_each_language_is(office: Office, writer: Browser):
    kept(office)
    page = writer.get("/console/recordings").text
    count = len(read_aloud(LOCALE))
    assert f"1 of {count}" in page
    assert page.count(f"0 of {count}") == 3
    assert "1 sentence will sound different" in page
    assert "Let callers hear them" not in page


def test_what_nobody_else_has_heard_is_not_counted_as_done(office: Office, writer: Browser):
    count = len(read_aloud(LOCALE))
    kept(office, heard_by=None)
    page = plain(writer.get("/console/recordings").text)
    assert f"0 of {count}. 1 more waits for somebody else to hear it." in page
    page = plain(writer.get(f"{THERE}?pace=normal").text)
    assert "Recorded: 0 of" in page
    assert "1 more waits for somebody else to hear it." in page


def test_the_list_names_each_sentence_and_its_state(office: Office, writer: Browser):
    kept(office)
    page = writer.get(f"{THERE}?pace=normal").text
    rows = re.findall(r'<li class="(\w+)">.*?lang="fr-FR">(.*?)</a>', page, re.S)
    assert {words: state for state, words in rows}[TITLE] == "recorded"
    assert [state for state, _ in rows].count("missing") == len(rows) - 1 > 80
    assert heads(page, "h2")[:2] == ["What the line says itself", "Le lavage"]
    assert 'href="' + address("Urgence : raccrochez et composez le un, un, deux.") in page
    assert f"Recorded: 1 of {len(rows)} sentences." in page
    slow = writer.get(f"{THERE}?pace=slow").text
    assert f"Recorded: 0 of {len(rows)} sentences." in slow


@pytest.mark.parametrize(
    "path",
    ["/console/recordings/xx-XX", "/console/recordings/xx-XX/0123456789abcdef",
     f"{THERE}/0123456789abcdef/sound"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(office: Office, writer: Browser, path: str):
    assert writer.get(path).status_code == 404


def test_a_sentence_stands_in_large_print_and_the_microphone_is_allowed_there_alone(
    office: Office, writer: Browser
):
    answer = writer.get(address())
    assert '<blockquote id="words" lang="fr-FR">\n<p>Le lavage.</p>' in answer.text
    assert "Nobody has recorded these words." in answer.text
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    for path in ("/console/recordings", THERE, "/console"):
        assert "microphone=()" in writer.get(path).headers["Permissions-Policy"]


def test_words_nobody_says_lead_back_to_the_list(office: Office, writer: Browser):
    answer = writer.get(f"{THERE}/0123456789abcdef")
    assert (answer.status_code, answer.headers["Location"]) == (303, THERE)
    writer.get(address())
    answer = writer.post(f"{THERE}/0123456789abcdef/keep", sound=(io.BytesIO(GOOD), "a.wav"))
    assert answer.headers["Location"] == THERE
    assert "Nothing was kept." in writer.get(THERE).text


# Keeping -----------------------------------------------------------------------------------------


def test_a_file_is_listened_to_kept_shown_and_heard(office: Office, writer: Browser):
    answer = sent(writer, GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address()}?kept=1")
    (one,) = recordings(office.store)
    assert (one.words, one.locale, one.pace, one.place) == (TITLE, LOCALE, "normal", "lavage title")
    assert (one.by.name, one.at) == ("Writer", office.clock())
    page = writer.get(f"{address()}?kept=1").text
    assert "The recording is kept." in page
    assert "Length: 1,4 seconds." in page or "Length: 1.4 seconds." in page
    assert "Recorded by Writer on November 20, 2026" in page
    assert "Nobody else has heard it yet." in page
    assert re.search(r'<svg viewBox="0 0 240 100".*?role="img" aria-label="A picture', page)
    assert "data-first" in page
    sound = writer.client.get(f"{address()}/sound")
    assert (sound.content_type, sound.data[:4]) == ("audio/wav", b"RIFF")
    part = writer.client.get(f"{address()}/sound", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    (entry,) = entries(office.store, Wanted(deed="recording-kept"), 1)
    assert (entry.name, entry.subject) == ("Writer", "fr-FR lavage title")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "No file came."),
        (b"<script>alert(1)</script>", "This is no sound"),
        (file_of(np.zeros(16_000, np.float32)), "Nothing can be heard."),
    ],
)
def test_what_is_wrong_is_told_and_the_earlier_recording_stays(
    office: Office, writer: Browser, content: bytes, told: str
):
    before = kept(office)
    answer = sent(writer, content)
    assert answer.status_code == 422
    assert told in answer.text
    assert "The earlier recording stays." in answer.text
    assert re.search(r"<title>Error: ", answer.text)
    assert recordings(office.store) == (before,)


KINDS = (
    "empty busy large minutes not-sound format silent quiet clipped noisy short long fast slow over"
    " unusable"
).split()
NOTES = "faint hiss edges cut".split()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_fault_and_note_is_told_in_words_with_what_to_do(language: str):
    written = words_in(language)
    for kind in KINDS:
        told = written(f"recordings.fault_{kind.replace('-', '_')}", number="1", usual="2")
        assert len(re.findall(r"[.:]", told)) >= 2, kind
        assert not re.search(r"dB|Hz|\{", told), kind
    for kind in NOTES:
        assert written(f"recordings.note_{kind}", number="1", usual="2")


def test_the_kinds_named_here_are_those_there_are():
    files = [ROOT / "voice" / "speech" / f"{name}.py" for name in ("taking", "take")]
    source = "".join(file.read_text("utf-8") for file in files)
    found = set(re.findall(r'(?:Remark|Refused)\(\s*"([\w-]+)"', source))
    found |= set(re.findall(r'Refused\("([\w-]+)" if other else "([\w-]+)"', source)[0])
    assert found == {*KINDS, *NOTES}


def test_faults_are_told_with_their_numbers(office: Office, monkeypatch):
    take = Take((Remark("short", 2.52, 6.0), Remark("quiet", -50.0, -36.0)), peaks=(1, 2, 3))
    monkeypatch.setattr(pages, "listen", lambda *_: take)
    page = sent(office.signed_in("ella@x.org"), GOOD).text
    assert "La grabación es muy corta: 2,5 segundos. Este texto dura unos 6." in page
    assert "La grabación se oye muy bajo." in page
    assert recordings(office.store) == ()


def test_notes_are_told_and_the_take_is_kept(office: Office, writer: Browser, monkeypatch):
    take = replace(MADE, notes=(Remark("edges", 3.14), Remark("faint", -40.0, -36.0)))
    monkeypatch.setattr(pages, "listen", lambda *_: take)
    sent(writer, GOOD)
    page = writer.get(address()).text
    assert "We cut off 3.1 seconds of silence." in page
    assert "It was a little quiet" in page


def test_what_is_listened_for_are_the_words_and_how_long_they_may_last(
    office: Office, writer: Browser, monkeypatch
):
    asked = []
    monkeypatch.setattr(pages, "listen", lambda _, wanted: asked.append(wanted) or MADE)
    part = next(one for one in read_aloud(LOCALE) if one.part)
    for pace in ("normal", "slow"):
        sent(writer, GOOD, address(part.words, pace))
    assert [(one.words, one.pace, one.longest) for one in asked] == [
        (part.words, "normal", 35.0), (part.words, "slow", None),
    ]  # fmt: skip


def test_too_large_a_file_is_refused_before_it_is_read(
    office: Office, writer: Browser, monkeypatch
):
    writer.get(address())
    answer = writer.client.post(
        f"{address()}/keep",
        input_stream=io.BytesIO(b"--x"),
        content_type="multipart/form-data; boundary=x",
        headers=writer.headers | {"Origin": "http://localhost"},
        environ_overrides={"CONTENT_LENGTH": str(takes.MOST_BYTES + 300_000)},
    )
    assert answer.status_code == 413
    monkeypatch.setattr(takes, "MOST_BYTES", 20_000)
    answer = sent(writer, GOOD)
    assert answer.status_code == 422
    assert "The file is too large. Send one of" in answer.text


# Words that change -------------------------------------------------------------------------------


@pytest.fixture
def reworded(office: Office) -> Iterator[Office]:
    """The title in work: a letter more."""
    field = field_of(load(TINY).files, FIELD)
    live = read(load(TINY).files, field)
    save(office.store, field, "Le lavages", 0, live, ANA, office.clock())
    yield office
    undo(office.store, field, live, ANA, office.clock())


def test_words_in_work_can_be_read_before_they_are_live(reworded: Office, writer: Browser):
    page = writer.get(THERE).text
    assert re.search(r"Not recorded \(a draft, not live yet\).*?Le lavages\.", page, re.S)
    assert TITLE in page
    kept(reworded, "Le lavages.")
    page = writer.get(address("Le lavages.")).text
    assert (
        "The words are a draft. Callers hear them, and this recording, when they go live." in page
    )


def test_words_whose_place_is_gone_hide_no_others_that_are_in_work(
    reworded: Office, writer: Browser
):
    gone = Field("topics/gone.toml", ("fr-FR", "title"), "fr-FR", "line")
    save(reworded.store, gone, "Autrefois", 0, "", ANA, reworded.clock())
    try:
        assert "Le lavages." in writer.get(THERE).text
    finally:
        undo(reworded.store, gone, "", ANA, reworded.clock())


def test_words_in_work_that_can_not_be_read_leave_those_that_are_live(
    reworded: Office, writer: Browser
):
    save(reworded.store, field_of(load(TINY).files, FIELD), "Le {", 1, "", ANA, reworded.clock())
    page = writer.get(THERE).text
    assert TITLE in page
    assert "Le lavages." not in page


def test_the_moment_a_letter_changes_the_lines_own_voice_speaks_and_the_page_says_so(
    office: Office, writer: Browser
):
    kept(office)
    files = load(TINY).files
    changed = {**files, "topics/lavage.toml": files["topics/lavage.toml"].replace(
        'title = "Le lavage"', 'title = "Le lavages"')}  # fmt: skip
    publish_files(office.store, changed, "a letter", office.clock())
    office.live.load(office.store)
    try:
        page = writer.get(address("Le lavages.")).text
        assert "These words changed" in heads(page, "h3")
        assert "Ana recorded this on November 20, 2026." in page
        assert "The line&#39;s own voice speaks them" in page
        assert "<p>Le lavage.</p>" in page
        assert '<li class="changed">' in writer.get(THERE).text
        assert writer.get(address()).status_code == 200  # what was recorded can still be heard
        assert "These words are said no more." in writer.get(address()).text
    finally:
        publish_files(office.store, files, "back", office.clock())
        office.live.load(office.store)
    assert "These words changed" not in heads(writer.get(address()).text, "h3")


def test_recordings_of_nothing_said_now_can_be_deleted(office: Office, writer: Browser):
    one = kept(office, "Ancien.", place="gone topic 9")
    assert "Recordings of words that are said no more" in writer.get(THERE).text
    page = writer.get(f"{THERE}/{one.name}").text
    assert "Read this aloud" not in page
    answer = writer.post(f"{THERE}/{one.name}/delete")
    assert answer.headers["Location"] == THERE
    assert sound_of(office.store, one.name) is None
    (entry,) = entries(office.store, Wanted(deed="recording-deleted"), 1)
    assert (entry.name, entry.subject) == ("Writer", "fr-FR gone topic 9")


def test_next_leads_to_what_is_not_recorded_and_round_to_the_beginning(
    office: Office, writer: Browser
):
    every = [one.words for one in read_aloud(LOCALE) if "normal" in one.paces]
    kept(office, every[1], place="x")
    assert f'id="following" href="{address(every[2])}"' in writer.get(address(every[0])).text
    assert f'id="following" href="{address(every[0])}"' in writer.get(address(every[-1])).text


# What callers hear -------------------------------------------------------------------------------


def clip(office: Office, reading: str) -> None:
    """Serve a clip of the title made of this recording; "" of the engine's voice."""
    one = Clip(
        "0" * 16, TITLE, LOCALE, "normal", 400, "Ana", "recording", 1.4, -21, 99, "", reading
    )
    office.live.manifest = Manifest({one.key: one})


def test_a_page_says_whether_callers_hear_it(office: Office, writer: Browser):
    one = kept(office)
    clip(office, one.digest)
    assert "Callers hear it.</p>" in writer.get(address()).text
    assert "Callers hear all recordings there are." in writer.get("/console/recordings").text
    clip(office, "another take")
    assert "Callers hear it from the next time" in writer.get(address()).text
    drop_recording(office.store, one.name, ANA, office.clock())
    assert "1 sentence will sound different" in writer.get("/console/recordings").text


def test_a_manager_lets_callers_hear_them(office: Office, launched):
    kept(office)
    browser = office.signed_in("manager@x.org")
    assert "Let callers hear them" in browser.get("/console/recordings").text
    answer = browser.post("/console/recordings/live")
    (mine,) = publications(office.store, 1)
    assert answer.headers["Location"] == f"/console/releases/going/{mine.id}"
    assert "What goes live: Recordings." in browser.get(answer.headers["Location"]).text
    assert (launched, mine.subjects, mine.by.name) == ([mine.id], (), "Manager")
    page = browser.get("/console/recordings").text
    assert "Something is on its way to callers just now." in page
    assert "Let callers hear them" not in page
    browser.post("/console/recordings/live")
    assert "Something else is on its way" in browser.get("/console/recordings").text
    assert len(launched) == 1


def test_a_recording_is_deleted_after_a_question_that_names_who_made_it(office: Office):
    kept(office)
    browser = office.signed_in_before("editor@x.org")
    page = browser.get(address()).text
    assert f'action="{address()}/delete"' not in page
    assert f'<a href="{address()}/delete">Delete this recording</a>' in page
    asked = plain(browser.get(f"{address()}/delete").text)
    assert "Delete this recording for good?" in asked
    assert "Recorded by Ana on November 20, 2026" in asked
    assert TITLE in asked
    browser.post(f"{address().replace('fr-FR', 'pt-BR')}/delete")  # it is none of that language
    assert len(recordings(office.store)) == 1
    assert browser.post(f"{address()}/delete").status_code == 303
    assert recordings(office.store) == ()
    assert browser.get(f"{address()}/delete").headers["Location"] == address()


# A second person ---------------------------------------------------------------------------------


@pytest.fixture
def new(office: Office):
    """A recording of the writer's that nobody else has heard."""
    return kept(office, heard_by=None)


RELEASES, REVIEW = "/console/releases", "/console/review/topics/lavage"


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def live(browser: Browser, *heard: str):
    browser.get(RELEASES)
    return browser.post(f"{RELEASES}/go", signatures="1", heard=list(heard), note="Recordings")


def sees(office: Office) -> bool:
    """Whether clips for callers are made of the recording."""
    with recorded(office.settings) as find:
        return find(TITLE, LOCALE, "normal") is not None


def test_no_caller_hears_what_nobody_but_its_reader_has_heard(office: Office, new) -> None:
    assert not sees(office)
    with recorded(office.settings, rehearsing=True) as find:
        assert find(TITLE, LOCALE, "normal") is not None
    clip(office, "")
    page = office.signed_in("manager@x.org").get("/console/recordings").text
    assert "will sound different" not in page


def test_who_puts_words_live_hears_new_recordings_and_says_so(
    office: Office, new, launched
) -> None:
    browser = office.signed_in("manager@x.org")
    page = browser.get(RELEASES).text
    told = "Le lavage. Français, usual pace. Recorded by Ana on November 20, 2026"
    assert told in plain(page)
    assert f'src="{address()}/sound?{new.digest[:8]}"' in page
    (value,) = re.findall(r'name="heard" value="([^"]*)"', page)
    assert not re.search(r'name="heard"[^>]* checked', page)
    assert live(browser, value).status_code == 303
    assert sees(office)
    assert len(launched) == 1
    (entry,) = entries(office.store, Wanted(deed="recording-confirmed"), 1)
    assert (entry.name, entry.detail["by"]) == ("Manager", "Ana")
    assert "Heard and confirmed by Manager on" in plain(browser.get(RELEASES).text)
    clip(office, new.digest)
    assert "New recordings" not in plain(browser.get(RELEASES).text)


NOTHING_NEW = "Nothing new can go live just now, so no release was made."


def test_nothing_ticked_makes_no_release_with_nothing_in_it(office: Office, new, launched) -> None:
    answer = live(office.signed_in("manager@x.org"))
    assert (answer.status_code, NOTHING_NEW in plain(answer.text)) == (422, True)
    assert launched == []
    assert not sees(office)


def test_what_is_not_ticked_stays_out(office: Office, new, launched) -> None:
    kept(office, "zéro", place="digits 0")
    assert live(office.signed_in("manager@x.org")).status_code == 303
    assert len(launched) == 1
    assert not sees(office)


def test_nothing_is_offered_to_go_live_where_nothing_can(office: Office, launched) -> None:
    browser = office.signed_in("manager@x.org")
    kept(office, heard_by=None, by=person(office, "manager"))
    page = browser.get(RELEASES).text
    assert "You recorded this yourself. Somebody else must hear it" in page
    assert 'action="/console/releases/go"' not in page
    answer = live(browser)
    assert (answer.status_code, NOTHING_NEW in plain(answer.text)) == (422, True)
    browser.post("/console/recordings/live")
    assert NOTHING_NEW in plain(browser.get("/console/recordings").text)
    assert launched == []


def test_who_recorded_it_can_not_confirm_it(office: Office, launched) -> None:
    browser = office.signed_in("manager@x.org")
    mine = kept(office, heard_by=None, by=person(office, "manager"))
    page = browser.get(RELEASES).text
    assert "You recorded this yourself. Somebody else must hear it" in page
    assert 'name="heard"' not in page
    answer = live(browser, f"{mine.name}:{mine.digest}")
    assert (answer.status_code, "It was not confirmed." in answer.text) == (409, True)
    browser.post(f"{address()}/confirm", digest=mine.digest)
    assert "Somebody else must hear it." in browser.get(address()).text
    assert not sees(office)
    assert launched == []


def test_a_sound_that_was_replaced_meanwhile_is_not_confirmed(
    office: Office, new, launched
) -> None:
    browser = office.signed_in("clinician@x.org")
    browser.get(address())
    browser.post(f"{address()}/confirm", digest="0" * 64)
    assert "It was not confirmed. Listen again." in browser.get(address()).text
    assert live(office.signed_in("manager@x.org"), f"{new.name}:{'0' * 64}").status_code == 409
    assert launched == []
    confirm_recording(office.store, new.name, new.digest, BO, office.clock())
    assert sees(office)
    kept(office, heard_by=None)
    assert not sees(office)


def test_a_recording_is_confirmed_at_the_address_of_its_own_language(office: Office, new) -> None:
    browser = office.signed_in("clinician@x.org")
    browser.get(address())
    path = f"/console/recordings/pt-BR/{new.name}/confirm"
    assert browser.post(path, digest=new.digest).status_code == 404
    assert not sees(office)


HEARS = {"writer": False, "editor": True, "clinician": True, "translator": True, "manager": True}


@pytest.mark.parametrize(("role", "allowed"), HEARS.items())
def test_who_may_sign_words_may_confirm_a_recording_where_its_words_are_reviewed(
    office: Office, new, role: str, allowed: bool
) -> None:
    browser = office.signed_in(f"{role}@x.org")
    page = browser.get(REVIEW).text
    assert ("I have heard it: callers may hear it" in page) == allowed
    assert f"{address()}/sound?" in page
    answer = browser.post(f"{address()}/confirm", digest=new.digest, subject="topics/lavage")
    assert answer.status_code == (303 if allowed else 403)
    assert sees(office) == allowed
    if allowed:
        assert answer.location == f"{REVIEW}#new-recordings"
        assert "Heard and confirmed by" in browser.get(REVIEW).text
    assert "New recordings" not in browser.get("/console/review/topics/apres").text


def test_who_confirms_goes_from_one_recording_to_the_next(office: Office, new) -> None:
    words = ("zéro", "un")
    for one, by in zip(words, (ANA, person(office, "clinician")), strict=True):
        kept(office, one, place=one, heard_by=None, by=by)
    browser = office.signed_in("clinician@x.org")
    first = browser.post(f"{address()}/confirm", digest=new.digest)
    assert first.location == address("zéro")
    assert "Confirmed: “Le lavage.”" in browser.get(first.location).text
    last = browser.post(f"{first.location}/confirm", digest=browser.hidden("digest"))
    assert last.location == "/console/recordings"  # “un” is the clinician's own


def test_the_first_page_and_the_recordings_page_tell_what_waits_to_be_heard(
    office: Office, new
) -> None:
    for role, told in (("clinician", True), ("writer", False)):
        page = office.signed_in(f"{role}@x.org").get("/console").text
        assert ("1 new recording waits for somebody else" in page) == told
    page = plain(office.signed_in("clinician@x.org").get("/console/recordings").text)
    assert "New recordings No caller hears these yet." in page
    assert "Callers hear all recordings there are." not in page


# Who may -----------------------------------------------------------------------------------------

MAY = {"writer": True, "editor": True, "manager": True, "clinician": False, "translator": False}


@pytest.mark.parametrize(("role", "allowed"), MAY.items())
def test_writers_editors_and_managers_record_and_everybody_listens(
    office: Office, monkeypatch, role: str, allowed: bool
):
    monkeypatch.setattr(pages, "listen", lambda *_: MADE)
    browser = office.signed_in(f"{role}@x.org")
    assert ("Send a file" in browser.get(address()).text) == allowed
    assert sent(browser, GOOD).status_code == (303 if allowed else 403)
    one = kept(office)
    assert browser.get(f"{address()}/sound").status_code == 200
    browser.get(address())
    assert browser.post(f"{address()}/delete").status_code == (303 if allowed else 403)
    assert (recordings(office.store) == ()) == allowed
    live = browser.post("/console/recordings/live").status_code
    assert (live == 403) == (role != "manager")
    assert one


@pytest.mark.parametrize(
    "path", [f"{address()}/keep", f"{address()}/delete", "/console/recordings/live"]
)
def test_a_form_of_another_site_changes_nothing(office: Office, path: str):
    one = kept(office)
    manager = office.signed_in("manager@x.org")
    manager.get(address())
    answer = manager.post(path, csrf_token="wrong", sound=(io.BytesIO(GOOD), "a.wav"))
    assert answer.status_code == 400
    assert recordings(office.store) == (one,)


@pytest.mark.parametrize("path", ["/console/recordings", THERE, address(), f"{address()}/sound"])
def test_a_stranger_is_asked_to_sign_in(office: Office, path: str):
    kept(office)
    answer = office.browser().get(path)
    assert answer.status_code == 303
    assert "/console/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize(("path", "words"), [
    ("/console/recordings", "Grabaciones"), (THERE, "Lo que dice la línea misma"),
    (address(), "Lea esto en voz alta"),
])  # fmt: skip
def test_the_pages_are_in_spanish_too(office: Office, path: str, words: str):
    assert words in office.signed_in("ella@x.org").get(path).text
