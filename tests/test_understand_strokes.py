"""How far words are apart: told as a library for just that tells it, which only tests load."""

from random import Random
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from voice.understand.strokes import MORE, one_off, strokes, two_off

FEW = st.text("abc", max_size=9)
"""Words of few letters: those that two have in common stand anywhere."""


@pytest.mark.parametrize(
    ("one", "other", "many"),
    [
        ("dolor", "dolor", 0),
        ("dolor", "dolr", 1),
        ("dolor", "doolor", 1),
        ("dolor", "dolir", 1),
        ("dolor", "dlor", 1),
        ("breath", "breaht", 1),
        ("ab", "ba", 1),
        ("", "a", 1),
        ("", "ab", 2),
        ("operation", "poeratoin", 2),
        ("operation", "opertatin", 2),
        ("operation", "poertion", 2),
        ("operation", "peratoin", 2),
        ("abc", "ca", MORE),
        ("risks", "costs", MORE),
        ("why", "wherever", MORE),
    ],
)
def test_strokes_are_letters_lost_added_changed_or_swapped(one: str, other: str, many: int) -> None:
    assert strokes(one, other) == strokes(other, one) == many


def mistyped(random: Random, word: str) -> str:
    """The word with one stroke wrong."""
    at, letter = random.randrange(len(word) + 1), random.choice("abc" + ascii_lowercase)
    swapped = word[at : at + 2][::-1]
    changed = (
        word[at + 1 :],
        letter + word[at:],
        letter + word[at + 1 :],
        swapped + word[at + 2 :],
    )
    return word[:at] + random.choice(changed)


@given(one=FEW, other=FEW)
def test_any_two_words_are_as_far_apart_as_every_way_tells(one: str, other: str) -> None:
    assert strokes(one, other) == min(MORE, OSA.distance(one, other))


@given(word=st.text("abcdeo", min_size=3, max_size=14), random=st.randoms(use_true_random=False))
def test_no_word_within_reach_is_left_out(word: str, random: Random) -> None:
    words = [word]
    for _ in range(3):
        words += [mistyped(random, one) for one in words]
    apart = {one: OSA.distance(word, one) for one in words}
    assert one_off(word, words) == {one: far for one, far in apart.items() if far <= 1}
    assert two_off(word, words) == {one: far for one, far in apart.items() if far <= 2}
