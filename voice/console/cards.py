"""Key cards: a page to print for each language, and the same as PDF."""

import textwrap
from typing import Final

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from voice.card import Card, card
from voice.console.desk import page, require
from voice.console.drafting import live_script
from voice.console.names import language_in_words, own_name

LETTERS: Final = 15
"""How many letters of what a key does stand on one line of its picture."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/card", "cards", cards)
    routes.add_url_rule("/card/<locale>", "card", key_card)
    routes.add_url_rule("/card/<locale>/pdf", "card_pdf", key_card_pdf)


@require()
def cards() -> ResponseReturnValue:
    """The languages there is a card in."""
    known = [(one, own_name(one)) for one in live_script().locales]
    return page("cards.html", locales=known)


@require()
def key_card(locale: str) -> ResponseReturnValue:
    """The card to look at and to print."""
    found = _card(locale)
    return page("card.html", card=found, lines=lines, name=language_in_words(locale))


@require()
def key_card_pdf(locale: str) -> ResponseReturnValue:
    """The card as PDF."""
    # What makes PDF takes memory that only a worker needs which makes one.
    from voice.card_pdf import pdf

    response = Response(pdf(_card(locale)), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="key-card-{locale}.pdf"'
    return response


def _card(locale: str) -> Card:
    script = live_script()
    if locale not in script.locales:
        abort(404)
    return card(script, locale)


def lines(text: str) -> list[str]:
    """What a key does, in the lines of its picture."""
    return textwrap.wrap(text, LETTERS)
