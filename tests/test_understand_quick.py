"""What makes understanding quick loses nothing: each short way finds what the long way does."""

import tomllib
from collections.abc import Mapping
from dataclasses import astuple, replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from tests import kept
from tests.large import with_languages
from voice.bench.cipher import ciphered
from voice.script import Script, parse
from voice.understand import Meaning, Vocabulary, looked, understand, vocabulary
from voice.understand.exact import Exact, bare, named
from voice.understand.fold import Heard, hear
from voice.understand.found import edges_of, find, possible
from voice.understand.index import Said, said_in
from voice.understand.patterns import Pattern, Patterns, compiled
from voice.understand.reading import Reader, may_mend, mended, nearest, read, spellings_of
from voice.understand.slips import near
from voice.understand.tongue import DECIDING, Tongue
from voice.understand.version import Version, in_language, spelled, versions_of

EN, ES = "en-US", "es-US"
LOCALES = st.sampled_from([EN, ES])
RANDOMS = st.randoms(use_true_random=False)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


# Patterns: only those are looked for that a text has words for ------------------------------------


def test_lines_of_patterns_are_kept_in_one_piece_and_told_as_staff_wrote_them() -> None:
    lines = {"emergency": ["chest pain", "... [legs] numb"], "now": ["right now", "chest pain"]}
    ready = all_of(compiled(lines, {"legs": ["leg"]}, lambda phrase: tuple(phrase.split())))
    told = [(one.kind.group, one.line) for one in ready]
    assert told == [(group, line) for group, same in lines.items() for line in same]
    assert len({id(one.kind.written) for one in ready}) == 1


def test_what_patterns_have_in_common_is_kept_once() -> None:
    lines = {"emergency": ["chest pain", "legs numb", "arms ... numb"], "now": ["chest pain"]}
    pain, legs, arms, now = all_of(compiled(lines, {}, lambda phrase: tuple(phrase.split())))
    assert pain.kind is legs.kind
    assert pain.kind not in (arms.kind, now.kind)
    assert pain.steps is now.steps


def all_of(patterns: Patterns) -> list[Pattern]:
    found = [pattern for same in patterns.by_rarest.values() for pattern in same]
    return sorted(found, key=lambda pattern: pattern.number)


def patchwork(random: Random, tongue: Tongue) -> str:
    """What some patterns want, with gaps, stops and others' words between."""
    words: list[str] = []
    for pattern in random.choices(all_of(tongue.patterns), k=random.randint(1, 4)):
        for step in pattern.steps:
            words += random.choice(["", "", "", "so", "no", ". What", "what if", "Zebulon"]).split()
            words.append(wording(random, tongue, step))
    return " ".join(words)


def wording(random: Random, tongue: Tongue, step: str) -> str:
    """One way to say what a step of a pattern wants."""
    phrases = tongue.patterns.lists.get(step, {step: ((),)})
    first = random.choice(sorted(phrases))
    words = " ".join((first, *random.choice(phrases[first])))
    return words.replace("=", "").replace("?", "Zebulon").replace("#", "7")


def test_no_pattern_that_staff_wrote_is_lost(script: Script, known: Vocabulary) -> None:
    written = tomllib.loads(script.files["words.toml"])
    for locale, tongue in known.tongues.items():
        ready = {(pattern.kind.group, pattern.line) for pattern in all_of(tongue.patterns)}
        for table in (written["signs"][locale], written["wishes"][locale]):
            lines = {(group, line) for group, lines in table.items() for line in lines}
            assert lines - ready == set()


@settings(max_examples=40)
@given(random=RANDOMS, locale=LOCALES)
def test_patterns_are_found_as_if_every_one_was_looked_for(
    known: Vocabulary, random: Random, locale: str
) -> None:
    tongue = known.tongues[locale]
    heard = hear(patchwork(random, tongue))
    reading = read(tongue.reader, said_in(heard, known.index), tongue.reader.spelled(heard))
    quick = possible(tongue.patterns, reading)
    every: dict[str, list[Pattern]] = {}
    for pattern in all_of(tongue.patterns):
        every.setdefault(pattern.kind.group, []).append(pattern)
    slow = replace(quick, patterns=every)
    edges = edges_of(slow)
    assert edges_of(quick) == edges
    for group in every:
        assert list(find(quick, group, edges)) == list(find(slow, group, edges)), group


# Languages: most that others write in have nothing to say of a text -------------------------------


@pytest.fixture(scope="module")
def many(script: Script) -> Vocabulary:
    """Four languages, two of them in cipher."""
    return kept.in_four_languages(script).vocabulary


def mixed(random: Random, here: Tongue, other: Tongue) -> str:
    """A text in one language, with a word or a slip of another."""
    words = random.choices(sorted(here.reader.stems), k=random.randint(0, 6))
    words += random.choices(sorted({*other.reader.stems, *other.reader.spellings}), k=2)
    words += [slipped(random, word) for word in random.choices(words, k=random.randint(0, 2))]
    random.shuffle(words)
    others = random.choice(["", "", patchwork(random, other)]).split()
    others = [slipped(random, word) if random.random() < 0.3 else word for word in others]
    return f"{random.choice(['', patchwork(random, here)])} {' '.join((*words, *others))}"


def read_in_all(
    tongues: Mapping[str, Tongue], said: Said, written: Mapping[str, Heard]
) -> tuple[Version, ...]:
    return tuple(
        in_language(name, tongue, said, written.get(name, said.heard))
        for name, tongue in tongues.items()
    )


@settings(max_examples=150)
@given(random=RANDOMS)
def test_a_text_is_understood_as_if_every_language_had_read_it(
    many: Vocabulary, random: Random
) -> None:
    locale, other, thread = random.choices(list(many.tongues), k=3)
    text = mixed(random, many.tongues[locale], many.tongues[other])
    quick = understand(many, thread, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looked, "versions_of", read_in_all)
        slow = understand(many, thread, text)
    assert astuple(quick) == astuple(slow), text


@settings(max_examples=100)
@given(random=RANDOMS)
def test_a_language_that_is_not_read_would_have_said_nothing(
    many: Vocabulary, random: Random
) -> None:
    locale, other = random.choices(list(many.tongues), k=2)
    tongues = dict(many.tongues)
    said = said_in(hear(mixed(random, tongues[locale], tongues[other])), many.index)
    written = spelled(tongues, said)
    versions = versions_of(tongues, said, written)
    most = max(version.reading.own for version in versions)
    for version in read_in_all(tongues, said, written):
        if version.locale not in {one.locale for one in versions}:
            assert version.reading.own < max(most, 1)
            assert DECIDING.isdisjoint(version.here.patterns)


@pytest.mark.parametrize(
    "text",
    ["how long is it", "is it safe for my mother", "what does it cost, mr zebulon", "zebulonix"],
)
def test_a_language_to_which_no_word_leads_is_not_looked_at(many: Vocabulary, text: str) -> None:
    nothing: Any = None
    tongues = {
        name: one if name == EN else Tongue(*[nothing] * 6) for name, one in many.tongues.items()
    }
    said = said_in(hear(text), many.index)
    versions = versions_of(tongues, said, spelled(tongues, said))
    assert [version.locale for version in versions] == [EN]


@settings(max_examples=40)
@given(random=RANDOMS)
def test_a_word_nobody_knows_leads_to_every_language_that_mends_it(
    many: Vocabulary, random: Random
) -> None:
    tongue = random.choice(list(many.tongues.values()))
    for word in random.choices(sorted(tongue.reader.stems), k=20):
        slip = slipped(random, random.choice([word, f"{word}{word[-1]}"]))
        for strange in (slip, f"{slip}{slip[-1:] * 3}", f"{word}s"):
            said = said_in(hear(strange), many.index)
            if said.heard.words and not said.known:
                leads = may_mend(strange, said)
                for name, one in many.tongues.items():
                    must_be = mended(one.reader, strange, said)
                    assert name in leads or must_be.stem not in one.reader.stems.values()


@pytest.mark.parametrize("said", ["{danger}", "how long is the visit, {danger}", "{danger}. Danke"])
@pytest.mark.parametrize("slip", [False, True], ids=["", "with slips"])
def test_danger_is_danger_in_every_language_whatever_the_threads_is(
    many: Vocabulary, said: str, slip: bool
) -> None:
    dangers = ("i have severe chest pain", "no puedo respirar")
    for number, locale in enumerate(many.tongues):
        words = dangers[number % 2]
        there = ciphered(words, number) if number > 1 else words
        if slip:
            longest = max(there.split(), key=len)
            there = there.replace(longest, longest[:3] + longest[4:])
        for thread in many.tongues:
            meaning = understand(many, thread, said.replace("{danger}", there))
            assert (meaning.wants, meaning.locale) == ("emergency", locale), there


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("how long am I in the hospital", [EN]),
        ("cuánto tiempo estaré en el hospital", [ES]),
        ("how long is the operación", [EN]),
        ("my mother ayuda no puede respirar", [EN, ES]),
        ("how long is it, emergensia", [EN, ES]),
        ("how long is it, mr zebulon", [EN]),
        ("zebulon", [EN]),
    ],
)
def test_a_text_is_read_in_languages_that_may_say_something(
    known: Vocabulary, text: str, read: list[str]
) -> None:
    tongues, said = dict(known.tongues), said_in(hear(text), known.index)
    versions = versions_of(tongues, said, spelled(tongues, said))
    assert [version.locale for version in versions] == read


@pytest.mark.parametrize("thread", [EN, ES])
@pytest.mark.parametrize(
    ("text", "wants", "target"),
    [
        ("vertebroplaastia", "topic", "vertebroplasty"),
        ("diganme sobbre", "menu", ""),
        ("hanbulancia we would", "emergency", ""),
        ("la 2", "key", "2"),
    ],
    ids=["whole, mended", "whole, of several words", "spelled otherwise", "named in the second"],
)
def test_a_language_is_looked_at_for_what_it_alone_can_say(
    known: Vocabulary, thread: str, text: str, wants: str, target: str
) -> None:
    meaning = understand(known, thread, text)
    assert (meaning.wants, meaning.target, meaning.locale) == (wants, target, ES)


def test_other_ways_to_write_nothing_are_none() -> None:
    assert spellings_of({"!": ["u"], "you": ["u", "?"]}) == {"u": ((("u",), ("you",)),)}


# Slips of the finger: a word's first two letters are right, or its last two -----------------------


def slipped(random: Random, word: str) -> str:
    at, letter = random.randrange(len(word)), random.choice(LETTERS)
    kept, changed = word[:at], word[at:]
    return kept + random.choice(
        [changed[1:], letter + changed, letter + changed[1:], changed[1:2] + changed[:1]]
    )


def nearest_of_all(known: Reader, word: str) -> str:
    """The one word nearest, every word asked that begins with the same letter."""
    words = [one for one in known.stems if one[0] == word[0] and len(one) > 3]
    for distance in range(1, (0 if len(word) < 5 else 1 if len(word) < 9 else 2) + 1):
        near = [one for one in words if OSA.distance(word, one) <= distance]
        if near:
            return min(near) if len({known.stems[one] for one in near}) == 1 else ""
    return ""


@settings(max_examples=40)
@given(random=RANDOMS, locale=LOCALES)
def test_a_slip_is_mended_as_if_every_word_was_asked(
    known: Vocabulary, random: Random, locale: str
) -> None:
    reader, kept = known.tongues[locale].reader, known.index.slips
    words = random.choices([word for word in reader.stems if len(word) > 4], k=20)
    for word in map(slipped, [random] * 20, words):
        for slip in sorted({word, slipped(random, word)} - reader.stems.keys()):
            assert nearest(reader, near(kept, slip)) == nearest_of_all(reader, slip), slip


# Whole messages: phrases around them are looked for where they can stand --------------------------


def bare_of_all(known: Exact, words: str) -> str:
    before = ""
    courtesies = sorted(known.polite.phrases, key=lambda phrase: (-len(phrase), phrase))
    while words not in ("", before):
        before = words
        for phrase in courtesies:
            words = f" {words} ".removeprefix(f" {phrase} ").removesuffix(f" {phrase} ").strip()
    return words


@settings(max_examples=100)
@given(random=RANDOMS, locale=LOCALES)
def test_courtesies_are_taken_off_as_if_every_one_was_tried(
    known: Vocabulary, random: Random, locale: str
) -> None:
    exact = known.tongues[locale].exact
    polite = [*sorted(exact.polite.phrases), "very", "much", "you", "dios"]
    before, after = (random.choices(polite, k=random.randint(0, 3)) for _ in range(2))
    words = " ".join((*before, *random.choices(["risks", "is it safe"], k=2), *after))
    assert bare(exact, words) == bare_of_all(exact, words)


@pytest.mark.parametrize("locale", [EN, ES])
def test_a_subject_is_named_with_every_way_to_ask_for_it_around_it(
    known: Vocabulary, locale: str
) -> None:
    exact = known.tongues[locale].exact
    topic = next(name for name, one in exact.names.items() if one.wants == "topic")
    for group, wanted in (("listen", "listen"), ("text_me", "key")):
        for phrase in sorted(exact.led[group].phrases):
            for words in (f"{phrase} {topic}", f"{topic} {phrase}"):
                found = named(exact, words)
                assert found is not None, words
                assert found.wants == wanted, words


@pytest.mark.parametrize("locale", [EN, ES])
@pytest.mark.parametrize("place", [0, 1])
def test_every_two_ways_to_say_yes_or_no_in_a_row_say_it(
    known: Vocabulary, locale: str, place: int
) -> None:
    exact = known.tongues[locale].exact
    phrases = exact.answers[place].phrases
    meant = {exact.names[phrase].wants for phrase in phrases}
    for one, other in pairwise(phrases):
        found: Meaning | None = named(exact, f"{one} {other}")
        assert found is not None, (one, other)
        assert found.wants in meant, (one, other)


# Languages in which the same is written: learned once, and each still answers for itself ----------


def test_a_language_that_says_what_another_says_shares_what_is_learned_and_not_its_name(
    script: Script,
) -> None:
    learned = vocabulary(parse(with_languages(script.files, 4)))
    english, spanish, french, german = learned.tongues.values()
    assert english.reader is french.reader is german.reader
    assert english.patterns is french.patterns
    assert english.classifier is french.classifier
    assert english.reader is not spanish.reader
    for text, wants in (("chest pain", "emergency"), ("is driving allowed", "topic")):
        for locale in (EN, "fr-CA", "de-DE"):
            meaning = understand(learned, locale, text)
            assert (meaning.wants, meaning.locale) == (wants, locale), text
