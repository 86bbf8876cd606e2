"""What changed, word by word, and two people's changes put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from voice.draft.difference import MOST_WORDS, Change, Piece, changes, difference
from voice.draft.field import tidy
from voice.draft.fields import field_of
from voice.draft.merging import merged
from voice.draft.writing import apply
from voice.script import read_files

FILES = read_files(ROOT / "scripts")
TINY = read_files(ROOT / "tests" / "data" / "tiny-scripts")


def shown(old: str, new: str) -> str:
    """A difference on one line: [what goes], <what comes>."""
    marks = {"same": "{}", "gone": "[{}]", "new": "<{}>"}
    return "".join(marks[piece.sort].format(piece.words) for piece in difference(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ""),
        ("Ask us.", "Ask us.", "Ask us."),
        ("", "Ask us.", "<Ask us.>"),
        ("Ask us.", "", "[Ask us.]"),
        ("Ask your doctor.", "Ask your nurse.", "Ask your [doctor]<nurse>."),
        ("It is safe.", "It is not safe.", "It is <not >safe."),
        ("It can leak out.", "It may run out.", "It [can leak]<may run> out."),
        ("¿Qué es?", "¿Qué será?", "¿Qué [es]<será>?"),
        ("Call {phone}.", "Call {emergency}.", "Call [{phone}]<{emergency}>."),
        ("Don't stop.", "Do stop.", "[Don't]<Do> stop."),
    ],
)
def test_a_difference_is_told_in_whole_words(old: str, new: str, told: str) -> None:
    assert shown(old, new) == told


TEXT = st.text(st.sampled_from("ab .,\n{}é'"), max_size=40) | st.text(max_size=40)


@given(old=TEXT, new=TEXT)
def test_no_letter_of_either_text_is_left_out(old: str, new: str) -> None:
    pieces = difference(old, new)
    assert "".join(piece.words for piece in pieces if piece.sort != "new") == old
    assert "".join(piece.words for piece in pieces if piece.sort != "gone") == new
    assert all(piece.words for piece in pieces)


def test_a_text_too_long_to_compare_counts_as_new() -> None:
    long = "word " * MOST_WORDS
    found = difference(f"no {long}no", f"yes {long}yes")
    assert [piece.sort for piece in found] == ["gone", "new"]


def test_of_a_long_text_only_what_is_between_the_same_words_counts_as_new() -> None:
    long = "word " * MOST_WORDS
    assert difference(f"{long}end", f"{long}more end") == (
        Piece("same", long),
        Piece("new", "more "),
        Piece("same", "end"),
    )
    assert difference(long, f"{long}more") == (Piece("same", long), Piece("new", "more"))
    assert difference(f"{long}more", long) == (Piece("same", long), Piece("gone", "more"))


def test_two_releases_differ_in_fields() -> None:
    title, phone = "topics/risks.toml:en-US.title", "line.toml:numbers.phone"
    after = apply(FILES, {title: "The risks", phone: "+1 212 555 0111"})
    assert changes(FILES, FILES) == ()
    assert changes(FILES, after) == (
        Change(field_of(FILES, phone), "+1 212 555 0134", "+1 212 555 0111"),
        Change(field_of(FILES, title), "Risks of the treatment", "The risks"),
    )


def test_a_topic_that_comes_or_goes_and_a_file_staff_do_not_edit_are_told_too() -> None:
    less = {name: text for name, text in TINY.items() if name != "topics/apres.toml"}
    gone = changes(TINY, less)
    assert {change.field.file for change in gone} == {"topics/apres.toml"}
    assert all(change.new is None for change in gone)
    assert [change.old for change in changes(less, TINY)] == [None] * len(gone)
    (noted,) = changes(TINY, {**TINY, "sources.toml": TINY["sources.toml"] + "# a note\n"})
    assert (noted.field.id, noted.old, noted.new) == ("sources.toml:", None, None)


# Two people --------------------------------------------------------------------------------------

BASE = "One is here. Two is here. Three is here."


@pytest.mark.parametrize(
    ("kind", "base", "yours", "theirs", "both"),
    [
        ("text", BASE, "One was here. Two is here. Three is here.", BASE, None),
        ("text", BASE, BASE, BASE, BASE),
        (
            "text",
            BASE,
            "One was here. Two is here. Three is here.",
            "One is here. Two is here. Three was here.",
            "One was here. Two is here. Three was here.",
        ),
        (
            "text",
            BASE,
            "One is here. Three is here.",
            "One is here. Two is here. Three is here. Four.",
            "One is here. Three is here. Four.",
        ),
        (
            "parts",
            ("One.\nTwo.", "Three."),
            ("One!\nTwo.", "Three."),
            ("One.\nTwo.\nMore.", "Three!"),
            ("One!\nTwo.\nMore.", "Three!"),
        ),
        (
            "parts",
            ("One. Two.", "Three."),
            ("One.", "Two.", "Three."),
            ("One. Two.", "Three. Four."),
            ("One.", "Two.", "Three. Four."),
        ),
        ("lines", ("a", "b"), ("a", "b", "c"), ("a", "b", "d"), ("a", "b", "d", "c")),
        ("lines", ("a", "b"), ("b",), ("a", "b", "c"), ("b", "c")),
        ("lines", ("a",), ("a", "c"), ("a", "c"), ("a", "c")),
        ("dates", ("2027-01-01",), (), ("2027-01-01", "2027-12-25"), ("2027-12-25",)),
    ],
)
def test_changes_in_different_places_are_put_together(kind, base, yours, theirs, both) -> None:
    wanted = yours if both is None else both
    assert merged(kind, base, yours, theirs) == wanted
    if kind != "lines":
        assert merged(kind, base, theirs, yours) == wanted


@pytest.mark.parametrize(
    ("kind", "base", "yours", "theirs"),
    [
        (
            "text",
            BASE,
            "One was here. Two is here. Three is here.",
            "Uno is here. Two is here. Three is here.",
        ),
        ("text", BASE, f"{BASE} Four.", f"{BASE} Five."),
        ("text", BASE, "", "One is here. Two was here. Three is here."),
        ("line", "Risks", "The risks", "Risks today"),
        ("lines", ("a", "b"), ("x", "b"), ("y", "b")),
        ("parts", ("One.",), ("Two.",), ("Three.",)),
    ],
)
def test_two_changes_of_one_sentence_are_for_people_to_settle(kind, base, yours, theirs) -> None:
    assert merged(kind, base, yours, theirs) is None
    assert merged(kind, base, theirs, yours) is None


SENTENCES = st.lists(st.sampled_from(["One.", "Two.", "Three.", "Four."]), max_size=5)


@given(base=SENTENCES, yours=SENTENCES)
def test_where_one_alone_changed_something_theirs_is_the_outcome(base, yours) -> None:
    old, new = " ".join(base), " ".join(yours)
    assert merged("text", old, new, old) == new == merged("text", old, old, new)
    assert merged("text", old, new, new) == new
    parts = tidy("parts", tuple(yours)), tidy("parts", tuple(base))
    assert merged("parts", parts[1], parts[0], parts[1]) == parts[0]


@given(base=SENTENCES, yours=SENTENCES, theirs=SENTENCES)
def test_nothing_either_added_is_lost(base, yours, theirs) -> None:
    both = merged("text", *(" ".join(each) for each in (base, yours, theirs)))
    if both is not None:
        for each in (yours, theirs):
            assert all(one in str(both) for one in set(each) - set(base))
