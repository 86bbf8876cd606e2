"""From words to a meaning: the order in which rules are asked."""

from collections.abc import Iterator
from dataclasses import replace
from unicodedata import normalize

from voice.understand.exact import bare, named
from voice.understand.fold import LONGEST, Heard, hear
from voice.understand.found import Found, find
from voice.understand.lessons import ALARMS, TAUGHT
from voice.understand.likely import because, likely
from voice.understand.meaning import STOP, UNKNOWN, Meaning, Wants
from voice.understand.reading import Reading
from voice.understand.tongue import WISHES, Tongue, Vocabulary, unless
from voice.understand.version import Version, in_language


def understand(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Say what `text` asks for; where languages share words, `locale` goes first.

    Danger happening now wins in every language (rule 90), then a wish to stop (rule 87).
    """
    text = text[:LONGEST]
    tongues = _ordered(vocabulary, locale, text)
    heard = hear(text)
    if not heard.words:
        return UNKNOWN
    folded = " ".join(heard.words)
    return _named(tongues, folded) or _read(tongues, locale, heard, folded)


def explained(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Understand `text`, and say in `why` what decided, the weightiest first."""
    meaning = understand(vocabulary, locale, text)
    if meaning.why or meaning.wants == "unknown":
        return meaning
    versions = _versions(_ordered(vocabulary, locale, text[:LONGEST]), hear(text))
    return replace(meaning, why=because(_main(versions), meaning))


def _ordered(vocabulary: Vocabulary, locale: str, text: str) -> dict[str, Tongue]:
    """Put the thread's language first; before it one that alone writes letters like these."""
    own = {name: tongue for name, tongue in vocabulary.tongues.items() if name == locale}
    tongues = {**own, **vocabulary.tongues}
    if text.isascii():
        return tongues
    strange = {character for character in normalize("NFC", text.lower()) if character > "\x7f"}
    order = sorted(tongues, key=lambda name: -len(strange & tongues[name].letters))
    return {name: tongues[name] for name in order}


def _named(tongues: dict[str, Tongue], folded: str) -> Meaning | None:
    """Find a keyword, a key or a wish that is the whole message."""
    known = tuple(tongue.exact for tongue in tongues.values())
    ways = dict.fromkeys((folded, bare(known[0], folded)))  # courtesies are those of all languages
    found = next((name for one in known for words in ways if (name := named(one, words))), None)
    return replace(found, why=(folded,)) if found else None


def _read(tongues: dict[str, Tongue], locale: str, heard: Heard, folded: str) -> Meaning:
    versions = _versions(tongues, heard)
    alarm = _alarm(versions)
    if alarm:
        return replace(alarm, also=_stop_too(versions))
    return _question(versions, folded) or _wish(versions) or likely(_main(versions), locale)


def _versions(tongues: dict[str, Tongue], heard: Heard) -> tuple[Version, ...]:
    """Read a text in every language that knows one of its words; the others find nothing in it.

    A word that nobody knows may be a slip of the finger in any. Languages that share a reader read
    it once.
    """
    words = frozenset(heard.words)
    nobodys = words
    for tongue in tongues.values():
        nobodys = nobodys.difference(tongue.reader.stems)
    read: dict[int, Version] = {}
    versions = []
    for name, tongue in tongues.items():
        if not nobodys and not tongue.reader.reads(words):
            continue
        reader = id(tongue.reader)
        if reader in read:
            versions.append(replace(read[reader], locale=name, tongue=tongue))
        else:
            read[reader] = in_language(name, tongue, words - nobodys, heard)
            versions.append(read[reader])
    return tuple(versions)


def _main(versions: tuple[Version, ...]) -> Version:
    """Return the version in the language that knows most words; of two alike, the thread's."""
    return max(versions, key=lambda version: version.reading.own)


def _alarm(versions: tuple[Version, ...]) -> Meaning | None:
    main = _main(versions)
    for wants in ALARMS:
        for version in versions:
            sign = version.danger.sign(wants)
            if sign and (version is main or not _bare_number(version.reading, sign)):
                return Meaning(wants, locale=version.locale, why=_said(version, sign))
    return None


def _stop_too(versions: tuple[Version, ...]) -> tuple[tuple[Wants, str], ...]:
    """A wish to stop that comes with danger is granted as well (rule 87)."""
    wished = any(next(_wishes(version, "stop"), None) for version in versions)
    return (STOP,) if wished else ()


def _bare_number(reading: Reading, sign: Found) -> bool:
    """Figures are of every language: what takes them back is known in the text's own."""
    return all(word.isdecimal() for word in reading.words[sign.start : sign.end])


def _said(version: Version, found: Found) -> tuple[str, ...]:
    words = " ".join(version.reading.words[found.start : found.end])
    return (words, f"pattern: {found.pattern.line}")


def _question(versions: tuple[Version, ...], folded: str) -> Meaning | None:
    """Find a sample question that is the whole message, or a name once typos are mended."""
    for version in versions:
        known = version.tongue.exact
        mended = " ".join(version.reading.words)
        again = (mended, bare(known, mended)) if mended != folded else ()
        for words in (folded, bare(known, folded), *again):
            name = named(known, words) if words in again else None
            if name:
                return replace(name, why=(words,))
            if words in known.questions:
                return _asked(known.questions[words], words)
    return None


def _asked(meanings: tuple[Meaning, ...], words: str) -> Meaning:
    """A question that more than one topic lists is asked back: ties are never guessed."""
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
                    return Meaning(wants, version.locale, version.locale, why=_said(version, found))
                # A word two languages share is read in either: the answer is in the text's own.
                return Meaning(wants, "", _main(versions).locale, why=_said(version, found))
    return None


def _wishes(version: Version, name: str) -> Iterator[Found]:
    """Yield the places of a wish that nothing takes back."""
    others = tuple(find(version.here, unless(name), version.edges))
    for found in find(version.here, name, version.edges):
        if not any(other.start < found.end and found.start < other.end for other in others):
            yield found
