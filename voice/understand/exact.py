"""Whole messages that staff wrote down: keywords, keys, menu words, wishes, sample questions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from voice.script import Script, Topic
from voice.understand.around import Answers, Around, answers_of, around_of, longest_first
from voice.understand.fold import normal
from voice.understand.lessons import COMMANDS, WISHES, Written
from voice.understand.meaning import Meaning, Wants
from voice.understand.reacted import reactions

KEYS = {"again": "again", "back": "back", "skip": "skip", "pause": "pause", "slower": "slower"}
"""Lists in words.toml of what people say instead of pressing a key, with what the key means."""
LED = ("listen", "text_me")
"""Lists whose lines may be followed by the name of a topic."""
ASKED = "about"
"""The frames that ask for a subject; without one, they get the menu."""
BEFORE = "before"
"""The frames of words that may stand before and between those."""
ANSWERS: tuple[Wants, ...] = ("yes", "no")
FIGURES = "123456789"
"""What a list is numbered with."""
FRAMES = ("frames", "numbers")
"""What is said around a word for a figure ("the first one"), and around a figure ("number 1")."""
LONGEST = 300
"""How long a folded text may be and still be a message that somebody wrote down."""


@dataclass(frozen=True)
class Exact:
    """One locale's whole messages, folded."""

    names: Mapping[str, Meaning]
    """What is short and certain: keywords, titles, labels, keys, wishes."""
    questions: Mapping[str, tuple[Meaning, ...]]
    """Sample questions, with every topic that lists one."""
    polite: Around
    """Courtesies of every language of the line."""
    manners: tuple[str, ...]
    """Courtesies of this locale only: they show the language of "menu por favor"."""
    thanks: tuple[str, ...]
    """Courtesies of this locale after which nothing is asked."""
    thanked: Meaning
    """What those mean."""
    led: Mapping[str, Around]
    """Ways to say "listen" and "text me", to which the name of a topic may be joined."""
    asked: Answers
    """What may stand before the name of a topic in a sentence that asks for no more than it."""
    text_me: Meaning
    """What "text me this" means: the key for it, and a yes to the offer of it."""
    answers: tuple[Answers, ...]
    reactions: Mapping[tuple[str, str], Meaning]
    """What a telephone writes before a text on which somebody tapped a heart, and whose that is."""


def exact(script: Script, locale: str, own: Written) -> Exact:
    """Collect what may be a whole message in a locale."""
    led = {group: tuple(_framed(script, locale, own, group)) for group in LED}
    text_me = Meaning("key", script.keys["text"], locale, also=(("yes", ""),))
    wished = {"listen": Meaning("listen", locale=locale), "text_me": text_me}
    asked = own.frames.get(ASKED, ())
    rows = [(phrase, Meaning("menu", locale=locale)) for phrase in asked]
    rows += _figures(script, locale, own.ordinals)
    rows += [(phrase, wished[group]) for group in LED for phrase in led[group]]
    rows += _names(script, locale)
    polite = around_of(words for one in script.words.values() for words in courtesies(one))
    answers = tuple(answers_of(script.words[locale][wants], polite) for wants in ANSWERS)
    return Exact(
        names=_folded(rows),
        questions=_questions(script, locale),
        polite=polite,
        manners=_manners(script, locale),
        thanks=longest_first(map(normal, script.words[locale]["thanks"])),
        thanked=Meaning("thanks", locale=locale),
        asked=answers_of((*asked, *own.frames.get(BEFORE, ())), polite),
        text_me=text_me,
        led={group: around_of(phrases) for group, phrases in led.items()},
        answers=answers,
        reactions=reactions(own.frames, locale, [*map(script.line.sender, script.locales)]),
    )


def _folded(rows: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Fold whole messages; a later row wins. Equal meanings share one object, as there are many."""
    names = {normal(phrase): meaning for phrase, meaning in rows}
    alike: dict[tuple[object, ...], Meaning] = {}
    return {name: alike.setdefault((one, one.also), one) for name, one in names.items() if name}


def courtesies(listed: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the lines of a locale's lists of words.toml that do not change what is meant."""
    return (*listed["polite"], *listed["thanks"])


def named(known: Exact, words: str) -> Meaning | None:
    """Return what a whole message is the name of: "risks", "listen risks", "yeah sure"."""
    found = known.names.get(words) or _led(known, words) or _answered(known, words)
    return found or _asked(known, words) or _thanked(known, words)


def _manners(script: Script, locale: str) -> tuple[str, ...]:
    """Return the courtesies, folded, that no other locale has."""
    said = {one: around_of(courtesies(words)).phrases for one, words in script.words.items()}
    return longest_first(said.pop(locale).difference(*said.values()))


def courteous(known: Exact, words: str) -> bool:
    """Say whether a courtesy of this locale alone stands in a folded text."""
    spaced = f" {words} "
    return any(f" {phrase} " in spaced for phrase in known.manners)


def _thanked(known: Exact, words: str) -> Meaning | None:
    """Read "ok thank you": courtesies alone, and thanks among them."""
    said = any(f" {phrase} " in f" {words} " for phrase in known.thanks)
    return known.thanked if said and not bare(known, words) else None


def _asked(known: Exact, words: str) -> Meaning | None:
    """Read "can you tell me about the risks": without the frame, a topic is all that is left."""
    rest = words[:LONGEST] if bare(known, words) not in known.names else ""
    while shorter := _after_first(known.asked, rest):
        if shorter == rest:
            return None
        rest = shorter
        found = known.names.get(bare(known, rest))
        if found and found.wants in ("topic", "option"):
            return found
    return None


def _answered(known: Exact, words: str) -> Meaning | None:
    """Read several ways to say yes, or no, in a row: "yeah please sure", but not "yes no"."""
    said = words.split()
    for answers in known.answers:
        if not answers.words.issuperset(said):
            continue
        rest, before = words, ""
        while rest != before:
            before, rest = rest, bare(known, _after_first(answers, rest))
        if not rest and bare(known, words):
            return known.names.get(answers.phrases[0])
    return None


def _after_first(answers: Answers, words: str) -> str:
    """Take the longest of the phrases that a text begins with off it."""
    spaced = f"{words} "
    begun = answers.begun.get(words.partition(" ")[0], ())
    found = next((phrase for phrase in begun if spaced.startswith(f"{phrase} ")), "")
    return spaced.removeprefix(f"{found} ").strip() if found else words


def _led(known: Exact, words: str) -> Meaning | None:
    """Read "listen risks" and "text me the risks": a topic; to hear it, a figure of a list too."""
    for group, around in known.led.items():
        for rest in _rests(around, words) if around.may_stand(words) else ():
            found = known.names.get(bare(known, rest))
            if found and group == "listen" and (found.wants == "topic" or _is_figure(found)):
                return replace(found, wants="listen")
            if found and group == "text_me" and found.wants == "topic":
                return replace(known.text_me, also=(("topic", found.target),))
    return None


def _rests(around: Around, words: str) -> Iterator[str]:
    """Yield what is left of a text without one of the phrases before it, after it, or both."""
    begins, ends = around.begin(words), around.end(words)
    spaces = [at for at, letter in enumerate(words[:LONGEST]) if letter == " "]
    before = around.phrases.intersection(words[:at] for at in spaces if begins)
    after = longest_first(around.phrases.intersection(words[at + 1 :] for at in spaces if ends))
    for phrase in longest_first(before.union(after)):
        rest = words.removeprefix(f"{phrase} ")
        yield rest.removesuffix(f" {phrase}")
        if phrase in before:
            yield from (rest.removesuffix(f" {other}") for other in after
                        if rest.endswith(f" {other}"))  # fmt: skip


def _framed(script: Script, locale: str, own: Written, group: str) -> Iterator[str]:
    """Yield the lines of a list of words.toml, as they are and in what may stand around them."""
    for phrase in script.words[locale][group]:
        yield phrase
        for frame in own.frames.get(group, ()):
            yield frame.replace("{words}", phrase)


def _is_figure(found: Meaning) -> bool:
    return found.wants == "key" and found.target.isdecimal()


def bare(known: Exact, words: str) -> str:
    """Take courtesies and signatures off both ends: "hello, risks please" is "risks"."""
    polite = known.polite
    if len(words) > LONGEST or not polite.may_stand(words):
        return words
    within = polite.within(words)
    before = ""
    while words not in ("", before):
        before = words
        for phrase in within:
            words = f" {words} ".removeprefix(f" {phrase} ").removesuffix(f" {phrase} ").strip()
    return words


def _questions(script: Script, locale: str) -> dict[str, tuple[Meaning, ...]]:
    found: dict[str, tuple[Meaning, ...]] = {}
    for topic in script.topics.values():
        for question in topic.wording[locale].sample_questions:
            folded = normal(question)
            found[folded] = (*found.get(folded, ()), Meaning("topic", topic.id, locale))
    found.pop("", None)
    return found


def _called(topic: Topic, locale: str) -> tuple[str, ...]:
    """Return what staff call a topic in a locale."""
    wording = topic.wording[locale]
    return (wording.title, wording.menu_label, *wording.keywords)


def _names(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    """Yield whole messages with their meaning; a later row wins over an earlier one."""
    words = script.words[locale]
    for group, key in KEYS.items():
        for phrase in words[group]:
            yield phrase, Meaning("key", script.keys[key], locale)
    yield from _digits(script, locale)
    yield from _content(script, locale)
    for phrase in words["language"]:
        yield phrase, Meaning("language-switch", locale, locale)
    for group, wants in (*COMMANDS.items(), *WISHES.items()):
        for phrase in words[group]:
            yield phrase, Meaning(wants, locale=locale)


def _figures(
    script: Script, locale: str, ordinals: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, Meaning]]:
    """Yield a figure of a list said in other words: "the second one", "option 2"."""
    digits = script.prompts[locale].words["digits"]
    for figure in FIGURES:
        named = (ordinals.get(figure, ()), (figure, digits[int(figure)]))
        for group, words in zip(FRAMES, named, strict=True):
            for frame, word in product(ordinals.get(group, ()), words):
                yield frame.replace("{n}", word), Meaning("key", figure, locale)


def _digits(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    """Yield keys said or texted: "3", "three", and two at once, "2 3" and "23"."""
    for figure, name in enumerate(script.prompts[locale].words["digits"]):
        yield name, Meaning("key", str(figure), locale)
        yield str(figure), Meaning("key", str(figure), locale)
    for option in script.options:
        for place, topic in enumerate(option.topics, 1):
            for path in (f"{option.key}{place}", f"{option.key} {place}"):
                yield path, Meaning("topic", topic, locale)
    for key in "*#":
        yield key, Meaning("key", key, locale)


def _content(script: Script, locale: str) -> Iterator[tuple[str, Meaning]]:
    foreign = {normal(words) for other in script.locales if other != locale
               for topic in script.topics.values() for words in _called(topic, other)}  # fmt: skip
    for topic in script.topics.values():
        # An id is a word of the language that uses it: "risks" is English, and answered so.
        ids = () if normal(topic.id) in foreign else (topic.id,)
        for phrase in (*ids, *_called(topic, locale)):
            yield phrase, Meaning("topic", topic.id, locale)
    for option in script.options:
        offered = option.wording[locale]
        wants: Wants = "option" if len(option.topics) > 1 else "topic"
        target = option.key if wants == "option" else option.topics[0]
        for phrase in (offered.label, offered.text_label, *offered.keywords):
            yield phrase, Meaning(wants, target, locale)
