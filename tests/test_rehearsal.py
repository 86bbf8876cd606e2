"""Words in work before callers hear them: what is said of a subject, spelling a word, orders."""

import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.drafting import ANA, AT
from tests.house import ROOT, settings_in
from voice.draft.field import Value
from voice.draft.work import Draft, Work
from voice.rehearsal import orders as rehearsal_orders
from voice.rehearsal.draft import in_work
from voice.rehearsal.orders import BEGINS, Order, Orders, Progress
from voice.rehearsal.sayings import sayings
from voice.rehearsal.sounds import KEPT, Sounds, address, folder_of, found, name_of_lexicon, prune
from voice.rehearsal.spelling import (
    entry_for,
    like_of,
    read_aloud,
    said_like,
    sentence_with,
    with_entry,
    word_of,
)
from voice.script import LexiconEntry, Script, Utterance, load
from voice.speech.clips import Clip, Manifest, key_of, write_manifest

TINY = ROOT / "tests" / "data" / "tiny-scripts"
TITLE = "topics/risks.toml:en-US.title"


def drafted(field: str, value: Value, subject: str, locale: str = "en-US") -> Work:
    draft = Draft(field, subject, locale, value, "", 1, 1, ANA, AT)
    return Work({field: draft}, {}, ())


@pytest.fixture(scope="module")
def tiny() -> Script:
    return load(TINY)


# What is said ------------------------------------------------------------------------------------


def test_a_subjects_words_in_work_are_put_into_the_live_script(script: Script) -> None:
    work = drafted(TITLE, "What can go wrong", "topics/risks")
    for subject in ("topics/risks", ""):
        draft = in_work(script, work, subject)
        assert draft.topics["risks"].wording["en-US"].title == "What can go wrong"
    assert in_work(script, work, "topics/hospital") is script
    gone = drafted("topics/gone.toml:en-US.title", "x", "topics/gone")
    assert in_work(script, gone) is script


def test_a_topic_is_heard_title_first_then_its_parts_then_its_place_in_the_menu(
    script: Script,
) -> None:
    said = [one for one in sayings(script, script, "topics/risks") if one.locale == "es-US"]
    wording = script.topics["risks"].wording["es-US"]
    sorts = [one.sort for one in said]
    assert sorts[: 1 + len(wording.parts)] == ["title"] + ["part"] * len(wording.parts)
    assert said[0].words == f"{wording.title}."
    assert said[1].words.startswith(wording.main_message)
    assert [one.number for one in said if one.sort == "part"] == [1, 2, 3]
    behind = next(one for one in script.options if "risks" in one.topics)
    assert ("menu" in sorts) == (len(behind.topics) > 1)


def test_what_the_line_says_itself_is_heard_once_and_without_single_digits(tiny: Script) -> None:
    said = sayings(tiny, tiny, "prompts")
    words = [(one.words, one.locale) for one in said]
    assert len(words) == len(set(words)) > 60
    assert not {"un", "um"} & {one.words for one in said}
    assert [one.locale for one in said] == sorted(one.locale for one in said)
    assert {one.locale for one in said} == set(tiny.locales)


def test_a_clinics_details_are_heard_wherever_they_are_said(tiny: Script) -> None:
    said = [one.words for one in sayings(tiny, tiny, "clinic")]
    assert any(tiny.line.name["fr-FR"] in words for words in said)
    assert any(words.startswith("De l'eau") for words in said)  # ends with the clinic's number
    assert tiny.topics["lavage"].wording["fr-FR"].title not in " ".join(said)


def test_of_the_lexicon_only_what_sounds_new_is_heard(tiny: Script) -> None:
    entry = LexiconEntry("oreille", "fr", "[[Or'Ej]]", "", "oreye")
    draft = replace(tiny, lexicon=with_entry(tiny.lexicon, entry))
    said = sayings(draft, tiny, "lexicon")
    assert said
    assert all("oreille" in one.words.lower() and one.locale == "fr-FR" for one in said)
    assert sayings(tiny, tiny, "words") == ()


def test_a_clip_callers_hear_is_used_again_unless_a_word_in_it_is_said_otherwise(
    script: Script, tmp_path: Path
) -> None:
    said = Utterance("Bone cement is a paste.", "en-US", "normal", 150)
    clip = Clip("a" * 16, *key_of(said), "x", "x", 1.0, -21.0, 120.0, "0")
    live = Manifest({clip.key: clip})
    same = Sounds(tmp_path, live, script, script)
    assert same.reused(said) == clip
    assert same.address(said) == f"/audio/{clip.name}"
    entry = LexiconEntry("cement", "en", "[[s'i:mEnt]]", "", "see-ment")
    draft = replace(script, lexicon=with_entry(script.lexicon, entry))
    other = Sounds(tmp_path, live, draft, script)
    assert other.reused(said) is None
    assert other.address(said) == address(draft.lexicon, said)
    assert other.reused(replace(said, words="Other words.")) is None


# How a word is spelled ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("kyphoplasty", "kyphoplasty"),
        ("  rayos   X ", "rayos X"),
        ("X-ray", "X-ray"),
        ("radiografi\u0301a", "radiografía"),
        ("", ""),
        ("-", ""),
        ("a\nb", "a b"),
        ("[[h@l'oU]]", ""),
        ("<script>", ""),
        ("x" * 61, ""),
        ("\u202eabc", "abc"),
    ],
)
def test_a_word_is_a_plain_word(typed: str, word: str) -> None:
    assert word_of(typed) == word


@pytest.mark.parametrize(
    ("typed", "like"),
    [
        ("kypho-plasty", "kypho-plasty"),
        (" E  K G", "E K G"),
        ("escáner", "escáner"),
        ("l'eau", "l'eau"),
        ("", ""),
        ("[[k'aI]]", ""),
        ("24 hours", ""),
        ("-a", ""),
        ("a_b", ""),
        ("<b>", ""),
        ("y" * 61, ""),
    ],
)
def test_how_it_sounds_is_written_in_letters_alone(typed: str, like: str) -> None:
    assert like_of(typed) == like


def test_capitals_are_read_as_a_word_and_single_letters_as_letters() -> None:
    assert read_aloud("KY-fo-PLAS-tee") == "ky-fo-plas-tee"
    assert read_aloud("E K G") == "E K G"


def test_an_entry_goes_where_its_word_has_one_and_else_to_the_end(script: Script) -> None:
    known = entry_for(script.lexicon, "KYPHOPLASTY", "en-US")
    assert (known.word, known.locale) == ("kyphoplasty", "en")
    changed = said_like(known, "kifo-plasty", "k'if", "kˈif")
    lexicon = with_entry(script.lexicon, changed)
    assert len(lexicon) == len(script.lexicon)
    assert lexicon[script.lexicon.index(known)].espeak == "[[k'if]]"
    new = entry_for(script.lexicon, "stent", "es-US")
    assert (new.word, new.locale, new.say) == ("stent", "es", "")
    assert with_entry(script.lexicon, new)[-1] == new
    assert entry_for(script.lexicon, "kyphoplasty", "es-US").espeak == ""


def test_the_shortest_sentence_with_the_whole_word_shows_how_it_is_said(script: Script) -> None:
    found = sentence_with(script, "en-US", "Cement")
    assert "cement" in found.lower()
    assert "\n" not in found
    assert found.count(". ") == 0
    assert sentence_with(script, "es-US", "cemento")
    assert sentence_with(script, "en-US", "cemen") == ""


# Orders ------------------------------------------------------------------------------------------

ORDER = Order("hear", {"subject": "prompts"})


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orders:
    """Orders whose processes are only noted, in the list `begun.launched`."""
    orders = Orders(settings_in(tmp_path))
    launched: list[str] = []
    monkeypatch.setattr(rehearsal_orders, "launch", lambda _, name, __: launched.append(name))
    orders.launched = launched
    return orders


def aged(path: Path, seconds: float) -> None:
    past = time.time() - seconds
    os.utime(path, (past, past))


def test_an_order_is_begun_once_and_holds_what_is_asked(begun: Orders) -> None:
    assert begun.progress(ORDER.name) is None
    assert begun.begin(ORDER, 1)
    assert begun.begin(ORDER, 2)
    assert begun.launched == [ORDER.name]
    assert begun.progress(ORDER.name).state == "waiting"
    assert begun.read(ORDER.name) == {"kind": "hear", "subject": "prompts"}


def test_an_order_given_many_times_at_once_is_begun_once(begun: Orders) -> None:
    content = {"subject": "prompts", "words": "word " * 50_000}
    for number in range(20):
        order = Order("hear", {**content, "number": number})
        with ThreadPoolExecutor(4) as people:
            assert all(people.map(partial(begun.begin, order), range(4)))
        assert begun.launched == [order.name]
        begun.launched.clear()
        begun.tell(order.name, Progress("done"))


def test_nobody_has_two_things_made_at_once(begun: Orders) -> None:
    begun.begin(ORDER, 1)
    other = Order("hear", {"subject": "menu"})
    with begun.taken(ORDER.name, 1) as mine:
        assert mine
        assert not begun.begin(other, 1)
        assert begun.begin(other, 2)
        with begun.taken(other.name, 1) as again:
            assert not again
    assert begun.launched == [ORDER.name, other.name]


def test_nobody_begins_a_second_thing_before_the_process_of_the_first_has_come(
    begun: Orders,
) -> None:
    first, second = ORDER, Order("ring", {})
    assert begun.begin(first, 1)
    assert not begun.begin(second, 1)
    assert begun.begin(Order("ring", {"recorded": "2"}), 2)
    begun.tell(first.name, Progress("done"))
    assert begun.begin(second, 1)
    aged(begun.root / "order" / f"{second.name}.state", BEGINS + 1)
    assert begun.begin(Order("hear", {"subject": "menu"}), 1)


def test_a_process_that_died_or_never_came_is_told_from_one_at_work(begun: Orders) -> None:
    begun.begin(ORDER, 1)
    begun.tell(ORDER.name, Progress("making", 2, 5))
    with begun.taken(ORDER.name, 1):
        assert begun.progress(ORDER.name) == Progress("making", 2, 5)
    assert begun.progress(ORDER.name) == Progress("died", 2, 5)
    begun.tell(ORDER.name, Progress("waiting"))
    aged(begun.root / "order" / f"{ORDER.name}.state", BEGINS + 1)
    assert begun.progress(ORDER.name).state == "died"
    assert begun.begin(ORDER, 1)
    assert len(begun.launched) == 2


def test_a_file_that_makes_no_sense_is_no_progress(begun: Orders) -> None:
    begun.begin(ORDER, 1)
    for content in ("", "[]", '{"state": 1, "x": 2}', "{"):
        (begun.root / "order" / f"{ORDER.name}.state").write_text(content)
        assert begun.progress(ORDER.name) is None, content


def test_after_a_day_what_was_made_is_gone(begun: Orders, script: Script) -> None:
    said = Utterance("Words.", "en-US", "normal", 150)
    sounds = Sounds(begun.root, Manifest(), script, script)
    folder = folder_of(begun.root, name_of_lexicon(script.lexicon))
    folder.mkdir(parents=True)
    clip = Clip("b" * 16, *key_of(said), "x", "x", 1.0, -21.0, 120.0, EMPTY)
    (folder / clip.name).write_bytes(b"")
    write_manifest(folder, Manifest({clip.key: clip}))
    *_, lexicon, name = sounds.address(said).split("/")
    begun.begin(ORDER, 1)
    assert found(begun.root, lexicon, name) == clip
    for path in (folder / clip.name, begun.root / "order" / f"{ORDER.name}.state"):
        aged(path, KEPT + 1)
    prune(begun.root)
    assert not (folder / clip.name).exists()
    assert begun.progress(ORDER.name) is None
    aged(folder / "manifest.json", KEPT + 1)
    prune(begun.root)
    assert not folder.exists()
    assert found(begun.root, lexicon, name) is None


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing."""


def test_a_lock_ends_with_its_holder(begun: Orders) -> None:
    begun.begin(ORDER, 1)
    path = begun.root / "order" / f"{ORDER.name}.lock"
    with open(path, "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with begun.taken(ORDER.name, 1) as mine:
            assert not mine
    with begun.taken(ORDER.name, 1) as mine:
        assert mine
