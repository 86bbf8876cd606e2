"""What stands in or beside a danger or a wish to stop and changes nothing.

A sentence that is danger by itself stays so. "I can't walk" is one, and "i cant walk far" is none,
so the pattern is of a whole sentence; but people who text put no full stop before "since yesterday"
or after "sorry to bother you". The lists `beside` and `beside_stop` of words.toml have such words.
What takes danger back does not do so from within them: "no fever", "i do not know what to do".
Who speaks in fear says "I can't, uh, breathe" and "my my chest"; the list `filler` has such words.
"""

from collections.abc import Iterable, Iterator, Set
from itertools import pairwise

from voice.understand.fold import STRENGTH, Heard
from voice.understand.found import Edges, Found, find
from voice.understand.version import Version

TAKING_BACK = ("idiom", "asking", "past")
"""Groups whose patterns stay whole: "he laughed so hard" is a saying, with its "so"."""


def without(version: Version, group: str) -> Iterator[Heard]:
    """Yield what is left of a text without a group's words, taken off from outside inwards.

    One layer at a time, at the ends of sentences first: the next may be meant, as in "i think about
    cutting what do i do".
    """
    edges, taken = version.edges, frozenset[int]()
    while outer := _outer(find(version.here, group, edges), edges, taken):
        taken = taken.union(*[range(found.start, found.end) for found in outer])
        begins = edges.begins.union(found.end for found in outer)
        ends = edges.ends.union(found.start for found in outer)
        edges = Edges(begins, ends, edges.polite)
        if len(taken) < len(version.reading.words):
            yield _left(version, taken)


def fluent(version: Version) -> Heard | None:
    """Return a text without hesitations and words said twice; None if it has none, or no others."""
    taken = places(version, "filler").difference(*[places(version, one) for one in TAKING_BACK])
    said = [at for at in range(len(version.reading.words)) if at not in taken]
    words = version.reading.words
    taken.update(at for before, at in pairwise(said) if words[before] == words[at])
    return _left(version, taken) if taken and len(taken) < len(words) else None


def places(version: Version, group: str) -> set[int]:
    """Find the places of a group's words, wherever in a text they stand."""
    found = find(version.here, group, version.edges)
    return {at for one in found for at in range(one.start, one.end)}


def _outer(found: Iterable[Found], edges: Edges, taken: Set[int]) -> list[Found]:
    """Keep what stands at the ends of sentences; if there is none, at their beginnings."""
    new = [one for one in found if one.start not in taken]
    after = [one for one in new if one.end in edges.ends]
    return after or [one for one in new if one.start in edges.begins]


def _left(version: Version, taken: Set[int]) -> Heard:
    kept = [at for at in range(len(version.reading.words)) if at not in taken]
    words, asks = version.reading.words, version.reading.asks
    pauses = tuple(_pauses(version, taken))
    return Heard(tuple([words[at] for at in kept]), pauses, tuple([asks[at] for at in kept]))


def _pauses(version: Version, taken: Set[int]) -> Iterator[str]:
    """Yield the pause before each word that is left, with those of the words before it."""
    pause = ""
    for at, own in enumerate(version.reading.breaks):
        pause = max(pause, own, key=STRENGTH.index)
        if at not in taken:
            yield pause
            pause = ""
