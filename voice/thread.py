"""The text thread: step(script, contact, message) -> (contact, texts). Pure, no clock.

A contact keeps a small state between texts: the language, where in the menu or a topic they are,
and whether they opted out. Each text gets at most one answer; an opted-out contact gets none, but
for an emergency, which is answered first, always (rule 90).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from voice.script import Script
from voice.understand import Meaning
from voice.words import fill

Wish = Literal["stop", "start", "help"]
Texts = tuple[str, ...]

MOST_OFFERED = 2
"""Topics in one "did you mean": two fit three Spanish segments."""

CARRIER_WORDS: dict[str, Wish] = {
    **dict.fromkeys("stop stopall unsubscribe cancel end quit revoke optout".split(), "stop"),
    **dict.fromkeys("start yes unstop".split(), "start"),
    **dict.fromkeys("help info".split(), "help"),
}
"""Words Twilio answers itself on a long code, when they are the whole message, in any case
(revoke and optout since May 2025)."""


@dataclass(frozen=True)
class Contact:
    """What we keep of somebody who texts.

    `place` is main, menu.K, topic.ID.N or ask.ID.ID; "" until they were told who writes, how
    often, what it costs and how to stop (rule 86).
    """

    locale: str = ""
    place: str = ""
    opted_out: bool = False


@dataclass(frozen=True)
class Message:
    """A text that came in: what it means, and the carrier word it is, if it is one."""

    meaning: Meaning
    wish: Wish | None = None
    carrier_answers: bool = True
    """Whether Twilio answers carrier words itself, so that we stay silent."""


def carrier_word(body: str) -> Wish | None:
    """Return the wish Twilio reads in `body`: a reserved word alone, in any case."""
    return CARRIER_WORDS.get(body.strip().lower())


def step(script: Script, contact: Contact, message: Message) -> tuple[Contact, Texts]:
    """Take one message; return the contact afterwards and the texts that answer it."""
    locale = contact.locale or message.meaning.locale or script.locales[0]
    contact = replace(contact, locale=locale)
    if message.wish:
        return _carrier(script, contact, message)
    wants = message.meaning.wants
    if wants in ("emergency", "despair"):
        name = "emergency" if wants == "emergency" else "crisis"
        spoken_to = message.meaning.locale or locale
        return contact, _one(script, spoken_to, name)
    if wants in ("stop", "start"):
        return _wish(script, replace(contact, locale=message.meaning.locale or locale), wants)
    if contact.opted_out:
        return contact, ()
    after, texts = _answer(script, contact, message.meaning)
    if contact.place:
        return after, texts
    return after, (*texts, *_one(script, after.locale, "first"))


def _carrier(script: Script, contact: Contact, message: Message) -> tuple[Contact, Texts]:
    """Obey a carrier word; where the carrier answers it, record it and stay silent."""
    if message.wish == "help":
        after, texts = contact, () if contact.opted_out else _one(script, contact.locale, "help")
    else:
        after, texts = _wish(script, contact, message.wish)
    return after, () if message.carrier_answers else texts


def _wish(script: Script, contact: Contact, wish: Wish | str | None) -> tuple[Contact, Texts]:
    """Opt out with one confirmation, however often it is said; or opt in again (rule 87)."""
    if wish == "start":
        after = replace(contact, opted_out=False)
        return after, _one(script, contact.locale, "start")
    if contact.opted_out:
        return contact, ()
    after = replace(contact, opted_out=True)
    return after, _one(script, contact.locale, "stop")


def _answer(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Answer in the language the words were in; figures and HELP keep the contact's own."""
    if meaning.wants in ("topic", "option", "menu", "human") and meaning.locale:
        contact = replace(contact, locale=meaning.locale)
    match meaning.wants:
        case "topic":
            answer = _ask if meaning.does == "ask" else _subject
            return answer(script, contact, meaning)
        case "option":
            return _option(script, contact, meaning.target)
        case "more":
            return _more(script, contact)
        case "key":
            return _key(script, contact, meaning.target)
        case "language-switch":
            return _language(script, contact, meaning.target)
        case "help" | "human" as wants:
            after = replace(contact, place=contact.place or "main")
            name = "help" if wants == "help" else "person"
            return after, _one(script, meaning.locale or contact.locale, name)
    name = "menu" if meaning.wants == "menu" else "unknown"
    return replace(contact, place="main"), (menu(script, contact.locale, name),)


def _subject(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    return _topic(script, contact, meaning.target, 1)


def _ask(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Nearly sure: offer the likeliest topics by number instead of guessing."""
    others = (target for wants, target in meaning.also if wants == "topic")
    offered = tuple(dict.fromkeys((meaning.target, *others)))[:MOST_OFFERED]
    place = ".".join(("ask", *offered))
    return replace(contact, place=place), (did_you_mean(script, contact.locale, offered),)


def _language(script: Script, contact: Contact, locale: str) -> tuple[Contact, Texts]:
    contact = replace(contact, locale=locale, place="main")
    return contact, (*_one(script, locale, "language"), menu(script, locale, "menu"))


def _key(script: Script, contact: Contact, key: str) -> tuple[Contact, Texts]:
    """Follow a figure: an entry of the list last sent, else of the main menu."""
    kind, _, rest = contact.place.partition(".")
    listed = {"menu": _topics(script, rest), "ask": tuple(rest.split("."))}
    topics = listed.get(kind, ())
    if key.isdecimal() and 0 < int(key) <= len(topics):
        return _topic(script, contact, topics[int(key) - 1], 1)
    if key == script.keys["person"]:
        return replace(contact, place=contact.place or "main"), _one(
            script, contact.locale, "person"
        )
    if key == script.keys["skip"]:
        return _more(script, contact)
    if any(option.key == key for option in script.options):
        return _option(script, contact, key)
    name = "menu" if key == script.keys["back"] else "unknown"
    return replace(contact, place="main"), (menu(script, contact.locale, name),)


def _topics(script: Script, key: str) -> tuple[str, ...]:
    return next((option.topics for option in script.options if option.key == key), ())


def _option(script: Script, contact: Contact, key: str) -> tuple[Contact, Texts]:
    topics = _topics(script, key)
    if len(topics) == 1:
        return _topic(script, contact, topics[0], 1)
    return replace(contact, place=f"menu.{key}"), (submenu(script, contact.locale, key),)


def _more(script: Script, contact: Contact) -> tuple[Contact, Texts]:
    kind, _, rest = contact.place.partition(".")
    topic, _, part = rest.partition(".")
    if kind != "topic" or topic not in script.topics:
        return replace(contact, place="main"), (menu(script, contact.locale, "menu"),)
    if int(part) >= len(script.topics[topic].wording[contact.locale].texts):
        return contact, _one(script, contact.locale, "no_more")
    return _topic(script, contact, topic, int(part) + 1)


def _topic(script: Script, contact: Contact, topic: str, part: int) -> tuple[Contact, Texts]:
    after = replace(contact, place=f"topic.{topic}.{part}")
    return after, (topic_texts(script, topic, contact.locale)[part - 1],)


# Texts as they are sent --------------------------------------------------------------------------


def topic_texts(script: Script, topic: str, locale: str) -> tuple[str, ...]:
    """Return a topic's texts as sent: the sender first, MORE at the end of all but the last."""
    texts = script.topics[topic].wording[locale].texts
    more = script.prompts[locale].message["more"]
    with_more = (*(f"{text} {more}" for text in texts[:-1]), texts[-1])
    return tuple(_signed(script, locale, text) for text in with_more)


def menu(script: Script, locale: str, prompt: str) -> str:
    """Return the main menu as a text, opened by the prompt "menu" or "unknown"."""
    labels = {option.key: option.wording[locale].text_label for option in script.options}
    return _listed(script, locale, prompt, labels)


def submenu(script: Script, locale: str, key: str) -> str:
    """Return the topics behind a main option as a text."""
    titles = {
        str(place): script.topics[topic].wording[locale].title
        for place, topic in enumerate(_topics(script, key), 1)
    }
    return _listed(script, locale, "submenu", titles)


def did_you_mean(script: Script, locale: str, topics: Texts) -> str:
    """Return topics as a question with numbers."""
    titles = {str(n): script.topics[t].wording[locale].title for n, t in enumerate(topics, 1)}
    return _listed(script, locale, "did_you_mean", titles)


def _listed(script: Script, locale: str, prompt: str, labels: Mapping[str, str]) -> str:
    options = ", ".join(f"{key} {label}" for key, label in labels.items())
    return _prompt(script, locale, prompt, options=options)


def apology(script: Script, locale: str) -> str:
    """Return the text that stands in when something broke on our side."""
    return _prompt(script, locale, "apology")


def _one(script: Script, locale: str, name: str) -> Texts:
    return (_prompt(script, locale, name),)


def _prompt(script: Script, locale: str, name: str, **more: str) -> str:
    return _signed(script, locale, script.prompts[locale].message[name], **more)


def _signed(script: Script, locale: str, text: str, **more: str) -> str:
    """Put the sender's name first (rule 81) and fill the placeholders in."""
    filled = fill(script, locale, "message", text, **more)
    return f"{script.line.name[locale]}: {filled}"


def all_texts(script: Script) -> Iterator[tuple[str, str, str, str]]:
    """Yield every text the line can send: locale, topic or "", name, words."""
    for locale in script.locales:
        for topic in script.topics:
            for part, text in enumerate(topic_texts(script, topic, locale), 1):
                yield locale, topic, f"text {part}", text
        for name, text in _system_texts(script, locale):
            yield locale, "", name, text


def _system_texts(script: Script, locale: str) -> Iterator[tuple[str, str]]:
    for name, text in script.prompts[locale].message.items():
        if name == "did_you_mean":
            yield name, did_you_mean(script, locale, _longest(script, locale))
        elif name not in ("more", "submenu"):
            listed = "{options}" in text
            yield name, menu(script, locale, name) if listed else _prompt(script, locale, name)
    for option in script.options:
        if len(option.topics) > 1:
            yield f"submenu {option.key}", submenu(script, locale, option.key)


def _longest(script: Script, locale: str) -> Texts:
    """Return the topics that make the longest "did you mean"."""
    by_title = sorted(
        script.topics, key=lambda topic: -len(script.topics[topic].wording[locale].title)
    )
    return tuple(by_title[:MOST_OFFERED])
