"""What the counts of use add up to: by day, by topic, by what people did, by language. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voice.store.figures import Figure

DEEDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "person": (("call", "transfer"), ("call", "closed"), ("message", "human")),
    "call_back": (("call", "callback-done"),),
    "again": (("call", "again"),),
    "slower": (("call", "slower"),),
    "no_input": (("call", "no_input"),),
    "no_match": (("call", "no_match"), ("call", "number_wrong"), ("message", "unknown")),
    "emergency": (("call", "emergency"), ("message", "emergency")),
    "despair": (("call", "crisis"), ("message", "despair")),
    "stop": (("message", "stop"),),
}
"""What staff want to know of, and the events of each channel that are it."""

_BESIDES: Final = "texted"
"""What a text is counted as besides: it is no other text."""


@dataclass(frozen=True)
class Day:
    """A day of the clinic's: calls and texts that came, topics heard and sent as texts."""

    day: date
    calls: int
    texts: int
    heard: int
    texted: int


@dataclass(frozen=True)
class Topic:
    """How a topic fared. `left`: heard, and not to its end."""

    topic: str
    heard: int
    finished: int
    left: int
    again: int
    slower: int
    texted: int


@dataclass(frozen=True)
class Share:
    """How often in calls and how often in texts."""

    name: str
    calls: int
    texts: int

    @property
    def both(self) -> int:
        """The two together."""
        return self.calls + self.texts


def by_day(figures: Iterable[Figure], since: date, until: date, locale: str) -> tuple[Day, ...]:
    """Every day from one to the other, also where nothing happened.

    In one language only those calls count that went on in it: when they begin, it is not known.
    """
    calls, texts = _sum(figures, _day, _is_call(locale)), _sum(figures, _day, _is_text)
    heard, texted = (_sum(figures, _day, _is(event)) for event in ("heard", "texted"))
    days = ((since + timedelta(days=n)).isoformat() for n in range((until - since).days + 1))
    return tuple(
        Day(date.fromisoformat(day), calls[day], texts[day], heard[day], texted[day])
        for day in days
    )


def by_topic(figures: Iterable[Figure], topics: Iterable[str]) -> tuple[Topic, ...]:
    """Each of these topics, and those that are no more, the most wanted first."""
    names = ("heard", "finished", "again", "slower", "texted")
    sums = {name: _sum(figures, lambda one: one.topic, _is(name)) for name in names}
    known = dict.fromkeys((*topics, *(name for found in sums.values() for name in found if name)))
    rows = (_topic(topic, {name: sums[name][topic] for name in names}) for topic in known)
    return tuple(sorted(rows, key=lambda one: -(one.heard + one.texted)))


def _topic(topic: str, sums: Mapping[str, int]) -> Topic:
    # Who goes on with a topic of a day before finishes one that was not begun in these days.
    return Topic(topic=topic, left=max(sums["heard"] - sums["finished"], 0), **sums)


def by_deed(figures: Iterable[Figure]) -> tuple[Share, ...]:
    """What people did, in the order of DEEDS."""
    sums = _sum(figures, lambda one: f"{one.channel}.{one.event}", lambda _: True)

    def of(deed: str, channel: str) -> int:
        return sum(sums[f"{own}.{event}"] for own, event in DEEDS[deed] if own == channel)

    return tuple(Share(deed, of(deed, "call"), of(deed, "message")) for deed in DEEDS)


def by_language(figures: Iterable[Figure], locales: Iterable[str]) -> tuple[Share, ...]:
    """Calls that went on in each language, and texts in it; "" for calls that ended before."""
    calls, texts = _sum(figures, _locale, _is_call("any")), _sum(figures, _locale, _is_text)
    begun = sum(_sum(figures, _locale, _is_call("")).values())
    known = dict.fromkeys((*locales, *calls, *texts))
    shares = [Share(locale, calls[locale], texts[locale]) for locale in known if locale]
    return (*shares, Share("", max(begun - sum(calls.values()), 0), texts[""]))


def bars(numbers: Iterable[int]) -> Iterator[float]:
    """How long each bar is, of 100."""
    known = tuple(numbers)
    longest = max((*known, 1))
    return (round(100 * number / longest, 1) for number in known)


def _sum(
    figures: Iterable[Figure], name: Callable[[Figure], str], which: Callable[[Figure], bool]
) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in figures:
        if which(one):
            found[name(one)] += one.count
    return found


def _day(one: Figure) -> str:
    return one.day.isoformat()


def _locale(one: Figure) -> str:
    return one.locale


def _is(event: str) -> Callable[[Figure], bool]:
    return lambda one: one.event == event


def _is_call(locale: str) -> Callable[[Figure], bool]:
    event = "chose" if locale else "call"
    return lambda one: one.channel == "call" and one.event == event


def _is_text(one: Figure) -> bool:
    return one.channel == "message" and one.event != _BESIDES
