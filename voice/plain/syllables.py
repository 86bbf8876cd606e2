"""How many syllables a word has, in English and in Spanish.

Rule 30: readability is only as good as its syllables. English is counted by groups of vowels, after
the spellings that break the rule are rewritten; words that follow no rule are listed. Spanish is
counted by diphthong and hiatus, which its spelling shows exactly. tests/data proves both.
"""

import re
from functools import cache

IRREGULAR_WORDS = {
    1: """eye eyed queue tongue aren't don't weren't isle aisle clothes ache friend priest pier
        tier""",
    2: """business evening giant wednesday people hundred sacred naked wicked crooked maybe
        headache soldier frontier cashier creature million union onion junior senior""",
    3: """recipe element behavior familiar peculiar brilliant""",
    4: """diabetes nevertheless catastrophe apostrophe""",
}
IRREGULAR = {word: count for count, words in IRREGULAR_WORDS.items() for word in words.split()}

ENDINGS = "ly|ty|less|ful|fully|ment|ments|ness|some"
COMPOUNDS = (
    "body|thing|things|times?|lines?|where|one|how|what|hold|work|by|walk|wise|fore|side|stamp|mail|"
    "hand|room|maker"
)
# Spellings rewritten, in this order, until each group of vowels is one syllable.
# "-" stands for a letter that is not a vowel here, "|" parts two vowels.
_ENGLISH: tuple[tuple[str, str], ...] = (
    # Short forms.
    (r"(?<=[dst])n't$", "|en't"),  # did|n't; not don't
    (r"(?<=[^aeiouy])'ll$", "|el"),
    (r"(?<=[^aeiouy])'ve$", "|ev"),
    (r"'(ve|re)$", ""),
    (r"(?<![sxzcg])(?<![cs]h)e's$", "-'s"),  # spine's; not nurse's
    # Letters that look like vowels.
    (r"every", "evry|"),
    (r"^any(?=[ow])", "any|"),
    (r"ically$", "icly"),  # medically
    (r"^y(?=[aeiou])", "-"),  # yes
    (r"(?<=[aeiou])yed$", "y-d"),  # played
    (r"(?<=[aeiou])y(?=[aeiou])", "|"),  # play|er
    (r"(?<=[^aeiouw])yer(?=s?$)", "y|er"),  # dry|er; not lawyer
    (r"qu(?=[aeiouy])", "q-"),  # quick
    (r"(?<=[aeiou])gue(?=s?$)", "g-"),  # fatigue
    # The silent e: at the end, before an ending, between the halves of a compound.
    (rf"([aeiouy][^aeiouy]{{0,2}}[^aeiouyl]|[aeiouy]l)e(?=(?:{ENDINGS})$)", r"\1-"),  # safely
    (rf"([aeiouy][^aeiouy]{{0,2}}[^aeiouyl]|[aeiouy]l)e(?=(?:{COMPOUNDS})$)", r"\1-"),  # someone
    (r"(?<![^aeiouylrw]l)(?<=[^aeiouytd])ed$", "-d"),  # called; not needed, handled
    (r"(?<![^aeiouylrw]l)(?<![sxzcg])(?<![cs]h)(?<=[^aeiouy])es$", "-s"),  # bones; not nurses
    (r"(?<![^aeiouylrw]l)(?<![bct]r)(?<=[^aeiouy])e$", "-"),  # bone; not little, acre
    # A syllable without a vowel.
    (r"(?<=[aiy])sm(?=s?$)", "s|am"),  # spas|m
    (r"thm(?=s?$)", "th|am"),  # rhyth|m
    # Vowels that stand together and are spoken apart.
    (r"(?<=[aeiouy])ing(?=s?$|ly$)", "|ing"),  # be|ing
    (r"(?<=[ct])ia(?=t)", "i|a"),  # appreci|ate
    (r"(?<![tcsg])i(?=a(?!ge))", "i|"),  # medi|a; not special, marriage
    (r"(?<![tcsgxn])(?<!sh)(?<!ll)i(?=o(?!r))", "i|"),  # radi|o; not nation
    (r"ni(?=ous)|ri(?=or)|ti(?=os?$)|si(?=o[lt])", r"\g<0>|"),
    (r"i(?=u|i)", "i|"),  # calci|um
    (r"sci(?=en)", "sci|"),  # sci|ence
    (r"(?<![tcs])i(?=en[ct])", "i|"),  # cli|ent; not patient
    (r"i(?=et|er(?:s|ly)?$|est$)", "i|"),  # qui|et, easi|er
    (r"e(?=o)(?<!ge)(?<!he(?=on))", "e|"),  # vide|o; not surgeon
    (r"ge(?=o[^nr])(?!geous)", "ge|"),
    (r"(cr|th)ea(?=t)", r"\1e|a"),  # cre|ate
    (r"rea(?=ct|li[tsz]|ppl|ssess|dmi|rra|ffi)", "re|a"),  # re|act
    (r"(?<=[aeiou].)ea(?=s?$)", "e|a"),  # are|a; not sea, pleas
    (r"e(?=um(?:s?$)|ity)", "e|"),  # muse|um
    (r"(?<![gq])u(?=a)", "u|"),  # usu|al; not language
    (r"u(?=o)", "u|"),  # continu|ous
    (r"(?<![gq])u(?=e(?:l|n|ts?$))", "u|"),  # cru|el
    (r"(?<!g)u(?=i(?:ds?$|n|ty|ti|ci))", "u|"),  # flu|id
    (r"o(?=e[mt])", "o|"),  # po|em
    (r"o(?=a(?:si|g|lit|$))|^co(?=e[fx]|op.|ord)|o(?=ics?$)", r"\g<0>|"),
    (r"a(?=o|ic)", "a|"),  # cha|os
    (r"(?<=[^aeiou])y(?=a[^r]|el|o[^nu])", "y|"),
    (r"^(re|pre)(?=[aeiou])(?=open|us|ord|en|ex|in|im|em|el|oc|un|ev|op)", r"\1|"),
)
ENGLISH_SPELLINGS = tuple((re.compile(spelling), spoken) for spelling, spoken in _ENGLISH)
ENGLISH_VOWELS = re.compile(r"[aeiouy]+")


@cache
def english(word: str) -> int:
    """Count the syllables of an English word. A word with a hyphen is the sum of its halves."""
    halves = re.findall(r"[a-z']+", word.lower().replace("’", "'"))
    return max(1, sum(_english_half(half) for half in halves))


def _english_half(word: str) -> int:
    for known in (word, re.sub(r"('s|s|d|r)$", "", word)):
        if known in IRREGULAR:
            return IRREGULAR[known]
    for spelling, spoken in ENGLISH_SPELLINGS:
        word = spelling.sub(spoken, word)
    return max(1, len(ENGLISH_VOWELS.findall(word)))


SPANISH_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"qu(?=[eéií])", "k"),  # que
    (r"gu(?=[eéií])", "g"),  # seguir; güe keeps its u
    (r"h", ""),  # prohibir: h parts no vowels
    (r"y(?![aeiouáéíóú])", "i"),  # hoy, y; not ya
    (r"ü", "u"),
)
SPANISH_HIATUS = re.compile(
    r"(?<=[aeoáéó])(?=[aeoáéóíú])"  # two strong vowels, or a weak one with its accent
    r"|(?<=[íú])(?=[aeoáéó])"
    r"|(?<=i)(?=[ií])|(?<=u)(?=[uú])"
)
SPANISH_VOWELS = re.compile(r"[aeiouáéíóú]+")


@cache
def spanish(word: str) -> int:
    """Count the syllables of a Spanish word, which its accents show."""
    word = word.lower()
    for spelling, spoken in SPANISH_SPELLINGS:
        word = re.sub(spelling, spoken, word)
    return max(1, len(SPANISH_VOWELS.findall(SPANISH_HIATUS.sub("|", word))))
