"""Finding listed words in a text, whatever their accents and capitals.

How staff write them is told at the top of plain.toml: a plural is found by itself, a star at the
end stands for any ending, and = before a word makes its accents count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

ACCENTS = str.maketrans("áéíóúüàèìòùâêîôûÁÉÍÓÚÜ’‘“”‐‑–", "aeiouuaeiouaeiouAEIOUU''\"\"---")


GAP = re.compile(r"\{\w+\}")


def fold(text: str) -> str:
    """Return a text of the same length without accents and capitals; ñ stays as it is."""
    return small_letters(text.translate(ACCENTS))


def small_letters(text: str) -> str:
    """Return a text of the same length in small letters; İ, whose small form is longer, stays."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


@dataclass(frozen=True)
class Phrase:
    """A listed word or phrase, and what to say instead where the list says so."""

    text: str
    pattern: re.Pattern[str]
    instead: str = ""
    exact: bool = False
    stem: str = ""
    """Letters that stand in every text the pattern finds: a quick look before the slow one."""

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place where the phrase stands in `text`."""
        text = _without_gaps(text)
        return self.pattern.search(small_letters(text) if self.exact else fold(text))


def _without_gaps(text: str) -> str:
    """Return a text of the same length in which no name in {braces} can be found."""
    if "{" not in text:
        return text
    return GAP.sub(lambda gap: "_" * len(gap.group()), text)


@lru_cache(maxsize=1024)  # a sentence is looked through for twenty lists, one after another
def _searched(text: str) -> tuple[str, str]:
    """Return a text as phrases are looked for in it: folded, and with its accents."""
    plain = _without_gaps(text)
    return fold(plain), small_letters(plain)


@cache
def phrase(text: str, instead: str = "") -> Phrase:
    """Read one entry of a list. Kept, since compiling its pattern takes longer than using it."""
    exact = text.startswith("=")
    plain = small_letters(text.removeprefix("=")) if exact else fold(text)
    pieces = [_piece(word) for word in re.split(r"[\s-]+", plain.strip())]
    plural = r"(?:'?s|es)?" if len(plain) > 2 and plain[-1].isalnum() else ""
    pattern = re.compile(r"(?<![^\W_])" + r"[\s-]+".join(pieces) + plural + r"(?![^\W_])")
    stem = max(re.split(r"[\s-]+", plain.strip().removesuffix("*")), key=len)
    return Phrase(text.removeprefix("="), pattern, instead, exact, stem.replace("*", ""))


def _piece(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (r"[^\W_]*" if word.endswith("*") else "")


def phrases(texts: Iterable[str]) -> tuple[Phrase, ...]:
    """Read a list."""
    return tuple(phrase(text) for text in texts)


def found(text: str, listed: Iterable[Phrase]) -> tuple[tuple[Phrase, str], ...]:
    """Return the listed phrases that stand in `text`, each with the words as they stand there.

    Of phrases that overlap only the longest counts: "compression fracture" hides "fracture".
    """
    folded, low = _searched(text)
    hits = [
        (match.start(), -match.end(), entry)
        for entry in listed
        if entry.stem in (low if entry.exact else folded)
        for match in entry.pattern.finditer(low if entry.exact else folded)
    ]
    kept: list[tuple[int, int, Phrase]] = []
    for start, end, entry in sorted(hits, key=lambda hit: (hit[0], hit[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, -end, entry))
    return tuple((entry, text[start:end]) for start, end, entry in kept)


def has(text: str, listed: Iterable[Phrase]) -> bool:
    """Whether any listed phrase stands in `text`."""
    folded, low = _searched(text)
    return any(
        entry.pattern.search(low if entry.exact else folded)
        for entry in listed
        if entry.stem in (low if entry.exact else folded)
    )
