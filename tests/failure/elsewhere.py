"""The line as it is shipped, but that Twilio's REST side is at TWILIO_IS_AT: for tests alone.

No setting of the line's says where Twilio is, so none can send its credentials elsewhere.
"""

import os
from dataclasses import replace

from flask import Flask

from voice.courier import account
from voice.outbound import Account, Client, open_client
from voice.settings import read


def elsewhere(given: Account) -> Client:
    """A client that asks there, and not Twilio."""
    return open_client(replace(given, base_url=os.environ["TWILIO_IS_AT"]))


def __getattr__(name: str) -> Flask:
    """`app`, as app.py makes it."""
    if name != "app":
        raise AttributeError(name)
    from voice.assembly import assemble

    account.open_client = elsewhere
    made = globals()[name] = assemble(read(os.environ))
    return made
