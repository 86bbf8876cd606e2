"""Lists longer than there are keys: many languages, many subjects behind one choice."""

import pytest

from tests import kept
from tests.conftest import ROOT
from tests.large import with_languages, with_subjects
from voice import lists, thread
from voice.bench.growth import grown
from voice.dialog import Event, State, following, reply
from voice.listen import path_to
from voice.release import address, build, ready, state_of
from voice.script import Script, load, parse
from voice.understand import Meaning

TINY = ROOT / "tests" / "data" / "tiny-scripts"
FIRST = State("opening", "en-US", "normal")


@pytest.fixture(scope="module")
def large(script: Script) -> Script:
    return parse(with_languages(with_subjects(script.files, "risks", 11), 12))


def press(script: Script, state: State, *keys: str) -> State:
    for key in keys:
        state = following(script, state, Event("key", key))
    return state


def said(script: Script, state: State) -> list[str]:
    return [one.words for one in reply(script, state).says]


def keys_said(script: Script, state: State) -> dict[str, str]:
    """The key each language is offered with."""
    return {
        one.locale: one.words.rstrip(".").rsplit(" ", 1)[1]
        for one in reply(script, state).says[-len(script.locales) :]
        if one.words.startswith(("For English", "Para español"))
    }


def test_five_languages_are_offered_at_once_and_the_others_after_the_pound_key(
    large: Script,
) -> None:
    first, second = large.locales[:5], large.locales[5:10]
    offered = keys_said(large, FIRST)
    assert tuple(offered) == large.locales
    assert [offered[one] for one in first] == ["1", "2", "3", "4", "5"]
    assert {offered[one] for one in large.locales[5:]} == {"pound"}
    after = press(large, FIRST, "#")
    assert after.place == "language.2"
    offered = keys_said(large, after)
    assert [offered[one] for one in second] == ["1", "2", "3", "4", "5"]
    others = {key for locale, key in offered.items() if locale not in second}
    assert (len(offered), others) == (12, {"pound", "número"})


def test_every_language_is_reached_by_its_keys_and_only_by_keys_that_were_offered(
    large: Script,
) -> None:
    for number, locale in enumerate(large.locales):
        keys = lists.keys_to(large, large.locales, locale)
        assert keys == ("#",) * (number // 5) + ("12345"[number % 5],)
        chosen = press(large, FIRST, *keys)
        assert (chosen.place, chosen.locale) == ("welcome", locale)
    last = press(large, FIRST, "#", "#")
    assert last.place == "language.3"
    assert press(large, last, "3") == last._replace(tries="1", notice="no_match")


def test_from_the_last_page_the_pound_key_leads_to_the_first(large: Script) -> None:
    assert press(large, FIRST, "#", "#", "#").place == "language"
    assert press(large, FIRST, "#", "*").place == "language"
    assert press(large, FIRST, "#", "9").place == "language.2"


def test_silence_on_a_later_page_ends_in_a_person_in_every_language(large: Script) -> None:
    state = press(large, FIRST, "#")
    for place in ("language.2", "language.2", "offer-all"):
        state = following(large, state, Event("silence"))
        assert state.place == place


def test_a_menu_of_many_subjects_goes_on_after_the_pound_key(large: Script) -> None:
    main = State("main", "en-US", "normal")
    menu = press(large, main, "3")
    assert menu.place == "menu.3"
    assert said(large, menu)[-1].endswith("press 5. For more choices, press pound.")
    second, third = press(large, menu, "#"), press(large, menu, "#", "#")
    assert (second.place, third.place) == ("menu.3.2", "menu.3.3")
    assert said(large, third)[-1].count("press") == 3  # two subjects are left, and the first page
    assert press(large, third, "2").place == "topic.risks-11.1"
    assert press(large, third, "3") == third._replace(tries="1", notice="no_match")
    assert press(large, third, "#") == menu
    in_spanish = menu._replace(locale="es-US")
    assert said(large, in_spanish)[-1].endswith("Para oír más opciones, oprima el signo de número.")


def test_every_subject_is_reached_by_the_keys_that_are_printed(large: Script) -> None:
    main = State("main", "en-US", "normal")
    assert path_to(large, "risks-11", "en-US") == "3, then #, then #, then 2"
    for topic in large.topics:
        keys = path_to(large, topic, "en-US").split(", then ")
        assert press(large, main, *keys).place == f"topic.{topic}.1"


def test_back_from_a_subject_is_the_page_it_stands_on(large: Script) -> None:
    topic = State("topic.risks-6.1", "en-US", "normal")
    assert press(large, topic, "*").place == "menu.3.2"
    assert press(large, topic, "*", "*").place == "main"


def test_every_place_has_an_address_that_leads_back_to_it() -> None:
    tiny = parse(with_subjects(load(TINY).files, "lavage", 6))
    key = next(option.key for option in tiny.options if "lavage-6" in option.topics)
    some = grown(tiny, len(tiny.topics), 6)
    release = ready(build(some), 1, "https://line.example", lambda _: None)
    pages = {"language.2", f"menu.{key}.2"}
    states = [one for one in release.replies if one.place in pages]
    assert {one.place for one in states} == pages
    for state in states:
        assert state_of(release, address(1, state)) == state._replace(notice="")
        assert b"<Gather" in release.answer(state)


def test_a_list_that_fits_its_keys_has_no_second_page(script: Script) -> None:
    places = {state.place for state in kept.worked_out(script).states}
    assert not {place for place in places if place.startswith(("language.", "menu.")) and
                lists.split(place)[1] > 1}  # fmt: skip
    assert press(script, State("menu.1", "en-US", "normal"), "#").place == "menu.1"
    assert press(script, FIRST, "#").place == "language"


def test_a_text_lists_the_same_subjects_at_the_same_numbers_and_more_after_more() -> None:
    some = parse(with_subjects(load(TINY).files, "lavage", 6))
    key = next(option.key for option in some.options if "lavage-6" in option.topics)
    locale = some.locales[0]
    contact = thread.Contact(locale, f"menu.{key}")
    more = thread.Message(Meaning("more", locale=locale))
    after, (text,) = thread.step(some, contact, more)
    assert after.place == f"menu.{key}.2"
    assert text.body.endswith(some.prompts[locale].message["more"])
    second = thread.Message(Meaning("key", "2", locale))
    chosen, _ = thread.step(some, after, second)
    assert chosen.place == "topic.lavage-6.1"
    assert thread.step(some, after, more)[0].place == f"menu.{key}"
