"""`voice serve`, but for what no setting of the line's can say: for tests alone.

    python -m tests.failure.elsewhere

Twilio's REST side is at TWILIO_IS_AT, so that no setting could send its credentials elsewhere; and
a public line, too, listens on nothing but this machine's own address.
"""

import os
from dataclasses import replace

from voice import server
from voice.__main__ import main
from voice.outbound import Account, Client, open_client
from voice.settings import Settings


def elsewhere(given: Account) -> Client:
    """A client that asks there, and not Twilio."""
    return open_client(replace(given, base_url=os.environ["TWILIO_IS_AT"]))


def own_address(_: Settings) -> str:
    """Where a line listens that nobody else is to reach."""
    return "127.0.0.1"


if __name__ == "__main__":
    if "TWILIO_IS_AT" in os.environ:
        from voice.courier import account

        account.open_client = elsewhere
    server.bound_to = own_address
    main(["serve"])
