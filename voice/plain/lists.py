"""Rules that look for listed words: plain words, tone, safety, address.

Every rule takes a text and what plain.toml says about its locale, and yields findings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voice.plain.finding import Finding, Severity
from voice.plain.language import Language, Phrases
from voice.plain.phrases import fold, found, has
from voice.plain.sentences import sentences

EMOJI = r"\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\uFE0F\u200D"
PASTED = r"\u2022-\u2023\u2043\u2190-\u25FF\uE000-\uF8FF"
"""Bullets, arrows and marks as a word processor sets them."""
SYMBOLS = re.compile(
    rf"[/&%+;()*#@=<>\[\]_^~|\\${PASTED}{EMOJI}]|\B\u00B7|\u00B7\B|\b(?:e\.g\.|i\.e\.)"
)
CAPITALS = re.compile(r"\b[A-ZÁÉÍÓÚÑÜ]{2,}\b")
NAMED = re.compile(r"\b(?:Dra?|Mr|Mrs|Ms|Sra?)\.? [A-ZÁÉÍÓÚÑ][^\W\d_]+")
PASSIVE_SHARE = 20
"""Sentences in 100 in which nobody acts; more than this are too many (rule 5)."""


@dataclass(frozen=True)
class Tell:
    """How a list is reported: its rule, what is wrong with a hit, what to do."""

    field: str
    rule: str
    message: str
    fix: str
    severity: Severity = "fail"


TELLS = (
    Tell("third_person", "rule 6", "{0!r} talks about the caller.", 'Talk to the caller: "you".'),
    Tell("filler", "rule 15", "{0!r} is filler or praise.", "Take it out."),
    Tell(
        "relative_risk",
        "rule 18",
        "{0!r} compares one risk with another.",
        "Say the risk itself: how many people out of 100.",
    ),
    Tell(
        "vague_time",
        "rule 21",
        "{0!r} does not say when.",
        'Say when or for how long: "for two days".',
        "warn",
    ),
    Tell(
        "double_negatives",
        "rule 21",
        "{0!r} says no twice, or tells what not to forget.",
        "Say what to do.",
        "warn",
    ),
    Tell("eye_words", "rule 23", "{0!r} is for the eye.", "Write it for a person who listens."),
    Tell(
        "elderspeak",
        "rule 24",
        "{0!r} may sound disrespectful.",
        "Say it as you would to a colleague.",
        "warn",
    ),
    Tell(
        "familiar_address",
        "rule 33",
        "{0!r} is a form of tú, vos or vosotros.",
        "Use usted.",
        "warn",
    ),
    Tell(
        "accented",
        "rule 37",
        "{0!r} has lost its accent; the voice will say it wrong.",
        "Write {1!r}.",
    ),
    Tell("foreign", "rule 37", "{0!r} is an English word.", "Say it in this language."),
    Tell(
        "promises",
        "rule 95",
        "{0!r} judges, promises or prescribes.",
        "Say what is known, and let the care team decide.",
    ),
    Tell(
        "identity",
        "rule 119",
        "{0!r} asks for something private.",
        "Take it out: the line asks for nothing.",
    ),
)


def listed(text: str, language: Language, field: str) -> Iterator[Finding]:
    """Find the words of one list of TELLS."""
    tell = next(tell for tell in TELLS if tell.field == field)
    words: Phrases = getattr(language.lists, field)
    for sentence in sentences(text):
        for entry, hit in found(sentence, words):
            if field == "accented" and not _lost_accent(entry.text, hit):
                continue
            yield Finding(
                tell.rule,
                tell.message.format(hit, entry.text),
                tell.fix.format(hit, entry.text),
                sentence,
                tell.severity,
            )


def _lost_accent(word: str, hit: str) -> bool:
    """Whether a hit is the listed word without its accents; MENU in a text is a code to send."""
    return hit.lower() == fold(word) != word.lower() and not hit.isupper()


def tone(text: str, language: Language) -> Iterator[Finding]:
    """Find the words of every list that counts for all that patients hear and read."""
    for tell in TELLS:
        yield from listed(text, language, tell.field)


def named(text: str, language: Language) -> Iterator[Finding]:
    """Find doctors called by name: the line names no person (rule 15)."""
    for sentence in sentences(text):
        for hit in NAMED.findall(sentence):
            yield Finding("rule 15", f"{hit!r} names a person.", "Say: your doctor.", sentence)


def banned(text: str, language: Language) -> Iterator[Finding]:
    """Find words that have a plainer one (rule 7); taught words are no hit."""
    terms = tuple(term for term, _ in language.terms)
    for sentence in sentences(text):
        for entry, hit in found(sentence, (*terms, *language.bans)):
            if entry.instead:
                yield Finding(
                    "rule 7", f"{hit!r} is not a plain word.", f"Say: {entry.instead}.", sentence
                )


def other_labels(text: str, language: Language) -> Iterator[Finding]:
    """Find second names for one thing (rule 22)."""
    for sentence in sentences(text):
        for entry, hit in found(sentence, language.synonyms):
            yield Finding(
                "rule 22",
                f"{hit!r} is a second name for one thing.",
                f"Always say: {entry.instead}.",
                sentence,
            )


def for_the_ear(text: str, language: Language) -> Iterator[Finding]:
    """Find signs and capitals a voice cannot say (rule 10); `text` is not filled in."""
    for sentence in sentences(re.sub(r"\{\w+\}", "", text)):
        for sign in dict.fromkeys(SYMBOLS.findall(sentence)):
            yield Finding("rule 10", f"{sign!r} cannot be spoken.", "Write it in words.", sentence)
        for token in dict.fromkeys(CAPITALS.findall(sentence)):
            if not has(token, language.lists.capitals):
                yield Finding(
                    "rule 10", f"{token!r} is an abbreviation.", "Write it in words.", sentence
                )


def blame(text: str, language: Language) -> Iterator[Finding]:
    """Find words that blame the caller (rule 52)."""
    for sentence in sentences(text):
        if has(sentence, language.lists.not_blame):
            continue
        for _, hit in found(sentence, language.lists.blame):
            yield Finding(
                "rule 52", f"{hit!r} blames the caller.", "Say what to do next.", sentence
            )


def chat(text: str, language: Language) -> Iterator[Finding]:
    """Find text-speak, emoji, bold and links in a text message (rules 84 and 85)."""
    for sentence in sentences(text):
        for _, hit in found(sentence, language.lists.text_speak):
            yield Finding("rule 84", f"{hit!r} is text-speak.", "Write the whole word.", sentence)
        for sign in re.findall(f"[{EMOJI}]", sentence):
            yield Finding("rule 84", f"{sign!r} is an emoji.", "Take it out.", sentence)
        if re.search(r"(\*\S.*?\S\*|(?<!\w)_\S.*?\S_(?!\w)|~\S.*?\S~|</?\w+>)", sentence):
            yield Finding("rule 84", "Words are marked as bold.", "Take the marks out.", sentence)
        for link in re.findall(
            r"(?:https?://|www\.)\S+|\b\w+\.(?:ly|com|org|net|gov|me|co)\b\S*", sentence
        ):
            yield Finding("rule 85", f"{link!r} is a link.", "Say it in the text.", sentence)


def condition(text: str, language: Language) -> Iterator[Finding]:
    """Find words that tell what a person has, in a text nobody asked for (rule 120)."""
    for sentence in sentences(text):
        for _, hit in found(sentence, language.lists.condition):
            yield Finding(
                "rule 120",
                f"{hit!r} tells others what the reader has.",
                "Leave it out.",
                sentence,
                "warn",
            )


def second_person(text: str, language: Language) -> Iterator[Finding]:
    """Find texts that seldom talk to the caller: under one word in three sentences (rule 6)."""
    every = sentences(text)
    if not language.lists.you or len(every) < 3:
        return
    spoken_to = sum(len(found(sentence, language.lists.you)) for sentence in every)
    if spoken_to * 3 < len(every):
        yield Finding(
            "rule 6",
            f"Only {spoken_to} words talk to the caller in {len(every)} sentences.",
            'Say "you" or "your" at least once in three sentences.',
            severity="fail" if language.code == "en" else "warn",
        )


def active_voice(text: str, language: Language) -> Iterator[Finding]:
    """Point at texts in which too few sentences say who acts (rule 5)."""
    every = sentences(text)
    passive = [sentence for sentence in every if _passive(sentence, language)]
    if every and 100 * len(passive) > PASSIVE_SHARE * len(every):
        yield Finding(
            "rule 5",
            f"{len(passive)} of {len(every)} sentences do not say who acts.",
            'Say who does it: "Your doctor makes a small cut."',
            passive[0],
            "warn",
        )


def _passive(sentence: str, language: Language) -> bool:
    lists = language.lists
    endings = tuple(entry.text for entry in lists.passive_endings)
    words = re.findall(r"[^\W\d_]+", sentence.lower())
    for place, word in enumerate(words[:-1]):
        if has(word, lists.passive_helpers):
            for after in words[place + 1 : place + 3]:
                if has(after, lists.not_passive):
                    continue
                if has(after, lists.passive_words) or (endings and after.endswith(endings)):
                    return True
    return False


def balance(text: str, language: Language) -> Iterator[Finding]:
    """Find what a subject on benefits leaves out: risks, other choices, "ask" (rule 99)."""
    parts = {
        "that there are risks": language.lists.balance_risk,
        "what other choices there are": language.lists.balance_choice,
        "to ask a doctor": language.lists.balance_ask,
    }
    for what, listed_words in parts.items():
        if listed_words and not has(text, listed_words):
            yield Finding(
                "rule 99",
                f"It tells what gets better, but not {what}.",
                f'Add a sentence, for example with "{listed_words[0].text}".',
            )


def red_flags(text: str, language: Language) -> Iterator[Finding]:
    """Find warning signs that are not named (rule 96)."""
    for sign, listed_words in language.red_flags.items():
        if not has(text, listed_words):
            yield Finding(
                "rule 96",
                f"The warning sign {sign!r} is not named.",
                f"Add it, for example with the words {listed_words[0].text!r}.",
            )
