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
RIGHT: Final = {"right_number": YES, "other_number": NO}
LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    **{kind: {"call_back": YES, "neither": ""} for kind in (*NOBODY, "offer-closed")},
    "callback": RIGHT,
    "callback-check": RIGHT,
    "callback-time": {"morning": "1", "afternoon": "2", "any_time": "3", "neither": ""},
    "text": {"send_it": YES, "do_not_send": NO, "elsewhere": ""},
    "emergency": {"no_emergency": "back"},
}
"""Lists of words.toml that answer the question of a place, also among other words, with the key
they stand for, or what it means everywhere; "" for words that rule an answer out."""
REFUSALS: Final = ("other_number", "do_not_send")
ANYWHERE: Final = {"pardon": "again", "bye": BYE}
"""Lists that answer any question, if nothing but courtesies is said with them."""
MOST_SAID: Final = 3
"""Phrases of these that may be said in a row."""


@dataclass(frozen=True, order=True)
class _Found:
    """A phrase of a list in a text. The last one said counts; of two that end it, the longer.

    A refusal counts wherever it stands: "do not send it".
    """

    refuses: bool
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
        if rest.wants == "stop" or found.key == YES:
            return meaning
    if found.key == BYE:
        return Meaning("thanks", BYE, state.locale)
    key = script.keys.get(found.key, found.key)
    return Meaning("key" if key else "unknown", key, state.locale)


def _answer(script: Script, vocabulary: Vocabulary, state: State, said: str) -> _Found | None:
    """Find what a folded text answers: the question of this place first, then any."""
    here = max(_found(script, LISTS.get(state.kind, {}), said), default=None)
    return here or _whole(script, vocabulary, said)


def _whole(script: Script, vocabulary: Vocabulary, said: str) -> _Found | None:
    """Find what answers any question; all else that is said must be courtesy or more of the kind.

    "I am sorry, I did not hear you" has two such phrases.
    """
    first = found = max(_found(script, ANYWHERE, said), default=None)
    for _ in range(MOST_SAID):
        if found is None:
            return None
        said = found.without(said)
        if is_courtesy(vocabulary, said):
            return first
        found = max(_found(script, ANYWHERE, said), default=None)
    return None


def _found(script: Script, lists: Mapping[str, str], said: str) -> Iterator[_Found]:
    """Yield every phrase of these lists, in any language, that a folded text contains."""
    spaced = f" {said} "
    for listed in script.words.values():
        for name, key in lists.items():
            for phrase in _folded(listed.get(name, ())):
                at = spaced.rfind(phrase)
                if at >= 0:
                    end = at + len(phrase) - 2
                    yield _Found(name in REFUSALS, end, len(phrase) - 2, key)


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
