"""What answers a message."""

from collections.abc import Mapping
from dataclasses import replace

from voice import lists
from voice.script import Script
from voice.thread.beyond import lead_out
from voice.thread.contact import Around, Contact, Message, Text, Texts, Wish, carrier_word
from voice.thread.wording import (
    MOST_OFFERED,
    did_you_mean,
    menu,
    prompt,
    submenu,
    topic_of,
    topic_text,
)
from voice.understand import Meaning, Wants

NOWHERE = Around()
SPOKEN_IN: tuple[Wants, ...] = (
    "topic", "option", "menu", "human", "listen", "sources", "call-me",
)  # fmt: skip
"""What is answered in the language it was asked in; the thread then stays in that language."""

SAID: Mapping[Wants, str] = {"help": "help", "human": "person", "thanks": "thanks"}
"""The prompts for wishes that lead to no topic."""


def step(
    script: Script, contact: Contact, message: Message, around: Around = NOWHERE
) -> tuple[Contact, Texts]:
    """Take one message; return the contact afterwards and the texts that answer it."""
    contact, message = _in_language(script, contact, message), settled(contact, message)
    if message.wish:
        return _carrier(script, contact, message)
    wants = message.meaning.wants
    if wants in ("emergency", "despair"):
        return _danger(script, contact, message.meaning)
    if wants in ("stop", "start"):
        return _wish(script, replace(contact, locale=_spoken(contact, message.meaning)), wants)
    if wants == "forget":
        return _forget(script, contact, message.meaning)
    if contact.opted_out or message.outcome == "opted-out":
        return contact, ()
    return _first(script, contact, _answer(script, contact, message, around))


def _in_language(script: Script, contact: Contact, message: Message) -> Contact:
    if contact.locale:
        return contact
    return replace(contact, locale=message.meaning.locale or script.locales[0])


def _spoken(contact: Contact, meaning: Meaning) -> str:
    """Return the language of a text's words; STOP and the like, which all texts teach, show none.

    `contact` has the thread's language, a stranger's text its own.
    """
    return contact.locale if carrier_word(meaning.word) else meaning.locale or contact.locale


def _danger(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Say where help is, whoever asks (rule 90); also grant a wish to stop in the same text."""
    spoken_to = meaning.locale or contact.locale
    first = _one(script, spoken_to, "emergency" if meaning.wants == "emergency" else "crisis")
    if not meaning.stops_too:
        return contact, first
    after, texts = _wish(script, replace(contact, locale=spoken_to), "stop")
    return after, (*first, *texts)


def settled(contact: Contact, message: Message) -> Message:
    """Tell a YES to our question from a YES that asks for texts again after a stop.

    Where the carrier answers its words, YES is left to it unless we asked something.
    """
    yes = message.wish == "start" and message.meaning.wants == "yes" and not contact.opted_out
    ours = contact.asked or not message.carrier_answers
    return replace(message, wish=None) if yes and ours else message


def _first(script: Script, before: Contact, answer: tuple[Contact, Texts]) -> tuple[Contact, Texts]:
    """Tell a new writer, after the answer, who we are, how often we write, the cost (rule 86)."""
    after, texts = answer
    if before.place:
        return after, texts
    return after, (*texts, *_one(script, after.locale, "first"))


def text_me(script: Script, contact: Contact, topic: str) -> tuple[Contact, Texts]:
    """Return what a caller who asks for a topic as a text is sent, in the contact's locale."""
    contact = replace(contact, locale=contact.locale or script.locales[0])
    if contact.opted_out:
        return contact, ()
    return _first(script, contact, _topic(script, contact, topic, 1))


def _forget(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Delete what is kept of somebody; one text says so, unless they opted out."""
    locale = meaning.locale or contact.locale
    after = Contact(opted_out=contact.opted_out, forgotten=True)
    return after, () if contact.opted_out else _one(script, locale, "forget")


def _carrier(script: Script, contact: Contact, message: Message) -> tuple[Contact, Texts]:
    """Obey a carrier word; if the carrier answers it, record it and stay silent."""
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


def _answer(
    script: Script, contact: Contact, message: Message, around: Around
) -> tuple[Contact, Texts]:
    """Answer in the language the words were in; figures and HELP keep the contact's own."""
    meaning = message.meaning
    if meaning.locale not in ("", contact.locale) and meaning.wants in SPOKEN_IN:
        contact = replace(contact, locale=meaning.locale)
    if meaning.wants in ("listen", "sources", "call-me"):
        return lead_out(script, contact, message, around)
    return _told(script, contact, meaning)


def _told(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    match meaning.wants:
        case "topic":
            answer = _ask if meaning.does == "ask" else _subject
            return answer(script, contact, meaning)
        case "option":
            return _option(script, contact, meaning.target)
        case "yes" | "no" if contact.asked or contact.topic:
            agreed = _agreed if contact.asked else _on_or_not
            return agreed(script, contact, meaning)
        case "more":
            return _more(script, contact)
        case "key":
            return _key(script, contact, meaning)
        case "language-switch":
            return _language(script, contact, meaning.target)
    spoken, said = _spoken(contact, meaning), SAID.get(meaning.wants, "")
    if said in script.prompts[spoken].message:
        return replace(contact, place=contact.place or "main"), _one(script, spoken, said)
    name = "menu" if meaning.wants == "menu" else "unknown"
    return _menu(script, contact, name)


def _subject(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    return _topic(script, contact, meaning.target, 1)


def _ask(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Nearly sure: offer the likeliest topics by number instead of guessing."""
    others = (target for wants, target in meaning.also if wants == "topic")
    offered = tuple(dict.fromkeys((meaning.target, *others)))[:MOST_OFFERED]
    place = ".".join(("ask", *offered))
    return replace(contact, place=place), _as_texts(did_you_mean(script, contact.locale, offered))


def _language(script: Script, contact: Contact, locale: str) -> tuple[Contact, Texts]:
    contact = replace(contact, locale=locale, place="main")
    return contact, _as_texts(prompt(script, locale, "language"), menu(script, locale, "menu"))


def _agreed(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Take a yes or no to "did you mean"; a yes to two topics is not clear, so ask again."""
    offered = tuple(topic for topic in contact.asked if topic in script.topics)
    if meaning.wants == "no" or not offered:
        return _menu(script, contact, "menu")
    if len(offered) == 1:
        return _topic(script, contact, offered[0], 1)
    return contact, _as_texts(did_you_mean(script, contact.locale, offered))


def _on_or_not(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Take a yes or no to a subject's text, which tells how to get more of it."""
    if meaning.wants == "yes":
        return _more(script, contact)
    return contact, _one(script, contact.locale, "no_more")


def _key(script: Script, contact: Contact, meaning: Meaning) -> tuple[Contact, Texts]:
    """Follow a figure: an entry of the list last sent, or of the main menu."""
    key = meaning.target
    topic = meaning.about or topic_of(script, contact.place, key)
    if topic:
        return _topic(script, contact, topic, 1)
    if key == script.keys["person"]:
        return replace(contact, place=contact.place or "main"), _one(
            script, contact.locale, "person"
        )
    if key in (script.keys["skip"], script.keys["again"], script.keys["text"]):
        return _more(script, contact) if key == script.keys["skip"] else _again(script, contact)
    if any(option.key == key for option in script.options):
        return _option(script, contact, key)
    name = "menu" if key == script.keys["back"] else "unknown"
    return _menu(script, contact, name)


def _option(script: Script, contact: Contact, key: str) -> tuple[Contact, Texts]:
    topics = lists.topics_of(script, key)
    if len(topics) == 1:
        return _topic(script, contact, topics[0], 1)
    return _submenu(script, contact, f"menu.{key}")


def _submenu(script: Script, contact: Contact, place: str) -> tuple[Contact, Texts]:
    return replace(contact, place=place), _as_texts(submenu(script, contact.locale, place))


def _more(script: Script, contact: Contact) -> tuple[Contact, Texts]:
    page = lists.next_topics(script, contact.place)
    if page:
        return _submenu(script, contact, page)
    if contact.topic not in script.topics:
        return _menu(script, contact, "menu")
    if contact.part >= len(script.topics[contact.topic].wording[contact.locale].texts):
        return contact, _one(script, contact.locale, "no_more")
    return _topic(script, contact, contact.topic, contact.part + 1)


def _again(script: Script, contact: Contact) -> tuple[Contact, Texts]:
    """Send the text of a topic once more."""
    if contact.topic not in script.topics:
        return _menu(script, contact, "unknown")
    last = len(script.topics[contact.topic].wording[contact.locale].texts)
    return _topic(script, contact, contact.topic, min(contact.part, last))


def _topic(script: Script, contact: Contact, topic: str, part: int) -> tuple[Contact, Texts]:
    after = replace(contact, place=f"topic.{topic}.{part}")
    return after, _as_texts(topic_text(script, topic, contact.locale, part))


def _menu(script: Script, contact: Contact, name: str) -> tuple[Contact, Texts]:
    return replace(contact, place="main"), _as_texts(menu(script, contact.locale, name))


def _one(script: Script, locale: str, name: str) -> Texts:
    return _as_texts(prompt(script, locale, name))


def _as_texts(*bodies: str) -> Texts:
    return tuple(map(Text, bodies))
