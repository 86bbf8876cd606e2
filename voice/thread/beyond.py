"""What leads out of the thread: to hear a topic, to its sources, to a call."""

from dataclasses import replace

from voice import lists
from voice.script import Script
from voice.thread.contact import Around, Contact, Message, Text, Texts
from voice.thread.wording import listen, listen_link, prompt, sources, topic_of
from voice.understand import Meaning


def call_topic(script: Script, contact: Contact, meaning: Meaning) -> str:
    """Return the topic that a CALL ME starts in: the one in hand, else the line's first."""
    return _wanted(script, contact, meaning) or next(iter(script.topics))


def lead_out(
    script: Script, contact: Contact, message: Message, around: Around
) -> tuple[Contact, Texts]:
    """Answer LISTEN, SOURCES or CALL ME."""
    if message.meaning.wants == "call-me":
        return _called(script, contact, message.outcome)
    topic = _wanted(script, contact, message.meaning)
    if message.meaning.wants == "listen":
        text = _heard(script, contact, topic, around)
    else:
        text = Text(sources(script, contact.locale, topic, around.public_url))
    return _at(contact, topic), (text,)


def _heard(script: Script, contact: Contact, topic: str, around: Around) -> Text:
    """Send a topic's sound, or the page where it can be heard."""
    sound = around.sound(topic, contact.locale, contact.pace) if topic else ""
    if sound:
        return Text(listen(script, contact.locale, topic), (sound,))
    return Text(listen_link(script, contact.locale, topic, around.public_url))


def _called(script: Script, contact: Contact, outcome: str) -> tuple[Contact, Texts]:
    """Say what became of a CALL ME, which was seen to before."""
    words = prompt(script, contact.locale, f"call_me_{outcome or 'failed'}")
    return replace(contact, place=contact.place or "main"), (Text(words),)


def _at(contact: Contact, topic: str) -> Contact:
    """Go to a topic; who is there already keeps the part they are at."""
    if topic and topic == contact.topic:
        return contact
    return replace(contact, place=f"topic.{topic}.1" if topic else contact.place or "main")


def _wanted(script: Script, contact: Contact, meaning: Meaning) -> str:
    """Return the topic that was named, else the one they are at; "" if there is none."""
    named = meaning.target or contact.topic
    if named not in script.topics:
        named = topic_of(script, contact.place, named) or _only(script, named)
    return named


def _only(script: Script, key: str) -> str:
    """Return the one topic behind a key of the main menu, "" where there are more or none."""
    topics = lists.topics_of(script, key)
    return topics[0] if len(topics) == 1 else ""
