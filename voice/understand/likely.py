"""What words are most likely about, and how sure is sure."""

from collections.abc import Set
from dataclasses import replace

from voice.understand.beside import places
from voice.understand.found import find
from voice.understand.meaning import UNKNOWN, Does, Meaning, Wants
from voice.understand.reading import Phrase
from voice.understand.tongue import unless
from voice.understand.topics import NOTHING, Ranked, Subject, rank, reasons
from voice.understand.version import Version

SURE = 0.7
"""The share of likelihood from which a topic is answered without asking back."""
WORTH_ASKING = 0.2
"""The share from which "did you mean" is worth a try."""
ENOUGH = 2.5
"""With fewer points than this, nothing was said in words that staff ever used."""
CAREFUL: dict[Wants, tuple[float, float]] = {
    "stop": (0.7, 6.0),
    "language-switch": (0.6, 4.0),
}
"""The share and points from which words that match no pattern may change something for good."""
NEVER: tuple[Wants, ...] = ("start",)
"""What likelihood alone never does: only words that staff wrote down undo an opt-out."""
IN_DOUBT = 0.4
"""The share from which danger is assumed even if another subject is likelier..."""
ALARM_ENOUGH = 3.5
"""... the points it takes..."""
TELLING = 0.6
"""... and the points from which a word speaks for it; it takes two such words."""
STRANGE = 1.0
"""Points each word that nobody knows gives to "unknown"."""
ASIDE = 0.5
"""How much a sentence counts, compared with a question."""
RUNNERS_UP = 3
ALARMING: tuple[Wants, ...] = ("despair", "emergency")


def likely(version: Version, locale: str) -> Meaning:
    """Say what a text without known patterns is about; `locale` is the thread's."""
    strange: dict[Subject, float] = {NOTHING: STRANGE * _strangers(version)}
    ranked = rank(version.tongue.classifier, _sentences(version), strange)
    alarming = next((found for found in ranked if found.subject[0] in ALARMING), None)
    if alarming and _alarms(version, alarming):
        return _meaning(version, alarming, "answer", ())
    taught = _taught(version, ranked)
    if taught and taught[0].subject != NOTHING:
        return _told(version, taught, ranked)
    found = tuple(found for found in ranked if not _held_back(version, found))
    best = found[0] if found else Ranked(NOTHING, 0.0, 0.0)
    others = tuple(found.subject for found in found[1:] if found.subject != NOTHING)
    if taught or best.subject == NOTHING or best.points < ENOUGH or best.share < WORTH_ASKING:
        elsewhere = version.locale if version.locale != locale else ""
        return replace(UNKNOWN, locale=elsewhere, also=others[:RUNNERS_UP])
    asks = best.subject[0] == "topic" and best.share < SURE
    return _meaning(version, best, "ask" if asks else "answer", others)


def _taught(version: Version, ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Return the subjects for which staff wrote just this message: danger, then the likeliest.

    None, if it is chat to them as well.
    """
    stems = _without(version.reading.stems, version.edges.polite, 0, len(version.reading.stems))
    written = version.tongue.classifier.written(stems)
    never = (*NEVER, "stop") if _ruled_out(version) else NEVER
    found = [one for one in ranked if one.subject in written and one.subject[0] not in never]
    if len(found) > 1 and NOTHING in written:
        return ()
    return tuple(sorted(found, key=lambda one: one.subject[0] not in ALARMING))


def _told(version: Version, taught: tuple[Ranked, ...], ranked: tuple[Ranked, ...]) -> Meaning:
    """Answer what staff wrote down; of several topics, ask which is meant."""
    best, *others = taught
    also = dict.fromkeys(one.subject for one in (*others, *ranked) if one.subject != NOTHING)
    asks = best.subject[0] == "topic" and any(one.subject[0] == "topic" for one in others)
    subjects = tuple(subject for subject in also if subject != best.subject)
    return _meaning(version, best, "ask" if asks else "answer", subjects)


def _strangers(version: Version) -> int:
    """Count the words that no language knows, except names of people who introduce themselves."""
    counted = set(range(len(version.reading.stems))) - version.edges.polite
    return sum(version.reading.strange[at] for at in counted)


def _held_back(version: Version, found: Ranked) -> bool:
    """Tell whether this is danger, which was looked at, or a change that is not sure enough."""
    wants = found.subject[0]
    share, points = CAREFUL.get(wants, (0.0, 0.0))
    if wants in (*ALARMING, *NEVER) or found.share < share or found.points < points:
        return True
    return wants == "stop" and _ruled_out(version)


def _ruled_out(version: Version) -> bool:
    """Whether words that take a wish to stop back do so of a likely one: with dots behind them."""
    return any(one.pattern.kind.before for one in find(version.here, unless("stop"), version.edges))


def _sentences(version: Version) -> tuple[tuple[Phrase, float], ...]:
    """Cut a text into sentences, courtesies left out.

    Where one is a question, the others count less.
    """
    reading = version.reading
    starts = [place for place, pause in enumerate(reading.breaks) if pause == "."]
    ends = [*starts[1:], len(reading.stems)]
    asking = any(reading.asks)
    return tuple(
        [
            (
                _without(reading.stems, version.edges.polite, start, end),
                ASIDE if asking and not reading.asks[start] else 1.0,
            )
            for start, end in zip(starts, ends, strict=True)
        ]
    )


def _without(stems: Phrase, polite: Set[int], start: int, end: int) -> Phrase:
    if not polite:
        return stems[start:end]
    return tuple([stems[at] for at in range(start, end) if at not in polite])


def _alarms(version: Version, alarming: Ranked) -> bool:
    """Tell whether words that match no pattern are danger."""
    if alarming.points < ALARM_ENOUGH or alarming.share < IN_DOUBT or version.danger.doubted:
        return False
    return _tells(version, alarming.subject)


def may_alarm(version: Version) -> bool:
    """Tell whether words that match no pattern may be danger, once others are taken away."""
    return any(_tells(version, (wants, "")) for wants in ALARMING)


def _tells(version: Version, subject: Subject) -> bool:
    given = version.tongue.classifier.given(_telling(version), subject)
    return sum(points >= TELLING for points in given.values()) >= 2


def _telling(version: Version) -> Phrase:
    """Return the stems of a text but those said beside a danger: "since yesterday" is none."""
    beside = places(version, "beside")
    return tuple([stem for at, stem in enumerate(version.reading.stems) if at not in beside])


def _meaning(version: Version, found: Ranked, does: Does, others: tuple[Subject, ...]) -> Meaning:
    wants, target = found.subject
    return Meaning(
        wants,
        target,
        version.locale if wants != "language-switch" else target,
        does=does,
        also=others[:RUNNERS_UP],
        sure=round(found.share, 3),
    )


def because(version: Version, meaning: Meaning) -> tuple[str, ...]:
    """Return the words that made a meaning likely, the weightiest first."""
    words, stems = version.reading.words, version.reading.stems
    return reasons(version.tongue.classifier, words, stems, (meaning.wants, meaning.target))
