"""Danger in what is left of a text without words that change nothing, or in one language."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from voice.understand.beside import fluent, without
from voice.understand.fold import Heard
from voice.understand.found import find
from voice.understand.index import Said, said_in
from voice.understand.lessons import ALARMS
from voice.understand.likely import likely
from voice.understand.looked import Looked, looked_at
from voice.understand.meaning import Meaning
from voice.understand.reading import spelled_as
from voice.understand.tongue import Tongue
from voice.understand.version import Version

LAYERS = 4
"""How often words that stand beside are taken off, from outside inwards."""


def alarm_apart(
    tongues: Mapping[str, Tongue], locale: str, said: Said, looked: Looked
) -> Meaning | None:
    """Find danger that a text shows in none of its languages as it stands."""
    others = tuple(_translated(tongues, said, looked.main))
    halting = fluent(looked.main)
    rests = tuple(islice(without(looked.main, "beside"), LAYERS))
    if not others and not ((halting or rests) and looked.may_alarm):
        return None
    heard = (*others, halting) if halting else others
    ways = [looked_at(tongues, said_in(one, said.index)) for one in heard]
    rests += tuple(chain(*[islice(without(way.main, "beside"), LAYERS) for way in ways]))
    ways += [looked_at(tongues, said_in(rest, said.index)) for rest in rests]
    found = (way.alarm or likely(way.main, locale) for way in ways)
    return next((one for one in found if one.wants in ALARMS), None)


def _translated(tongues: Mapping[str, Tongue], said: Said, main: Version) -> Iterator[Heard]:
    """Yield a text of two languages with the words of one put into the other: "i cant respirar".

    Not if it has a danger that something takes back.
    """
    words = said.heard.words
    mixed = [one for one in tongues.values() if not one.borrowed.keys().isdisjoint(words)]
    if len(mixed) < 2 or any(next(find(main.here, one, main.edges), None) for one in ALARMS):
        return
    put = [spelled_as(one.borrowed, said.heard) for one in mixed]
    others = [heard for heard in put if heard != said.heard]
    yield from others if len(others) > 1 else ()
