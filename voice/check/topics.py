"""A subject as a whole: title, points, action, emergency line, texts, signatures, review date."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from voice.check.passages import filled, line_of, values_of
from voice.check.problem import Place, Problem, problem
from voice.plain.finding import Finding
from voice.plain.language import Language
from voice.plain.phrases import has
from voice.plain.sentences import sentences, words
from voice.script import Script, Topic, Wording, wording_digest
from voice.sign_offs import ROLES, is_signed

MAIN_WORDS, MAIN_SENTENCES = 45, 3
PART_WORDS, MOST_PARTS, MOST_POINTS = 75, 3, 5
TITLE_WORDS = 6
QUESTIONS = (5, 10)
REVIEW_WITHIN = timedelta(days=366)
TAGS = ("symptom", "benefit", "risk")
DANGEROUS = ("symptom", "risk")
"""Tags of subjects that repeat the emergency line (rule 93)."""
PENDING = "pending"


def topics(script: Script, languages: dict[str, Language], today: date) -> Iterator[Problem]:
    """Yield what is wrong with each subject."""
    for topic in script.topics.values():
        for locale in script.locales:
            yield from _topic(script, topic, languages[locale])
        yield from _together(script, topic, today)
    yield from _signatures(script)


def _topic(script: Script, topic: Topic, language: Language) -> Iterator[Problem]:
    wording, locale = topic.wording[language.locale], language.locale
    values = values_of(script, locale)
    source = script.files.get(f"topics/{topic.id}.toml", "")
    for where, finding in (
        *_opening(wording, language, values),
        *_parts(wording, language, values),
        *_action(wording, language),
        *_danger(topic, wording),
        *_dialled(script, wording),
    ):
        place = Place(f"topics/{topic.id}.toml", topic.id, locale, where)
        yield problem(place, finding, line_of(source, locale, where, finding.sentence))


Found = Iterator[tuple[str, Finding]]
"""Pairs of a field and what was found in it."""


def _opening(wording: Wording, language: Language, values: dict[str, str]) -> Found:
    size = len(words(wording.title, language.code))
    if size > TITLE_WORDS:
        message = f"The title has {size} words. The most is {TITLE_WORDS}."
        yield "title", Finding("rule 54", message, "Shorten it: it tells callers where they are.")
    main = filled(wording.main_message, values)
    size, count = len(words(main, language.code)), len(sentences(main))
    if size > MAIN_WORDS or count > MAIN_SENTENCES:
        message = f"The main message has {size} words in {count} sentences."
        fix = f"Say it in {MAIN_SENTENCES} short sentences, {MAIN_WORDS} words at most."
        yield "main_message", Finding("rule 11", message, fix)
    number, (few, many) = len(wording.sample_questions), QUESTIONS
    if number and not few <= number <= many:
        fix = f"Write {few} to {many}, as patients would ask."
        yield "sample_questions", Finding("file", f"There are {number} sample questions.", fix)


def _parts(wording: Wording, language: Language, values: dict[str, str]) -> Found:
    if len(wording.parts) > MOST_PARTS:
        message = f"There are {len(wording.parts)} parts. The most is {MOST_PARTS}."
        fix = "Put less in, or make a second subject of it."
        yield "parts", Finding("rule 13", message, fix)
    for number, part in enumerate(wording.spoken, 1):
        size = len(words(filled(part, values), language.code))
        if size > PART_WORDS:
            message = f"Part {number} has {size} words as it is heard. The most is {PART_WORDS}."
            fix = (
                "The main message counts in the first part, the action in the last. "
                "Take a sentence out or move it."
            )
            yield f"parts {number}", Finding("rule 13", message, fix)
    points = sum(len(part.splitlines()) for part in wording.parts)
    if points > MOST_POINTS:
        message = f"There are {points} points (lines). The most is {MOST_POINTS}."
        fix = "Join lines that belong together, or leave a point out."
        yield "parts", Finding("rule 12", message, fix)


def _action(wording: Wording, language: Language) -> Found:
    if not wording.action:
        return
    first = (words(wording.action, language.code) or ("",))[0]
    if has(first, language.lists.not_actions):
        yield (
            "action",
            Finding(
                "rule 14",
                f"The action starts with {first!r}, which is no verb.",
                'Start with what to do: "Ask your doctor …".',
                wording.action,
            ),
        )
    if len(sentences(wording.action)) > 1:
        yield (
            "action",
            Finding(
                "rule 14",
                "The action is more than one thing.",
                "Keep one sentence.",
                wording.action,
            ),
        )


def _danger(topic: Topic, wording: Wording) -> Found:
    if not set(topic.tags) & set(DANGEROUS):
        return
    for where, every in (("parts", wording.spoken), ("texts", wording.texts)):
        if not any("{emergency}" in text for text in every):
            yield (
                where,
                Finding(
                    "rule 93",
                    "The subject is tagged as a risk or a symptom, but has no emergency line.",
                    'Add a sentence such as "Call {emergency} for chest pain."',
                ),
            )


def _dialled(script: Script, wording: Wording) -> Found:
    """Find numbers to dial that are written out: they are spoken right only as placeholders."""
    line = script.line
    known = {
        line.emergency: "{emergency}",
        line.crisis: "{crisis}",
        line.phone.written: "{phone}",
        line.line_phone.written: "{line_phone}",
        line.text_number.written: "{text_number}",
    }
    fields = [("main_message", wording.main_message), ("action", wording.action)]
    fields += [(f"parts {n}", part) for n, part in enumerate(wording.parts, 1)]
    fields += [(f"texts {n}", text) for n, text in enumerate(wording.texts, 1)]
    for where, text in fields:
        for sentence in sentences(text):
            for number, name in known.items():
                if number and number in "".join(_figures(sentence)):
                    message = f"The number {number} is written out."
                    yield where, Finding("rule 76", message, f"Write {name} instead.", sentence)


def _figures(sentence: str) -> Iterator[str]:
    for token in sentence.split():
        figure = token.strip(".,;:!?()\"'")
        yield f" {figure} " if figure and figure[0].isdigit() else " "


def _together(script: Script, topic: Topic, today: date) -> Iterator[Problem]:
    """Find what a subject's languages do not share, and what is out of date."""
    place = Place(f"topics/{topic.id}.toml", topic.id)
    for tag in topic.tags:
        if tag not in TAGS:
            fix = f"Use {', '.join(TAGS)}, or leave the list empty."
            yield problem(place, Finding("file", f"There is no tag {tag!r}.", fix))
    yield from _same_steps(script, topic)
    if topic.review_by < today:
        message = f"The words were to be read again by {topic.review_by}."
        yield problem(place, Finding("rule 101", message, "Read them again and set a new date."))
    elif topic.review_by > today + REVIEW_WITHIN:
        message = f"The review on {topic.review_by} is more than a year away."
        fix = "Set a date within 12 months."
        yield problem(place, Finding("rule 101", message, fix, severity="warn"))


def _same_steps(script: Script, topic: Topic) -> Iterator[Problem]:
    """Find languages that do not make the same points in the same order (rule 36)."""
    first, *others = script.locales
    expected = [len(part.splitlines()) for part in topic.wording[first].parts]
    for locale in others:
        points = [len(part.splitlines()) for part in topic.wording[locale].parts]
        for number, (here, there) in enumerate(zip(points, expected, strict=False), 1):
            if here != there:
                place = Place(f"topics/{topic.id}.toml", topic.id, locale, f"parts {number}")
                message = f"Part {number} has {here} points, but {there} in {first}."
                fix = "Make the same points in the same order: one line each."
                yield problem(place, Finding("rule 36", message, fix))


def _signatures(script: Script) -> Iterator[Problem]:
    """Tell which subjects nobody signed yet: one warning for those that wait for the same."""
    waiting: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for topic in script.topics.values():
        for locale in script.locales:
            given = dict(topic.sign_offs.get(locale, {}))
            yield from _one_person(topic, locale, given)
            digest = wording_digest(topic, locale)
            for rule, of_rule in roles(script, locale).items():
                signed = {role for role in of_rule if is_signed(given.get(role, ""), digest)}
                lacking = tuple(role for role in of_rule if role not in signed)
                waiting[locale, rule, lacking].append(topic.id)
    for (locale, rule, lacking), names in waiting.items():
        if lacking:
            message = f"Nobody has signed these words as {', '.join(lacking)}: {', '.join(names)}."
            place = Place("topics/", "", locale, "sign_offs")
            fix = "Have them read, then sign; python -m voice scripts --sign-offs tells how."
            yield problem(place, Finding(rule, message, fix, severity="warn"))


def _is_pending(name: str) -> bool:
    return name.strip().lower() in ("", PENDING)


def roles(script: Script, locale: str) -> dict[str, tuple[str, ...]]:
    """Return who has to sign words of a locale, by rule: translations need a translator too."""
    translated = locale != script.locales[0]
    return {"rule 100": ROLES, **({"rule 34": ("translator",)} if translated else {})}


def _one_person(topic: Topic, locale: str, given: dict[str, str]) -> Iterator[Problem]:
    names = {
        role: name.split(",")[0].strip().casefold()
        for role, name in given.items()
        if not _is_pending(name)
    }
    if "clinician" in names and names["clinician"] in (names.get("editor"), names.get("writer")):
        place = Place(f"topics/{topic.id}.toml", topic.id, locale, "sign_offs")
        message = "One person signed as clinician and as writer or editor."
        yield problem(place, Finding("rule 100", message, "Have a second person sign."))
