"""Medical words are taught where they are first used (rules 8 and 37)."""

import re
from collections.abc import Iterator

from voice.plain.finding import Finding, Severity
from voice.plain.language import Language, Phrases
from voice.plain.phrases import Phrase, has
from voice.plain.sentences import sentences

MOST_TERMS = 8
"""Words a locale may teach (rule 8)."""
MOST_NEW_TERMS = 2
"""Words one part may teach (rule 8)."""
NEAR = 20
"""An explanation stands this many words away, at most (rule 8)."""


def explained(text: str, language: Language, severity: Severity = "fail") -> Iterator[Finding]:
    """Find taught words without an explanation in the same sentence or the next."""
    every = sentences(text)
    for term, gloss in language.terms:
        first = next((place for place, sentence in enumerate(every) if term.search(sentence)), None)
        if first is None or _is_explained(every, first, term, gloss):
            continue
        yield Finding(
            "rule 37" if language.code == "es" else "rule 8",
            f"{term.text!r} is not explained where it is first used.",
            f"Explain it in the same or the next sentence, for example with {gloss[0].text!r}."
            if gloss
            else "Add words that explain it to plain.toml.",
            every[first],
            severity,
        )


def _is_explained(every: tuple[str, ...], first: int, term: Phrase, gloss: Phrases) -> bool:
    """Look from the words before the term to the end of the next sentence."""
    here = every[first]
    match = term.search(here)
    start = match.start() if match else 0
    before = " ".join(here[:start].split()[-NEAR:])
    rest = " ".join([here[match.end() if match else 0 :], *every[first + 1 : first + 2]])
    after = " ".join(re.split(r"\s+", rest)[: NEAR + 1])
    return has(before, gloss) or has(after, gloss)


def few_terms(text: str, language: Language) -> Iterator[Finding]:
    """Find parts that teach too many words at once (rule 8)."""
    used = [term.text for term, _ in language.terms if term.search(text)]
    if len(used) > MOST_NEW_TERMS:
        yield Finding(
            "rule 8",
            f"One part teaches {len(used)} medical words: {', '.join(used)}.",
            f"Keep {MOST_NEW_TERMS} in a part, and say the others in plain words.",
        )
