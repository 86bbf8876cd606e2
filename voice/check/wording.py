"""Plain language: the rules of voice.plain on every passage a patient hears or reads."""

from collections.abc import Callable, Iterable, Iterator

from voice.check.passages import Passage, passages, placed
from voice.check.problem import Place, Problem, problem
from voice.plain import figures, lengths, lists, terms
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.script import Script, Topic

Rule = Callable[[str, Language], Iterator[Finding]]

EVERYWHERE: tuple[Rule, ...] = (
    lists.banned,
    lists.tone,
    lists.named,
    lists.other_labels,
    figures.no_sums,
)
"""Rules on whatever a patient hears or reads."""
PART: tuple[Rule, ...] = (lengths.reading_ease, terms.explained, terms.few_terms)
"""Rules on one spoken part, which a caller may hear alone."""
SPOKEN_TOPIC: tuple[Rule, ...] = (
    lengths.mean_length,
    lengths.many_long_words,
    lengths.reading_ease,
    lengths.target_ease,
    lists.second_person,
    lists.active_voice,
    figures.one_denominator,
    figures.risk_words,
)
"""Rules on all parts of a subject together."""
SHORT_SIGNS = ("title", "label")
UNASKED = ("first", "stop", "start", "language", "voicemail", "ring_unclear")
"""What tells nothing a patient asked for, or who they are to whoever listens (rule 120)."""


def wording(script: Script, languages: dict[str, Language]) -> Iterator[Problem]:
    """Yield what plain-language rules find in a script."""
    every = tuple(passages(script))
    for passage in every:
        language = languages[passage.place.locale]
        for finding in _findings(passage, language):
            yield placed(script, passage, finding)
    for topic in script.topics.values():
        for locale in script.locales:
            yield from _whole(every, topic, languages[locale])
    for locale in script.locales:
        spoken = "\n".join(whole_text(every, topic, locale)[0] for topic in script.topics)
        for finding in lengths.second_opinion(spoken, languages[locale]):
            yield problem(Place("topics/", "", locale), finding)


def _findings(passage: Passage, language: Language) -> Iterator[Finding]:
    for rule in EVERYWHERE:
        yield from rule(passage.text, language)
    if passage.kind not in SHORT_SIGNS:
        yield from lengths.long_sentences(passage.text, language, heard=passage.spoken)
        yield from lengths.long_words(passage.text, language)
    if passage.spoken:
        yield from lists.for_the_ear(passage.raw, language)
    yield from _own(passage, language)


def _own(passage: Passage, language: Language) -> Iterator[Finding]:
    """Yield what the rules for one kind of passage find."""
    match passage.kind:
        case "part":
            for rule in PART:
                yield from rule(passage.text, language)
            yield from lengths.two_ideas(passage.raw, language)
            yield from figures.few_numbers(passage.raw, language)
        case "text":
            yield from lists.chat(passage.text, language)
        case "call" | "message":
            yield from lists.blame(passage.text, language)
            if passage.kind == "message":
                yield from lists.chat(passage.text, language)
            if passage.place.where.split(".")[-1] in UNASKED:
                yield from lists.condition(passage.raw, language)


def _whole(every: Iterable[Passage], topic: Topic, language: Language) -> Iterator[Problem]:
    """Yield what the rules on a whole subject find in one locale."""
    place = Place(f"topics/{topic.id}.toml", topic.id, language.locale, "parts")
    spoken, texts = whole_text(every, topic.id, language.locale)
    for rule in SPOKEN_TOPIC:
        for finding in rule(spoken, language):
            yield problem(place, finding)
    for finding in (*_texted(texts, language), *terms.explained(texts, language, "warn")):
        yield problem(Place(place.file, topic.id, language.locale, "texts"), finding)
    if "benefit" in topic.tags:
        for finding in lists.balance(spoken, language):
            yield problem(place, finding)


def _texted(texts: str, language: Language) -> Iterator[Finding]:
    """Yield what the rules on all texts of a subject together find."""
    yield from lengths.text_ease(texts, language)
    yield from figures.one_denominator(texts, language)


def whole_text(every: Iterable[Passage], topic: str, locale: str) -> tuple[str, str]:
    """Return all that is said, and all that is texted, of a subject in a locale."""
    mine = [
        passage
        for passage in every
        if (passage.place.topic, passage.place.locale) == (topic, locale)
    ]
    return (
        "\n".join(passage.text for passage in mine if passage.kind == "part"),
        "\n".join(passage.text for passage in mine if passage.kind == "text"),
    )
