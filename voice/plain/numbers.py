"""Figures and number words: what they are worth, and how they are said.

Rule 20 needs every number of a script, "30" and "thirty" alike; reading measures need a figure
counted as the words a caller hears.
"""

import re
from dataclasses import dataclass

FIGURE = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
WORD = re.compile(r"[^\W\d_]+")

_ENGLISH_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPANISH_SMALL = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro "
    "veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
_SPANISH_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SPANISH_HUNDREDS = (
    "cien doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
    "novecientos"
).split()


@dataclass(frozen=True)
class Numerals:
    """The number words of one language and what each is worth."""

    units: dict[str, int]
    hundred: frozenset[str]
    scales: dict[str, int]
    joiner: str
    pronouns: frozenset[str]
    """Words that are a number only before a thing counted ("one hour", not "this one")."""
    counted: frozenset[str]
    """Things that make a pronoun a number when it stands before them."""
    halves: dict[str, int]
    """Phrases worth a number of minutes: "half an hour"."""


NUMERALS = {
    "en": Numerals(
        units={word: n for n, word in enumerate(_ENGLISH_SMALL)}
        | {word: 20 + 10 * n for n, word in enumerate(_ENGLISH_TENS)}
        | {"dozen": 12},
        hundred=frozenset({"hundred", "hundreds"}),
        scales={"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000},
        joiner="and",
        pronouns=frozenset({"one"}),
        counted=frozenset("minute hour day night week month year pound mile dose inch".split()),
        halves={"half an hour": 30, "half hour": 30, "quarter of an hour": 15},
    ),
    "es": Numerals(
        units={word: n for n, word in enumerate(_SPANISH_SMALL)}
        | {word: 30 + 10 * n for n, word in enumerate(_SPANISH_TENS)}
        | {word: 100 + 100 * n for n, word in enumerate(_SPANISH_HUNDREDS)}
        | {word[:-2] + "as": 200 + 100 * n for n, word in enumerate(_SPANISH_HUNDREDS[1:])}
        | {"un": 1, "una": 1, "ciento": 100, "veintiún": 21, "veintiuna": 21, "docena": 12},
        hundred=frozenset(),
        scales={"mil": 1_000, "millón": 1_000_000, "millones": 1_000_000},
        joiner="y",
        pronouns=frozenset({"un", "una", "uno"}),
        counted=frozenset(),
        halves={"media hora": 30, "cuarto de hora": 15},
    ),
}


NO_NUMERALS = Numerals({}, frozenset(), {}, "", frozenset(), frozenset(), {})


def values(text: str, language: str) -> tuple[str, ...]:
    """Return every number of `text` as figures, in order: "30 minutes, two days" gives 30 and 2.

    A decimal keeps its point. "One" and "un", "una", "uno" alone are pronouns or articles and are
    left out; so are words in braces. `language` is the first part of a locale.
    """
    low = re.sub(r"\{[^}]*\}", lambda gap: " " * len(gap.group()), text.lower())
    numerals = NUMERALS.get(language, NO_NUMERALS)
    found = []
    for match in FIGURE.finditer(low):
        scale = re.match(r"\s+([^\W\d_]+)", low[match.end() :])
        times = numerals.scales.get(scale.group(1), 1) if scale else 1
        found.append((match.start(), _figure(match.group(), times)))
        if scale and times > 1:
            low = _blank(low, match.end(), match.end() + scale.end())
    for phrase, minutes in numerals.halves.items():
        for match in re.finditer(rf"\b{phrase}\b", low):
            found.append((match.start(), str(minutes)))
    return tuple(value for _, value in sorted(found + _spelled(low, numerals)))


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _figure(figure: str, times: int) -> str:
    if re.fullmatch(r"\d{1,3}(,\d{3})+", figure):
        figure = figure.replace(",", "")
    if re.fullmatch(r"\d+,\d+", figure):
        figure = figure.replace(",", ".")
    if times > 1 and re.fullmatch(r"\d+(\.\d+)?", figure):
        return f"{float(figure) * times:.0f}"
    return figure


def _spelled(text: str, numerals: Numerals) -> list[tuple[int, str]]:
    found = []
    run: list[re.Match[str]] = []
    for word in WORD.finditer(text):
        if run and not _continues(run, word, text, numerals):
            found += _run(run, text, numerals)
            run = []
        if run or _starts(word.group(), numerals):
            run.append(word)
    return found + (_run(run, text, numerals) if run else [])


def _starts(word: str, numerals: Numerals) -> bool:
    return word in numerals.units or word in numerals.scales or word in numerals.hundred


def _continues(
    run: list[re.Match[str]], word: re.Match[str], text: str, numerals: Numerals
) -> bool:
    if text[run[-1].end() : word.start()].strip(" ") not in ("", "-"):
        return False
    last, this = run[-1].group(), word.group()
    if this in numerals.scales or this in numerals.hundred:
        return True
    if this == numerals.joiner:
        return last in numerals.hundred or last in numerals.scales or _round(last, numerals)
    if this not in numerals.units:
        return False
    return last == numerals.joiner or not _small(last, numerals) or _year(last, this, numerals)


def _round(word: str, numerals: Numerals) -> bool:
    worth = numerals.units.get(word, 0)
    return worth >= 20 and worth % 10 == 0


def _small(word: str, numerals: Numerals) -> bool:
    return 0 <= numerals.units.get(word, -1) < 20


def _year(first: str, second: str, numerals: Numerals) -> bool:
    """Whether two words are the halves of a year: "nineteen", "eighty"."""
    century, decade = numerals.units.get(first, 0), numerals.units.get(second, 0)
    return 17 <= century <= 20 and 10 <= decade < 100


def _run(run: list[re.Match[str]], text: str, numerals: Numerals) -> list[tuple[int, str]]:
    words = [match.group() for match in run]
    while words[-1] == numerals.joiner:
        words.pop()
    if len(words) == 1 and words[0] in numerals.pronouns:
        thing = re.match(r"\s+([^\W\d_]+)", text[run[0].end() :])
        if not thing or thing.group(1) not in numerals.counted:
            return []
    return [(run[0].start(), str(_worth(words, numerals)))]


def _worth(words: list[str], numerals: Numerals) -> int:
    if len(words) > 1 and _year(words[0], words[1], numerals):
        return numerals.units[words[0]] * 100 + _worth(words[1:], numerals)
    total = group = 0
    for word in words:
        if word in numerals.units:
            group += numerals.units[word]
        elif word in numerals.hundred:
            group = max(1, group) * 100
        elif word in numerals.scales:
            total += max(1, group) * numerals.scales[word]
            group = 0
    return total + group


def say(figure: str, language: str) -> str:
    """Return a figure as it is spoken: "30" is "thirty", "0134" goes digit by digit."""
    if language not in NUMERALS:
        return figure
    plain = figure.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", figure) else figure
    if not re.fullmatch("[0-9]+", plain):
        return " ".join(say(piece, language) for piece in re.findall("[0-9]+", figure))
    if (plain.startswith("0") and len(plain) > 1) or int(plain) >= 1_000_000:
        return " ".join(say(digit, language) for digit in plain)
    return _english(int(plain)) if language == "en" else _spanish(int(plain))


def _english(number: int) -> str:
    if number < 20:
        return _ENGLISH_SMALL[number]
    if number < 100:
        tens = _ENGLISH_TENS[number // 10 - 2]
        return tens if number % 10 == 0 else f"{tens}-{_ENGLISH_SMALL[number % 10]}"
    if number < 1000:
        rest = f" {_english(number % 100)}" if number % 100 else ""
        return f"{_ENGLISH_SMALL[number // 100]} hundred{rest}"
    rest = f" {_english(number % 1000)}" if number % 1000 else ""
    return f"{_english(number // 1000)} thousand{rest}"


def _spanish(number: int) -> str:
    if number < 30:
        return _SPANISH_SMALL[number]
    if number < 100:
        tens = _SPANISH_TENS[number // 10 - 3]
        return tens if number % 10 == 0 else f"{tens} y {_SPANISH_SMALL[number % 10]}"
    if number < 1000:
        rest = f" {_spanish(number % 100)}" if number % 100 else ""
        hundreds = _SPANISH_HUNDREDS[number // 100 - 1]
        return f"{'ciento' if number // 100 == 1 and rest else hundreds}{rest}"
    thousands = "" if number < 2000 else f"{_spanish(number // 1000)} "
    rest = f" {_spanish(number % 1000)}" if number % 1000 else ""
    return f"{thousands}mil{rest}"
