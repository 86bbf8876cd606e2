"""What people say beside a danger or a wish to stop: since when, that they are alone, who they are.

A sentence that is danger by itself stays so. "I can't walk" is one, and "i cant walk far" is none,
so the pattern is of a whole sentence; but people who text put no full stop before "since yesterday"
or after "sorry to bother you". The lists `beside` and `beside_stop` of words.toml have such words.
What takes danger back does not do so from within them: "no fever", "i do not know what to do".
"""

from collections.abc import Iterator

from voice.understand.fold import STRENGTH, Heard
from voice.understand.found import find
from voice.understand.version import Version


def without(version: Version, group: str) -> Heard | None:
    """Return what is left of a text without a group's words; None if nothing is, or all of it."""
    taken = _taken(version, group)
    kept = [at for at in range(len(version.reading.words)) if at not in taken]
    if not taken or not kept:
        return None
    words, asks = version.reading.words, version.reading.asks
    pauses = tuple(_pauses(version, taken))
    return Heard(tuple([words[at] for at in kept]), pauses, tuple([asks[at] for at in kept]))


def _taken(version: Version, group: str) -> set[int]:
    """Find the places of words that stand beside, at the ends of sentences if there are any.

    Only the outermost: the next may be meant, as in "i think about cutting what do i do".
    """
    found = tuple(find(version.here, group, version.edges))
    after = [one for one in found if one.end in version.edges.ends]
    before = [one for one in found if one.start in version.edges.begins]
    return {at for one in after or before for at in range(one.start, one.end)}


def _pauses(version: Version, taken: set[int]) -> Iterator[str]:
    """Yield the pause before each word that is left, with those of the words before it."""
    pause = ""
    for at, own in enumerate(version.reading.breaks):
        pause = max(pause, own, key=STRENGTH.index)
        if at not in taken:
            yield pause
            pause = ""
