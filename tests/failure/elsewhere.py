"""`voice serve`, but that Twilio's REST side is at TWILIO_IS_AT: for tests alone.

    python -m tests.failure.elsewhere

No setting of the line's says where Twilio is, so none can send its credentials elsewhere.
"""

import os
from dataclasses import replace

from voice.__main__ import main
from voice.courier import account
from voice.outbound import Account, Client, open_client


def elsewhere(given: Account) -> Client:
    """A client that asks there, and not Twilio."""
    return open_client(replace(given, base_url=os.environ["TWILIO_IS_AT"]))


if __name__ == "__main__":
    account.open_client = elsewhere  # workers are forks of this process
    main(["serve"])
