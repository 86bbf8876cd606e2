"""Writing: what staff type is kept, checked and told, with and without script, alone and together.

One line serves the whole module; before each test nothing is in work.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, text

from tests.conftest import ROOT
from tests.console.conftest import Browser, Clock, Office, furnished
from tests.drafting import place
from tests.house import settings_in
from voice.console.words import LANGUAGES, words_in
from voice.draft.field import MOST, Field
from voice.draft.fields import fields, locales_of, read
from voice.draft.review import Person
from voice.draft.subjects import subject_of, subjects
from voice.instance import opened_store
from voice.script import parse, read_files
from voice.store.audit import Wanted, entries
from voice.store.connection import writing
from voice.store.draft_tables import draft, draft_history, review, sign_off
from voice.store.drafts import history, read_work, save
from voice.store.remarks import Said, remarks, settle_remark, write_remark
from voice.store.reviews import send

FILES = read_files(ROOT / "scripts")
SCRIPT = parse(FILES)
RISKS = "/console/words/topics/risks"
FILE = "topics/risks.toml"
ACTION, TITLE = f"{FILE}:en-US.action", f"{FILE}:en-US.title"
SPANISH = f"{FILE}:es-US.action"
TEXTS = f"{FILE}:en-US.texts"
ORDER = "menu.toml:option.4.topics"
ASKS = "Ask your doctor what these risks mean for you."
STAFF = {
    "ana": ("writer",),
    "bo": ("editor",),
    "tri": ("translator",),
    "cli": ("clinician",),
    "eva": ("writer",),
}


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings, clock = settings_in(tmp_path_factory.mktemp("writing")), Clock()
    with opened_store(settings) as store:
        made = furnished(settings, store, clock)
        made.publish()
        for name, roles in STAFF.items():
            made.hire(f"{name}@clinic.org", *roles, locale="es" if name == "eva" else "en")
        with writing(store) as connection:  # what was saved stays for ever, but not between tests
            connection.execute(text("DROP TRIGGER draft_history_no_delete"))
        yield made


@pytest.fixture(autouse=True)
def nothing_in_work(line: Office) -> None:
    with writing(line.store) as connection:
        for table in (draft, draft_history, review, sign_off):
            connection.execute(delete(table))


class Writer:
    """Somebody with a subject's page open in a browser."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser, self.path, self.page = browser, path, ""
        self.open()

    def open(self, path: str = "") -> str:
        self.page = self.browser.get(path or self.path).text
        return self.page

    def seen(self, name: str) -> str:
        return self.browser.hidden(f"seen:{name}")

    def with_seen(self, changes: dict[str, str]) -> dict[str, str]:
        undone = changes.get("do", "").removeprefix("undo:")
        told = {f"seen:{name}": self.seen(name) for name in (*changes, undone) if ":" in name}
        return {key: text for key, text in told.items() if text} | changes

    def save(self, **more: str) -> Any:
        """Press a button of the page as it was when it was opened; fields by their names."""
        self.browser.page = self.page
        return self.browser.post(self.path, **self.with_seen(more))

    def typed(self, **more: str) -> Any:
        """What the page's script is told when it saves."""
        headers = self.browser.headers
        self.browser.headers = headers | {"Accept": "application/json"}
        answer = self.save(**more)
        self.browser.headers = headers
        return answer


@pytest.fixture(scope="module")
def signed_in(line: Office):
    """Browsers, each signed in once."""
    kept: dict[str, Browser] = {}

    def writer(name: str = "ana", path: str = RISKS) -> Writer:
        if name not in kept:
            kept[name] = line.signed_in(f"{name}@clinic.org")
        return Writer(kept[name], path)

    return writer


def value(line: Office, name: str) -> Any:
    found = read_work(line.store).drafts.get(name)
    return found.value if found else None


def shown(page: str, name: str) -> str:
    """The text in a field of a page."""
    quoted = re.escape(html.escape(name))
    found = re.search(
        rf'<(?:input|textarea)[^>]* name="{quoted}"[^>]*?(?: value="([^"]*)")?>([^<]*)', page
    )
    assert found, name
    return html.unescape(found[1] if found[1] is not None else found[2].removeprefix("\n"))


def notes(page: str, name: str) -> str:
    """What is told under a field, as text."""
    quoted = re.escape(html.escape(name))
    found = re.search(rf' id="(f\d+)"[^>]* name="{quoted}"', page)
    assert found, name
    block = page.split(f'id="{found[1]}-notes">')[1].split('<div class="cell')[0]
    return plain(block)


def described(page: str, name: str) -> str:
    """What a screen reader says of a field after its name."""
    found = re.search(rf'aria-describedby="([^"]*)"[^>]* name="{re.escape(name)}"', page)
    assert found, name
    return plain(page.split(f'id="{found[1]}">')[1].split("</div>")[0])


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", text)).split())


# Saving ------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_told_without_script(line: Office, signed_in):
    ana = signed_in()
    answer = ana.save(**{ACTION: f"{ASKS} It is utilized."})
    assert answer.status_code == 303
    assert value(line, ACTION) == f"{ASKS} It is utilized."
    page = ana.open()
    assert "Saved 10:00 AM." in page
    assert shown(page, ACTION) == f"{ASKS} It is utilized."
    told = notes(page, ACTION)
    assert "Mend this. Say one thing to do: The action is more than one thing." in told
    assert f"Callers now, and then: {ASKS} [in:] It is utilized." in told
    assert "Changed by Ana, November 20, 2026, 10:00 AM." in told
    assert "'utilized' is not a plain word. Say: use." in plain(page)
    assert "English : being written. Live words not signed by all." in plain(page)


def test_what_is_wrong_is_told_in_spanish_at_the_sentence_it_is_in(line: Office, signed_in):
    eva = signed_in("eva")
    eva.save(**{SPANISH: "Pregunte por el procedimiento. Vuelva pronto."})
    told = notes(eva.open(), SPANISH)
    assert "Corrija esto. Diga una sola cosa que hacer: Hay más de una cosa que hacer." in told
    assert "“procedimiento” no es una palabra sencilla. Diga: tratamiento." in told
    assert "procedimiento" not in notes(eva.page, f"{FILE}:es-US.parts")


def test_keywords_with_a_comma_between_them_are_told_at_once(line: Office, signed_in):
    ana = signed_in()
    name = f"{FILE}:en-US.keywords"
    ana.save(**{name: "risks\nmishaps, pitfalls"})
    told = notes(ana.open(), name)
    assert "'mishaps, pitfalls' counts as one keyword" in told
    assert "Write one on each line." in told
    eva = signed_in("eva")
    assert "“mishaps, pitfalls” cuenta como una sola palabra clave" in notes(eva.page, name)


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        (f"{FILE}:review_by", "soon", "Write a day like this: 2027-05-20."),
        (f"{FILE}:en-US.action", "", "The text is empty. Fill it in."),
        (f"{FILE}:en-US.keywords", "risks\nRisks", "'risks' stands twice in this list."),
    ],
)
def test_what_can_not_be_used_is_told_as_it_is_written_on_the_page(signed_in, name, typed, told):
    ana = signed_in()
    ana.save(**{name: typed})
    found = notes(ana.open(), name)
    assert told in found
    assert not re.search(r"\.toml|file|quotation", found)


def test_half_a_holiday_and_a_time_zone_without_summer_are_told_at_once(signed_in):
    ana = signed_in(path="/console/words/clinic")
    holidays, zone = "line.toml:hours.holidays", "line.toml:hours.time_zone"
    assert "no summer time" not in ana.page
    ana.save(**{zone: "EST"})
    told = notes(ana.open(), zone)
    assert "The time zone 'EST' has no summer time." in told
    assert "such as America/New_York" in told
    spanish = signed_in("eva", "/console/words/clinic").page
    assert "no tiene horario de verano" in notes(spanish, zone)
    ana.save(**{zone: "America/Phoenix", holidays: "2026-12-24 9:00-12:00"})
    assert "no summer time" not in notes(ana.open(), zone)
    assert "Half days cannot be entered." in notes(ana.page, holidays)


def test_a_sentence_that_is_quoted_is_read_in_its_own_language(signed_in):
    ana = signed_in()
    ana.save(**{SPANISH: "Es un procedimiento."})
    told = re.findall(r'<q lang="(..-..)">([^<]*)</q>', ana.open())
    assert ("es-US", "Es un procedimiento.") in told
    assert "<q>" not in ana.page


def test_a_button_pressed_with_nothing_changed_saves_nothing(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{ACTION: ASKS, TITLE: shown(ana.page, TITLE)})
    assert read_work(line.store).drafts == {}
    assert "Nothing was changed" in ana.open()


def test_of_a_field_is_read_what_is_wrong_and_not_all_that_can_be_looked_up(signed_in):
    ana = signed_in()
    ana.save(**{ACTION: f"{ASKS} It is utilized."})
    told = described(ana.open(), ACTION)
    assert "The action is more than one thing." in told
    assert "Callers now" not in told
    facts = f"{FILE}:facts"
    assert "F-001" in notes(ana.page, facts)
    assert described(ana.page, facts) == ""


def test_what_a_row_asks_for_is_read_with_it(signed_in):
    (hint,) = re.findall(
        r'<fieldset class="row" aria-describedby="(f\d+-hint)">\n<legend>Title<', signed_in().page
    )
    assert f'id="{hint}">Said first, so that callers know where they are.' in signed_in().page


def test_a_script_is_told_what_was_saved_and_what_is_found(line: Office, signed_in):
    ana = signed_in()
    answer = ana.typed(**{TEXTS: "A “dear” text. " * 20}).json
    assert answer["saved"] == "Saved 10:00 AM."
    assert re.fullmatch(r"To mend: \d+\. To look at: \d+\.", answer["told"])
    assert answer["held"] == []
    one = next(one for one in answer["fields"].values() if "seen:" not in one and "text" in one)
    told = plain(one["notes"])
    assert "segments to pay. That is too long: 2 at most." in told
    assert "Fewer characters fit into a segment because of: “ ”" in told
    assert one["text"].startswith("A “dear” text.")
    assert value(line, TEXTS) == (("A “dear” text. " * 20).strip(),)


def test_words_and_seconds_of_each_part_reading_ease_and_facts_are_told(signed_in):
    page = signed_in().page
    assert re.search(r"Part 1: \d+ words, \d+ seconds, \d+ when slow\.", plain(page))
    assert re.search(r"Reading grade \d\.\d \(Flesch-Kincaid\); 6 at most\.", plain(page))
    assert re.search(r"Reading ease \d\d\.\d \(INFLESZ\); 65 at least\.", plain(page))
    assert "F-094 Cement can leak out of the bone." in plain(page)
    assert "From: Patient information page 1 of 5" in plain(page)


def test_ids_that_a_facts_caution_speaks_of_are_told_in_words_too(signed_in):
    told = plain(signed_in().page)
    assert "See X-025: trial figure" in told
    assert "X-025: In older women who had just had a spine fracture" in told
    assert "C-06: Say another spine bone can break later" in told
    assert "S2: Patient information page 3 of 5" in told


def test_facts_are_told_while_the_words_can_not_be_read(signed_in):
    ana = signed_in()
    ana.save(**{f"{FILE}:en-US.main_message": "Call {nobody}."})
    ana.open()
    assert "F-094 Cement can leak out of the bone." in plain(ana.page)


def test_new_words_have_seconds_too_said_to_be_a_guess(signed_in):
    ana = signed_in()
    ana.save(**{f"{FILE}:en-US.parts": "You may bleed.\n\nCall your doctor."})
    told = notes(ana.open(), f"{FILE}:en-US.parts")
    assert re.search(r"Part 2: 1\d words, about [456] seconds, [567] when slow\.", told)


def test_a_language_that_fell_behind_is_told_until_it_changes_too(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{ACTION: "Ask your doctor."})
    assert "The other language was changed." in notes(ana.open(), SPANISH)
    assert "this one not yet: The one thing to do." in plain(ana.page)
    ana.save(**{SPANISH: "Pregunte a su médico."})
    assert "The other language was changed." not in notes(ana.open(), SPANISH)


def test_who_changes_what_is_said_is_led_to_the_texts_until_those_change_too(line, signed_in):
    main, told = f"{FILE}:en-US.main_message", "The text messages of this subject were not changed."
    ana = signed_in()
    assert told not in ana.page
    ana.save(**{main: "The risks are small."})
    under = notes(ana.open(), main)
    assert told in under
    place = re.search(r'<a href="#(f\d+)">Texts</a>', ana.page)
    assert place
    assert f'<textarea id="{place[1]}"' in ana.page
    assert f'name="{TEXTS}"' in ana.page.split(f'<textarea id="{place[1]}"')[1][:300]
    assert told not in notes(ana.page, f"{FILE}:es-US.main_message")
    ana.save(**{TEXTS: "Clinic: The risks are small."})
    assert told not in ana.open()


def test_undo_goes_back_to_what_callers_hear_and_earlier_words_stay(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{ACTION: "Ask your nurse."})
    ana.open()
    assert ana.save(do=f"undo:{ACTION}").status_code == 303
    assert value(line, ACTION) is None
    assert shown(ana.open(), ACTION) == ASKS
    past = ana.open(f"{RISKS}?past={ACTION}")
    assert "Ana: back to the live words" in past
    assert "Ana: saved" in past
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', past.split("<main")[1]))
    again = {html.unescape(key): html.unescape(text) for key, text in fields.items()}
    assert again[ACTION] == "Ask your nurse."
    ana.browser.post(RISKS, **again)
    assert value(line, ACTION) == "Ask your nurse."


def test_going_back_to_the_live_words_is_in_the_record(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{ACTION: "Ask your nurse."})
    ana.open()
    ana.save(do=f"undo:{ACTION}")
    assert "Back to what callers hear now." in ana.open()
    (entry,) = entries(line.store, Wanted(deed="words-undone"), 1)
    assert (entry.name, entry.subject) == ("Ana", ACTION)


@pytest.mark.parametrize("shown", ["live", "older", "nothing"])
def test_going_back_loses_nothing_that_somebody_wrote_meanwhile(line, signed_in, shown: str):
    ana, bo = signed_in(), signed_in("bo")
    if shown == "older":
        ana.save(**{ACTION: "Ask them."})
        ana.open()
        bo.open()
    ana.save(**{ACTION: "Ask your nurse."})
    older = {} if shown == "nothing" else {f"seen:{ACTION}": bo.seen(ACTION)}
    answer = bo.browser.post(RISKS, do=f"undo:{ACTION}", **older)
    assert answer.status_code == 409
    assert value(line, ACTION) == "Ask your nurse."
    bo.page = answer.text
    assert f"Yours {ASKS} Theirs Ask your nurse." in notes(bo.page, ACTION)
    assert bo.save(**{ACTION: ASKS, "do": f"mine:{ACTION}"}).status_code == 303
    assert value(line, ACTION) is None


def test_a_script_that_goes_back_over_newer_words_is_given_both(line: Office, signed_in):
    ana, bo = signed_in(), signed_in("bo")
    ana.save(**{ACTION: "Ask your nurse."})
    told = bo.typed(do=f"undo:{ACTION}").json
    (one,) = (one for one in told["fields"].values() if "yours" in one)
    assert (told["saved"], len(told["held"])) == ("", 1)
    assert (one["yours"], one["text"]) == (ASKS, "Ask your nurse.")
    assert value(line, ACTION) == "Ask your nurse."


def test_words_typed_and_undone_at_once_are_undone_and_kept_among_the_earlier(line, signed_in):
    ana = signed_in()
    assert ana.save(**{ACTION: "Ask them.", "do": f"undo:{ACTION}"}).status_code == 303
    assert value(line, ACTION) is None
    assert [past.sort for past in history(line.store, ACTION)] == ["undone", "saved"]


def test_a_button_somebody_may_not_press_says_so(line: Office, signed_in):
    ana, tri = signed_in(), signed_in("tri")
    ana.save(**{ACTION: "Ask your nurse.", TEXTS: "One.\n\nTwo."})
    for deed in (f"undo:{ACTION}", f"down:{TEXTS}:0"):
        answer = tri.save(do=deed)
        assert answer.status_code == 409
        assert "You cannot change this one." in plain(answer.text)
        assert "Saved" not in plain(tri.open())
    assert value(line, ACTION) == "Ask your nurse."
    assert value(line, TEXTS) == ("One.", "Two.")


@pytest.mark.parametrize("deed", [f"down:{TEXTS}:9", f"up:{TITLE}:1", f"undo:{TITLE}"])
def test_a_button_that_changes_nothing_says_so(line: Office, signed_in, deed: str):
    ana = signed_in()
    assert ana.save(do=deed).status_code == 303
    page = plain(ana.open())
    assert "Nothing was changed, so there was nothing to save." in page
    assert "Saved" not in page
    assert "Back to what callers hear now" not in page
    assert "Nothing was changed" in ana.typed(do=deed).json["saved"]
    assert read_work(line.store).drafts == {}


def test_a_menu_whose_choices_lead_nowhere_any_more_can_still_be_mended(line: Office, signed_in):
    ana = signed_in(path="/console/words/menu")
    lists = [f"menu.toml:option.{number}.topics" for number in range(1, 6)]
    ana.save(**dict.fromkeys(lists, "nothing"))
    assert value(line, ORDER) == ("nothing",)
    assert "The menu" in plain(ana.open("/console/words"))
    assert "nothing" in plain(ana.open())
    ana.save(do=f"undo:{ORDER}")
    assert value(line, ORDER) is None


# Order -------------------------------------------------------------------------------------------


def test_items_go_up_and_down_and_no_further_than_the_ends(line: Office, signed_in):
    ana = signed_in(path="/console/words/menu")
    before = ("aftercare", "anesthesia", "duration", "prevention")
    ana.save(do=f"down:{ORDER}:0")
    assert value(line, ORDER) == ("anesthesia", "aftercare", "duration", "prevention")
    ana.open()
    ana.save(do=f"up:{ORDER}:1")
    assert value(line, ORDER) is None
    for wild in (f"up:{ORDER}:0", f"down:{ORDER}:3", f"up:{ORDER}:x", f"up:{ORDER}:99999999999",
                 f"down:{ORDER}:-1", "down:nothing:1", "undo:nothing", "wild"):  # fmt: skip
        assert ana.save(do=wild).status_code == 303
        assert value(line, ORDER) is None
    page = ana.open()
    assert read(FILES, next(one for one in fields(FILES) if one.id == ORDER)) == before
    assert page.count(f'value="down:{ORDER}') == page.count(f'value="up:{ORDER}') == 3


def test_what_is_typed_is_saved_before_an_item_moves(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{TEXTS: "One.\n\nTwo.", "do": f"down:{TEXTS}:0"})
    assert value(line, TEXTS) == ("Two.", "One.")


# Two people --------------------------------------------------------------------------------------


def test_two_people_are_told_of_each_other(signed_in):
    ana, bo = signed_in(), signed_in("bo")
    ana.save(**{ACTION: "Ask your nurse."})
    assert "Ana is writing here too. Last at November 20, 2026, 10:00 AM: The one" in plain(
        bo.open()
    )
    assert "is writing here too" not in plain(ana.open())


def test_where_two_change_the_same_words_both_are_kept_until_one_chooses(line, signed_in):
    ana, bo = signed_in(), signed_in("bo")
    ana.save(**{ACTION: "Ask your nurse."})
    answer = bo.save(**{ACTION: "Ask your doctor soon.", TITLE: "The risks"})
    assert answer.status_code == 409
    assert value(line, ACTION) == "Ask your nurse."
    assert value(line, TITLE) == "The risks"
    bo.page = answer.text
    assert "Ana changed the same words while you wrote. Both are kept. Choose." in plain(bo.page)
    assert shown(bo.page, ACTION) == "Ask your doctor soon."
    told = notes(bo.page, ACTION)
    assert "Yours Ask your doctor soon. Theirs Ask your nurse." in told
    assert [past.sort for past in history(line.store, ACTION)] == ["conflict", "saved"]
    assert bo.save(**{ACTION: "Ask your doctor soon.", "do": f"mine:{ACTION}"}).status_code == 303
    assert value(line, ACTION) == "Ask your doctor soon."


def test_theirs_can_be_taken_and_nothing_is_written(line: Office, signed_in):
    ana, bo = signed_in(), signed_in("bo")
    ana.save(**{ACTION: "Ask your nurse."})
    bo.page = bo.save(**{ACTION: "Ask your doctor soon."}).text
    bo.save(**{ACTION: "Ask your doctor soon.", "do": f"theirs:{ACTION}"})
    assert value(line, ACTION) == "Ask your nurse."


def test_changes_of_other_sentences_can_be_taken_together(line: Office, signed_in):
    name = f"{FILE}:en-US.main_message"
    ana, bo = signed_in(), signed_in("bo")
    first, second, third = (one.strip() + "." for one in shown(ana.page, name).split(".")[:3])
    ana.save(**{name: f"New. {second} {third}"})
    bo.page = bo.save(**{name: f"{first} {second} Last."}).text
    both = bo.browser.hidden(f"both:{name}")
    assert both == f"New. {second} Last."
    bo.save(**{name: f"{first} {second} Last.", f"both:{name}": both, "do": f"both:{name}"})
    assert value(line, name) == both


def test_news_brings_what_others_wrote_and_keeps_nobody_signed_in(line: Office, signed_in):
    ana, bo = signed_in(), signed_in("bo")
    ana.save(**{ACTION: "Ask your nurse."})
    script = bo.browser.headers | {"Accept": "application/json"}
    asked = bo.browser.client.get("/console/word-news/topics/risks", headers=script).json
    assert "Ask your nurse." in {one.get("text") for one in asked["fields"].values()}
    assert asked["saved"] == ""
    kept = line.clock.at
    try:
        for minutes in (20, 9, 2):
            line.clock.pass_by(minutes=minutes)
            answer = bo.browser.client.get("/console/word-news/topics/risks", headers=script)
        assert answer.status_code == 401
    finally:
        line.clock.at = kept


def test_words_in_review_say_that_a_change_ends_it(line: Office, signed_in):
    ana = signed_in()
    ana.save(**{ACTION: "Ask your nurse."})
    send(line.store, place(line.store), Person(2, "Bo"), line.clock.at)
    assert (
        "English : waiting for signatures. Live words not signed by all. If you change a word now"
        in plain(ana.open())
    )
    ana.save(**{ACTION: "Ask your doctor."})
    assert "English : being written." in plain(ana.open())


def test_what_a_reviewer_said_of_a_sentence_stands_at_its_field(line: Office, signed_in):
    by, said = Person(2, "Bo"), Said(ACTION, ASKS, "Who, <b>if</b> not the doctor?")
    with writing(line.store) as connection:
        write_remark(connection, "topics/risks", "en-US", said, by, line.clock.at)
    page = signed_in().page
    assert f"Bo says: {ASKS} Who, <b>if</b> not the doctor?" in notes(page, ACTION)
    assert "<b>if" not in page
    assert "Bo says" not in notes(page, TITLE)
    settle_remark(line.store, remarks(line.store)[0].id, by, line.clock.at)
    assert "Bo says" not in signed_in().page


# Who may, and what may be sent -------------------------------------------------------------------


def test_a_translator_changes_other_languages_alone(line: Office, signed_in):
    tri = signed_in("tri")
    assert f'name="{ACTION}"' not in tri.page
    assert f'name="{SPANISH}"' in tri.page
    answer = tri.save(**{SPANISH: "Pregunte hoy.", ACTION: "Ask.", f"{FILE}:facts": "F-001"})
    assert answer.status_code == 409
    assert "You cannot change this one." in answer.text
    assert set(read_work(line.store).drafts) == {SPANISH}
    tri.open()
    tri.save(do=f"undo:{SPANISH}")
    tri.save(do=f"down:{ORDER}:0")
    assert read_work(line.store).drafts == {}


def test_a_clinician_reads_and_changes_nothing(line: Office, signed_in):
    cli = signed_in("cli")
    assert "Your roles do not let you change them." in cli.page
    assert f'name="{ACTION}"' not in cli.page
    assert cli.save(**{ACTION: "Ask."}).status_code == 403
    assert read_work(line.store).drafts == {}


def test_a_stranger_sees_nothing_and_a_form_of_another_site_does_nothing(line, signed_in):
    stranger = line.browser()
    for path in (RISKS, "/console/words", "/console/word-news/prompts"):
        assert stranger.get(path).status_code == 303
    ana = signed_in()
    assert ana.browser.client.post(RISKS, data={ACTION: "x"}).status_code == 400
    assert read_work(line.store).drafts == {}


def test_too_long_is_told_and_kept_on_the_page(line: Office, signed_in):
    ana = signed_in()
    answer = ana.save(**{ACTION: "a" * (MOST + 1)})
    assert answer.status_code == 409
    assert f"This is too long: {MOST + 1} characters. Make it {MOST} at most." in plain(answer.text)
    assert shown(answer.text, ACTION) == "a" * (MOST + 1)
    told = ana.typed(**{ACTION: "a" * (MOST + 1)}).json
    assert len(told["held"]) == 1
    assert told["saved"] == ""
    assert read_work(line.store).drafts == {}


WILD = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)> {x} {{ 7*7 }} \u202e"


@pytest.mark.parametrize(
    ("path", "part"),
    [(RISKS, ""), ("/console/words/menu", ""), ("/console/words/clinic", ""),
     ("/console/words/pages", "off"), ("/console/words/prompts", "message")],
)  # fmt: skip
def test_script_in_every_field_is_shown_as_text(line: Office, signed_in, path: str, part: str):
    ana = signed_in(path=f"{path}?part={part}" if part else path)
    names = re.findall(r'name="([^"]*\.toml:[^"]*)"', ana.page)
    names = [html.unescape(name) for name in names if not name.startswith("seen:")]
    assert len(names) > 10
    answer = ana.save(**dict.fromkeys(names, WILD))
    assert answer.status_code == 303
    assert len(read_work(line.store).drafts) == len(names)
    for page in (ana.open(), ana.open("/console/words"), ana.open(f"{path}?past={names[0]}")):
        assert "alert(1)" in page or page.count("Ana")
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "49" not in plain(page.split("<main")[1]).split()


def test_fields_nobody_knows_are_left_alone(line: Office, signed_in):
    ana = signed_in()
    wild = {"topics/benefits.toml:en-US.title": "x", "line.toml:languages.locales": "x",
            "../../etc/passwd:x": "x", f"{FILE}:sign_offs.en-US.editor": "x", "seen:": "1",
            "lexicon.toml:word.en.say.bone": "x", f"seen:{ACTION}": "wild"}  # fmt: skip
    assert ana.save(**wild).status_code == 303
    assert read_work(line.store).drafts == {}


@pytest.mark.parametrize(
    "path",
    ["/console/words/nothing", "/console/words/topics/none", "/console/words/topics/../line",
     "/console/word-news/none", f"{RISKS}?past=none", f"{RISKS}?past={ORDER}"],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_not_found(signed_in, path: str):
    assert signed_in().browser.get(path).status_code == 404


def test_a_part_nobody_knows_is_the_first(signed_in):
    page = signed_in(path="/console/words/prompts?part=<script>").page
    assert "prompts.toml:en-US.call.welcome" in page


# A session that ends -----------------------------------------------------------------------------


def test_words_typed_after_the_session_ended_are_kept_through_signing_in(line: Office):
    line.hire("gus@clinic.org", "writer")
    gus = Writer(line.signed_in("gus@clinic.org"), RISKS)
    kept = line.clock.at
    try:
        line.clock.pass_by(minutes=31)
        answer = gus.typed(**{ACTION: "Ask your nurse."})
        assert (answer.status_code, set(answer.json)) == (401, {"sign_in"})
        answer = gus.save(**{ACTION: "Ask your nurse."})
        assert answer.status_code == 401
        back = gus.browser.sign_in("gus@clinic.org", kept=gus.browser.hidden("kept"))
        assert "Ask your nurse." in plain(back.text)
        assert gus.seen(ACTION) not in plain(back.text)
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', back.text)
        again = {html.unescape(key): html.unescape(text) for key, text in hidden}
        path = re.search(r'<form[^>]* action="([^"]*)"', back.text.split("<main")[1])
        assert path
        gus.browser.post(html.unescape(path[1]), **again)
        assert value(line, ACTION) == "Ask your nurse."
    finally:
        line.clock.at = kept


# All subjects ------------------------------------------------------------------------------------


def test_the_page_of_all_words_tells_where_each_stands(signed_in):
    ana = signed_in(path="/console/words")
    lines = plain(ana.page)
    assert "Risks of the treatment ✓" not in lines
    assert lines.count(" live") == 2 * len(subjects(SCRIPT)) + 2  # and twice around the table
    signed_in().save(**{ACTION: "Ask. It is utilized."})
    told = plain(ana.open("/console/words"))
    stands = "being written live words not signed by all live, not signed by all"
    assert re.search(rf"Risks of the treatment {stands} Ana 2 to mend\. 2 to look at\.", told)
    assert "Not changed yet: Spanish." in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_there_is_has_a_name_in_plain_words(language: str):
    words = words_in(language)
    tables = {"call": "spoken", "message": "sent"}
    for field in fields(FILES):
        last = field.path[{"lexicon.toml": 2}.get(field.file, -1)]
        last = field.path[0] if last == field.locale else last
        if field.file == "prompts.toml":
            assert f"{tables[field.path[1]]}.{last}" in words, field.id
        elif field.file == "words.toml" or field.path[1:2] == ("wishes",):
            assert f"groups.{last}" in words, field.id
        elif field.file not in ("pages.toml", "questions.toml"):
            assert f"fields.{last}" in words, field.id


ALIKE = ("topics/risks", "topics/when-to-get-help")
"""Subjects that stand for all topics: their pages are made alike."""


def test_words_whose_place_is_gone_are_shown_to_be_copied(line: Office, signed_in):
    gone = Field("prompts.toml", ("en-US", "call", "gone"), "en-US", "text")
    save(line.store, gone, "Old <b>words.", 0, "", Person(1, "Ana"), line.clock.at)
    page = signed_in(path="/console/words").page
    assert "Words without a place" in page
    assert "Old <b>words." in plain(page)
    ana = signed_in(path="/console/words/prompts")
    welcome = "prompts.toml:en-US.call.welcome"
    assert ana.save(**{welcome: "Hello."}).status_code == 303
    assert "[in:] Hello" in notes(ana.open(), welcome)
    ana.open("/console/words")
    for name in (welcome, "wild", gone.id):
        ana.browser.post("/console/words", field=name, csrf_token=ana.browser.token)
        ana.open("/console/words")
    assert set(read_work(line.store).drafts) == {welcome}
    assert history(line.store, gone.id)[-1].value == "Old <b>words."


def test_every_subject_opens_and_all_its_fields_are_on_its_pages(signed_in):
    eva = signed_in("eva")
    found: set[str] = set()
    opens = [name for name in subjects(SCRIPT) if name in ALIKE or "/" not in name]
    wanted = {one.id for one in fields(FILES) if subject_of(one) in opens}
    for name in opens:
        page = eva.open(f"/console/words/{name}")
        parts = re.findall(r'href="\?part=(\w+)"', page)
        for part in parts or [""]:
            page = eva.open(f"/console/words/{name}?part={part}") if parts else page
            found |= {
                html.unescape(one) for one in re.findall(r' name="([^":]*\.toml:[^"]*)"', page)
            }
            found |= {
                one.rpartition(":")[0] for one in re.findall(r'value="(?:up|down):([^"]*)"', page)
            }
            assert "Guardar" in page
    single = {one.id for one in fields(FILES) if one.path[-1] == "topics"}
    assert wanted - found <= single
    assert locales_of(FILES)
    assert {subject_of(one) for one in fields(FILES)} == set(subjects(SCRIPT))
