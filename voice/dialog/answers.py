"""What words mean at a question about a call-back: "call me", "another number", "in the morning".

They are read there alone: anywhere else "in the morning" belongs to a question of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from voice.dialog.keys import NO, NOBODY, YES
from voice.dialog.numbers import FEWEST
from voice.dialog.state import Event, State
from voice.script import Script
from voice.understand import Meaning, Vocabulary, understand
from voice.understand.fold import normal

FIRST: Final = ("emergency", "despair", "forget", "language-switch")
"""What is never an answer, whatever else was said with it."""
RIGHT: Final = {"right_number": YES, "other_number": NO}
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    **{kind: {"call_back": YES, "neither": ""} for kind in (*NOBODY, "offer-closed")},
    "callback": RIGHT,
    "callback-check": RIGHT,
    "callback-time": {"morning": "1", "afternoon": "2", "any_time": "3", "neither": ""},
}
"""Lists of words.toml that answer the question of a place, with the key they stand for; "" for
words that rule an answer out."""


@dataclass(frozen=True, order=True)
class _Found:
    """A phrase of a list in a text. The last one said counts; of two that end it, the longer."""

    end: int
    length: int
    key: str

    def without(self, said: str) -> str:
        """Return a folded text without the phrase."""
        return f"{said[: self.end - self.length]} {said[self.end :]}"


def likely_words(script: Script, locale: str, kind: str) -> tuple[str, ...]:
    """Return what may well be said at a kind of place of a call-back, nothing at any other."""
    listed = script.words[locale]
    return tuple(word for name in LISTS.get(kind, {}) for word in listed.get(name, ()))


def heard(script: Script, vocabulary: Vocabulary, state: State, words: str) -> Event:
    """Return the event that words are, said where the call is.

    At `callback-number` a telephone number is its keys. Danger in the words beside it comes first,
    but the figures themselves are never read as words: to many they look like some.
    """
    if state.kind == "callback-number":
        digits, rest = _digits_in(script, words)
        if len(digits) >= FEWEST:
            meaning = understand(vocabulary, state.locale, rest)
            urgent = meaning.wants in (*FIRST, "stop")
            return Event("speech", meaning=meaning) if urgent else Event("key", digits)
    return Event("speech", meaning=_meant(script, vocabulary, state, words))


def _meant(script: Script, vocabulary: Vocabulary, state: State, words: str) -> Meaning:
    """Return the key that words stand for at this place, or what they mean anywhere.

    A wish to stop is none if it lies in the answer alone: "wrong number".
    """
    meaning, said = understand(vocabulary, state.locale, words), normal(words)
    found = max(_found(script, LISTS.get(state.kind, {}), said), default=None)
    if found is None or meaning.wants in FIRST:
        return meaning
    if meaning.wants == "stop":
        rest = understand(vocabulary, state.locale, found.without(said))
        if rest.wants == "stop":
            return meaning
    return Meaning("key" if found.key else "unknown", found.key, state.locale)


def _found(script: Script, lists: Mapping[str, str], said: str) -> Iterator[_Found]:
    """Yield every phrase of these lists, in any language, that a folded text contains."""
    for listed in script.words.values():
        for name, key in lists.items():
            for phrase in map(normal, listed.get(name, ())):
                at = f" {said} ".rfind(f" {phrase} ")
                if at >= 0:
                    yield _Found(at + len(phrase), len(phrase), key)


def _digits_in(script: Script, words: str) -> tuple[str, str]:
    """Return the digits in a text, as figures or words of any language, and all that is left."""
    digits, rest = "", []
    named = _digits(script)
    for word in normal(words).split():
        if word.isdecimal() and word.isascii():
            digits += word
        elif word in named:
            digits += named[word]
        else:
            rest.append(word)
    return digits, " ".join(rest)


def _digits(script: Script) -> dict[str, str]:
    """Return the words for digits in every language of the line, folded."""
    named = {normal(word): "0" for one in script.words.values() for word in one.get("zero", ())}
    for prompts in script.prompts.values():
        named |= {normal(word): str(n) for n, word in enumerate(prompts.words["digits"])}
    return named
