"""Errands: a text a caller asked for, a call a texter asked for, a link where sound failed.

The one place that decides to send, and records it. Each errand has an id: claimed in the store
before anything leaves, it is run by one process, once, whatever breaks. What practice asks for is
collected and shown instead.

    person.py    who asked, and how a text or a sound reaches them. Pure
    errand.py    Errand, and the words for what became of it
    account.py   whose name we act in at Twilio; the one client of a process
    runner.py    claim, do, settle
    turns.py     how many wait for Twilio at once
    courier.py   Courier: text_me, call_me, mend_sound
"""

from voice.courier.account import account_of, lacking, opener
from voice.courier.courier import Courier
from voice.courier.errand import CallOutcome, Errand, TextOutcome, sound_lost
from voice.courier.person import Person, TextBar

__all__ = [
    "CallOutcome",
    "Courier",
    "Errand",
    "Person",
    "TextBar",
    "TextOutcome",
    "account_of",
    "lacking",
    "opener",
    "sound_lost",
]
