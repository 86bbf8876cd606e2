"""The page of every clip: what it tells, what is missing or old, what narrows it down."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.console.conftest import Browser, Office
from tests.house import OPEN
from voice.console.audio import A_PAGE, LEVEL
from voice.draft.review import Person
from voice.speech.clips import Manifest
from voice.speech.mastering import CALL
from voice.store.recordings import (
    Recording,
    Sound,
    confirm_recording,
    drop_recording,
    keep_recording,
)


@pytest.fixture(scope="module")
def staffed(published: Office) -> Office:
    published.hire("me.audio@x.org", "clinician")
    published.hire("ella.audio@x.org", "translator", locale="es")
    return published


@pytest.fixture
def shop(staffed: Office) -> Iterator[Office]:
    """An office; its clips are as they were when the test is over."""
    manifest = staffed.live.manifest
    yield staffed
    staffed.live.manifest = manifest


def browser(office: Office, asked: str = "", who: str = "me") -> Browser:
    made = office.signed_in_before(f"{who}.audio@x.org")
    assert made.get(f"/console/audio{asked}").status_code == 200
    return made


def cards(page: str) -> list[str]:
    return re.findall(r'<li class="card \w+">.*?</li>', page, re.S)


def facts(card: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card)
    return {name: html.unescape(re.sub("<[^>]+>", "", value)) for name, value in found}


def said(card: str) -> str:
    return html.unescape(re.search(r'<p class="said"[^>]*>(.*?)</p>', card, re.S)[1])


def changed(office: Office, words: str, **values: object) -> None:
    """Change the clips of some words; with nothing to change, there are none."""
    clips = office.live.manifest.clips
    mine = {key: clip for key, clip in clips.items() if key.words == words}
    others = {key: clip for key, clip in clips.items() if key.words != words}
    new = {key: replace(clip, **values) for key, clip in mine.items()} if values else {}
    office.live.manifest = Manifest({**others, **new}, office.live.manifest.topics)


TITLE = "Risks of the treatment."
ASKED = "?text=Risks+of+the+treatment.&topic=risks&pace=slow"


def test_a_card_tells_all_there_is_to_know_of_a_clip(shop: Office):
    changed(shop, TITLE, seconds=1.26, level=-20.94, speaker="Vera", engine="piper")
    card = cards(browser(shop, ASKED).page)[0]
    assert said(card) == TITLE
    assert facts(card) == {
        "Subject": "Risks of the treatment", "Language": "English", "Pace": "slow",
        "Length": "1.3 seconds", "Loudness": "as loud as the rest (-20.9 dBov)",
        "Speaker": "a computer's voice (Vera, piper)",
        "Voice": "a computer's",
    }  # fmt: skip
    clips = {clip.name for key, clip in shop.live.manifest.clips.items() if key.words == TITLE}
    assert re.search(r'<audio controls preload="none" src="/audio/([^"]+)"', card)[1] in clips
    assert 'lang="en-US"' in card


def test_what_has_no_clip_is_missing(shop: Office):
    changed(shop, TITLE)
    page = browser(shop, "?state=missing").page
    assert {said(card) for card in cards(page)} == {TITLE}
    assert "<audio" not in page
    assert "▲ missing" in page
    assert f"missing ({len(cards(page))})" in page


def test_a_clip_older_than_its_recording_is_not_the_newest(shop: Office):
    sound, by = Sound(b"sound", b"heard"), Person(1, "Ana")
    kept = Recording(TITLE, "en-US", "slow", "title", "", 1.0, -21.0, (), by, OPEN)
    keep_recording(shop.store, kept, sound)
    confirm_recording(shop.store, kept.name, sound.digest, Person(2, "Bo"), OPEN)
    (card,) = cards(browser(shop, "?state=stale").page)[:1]
    assert (said(card), facts(card)["Voice"]) == (TITLE, "▲ not the newest")
    changed(shop, TITLE, reading=sound.digest, speaker="Ana")
    page = browser(shop, "?state=recorded").page
    assert {facts(card)["Pace"] for card in cards(page)} == {"slow"}
    assert facts(cards(page)[0])["Speaker"] == "Ana"
    drop_recording(shop.store, kept.name, by, OPEN)
    page = browser(shop, "?state=stale&pace=slow").page
    assert {said(card) for card in cards(page)} == {TITLE}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("?locale=es-US", {"Language": {"Spanish"}}),
        ("?pace=slow&topic=risks", {"Pace": {"slow"}, "Subject": {"Risks of the treatment"}}),
        ("?topic=line", {"Subject": {"What the line says itself"}}),
    ],
)
def test_the_list_is_narrowed_down(shop: Office, asked: str, told: dict[str, set[str]]):
    found = [facts(card) for card in cards(browser(shop, asked).page)]
    assert found
    for name, values in told.items():
        assert {one[name] for one in found} == values


def test_unknown_filters_narrow_nothing_and_no_find_says_so(shop: Office):
    every = re.search(r"(\d+) clips", browser(shop).page)[1]
    assert f"{every} clips" in browser(shop, "?locale=xx&topic=../..&pace=9&state=<b>").page
    page = browser(shop, "?text=<script>").page
    assert "Nothing fits what you asked for." in page
    assert "<script>" not in page.replace('<script src="/static/console.js"', "")


def test_a_long_list_has_pages(shop: Office):
    made = browser(shop, "?locale=es-US", "ella")
    first = [said(card) for card in cards(made.page)]
    (link,) = re.findall(r'<a href="([^"]+)" rel="next">', made.page)
    second = [said(card) for card in cards(made.get(html.unescape(link)).text)]
    assert (len(first), len(second)) == (A_PAGE, A_PAGE)
    assert first != second
    assert "Página 2 de" in made.page


def test_the_page_judges_loudness_by_the_level_clips_are_made_at():
    assert CALL.level == LEVEL  # not imported there: it would load what masters sound
