"""How the medical words are said: a sentence rewritten in an engine's own notation."""

import re
from functools import lru_cache

from voice.script import LexiconEntry
from voice.speech.engine import Notation


def entries_used(
    sentence: str, locale: str, lexicon: tuple[LexiconEntry, ...]
) -> tuple[LexiconEntry, ...]:
    """The entries a text needs, in the lexicon's order: what its clip's name depends on."""
    index = _index(lexicon, locale)
    used = {found.group().casefold() for found in _pattern(tuple(index)).finditer(sentence)}
    return tuple(index[word] for word in index if word in used)


def pronounce(
    sentence: str, locale: str, lexicon: tuple[LexiconEntry, ...], notation: Notation
) -> str:
    """The sentence as an engine must read it: whole words, whatever their case.

    Double square brackets are phonemes to espeak-ng and Piper, so those of a script are dropped.
    """
    index = _index(lexicon, locale)
    plain = sentence.replace("[[", " ").replace("]]", " ")
    return _pattern(tuple(index)).sub(
        lambda found: _said(index[found.group().casefold()], found.group(), notation), plain
    )


def _said(entry: LexiconEntry, word: str, notation: Notation) -> str:
    if notation == "say":
        return entry.say or word
    if notation == "ipa":
        return f"[[ {entry.ipa} ]]" if entry.ipa else word
    return f"[[{entry.espeak.strip('[]')}]]" if entry.espeak else word


@lru_cache
def _index(lexicon: tuple[LexiconEntry, ...], locale: str) -> dict[str, LexiconEntry]:
    """Entries by word for a locale; an entry for "es" serves every Spanish."""
    return {
        entry.word.casefold(): entry
        for entry in lexicon
        if locale == entry.locale or locale.startswith(entry.locale + "-")
    }


@lru_cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole, the longest first; a word with 's needs an entry of its own."""
    if not words:
        return re.compile(r"(?!)")
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    choice = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{choice})(?!\w|['’]\w)", re.IGNORECASE)
