"""Use: figures by day, topic, deed, language and reason; filters; files that hold no formula."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.console.conftest import Clock, Office, furnished
from tests.house import settings_in
from voice.console import sums
from voice.console.words import words_in
from voice.instance import opened_store
from voice.outbound import FAULTS
from voice.store import Use, add_uses, record_delivery
from voice.store.audit import Wanted, entries
from voice.store.figures import Figure

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
CALL = Use(TODAY, "call", "en-US", "", "call")


def figure(event: str, count: int = 1, topic: str = "", channel: str = "call", **more) -> Figure:
    return Figure(more.get("day", TODAY), channel, more.get("locale", "en-US"), topic, event, count)


# Sums --------------------------------------------------------------------------------------------


def test_every_day_has_its_figures_also_one_on_which_nothing_happened():
    found = [
        figure("call", 3),
        figure("heard", 2, "risks"),
        figure("texted", 1, "risks"),
        figure("topic", 4, "risks", "message", day=TODAY - 2 * DAY),
        figure("texted", 4, "risks", "message", day=TODAY - 2 * DAY),
    ]
    assert sums.by_day(found, TODAY - 2 * DAY, TODAY, "") == (
        sums.Day(TODAY - 2 * DAY, 0, 4, 0, 4),
        sums.Day(TODAY - DAY, 0, 0, 0, 0),
        sums.Day(TODAY, 3, 0, 2, 1),
    )


def test_in_one_language_those_calls_count_that_went_on_in_it():
    found = [figure("call", 9), figure("chose", 4)]
    assert [sums.by_day(found, TODAY, TODAY, locale)[0].calls for locale in ("", "en-US")] == [9, 4]


def test_a_topic_was_heard_to_its_end_or_left():
    found = [
        figure("heard", 5, "risks"),
        figure("finished", 3, "risks"),
        figure("finished", 2, "benefits"),
        figure("again", 1, "risks"),
        figure("slower", 2, "risks"),
        figure("again", 7),
        figure("texted", 1, "risks"),
        figure("texted", 9, "gone", "message"),
    ]
    assert sums.by_topic(found, ("benefits", "risks", "quiet")) == (
        sums.Topic("gone", 0, 0, 0, 0, 0, 9),
        sums.Topic("risks", 5, 3, 2, 1, 2, 1),
        sums.Topic("benefits", 0, 2, 0, 0, 0, 0),
        sums.Topic("quiet", 0, 0, 0, 0, 0, 0),
    )


def test_what_people_did_is_told_in_one_word_for_both_channels():
    found = [
        figure("transfer", 2),
        figure("closed", 1),
        figure("human", 4, channel="message"),
        figure("no_match", 1),
        figure("number_wrong", 1),
        figure("unknown", 5, channel="message"),
        figure("stop", 9),
    ]
    told = {share.name: (share.calls, share.texts) for share in sums.by_deed(found)}
    assert (told["person"], told["no_match"], told["stop"]) == ((3, 4), (2, 5), (0, 0))


def test_who_hung_up_before_choosing_counts_for_no_language():
    found = [
        figure("call", 10),
        figure("chose", 4),
        figure("chose", 3, locale="es-US"),
        figure("topic", 2, "risks", "message", locale="es-US"),
        figure("texted", 2, "risks", "message", locale="es-US"),
    ]
    assert sums.by_language(found, ("en-US", "es-US")) == (
        sums.Share("en-US", 4, 0),
        sums.Share("es-US", 3, 2),
        sums.Share("", 3, 0),
    )


@pytest.mark.parametrize(
    ("numbers", "bars"), [((), []), ((0, 0), [0, 0]), ((1, 4, 3), [25, 100, 75])]
)
def test_bars_are_measured_by_the_longest(numbers, bars):
    assert list(sums.bars(numbers)) == bars


# The page ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose line was used in two languages. Tests only look at it."""
    settings = settings_in(tmp_path_factory.mktemp("used"))
    with opened_store(settings) as store:
        office = furnished(settings, store, Clock())
        office.publish()
        office.hire("me@x.org", "writer", name="Me")
        office.hire("ella@x.org", "writer", locale="es")
        use_it(office)
        yield office


def use_it(office: Office) -> None:
    risks = replace(CALL, topic="risks", event="heard")
    add_uses(
        office.store,
        {
            CALL: 3,
            replace(CALL, event="chose"): 2,
            replace(CALL, event="chose", locale="es-US"): 1,
            risks: 2,
            replace(risks, event="finished"): 1,
            replace(CALL, event="transfer"): 7,
            replace(CALL, channel="message", locale="es-US", topic="risks", event="texted"): 5,
            replace(CALL, channel="message", locale="es-US", topic="risks", event="topic"): 5,
            replace(CALL, day=TODAY - 20 * DAY): 40,
            replace(CALL, day=TODAY - 80 * DAY): 500,
            replace(CALL, practice=True): 1000,
        },
    )
    record_delivery(office.store, "message", "SM1", "undelivered", "30003", office.clock())
    record_delivery(office.store, "call", "CA1", "busy", "", office.clock())


def table(page: str, caption: str) -> list[list[str]]:
    """The rows of a table as a reader meets them, its head first."""
    (found,) = re.findall(rf"<caption>{caption}</caption>.*?</table>", page, re.S)
    rows = re.findall(r"<tr.*?</tr>", found, re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def test_the_page_tells_every_figure_by_the_clinics_days(used: Office):
    page = used.signed_in("me@x.org").get("/console/use").text
    days = table(page, "Day by day")
    assert days[-1] == ["November 20, 2026", "3", "5", "2", "5"]
    assert len(days) == 31
    topics = table(page, "Subjects")
    assert topics[0][1:] == ["Subjects heard", "Heard to the end", "Left early", "Heard again",
                             "Slowed down", "Sent as a text"]  # fmt: skip
    assert topics[1] == ["Risks of the treatment", "2", "1", "1", "0", "0", "5"]
    assert ["Asked for a person", "7", "0"] in table(page, "What people did")
    assert table(page, "Languages")[1:] == [
        ["English", "2", "0"], ["Spanish", "1", "5"], ["Before a language was chosen", "40", "0"],
    ]  # fmt: skip
    reasons = [row[:3] for row in table(page, "What failed, and why")[1:]]
    assert reasons == [
        ["The line was busy.", "calls", "1"],
        ["The telephone is off or out of reach; it may work later.", "texts", "1"],
    ]
    assert "Days are those of New York." in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "43 in all. The most on one day: 40, on October 31, 2026."),
        ("?days=7", "3 in all. The most on one day: 3, on November 20, 2026."),
        ("?days=90", "543 in all. The most on one day: 500, on September 1, 2026."),
        ("?days=100000", "43 in all."),
        ("?locale=es-US&days=7", "1 in all."),
        ("?locale=xx-YY'", "43 in all."),
    ],
)
def test_range_and_language_decide_what_is_added_up(used: Office, asked, told):
    page = used.signed_in("me@x.org").get(f"/console/use{asked}").text
    assert told in page


def test_a_channel_has_its_own_chart_and_reasons(used: Office):
    browser = used.signed_in("me@x.org")
    page = browser.get("/console/use?channel=message").text
    assert re.findall(r"<figcaption><strong>(\w+)", page) == ["Texts"]
    assert "The line was busy" not in page
    assert "out of reach" in page


def test_a_chart_says_in_words_what_it_shows(used: Office):
    page = used.signed_in("me@x.org").get("/console/use?days=7").text
    labels = re.findall(r'<svg[^>]* role="img" aria-label="([^"]+)"', page)
    assert labels == [
        "Calls: 3 in all. The most on one day: 3, on November 20, 2026.",
        "Texts: 5 in all. The most on one day: 5, on November 20, 2026.",
    ]
    heights = re.findall(r'<rect x="\d+" y="[\d.]+" width="8" height="([\d.]+)"', page)
    assert heights[:7] == ["0.0"] * 6 + ["100.0"]
    assert page.count("<svg") == page.count('role="img"') + page.count('aria-hidden="true" focus')


def test_a_line_nobody_used_says_so(office: Office):
    office.hire("me@x.org", "writer")
    page = office.signed_in("me@x.org").get("/console/use").text
    assert page.count("None in these days.") == 4
    assert "Nothing failed in these days." in page


def test_in_spanish_it_says_the_same(used: Office):
    page = used.signed_in("ella@x.org").get("/console/use?days=7").text
    assert table(page, "Día por día")[-1] == ["20 de noviembre de 2026", "3", "5", "2", "5"]
    assert table(page, "Temas")[1][0] == "Los riesgos del tratamiento"
    assert "El teléfono está apagado o sin señal; puede funcionar más tarde." in page


# Files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["days", "topics", "deeds", "languages", "failures"])
def test_each_table_is_a_file_with_the_same_figures(used: Office, name: str):
    browser = used.signed_in("me@x.org")
    page = browser.get("/console/use?days=7").text
    assert f"/console/use/download/{name}?days=7" in page
    answer = browser.get(f"/console/use/download/{name}?days=7")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    shown = table(page, words_in("en")(f"use.{name}"))
    if name == "days":
        shown[1:] = [[f"2026-11-{14 + n}", *row[1:]] for n, row in enumerate(shown[1:])]
    if name == "failures":
        shown[1:] = [[*row[:3], "2026-11-20 10:00:00-05:00"] for row in shown[1:]]
    assert rows == shown
    (entry,) = entries(used.store, Wanted(deed="use-downloaded"), 1)
    assert (entry.name, entry.subject, entry.detail) == ("Me", f"use:{name}", {"days": "7"})


def test_a_name_that_is_a_formula_reaches_no_spreadsheet_as_one(office: Office):
    office.hire("me@x.org", "writer")
    add_uses(office.store, {replace(CALL, topic="=cmd|' /C calc'!A1", event="heard"): 99})
    text = office.signed_in("me@x.org").get("/console/use/download/topics").text
    assert "\n'=cmd" in text
    assert not re.search(r'(^|,)"?=', text, re.M)


def test_there_is_no_other_file(used: Office):
    assert used.signed_in("me@x.org").get("/console/use/download/staff").status_code == 404


# Words -------------------------------------------------------------------------------------------


def test_every_reason_is_told_in_the_words_of_the_line():
    for code, fault in FAULTS.items():
        assert words_in("en")(f"faults.{code}") == fault.reason
        assert f"faults.{code}" in words_in("es")


def test_no_two_files_give_the_same_words():
    for language in ("en", "es"):
        files = Path("voice/console/words").glob(f"{language}*.toml")
        texts = [re.findall(r"^[\w-]+ = ", file.read_text("utf-8"), re.M) for file in files]
        assert len(words_in(language).written) == sum(map(len, texts))
