"""Words written without a space between them: "nopuedo respirar", "howlongdoesittake"."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from voice.understand.fold import hear
from voice.understand.index import Said, said_in
from voice.understand.reading import Phrase, Spellings, may_mend, spelled_as
from voice.understand.tongue import Tongue

SHORTEST = 7
"""Letters from which a word that nobody knows may be several."""
LONGEST = 60
"""Letters up to which it is tried."""
LONGEST_PART = 16
DENSE = 2.4
"""How long the parts have to be, the long ones weighing more: short words are in any name."""
SINGLE = -5
"""What a part of one letter weighs."""
USUAL = 0.5
"""How many neighbours among the parts have to be neighbours elsewhere: "pass age" is none."""


def apart(tongues: Mapping[str, Tongue], said: Said) -> Said:
    """Put the spaces back into words that nobody knows, where known words make them up."""
    several = (word for word in said.uses if _may_be_several(word, said))
    parts = ((word, next(_parts(tongues, word), ())) for word in several)
    ways: Spellings = {word: (((word,), found),) for word, found in parts if found}
    return said_in(spelled_as(ways, said.heard), said.index) if ways else said


def _may_be_several(word: str, said: Said) -> bool:
    fits = SHORTEST <= len(word) <= LONGEST and not word.isdecimal()
    return fits and not any(said.uses[word]) and not may_mend(word, said)


def _parts(tongues: Mapping[str, Tongue], word: str) -> Iterator[Phrase]:
    """Yield the words of each language that make up a word, where they may stand together."""
    for tongue in tongues.values():
        parts = _divided(word, tongue)
        if _density(parts) >= DENSE * len(word) and _are_usual(parts, tongue):
            yield parts


def _divided(word: str, tongue: Tongue) -> Phrase:
    """Divide a word into those of a language, the longest best; () if none make it up.

    None ends with a single letter: it would be a plural's.
    """
    best: dict[int, Phrase] = {0: ()}
    for end in range(1, len(word) + 1):
        starts = (start for start in range(max(0, end - LONGEST_PART), end) if start in best)
        ways = [
            (*best[start], word[start:end]) for start in starts if _knows(tongue, word[start:end])
        ]
        if ways:
            best[end] = max(ways, key=_density)
    found = best.get(len(word), ("",))
    return found if len(found[-1]) > 1 else ()


def _knows(tongue: Tongue, part: str) -> bool:
    reader = tongue.reader
    return part in reader.stems or part in reader.spellings or part.isdecimal()


def _density(parts: Phrase) -> int:
    return sum(len(part) ** 2 if len(part) > 1 else SINGLE for part in parts)


def _are_usual(parts: Phrase, tongue: Tongue) -> bool:
    """Tell whether most of some words stand side by side in what staff wrote, too."""
    words = tongue.reader.spelled(hear(" ".join(parts))).words
    stems = [tongue.reader.stems.get(word, word) for word in words]
    pairs = [tongue.classifier.paired(one, other) for one, other in pairwise(stems)]
    return sum(pairs) >= USUAL * len(pairs)
