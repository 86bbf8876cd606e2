"""A patient's own words -> what they want.

In this order, the first that says anything: a heart tapped on a text; a keyword or key as the whole
message; danger, in every language of the line; a sample question as the whole message; a wish to
stop; other wishes; what the words are most likely about, by the words staff used. Only the last is
ever unsure: then it asks, or offers the menu. Nothing here is random, and nothing asks anyone else.

    fold      a text -> bare words          meaning   the outcome
    reading   words of one language -> stems, spellings and typos settled
    slips     known words a letter or two off          sounds    words spelled by ear
    strokes   how many strokes of the keys make one word another
    joined    words written without spaces between them
    own       the line's own words of danger, and what may be a slip of one
    patterns  what staff wrote as "[legs] ... [numb]"
    found     where a reading has such patterns
    signs     danger: what counts, and what takes it back
    second    danger looked for again, where words may be slips
    exact     whole messages                topics    words that point to a subject
    around    what may stand around them           reacted   a heart tapped on a text
    lessons   what staff wrote for this     tongue    all of it, ready for matching
    index     where each word is of use     uses      what that is made of
    version   who reads a text, and how     decide    the order above
"""

from voice.understand.decide import explained, is_courtesy, understand
from voice.understand.fold import normal
from voice.understand.meaning import UNKNOWN, Does, Meaning, Wants
from voice.understand.tongue import Vocabulary, vocabulary

__all__ = [
    "UNKNOWN",
    "Does",
    "Meaning",
    "Vocabulary",
    "Wants",
    "explained",
    "is_courtesy",
    "normal",
    "understand",
    "vocabulary",
]
