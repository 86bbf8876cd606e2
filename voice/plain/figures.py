"""Rules on numbers in a text (rules 16, 17 and 19); which number is true is `voice.check`'s."""

import re
from collections.abc import Iterator

from voice.plain import numbers
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.plain.phrases import fold, found
from voice.plain.sentences import sentences

MOST_NUMBERS = 3
"""Numbers in one part (rule 19)."""
DENOMINATORS = ("10", "100", "1000")
NEAR = 15
"""A count stands this many words from a risk word, at most (rule 16)."""
DECIMAL = re.compile(r"\d+[.,]\d+(?!\d)")
FRACTION = re.compile(r"\b\d+/\d+\b|[½⅓⅔¼¾⅕⅛]")


def no_sums(text: str, language: Language) -> Iterator[Finding]:
    """Find decimals, fractions and percentages (rule 19)."""
    for sentence in sentences(text):
        for hit in DECIMAL.findall(sentence):
            if not re.fullmatch(r"\d{1,3}(,\d{3})+", hit):
                yield Finding("rule 19", f"{hit!r} is a decimal.", "Use a whole number.", sentence)
        for hit in FRACTION.findall(sentence):
            yield _share(sentence, hit)
        if "%" in sentence:
            yield _share(sentence, "%")
        for _, hit in found(sentence, language.lists.percent):
            yield _share(sentence, hit)
        for _, hit in found(sentence, language.lists.fractions):
            yield _share(sentence, hit)


def _share(sentence: str, hit: str) -> Finding:
    return Finding("rule 19", f"{hit!r} asks for a sum.", "Say how many out of 100.", sentence)


def few_numbers(text: str, language: Language) -> Iterator[Finding]:
    """Find parts with too many numbers (rule 19); `text` is not filled in."""
    count = len(numbers.values(text, language.code))
    if count > MOST_NUMBERS:
        yield Finding(
            "rule 19",
            f"There are {count} numbers in one part. The most is {MOST_NUMBERS}.",
            "Keep the numbers people need to act on.",
        )


def shares(text: str, language: Language) -> tuple[tuple[str, str], ...]:
    """Return every "N out of D" of a text as figures (rule 17)."""
    ways = "|".join(re.escape(entry.text) for entry in language.lists.share)
    if not ways:
        return ()
    figures = _in_figures(text, language.code)
    found_shares = re.findall(rf"(\d+(?:\.\d+)?) (?:{ways}) (\d+)(?![\d.,]*\d)", figures)
    return tuple((part, whole) for part, whole in found_shares if _is_share(part, whole))


def _is_share(part: str, whole: str) -> bool:
    return int(whole) >= 10 and float(part) <= int(whole) and not 1900 <= int(whole) <= 2100


def _in_figures(text: str, language: str) -> str:
    """Return a text in small letters with its number words as figures."""
    low = fold(text)
    if language not in numbers.NUMERALS:
        return low
    units = numbers.NUMERALS[language].units
    word = "|".join(sorted((fold(name) for name in units), key=len, reverse=True))
    low = re.sub(r"\bone hundred\b|\ba hundred\b|\bcien\b", "100", low)
    low = re.sub(r"\bone thousand\b|\ba thousand\b|\bmil\b", "1000", low)
    folded = {fold(name): worth for name, worth in units.items()}
    return re.sub(rf"\b({word})\b", lambda match: str(folded[match.group()]), low)


def one_denominator(text: str, language: Language) -> Iterator[Finding]:
    """Find shares of different wholes in one subject, or of an odd one (rule 17)."""
    every = shares(text, language)
    wholes = sorted({whole for _, whole in every}, key=int)
    odd = [whole for whole in wholes if whole not in DENOMINATORS]
    if odd:
        yield Finding(
            "rule 17", f"A risk is counted out of {odd[0]}.", "Count out of 10, 100 or 1,000."
        )
    if len(wholes) > 1:
        yield Finding(
            "rule 17",
            f"Risks are counted out of {' and '.join(wholes)}.",
            "Count all of them out of the same number.",
        )
    for part, whole in every:
        if "." in part:
            yield Finding("rule 17", f"{part} out of {whole}.", "Use a whole number.")


def risk_words(text: str, language: Language) -> Iterator[Finding]:
    """Point at words like "rare" without a count near them (rule 16)."""
    bare = [
        hit
        for sentence in sentences(text)
        for entry, hit in found(sentence, language.lists.risk_words)
        if not _count_near(sentence, hit, language)
    ]
    if bare:
        said = ", ".join(repr(hit) for hit in dict.fromkeys(map(str.lower, bare)))
        yield Finding(
            "rule 16",
            f"No number stands near {said}.",
            "If a checked fact gives a count, say it. If none does, say that we have no count.",
            severity="warn",
        )


def _count_near(sentence: str, hit: str, language: Language) -> bool:
    before, _, after = sentence.partition(hit)
    near = " ".join([*before.split()[-NEAR:], *after.split()[:NEAR]])
    return bool(numbers.values(near, language.code))
