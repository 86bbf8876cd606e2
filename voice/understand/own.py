"""The line's own words of danger and of stop, and what may be a slip of one.

They are what staff list in words.toml as `emergency`, `despair` and `stop`. No other word may be
so short and still be a slip, nor be spelled by ear.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from voice.understand.lessons import ALARMS
from voice.understand.patterns import LIST, Lines, Patterns, compiled
from voice.understand.reading import Phrase, Reader, calls, usual
from voice.understand.slips import SHORTEST
from voice.understand.sounds import SHORTEST_SOUND, sound
from voice.understand.strokes import one_off, strokes

VOWELS = str.maketrans("eiou", "aaaa")


class Misread(NamedTuple):
    """A word that is a slip if all the others of a phrase are right."""

    called: Phrase
    """What patterns call the words it may be a slip of."""
    others: tuple[frozenset[str], ...]
    """Of each such phrase the other steps."""


@dataclass(frozen=True)
class Own:
    """A language's own words of danger and stop."""

    patterns: Patterns
    """Their lines; those of stop as whole messages."""
    called: Mapping[str, Phrase]
    """What patterns call each of their words, however it is spelled."""
    begun: Mapping[str, Phrase]
    """These by their first letter, and by the one it sounds like; a vowel sounds like any other."""
    sounding: Mapping[str, Phrase]
    """What patterns call words that sound like this."""
    misread: Mapping[str, Misread]
    """Words the language knows that are slips beside the right words: "heat attack"."""

    def meant(self, word: str, sound: Callable[[str], str]) -> Phrase:
        """Return what a word may be called that is a letter off one of these, or sounds like it.

        `sound` tells how it sounds, as sounds.py does.
        """
        if len(word) < SHORTEST - 1 or not word.isalpha():
            return ()
        sounds = sound(word)
        near = [
            self.called[one]
            for begin in sorted({word[0], _first(sounds)})
            for one in one_off(word, self.begun.get(begin, ()))
        ]
        return tuple(dict.fromkeys(chain(*near, self.sounding.get(sounds, ()))))


def own_of(known: Reader, listed: Mapping[str, Iterable[str]], lists: Lines) -> Own:
    """Learn the own words of a language that is read like this, from lists of words.toml."""

    def words(phrase: str) -> Phrase:
        return usual(known.spellings, phrase)

    def stems(phrase: str) -> Phrase:
        return tuple(known.stems.get(word, word) for word in words(phrase))

    lines: dict[str, Iterable[str]] = {name: listed[name] for name in ALARMS}
    lines["stop"] = tuple(f".{line}." for line in listed["stop"])
    plain = {line: words(line) for same in lines.values() for line in same if not LIST.search(line)}
    own = {word: calls(word, known.stems.get(word, word)) for word in _long(plain.values())}
    called = {**_respelled(known, own), **own}
    begun = _by((begin, word) for word in called for begin in (word[0], _first(sound(word))))
    sounds = ((heard, word) for word in called if len(heard := sound(word)) >= SHORTEST_SOUND)
    sounding = _by((heard, name) for heard, word in sounds for name in called[word])
    made = Own(compiled(lines, lists, stems), called, begun, sounding, {})
    return replace(made, misread=_misread(known, made))


def _long(phrases: Iterable[Phrase]) -> Iterator[str]:
    """Yield the words of phrases that others may be slips of."""
    for phrase in phrases:
        yield from (word for word in phrase if len(word) >= SHORTEST and word.isalpha())


def _respelled(known: Reader, own: Mapping[str, Phrase]) -> dict[str, Phrase]:
    """Return other ways to write these words, if each is a single word for a single word."""
    ways = (way for ways in known.spellings.values() for way in ways)
    return {
        written[0]: own[usual[0]]
        for written, usual in ways
        if len(written) == len(usual) == 1
        and usual[0] in own
        and len(written[0]) >= SHORTEST
        and strokes(written[0], usual[0]) > 1
    }


def _by(named: Iterable[tuple[str, str]]) -> Mapping[str, Phrase]:
    found: dict[str, dict[str, None]] = {}
    for name, word in named:
        found.setdefault(name, {})[word] = None
    return {name: tuple(words) for name, words in found.items()}


def _misread(known: Reader, own: Own) -> dict[str, Misread]:
    """Return the known words that are a letter off one in a phrase of danger, the first right."""
    others = _others(own.patterns)
    found = {}
    for word, stem in known.stems.items():
        begun = own.begun.get(word[0], ()) if word not in own.called else ()
        near = (own.called[one] for one in one_off(word, begun) if _is_usual(own, one, word[0]))
        names = {name for names in near for name in names if names[0] != stem} & others.keys()
        if names:
            beside = dict.fromkeys(other for name in sorted(names) for other in others[name])
            found[word] = Misread(tuple(sorted(names)), tuple(beside))
    return found


def _is_usual(own: Own, word: str, first: str) -> bool:
    """Tell whether this is the usual way to write a word, with this first letter."""
    return word[0] == first and f"={word}" in own.called[word]


def _others(patterns: Patterns) -> dict[str, list[frozenset[str]]]:
    """Return the other steps of the phrases of danger that have a step, by the step."""
    found: dict[str, list[frozenset[str]]] = {}
    for pattern in chain.from_iterable(patterns.by_rarest.values()):
        for step in (
            pattern.steps if pattern.kind.group in ALARMS and len(pattern.steps) > 1 else ()
        ):
            found.setdefault(step, []).append(frozenset(pattern.steps) - {step})
    return found


def _first(sounds: str) -> str:
    return sounds[:1].translate(VOWELS)
