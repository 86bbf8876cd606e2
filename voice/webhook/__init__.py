"""Twilio's door: verify, parse to an event, step, save, answer.

Nothing is read before the signature is checked. A call's answer is looked up; a text's is made in
one transaction with the contact's row, so that a retry gets the same answer and changes nothing.
What has to be done outside (a text to send, a call-back to keep) is done before the step, which
then knows how it went. Whatever breaks inside a call becomes the apology in the caller's
language.

    door.py       what every door needs; the signature; whose number it is
    calls.py      /voice: a call's requests
    deeds.py      what a call asks for: a text, a call-back, no more texts, to be forgotten
    texts.py      /sms: messages
    uses.py       what a step is counted as
    statuses.py   /voice/status, /sms/status: what became of what we sent
    notes.py      what the measures are told
    ids.py        ids as the store and the log may have them
    once.py       what was counted already of a request that Twilio sends again
    routes.py     each door with its paths
    quick.py      the short way for what Twilio posts all day
"""

from voice.webhook.calls import call_event
from voice.webhook.door import Door, open_door
from voice.webhook.notes import Notes
from voice.webhook.quick import before
from voice.webhook.routes import blueprint

__all__ = ["Door", "Notes", "before", "blueprint", "call_event", "open_door"]
