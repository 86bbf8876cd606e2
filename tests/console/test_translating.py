"""Translation sheets: out and in again without a change, previewed, put into drafts, refused."""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from openpyxl import Workbook, load_workbook

from tests.console.conftest import Browser, Office
from tests.house import OPEN
from voice import translation
from voice.draft.fields import field_of, read
from voice.draft.review import Person
from voice.store.audit import Wanted, entries
from voice.store.drafts import Saved, read_work, save, undo
from voice.translation import Entry, Heads, Refused, Row, po, xlsx

TITLE = "topics/risks.toml:es-US.title"
PARTS = "topics/risks.toml:es-US.parts"
KINDS = ("xlsx", "po")
HEADS = Heads("ID", "Where", "English", "Español", "Notes", "Version")
TRICKY = (
    Entry(TITLE, "Risks: Title", "What?", "=HYPERLINK(1)", "note", "0-0123456789abcdef"),
    Entry(PARTS, "Risks: Parts", "+1", "-1\nsí «ñ»\n\n@x", "", "3-0123456789abcdef"),
)


# The files ---------------------------------------------------------------------------------------


def made(kind: str, rows: tuple[Entry, ...] = TRICKY) -> bytes:
    return po.write(rows, "es-US").encode() if kind == "po" else xlsx.write(rows, "es-US", HEADS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_out_comes_in_as_it_was(kind: str):
    expected = tuple(Row(one.id, one.source, one.text, one.seen) for one in TRICKY)
    assert translation.read(made(kind)) == expected


def test_no_cell_of_a_spreadsheet_is_a_formula():
    sheet: Any = load_workbook(io.BytesIO(made("xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in cells)
    packed = zipfile.ZipFile(io.BytesIO(made("xlsx")))
    assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


def test_translators_read_where_words_stand():
    (first, second) = polib.pofile(made("po").decode())
    assert (first.msgctxt, first.msgid, first.msgstr) == (TITLE, "What?", "=HYPERLINK(1)")
    assert first.comment.split("\n") == ["Risks: Title", "note", "seen: 0-0123456789abcdef"]
    assert second.msgstr == "-1\nsí «ñ»\n\n@x"


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in (("id", "where", "source", "text", "note", "seen"), *rows):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def repacked(**parts: bytes) -> bytes:
    """The sheet with parts of other content; dots in their names are written as __."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        old = zipfile.ZipFile(io.BytesIO(made("xlsx")))
        for name in old.namelist():
            new.writestr(name, parts.pop(name, old.read(name)))
        for name, content in parts.items():
            new.writestr(name, content)
    return kept.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
HOSTILE = {
    "nothing a sheet is": (b"\x89PNG\r\n\x1a\n" + bytes(99), "kind"),
    "text of another kind": (b"dear translator", "kind"),
    "the name of a file here": (b"/etc/passwd", "kind"),
    "a file's name that looks like one": (b"/tmp/msgid", "broken"),
    "half a PO": (b'msgid "a"\nmsgstr "b\nmsgx', "broken"),
    "a PO of something else": (b'msgid "a"\nmsgstr "b"\n', "foreign"),
    "too many bytes": (b"msgid" + bytes(3_000_000), "large"),
    "too many rows": (
        b"".join(b'msgctxt "%d"\nmsgid "a"\nmsgstr "b"\n\n' % n for n in range(5_100)), "large",
    ),
    "half a spreadsheet": (made("xlsx")[:900], "broken"),
    "a zip of something else": (repacked(**{"[Content_Types].xml": b""}), "broken"),
    "a formula": (workbook((TITLE, "", "", "=1+1", "", "")), "formula"),
    "a formula elsewhere": (workbook((TITLE, "=1+1", "", "x", "", "")), "formula"),
    "a spreadsheet without rows": (workbook(), "foreign"),
    "a spreadsheet of something else": (workbook(("", "", "", "x", "", "")), "foreign"),
    "entities that grow": (repacked(**{"xl/worksheets/sheet1.xml": BOMB}), "broken"),
    "a bomb": (repacked(**{"xl/media/big.xml": bytes(40_000_000)}), "large"),
    "many parts": (repacked(**{f"xl/media/{n}.xml": b"" for n in range(80)}), "large"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_sheet_is_refused(content: bytes, reason: str):
    with pytest.raises(Refused) as refused:
        translation.read(content)
    assert refused.value.reason == reason


def test_a_sheet_that_is_the_name_of_a_file_does_not_open_it(tmp_path: Path):
    (tmp_path / "msgid").write_bytes(made("po"))
    with pytest.raises(Refused):
        translation.read(str(tmp_path / "msgid").encode())


def test_a_refused_formula_says_in_which_cell():
    with pytest.raises(Refused) as refused:
        translation.read(workbook((TITLE, "", "", "x", "", ""), (PARTS, "", "", "=A1", "", "")))
    assert refused.value.where == "D3"


def test_numbers_that_somebody_typed_are_words():
    rows = translation.read(workbook((TITLE, None, 1, 911, 2.5, 3.0), (PARTS, "", "", 5.0, "", "")))
    assert [row.text for row in rows] == ["911", "5"]


# The pages ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def staffed(published: Office) -> Office:
    published.hire("me.sheet@x.org", "translator", name="Me")
    published.hire("nurse.sheet@x.org", "clinician")
    return published


@pytest.fixture
def desk(staffed: Office) -> Iterator[Office]:
    """An office with nothing in work, before and after."""
    yield staffed
    files = staffed.live.script.files
    for name in read_work(staffed.store).drafts:
        field = field_of(files, name)
        undo(staffed.store, field, read(files, field), Person(1, "Any"), OPEN)


def browser(office: Office, who: str = "me") -> Browser:
    opened = office.signed_in_before(f"{who}.sheet@x.org")
    assert opened.get("/console/sheets").status_code == 200
    return opened


def taken(opened: Browser, kind: str) -> bytes:
    answer = opened.client.get(f"/console/sheets/es-US/{kind}")
    assert answer.status_code == 200
    assert f'filename="translation-es-US.{kind}"' in answer.headers["Content-Disposition"]
    return answer.data


def sent(opened: Browser, content: bytes, name: str = "sheet.xlsx") -> str:
    opened.get("/console/sheets")
    return opened.post("/console/sheets/preview", sheet=(io.BytesIO(content), name)).text


def edited(content: bytes, **texts: str) -> bytes:
    """The sheet with other words for a title or parts."""
    names = {"title": TITLE, "parts": PARTS}
    if content.startswith(b"PK"):
        book = load_workbook(io.BytesIO(content))
        for name, text in texts.items():
            for row in book.active.iter_rows():
                if row[0].value == names[name]:
                    row[3].value = text
                    row[3].data_type = "s"
        kept = io.BytesIO()
        book.save(kept)
        return kept.getvalue()
    file = polib.pofile(content.decode())
    for name, text in texts.items():
        next(one for one in file if one.msgctxt == names[name]).msgstr = text
    return str(file).encode()


def confirmed(opened: Browser) -> str:
    """Say yes to the preview that is shown; what the next page tells."""
    form = opened.page.split('action="/console/sheets/confirm"')[1]
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    given = {html.unescape(name): html.unescape(value) for name, value in fields}
    assert opened.post("/console/sheets/confirm", **given).status_code == 303
    return opened.get("/console/sheets").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_sent_back_unchanged_changes_nothing(desk: Office, kind: str):
    opened = browser(desk)
    content = taken(opened, kind)
    page = sent(opened, content)
    rows = len(translation.read(content))
    assert rows > 300
    assert f"Rows in the sheet: {rows}. Fields it changes: 0." in page
    assert "There is nothing to put into drafts." in page
    assert read_work(desk.store).drafts == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_shown_word_by_word_then_put_into_a_draft(desk: Office, kind: str):
    opened = browser(desk)
    content = edited(taken(opened, kind), title="Los peligros del <b>tratamiento</b>")
    page = sent(opened, content)
    assert "Fields it changes: 1. Nothing is changed yet." in page
    assert re.search(r"<del>.*?riesgos</del>.*<ins>.*?peligros</ins>", page)
    assert "&lt;b&gt;" in page
    assert "What it translates" in page
    assert "<h2>Risks of the treatment: Title</h2>" in page
    assert read_work(desk.store).drafts == {}
    assert "1 change is in the draft." in confirmed(opened)
    draft = read_work(desk.store).drafts[TITLE]
    assert (draft.value, draft.by.name) == ("Los peligros del <b>tratamiento</b>", "Me")
    (entry,) = entries(desk.store, Wanted(deed="sheet-brought"), 1)
    assert entry.detail == {"saved": 1}
    assert sent(opened, taken(opened, kind)).count("<ins>") == 0


def test_what_a_change_would_break_is_told(desk: Office):
    opened = browser(desk)
    long = "Los riesgos que tiene este tratamiento para los huesos de su espalda"
    page = sent(opened, edited(taken(opened, "po"), title=long), "x.po")
    assert "The title has 12 words." in page


def test_words_that_others_changed_meanwhile_are_not_lost(desk: Office):
    opened = browser(desk)
    content = taken(opened, "xlsx")
    field = field_of(desk.live.script.files, TITLE)
    live = read(desk.live.script.files, field)
    by = Person(1, "Bo")
    assert isinstance(save(desk.store, field, "De Bo", 0, live, by, OPEN), Saved)
    assert "Fields it changes: 0." in sent(opened, content)
    page = sent(opened, edited(content, title="Mío"))
    assert "Somebody changed these words since the sheet was made." in page
    assert "was changed by somebody else meanwhile" in confirmed(opened)
    assert read_work(desk.store).drafts[TITLE].value == "De Bo"


def test_a_sheet_of_words_that_changed_since_says_so(desk: Office):
    opened = browser(desk)
    content = taken(opened, "po").replace(b'"Risks of the treatment"', b'"Old risks"')
    page = sent(opened, edited(content, title="Mío"), "x.po")
    assert "The words this translates have changed since the sheet was made." in page


def test_rows_of_nothing_translated_are_left_out(desk: Office):
    names = ("topics/none.toml:es-US.title", "line.toml:numbers.phone",
             "topics/risks.toml:en-US.title", "words.toml:es-US.stop", "../x")  # fmt: skip
    page = sent(browser(desk), workbook(*((name, "", "", "new words", "", "") for name in names)))
    assert "5 rows belong to nothing the line has now." in page
    assert "confirm" not in page
    opened = browser(desk)
    opened.post("/console/sheets/confirm", **dict.fromkeys(names, "new words"))
    assert "The sheet changes nothing." in opened.get("/console/sheets").text
    assert read_work(desk.store).drafts == {}


def test_an_empty_cell_takes_nothing_away(desk: Office):
    opened = browser(desk)
    assert "Fields it changes: 0." in sent(opened, edited(taken(opened, "po"), title=""))


def test_what_is_too_long_is_shown_and_not_taken(desk: Office):
    page = sent(browser(desk), workbook((TITLE, "", "", "x" * 21_000, "", "")))
    assert "This is too long for its field." in page
    assert "/console/sheets/confirm" not in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a file first."),
        (b"dear translator", "This is not a translation sheet."),
        (HOSTILE["a formula"][0], "Cell D2 holds a formula."),
        (HOSTILE["a bomb"][0], "This file is too large for a translation sheet."),
    ],
    ids=["none", "letter", "formula", "bomb"],
)
def test_a_refusal_is_told_in_plain_words(desk: Office, content: bytes, told: str):
    opened = browser(desk)
    data = {"csrf_token": opened.token, "sheet": (io.BytesIO(content), "x.xlsx")}
    answer = opened.client.post("/console/sheets/preview", data=data)
    assert answer.status_code == 422
    assert answer.text.count(html.escape(told)) >= 2
    assert 'aria-invalid="true"' in answer.text


def test_far_too_large_a_file_is_not_even_read(desk: Office):
    kind = "multipart/form-data; boundary=x"
    answer = browser(desk).client.post(
        "/console/sheets/preview", data=bytes(2_200_000), content_type=kind
    )
    assert answer.status_code == 413


def test_who_does_not_write_takes_sheets_and_sends_none(desk: Office):
    opened = browser(desk, "nurse")
    assert 'type="file"' not in opened.page
    taken(opened, "po")
    for path in ("preview", "confirm"):
        assert opened.post(f"/console/sheets/{path}").status_code == 403


@pytest.mark.parametrize("path", ["en-US/po", "xx/po", "es-US/exe"])
def test_there_is_no_other_sheet(desk: Office, path: str):
    assert browser(desk).get(f"/console/sheets/{path}").status_code == 404
