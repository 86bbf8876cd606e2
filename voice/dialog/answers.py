"""What words mean where they are said: "in the morning", "another number", "pardon", "goodbye".

They are read so in a call alone, most of them at one question alone: anywhere else "in the morning"
belongs to a question of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voice.dialog.keys import NO, NOBODY, YES
from voice.dialog.numbers import FEWEST, national
from voice.dialog.state import Event, State
from voice.script import Script
from voice.understand import Meaning, Vocabulary, is_courtesy, understand
from voice.understand.fold import normal

FIRST: Final = ("emergency", "despair", "forget", "language-switch")
"""What is never an answer, whatever else was said with it."""
BYE: Final = "bye"
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    **{kind: {"call_back": YES, "neither": ""} for kind in (*NOBODY, "offer-closed")},
    "callback": {"other_number": NO},
    "callback-check": {"other_number": NO},
    "callback-time": {"morning": "1", "afternoon": "2", "any_time": "3", "neither": ""},
    "text": {"do_not_send": NO, "elsewhere": ""},
}
"""Lists of words.toml that answer the question of a place, also among other words, with the key
they stand for; "" for words that rule an answer out."""
AGREES: Final[Mapping[str, Mapping[str, str]]] = {
    "callback": {"right_number": YES},
    "callback-check": {"right_number": YES},
    "text": {"send_it": YES},
    "emergency": {"no_emergency": "back"},
}
"""The same of lists by which somebody agrees, or lets a danger go: nothing else may be said, or a
question ("why would you send it") would be a consent. A key may be named by what it means."""
ANYWHERE: Final = {"pardon": "again", "bye": BYE}
"""Lists that answer any question, if nothing else is said."""
MOST_SAID: Final = 3
"""Phrases of these that may be said in a row, and words of a yes beside them."""
LONGEST: Final = 16
"""Words of an answer that is the whole of what is said."""


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
    """Return what may well be said at a kind of place; nothing where no list is its own."""
    names = (*LISTS.get(kind, {}), *AGREES.get(kind, {}))
    return tuple(word for name in names for word in script.words[locale].get(name, ()))


def heard(script: Script, vocabulary: Vocabulary, state: State, words: str) -> Event:
    """Return the event that words are, said where the call is.

    At `callback-number` a telephone number is its keys, unless there is danger in the words beside
    it; the figures of a whole number are never read as words, to which many look alike.
    """
    digits, rest = _digits_in(script, words) if state.kind == "callback-number" else ("", "")
    if len(digits) >= FEWEST:
        said = rest if national(script, digits) else words
        meaning = understand(vocabulary, state.locale, said)
        urgent = meaning.wants in (*FIRST, "stop")
        return Event("speech", meaning=meaning) if urgent else Event("key", digits)
    return Event("speech", meaning=_meant(script, vocabulary, state, words))


def _meant(script: Script, vocabulary: Vocabulary, state: State, words: str) -> Meaning:
    """Return the key that words stand for at this place, or what they mean anywhere.

    A wish to stop is none if it lies in the answer alone: "wrong number", "I am done".
    """
    meaning, said = understand(vocabulary, state.locale, words), normal(words)
    found = None if meaning.wants in FIRST else _answer(script, vocabulary, state, said)
    if found is None:
        return meaning
    if meaning.wants == "stop":
        rest = understand(vocabulary, state.locale, found.without(said))
        if rest.wants == "stop":
            return meaning
    if found.key == BYE:
        return Meaning("thanks", BYE, state.locale)
    key = script.keys.get(found.key, found.key)
    return Meaning("key" if key else "unknown", key, state.locale)


def _answer(script: Script, vocabulary: Vocabulary, state: State, said: str) -> _Found | None:
    """Find what a folded text answers: what may stand among other words first, refusals too."""
    here = max(_found(script, LISTS.get(state.kind, {}), said), default=None)
    return here or _whole(script, vocabulary, state, said)


def _whole(script: Script, vocabulary: Vocabulary, state: State, said: str) -> _Found | None:
    """Find an answer beside which there is nothing but courtesy, a yes or no, or the same again.

    "I am sorry, I did not hear you" has two such phrases.
    """
    lists = {**AGREES.get(state.kind, {}), **ANYWHERE}
    found = max(_found(script, lists, said), default=None)
    first = found
    for _ in range(MOST_SAID):
        if first is None or found is None or len(said.split()) > LONGEST:
            return None
        said = found.without(said)
        if is_courtesy(vocabulary, said) or _is_beside(vocabulary, state, said, first.key):
            return first
        same = (one for one in _found(script, lists, said) if one.key == first.key)
        found = max(same, default=None)
    return None


def _is_beside(vocabulary: Vocabulary, state: State, said: str, key: str) -> bool:
    """Say whether a text is a yes beside an answer; or a no, if that does not agree to anything."""
    if len(said.split()) > MOST_SAID:
        return False
    wants = understand(vocabulary, state.locale, said).wants
    return wants == "yes" or (wants == "no" and key != YES)


def _found(script: Script, lists: Mapping[str, str], said: str) -> Iterator[_Found]:
    """Yield every phrase of these lists, in any language, that a folded text contains."""
    spaced = f" {said} "
    for listed in script.words.values():
        for name, key in lists.items():
            for phrase in _folded(listed.get(name, ())):
                at = spaced.rfind(phrase)
                if at >= 0:
                    end = at + len(phrase) - 2
                    yield _Found(end, len(phrase) - 2, key)


@lru_cache(maxsize=128)
def _folded(listed: tuple[str, ...]) -> tuple[str, ...]:
    """Fold the phrases of a list, each between spaces; they are asked for whatever is said."""
    return tuple(f" {normal(phrase)} " for phrase in listed)


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
