"""What staff wrote, loaded: the shipped script, and every slip of the pen by name and place."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from voice.script import Phone, Script, ScriptError, load, parse, read_files

FILES = read_files(ROOT / "scripts")
RISKS = "topics/risks.toml"


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """The shipped files with the first `old` of one of them made `new`."""
    assert old in FILES[file], f"{file} holds no {old}"
    return {**FILES, file: FILES[file].replace(old, new, 1)}


def defects_of(files: Mapping[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(ScriptError) as caught:
        parse(files)
    return [(defect.file, defect.where, defect.message) for defect in caught.value.defects]


# The shipped script ------------------------------------------------------------------------------

TOPICS = {
    "1": ("what-it-is", "why-bones-break", "procedure", "vertebroplasty", "evidence"),
    "2": ("candidacy", "not-for-you", "benefits", "before", "your-team"),
    "3": ("risks",),
    "4": ("aftercare", "anesthesia", "duration", "prevention"),
    "5": ("when-to-get-help",),
}


def test_the_shipped_script_loads_with_the_published_key_paths(script: Script) -> None:
    assert script.locales == ("en-US", "es-US")
    assert {option.key: option.topics for option in script.options} == TOPICS
    assert list(script.topics) == [topic for topics in TOPICS.values() for topic in topics]
    assert dict(script.keys) == {
        "person": "0", "back": "*", "skip": "#", "again": "9", "pause": "8", "slower": "7",
        "text": "6",
    }  # fmt: skip


def test_the_shipped_clinic_is_unmistakably_a_sample(script: Script) -> None:
    assert script.line.is_sample
    assert script.line.name["en-US"] == "Sample Clinic"


def test_a_line_is_no_sample_once_every_number_is_real() -> None:
    text = re.sub(r"555 01(\d\d)", r"736 44\1", FILES["line.toml"])
    assert not parse({**FILES, "line.toml": text}).line.is_sample


def test_a_telephone_number_is_dialled_written_and_grouped() -> None:
    phone = Phone("1", ("212", "555", "0134"))
    assert phone.dialled == "+12125550134"
    assert phone.written == "212-555-0134"


def test_the_main_message_opens_a_topic_and_the_action_ends_it(script: Script) -> None:
    for topic in script.topics.values():
        for wording in topic.wording.values():
            assert wording.spoken[0].startswith(f"{wording.main_message}\n{wording.parts[0]}")
            assert wording.spoken[-1].endswith(f"{wording.parts[-1]}\n{wording.action}")
            assert len(wording.spoken) == len(wording.parts)


def test_white_space_is_folded_but_each_line_of_a_part_stays_a_key_point(script: Script) -> None:
    for topic in script.topics.values():
        for wording in topic.wording.values():
            for text in (wording.title, wording.main_message, wording.action, *wording.texts):
                assert text == " ".join(text.split())
            for part in wording.parts:
                assert part.split("\n") == [" ".join(line.split()) for line in part.split("\n")]
    parts = script.topics["risks"].wording["en-US"].parts
    assert [part.count("\n") for part in parts] == [0, 1, 1]


def test_a_release_can_be_built_again_from_the_texts_it_keeps(script: Script) -> None:
    assert parse(script.files) == script


def test_a_byte_order_mark_of_some_editors_does_no_harm(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    line = folder / "line.toml"
    line.write_bytes(b"\xef\xbb\xbf" + line.read_bytes())
    assert load(folder).line.name["es-US"] == "Clínica de Muestra"


def test_a_clinic_may_offer_one_language_and_leave_the_other_in_the_files() -> None:
    script = parse(changed("line.toml", '["en-US", "es-US"]', '["es-US"]'))
    assert script.locales == ("es-US",)
    assert set(script.prompts) == {"es-US"}


# Every defect, by file and place ----------------------------------------------------------------

MISSING_TEXT = "The text is missing."
EMPTY_TEXT = "The text is empty."
WRONG_FORM = "The text has the wrong form."

SLIPS = {
    "missing-field": (
        RISKS, 'title = "Risks of the treatment"\n', "", "en-US.title", MISSING_TEXT,
    ),
    "missing-list": (RISKS, 'tags = ["risk"]\n', "", "tags", "The list is missing."),
    "missing-date": (
        RISKS, "review_by = 2027-05-20", "", "review_by", "The review date is missing.",
    ),
    "missing-table": ("line.toml", "[name]", "[nome]", "name", "The table is missing."),
    "unknown-field": (
        RISKS, "[en-US]", '[en-US]\ntitel = "x"', "en-US.titel", "This field is not known.",
    ),
    "unknown-field-of-the-line": (
        "line.toml", "[numbers]", '[numbers]\nfax = "1"', "numbers.fax", "This field is not known.",
    ),
    "unknown-field-of-a-prompt": (
        "prompts.toml", "[en-US.call]", '[en-US.call]\nhi = "x"', "en-US.call.hi",
        "This field is not known.",
    ),
    "unknown-field-of-an-option": (
        "menu.toml", "[option.en-US]", '[option.en-US]\nlable = "x"', "option 1.en-US.lable",
        "This field is not known.",
    ),
    "number-for-a-text": (
        RISKS, 'title = "Risks of the treatment"', "title = 3", "en-US.title", WRONG_FORM,
    ),
    "text-for-a-list": (
        RISKS, 'tags = ["risk"]', 'tags = "risk"', "tags", "The list has the wrong form.",
    ),
    "text-for-a-date": (
        RISKS, "2027-05-20", '"2027-05-20"', "review_by", "The review date has the wrong form.",
    ),
    "moment-for-a-date": (
        RISKS, "2027-05-20", "2027-05-20T10:00:00", "review_by",
        "The review date has the wrong form.",
    ),
    "empty-text": (RISKS, '"Risks of the treatment"', '"  "', "en-US.title", EMPTY_TEXT),
    "empty-entry": (
        RISKS, '"risk", "risks",', '"risk", "",', "en-US.keywords",
        "The list has an empty or wrong entry.",
    ),
    "number-in-a-list": (
        RISKS, '"risk", "risks",', '"risk", 3,', "en-US.keywords",
        "The list has an empty or wrong entry.",
    ),
    "unknown-placeholder": (
        RISKS, "Call {emergency}", "Call {emergncy}", "en-US.parts",
        "There is {emergncy} in the text.",
    ),
    "placeholder-of-another-text": (
        RISKS, "Call {emergency}", "Call {label}", "en-US.parts", "There is {label} in the text.",
    ),
    "lone-brace": (
        RISKS, "Call {emergency}", "Call {emergency", "en-US.parts",
        "There is a lone brace in the text.",
    ),
    "template-without-its-key": (
        "prompts.toml", '"{label}, press {key}."', '"{label}."', "en-US.call.option",
        "{key} is missing in the text.",
    ),
    "menu-without-its-options": (
        "prompts.toml", '"Text a number. {options}. Text', '"Text a number. Text',
        "en-US.message.submenu", "{options} is missing in the text.",
    ),
    "clinic-in-a-piece-of-hours": (
        "prompts.toml", '"{first} to {last}"', '"{first} to {last}, {clinic}"',
        "en-US.words.day_range", "There is {clinic} in the text.",
    ),
    "too-few-digits": (
        "prompts.toml", '"eight", "nine"]', '"eight"]', "en-US.words.digits",
        "The list needs 10 entries.",
    ),
    "phone-without-country": (
        "line.toml", '"+1 212 555 0134"', '"212 555 0134"', "numbers.phone",
        "'212 555 0134' is not a number in groups.",
    ),
    "emergency-number-in-words": (
        "line.toml", '"911"', '"nine one one"', "numbers.emergency",
        "'nine one one' is not a short number.",
    ),
    "time-span": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["9-17"]', "hours.monday",
        "'9-17' is not a time span.",
    ),
    "hour-that-no-clock-has": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["9:00-25:00"]', "hours.monday",
        "'9:00-25:00' is not a time span.",
    ),
    "time-span-backwards": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["17:00-9:00"]', "hours.monday",
        "'17:00-9:00' does not come in order.",
    ),
    "time-span-of-nothing": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["0:00-0:00"]', "hours.monday",
        "'0:00-0:00' is not a time span.",
    ),
    "time-span-past-midnight": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["22:00-6:00"]', "hours.monday",
        "'22:00-6:00' does not come in order.",
    ),
    "time-span-after-the-end-of-the-day": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["18:00-24:00", "20:00-21:00"]',
        "hours.monday", "'20:00-21:00' does not come in order.",
    ),
    "time-spans-overlap": (
        "line.toml", 'monday = ["9:00-17:00"]', 'monday = ["9:00-13:00", "12:00-17:00"]',
        "hours.monday", "'12:00-17:00' does not come in order.",
    ),
    "time-zone": (
        "line.toml", '"America/New_York"', '"New York"', "hours.time_zone",
        "There is no time zone 'New York'.",
    ),
    "time-zone-that-is-a-path": (
        "line.toml", '"America/New_York"', '"../x"', "hours.time_zone",
        "There is no time zone '../x'.",
    ),
    "holiday-in-quotes": (
        "line.toml", "2026-11-26,", '"2026-11-26",', "hours.holidays", "A holiday is not a date.",
    ),
    "topic-not-offered": (
        "menu.toml", '"evidence"]', "]", "option", "No option leads to evidence.",
    ),
    "topic-offered-twice": (
        "menu.toml", '"evidence"]', '"evidence", "benefits"]', "option",
        "benefits is in two options.",
    ),
    "option-to-a-missing-topic": (
        "menu.toml", '"evidence"]', '"evidence", "cost"]', "option",
        "There is no file topics/cost.toml.",
    ),
    "option-to-nowhere": (
        "menu.toml", 'topics = ["risks"]', "topics = []", "option 3.topics",
        "The option leads nowhere.",
    ),
    "option-key-taken": (
        "menu.toml", 'key = "2"', 'key = "1"', "option", "Key 1 is taken already.",
    ),
    "option-key-with-a-fixed-meaning": (
        "menu.toml", 'key = "2"', 'key = "9"', "option", "Key 9 is taken already.",
    ),
    "option-key-on-no-telephone": (
        "menu.toml", 'key = "2"', 'key = "12"', "keys", "'12' is not a telephone key.",
    ),
    "fixed-key-twice": (
        "menu.toml", 'again = "9"', 'again = "8"', "keys", "Key 8 has two meanings.",
    ),
    "parts-differ-by-language": (
        RISKS, '''parts = [\n  """Su médico''', '''parts = [\n  """Uno.""",\n  """Su médico''',
        "parts", "The languages have different parts.",
    ),
    "no-parts": (
        "topics/your-team.toml", "parts = [", "parts = []\nold = [", "en-US.parts",
        "There is nothing to say.",
    ),
    "language-without-a-region": (
        "line.toml", '["en-US", "es-US"]', '["en-US", "es-US", "fr"]', "languages.locales",
        "The list of languages has a wrong or double entry.",
    ),
    "language-twice": (
        "line.toml", '["en-US", "es-US"]', '["en-US", "es-US", "en-US"]', "languages.locales",
        "The list of languages has a wrong or double entry.",
    ),
    "lexicon-word-without-locale": (
        "lexicon.toml", 'word = "kyphoplasty"\nlocale = "en"', 'word = "kyphoplasty"',
        "word 1.locale", MISSING_TEXT,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "where", "message"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_named_with_its_place(
    file: str, old: str, new: str, where: str, message: str
) -> None:
    assert (file, where, message) in defects_of(changed(file, old, new))


def test_a_clinic_that_is_never_open_is_reported(script: Script) -> None:
    line = re.sub(r'day = \["9:00-17:00"\]', "day = []", script.files["line.toml"])
    with pytest.raises(ScriptError) as raised:
        parse({**script.files, "line.toml": line})
    (defect,) = raised.value.defects
    assert (defect.file, defect.where) == ("line.toml", "hours.monday")
    assert defect.message == "The clinic is never open."


@pytest.mark.parametrize(
    ("file", "old", "new", "fix"),
    [
        (RISKS, 'title = "Risks of the treatment"\n', "", "Add a line: title = …"),
        ("prompts.toml", '"#" = "pound"', '"+" = "pound"', 'Add a line: "#" = …'),
        ("line.toml", "[name]", "[nome]", "Add a table for name, as its neighbours have."),
    ],
)
def test_what_is_missing_can_be_added_as_it_is_told(
    file: str, old: str, new: str, fix: str
) -> None:
    with pytest.raises(ScriptError) as raised:
        parse(changed(file, old, new))
    assert fix in [defect.fix for defect in raised.value.defects]


@pytest.mark.parametrize(
    "name", ["line.toml", "menu.toml", "prompts.toml", "words.toml", "sources.toml"]
)
def test_a_missing_file_is_named(name: str) -> None:
    files = {file: text for file, text in FILES.items() if file != name}
    assert defects_of(files) == [(name, "file", "The file is missing.")]


def test_broken_toml_is_reported_with_its_line() -> None:
    ((file, where, message),) = defects_of(
        changed("line.toml", 'en-US = "Sample Clinic"', 'en-US = "Sample')
    )
    line = FILES["line.toml"].split('en-US = "Sample Clinic"')[0].count("\n") + 1
    assert (file, where) == ("line.toml", f"line {line}")
    assert message.startswith("The file cannot be read: ")


def test_a_file_in_an_old_encoding_is_reported_with_its_line(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    line = folder / "line.toml"
    line.write_bytes(line.read_bytes().replace("í".encode(), b"\xed"))
    with pytest.raises(ScriptError) as caught:
        load(folder)
    row = FILES["line.toml"].split("í")[0].count("\n") + 1
    (defect,) = caught.value.defects
    assert (defect.where, defect.message) == (f"line {row}", "The file is not UTF-8 text.")


@pytest.mark.parametrize("name", ["Risks", "risks_2", "riesgo-año", "-risks", "a" * 61])
def test_a_topic_file_with_an_awkward_name_is_named(name: str) -> None:
    found = defects_of({**FILES, f"topics/{name}.toml": FILES[RISKS]})
    assert (f"topics/{name}.toml", "", f"The file name {name!r} is not plain.") in found


def test_fixed_keys_and_choices_never_share_a_key() -> None:
    found = defects_of(changed("menu.toml", 'slower = "7"', 'slower = "3"'))
    assert ("menu.toml", "keys", "Key 3 is also a choice.") in found
    assert ("menu.toml", "option", "Key 3 is taken already.") in found


def test_everything_wrong_is_reported_at_once_and_in_order() -> None:
    files = changed("line.toml", '"+1 212 555 0134"', '"call us"')
    files["line.toml"] = files["line.toml"].replace('"America/New_York"', '"Moon"')
    files[RISKS] = FILES[RISKS].replace('"Risks of the treatment"', '""')
    files["menu.toml"] = FILES["menu.toml"].replace('"evidence"]', "]")
    found = defects_of(files)
    assert [defect[0] for defect in found] == ["line.toml", "line.toml", "menu.toml", RISKS]
    assert found == sorted(found)


def test_a_lexicon_written_with_one_bracket_is_reported() -> None:
    found = defects_of({**FILES, "lexicon.toml": '[word]\nword = "spine"'})
    assert found == [("lexicon.toml", "word", "The list of words has the wrong form.")]


def test_two_broken_files_are_reported_together() -> None:
    files = {**FILES, "line.toml": "[", "menu.toml": "["}
    assert [defect[0] for defect in defects_of(files)] == ["line.toml", "menu.toml"]


def test_the_error_says_file_place_trouble_and_remedy_in_a_line_each() -> None:
    files = changed("line.toml", '"911"', '"x"')
    with pytest.raises(ScriptError) as caught:
        parse(files)
    assert str(caught.value).splitlines() == [
        "line.toml: numbers.emergency: 'x' is not a short number. Write it in figures: \"911\"."
    ]


TOML_VALUES = st.sampled_from(['"x"', "3", "[]", "{}", "2027-01-01", "true", '["a", 3]', "[[1]]"])


@settings(max_examples=30)
@given(file=st.sampled_from(sorted(FILES)), value=TOML_VALUES, place=st.integers(0, 200))
def test_any_value_in_any_place_is_taken_or_reported(file: str, value: str, place: int) -> None:
    rows = [row for row in FILES[file].splitlines() if re.match(r"[\w-]+ = ", row)]
    row = rows[place % len(rows)]
    text = FILES[file].replace(row, f"{row.split(' = ')[0]} = {value}", 1)
    assert taken_or_reported({**FILES, file: text})


@settings(max_examples=30)
@given(file=st.sampled_from(sorted(FILES)), text=st.text(max_size=40))
def test_any_text_for_a_file_is_taken_or_reported(file: str, text: str) -> None:
    assert taken_or_reported({**FILES, file: text})


def taken_or_reported(files: Mapping[str, str]) -> bool:
    try:
        return bool(parse(files).topics)
    except ScriptError as error:
        return bool(error.defects)
