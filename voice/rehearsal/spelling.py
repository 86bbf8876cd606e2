"""A word, how it is to be said, and a sentence of the line that has it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from voice.dialog import topic_parts
from voice.draft.field import tidy
from voice.script import LexiconEntry, Script
from voice.speech.wording import lines

MOST: Final = 60
"""Letters in a word, and in how it is to be said."""

_WORD: Final = re.compile(r"[^\W_](?:[\w .'’-]*\w)?")
_LIKE: Final = re.compile(r"[^\W\d_]+(?:[ '’-]+[^\W\d_]+)*")
_LOUD: Final = re.compile(r"[^\W\d_]{2,}")


def word_of(typed: str) -> str:
    """Return a word as the lexicon takes it, "" for what is none."""
    word = str(tidy("line", typed))
    return word if len(word) <= MOST and _WORD.fullmatch(word) else ""


def like_of(typed: str) -> str:
    """Return how a word is to be said as the lexicon takes it, "" for what nobody could read.

    Only letters, and between them spaces, hyphens and apostrophes.
    """
    like = str(tidy("line", typed))
    return like if len(like) <= MOST and _LIKE.fullmatch(like) else ""


def read_aloud(like: str) -> str:
    """Return how a word is to be said for an engine: only letters alone stay capitals.

    An engine may spell "KY"; of "M R I" it is to say the letters.
    """
    return _LOUD.sub(lambda found: found[0].lower(), like)


def entry_for(lexicon: tuple[LexiconEntry, ...], word: str, locale: str) -> LexiconEntry:
    """Return a word's entry for a locale: the one it has, else a new one for its language."""
    mine = (one for one in lexicon if one.word.casefold() == word.casefold())
    here = [one for one in mine if locale == one.locale or locale.startswith(f"{one.locale}-")]
    return here[-1] if here else LexiconEntry(word, locale.split("-")[0], "", "", "")


def with_entry(lexicon: tuple[LexiconEntry, ...], entry: LexiconEntry) -> tuple[LexiconEntry, ...]:
    """Return the lexicon with an entry in place of the one of its word, or at its end."""
    where = (entry.word, entry.locale)
    if all((one.word, one.locale) != where for one in lexicon):
        return (*lexicon, entry)
    return tuple(entry if (one.word, one.locale) == where else one for one in lexicon)


def said_like(entry: LexiconEntry, like: str, espeak: str, ipa: str) -> LexiconEntry:
    """Return an entry that says its word as `like` is read; the engine's own letters go along."""
    return replace(entry, say=like, espeak=f"[[{espeak}]]" if espeak else "", ipa=ipa)


def sentence_with(script: Script, locale: str, word: str) -> str:
    """Return the shortest sentence the line says that has a word in it, "" where none has."""
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w|['’]\w)", re.IGNORECASE)
    found = [one for one in _sentences(script, locale) if whole.search(one)]
    return min(found, key=len, default="")


def _sentences(script: Script, locale: str) -> Iterator[str]:
    spoken = [part for topic in script.topics for part in topic_parts(script, topic, locale)]
    said = (text for text in script.prompts[locale].call.values() if "{" not in text)
    for text in (*spoken, *said):
        for line in lines(text):
            yield from line
