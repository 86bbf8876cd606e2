"""Whose name we act in at Twilio, as the settings say."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from voice.outbound import Account, Client, open_client
from voice.settings import Settings

WEBHOOK_TIMEOUT: Final = 3.0
"""Seconds for Twilio to answer while a patient waits for our own answer."""

WEBHOOK_PATIENCE: Final = 1.0
"""Seconds after which no repeat begins then; with both a request ends within 7 seconds."""


def account_of(settings: Settings) -> Account | None:
    """The account of these settings, None where they name none or hold no secret for it."""
    if lacking(settings):
        return None
    return Account(
        sid=settings.twilio_account_sid,
        secret=settings.outbound.api_secret or settings.twilio_tokens[0],
        key=settings.outbound.api_key,
        whatsapp_from=settings.outbound.whatsapp_number,
        messaging_service=settings.outbound.messaging_service,
    )


def lacking(settings: Settings) -> tuple[str, ...]:
    """The settings without which nothing can be asked of Twilio."""
    sid = () if settings.twilio_account_sid else ("TWILIO_ACCOUNT_SID",)
    secret = settings.outbound.api_key or settings.twilio_tokens
    return (*sid, *(() if secret else ("TWILIO_AUTH_TOKEN (or TWILIO_API_KEY)",)))


def opener(settings: Settings) -> Callable[[], Client | None]:
    """The one client of a process that answers webhooks, opened when first asked for.

    It gives None where there is no account.
    """
    account = account_of(settings)
    lock = threading.Lock()
    opened: list[Client] = []

    def client() -> Client | None:
        if account is None:
            return None
        with lock:
            if not opened:
                hurried = replace(account, timeout=WEBHOOK_TIMEOUT, patience=WEBHOOK_PATIENCE)
                opened.append(open_client(hurried))
            return opened[0]

    return client
