"""From words to a meaning: the order in which rules are asked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from unicodedata import normalize

from voice.understand.apart import LAYERS, alarm_apart
from voice.understand.beside import without
from voice.understand.exact import bare, courteous, named
from voice.understand.fold import LONGEST, hear, normal
from voice.understand.found import Found, find
from voice.understand.index import Said, said_in
from voice.understand.joined import apart
from voice.understand.lessons import TAUGHT
from voice.understand.likely import because, likely
from voice.understand.looked import Looked, looked_at, main_of, said_at
from voice.understand.meaning import STOP, UNKNOWN, Meaning, Wants
from voice.understand.reacted import tapped
from voice.understand.reading import Phrase
from voice.understand.second import Look
from voice.understand.tongue import BESIDE_STOP, WISHES, Tongue, Vocabulary, unless
from voice.understand.version import Version, spelled, versions_of

SHORT = 6
"""Words of a message that is a wish to stop as a whole, what stands beside it not counted."""


def understand(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Say what `text` asks for; if languages share words, `locale` goes first.

    Danger happening now wins in every language (rule 90), then a wish to stop (rule 87).
    """
    text = text[:LONGEST]
    tongues = _ordered(vocabulary, locale, text)
    reacted = _reacted(vocabulary, locale, text)
    if reacted:
        return reacted
    said = apart(tongues, said_in(hear(text), vocabulary.index))
    if not said.uses:
        return UNKNOWN
    return _named(tongues, said) or _read(tongues, locale, said)


def _reacted(vocabulary: Vocabulary, locale: str, text: str) -> Meaning | None:
    """Read what a telephone sends for a tap on a text, in the thread's language."""
    quoted = tapped(text)
    found = (one.exact.reactions.get(quoted) for one in vocabulary.tongues.values())
    meant = next(filter(None, found), None)
    return meant and replace(meant, locale=locale, why=quoted[:1])


def is_courtesy(vocabulary: Vocabulary, text: str) -> bool:
    """Say whether a text is nothing but courtesies, of whatever language, or empty."""
    return not _bare(dict(vocabulary.tongues), normal(text))


def explained(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Understand `text`, and say in `why` what decided, the weightiest first."""
    meaning = understand(vocabulary, locale, text)
    if meaning.why or meaning.wants == "unknown":
        return meaning
    tongues = _ordered(vocabulary, locale, text[:LONGEST])
    said = apart(tongues, said_in(hear(text), vocabulary.index))
    main = main_of(versions_of(tongues, said, spelled(tongues, said)))
    return replace(meaning, why=because(main, meaning))


def _ordered(vocabulary: Vocabulary, locale: str, text: str) -> dict[str, Tongue]:
    """Put the thread's language first, but before it one that alone has letters like these."""
    own = {name: tongue for name, tongue in vocabulary.tongues.items() if name == locale}
    tongues = {**own, **vocabulary.tongues}
    if text.isascii():
        return tongues
    strange = {character for character in normalize("NFC", text.lower()) if character > "\x7f"}
    order = sorted(tongues, key=lambda name: -len(strange & tongues[name].letters))
    return {name: tongues[name] for name in order}


def _named(tongues: dict[str, Tongue], said: Said) -> Meaning | None:
    """Find a keyword, a key or a wish that is the whole message."""
    uses = said.uses.values()
    if not all(use.named for use in uses):
        return None
    names = set(tongues).intersection(*[use.named for use in uses])
    folded = " ".join(said.heard.words)
    known = [one.exact for name, one in tongues.items() if name in names]
    ways = dict.fromkeys((folded, _bare(tongues, folded))) if known else ()
    if len(ways) > 1:  # courtesies were taken off: they tell the language of what is left
        known.sort(key=lambda one: not courteous(one, folded))
    found = ((name, words) for one in known for words in ways if (name := named(one, words)))
    return next((replace(name, why=(words,)) for name, words in found), None)


def _read(tongues: dict[str, Tongue], locale: str, said: Said) -> Meaning:
    looked = looked_at(tongues, said)
    asked = None if looked.alarm else _asked_whole(tongues, said, looked)
    if asked:
        return asked
    alarm = looked.alarm or alarm_apart(tongues, locale, said, looked)
    if alarm:
        return replace(alarm, also=_stop_too(looked.versions))
    wished = _wish(looked.versions) or _stop(looked.looks)
    wished = wished or _stop_apart(tongues, locale, said, looked.main)
    return wished or likely(looked.main, locale)


def _asked_whole(tongues: dict[str, Tongue], said: Said, looked: Looked) -> Meaning | None:
    words = {name: one.words for name, one in looked.written.items()}
    words |= {version.locale: version.reading.words for version in looked.versions}
    return _question(tongues, words, " ".join(said.heard.words))


def _stop(looks: tuple[Look, ...]) -> Meaning | None:
    """Find a whole message to stop, some of whose words are slips."""
    for look in looks:
        found = None if look.known else next(look.own("stop"), None)
        if found:
            return Meaning("stop", locale=look.second.locale, why=said_at(look.second, found))
    return None


def _stop_apart(
    tongues: dict[str, Tongue], locale: str, said: Said, main: Version
) -> Meaning | None:
    """Find a wish to stop in what is left of a text: "for the last time, enough"."""
    if next(find(main.here, unless("stop"), main.edges), None):
        return None
    rests = islice(without(main, BESIDE_STOP), LAYERS)
    short = (said_in(rest, said.index) for rest in rests if len(rest.words) <= SHORT)
    found = (_named(tongues, one) or _read(tongues, locale, one) for one in short)
    return next((one for one in found if one.wants == "stop"), None)


def _stop_too(versions: tuple[Version, ...]) -> tuple[tuple[Wants, str], ...]:
    """A wish to stop that comes with danger is granted as well (rule 87)."""
    wished = any(next(_wishes(version, "stop"), None) for version in versions)
    return (STOP,) if wished else ()


def _question(
    tongues: dict[str, Tongue], read: Mapping[str, Phrase], folded: str
) -> Meaning | None:
    """Find a sample question that is the whole message, or a name once typos are corrected."""
    whole = (folded, _bare(tongues, folded))
    for locale, tongue in tongues.items():
        mended = " ".join(read[locale]) if locale in read else folded
        again = (mended, _bare(tongues, mended)) if mended != folded else ()
        for words in (*whole, *again):
            name = named(tongue.exact, words) if words in again else None
            if name:
                return replace(name, why=(words,))
            if words in tongue.exact.questions:
                return _asked(tongue.exact.questions[words], words)
    return None


def _bare(tongues: dict[str, Tongue], words: str) -> str:
    """Take off courtesies, of whatever language, from the text in each."""
    return bare(next(iter(tongues.values())).exact, words)


def _asked(meanings: tuple[Meaning, ...], words: str) -> Meaning:
    """If more than one topic lists a question, ask which is meant: ties are never guessed."""
    first, *others = meanings
    also = tuple((other.wants, other.target) for other in others)
    return replace(first, does="ask" if also else "answer", also=also, why=(words,))


def _wish(versions: tuple[Version, ...]) -> Meaning | None:
    """Find a wish in the middle of other words, the weightiest first."""
    for name in WISHES:
        for version in versions:
            found = next(_wishes(version, name), None) if name in version.here.patterns else None
            if found:
                wants = TAUGHT[name]
                if wants == "language-switch":
                    return Meaning(
                        wants, version.locale, version.locale, why=said_at(version, found)
                    )
                # A word two languages share is read in either: the answer is in the text's own.
                return Meaning(wants, "", main_of(versions).locale, why=said_at(version, found))
    return None


def _wishes(version: Version, name: str) -> Iterator[Found]:
    """Yield the places of a wish that nothing takes back."""
    others = tuple(find(version.here, unless(name), version.edges))
    for found in find(version.here, name, version.edges):
        if not any(other.start < found.end and found.start < other.end for other in others):
            yield found
