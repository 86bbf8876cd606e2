"""Words of a script made ready to be said: lines, sentences, digits one by one."""

import re
import unicodedata

# A sentence ends at . ? ! or … before white space and a capital, a digit or an opening mark.
_SENTENCE_END = re.compile(r"(?<=[.?!…])([\"'”’)]*)\s+(?=[¿¡\"'“‘(]*[^\W_a-zß-öø-ÿ])")
_ABBREVIATIONS = ("Dr.", "Dra.", "Mr.", "Mrs.", "Ms.", "Sr.", "Sra.", "Srta.", "St.")
# Numbers that are dialled, not counted: 911 and 988; 555-0134, 212-555-0134, (212) 555 0134,
# +1 212 555 0134; and any five digits in a row.
_DIALLED = re.compile(
    r"(?<![\w.,-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])?\d{3}[-. ]\d{4}(?![\w-])"
    r"|(?<![\w.,-])(?:911|988|\d{5,})(?![\w-])"
)
_DIGITS = re.compile(r"\d+")


def tidy(words: str) -> str:
    """Words in Unicode's composed form, single spaces, no empty lines.

    Of the same words, two ways to type them make one clip.
    """
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", words).split("\n"))
    return "\n".join(line for line in lines if line)


def lines(words: str) -> tuple[tuple[str, ...], ...]:
    """The sentences of each line; a line is a key point (rule 66 gives it the longer pause)."""
    return tuple(sentences(line) for line in tidy(words).split("\n") if line)


def sentences(line: str) -> tuple[str, ...]:
    """The sentences of one line, end marks kept."""
    found = [""]
    for piece in _SENTENCE_END.sub(r"\1\n", line).split("\n"):
        if found[-1].endswith(_ABBREVIATIONS):
            found[-1] += " " + piece
        else:
            found.append(piece)
    return tuple(sentence for sentence in found if sentence)


def digit_by_digit(sentence: str) -> str:
    """Dialled numbers with each digit apart and a comma between groups (rule 76).

    Scripts write "nine, one, one"; this is the guard for a figure that slipped through.
    """
    return _DIALLED.sub(lambda found: _spread(found.group()), sentence)


def _spread(number: str) -> str:
    return ", ".join(" ".join(group) for group in _DIGITS.findall(number))


def count(words: str) -> int:
    """How many words are said: what has a letter or a digit in it."""
    return sum(any(sign.isalnum() for sign in word) for word in words.split())
