"""The text thread: step(script, contact, message) -> (contact, texts). Pure, no clock.

A contact keeps a small state between texts: the language, where in the menu or a topic they are,
and whether they opted out. Each text gets at most one answer; an opted-out contact gets none, but
for an emergency, which is answered first, always (rule 90).

    contact   who texts, what came in, what goes out
    wording   the texts as they are sent
    steps     what answers a message
    beyond    LISTEN, SOURCES, CALL ME: what leads out of the thread
"""

from voice.thread.beyond import call_topic
from voice.thread.contact import (
    CARRIER_WORDS,
    Around,
    Contact,
    Message,
    Text,
    Texts,
    Wish,
    carrier_word,
)
from voice.thread.steps import settled, step, text_me
from voice.thread.wording import all_texts, apology, did_you_mean, menu, topic_texts

__all__ = [
    "CARRIER_WORDS",
    "Around",
    "Contact",
    "Message",
    "Text",
    "Texts",
    "Wish",
    "all_texts",
    "apology",
    "call_topic",
    "carrier_word",
    "did_you_mean",
    "menu",
    "settled",
    "step",
    "text_me",
    "topic_texts",
]
