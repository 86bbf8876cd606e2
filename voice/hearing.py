"""What a telephone hears, and how the verbs that sound are read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal
from urllib.parse import urljoin
from xml.etree import ElementTree

from voice.document import whole
from voice.exchange import AGENT, Caption, Phone, PhoneError
from voice.shown import Rung, Texted


@dataclass(frozen=True)
class Played:
    """A clip was played; `words` is empty where no caption is known."""

    url: str
    words: str = ""
    locale: str = ""
    stops_on_key: bool = False


@dataclass(frozen=True)
class Said:
    """The vendor's own voice read something out."""

    words: str
    locale: str
    stops_on_key: bool = False


@dataclass(frozen=True)
class Paused:
    """Silence on purpose, in seconds."""

    seconds: int
    stops_on_key: bool = False


@dataclass(frozen=True)
class Dialed:
    """The line is ringing another number."""

    number: str


@dataclass(frozen=True)
class HungUp:
    """The call has ended."""

    by: Literal["line", "caller"]


Heard = Played | Said | Paused | Dialed | HungUp | Texted | Rung
"""What is heard in a call; and what its keys would have had sent, which comes before it."""


def together(heard: Iterable[Heard]) -> Iterator[tuple[Heard, ...]]:
    """What is heard, in groups: the digits of a number, a clip each, are one; all else is alone."""
    for spelled, items in groupby(heard, _is_one_word):
        group = tuple(items)
        yield from (group,) if spelled else ((item,) for item in group)


def _is_one_word(item: Heard) -> bool:
    return isinstance(item, Played) and item.words.isalpha()


def sounds(
    phone: Phone, here: str, verb: ElementTree.Element, *, stops_on_key: bool
) -> tuple[Heard, ...]:
    """What a <Play>, <Say> or <Pause> of the document at `here` sounds like."""
    times = whole(here, verb, "loop", 1, least=1)
    if verb.tag == "Pause":
        return (Paused(whole(here, verb, "length", 1, least=1), stops_on_key),)
    if verb.tag == "Say":
        return (_said(here, verb, stops_on_key),) * times
    return (_played(phone, here, verb, stops_on_key),) * times


def _said(here: str, verb: ElementTree.Element, stops_on_key: bool) -> Said:
    words = " ".join("".join(verb.itertext()).split())
    if not words:
        raise PhoneError(13520, "<Say> says nothing", here)
    if len(words) > 4096:
        raise PhoneError(13521, "<Say> says more than 4096 characters", here, words)
    return Said(words, verb.get("language", "en-US"), stops_on_key)


def _played(phone: Phone, here: str, verb: ElementTree.Element, stops_on_key: bool) -> Played:
    if "digits" in verb.attrib:
        raise PhoneError(0, "this telephone hears no tones", here, str(verb.attrib))
    url = urljoin(here, (verb.text or "").strip())
    if not (verb.text or "").strip():
        raise PhoneError(13420, "<Play> names no clip", here)
    if phone.fetches_audio:
        check_audio(phone, url, _PLAYABLE)
    caption = phone.caption(url) or Caption("", "")
    return Played(url, caption.words, caption.locale, stops_on_key)


Openings = Mapping[str, bytes | tuple[bytes, ...]]
"""Kinds of sound, each with the bytes a file of it may begin with."""

MP3: Final[Openings] = {"audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")}
_PLAYABLE: Final[Openings] = {
    **dict.fromkeys(("audio/wav", "audio/x-wav", "audio/wave"), b"RIFF"),
    **MP3,
}


def check_audio(phone: Phone, url: str, kinds: Openings) -> None:
    """Ask for a clip as Twilio does: GET, nothing else sent; the header must match the bytes."""
    answer = phone.fetch("GET", url, b"", {"User-Agent": AGENT})
    if answer.status != 200:
        raise PhoneError(11200, f"clip answered {answer.status}", url)
    kind = answer.content_type.split(";")[0].strip().lower()
    opening = kinds.get(kind)
    if opening is None or not answer.body.startswith(opening):
        raise PhoneError(13420, f"not audio of the kind {kind!r}", url, repr(answer.body[:16]))


def number_of(here: str, verb: ElementTree.Element) -> str:
    """The number a <Dial> of the document at `here` rings."""
    nested = [child for child in verb if child.tag == "Number"]
    number = ((nested[0] if nested else verb).text or "").strip()
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise PhoneError(13223, "<Dial> needs a number like +12125550134", here, number)
    return number
