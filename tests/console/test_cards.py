"""The key card: what it says, made from what is live, as a page and as one sheet of PDF."""

import base64
import re
import zlib
from dataclasses import replace

import pytest

from tests.conftest import ROOT
from tests.console.conftest import Office
from voice.card import Card, Row, card
from voice.card_pdf import LARGEST, MARGIN, pdf
from voice.script import Script, load


@pytest.fixture(scope="module")
def script() -> Script:
    return load(ROOT / "scripts")


@pytest.fixture(scope="module")
def staffed(published: Office) -> Office:
    published.hire("me.card@x.org", "translator")
    published.hire("ella.card@x.org", "translator", locale="es")
    return published


# What it says ------------------------------------------------------------------------------------


def test_the_card_says_what_the_line_does(script: Script):
    made = card(script, "en-US")
    assert made.title == "Sample Clinic: your key card"
    assert made.emergency == "In an emergency, call 911."
    assert made.steps == ("Call 212-555-0150, day or night.", "First press 1: English.")
    does = {key.sign: key.does for key in made.keys}
    assert list(does) == list("123456789*0#")
    assert (does["3"], does["0"], does["*"], does["9"]) == ("Risks", "person", "back", "again")
    assert made.picture.startswith("A telephone keypad. 1: About kyphoplasty. 2: ")
    assert "star: back." in made.picture
    assert Row("Risks of the treatment", "3", "RISK") in made.rows
    assert Row("How this treatment may help", "2, then 3", "BENEFITS") in made.rows
    assert len(made.rows) == len(script.topics)
    assert any("212-555-0134" in note for note in made.notes)


def test_the_spanish_card_says_the_same(script: Script):
    made = card(script, "es-US")
    assert made.steps[1] == "Primero oprima 2: Español."
    assert Row("Cómo puede ayudar", "2 y luego 3", "BENEFICIOS") in made.rows
    assert [row.path[0] for row in made.rows] == [row.path[0] for row in card(script, "en-US").rows]
    assert len(made.notes) == len(card(script, "en-US").notes)


def test_every_key_path_leads_to_its_topic(script: Script):
    for locale in script.locales:
        for row in card(script, locale).rows:
            keys = re.findall(r"\d", row.path)
            option = next(one for one in script.options if one.key == keys[0])
            topic = option.topics[int(keys[1]) - 1 if len(keys) > 1 else 0]
            assert script.topics[topic].wording[locale].title == row.title


def test_a_line_in_one_language_asks_for_none(script: Script):
    line = replace(script.line, locales=("en-US",))
    assert len(card(replace(script, line=line), "en-US").steps) == 1


# As PDF ------------------------------------------------------------------------------------------


def drawing(content: bytes) -> str:
    """What is drawn on the page, its operators in words."""
    for stream in re.findall(
        rb"ASCII85Decode /FlateDecode.*?stream\r?\n(.*?)endstream", content, re.S
    ):
        text = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>"))).decode(
            "latin-1"
        )
        if " Tf " in text:
            return text
    raise AssertionError("nothing is drawn")


def sizes(content: bytes) -> list[float]:
    """In points, of what is written; a page begins with a font that nothing is written in."""
    return [float(size) for size in re.findall(r"/F\d\+\d ([\d.]+) Tf", drawing(content))]


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_pdf_is_one_letter_page_with_its_letters_inside(script: Script, locale: str):
    content = pdf(card(script, locale))
    assert content.startswith(b"%PDF-1.")
    assert len(re.findall(rb"/Type /Page\b", content)) == 1
    assert b"/MediaBox [ 0 0 612 792 ]" in content
    assert content.count(b"/FontFile2") == 2
    assert f"/Lang ({locale})".encode() in content
    assert len(content) < 100_000
    assert min(sizes(content)) >= 13


@pytest.mark.parametrize("topics", [1, 16, 45])
def test_all_of_it_fits_whatever_there_is_to_say(script: Script, topics: int):
    made = card(script, "es-US")
    rows = tuple(replace(made.rows[0], title=f"Tema {n}") for n in range(topics))
    content = pdf(replace(made, rows=rows))
    places = re.findall(r"1 0 0 1 ([\d.-]+) ([\d.-]+) Tm", drawing(content))
    assert min(float(y) for _, y in places) >= MARGIN
    assert max(float(y) for _, y in places) <= 792 - MARGIN
    assert (LARGEST in sizes(content)) == (topics == 1)


def test_the_same_words_make_the_same_file(script: Script):
    made: Card = card(script, "en-US")
    assert pdf(made) == pdf(made)


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_file_has_a_title_to_show_and_bookmarks_to_its_parts(script: Script, locale: str):
    made = card(script, locale)
    file = pdf(made)
    assert b"/DisplayDocTitle true" in file
    for heading in (made.title, made.keys_title, made.rows_title):
        written = "".join(one if one.isascii() else f"\\{ord(one):o}" for one in heading)
        assert f"/Title ({written})".encode() in file
    assert file.count(b"/Title (") == 4  # the file's own, and three bookmarks


def test_the_page_says_that_it_is_the_one_for_screen_readers(staffed: Office):
    browser = staffed.signed_in_before("me.card@x.org")
    assert "with a screen reader, use this page" in browser.get("/console/card/en-US").text


# The pages ---------------------------------------------------------------------------------------


def test_each_language_has_its_page_and_its_file(staffed: Office):
    browser = staffed.signed_in_before("me.card@x.org")
    page = browser.get("/console/card").text
    for locale, title in (("en-US", "Sample Clinic: your"), ("es-US", "Clínica de Muestra: su")):
        assert f'href="/console/card/{locale}"' in page
        shown = browser.get(f"/console/card/{locale}").text
        assert f'<article class="key-card" lang="{locale}"' in shown
        assert title in shown
        assert 'role="img" aria-label="' in shown
        answer = browser.client.get(f"/console/card/{locale}/pdf")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert f'filename="key-card-{locale}.pdf"' in answer.headers["Content-Disposition"]
        assert answer.data.startswith(b"%PDF")
    spanish = staffed.signed_in_before("ella.card@x.org").get("/console/card/es-US").text
    assert "<h1>Tarjeta de teclas, español</h1>" in spanish


@pytest.mark.parametrize("path", ["xx-XX", "xx-XX/pdf", "en-US%2e"])
def test_there_is_no_other_card(staffed: Office, path: str):
    assert staffed.signed_in_before("me.card@x.org").get(f"/console/card/{path}").status_code == 404


def test_the_card_is_made_of_what_is_live(staffed: Office):
    script = staffed.live.script
    line = replace(script.line, name={"en-US": "Hill <Clinic>", "es-US": "Clínica"})
    staffed.live.script = replace(script, line=line)
    try:
        page = staffed.signed_in_before("me.card@x.org").get("/console/card/en-US").text
    finally:
        staffed.live.script = script
    assert "Hill &lt;Clinic&gt;: your key card" in page
