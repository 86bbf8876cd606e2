"""What happens on the practice telephone, as rows that the page of /try plays and shows."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from voice.exchange import readable
from voice.phone import (
    Dialed,
    Heard,
    HungUp,
    Paused,
    Phone,
    Played,
    Rung,
    Said,
    Shown,
    Texted,
    together,
)
from voice.script import Script
from voice.sms import count

_WORDS_A_SECOND: Final = 2.2  # how long words without a clip are shown

Row = dict[str, Any]


def heard_rows(phone: Phone, heard: Iterable[Heard]) -> list[Row]:
    """What is heard, in order; what would be sent is left to `shown_rows`.

    A row that "joins" belongs to the line before it: the next digit of a number.
    """
    return [
        _heard(phone, item) | ({"joins": True} if place else {})
        for group in together(heard)
        for place, item in enumerate(group)
        if not isinstance(item, Texted | Rung)
    ]


def _heard(phone: Phone, item: Played | Said | Paused | Dialed | HungUp) -> Row:
    match item:
        case Played(url, words, locale, stops):
            src = _here(phone, url)
            return {"kind": "clip", "src": src, "words": words, "locale": locale, "stops": stops}
        case Said(words, locale, stops):
            seconds = len(words.split()) / _WORDS_A_SECOND
            row = {"kind": "said", "words": words, "locale": locale}
            return row | {"stops": stops, "seconds": seconds}
        case Paused(seconds, stops):
            return {"kind": "pause", "seconds": seconds, "stops": stops}
        case Dialed(number):
            return {"kind": "dialed", "number": readable(number)}
        case HungUp(by):
            return {"kind": "hung-up", "by": by}


def shown_rows(
    phone: Phone, script: Script, items: Iterable[object], seal: Callable[[str], str]
) -> list[Row]:
    """What would be sent or started, of `items`; `seal` makes a token of the address of a call."""
    return [_shown(phone, script, item, seal) for item in items if isinstance(item, Texted | Rung)]


def _shown(phone: Phone, script: Script, item: Shown, seal: Callable[[str], str]) -> Row:
    to = readable(item.to.removeprefix("whatsapp:"))
    match item:
        case Texted(_, body):
            return {"kind": "text", "to": to, **text_row(phone, script, body, ())}
        case Rung(_, url):
            return {"kind": "call", "to": to, "ring": seal(url)}


def text_row(phone: Phone, script: Script, body: str, media: Iterable[str]) -> Row:
    """A text message with what it costs and the language it is in."""
    return {
        "body": body,
        "media": [_here(phone, address) for address in media],
        "segments": count(body).segments,
        "locale": locale_of_text(script, body),
    }


def _here(phone: Phone, url: str) -> str:
    """An address of the line's without its host, so that the page finds it wherever it stands."""
    return url.removeprefix(phone.url)


def locale_of_text(script: Script, text: str) -> str:
    """Return the locale whose own texts share the most words with this one (rule 113)."""
    said = _vocabulary(text)
    own = {locale: _vocabulary(" ".join(_texts(script, locale))) for locale in script.locales}
    return max(script.locales, key=lambda locale: len(said & own[locale]))


def _texts(script: Script, locale: str) -> list[str]:
    texts = [text for topic in script.topics.values() for text in topic.wording[locale].texts]
    return [*texts, *script.prompts[locale].message.values()]


def _vocabulary(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
