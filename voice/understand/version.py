"""A text as each language of the line reads it that may have something to say of it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from voice.understand.fold import Heard
from voice.understand.found import Edges, Possible, edges_of, possible, within
from voice.understand.lessons import ALARMS
from voice.understand.reading import STRANGER, Reading, calls, read
from voice.understand.signs import Danger
from voice.understand.tongue import WISHES, Tongue

DECIDING: frozenset[str] = frozenset((*ALARMS, *WISHES))
"""The groups of patterns that say something by themselves."""


@dataclass(frozen=True)
class Version:
    """A text in one language, with its sentences, and its dangers once they are asked for."""

    locale: str
    tongue: Tongue
    reading: Reading
    here: Possible
    edges: Edges
    danger: Danger


def in_language(locale: str, tongue: Tongue, known: Set[str], spelled: Heard) -> Version:
    """Read a text in the language of `tongue`, spelled as that does.

    `known` words are known to one of the line's languages.
    """
    reading = read(tongue.reader, known, spelled)
    here = possible(tongue.patterns, reading)
    edges = edges_of(here)
    return Version(locale, tongue, reading, here, edges, Danger(here, edges))


Spelled = Mapping[str, Heard]
"""A text by locale, every word written as its language usually does."""


def spelled(tongues: Mapping[str, Tongue], heard: Heard) -> Spelled:
    """Write a text as each language does."""
    return {name: tongue.reader.spelled(heard) for name, tongue in tongues.items()}


def versions_of(
    tongues: Mapping[str, Tongue], heard: Heard, written: Spelled
) -> tuple[Version, ...]:
    """Read a text in the language that knows most of its words, and in all that may say anything.

    Most of a line's languages do not. Languages that share a reader read it once.
    """
    said = _said(tongues, heard)
    counts = {name: tongue.reader.knows(written[name].words) for name, tongue in tongues.items()}
    first = max(counts, key=counts.__getitem__)
    main = in_language(first, tongues[first], said.known, written[first])
    read: dict[int, Version | None] = {id(main.tongue.reader): main}
    for name, tongue in tongues.items():
        if id(tongue.reader) not in read:
            most = 0 < counts[name] >= main.reading.own
            matters = most or said.matters(tongue, written[name])
            one = in_language(name, tongue, said.known, written[name]) if matters else None
            read[id(tongue.reader)] = one
    each = ((name, tongue, read[id(tongue.reader)]) for name, tongue in tongues.items())
    return tuple([_shared(one, name, tongue) for name, tongue, one in each if one])


def _shared(version: Version, locale: str, tongue: Tongue) -> Version:
    if version.tongue is tongue:
        return version
    return replace(version, locale=locale, tongue=tongue)


@dataclass(frozen=True)
class _Said:
    """What is said in a text, before any language has read it."""

    known: frozenset[str]
    """The words that some language knows."""
    called: frozenset[str]
    """What patterns of any language may call figures, and words that nobody knows."""

    def matters(self, tongue: Tongue, written: Heard) -> bool:
        """Whether a text may say something in a language that knows few of its words.

        A word nobody knows may be a slip of the finger in any.
        """
        stems = tongue.reader.stems
        here = [word for word in written.words if word in stems]
        nobodys = frozenset(written.words) - self.known
        if any(map(tongue.reader.mends, nobodys.difference(here))):
            return True
        called = self.called.union(*[calls(word, stems[word]) for word in here])
        return any(one.group in DECIDING for one in within(tongue.patterns, called))


def _said(tongues: Mapping[str, Tongue], heard: Heard) -> _Said:
    words = nobodys = frozenset(heard.words)
    for tongue in tongues.values():  # one after the other: several at once take a thousand times
        nobodys = nobodys.difference(tongue.reader.stems)
    called = {"#" * len(word) for word in words if word.isdecimal()}
    if nobodys:
        called.add(STRANGER)
    return _Said(words - nobodys, frozenset(called))
