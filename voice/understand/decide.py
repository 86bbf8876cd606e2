"""From words to a meaning: the order in which rules are asked, and how sure is sure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voice.understand.exact import bare
from voice.understand.fold import LONGEST, Heard, hear, normal
from voice.understand.lessons import TAUGHT
from voice.understand.meaning import UNKNOWN, Meaning, Wants
from voice.understand.patterns import Edges, Found, edges_of, find
from voice.understand.reading import Phrase, Reading, read
from voice.understand.signs import Danger, danger
from voice.understand.tongue import Tongue, Vocabulary
from voice.understand.topics import Ranked, Subject, rank, reasons

SURE = 0.55
"""The share of likelihood from which a topic is answered without asking back."""
WORTH_ASKING = 0.2
"""The share from which "did you mean" is worth a try."""
ENOUGH = 2.5
"""Points below which nothing was said that staff ever used."""
STOP_SURE = 0.7
"""The share from which no pattern is needed to stop."""
STOP_ENOUGH = 6.0
ALARM_ENOUGH = 3.5
IN_DOUBT = 0.3
"""The share from which danger is assumed though other subjects are likelier."""
TELLING = 0.25
"""Points from which a word speaks for danger; it takes two such words."""
RUNNERS_UP = 3
STRANGE = 1.0
"""Points each word that nobody knows gives to "unknown"."""
ASIDE = 0.5
"""What a sentence counts beside a question."""
ALARMING: tuple[Wants, ...] = ("despair", "emergency")


@dataclass(frozen=True)
class Version:
    """A text as one language of the line reads it."""

    locale: str
    tongue: Tongue
    reading: Reading
    edges: Edges
    danger: Danger


def understand(vocabulary: Vocabulary, locale: str, text: str) -> Meaning:
    """Say what `text` asks for; where languages share words, `locale` goes first.

    Danger happening now wins in every language (rule 90), then a wish to stop (rule 87).
    """
    text = text[:LONGEST]
    folded = normal(text)
    locales = (locale, *(other for other in vocabulary.tongues if other != locale))
    tongues = {name: vocabulary.tongues[name] for name in locales if name in vocabulary.tongues}
    for name in tongues.values():
        found = name.exact.names.get(folded) or name.exact.names.get(bare(name.exact, folded))
        if found:
            return replace(found, why=(folded,))
    heard = hear(text)
    if not heard.words:
        return UNKNOWN
    versions = tuple(_version(tongues, name, heard) for name in tongues)
    return (
        _alarm(versions)
        or _question(versions, folded)
        or _wish(versions)
        or _likely(_main(versions), locale)
    )


def _version(tongues: dict[str, Tongue], locale: str, heard: Heard) -> Version:
    tongue = tongues[locale]
    others = (other.reader for name, other in tongues.items() if name != locale)
    reading = read(tongue.reader, others, heard)
    edges = edges_of(reading, tongue.polite)
    return Version(locale, tongue, reading, edges, danger(tongue.signs, reading, edges))


def _alarm(versions: tuple[Version, ...]) -> Meaning | None:
    main = _main(versions)
    for wants in ALARMING:
        for version in versions:
            sign = version.danger.despair if wants == "despair" else version.danger.emergency
            if sign and (version is main or not _bare_number(version.reading, sign)):
                return Meaning(wants, locale=version.locale, why=_said(version, sign))
    return None


def _main(versions: tuple[Version, ...]) -> Version:
    """Return the version in the language that knows most words; of two alike, the thread's."""
    return max(versions, key=lambda version: version.reading.own)


def _bare_number(reading: Reading, sign: Found) -> bool:
    """Figures are of every language: what takes them back is known in the text's own."""
    return all(word.isdecimal() for word in reading.words[sign.start : sign.end])


def _said(version: Version, found: Found) -> tuple[str, ...]:
    words = " ".join(version.reading.words[found.start : found.end])
    return (words, f"pattern: {found.pattern.line}")


def _question(versions: tuple[Version, ...], folded: str) -> Meaning | None:
    for version in versions:
        mended = " ".join(version.reading.words)
        known = version.tongue.exact
        for words in dict.fromkeys((folded, bare(known, folded), mended, bare(known, mended))):
            if words in known.names:
                return replace(known.names[words], why=(words,))
            if words in known.questions:
                first, *others = known.questions[words]
                also = tuple((other.wants, other.target) for other in others)
                return replace(first, does="ask" if also else "answer", also=also, why=(words,))
    return None


def _wish(versions: tuple[Version, ...]) -> Meaning | None:
    for name in next(iter(versions)).tongue.wishes:
        for version in versions:
            found = next(_wishes(version, name), None)
            if found:
                wants = TAUGHT[name]
                target = version.locale if wants == "language-switch" else ""
                return Meaning(wants, target, version.locale, why=_said(version, found))
    return None


def _wishes(version: Version, name: str) -> Iterator[Found]:
    unless = (
        tuple(find(version.tongue.not_stop, version.reading, version.edges))
        if name == "stop"
        else ()
    )
    for found in find(version.tongue.wishes[name], version.reading, version.edges):
        if not any(other.start < found.end and found.start < other.end for other in unless):
            yield found


def _likely(version: Version, locale: str) -> Meaning:
    """Say what the words are most likely about."""
    strange: dict[Subject, float] = {("unknown", ""): STRANGE * version.reading.strange}
    ranked = rank(version.tongue.classifier, _sentences(version), strange)
    alarming = next((found for found in ranked if found.subject[0] in ALARMING), None)
    if alarming and _alarms(version, alarming):
        return _meaning(version, alarming, (), "answer")
    ranked = tuple(found for found in ranked if found.subject[0] not in ALARMING)
    best = ranked[0]
    if best.subject[0] == "stop" and (best.share < STOP_SURE or best.points < STOP_ENOUGH):
        ranked = ranked[1:]
        best = ranked[0]
    if best.subject[0] == "unknown" or best.points < ENOUGH or best.share < WORTH_ASKING:
        elsewhere = version.locale if version.locale != locale else ""
        return replace(UNKNOWN, locale=elsewhere, also=_also(ranked))
    does = "answer" if best.share >= SURE else "ask"
    others = tuple(found for found in ranked[1:] if found.subject[0] != "unknown")
    return _meaning(version, best, others, does)


def _sentences(version: Version) -> tuple[tuple[Phrase, float], ...]:
    """Cut a text into sentences, courtesies left out.

    Where one is a question, the others count less.
    """
    reading = version.reading
    starts = [place for place, pause in enumerate(reading.breaks) if pause == "."]
    ends = [*starts[1:], len(reading.stems)]
    asking = any(reading.asks)
    return tuple(
        (
            tuple(reading.stems[at] for at in range(start, end) if at not in version.edges.polite),
            ASIDE if asking and not reading.asks[start] else 1.0,
        )
        for start, end in zip(starts, ends, strict=True)
    )


def _alarms(version: Version, alarming: Ranked) -> bool:
    """Tell whether words that no pattern knows are danger."""
    if version.danger.doubted or alarming.points < ALARM_ENOUGH or alarming.share < IN_DOUBT:
        return False
    known = version.tongue.classifier.points
    words = dict.fromkeys(version.reading.stems)
    telling = (word for word in words if known.get(word, {}).get(alarming.subject, 0) >= TELLING)
    return sum(1 for _ in telling) >= 2


def _meaning(version: Version, found: Ranked, others: tuple[Ranked, ...], does: str) -> Meaning:
    wants, target = found.subject
    return Meaning(
        wants,
        target,
        version.locale if wants != "language-switch" else target,
        does="ask" if does == "ask" else "answer",
        also=_also(others),
        sure=round(found.share, 3),
        why=reasons(version.tongue.classifier, version.reading.stems, found.subject),
    )


def _also(others: tuple[Ranked, ...]) -> tuple[Subject, ...]:
    return tuple(found.subject for found in others[:RUNNERS_UP] if found.points > 0)
