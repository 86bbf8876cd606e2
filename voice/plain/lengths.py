"""Rules on length and reading ease: sentences, words and scores (rules 1, 4, 9, 28, 32 and 84)."""

from collections.abc import Iterator

from voice.plain import readability
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.plain.phrases import found, has
from voice.plain.sentences import sentences, words

MOST_COMMAS = 2
"""More commas than this in a sentence are a sign of two ideas; two make a list (rule 4)."""
MOST_MANY_SYLLABLES = 8
"""Words of three syllables and more, in 100 words (rule 9)."""
POOLED_SENTENCES = 30
"""The second formula means something from here on (rule 2)."""
SCORED_WORDS = 40
"""Shorter texts say nothing about reading ease (rule 1)."""


def sentence_rule(language: Language) -> str:
    """Return the rule on sentence length of a locale: Spanish has its own."""
    return "rule 32" if language.code == "es" else "rule 4"


def long_sentences(text: str, language: Language, heard: bool = True) -> Iterator[Finding]:
    """Find sentences with too many words (rules 4 and 32); a figure that is read is one word."""
    reading, rule = language.reading, sentence_rule(language)
    if not reading.fail_sentence:
        return
    for number, sentence in enumerate(sentences(text), 1):
        size = len(words(sentence, language.code, heard))
        if size > reading.fail_sentence:
            most = f"The most is {reading.fail_sentence}."
            yield Finding(
                rule, f"Sentence {number} has {size} words. {most}", "Split it in two.", sentence
            )
        elif size > reading.warn_sentence:
            yield Finding(
                rule,
                f"Sentence {number} is long: {size} words.",
                "See whether it can be split in two.",
                sentence,
                "warn",
            )


def two_ideas(text: str, language: Language) -> Iterator[Finding]:
    """Point at sentences that may hold more than one idea (rule 4); `text` is not filled in."""
    for number, sentence in enumerate(sentences(text), 1):
        joiner = next(iter(found(sentence, language.lists.joiners)), None)
        if joiner:
            yield Finding(
                sentence_rule(language),
                f"Sentence {number} joins two ideas with {joiner[1]!r}.",
                "Write two sentences.",
                sentence,
                "warn",
            )
        elif sentence.count(",") > MOST_COMMAS and language.reading.fail_sentence:
            yield Finding(
                sentence_rule(language),
                f"Sentence {number} has {sentence.count(',')} commas.",
                "See whether it holds more than one idea. If so, split it.",
                sentence,
                "warn",
            )


def mean_length(text: str, language: Language) -> Iterator[Finding]:
    """Find texts whose sentences are too long on average (rules 4 and 32)."""
    most = language.reading.mean_sentence
    count = len(sentences(text))
    if not most or not count:
        return
    mean = len(words(text, language.code)) / count
    if round(mean, 1) > most:
        yield Finding(
            sentence_rule(language),
            f"The sentences have {mean:.1f} words on average. The most is {most}.",
            "Split the longest sentences.",
        )


def long_words(text: str, language: Language) -> Iterator[Finding]:
    """Find long words that are neither taught nor known to all (rule 9)."""
    limit = language.reading.long_word
    counter = readability.COUNTERS.get(language.code)
    if not limit or not counter:
        return
    for sentence in sentences(text):
        for word in dict.fromkeys(words(sentence, language.code)):
            if counter(word) >= limit and not is_known(word, language):
                yield Finding(
                    "rule 9",
                    f"{word!r} has {counter(word)} syllables.",
                    "Use a shorter word, or say it in two or three short ones.",
                    sentence,
                )


def is_known(word: str, language: Language) -> bool:
    """Whether a word is taught, or listed as known to all."""
    terms = tuple(term for term, _ in language.terms)
    return has(word, (*terms, *language.lists.known_long))


def many_long_words(text: str, language: Language) -> Iterator[Finding]:
    """Point at texts with many words of three syllables and more (rule 9)."""
    limit = language.reading.many_syllables
    counter = readability.COUNTERS.get(language.code)
    spoken = words(text, language.code)
    if not limit or not counter or len(spoken) < SCORED_WORDS:
        return
    long = [word for word in spoken if counter(word) >= limit and not is_known(word, language)]
    share = 100 * len(long) / len(spoken)
    if round(share) > MOST_MANY_SYLLABLES:
        often = sorted(set(map(str.lower, long)), key=lambda word: (-counter(word), word))[:5]
        yield Finding(
            "rule 9",
            f"{share:.0f} of 100 words have {limit} syllables or more. "
            f"The most is {MOST_MANY_SYLLABLES}.",
            f"Find shorter words, for example for: {', '.join(often)}.",
            severity="warn",
        )


def target_ease(text: str, language: Language) -> Iterator[Finding]:
    """Point at texts that could be easier to read (rules 1 and 28)."""
    reading = language.reading
    if reading.formula and reading.target and len(words(text, language.code)) >= SCORED_WORDS:
        formula = readability.FORMULAS[reading.formula]
        value = readability.score(text, reading.formula, language.term_words)
        if formula.fails(value, reading.target) and not formula.fails(value, reading.limit):
            yield Finding(
                ease_rule(language),
                f"{formula.title} is {value:.1f}. The target is {reading.target:g}.",
                "Shorter sentences and shorter words would help.",
                severity="warn",
            )


def ease_rule(language: Language) -> str:
    """Return the rule on reading ease of a locale: Spanish has its own."""
    return "rule 28" if language.code == "es" else "rule 1"


def reading_ease(text: str, language: Language) -> Iterator[Finding]:
    """Find texts that are too hard to read by the locale's own formula (rules 1 and 28)."""
    reading = language.reading
    if not reading.formula or len(words(text, language.code)) < SCORED_WORDS:
        return
    formula = readability.FORMULAS[reading.formula]
    value = readability.score(text, reading.formula, language.term_words)
    raw = readability.score(text, reading.formula)
    rule = ease_rule(language)
    if formula.fails(value, reading.limit):
        yield _too_hard(rule, formula.title, value, reading.limit)
    elif reading.raw_limit and formula.fails(raw, reading.raw_limit):
        yield _too_hard(rule, f"{formula.title} with medical words in full", raw, reading.raw_limit)


def second_opinion(text: str, language: Language) -> Iterator[Finding]:
    """Find scripts that a second formula finds too hard as a whole (rules 2 and 29)."""
    reading = language.reading
    if not reading.second_formula or len(sentences(text)) < POOLED_SENTENCES:
        return
    formula = readability.FORMULAS[reading.second_formula]
    value = readability.score(text, reading.second_formula, language.term_words)
    if formula.fails(value, reading.second_limit):
        spanish = formula.language == "es"
        yield Finding(
            "rule 29" if spanish else "rule 2",
            f"All subjects together: {formula.title} is {value:.1f}, "
            f"the limit is {reading.second_limit:g}.",
            "Find the hardest subjects in the table and use shorter words there.",
            severity="warn" if spanish else "fail",
        )


def text_ease(text: str, language: Language) -> Iterator[Finding]:
    """Find text messages that are too hard to read (rule 84)."""
    reading = language.reading
    if not reading.text_limit or not reading.formula:
        return
    if len(words(text, language.code)) < SCORED_WORDS:
        return
    formula = readability.FORMULAS[reading.formula]
    value = readability.score(text, reading.formula, language.term_words)
    if formula.fails(value, reading.text_limit):
        yield _too_hard("rule 84", formula.title, value, reading.text_limit)


def _too_hard(rule: str, title: str, value: float, limit: float) -> Finding:
    return Finding(
        rule,
        f"This is too hard to read: {title} is {value:.1f}, the limit is {limit:g}.",
        "Use shorter sentences and shorter words.",
    )
