"""A text as each language of the line reads it that may have something to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from voice.understand.fold import Heard
from voice.understand.found import Edges, Possible, edges_of, possible, within
from voice.understand.index import Said
from voice.understand.reading import Reading, calls, may_mend, mended, read
from voice.understand.signs import Danger
from voice.understand.tongue import DECIDING, Tongue


@dataclass(frozen=True)
class Version:
    """A text in one language, with its sentences, and its dangers once they are asked for."""

    locale: str
    tongue: Tongue
    reading: Reading
    here: Possible
    edges: Edges
    danger: Danger


def in_language(locale: str, tongue: Tongue, said: Said, spelled: Heard) -> Version:
    """Read what is said in the language of `tongue`, spelled as that does."""
    return version_of(locale, tongue, read(tongue.reader, said, spelled))


def version_of(locale: str, tongue: Tongue, reading: Reading) -> Version:
    """Return what a reading has, in the language of `tongue`."""
    here = possible(tongue.patterns, reading)
    edges = edges_of(here)
    return Version(locale, tongue, reading, here, edges, Danger(here, edges))


Spelled = Mapping[str, Heard]
"""A text by locale, every word written as its language usually does; others write it as it is."""


def spelled(tongues: Mapping[str, Tongue], said: Said) -> Spelled:
    """Write a text as each language does that writes some of it another way."""
    names = {name for use in said.uses.values() for name in use.respelled}
    written = {name: tongues[name].reader.spelled(said.heard) for name in names}
    return {name: heard for name, heard in written.items() if heard != said.heard}


def versions_of(tongues: Mapping[str, Tongue], said: Said, written: Spelled) -> tuple[Version, ...]:
    """Read a text in the language that knows most of its words, and in all that may say anything.

    Most of a line's languages do not. Languages that share a reader read it once.
    """
    counts = _counts(tongues, said, written)
    first = max(counts, key=counts.__getitem__)
    main = in_language(first, tongues[first], said, written.get(first, said.heard))
    most = main.reading.own
    rivals = {name for name, count in counts.items() if 0 < count >= most}
    leads = _leads(said, written)
    read = {id(main.tongue.reader): main}
    for name in [name for name in tongues if name in rivals or name in leads]:
        tongue, spelled = tongues[name], written.get(name, said.heard)
        if id(tongue.reader) not in read and (
            name in rivals or _matters(name, tongue, said, spelled, most)
        ):
            read[id(tongue.reader)] = in_language(name, tongue, said, spelled)
    found = {name: read.get(id(tongue.reader)) for name, tongue in tongues.items()}
    return tuple([_shared(one, name, tongues[name]) for name, one in found.items() if one])


def _shared(version: Version, locale: str, tongue: Tongue) -> Version:
    if version.tongue is tongue:
        return version
    return replace(version, locale=locale, tongue=tongue)


def _counts(tongues: Mapping[str, Tongue], said: Said, written: Spelled) -> dict[str, int]:
    """Count the words that each language knows."""
    counts = dict.fromkeys(tongues, 0)
    for word in said.heard.words:
        for name in said.uses[word].known:
            counts[name] += 1
    knows = {name: tongues[name].reader.knows(heard.words) for name, heard in written.items()}
    return counts | knows


def _leads(said: Said, written: Spelled) -> set[str]:
    """Return the locales in which a text may say something that knows few of its words.

    A word nobody knows may be a slip of the finger in any. Some are too many.
    """
    uses = (*said.uses.values(), *map(said.index.of, said.called))
    nobodys = said.uses.keys() - said.known
    leads = set().union(*[use.telling for use in uses], *[may_mend(word, said) for word in nobodys])
    for name, heard in written.items():
        others = map(said.index.of, set(heard.words) - said.uses.keys())
        if any(name in use.telling or name not in use.known for use in others):
            leads.add(name)
    return leads


def _matters(name: str, tongue: Tongue, said: Said, spelled: Heard, most: int) -> bool:
    """Whether a text has a pattern that decides, or may be in this language once slips are mended.

    `most` words are known to the one that knows most of them.
    """
    stems = tongue.reader.stems
    here = [word for word in spelled.words if word in stems]
    nobodys = [word for word in spelled.words if word not in said.known and word not in stems]
    tokens = [mended(tongue.reader, word, said) for word in dict.fromkeys(nobodys)]
    if any(token.word in stems for token in tokens):
        others = map(said.index.of, {*spelled.words}.difference(here, nobodys))
        whole = all(name in use.named for use in others)
        if whole or len(here) + len(nobodys) >= most:
            return True
    called = said.called.union(
        *[calls(word, stems[word]) for word in here], *[token.called for token in tokens]
    )
    return any(one.kind.group in DECIDING for one in within(tongue.patterns, called))
