"""Words not understood: found, taught to a draft with one press, dropped."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Office
from tests.house import OPEN
from voice.console.unknown import A_PAGE
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.store import drop_unmatched, note_unmatched
from voice.store.audit import Wanted, entries
from voice.store.drafts import read_work, undo
from voice.store.drafts import save as save_draft
from voice.store.unmatched_words import Sought, Wording, wordings

KEYWORDS = "topics/risks.toml:en-US.keywords"
QUESTIONS = "questions.toml:en-US.topics.risks"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def staffed(published: Office) -> Office:
    """An office with a writer, a translator, and a writer who reads Spanish."""
    published.hire("writer.unknown@x.org", "writer")
    published.hire("translator.unknown@x.org", "translator")
    published.hire("clinician.unknown@x.org", "clinician", locale="es")
    return published


@pytest.fixture
def heard(staffed: Office) -> Iterator[Office]:
    """The line did not understand a few things; afterwards it never heard them."""
    rows = [
        ("message", "en-US", 'soup <b>& "bread"', 1),
        ("call", "en-US", "will it glow", 3),
        ("message", "en-US", "will it glow", 2),
        ("message", "es-US", "pan dulce", 4),
    ]
    for channel, locale, words, hours in rows:
        note_unmatched(staffed.store, channel, locale, words, False, OPEN - hours * HOUR)
    note_unmatched(staffed.store, "call", "en-US", "only practice", True, OPEN)
    yield staffed
    for practice in (False, True):
        for wording in wordings(staffed.store, Sought(practice=practice), 1000)[0]:
            drop_unmatched(staffed.store, wording.words, wording.locale)
    files = staffed.live.release.script.files
    for name in read_work(staffed.store).drafts:
        field = field_of(files, name)
        undo(staffed.store, field, read(files, field), Person(1, "Any"), OPEN)


def browser(office: Office, who: str = "writer", asked: str = "") -> Browser:
    made = office.signed_in_before(f"{who}.unknown@x.org")
    made.get(f"/console/unknown{asked}")
    return made


def listed(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'<h2 lang="[^"]*">(.*?)</h2>', page)]


def told(page: str) -> str:
    return " ".join(map(html.unescape, re.findall(r'role="status">\s*<p>(.*?)</p>', page)))


def draft(office: Office, name: str) -> tuple[str, ...]:
    found = read_work(office.store).drafts.get(name)
    return found.value if found else ()


# The list ----------------------------------------------------------------------------------------


def test_wordings_are_grouped_over_channels_the_newest_first(heard: Office):
    found, count = wordings(heard.store, Sought(), 10)
    assert (count, [one.words for one in found]) == (
        3, ['soup <b>& "bread"', "will it glow", "pan dulce"],
    )  # fmt: skip
    assert found[1] == Wording("will it glow", "en-US", 1, 1, OPEN - 2 * HOUR)
    assert wordings(heard.store, Sought(), 1, 2) == (found[2:], 3)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("?text=GLOW", ["will it glow"]),
        ("?text=%25", []),
        ("?text=_", []),
        ("?locale=es-US", ["pan dulce"]),
        ("?channel=call", ["will it glow"]),
        ("?channel=call&locale=es-US", []),
        ("?locale=xx&channel=fax", ['soup <b>& "bread"', "will it glow", "pan dulce"]),
        ("?practice=1", ["only practice"]),
        ("?page=2", []),
        ("?page=-1", ['soup <b>& "bread"', "will it glow", "pan dulce"]),
    ],
)
def test_the_list_is_narrowed_down(heard: Office, asked, shown):
    page = browser(heard, asked=asked).page
    assert listed(page) == shown
    assert "<b>&" not in page
    assert ("Nothing fits" in page) == (not shown)


def test_a_card_says_how_often_where_and_when(heard: Office):
    page = browser(heard, asked="?text=glow").page
    assert "English · 1 call, 1 text · last on November 20, 2026, 8:00 AM" in page
    assert '<h2 lang="en-US">' in page


def test_a_long_list_has_pages_that_keep_what_was_asked(heard: Office):
    for n in range(A_PAGE + 1):
        note_unmatched(heard.store, "call", "en-US", f"many {n:02}", False, OPEN - n * HOUR)
    first = browser(heard, asked="?text=many").page
    assert len(listed(first)) == A_PAGE
    (link,) = re.findall(r'<a href="([^"]+)" rel="next">', first)
    second = heard.signed_in_before("writer.unknown@x.org").get(html.unescape(link)).text
    assert listed(second) == [f"many {A_PAGE}"]
    assert "Page 2 of 2" in second


# Teaching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "field"), [("question", QUESTIONS), ("keyword", KEYWORDS)])
def test_one_press_puts_words_into_a_draft_and_off_the_list(heard: Office, kind, field):
    files = heard.live.release.script.files
    answer = browser(heard).post(
        "/console/unknown/teach", words="will it glow", locale="en-US", topic="risks", kind=kind,
        back_text="glow",
    )  # fmt: skip
    assert answer.location == "/console/unknown?text=glow"
    assert draft(heard, field) == (*read(files, field_of(files, field)), "will it glow")
    page = browser(heard).page
    assert listed(page) == ['soup <b>& "bread"', "pan dulce"]
    (entry,) = entries(heard.store, Wanted(deed="unknown-taught"), 1)
    assert (entry.subject, entry.detail) == ("topic:risks", {"locale": "en-US", "kind": kind})


def test_what_somebody_else_saved_meanwhile_stays(heard: Office):
    files = heard.live.release.script.files
    field = field_of(files, KEYWORDS)
    live = read(files, field)
    save_draft(heard.store, field, (*live, "theirs"), 0, live, Person(2, "Bo"), OPEN)
    teach(heard, "will it glow", "keyword")
    assert draft(heard, KEYWORDS) == (*live, "theirs", "will it glow")


def teach(office: Office, words: str, kind: str, who: str = "writer", **fields: str) -> str:
    """Press a button; what the next page tells."""
    made = browser(office, who)
    given = {"words": words, "locale": "en-US", "topic": "risks", "kind": kind} | fields
    answer = made.post("/console/unknown/teach", **given)
    if answer.status_code == 400:
        return refusal(answer.text)
    return told(made.get("/console/unknown").text)


def refusal(page: str) -> str:
    """What the page of a form that was not taken says before all else."""
    (said,) = re.findall(r'id="errors".*?<li>(.*?)</li>', page, re.DOTALL)
    return html.unescape(re.sub("<[^>]*>", "", said))


def test_words_that_are_there_already_change_nothing(heard: Office):
    note_unmatched(heard.store, "call", "en-US", "Side effects!", False, OPEN)
    assert "was a keyword" in teach(heard, "Side effects!", "keyword")
    assert read_work(heard.store).drafts == {}
    assert "Side effects!" not in listed(browser(heard).page)


def test_a_keyword_of_another_subject_is_not_taken_from_it(heard: Office):
    assert "another subject already" in teach(heard, "Risks", "keyword", topic="benefits")
    assert read_work(heard.store).drafts == {}


@pytest.mark.parametrize(
    "fields", [{"topic": ""}, {"topic": "../x"}, {"locale": "xx"}, {"words": " "}]
)
def test_without_a_subject_nothing_is_added(heard: Office, fields):
    given = {"words": "will it glow"} | fields
    assert "Choose a subject first" in teach(heard, kind="question", **given)
    assert read_work(heard.store).drafts == {}


def test_what_is_wrong_is_told_on_the_card_and_the_list_stays_as_it_was_looked_at(heard: Office):
    made = browser(heard)
    made.post(
        "/console/unknown/teach", words="will it glow", locale="en-US", topic="", kind="keyword",
        back_text="glow",
    )  # fmt: skip
    assert "<title>Error: " in made.page
    assert listed(made.page) == ["will it glow"]
    assert re.search('<input id="text"[^>]* value="glow"', made.page)
    assert '<a href="#topic-1">Choose a subject first' in made.page
    assert 'aria-invalid="true" aria-describedby="topic-1-wrong"' in made.page


def test_what_was_chosen_stays_chosen_and_no_other_card_is_wrong(heard: Office):
    note_unmatched(heard.store, "call", "en-US", "Risks", False, OPEN)
    given = {"words": "Risks", "locale": "en-US", "topic": "benefits", "kind": "keyword"}
    page = browser(heard).post("/console/unknown/teach", **given).text
    chosen = '<option value="benefits" selected>'
    assert chosen in page.split(">Risks</h2>")[1].split("</li>")[0]
    assert page.count(" has-error") == 1


def test_words_without_a_form_are_told_of_without_a_way_to_it(heard: Office):
    given = {"words": "will it glow", "locale": "en-US", "topic": "risks"}
    page = browser(heard, "translator").post("/console/unknown/teach", **given).text
    assert "other languages only" in refusal(page)
    assert "#topic-" not in page


def test_the_pages_of_a_list_lead_on_while_something_is_wrong(heard: Office):
    for number in range(A_PAGE + 1):
        note_unmatched(heard.store, "call", "en-US", f"many {number}", False, OPEN)
    made = browser(heard)
    made.post("/console/unknown/teach", words="many 1", locale="en-US", back_text="many")
    assert 'href="/console/unknown?text=many&amp;page=2" rel="next"' in made.page
    last = {"words": "many 0", "locale": "en-US", "back_text": "many", "back_page": "2"}
    assert len(listed(made.post("/console/unknown/teach", **last).text)) == 1


def test_each_button_says_which_words_it_is_for(heard: Office):
    page = browser(heard).page
    for label in ("Add as a question", "Add as a keyword", "Drop these words"):
        assert f'{label}<span class="unseen" lang="en-US">: will it glow</span>' in page


@pytest.mark.parametrize(("kind", "most"), [("keyword", 100), ("question", 500)])
def test_words_beyond_any_measure_are_refused(heard: Office, kind: str, most: int):
    said = f"These words have {most + 1} letters. That is too long to learn: {most} at most."
    assert said in teach(heard, "x" * (most + 1), kind)
    assert read_work(heard.store).drafts == {}
    assert "in the draft" in teach(heard, "x" * most, kind)


def test_a_list_that_is_full_takes_no_more(heard: Office):
    field = field_of(heard.live.release.script.files, QUESTIONS)
    live = read(heard.live.release.script.files, field)
    full = tuple(f"{number:05}" + "x" * 490 for number in range(40))
    save_draft(heard.store, field, full, 0, live, Person(2, "Bo"), OPEN)
    assert "This list of words is full" in teach(heard, "y" * 500, "question")


def test_a_translator_teaches_the_other_languages_only(heard: Office):
    assert "other languages only" in teach(heard, "will it glow", "question", "translator")
    page = browser(heard, "translator").page
    assert page.count('action="/console/unknown/teach"') == 1
    assert "in the draft" in teach(heard, "pan dulce", "question", "translator", locale="es-US")
    assert draft(heard, "questions.toml:es-US.topics.risks")[-1] == "pan dulce"


def test_a_translator_drops_words_of_the_other_languages_only(heard: Office):
    made = browser(heard, "translator")
    assert made.page.count('action="/console/unknown/drop"') == 1
    made.post("/console/unknown/drop", words="will it glow", locale="en-US")
    assert "other languages only" in told(made.get("/console/unknown").text)
    assert "will it glow" in listed(made.page)
    made.post("/console/unknown/drop", words="pan dulce", locale="es-US")
    assert "pan dulce" not in listed(made.get("/console/unknown").text)


def test_who_does_not_write_reads_the_list_without_buttons(heard: Office):
    made = browser(heard, "clinician")
    assert "Palabras no entendidas" in made.page
    assert len(listed(made.page)) == 3
    assert "/console/unknown/teach" not in made.page
    assert "/console/unknown/drop" not in made.page
    assert made.post("/console/unknown/drop", words="will it glow").status_code == 403


def test_words_can_be_dropped_once(heard: Office):
    made = browser(heard)
    for expected in ("is off this list", "on this list no more"):
        made.post("/console/unknown/drop", words="will it glow", locale="en-US")
        assert expected in told(made.get("/console/unknown").text)
    assert len(listed(made.page)) == 2
    (entry,) = entries(heard.store, Wanted(deed="unknown-dropped"), 1)
    assert (entry.subject, entry.detail) == ("locale:en-US", {"times": 2})


def test_an_empty_list_says_so(staffed: Office):
    assert "Nothing waits here." in browser(staffed).page
