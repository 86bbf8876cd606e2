"""Fields: what staff can change, and the files they change it in."""

import tomllib
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from voice.draft.field import ITEM, MOST, Field, TooLong, as_text, of_text, tidy
from voice.draft.fields import NoSuchField, field_of, fields, locales_of, read
from voice.draft.writing import apply, sign
from voice.script import Script, parse, read_files

FILES = read_files(ROOT / "scripts")
TINY = read_files(ROOT / "tests" / "data" / "tiny-scripts")
RISKS = "topics/risks.toml"


def value(name: str, files=FILES):
    return read(files, field_of(files, name))


@pytest.mark.parametrize(
    ("name", "kind", "locale"),
    [
        ("topics/risks.toml:es-US.parts", "parts", "es-US"),
        ("topics/risks.toml:en-US.keywords", "lines", "en-US"),
        ("topics/risks.toml:en-US.main_message", "text", "en-US"),
        ("topics/risks.toml:en-US.texts", "texts", "en-US"),
        ("topics/risks.toml:review_by", "date", ""),
        ("topics/risks.toml:facts", "lines", ""),
        ("prompts.toml:es-US.call.welcome", "text", "es-US"),
        ("prompts.toml:en-US.message.help", "text", "en-US"),
        ("menu.toml:option.4.topics", "lines", ""),
        ("menu.toml:option.4.es-US.label", "line", "es-US"),
        ("line.toml:name.en-US", "line", "en-US"),
        ("line.toml:numbers.phone", "line", ""),
        ("line.toml:hours.monday", "lines", ""),
        ("line.toml:hours.holidays", "dates", ""),
        ("line.toml:hours.time_zone", "line", ""),
        ("lexicon.toml:word.en.say.kyphoplasty", "line", "en"),
        ("lexicon.toml:word.es-US.ipa.St. John", "line", "es-US"),
        ("words.toml:es-US.emergency", "lines", "es-US"),
        ("questions.toml:en-US.topics.risks", "lines", "en-US"),
        ("pages.toml:en-US.listen.welcome", "line", "en-US"),
    ],
)
def test_a_field_is_known_by_its_name(name: str, kind: str, locale: str) -> None:
    field = field_of(FILES, name)
    assert (field.id, field.kind, field.locale) == (name, kind, locale)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "topics/risks.toml",
        "topics/risks.toml:fr-FR.title",
        "topics/risks.toml:sign_offs.en-US.editor",
        "topics/../line.toml:name.en-US",
        "plain.toml:en-US.reading.target",
        "sources.toml:source",
        "menu.toml:option.9.topics",
        "menu.toml:keys.person",
        "line.toml:languages.locales",
        "lexicon.toml:word.fr.say.mot",
        "lexicon.toml:word.en.rude.mot",
        "lexicon.toml:word.en.say. two  blanks",
        "lexicon.toml:word.en.say.",
        "lexicon.toml:word.en.say." + "w" * 101,
    ],
)
def test_nothing_else_can_be_changed(name: str) -> None:
    with pytest.raises(NoSuchField):
        apply(FILES, {name: "x"})


def test_a_field_reads_as_patients_hear_it(script: Script) -> None:
    topic = script.topics["risks"]
    for locale in script.locales:
        wording = topic.wording[locale]
        for key in ("title", "keywords", "main_message", "parts", "texts", "action"):
            assert value(f"{RISKS}:{locale}.{key}") == getattr(wording, key)
    assert value(f"{RISKS}:review_by") == topic.review_by.isoformat()
    assert value("line.toml:hours.holidays")[0] == "2026-11-26"
    assert value("line.toml:hours.saturday") == ()
    assert value("menu.toml:option.4.topics") == script.options[3].topics
    assert value("lexicon.toml:word.en.say.kyphoplasty") == "kypho-plasty"
    assert value("lexicon.toml:word.en.say.unheard of") == ""


def test_everything_that_is_said_or_texted_can_be_changed(script: Script) -> None:
    names = {field.id for field in fields(FILES)}
    for locale in script.locales:
        assert {
            f"prompts.toml:{locale}.call.{name}" for name in script.prompts[locale].call
        } <= names
        assert {f"words.toml:{locale}.{group}" for group in script.words[locale]} <= names
    for topic in script.topics:
        assert f"topics/{topic}.toml:es-US.action" in names
    assert len(names) == len(fields(FILES)) > 800


def test_scripts_of_another_procedure_have_fields_of_their_own() -> None:
    assert locales_of(TINY) == ("fr-FR", "pt-BR")
    changes = {
        "topics/lavage.toml:pt-BR.title": "O ouvido",
        "prompts.toml:fr-FR.call.welcome": "Ici {clinic}.",
        "menu.toml:option.7.fr-FR.label": "Pour après",
    }
    assert all(value(name, apply(TINY, changes)) == new for name, new in changes.items())
    assert parse(apply(TINY, changes)).topics["lavage"].wording["pt-BR"].title == "O ouvido"


# Writing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [FILES, TINY], ids=["shipped", "tiny"])
def test_what_is_the_same_is_not_touched(files) -> None:
    assert apply(files, {}) == files
    assert apply(files, {field.id: read(files, field) for field in fields(files)}) == files


def lines_changed(file: str, changes) -> list[str]:
    """The lines of a file that are new after these changes."""
    before, after = FILES[file].splitlines(), apply(FILES, changes)[file].splitlines()
    return [line for line in after if line not in before]


@pytest.mark.parametrize(
    ("name", "new", "changed"),
    [
        ("topics/risks.toml:en-US.title", 'Risks "today"', ['title = "Risks \\"today\\""']),
        ("topics/risks.toml:en-US.action", "Ask us.", ['action = """Ask us."""']),
        ("topics/risks.toml:review_by", "2027-06-01", ["review_by = 2027-06-01"]),
        (
            "topics/risks.toml:en-US.parts",
            ("One.\nTwo.", "Three."),
            ['  """One.', '  Two.""",', '  """Three.""",'],
        ),
        ("menu.toml:option.3.en-US.keywords", ("risk",), ['keywords = ["risk"]']),
        (
            "menu.toml:option.4.topics",
            ("anesthesia", "aftercare", "duration", "prevention"),
            ['topics = ["anesthesia", "aftercare", "duration", "prevention"]'],
        ),
        ("line.toml:hours.saturday", ("9:00-12:00",), ['saturday = ["9:00-12:00"]']),
        ("line.toml:numbers.phone", "+1 212 555 0199", ['phone = "+1 212 555 0199"']),
        ("words.toml:en-US.help", ("help", "info"), ['help = ["help", "info"]']),
    ],
)
def test_only_the_lines_of_a_field_change(name: str, new, changed: list[str]) -> None:
    assert lines_changed(name.partition(":")[0], {name: new}) == changed


def test_a_line_more_in_a_long_list_leaves_the_others_and_their_notes() -> None:
    name = "questions.toml:en-US.topics.risks"
    asked = value(name)
    new = (*asked[:3], 'is it "safe"', *asked[3:])
    file = apply(FILES, {name: new})["questions.toml"]
    assert lines_changed("questions.toml", {name: new}) == ['  "is it \\"safe\\"",']
    assert len(file.splitlines()) == len(FILES["questions.toml"].splitlines()) + 1


def test_changes_at_both_ends_of_a_list_leave_its_middle() -> None:
    name = "topics/risks.toml:en-US.keywords"
    new = ("peril", *value(name)[1:-1], "allergies", "rash")
    assert value(name, apply(FILES, {name: new})) == new
    first, last = lines_changed(RISKS, {name: new})
    assert first.startswith('  "peril", "risks", "danger", "dangers", "problems",')
    assert last == '  "leak", "allergies", "rash",'


def test_notes_inside_a_list_stay() -> None:
    files = {
        **FILES,
        "words.toml": FILES["words.toml"].replace(
            'start = ["start",', 'start = [ # how it begins\n  "start",\n  # and again\n', 1
        ),
    }
    name = "words.toml:en-US.start"
    after = apply(files, {name: ("go ahead", *value(name, files)[:-1], "go")})
    assert value(name, after)[-1] == "go"
    assert "# how it begins" in after["words.toml"]
    assert "# and again" in after["words.toml"]


def test_a_holiday_is_a_date_and_what_is_none_is_told_by_check() -> None:
    name = "line.toml:hours.holidays"
    files = apply(FILES, {name: ("2026-12-25", "2028-01-01")})
    assert parse(files).line.hours.holidays == {date(2026, 12, 25), date(2028, 1, 1)}
    files = apply(FILES, {name: ("Christmas",)})
    assert value(name, files) == ("Christmas",)
    assert tomllib.loads(files["line.toml"])["hours"]["holidays"] == ["Christmas"]


def test_a_word_the_lexicon_lacks_is_added_and_a_sound_is_taken_back() -> None:
    new = {
        "lexicon.toml:word.en.say.T. score": "tee score",
        "lexicon.toml:word.en.ipa.T. score": "tˈiː",
    }
    files = apply(FILES, new)
    added = """\n[[word]]\nword = "T. score"\nlocale = "en"\nsay = "tee score"\nipa = "tˈiː"\n"""
    assert files["lexicon.toml"] == FILES["lexicon.toml"] + added
    entry = parse(files).lexicon[-1]
    assert (entry.word, entry.locale, entry.say, entry.ipa) == (
        "T. score",
        "en",
        "tee score",
        "tˈiː",
    )
    less = apply(files, {"lexicon.toml:word.en.ipa.T. score": ""})
    assert [e.ipa for e in parse(less).lexicon if e.word == "T. score"] == [""]
    assert "ipa" not in tomllib.loads(less["lexicon.toml"])["word"][-1]


def test_a_first_word_makes_the_lexicon() -> None:
    files = apply(
        {**FILES, "lexicon.toml": "# none yet\n"}, {"lexicon.toml:word.es.say.hueso": "ueso"}
    )
    assert [(e.word, e.say) for e in parse(files).lexicon] == [("hueso", "ueso")]


def test_sign_offs_are_written_where_they_stand() -> None:
    entry = "Ana Ruiz, 2026-11-21, 0123456789abcdef"
    files = sign(FILES, "risks", {"es-US": {"editor": entry, "clinician": "pending"}})
    assert parse(files).topics["risks"].sign_offs["es-US"]["editor"] == entry
    assert parse(files).topics["risks"].sign_offs["en-US"]["editor"] == "pending"
    assert files[RISKS].replace(entry, "pending") == FILES[RISKS]
    assert sign(files, "risks", {"es-US": {"editor": entry}}) == files


def test_sign_offs_are_written_where_there_were_none() -> None:
    bare = {**FILES, RISKS: FILES[RISKS].partition("[sign_offs.en-US]")[0]}
    files = sign(bare, "risks", {"en-US": {"editor": "Ana"}, "es-US": {"editor": "Bo"}})
    signed = parse(files).topics["risks"].sign_offs
    assert signed == {"en-US": {"editor": "Ana"}, "es-US": {"editor": "Bo"}}


# Whatever people type ----------------------------------------------------------------------------

NASTY = st.text(
    st.characters() | st.sampled_from("\"'\\{}[]#=\n\r\t\x00\x1b\x7f\u2028\ud800\ufeff\U0001f600é"),
    max_size=60,
)
ONE_OF_EACH = [
    "topics/risks.toml:en-US.title",
    "topics/risks.toml:es-US.main_message",
    "topics/risks.toml:en-US.keywords",
    "topics/risks.toml:en-US.parts",
    "topics/risks.toml:es-US.texts",
    "topics/risks.toml:review_by",
    "menu.toml:option.1.topics",
    "line.toml:hours.holidays",
    "lexicon.toml:word.en.say.kyphoplasty",
    "lexicon.toml:word.es.ipa.nunca oída",
]


@settings(max_examples=80)
@given(
    name=st.sampled_from(ONE_OF_EACH),
    new=NASTY | st.lists(NASTY | st.sampled_from(["repeat", "again"]), max_size=6).map(tuple),
)
@example(
    name="topics/risks.toml:en-US.parts", new=('ends in "quotes"', '"""', "\\", "a\\\nb", '""""""')
)
@example(name="topics/risks.toml:en-US.keywords", new=("risk", "dangers", "risk"))
@example(name="topics/risks.toml:en-US.keywords", new=())
def test_whatever_is_typed_is_kept_and_breaks_nothing_else(name: str, new) -> None:
    field = field_of(FILES, name)
    files = apply(FILES, {name: new})
    assert read(files, field_of(files, name)) == tidy(field.kind, new)
    others = [one for one in fields(FILES) if one.file == field.file and one.id != name]
    assert all(read(files, one) == read(FILES, one) for one in others)
    files[field.file].encode()
    assert {one: text for one, text in files.items() if one != field.file} == {
        one: text for one, text in FILES.items() if one != field.file
    }


@settings(max_examples=80)
@given(
    first=st.lists(st.sampled_from("abcdefg"), max_size=8).map(tuple),
    second=st.lists(st.sampled_from("abcdefg"), max_size=8).map(tuple),
)
def test_a_list_may_be_changed_again_and_again(first, second) -> None:
    name = "topics/risks.toml:en-US.keywords"
    files = apply(FILES, {name: first})
    for new in (first, second, first):
        assert value(name, apply(files, {name: new})) == new


@given(text=NASTY, kind=st.sampled_from(["line", "text", "lines", "parts", "texts"]))
def test_tidying_is_done_once_and_for_all_and_no_letter_is_lost(text: str, kind) -> None:
    neat = tidy(kind, text)
    assert tidy(kind, neat) == neat
    assert of_text(kind, as_text(kind, neat)) == neat
    letters = [sign for sign in tidy("line", text) if sign.isalnum()]
    assert [sign for sign in as_text(kind, of_text(kind, text)) if sign.isalnum()] == letters


def test_what_is_typed_in_one_box_becomes_lines_and_parts() -> None:
    assert of_text("lines", " one \r\n\r\ntwo\x00words ") == ("one", "two words")
    assert of_text("parts", "One.\r\nTwo.\r\n \r\n\r\nThree.") == ("One.\nTwo.", "Three.")
    assert as_text("parts", ("One.\nTwo.", "Three.")) == "One.\nTwo.\n\nThree."
    assert of_text("text", "One.\nTwo.") == "One. Two."
    assert of_text("line", "cafe\u0301") == "café"


@pytest.mark.parametrize("new", ["a" * (MOST + 1), ("a" * MOST, "b"), ("a",) * (MOST // ITEM + 1)])
def test_too_much_is_refused_before_it_is_kept(new) -> None:
    with pytest.raises(TooLong) as told:
        apply(FILES, {"topics/risks.toml:en-US.parts": new})
    assert MOST < told.value.size <= MOST + ITEM


def test_a_language_alone_concerns_each_of_its_kind() -> None:
    spanish = Field("lexicon.toml", ("word", "es", "say", "hueso"), "es", "line")
    assert [spanish.concerns(locale) for locale in ("es-US", "es", "en-US", "est-EE")] == [
        True,
        True,
        False,
        False,
    ]
    assert Field("line.toml", ("numbers", "phone"), "", "line").concerns("en-US")


def test_what_only_looks_like_a_table_is_left_alone():
    trap = '[en-US.call]\nwelcome = """\n[es-US.call]\nwelcome = "trap"\n[x]\n"""\n'
    text = f'{trap}# kept\n[es-US.call]  \nwelcome = "Hola"\nhelp = "Ayuda"\n\n[es-US.message]\n'
    changed = {"prompts.toml:es-US.call.welcome": "Buenas", "prompts.toml:es-US.call.help": "Sí"}
    after = apply({**FILES, "prompts.toml": text}, changed)["prompts.toml"]
    assert after == text.replace('"Hola"', '"Buenas"').replace('"Ayuda"', '"Sí"')
