"""`voice serve`, but that Twilio's REST side is at TWILIO_IS_AT: for tests alone.

    python -m tests.failure.elsewhere

It is given up after TWILIO_HAS seconds, where that is set: a test that is itself slow needs more
than callers are made to wait. No setting of the line's says where Twilio is, so none can send its
credentials elsewhere.
"""

import os
from dataclasses import replace

from voice.__main__ import main
from voice.courier import account
from voice.outbound import Account, Client, open_client


def elsewhere(given: Account) -> Client:
    """A client that asks there, and not Twilio."""
    patience = float(os.environ.get("TWILIO_HAS", given.timeout))
    return open_client(replace(given, base_url=os.environ["TWILIO_IS_AT"], timeout=patience))


if __name__ == "__main__":
    account.open_client = elsewhere  # workers are forks of this process
    main(["serve"])
