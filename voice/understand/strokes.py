"""Words a stroke or two apart: a letter lost, added or changed, or two neighbours swapped.

A word that nobody knows is compared with some seventy that are known. Most are surely too far off,
which one look at each tells.
"""

from collections.abc import Iterable

MORE = 3
"""What stands for all that are more than two strokes apart."""
LETTERS = 4
"""How many letters two strokes may leave in one of two words alone."""
SINGLE = {(1, 0), (1, 1)}
"""How many letters one stroke that swaps none takes off two words: off the longer and the other."""
DOUBLE = {
    0: ((1, 1, 1, 1), (1, 0, 0, 1), (0, 1, 1, 0)),
    1: ((1, 0, 1, 1), (1, 1, 1, 0)),
    2: ((1, 0, 1, 0),),
}
"""What two such strokes take off, by how much longer one word is: where they begin, off the longer
and off the other, and where they end."""


def one_off(word: str, words: Iterable[str]) -> dict[str, int]:
    """Return those of some words that are at most one stroke off, and how many that is."""
    half = (len(word) + 1) // 2
    head, tail = word[:half], word[half + 1 :]
    likely = [one for one in words if one.startswith(head) or one.endswith(tail)]
    return {one: off for one in likely if (off := _strokes(word, one, 1)) < MORE}


def two_off(word: str, words: Iterable[str]) -> dict[str, int]:
    """Return those of some words that are at most two strokes off, and how many that is."""
    unlike, least, most = {*word}.symmetric_difference, len(word) - 2, len(word) + 2
    likely = [one for one in words if least <= len(one) <= most and len(unlike(one)) <= LETTERS]
    return {one: off for one in likely if (off := _strokes(word, one, 2)) < MORE}


def strokes(one: str, other: str) -> int:
    """Return how many strokes make one word the other: 0, 1, 2, or MORE."""
    return _strokes(one, other, 2)


def _strokes(one: str, other: str, most: int) -> int:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    if len(longer) - len(shorter) > most:
        return MORE
    longer, shorter = _unlike(longer, shorter)
    if not longer:
        return 0
    if (len(longer), len(shorter)) in SINGLE or (len(longer) == 2 and longer == shorter[::-1]):
        return 1
    return 2 if most == 2 and _are_two(longer, shorter) else MORE


def _unlike(longer: str, shorter: str) -> tuple[str, str]:
    """Return what is left of two words without what both begin and end with."""
    at, size = 0, len(shorter)
    while at < size and longer[at] == shorter[at]:
        at += 1
    end, left = 0, size - at
    while end < left and longer[~end] == shorter[~end]:
        end += 1
    return longer[at : len(longer) - end], shorter[at : size - end]


def _are_two(longer: str, shorter: str) -> bool:
    """Whether two strokes make words alike that differ where they begin and where they end."""
    for a, b, c, d in DOUBLE[len(longer) - len(shorter)]:
        if longer[a : len(longer) - c] == shorter[b : len(shorter) - d]:
            return True
    if longer[:2] == shorter[1::-1] and _strokes(longer[2:], shorter[2:], 1) == 1:
        return True
    return longer[-2:] == shorter[:-3:-1] and _strokes(longer[:-2], shorter[:-2], 1) == 1
