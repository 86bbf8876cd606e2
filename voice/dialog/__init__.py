"""The call as a conversation: step(script, state, event) -> (state, reply). Pure, no clock.

A call is always in one place. A place says something and then waits for a key or words, goes on by
itself, rings a person, or ends. Its whole state but what is said first (its notice) fits in an
address, so any worker can take the next key press, and a repeated request is harmless. Places:

    opening, language        the emergency sentence; which language?
    welcome, main, menu.K    the menus; K is the key of a main option
    menu.K.N, language.N     page N of a list that has more than there are keys for
    topic.ID.N, after.ID     part N of a topic; what you can do next
    text.ID                  shall we text this topic to your number?
    pause.PLACE              silence until the caller goes on with PLACE
    transfer                 a person's telephone rings; then busy, no-answer, failed or ended
    closed                   nobody is there: opening hours and the number
    callback, -number,       shall we call you back, at which number, is it right, when;
      -check, -time, -done   what we noted
    ring.ID                  somebody answers a call we made, to hear a topic
    voicemail                a machine answered it: the clinic's name and number alone
    emergency, crisis        hang up and dial
    offer, goodbye           after three tries; -all in every language when none is chosen yet,
                             -closed when nobody is there: a call-back is offered
    apology                  something broke on our side

What a call needs done outside, a text sent or a number kept, is a deed: `deed` names it, the edge
does it and puts how it went into the event, and only then the call follows the event.

    state.py    what a call is made of          pieces.py   what is said, piece by piece
    moves.py    what lies around a place        notices.py  what is said before a place speaks
    tries.py    silence and what does not fit   saying.py   what a place says and waits for
    keys.py     where a key leads               numbers.py  telephone numbers
    speech.py   where words lead                answers.py  what words mean where they are said
    path.py     where an event leads            tree.py     every state there is
"""

from voice.dialog.answers import heard, likely_words
from voice.dialog.numbers import every_digit
from voice.dialog.path import deed, following
from voice.dialog.pieces import prompt, topic_parts
from voice.dialog.saying import names_number, numberless, reply
from voice.dialog.state import (
    Ask,
    Caller,
    Deed,
    Event,
    Reply,
    State,
    apology,
    start,
    welcome_back,
)
from voice.dialog.tree import states
from voice.script import Script

__all__ = [
    "Ask",
    "Caller",
    "Deed",
    "Event",
    "Reply",
    "State",
    "apology",
    "deed",
    "every_digit",
    "following",
    "heard",
    "likely_words",
    "names_number",
    "numberless",
    "prompt",
    "reply",
    "start",
    "states",
    "step",
    "topic_parts",
    "welcome_back",
]


def step(script: Script, state: State, event: Event) -> tuple[State, Reply]:
    """Take one event and say what follows."""
    after = following(script, state, event)
    return after, reply(script, after)
