"""What the line starts itself: a text asked for in a call, a call asked for in a text.

The only place that knows Twilio's REST client, which is loaded when a client is opened and not
before. Whoever asks decides first whether it may be done (permission), then has it done (client),
and gets a plain outcome to act on (orders, faults).

    orders.py       Text and Ring, what to do; Sent, Refused and Unknown, what became of it
    faults.py       what Twilio's error codes mean, in words for staff
    permission.py   whom we may call and text, and when; how sound reaches them. Pure
    client.py       Account, open_client, send_text, ring: one request each, never repeated blindly
    hurry.py        an answer has to be whole in time
    numbers.py      a number's addresses at Twilio: read and set (for voice.connect)
"""

from voice.outbound.client import Account, Client, open_client, ring, send_text
from voice.outbound.faults import FAULTS, fault
from voice.outbound.numbers import OutboundError, Wiring, find_number, read_number, rewire, services
from voice.outbound.orders import Outcome, Refused, Ring, Sent, Text, Unknown, answered
from voice.outbound.permission import read_plans

__all__ = [
    "FAULTS",
    "Account",
    "Client",
    "OutboundError",
    "Outcome",
    "Refused",
    "Ring",
    "Sent",
    "Text",
    "Unknown",
    "Wiring",
    "answered",
    "fault",
    "find_number",
    "open_client",
    "read_number",
    "read_plans",
    "rewire",
    "ring",
    "send_text",
    "services",
]
